//! Fees charged against fees expected, by what the wallet's cash shows.

use super::desk::{Real, trade};
use crate::given::{condition, price, shares, t, usd};
use betteroms_core::event::{AccountFact, Event, Role};
use betteroms_core::market::Side;
use betteroms_core::money::Usd;
use betteroms_core::reconcile::real::balances;
use betteroms_core::state::fees::FeesDiffer;
use betteroms_core::venue::{AccountView, Settlement};

/// Ten shares bought at 0.50 by this role and settled so far; and what the fee should be.
fn bought(role: Role, settlement: Settlement) -> (Real, Usd) {
    let mut real = Real::with("100", "0");
    let id = real.send("a", Side::Buy, (price("0.50"), shares("10")), None);
    let order = real.order(&id).clone();
    let trades = vec![trade(("t1", t(1)), &order, role, &[shares("10")], settlement)];
    real.see(&AccountView { trades, is_partial: true, ..AccountView::default() });
    let fee = usd("95") - real.state.account.cash;
    (real, fee)
}

/// What the chain says of cash and shares, worked through.
fn told(real: &mut Real, cash: Usd, held: &str) -> (Vec<Event>, Option<FeesDiffer>) {
    let view = AccountView {
        cash: Some(cash),
        shares: [(condition(), [shares(held), shares("0")])].into(),
        ..AccountView::default()
    };
    let facts = balances(&real.state, &view);
    real.record(&facts);
    (facts, real.state.fees_differ())
}

fn proven() -> Vec<Event> {
    vec![Event::Account { fact: AccountFact::FeesProven {} }]
}

#[test]
fn a_fee_as_announced_is_proven_once_and_another_is_told_with_both_figures() {
    let (mut real, fee) = bought(Role::Taker, Settlement::Confirmed);
    assert!(fee.is_positive());
    assert_eq!(told(&mut real, usd("95") - fee, "10"), (proven(), None));
    assert_eq!(told(&mut real, usd("95") - fee, "10"), (vec![], None));
    // What was proven is not to blame for what comes later.
    assert_eq!(told(&mut real, usd("94") - fee, "10").1, None);

    for more in ["0.05", "-0.05", "0.000011"] {
        let (mut real, fee) = bought(Role::Taker, Settlement::Confirmed);
        let charged = fee + usd(more);
        let (_, differ) = told(&mut real, usd("95") - charged, "10");
        let trades = vec!["t1".to_owned()];
        assert_eq!(differ, Some(FeesDiffer { expected: fee, charged, fills: 1, trades }), "{more}");
        // Whoever takes the chain's word has seen it.
        let fact = AccountFact::Adopted { cash: -usd(more), shares: vec![], at: None };
        real.record(&[Event::Account { fact }]);
        assert_eq!(told(&mut real, usd("95") - charged, "10").1, None, "{more}");
    }
}

#[test]
fn other_causes_are_not_called_a_fee() {
    let differs = |role, settlement, more: &str, held: &str| {
        let (mut real, fee) = bought(role, settlement);
        told(&mut real, usd("95") - fee - usd(more), held).1
    };
    let taker = Role::Taker;
    assert!(differs(taker, Settlement::Confirmed, "0.05", "10").is_some(), "the control");
    assert_eq!(differs(taker, Settlement::Confirmed, "0.00001", "10"), None, "rounding");
    assert_eq!(differs(taker, Settlement::Confirmed, "20", "10"), None, "more than a fee can be");
    assert_eq!(differs(taker, Settlement::Confirmed, "-20", "10"), None, "a deposit");
    assert_eq!(differs(taker, Settlement::Confirmed, "0.05", "11"), None, "shares differ too");
    assert_eq!(differs(taker, Settlement::Mined, "0.05", "10"), None, "under way");
    assert_eq!(differs(Role::Maker, Settlement::Confirmed, "0.05", "10"), None, "makers pay none");
}

#[test]
fn a_trade_that_failed_owes_no_fee() {
    let (mut real, fee) = bought(Role::Taker, Settlement::Mined);
    let id = real.state.orders.keys().next().unwrap().clone();
    let order = real.order(&id).clone();
    let failed = trade(("t1", t(1)), &order, Role::Taker, &[shares("10")], Settlement::Failed);
    real.see(&AccountView { trades: vec![failed], is_partial: true, ..AccountView::default() });
    assert!(real.state.account.real.as_ref().unwrap().fees_unproven.is_none());
    assert_eq!(told(&mut real, usd("100") - fee, "0").1, None);
}
