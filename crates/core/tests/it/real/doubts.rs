//! R11 and `shared/rules.md` §3: what not being found means, and what blocks new exposure.

use super::desk::{Real, shown, trade, venue_id};
use crate::given::{condition, paid, price, shares, t, usd};
use betteroms_core::event::{AccountFact, Conversion, Difference, Event, OrderFact, Role};
use betteroms_core::market::Side;
use betteroms_core::order::{OrderId, Status};
use betteroms_core::reason::EndReason;
use betteroms_core::reconcile::real::{Foreign, balances, catch_up};
use betteroms_core::venue::{AccountView, Look, Settlement, Standing};
use betteroms_core::world::World;

fn nothing() -> AccountView {
    AccountView::default()
}

fn not_found(id: &OrderId, secs: i64) -> AccountView {
    let look = Look::NotFound { at: t(secs) };
    AccountView { looked: [(venue_id(id), look)].into(), ..nothing() }
}

fn found(real: &Real, id: &OrderId, matched: &str, standing: Standing) -> AccountView {
    let order = shown(real.order(id), shares(matched), standing);
    AccountView { open: [(order.id.clone(), order)].into(), ..nothing() }
}

fn doubt(real: &mut Real, id: &OrderId) {
    let cause = "no answer".to_owned();
    real.record(&[Event::AtVenue { id: id.clone(), fact: OrderFact::Doubted { cause } }]);
}

#[test]
fn an_open_order_survives_any_flapping_that_is_not_three_looks_in_a_row() {
    let (mut runs, mut looks_in_vain) = (0_u32, 0_u32);
    for seed in 0_u32..500 {
        let mut real = Real::with("100", "0");
        let id = real.send("a", Side::Buy, (price("0.50"), shares("10")), None);
        real.see(&found(&real, &id, "0", Standing::Live));
        let mut row = 0;
        for step in 0_u32..12 {
            let secs = i64::from(step) * 5 + 5;
            let flap = (seed >> (step % 9)) & 1 == 1 && row < 2;
            if flap {
                // A list without it, asked between, proves nothing and counts for nothing.
                real.see(&nothing());
                real.see(&not_found(&id, secs));
                looks_in_vain += 1;
                row += 1;
            } else {
                real.see(&found(&real, &id, "0", Standing::Live));
                row = 0;
            }
            assert_eq!(real.order(&id).status, Status::Open, "seed {seed}, step {step}");
        }
        runs += 1;
    }
    println!("{runs} runs, {looks_in_vain} looks in vain, 0 false endings");
    assert!(runs == 500 && looks_in_vain > 1_500);
}

#[test]
fn three_looks_in_vain_end_an_open_order_and_a_late_fill_still_counts() {
    let mut real = Real::with("100", "0");
    let id = real.send("a", Side::Buy, (price("0.50"), shares("10")), None);
    real.see(&found(&real, &id, "0", Standing::Live));
    for secs in [5, 5, 10] {
        real.see(&not_found(&id, secs));
        assert_eq!(real.order(&id).status, Status::Open, "the same look counts once");
    }
    real.see(&not_found(&id, 15));
    let order = real.order(&id).clone();
    assert_eq!((order.status, order.end), (Status::Cancelled, Some(EndReason::Gone)));
    let late = trade(("t1", t(16)), &order, Role::Maker, &[shares("4")], Settlement::Confirmed);
    real.see(&AccountView { trades: vec![late], ..nothing() });
    assert_eq!(real.order(&id).tracks.expected.filled, shares("4"));
    assert_eq!(real.held().shares, shares("4"));
}

#[test]
fn an_order_in_doubt_is_lost_only_past_its_end_or_after_three_further_passes() {
    let mut real = Real::with("100", "0");
    let dated = real.send("a", Side::Buy, (price("0.50"), shares("10")), Some(300));
    let endless = real.send("b", Side::Buy, (price("0.50"), shares("10")), None);
    for id in [&dated, &endless] {
        doubt(&mut real, id);
        for secs in [5, 10, 35] {
            real.see(&not_found(id, secs));
        }
        assert_eq!(real.order(id).status, Status::InDoubt);
        assert_eq!(real.state.unsettled(&condition()), Some("IN_DOUBT"));
    }
    for (pass, secs) in [(1, 3_600), (2, 7_200), (3, 10_800)] {
        let still = OrderFact::StillDoubted;
        real.record(&[Event::AtVenue { id: endless.clone(), fact: still }]);
        real.at(t(secs));
        for id in [&dated, &endless] {
            if !real.order(id).status.is_ended() {
                real.see(&not_found(id, secs));
            }
        }
        assert_eq!(real.order(&dated).end, Some(EndReason::NotSeen));
        let expected = if pass == 3 { Status::Rejected } else { Status::InDoubt };
        assert_eq!(real.order(&endless).status, expected, "pass {pass}");
    }
    assert_eq!(real.state.unsettled(&condition()), None);
}

#[test]
fn an_order_in_doubt_that_the_venue_shows_rests() {
    let mut real = Real::with("100", "0");
    let id = real.send("a", Side::Buy, (price("0.50"), shares("10")), None);
    doubt(&mut real, &id);
    real.see(&not_found(&id, 5));
    real.see(&found(&real, &id, "0", Standing::Live));
    let order = real.order(&id);
    assert_eq!((order.status, order.venue.as_ref().unwrap().unseen), (Status::Open, 0));
}

/// A request that arrives minutes late: by then the books had given the order up.
#[test]
fn an_order_that_had_ended_and_rests_at_the_venue_counts_again() {
    let mut real = Real::with("100", "0");
    let id = real.send("a", Side::Buy, (price("0.50"), shares("10")), None);
    doubt(&mut real, &id);
    for secs in [5, 10, 35] {
        real.see(&not_found(&id, secs));
    }
    for _ in 0..3 {
        real.record(&[Event::AtVenue { id: id.clone(), fact: OrderFact::StillDoubted }]);
    }
    real.at(t(3_600));
    real.see(&not_found(&id, 3_600));
    assert_eq!(real.order(&id).end, Some(EndReason::NotSeen));
    assert_eq!(real.state.reserved(), usd("0"));
    // A list that is behind shows what has just ended: that alone brings nothing back.
    real.see(&found(&real, &id, "0", Standing::Live));
    assert_eq!(real.order(&id).status, Status::Rejected);
    real.at(t(7_200));
    real.see(&found(&real, &id, "0", Standing::Live));
    let order = real.order(&id).clone();
    assert_eq!((order.status, order.end, order.ended_at), (Status::Open, None, None));
    assert_eq!(real.state.reserved(), usd("5"));
    let fill = trade(("t1", t(7_300)), &order, Role::Maker, &[shares("10")], Settlement::Confirmed);
    let view = AccountView { trades: vec![fill], ..found(&real, &id, "10", Standing::Matched) };
    real.see(&view);
    assert_eq!((real.order(&id).status, real.held().shares), (Status::Filled, shares("10")));
}

/// What was taken out and then arrives is asked to end once more, and what was not found before the cancel does not
/// count for what became of it.
#[test]
fn a_cancel_of_an_order_in_doubt_is_proven_anew_and_repeated_where_it_rests_after_all() {
    let mut real = Real::with("100", "0");
    let id = real.send("a", Side::Buy, (price("0.50"), shares("10")), None);
    doubt(&mut real, &id);
    for secs in [5, 10, 35] {
        real.see(&not_found(&id, secs));
    }
    let cancel = OrderFact::Cancelling { reason: EndReason::Operator };
    real.record(&[Event::AtVenue { id: id.clone(), fact: cancel }]);
    for secs in [40, 45] {
        real.see(&not_found(&id, secs));
        assert_eq!(real.order(&id).status, Status::Cancelling, "after {secs} seconds");
    }
    real.see(&not_found(&id, 50));
    assert_eq!(real.order(&id).end, Some(EndReason::Operator));
    real.at(t(3_600));
    real.see(&found(&real, &id, "0", Standing::Live));
    let order = real.order(&id);
    assert_eq!((order.status, order.end), (Status::Cancelling, Some(EndReason::Operator)));
}

#[test]
fn matched_shares_without_their_trades_block_the_market_until_the_trades_come() {
    let mut real = Real::with("100", "0");
    let id = real.send("a", Side::Buy, (price("0.50"), shares("10")), None);
    real.see(&found(&real, &id, "10", Standing::Matched));
    assert_eq!(real.order(&id).status, Status::Submitting, "not ended: its fills are not here");
    assert_eq!(real.state.unsettled(&condition()), Some("FILLS_MISSING"));
    let order = real.order(&id).clone();
    let trades = vec![trade(("t1", t(1)), &order, Role::Taker, &[shares("10")], Settlement::Mined)];
    real.see(&AccountView { trades, ..found(&real, &id, "10", Standing::Matched) });
    assert_eq!(real.order(&id).status, Status::Filled);
    assert_eq!(real.state.unsettled(&condition()), None);
}

#[test]
fn what_is_not_ours_is_told_booked_and_never_cancelled() {
    let mut real = Real::with("100", "0");
    let stranger = real.send("a", Side::Buy, (price("0.50"), shares("10")), None);
    let view = found(&real, &stranger, "0", Standing::Live);
    let order = real.order(&stranger).clone();
    let mut other = Real::with("100", "0");
    let facts = other.see(&view);
    assert!(matches!(
        facts.as_slice(),
        [Event::Account { fact: AccountFact::ForeignOrder { .. } }]
    ));
    let taken = trade(("t1", t(1)), &order, Role::Maker, &[shares("10")], Settlement::Confirmed);
    let facts = other.see(&AccountView { trades: vec![taken.clone()], ..view.clone() });
    let fills = facts.iter().filter(|fact| fact.fill().is_some()).count();
    assert_eq!((fills, other.held().shares), (1, shares("10")));
    assert_eq!(other.state.account.cash, usd("95"));
    let again = other.see(&AccountView { trades: vec![taken], ..view });
    assert_eq!(again, [], "once");
    let gone = other.see(&nothing());
    assert_eq!(gone.len(), 1);
    assert!(other.state.account.real.as_ref().unwrap().foreign.is_empty());
}

/// Where the configuration says so, a stranger's order blocks its market, and nothing but a person lifts that.
#[test]
fn a_strangers_order_blocks_its_market_and_stays_so_whatever_else_is_told_of_it() {
    let mut stranger = Real::with("100", "0");
    let theirs = stranger.send("a", Side::Buy, (price("0.50"), shares("10")), None);
    let view = found(&stranger, &theirs, "0", Standing::Live);
    let mut real = Real::with("100", "0");
    let look = |real: &mut Real, view: &AccountView| {
        let facts = catch_up(&real.state, &real.world(), view, Foreign::Block).unwrap();
        real.record(&facts);
        real.state.unsettled(&condition())
    };
    assert_eq!(look(&mut real, &view), Some("FOREIGN_ORDER"));
    let ours = real.send("b", Side::Buy, (price("0.40"), shares("10")), None);
    let mut both = found(&real, &ours, "4", Standing::Live);
    both.open.extend(view.open.clone());
    assert_eq!(look(&mut real, &both), Some("FOREIGN_ORDER"), "our fills are missing as well");
    assert_eq!(look(&mut real, &nothing()), Some("FOREIGN_ORDER"), "it is gone again");
}

#[test]
fn a_trade_in_a_market_that_cannot_be_read_is_asked_for_again_and_booked_then() {
    let mut real = Real::with("100", "0");
    let id = real.send("a", Side::Buy, (price("0.50"), shares("10")), None);
    let order = real.order(&id).clone();
    let bought = trade(("t1", t(9)), &order, Role::Maker, &[shares("10")], Settlement::Confirmed);
    let view = AccountView { trades: vec![bought], is_partial: true, ..nothing() };
    let blind = World { now: real.now, ..World::default() };
    for asked in 0..2 {
        let facts = catch_up(&real.state, &blind, &view, Foreign::Book).unwrap();
        assert_eq!(facts.len(), usize::from(asked == 0), "told once");
        real.record(&facts);
        assert_eq!(real.state.account.real.as_ref().unwrap().trades_until, None);
        assert_eq!(real.state.unsettled(&condition()), Some("FOREIGN_TRADE"));
    }
    real.see(&view);
    assert_eq!(real.held().shares, shares("10"));
    assert_eq!(real.state.account.real.as_ref().unwrap().trades_until, Some(t(9)));
    assert_eq!(real.state.unsettled(&condition()), None);
}

#[test]
fn a_result_pays_nothing_before_it_is_redeemed() {
    let mut real = Real::with("100", "20");
    let resolution = paid(t(1), "1");
    real.record(&[Event::MarketResolved { market: condition(), resolution }]);
    assert_eq!((real.state.account.cash, real.held().shares), (usd("100"), shares("20")));
    let fact = AccountFact::Converted {
        how: Conversion::Redeem,
        market: condition(),
        shares: [shares("20"), shares("0")],
        cash: usd("20"),
        transaction: None,
    };
    real.record(&[Event::Account { fact }]);
    assert_eq!((real.state.account.cash, real.held().shares), (usd("120"), shares("0")));
    assert_eq!(real.held().realised, usd("20"));
}

#[test]
fn books_and_chain_are_compared_and_what_is_under_way_counts_either_way() {
    let mut real = Real::with("100", "20");
    let compare = |real: &Real, cash: &str, held: &str| {
        let held = [shares(held), shares("0")];
        let view = AccountView {
            cash: Some(usd(cash)),
            shares: [(condition(), held)].into(),
            ..nothing()
        };
        balances(&real.state, &view)
    };
    let differs = |facts: &[Event]| -> Vec<&'static str> {
        let code = |fact: &Event| {
            let Event::Account { fact: AccountFact::Differs { difference, .. } } = fact else {
                panic!("{fact:?}");
            };
            difference.as_ref().map(Difference::code)
        };
        facts.iter().filter_map(code).collect()
    };
    assert_eq!(compare(&real, "100", "20"), []);
    let id = real.send("a", Side::Buy, (price("0.50"), shares("10")), None);
    let order = real.order(&id).clone();
    let bought = trade(("t1", t(1)), &order, Role::Maker, &[shares("10")], Settlement::Matched);
    real.see(&AccountView { trades: vec![bought], is_partial: true, ..nothing() });
    for (cash, held) in [("100", "20"), ("95", "30"), ("95", "20"), ("100", "30")] {
        assert_eq!(compare(&real, cash, held), [], "{cash} {held}");
    }
    assert_eq!(differs(&compare(&real, "94.999999", "30")), ["CASH_DIFFERS"]);
    assert_eq!(differs(&compare(&real, "100.000001", "30")), ["CASH_DIFFERS"]);
    assert_eq!(differs(&compare(&real, "95", "30.01")), ["SHARES_DIFFER"]);
    let facts = compare(&real, "90", "31");
    assert_eq!(differs(&facts), ["CASH_DIFFERS", "SHARES_DIFFER"]);
    real.record(&facts);
    assert_eq!(real.state.unsettled(&condition()), Some("CASH_DIFFERS"));
    let cleared = compare(&real, "95", "30");
    assert_eq!(cleared.len(), 2);
    real.record(&cleared);
    assert_eq!(real.state.unsettled(&condition()), None);
}
