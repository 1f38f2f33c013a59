//! What each key sees: its own orders and trades, or those of the key a read-only one was made with
//! (venue.md 2.2, 9.5), and the role it had.

use super::super::people::Rights;
use super::super::trade::Role;
use super::stage::Stage;
use betteroms_core::market::Outcome;

#[test]
fn a_key_sees_its_own_orders_and_trades_and_no_other_keys() {
    let mut stage = Stage::new();
    let [maker, taker, other] = stage.users;
    let second = stage.venue.create_key(maker.address, "1").unwrap();
    let first_order = stage.put(maker, "SELL YES 10 @ 0.40 GTC");
    let twin = super::stage::User { key: second, ..maker };
    let second_order = stage.put(twin, "SELL YES 10 @ 0.40 GTC");
    let no_order = stage.put(twin, "BUY NO 10 @ 0.30 GTC");
    let open = |key, outcome| stage.venue.open_orders(key, Some(stage.market), outcome);
    assert_eq!(open(maker.key, None), [first_order]);
    assert_eq!(open(second, None), [second_order, no_order]);
    assert_eq!(open(second, Some(Outcome::Second)), [no_order]);
    let id = stage.venue.orders.get(second_order).id;
    assert!(stage.venue.cancel(maker.key, &id).is_err(), "the same wallet, another key");

    let order = stage.put(taker, "BUY YES 10 @ 0.40 GTC");
    let trade = stage.venue.orders.get(order).trades[0];
    let sees = |key| stage.venue.people.key(key).trades.clone();
    assert_eq!((sees(maker.key), sees(taker.key)), (vec![trade], vec![trade]));
    assert_eq!((sees(second), sees(other.key)), (Vec::new(), Vec::new()));
    let role = |key| stage.venue.trades.get(trade).role_of(key);
    assert_eq!((role(maker.key), role(taker.key)), (Some(Role::Maker), Some(Role::Taker)));
    assert_eq!((role(second), role(other.key)), (None, None));
    assert_eq!((Role::Maker.word(), Role::Taker.word()), ("MAKER", "TAKER"));
}

#[test]
fn a_read_only_key_sees_what_its_parent_sees() {
    let mut stage = Stage::new();
    let user = stage.users[0];
    let reader = stage.venue.create_key_beside(user.key, Rights::ReadOnly);
    let readers_reader = stage.venue.create_key_beside(reader, Rights::ReadOnly);
    let builder = stage.venue.create_key_beside(user.key, Rights::Builder);
    let order = stage.put(user, "SELL YES 10 @ 0.40 GTC");
    let people = &stage.venue.people;
    let sees = |key| stage.venue.open_orders(people.key(key).sees, None, None);
    assert_eq!(sees(reader), [order]);
    assert_eq!(sees(readers_reader), [order]);
    assert_eq!(sees(builder), []);
    assert_eq!(sees(user.key), [order]);
    assert_eq!(people.keys_of(user.address).count(), 4);
    // Two keys beside one another are two keys.
    let another = stage.venue.create_key_beside(user.key, Rights::ReadOnly);
    let id = |key| stage.venue.people.key(key).credentials.key;
    assert_ne!(id(another), id(reader));
    assert_eq!(stage.venue.people.find_key(&id(reader)), Some(reader));
}

#[test]
fn notices_tell_a_cancel_a_fill_and_a_result() {
    let mut stage = Stage::new();
    let [maker, taker, _] = stage.users;
    let order = stage.put(maker, "SELL YES 10 @ 0.40 GTC");
    let id = stage.venue.orders.get(order).id;
    stage.venue.cancel(maker.key, &id).unwrap();
    stage.put(maker, "SELL YES 20 @ 0.40 GTC");
    stage.put(taker, "BUY YES 10 @ 0.40 GTC");
    stage.venue.close(stage.market);
    let kinds =
        |key| stage.venue.people.key(key).notices.iter().map(|n| n.kind).collect::<Vec<_>>();
    assert_eq!((kinds(maker.key), kinds(taker.key)), (vec![1, 2, 1, 4], vec![2]));
}
