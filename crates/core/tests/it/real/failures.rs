//! R10: a trade that fails leaves nothing behind, wherever it fails.

use super::desk::{Real, shown, trade};
use crate::given::{price, shares, t, usd};
use betteroms_core::event::{AccountFact, Event, Role};
use betteroms_core::market::Side;
use betteroms_core::order::Status;
use betteroms_core::reason::EndReason;
use betteroms_core::venue::{AccountView, Settlement, Standing};

use Settlement::{Confirmed, Failed, Matched, Mined, Retrying};

/// Every way from a match to a failure.
const WAYS: [&[Settlement]; 5] = [
    &[Matched, Failed],
    &[Matched, Retrying, Failed],
    &[Matched, Mined, Failed],
    &[Matched, Retrying, Mined, Retrying, Failed],
    &[Mined, Failed],
];

fn view(trades: Vec<betteroms_core::venue::VenueTrade>) -> AccountView {
    AccountView { trades, is_partial: true, ..AccountView::default() }
}

#[test]
fn a_failed_buy_goes_back_to_the_millionth_though_others_were_sold_meanwhile() {
    for way in WAYS {
        for fail in [true, false] {
            let mut real = Real::with("100", "0");
            let first = real.send("a", Side::Buy, (price("0.37"), shares("10.01")), None);
            let first = real.order(&first).clone();
            real.see(&view(vec![trade(
                ("t1", t(1)),
                &first,
                Role::Taker,
                &[shares("10.01")],
                Confirmed,
            )]));
            let ghost = real.send("b", Side::Buy, (price("0.53"), shares("7.03")), None);
            let ghost = real.order(&ghost).clone();
            let out = real.send("c", Side::Sell, (price("0.41"), shares("3.33")), None);
            let out = real.order(&out).clone();
            let sold = trade(("t3", t(3)), &out, Role::Maker, &[shares("3.33")], Confirmed);
            for (nth, settlement) in way.iter().enumerate() {
                if fail {
                    let parts = [shares("3"), shares("4.03")];
                    real.see(&view(vec![trade(
                        ("t2", t(2)),
                        &ghost,
                        Role::Taker,
                        &parts,
                        *settlement,
                    )]));
                }
                if nth == 0 {
                    // Only what is confirmed can be sold, at its own cost.
                    assert_eq!(real.held().confirmed(), shares("10.01"));
                    real.see(&view(vec![sold.clone()]));
                }
            }
            let held = real.held();
            let page = [held.cost, held.buy_fees, held.realised, real.state.account.cash];
            let [cost, fees, realised, cash] = page.map(|amount| amount.to_string());
            assert_eq!(held.shares, shares("6.68"), "{way:?}");
            assert!(held.pending.is_none(), "{way:?}");
            assert_eq!(
                (cost.as_str(), fees.as_str(), realised.as_str(), cash.as_str()),
                ("2.4716", "0.108995", "0.078865", "97.49827"),
                "{way:?} {fail}"
            );
        }
    }
}

#[test]
fn a_failed_sale_puts_back_exactly_what_left() {
    for way in WAYS {
        let mut real = Real::with("100", "0");
        let bought = real.send("a", Side::Buy, (price("0.37"), shares("10.01")), None);
        let bought = real.order(&bought).clone();
        real.see(&view(vec![trade(
            ("t1", t(1)),
            &bought,
            Role::Taker,
            &[shares("10.01")],
            Confirmed,
        )]));
        let before = real.held().clone();
        let cash = real.state.account.cash;
        let out = real.send("b", Side::Sell, (price("0.55"), shares("3.33")), None);
        let out = real.order(&out).clone();
        for settlement in way {
            let sold = trade(("t2", t(2)), &out, Role::Taker, &[shares("3.33")], *settlement);
            real.see(&view(vec![sold]));
            if !settlement.is_final() {
                assert!(real.state.unsettled_proceeds().is_positive());
                assert!(
                    real.state.free_cash() <= cash,
                    "proceeds are not ours before the chain says so"
                );
            }
        }
        let after = real.held();
        assert_eq!(
            (after.shares, after.cost, after.buy_fees),
            (before.shares, before.cost, before.buy_fees)
        );
        assert_eq!(after.realised, before.realised);
        assert_eq!(real.state.account.cash, cash);
        assert_eq!(real.settlement("t2", &out.id, Role::Taker), Failed);
    }
}

#[test]
fn an_order_whose_fill_failed_is_looked_up_and_is_not_called_filled() {
    let mut real = Real::with("100", "0");
    let id = real.send("a", Side::Buy, (price("0.50"), shares("10")), None);
    let order = real.order(&id).clone();
    let whole = shown(&order, shares("10"), Standing::Matched);
    let matched = AccountView {
        open: [(whole.id.clone(), whole.clone())].into(),
        ..view(vec![trade(("t1", t(1)), &order, Role::Taker, &[shares("10")], Matched)])
    };
    real.see(&matched);
    assert_eq!(real.order(&id).status, Status::Filled);
    let facts =
        real.see(&view(vec![trade(("t1", t(1)), &order, Role::Taker, &[shares("10")], Failed)]));
    assert!(
        facts
            .iter()
            .any(|fact| matches!(fact, Event::Account { fact: AccountFact::FillSettled { .. } }))
    );
    assert_eq!(real.order(&id).status, Status::InDoubt);
    real.see(&AccountView { trades: Vec::new(), ..matched });
    let order = real.order(&id);
    assert_eq!((order.status, order.end), (Status::Cancelled, Some(EndReason::SettlementFailed)));
    assert_eq!(order.tracks.expected.filled, shares("0"));
    assert_eq!(real.state.account.cash, usd("100"));
}
