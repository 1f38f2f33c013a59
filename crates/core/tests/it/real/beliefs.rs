//! What the books refuse, and what the venue tells in words or digits that nobody can book: it blocks its own
//! market, and everything else goes on.

use super::desk::{Real, shown, trade, venue_id};
use crate::given::{condition, price, shares, t};
use betteroms_core::event::{AccountFact, Difference, Event, Role, Subject};
use betteroms_core::market::Side;
use betteroms_core::order::{OrderId, Status};
use betteroms_core::venue::{
    AccountView, Doubtful, Look, Settlement, Standing, VenueOrder, VenueTrade,
};

fn open(all: &[VenueOrder], trades: Vec<VenueTrade>) -> AccountView {
    let open = all.iter().map(|order| (order.id.clone(), order.clone())).collect();
    AccountView { open, trades, ..AccountView::default() }
}

fn told(facts: &[Event]) -> usize {
    let is_told = |fact: &&Event| {
        matches!(fact, Event::Account { fact: AccountFact::Differs { difference: Some(_), .. } })
    };
    facts.iter().filter(is_told).count()
}

fn buy(real: &mut Real, name: &str) -> OrderId {
    let id = real.send(name, Side::Buy, (price("0.50"), shares("10")), None);
    let order = shown(real.order(&id), shares("0"), Standing::Live);
    real.see(&open(&[order], Vec::new()));
    id
}

/// More than was ordered: refused and told, while the trades around it are booked.
#[test]
fn a_trade_that_the_books_refuse_blocks_its_market_and_stops_nothing_else() {
    let mut real = Real::with("100", "0");
    let (a, b) = (buy(&mut real, "a"), buy(&mut real, "b"));
    let of = |real: &Real, trade_id: &str, secs: i64, id: &OrderId, size: &str| {
        trade((trade_id, t(secs)), real.order(id), Role::Maker, &[shares(size)], Settlement::Mined)
    };
    let trades = vec![
        of(&real, "first", 1, &a, "4"),
        of(&real, "too-much", 2, &a, "11"),
        of(&real, "other", 3, &b, "10"),
    ];
    let orders = [
        shown(real.order(&a), shares("4"), Standing::Live),
        shown(real.order(&b), shares("10"), Standing::Matched),
    ];
    let facts = real.see(&open(&orders, trades.clone()));
    assert_eq!(real.order(&a).tracks.expected.filled, shares("4"));
    assert_eq!((real.order(&a).status, real.order(&b).status), (Status::Open, Status::Filled));
    assert_eq!((told(&facts), real.state.unsettled(&condition())), (1, Some("UNBELIEVABLE")));
    // It must be shown again, and is told once.
    let until = real.state.account.real.as_ref().and_then(|real| real.trades_until);
    assert_eq!(until, None);
    let facts = real.see(&open(&orders[..1], trades.clone()));
    assert_eq!(facts, []);
    // Somebody has looked: it blocks nothing, is never booked, and the window goes on.
    let (market, id) = (condition(), "too-much".to_owned());
    real.record(&[Event::Account { fact: AccountFact::SetAside { market, id } }]);
    assert_eq!(real.state.unsettled(&condition()), None);
    real.see(&open(&orders[..1], trades));
    assert_eq!(real.state.unsettled(&condition()), None);
    assert_eq!(real.order(&a).tracks.expected.filled, shares("4"));
    let until = real.state.account.real.as_ref().and_then(|real| real.trades_until);
    assert_eq!(until, Some(t(3)));
}

/// A record that could not be read is told by its name, and booked once the venue tells it right.
#[test]
fn a_record_that_could_not_be_believed_is_booked_once_it_can_be() {
    let mut real = Real::with("100", "0");
    let id = buy(&mut real, "a");
    let order = shown(real.order(&id), shares("10"), Standing::Matched);
    let why = "a price of 0.333333333333".to_owned();
    let doubtful = Doubtful { id: "odd".to_owned(), market: condition(), at: Some(t(1)), why };
    let odd =
        AccountView { doubtful: vec![doubtful], ..open(std::slice::from_ref(&order), Vec::new()) };
    assert_eq!(told(&real.see(&odd)), 2, "the record, and that fills are missing");
    assert_eq!(told(&real.see(&odd)), 0);
    assert_eq!(real.order(&id).status, Status::Open);
    let right =
        trade(("odd", t(1)), real.order(&id), Role::Maker, &[shares("10")], Settlement::Matched);
    real.see(&open(&[order], vec![right]));
    assert_eq!(
        (real.order(&id).status, real.state.unsettled(&condition())),
        (Status::Filled, None)
    );
}

fn strange(real: &Real, id: &OrderId, at: i64) -> AccountView {
    let standing = Standing::Strange { word: "UNMATCHED".to_owned() };
    let order = shown(real.order(id), shares("0"), standing);
    let look = Look::Found { order, at: t(at) };
    AccountView { looked: [(venue_id(id), look)].into(), ..AccountView::default() }
}

/// A word that we do not know ends an order only where three looks, and no list, show it as open.
#[test]
fn an_order_in_a_word_that_we_do_not_know_has_a_way_out() {
    for (is_listed, is_partial, ends) in
        [(false, false, true), (true, false, false), (false, true, false)]
    {
        let mut real = Real::with("100", "0");
        let id = buy(&mut real, "a");
        let reason = betteroms_core::reason::EndReason::Operator;
        let fact = betteroms_core::event::OrderFact::Cancelling { reason };
        real.record(&[Event::AtVenue { id: id.clone(), fact }]);
        for at in [10, 10, 20, 30] {
            assert_eq!(real.order(&id).status, Status::Cancelling, "before the look at {at}");
            let mut view = strange(&real, &id, at);
            if is_listed {
                let order = shown(real.order(&id), shares("0"), Standing::Live);
                view.open.insert(order.id.clone(), order);
            }
            view.is_partial = is_partial;
            real.see(&view);
        }
        let expected = if ends { Status::Cancelled } else { Status::Cancelling };
        assert_eq!(real.order(&id).status, expected, "{is_listed} {is_partial}");
    }
}

/// What the venue once showed as matched is not over before its trades are here.
#[test]
fn a_word_that_we_do_not_know_ends_nothing_that_matched() {
    let mut real = Real::with("100", "0");
    let id = buy(&mut real, "a");
    for at in [10, 20, 30, 40] {
        let mut view = strange(&real, &id, at);
        if let Some(Look::Found { order, .. }) = view.looked.get_mut(&venue_id(&id)) {
            order.matched = shares("5");
        }
        real.see(&view);
    }
    assert_eq!(real.order(&id).status, Status::Open);
    let what = Subject::Market(condition());
    let differs = &real.state.account.real.as_ref().unwrap().differs;
    assert!(matches!(differs.as_slice(), [(one, Difference::FillsMissing { .. })] if *one == what));
}
