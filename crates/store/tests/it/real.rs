//! A real account over restarts: what is under way is loaded by index, what has ended only when it is asked
//! for, and a trade that is shown again books nothing again.

use crate::desk::{Desk, a_plan, buy, first_world, t, the_market};
use crate::scratch;
use betteroms_core::event::{AccountFact, Event, OrderFact, PassId, Role};
use betteroms_core::ledger::imbalance;
use betteroms_core::money::{Shares, Usd};
use betteroms_core::order::{Order, Status, Want};
use betteroms_core::reconcile::real::{Foreign, asked, catch_up};
use betteroms_core::venue::{
    AccountView, Charged, OwnLeg, Part, Settlement, Standing, VenueId, VenueOrder, VenueTrade,
};
use betteroms_store::{Store, rebuild, verify};
use std::collections::BTreeSet;

const TRANSACTION: &str = "0x36bbcf433a1baa9ac5bd249b8e3b651eabbf2017d868c33ec3974893e9030766";

fn venue_id() -> VenueId {
    VenueId::new(&format!("0x{}", "a1".repeat(32)))
}

/// The whole order traded at once, and how far that is.
fn view(order: &Order, settlement: Settlement) -> AccountView {
    let Some(Want::Shares(size)) = order.placing.as_ref().map(|placing| placing.want) else {
        panic!("an order for shares");
    };
    let token = first_world().markets[&the_market()].market.tokens[0].clone();
    let (side, price) = (order.trade.side, order.trade.price);
    let leg = OwnLeg {
        order: venue_id(),
        role: Role::Taker,
        market: the_market(),
        token: token.clone(),
        side,
        price,
        parts: vec![Part { shares: size, price, is_direct: true }],
    };
    let trade = VenueTrade {
        id: "t1".to_owned(),
        settlement,
        at: t(1),
        legs: vec![leg],
        transaction: Some(TRANSACTION.to_owned()),
    };
    let shown = VenueOrder {
        id: venue_id(),
        market: the_market(),
        token,
        side,
        price,
        size,
        matched: size,
        standing: Standing::Matched,
    };
    AccountView {
        open: [(venue_id(), shown)].into(),
        trades: vec![trade],
        ..AccountView::default()
    }
}

#[tokio::test]
async fn a_trade_is_booked_once_over_restarts_and_its_settlement_followed() {
    let (_folder, path) = scratch();
    let desk = Desk::new("real:0xab");
    let mut store = Store::open(&path).await.unwrap();
    desk.fund(&mut store, 1_000).await;
    let plan = a_plan("first", &[buy("0.51", 10)]);
    let (mut state, sent) = desk.pass_until_sent(&mut store, &first_world(), &[plan]).await;
    let [id] = sent.as_slice() else { panic!("one order is sent: {sent:?}") };
    let pass = state.account.open_pass.clone().unwrap();
    let fact = OrderFact::Signed { venue: venue_id(), body: "{}".to_owned() };
    let signed = Event::AtVenue { id: id.clone(), fact };
    desk.step(&mut store, &mut state, Some(&pass), t(0), &[signed]).await.unwrap();
    let order = state.orders[id].clone();
    store.close().await.unwrap();

    let mut booked = 0;
    let ways = [Settlement::Matched, Settlement::Mined, Settlement::Confirmed];
    for settlement in ways.into_iter().chain([Settlement::Confirmed, Settlement::Confirmed]) {
        // Every look is another process.
        let mut store = Store::open(&path).await.unwrap();
        let mut state = store.load(&desk.account).await.unwrap();
        let view = view(&order, settlement);
        let (orders, trades) = asked(&view);
        store.load_asked(&mut state, (&orders, &trades)).await.unwrap();
        assert_eq!(state.orders[id].venue_id(), Some(&venue_id()));
        let facts = catch_up(&state, &first_world(), &view, Foreign::Book).unwrap();
        booked += facts.iter().filter(|fact| fact.fill().is_some()).count();
        if settlement == Settlement::Matched {
            assert!(facts.iter().any(|fact| matches!(fact, Event::OrderEnded { .. })));
        }
        desk.step(&mut store, &mut state, Some(&pass), t(0), &facts).await.unwrap();
        assert_eq!(imbalance(&state), None);
        store.close().await.unwrap();
        let store = Store::open_read_only(&path).await.unwrap();
        let under_way = store.load(&desk.account).await.unwrap().fills;
        let unread = under_way.values().filter(|booked| booked.unread.is_some()).count();
        let expected = (1, usize::from(settlement.is_final()));
        assert_eq!((under_way.len(), unread), expected, "{settlement:?}: its fee is to be read");
    }
    assert_eq!(booked, 1);
    charge(&desk, &path, &pass).await;

    let found = verify(&path).await.unwrap();
    assert!(found.agrees() && found.events > 8, "{found:?}");
    rebuild(&path).await.unwrap();
    let found = verify(&path).await.unwrap();
    assert!(found.agrees(), "{found:?}");
    let store = Store::open_read_only(&path).await.unwrap();
    let mut state = store.load(&desk.account).await.unwrap();
    let (orders, trades) = asked(&view(&order, Settlement::Confirmed));
    store.load_asked(&mut state, (&orders, &trades)).await.unwrap();
    assert_eq!(state.orders[id].status, Status::Filled);
    let position = state.positions.values().next().unwrap();
    assert!(position.pending.is_none() && position.confirmed() > Shares::ZERO);
}

/// Another process reads what the trade was charged: a tenth of a dollar more than was booked. Once more it tells
/// nothing, for nothing is under way any more.
async fn charge(desk: &Desk, path: &std::path::Path, pass: &PassId) {
    for told in [1, 0] {
        let mut store = Store::open(path).await.unwrap();
        let mut state = store.load(&desk.account).await.unwrap();
        let before = state.account.cash;
        let orders = state.fees_unread().map(|one| one.unread.as_ref().unwrap().order.clone());
        let orders = orders.collect();
        store.load_asked(&mut state, (&orders, &BTreeSet::new())).await.unwrap();
        let more = Usd::from_micros(100_000);
        let charged = state.fees_unread().map(|booked| Charged {
            transaction: TRANSACTION.to_owned(),
            order: venue_id(),
            token: first_world().markets[&the_market()].market.tokens[0].clone(),
            side: booked.fill.side,
            shares: booked.fill.shares,
            cash: -booked.fill.cash,
            fee: booked.fill.fee + more,
        });
        let charged: Vec<Charged> = charged.collect();
        assert_eq!(charged.len(), told);
        let view = AccountView { charged, is_partial: true, ..AccountView::default() };
        let facts = catch_up(&state, &first_world(), &view, Foreign::Book).unwrap();
        assert_eq!(facts.len(), told, "{facts:?}");
        desk.step(&mut store, &mut state, Some(pass), t(0), &facts).await.unwrap();
        assert_eq!(imbalance(&state), None);
        let after = store.load(&desk.account).await.unwrap();
        assert_eq!(before - after.account.cash, if told == 1 { more } else { Usd::ZERO });
        assert_eq!(after.fills.len(), 0);
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_lost_settlement_is_found_and_mended() {
    let (_folder, path) = scratch();
    let desk = Desk::new("real:0xab");
    let mut store = Store::open(&path).await.unwrap();
    desk.fund(&mut store, 1_000).await;
    let plan = a_plan("first", &[buy("0.51", 10)]);
    let (mut state, sent) = desk.pass_until_sent(&mut store, &first_world(), &[plan]).await;
    let pass = state.account.open_pass.clone().unwrap();
    let fact = OrderFact::Signed { venue: venue_id(), body: "{}".to_owned() };
    let signed = Event::AtVenue { id: sent[0].clone(), fact };
    desk.step(&mut store, &mut state, Some(&pass), t(0), &[signed]).await.unwrap();
    let view = view(&state.orders[&sent[0]], Settlement::Mined);
    let facts = catch_up(&state, &first_world(), &view, Foreign::Book).unwrap();
    let settled =
        |fact: &&Event| matches!(fact, Event::Account { fact: AccountFact::FillSettled { .. } });
    assert_eq!(facts.iter().filter(settled).count(), 1);
    desk.step(&mut store, &mut state, Some(&pass), t(0), &facts).await.unwrap();
    store.close().await.unwrap();
    crate::file::run(&path, "UPDATE settlements SET settlement = 'CONFIRMED', final = 1").await;
    let found = verify(&path).await.unwrap();
    let told = found.findings.iter().map(ToString::to_string).collect::<String>();
    assert!(told.contains("settlements real:0xab t1"), "{told}");
    rebuild(&path).await.unwrap();
    assert!(verify(&path).await.unwrap().agrees());
}
