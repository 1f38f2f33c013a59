//! Hostile replies (`R17`): records of the right form that are not true. A trade under our order's hash that our
//! order cannot have made, or an order shown as another, changes nothing but that a person is told; the true record
//! counts when it comes.
//!
//! Each of these tests was red before a trade was held against its order (`could_be`, `fits`) and what is shown as
//! matched against the size.

use super::desk::{Real, shown, trade, venue_id};
use crate::given::{a_market, price, shares, t, usd};
use betteroms_core::event::Role;
use betteroms_core::market::{ConditionId, Side};
use betteroms_core::money::{Price, Shares, Usd};
use betteroms_core::order::{Order, OrderId, Status, Want};
use betteroms_core::venue::{
    AccountView, OwnLeg, Settlement, Standing, VenueId, VenueOrder, VenueTrade,
};

/// The most that the adapter believes one amount to be.
const MOST: Shares = Shares::from_micros(10_000_000_000_000_000);

type Lie<T> = (&'static str, fn(&mut T));

const OF_A_TRADE: [Lie<OwnLeg>; 9] = [
    ("another market", |leg| leg.market = ConditionId::new("0xother")),
    ("the other side", |leg| leg.side = leg.side.opposite()),
    ("the other outcome", |leg| leg.token = a_market().tokens[1].clone()),
    ("a worse price", |leg| leg.parts[1].price = worse(leg.side)),
    ("more than was asked for", |leg| leg.parts[0].shares = shares("10")),
    ("all that there is", |leg| leg.parts[0].shares = MOST),
    ("twice all that there is", |leg| leg.parts.iter_mut().for_each(|part| part.shares = MOST)),
    ("another market and side", |leg| {
        leg.market = ConditionId::new("0xother");
        leg.side = leg.side.opposite();
    }),
    ("a worse price in all", |leg| {
        let price = worse(leg.side);
        leg.parts.iter_mut().for_each(|part| part.price = price);
    }),
];

const OF_AN_ORDER: [Lie<VenueOrder>; 7] = [
    ("another market", |order| order.market = ConditionId::new("0xother")),
    ("the other side", |order| order.side = order.side.opposite()),
    ("another price", |order| order.price = worse(order.side)),
    ("another size", |order| order.size = shares("11")),
    ("all that there is", |order| order.size = MOST),
    ("more matched than asked for", |order| order.matched = shares("10.000001")),
    ("all that there is matched", |order| order.matched = MOST),
];

fn worse(side: Side) -> Price {
    match side {
        Side::Buy => price("0.51"),
        Side::Sell => price("0.49"),
    }
}

/// An account with two open orders, and the first of them.
fn account(side: Side) -> (Real, OrderId) {
    let mut real = Real::with("100", "50");
    let id = real.send("a", side, (price("0.50"), shares("10")), None);
    let other = real.send("b", Side::Buy, (price("0.40"), shares("7")), None);
    for id in [&id, &other] {
        let order = shown(real.order(id), Shares::ZERO, Standing::Live);
        real.see(&AccountView { open: [(venue_id(id), order)].into(), ..AccountView::default() });
    }
    (real, id)
}

fn traded(order: &Order, role: Role) -> VenueTrade {
    let parts = [shares("2"), shares("3")];
    trade(("t1", t(1)), order, role, &parts, Settlement::Confirmed)
}

/// What a lie must leave as it was.
fn picture(real: &Real) -> String {
    let orders: Vec<_> =
        real.state.orders.values().map(|order| (&order.id, order.status, &order.tracks)).collect();
    format!("{orders:?} {:?} {:?}", real.state.account.cash, real.state.positions)
}

fn differs(real: &Real) -> usize {
    real.state.account.real.as_ref().map_or(0, |real| real.differs.len())
}

#[test]
fn a_trade_that_our_order_cannot_have_made_changes_nothing_until_the_true_one_comes() {
    let (mut told, mut booked) = (0, 0);
    for side in [Side::Buy, Side::Sell] {
        for role in [Role::Maker, Role::Taker] {
            for (what, lie) in OF_A_TRADE {
                let (mut real, id) = account(side);
                let before = picture(&real);
                let honest = traded(real.order(&id), role);
                let mut false_one = honest.clone();
                lie(&mut false_one.legs[0]);
                for _ in 0..2 {
                    real.see(&AccountView {
                        trades: vec![false_one.clone()],
                        ..AccountView::default()
                    });
                    assert_eq!(picture(&real), before, "{side} {role:?}: {what}");
                    assert_eq!(differs(&real), 1, "{side} {role:?}: {what} is told once");
                }
                told += 1;
                real.see(&AccountView { trades: vec![honest], ..AccountView::default() });
                assert_eq!(real.order(&id).tracks.expected.filled, shares("5"), "{what}");
                assert_eq!(differs(&real), 0, "{side} {role:?}: {what}");
                booked += 1;
            }
        }
    }
    println!("R17: {told} trades told and not booked, {booked} true ones booked after them");
    assert_eq!((told, booked), (36, 36));
}

#[test]
fn an_order_that_is_shown_as_another_changes_nothing_whatever_its_standing() {
    let standings = [
        Standing::Live,
        Standing::Matched,
        Standing::Cancelled { reason: "MARKET_RESOLVED".to_owned() },
        Standing::Invalid,
        Standing::Strange { word: "HOVERING".to_owned() },
    ];
    let mut told = 0;
    for side in [Side::Buy, Side::Sell] {
        for standing in &standings {
            for (what, lie) in OF_AN_ORDER {
                let (mut real, id) = account(side);
                let before = picture(&real);
                let mut false_one = shown(real.order(&id), Shares::ZERO, standing.clone());
                lie(&mut false_one);
                let open = [(venue_id(&id), false_one)].into();
                real.see(&AccountView { open, is_partial: true, ..AccountView::default() });
                assert_eq!(picture(&real), before, "{side} {standing:?}: {what}");
                assert_eq!(real.order(&id).venue.as_ref().unwrap().matched, Shares::ZERO, "{what}");
                told += differs(&real);
                // The control: shown as it is, its standing counts.
                let true_one = shown(real.order(&id), Shares::ZERO, standing.clone());
                let open = [(venue_id(&id), true_one)].into();
                real.see(&AccountView { open, is_partial: true, ..AccountView::default() });
                let ends = matches!(standing, Standing::Cancelled { .. } | Standing::Invalid);
                assert_eq!(real.order(&id).status == Status::Cancelled, ends, "{standing:?}");
            }
        }
    }
    println!("R17: {told} orders told and not believed");
    assert_eq!(told, 70);
}

#[test]
fn a_buy_for_dollars_spends_no_more_of_them() {
    let (mut real, id) = account(Side::Buy);
    let placing = real.state.orders.get_mut(&id).unwrap().placing.as_mut().unwrap();
    placing.want = Want::Cash(usd("2"));
    let before = picture(&real);
    let of = |real: &Real, size: &str| {
        trade(("t1", t(1)), real.order(&id), Role::Taker, &[shares(size)], Settlement::Confirmed)
    };
    let dear = of(&real, "4.1");
    real.see(&AccountView { trades: vec![dear], ..AccountView::default() });
    assert_eq!((picture(&real), differs(&real)), (before, 1));
    let true_one = of(&real, "4");
    real.see(&AccountView { trades: vec![true_one], ..AccountView::default() });
    assert_eq!(real.order(&id).tracks.expected.cash, -usd("2"));
    assert_eq!(differs(&real), 0);
}

/// Whatever a stranger's trades come to, the books do not outgrow what they are counted in.
#[test]
fn what_strangers_trade_is_booked_as_far_as_there_is_so_much() {
    let (mut real, id) = account(Side::Buy);
    let mut booked = 0;
    for nth in 0_i64..200 {
        let mut one = traded(real.order(&id), Role::Maker);
        one.id = format!("t{nth}");
        one.legs[0].order = VenueId::new(&format!("0x{nth:064x}"));
        one.legs[0].side = if nth % 3 == 0 { Side::Sell } else { Side::Buy };
        one.legs[0].parts.truncate(1);
        one.legs[0].parts[0].shares = Shares::from_micros(MOST.micros() / 4);
        let before = real.state.account.cash;
        real.see(&AccountView { trades: vec![one], ..AccountView::default() });
        booked += usize::from(real.state.account.cash != before);
    }
    println!("R17: {booked} of 200 strangers' trades booked, {} in cash", real.state.account.cash);
    assert!((1..199).contains(&booked), "{booked}");
    assert!(real.state.account.cash.micros().unsigned_abs() <= MOST.micros().unsigned_abs());
    assert_ne!(real.state.account.cash, Usd::ZERO);
}
