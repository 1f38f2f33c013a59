//! Positions as a fold of fills: average cost, fees pro rata, payouts, bands.

use crate::given::{
    Desk, a_market, a_plan, a_trade, a_view, book, condition, fraction, paid, shares, t, usd,
};
use betteroms_core::market::{FeeSchedule, Outcome, Side};
use betteroms_core::money::{Usd, average};
use betteroms_core::state::position::{Paid, Position};

/// (side, shares, cash before the fee, fee), then the page: shares, cost, buy fees, realised.
type Step = ((Side, &'static str, &'static str, &'static str), [&'static str; 4]);

fn check(steps: &[Step]) {
    let mut position = Position::empty(condition(), Outcome::First);
    for (i, ((side, size, cash, fee), page)) in steps.iter().enumerate() {
        position.book(*side, shares(size), usd(cash), usd(fee));
        let [held, cost, fees, realised] = page;
        assert_eq!(position.shares, shares(held), "shares, step {i}");
        assert_eq!(position.cost, usd(cost), "cost, step {i}");
        assert_eq!(position.buy_fees, usd(fees), "buy fees, step {i}");
        assert_eq!(position.realised, usd(realised), "realised, step {i}");
    }
}

#[test]
fn buys_average_and_sells_realise_against_the_average_with_fees_pro_rata() {
    check(&[
        ((Side::Buy, "100", "-50", "1.75"), ["100", "50", "1.75", "0"]),
        ((Side::Buy, "100", "-60", "1.68"), ["200", "110", "3.43", "0"]),
        // 50 of 200: 27.5 of the cost and 0.8575 of the buy fees leave; 35 − 1.05 − 28.3575.
        ((Side::Sell, "50", "35", "1.05"), ["150", "82.5", "2.5725", "5.5925"]),
        // The rest at a loss: 45 − 0 − 82.5 − 2.5725.
        ((Side::Sell, "150", "45", "0"), ["0", "0", "0", "-34.48"]),
        // Flat again: a new buy starts a new average.
        ((Side::Buy, "10", "-1", "0"), ["10", "1", "0", "-34.48"]),
    ]);
}

#[test]
fn what_leaves_is_rounded_up_so_that_profit_is_never_rounded_in_our_favour() {
    check(&[
        ((Side::Buy, "3", "-1", "0.00001"), ["3", "1", "0.00001", "0"]),
        // A third of 1 and of 0.00001, each up: 0.333334 and 0.000004.
        ((Side::Sell, "1", "0.5", "0"), ["2", "0.666666", "0.000006", "0.166662"]),
        ((Side::Sell, "1", "0.5", "0"), ["1", "0.333333", "0.000003", "0.333326"]),
        ((Side::Sell, "1", "0.5", "0"), ["0", "0", "0", "0.499990"]),
    ]);
}

#[test]
fn payouts_pay_rounded_down_and_empty_the_page_once() {
    for (payout, cash, realised) in
        [("1", "10.000001", "4.800001"), ("0.5", "5", "-0.2"), ("0", "0", "-5.2")]
    {
        let mut position = Position::empty(condition(), Outcome::First);
        position.book(Side::Buy, shares("10.000001"), usd("-5"), usd("0.2"));
        let first = position.pay(fraction(payout));
        assert_eq!(first.expected, usd(cash), "{payout}");
        assert_eq!(position.realised, usd(realised), "{payout}");
        assert!(position.is_flat() && position.cost.is_zero() && position.buy_fees.is_zero());
        let nothing = Paid { expected: Usd::ZERO, fewest: Usd::ZERO, most: Usd::ZERO };
        assert_eq!(position.pay(fraction(payout)), nothing, "{payout} twice");
        assert_eq!(position.paid, usd(cash));
    }
}

#[test]
fn bands_are_paid_on_their_own_shares_also_when_short() {
    let mut position = Position::empty(condition(), Outcome::First);
    position.fewest.shares = shares("-3.000001");
    position.most.shares = shares("7");
    let paid = position.pay(fraction("0.5"));
    // Owing is rounded up: 1.5000005 owed is 1.500001.
    assert_eq!((paid.expected, paid.fewest, paid.most), (Usd::ZERO, usd("-1.500001"), usd("3.5")));
}

#[test]
fn average_price_excludes_fees() {
    assert_eq!(average(usd("110"), shares("200")), Some(usd("0.55")));
    assert_eq!(average(usd("1"), shares("3")), Some(usd("0.333333")));
    assert_eq!(average(usd("1"), shares("0")), None);
}

/// Bought 100 at 0.50 and 50 at 0.51, sold 60 at 0.60; then the market pays 1, 0 or 0.5.
#[test]
fn account_adds_up_from_the_first_buy_to_the_payout() {
    for (payout, first_cash) in [("1", "90"), ("0", "0"), ("0.5", "45")] {
        let mut desk = Desk::with_cash("1000");
        let buy = a_plan("a", [a_trade().at("0.51").shares("150")]);
        desk.pass(t(0), a_view(Some(book(t(0), "", "0.50x100 0.51x50"))), &[buy]);
        // 1.75 + 50 × 0.07 × 0.2499 = 0.87465.
        assert_eq!(desk.state.account.cash, usd("1000") - usd("75.5") - usd("2.62465"));
        let sell = a_plan("b", [a_trade().sell().fak().at("0.60").shares("60")]);
        desk.pass(t(1), a_view(Some(book(t(1), "0.60x500", ""))), &[sell]);
        // 60 × 0.07 × 0.24 = 1.008; cost 30.2 and fees 1.04986 leave.
        let position = &desk.state.positions[&(condition(), Outcome::First)];
        assert_eq!(position.shares, shares("90"));
        assert_eq!(position.realised, usd("36") - usd("1.008") - usd("30.2") - usd("1.04986"));
        let before = desk.state.account.cash;
        let mut view = a_view(None);
        view.market.resolution = Some(paid(t(2), payout));
        desk.pass(t(2), view, &[]);
        assert_eq!(desk.state.account.cash - before, usd(first_cash), "{payout}");
        let position = &desk.state.positions[&(condition(), Outcome::First)];
        let earned = desk.state.account.cash - desk.state.account.funded;
        assert_eq!(position.realised, earned, "{payout}");
        assert_eq!(desk.state.account.fewest_cash - usd("0"), position.fewest.cash, "{payout}");
    }
}

#[test]
fn second_outcome_is_paid_the_rest_of_the_dollar_and_odd_payouts_wait_for_a_person() {
    for (payout, cash) in [("1", "0"), ("0", "10"), ("0.5", "5")] {
        let mut desk = Desk::new();
        let buy = a_plan("a", [a_trade().no().fak().at("0.60").usdc("6")]);
        desk.pass(t(0), a_view(Some(book(t(0), "0.40x500", ""))), &[buy]);
        let before = desk.state.account.cash;
        let mut view = a_view(None);
        view.market.resolution = Some(paid(t(2), payout));
        desk.pass(t(2), view, &[]);
        assert_eq!(desk.state.account.cash - before, usd(cash), "{payout}");
    }
    let mut desk = Desk::new();
    let buy = a_plan("a", [a_trade().fak().at("0.60").usdc("6")]);
    desk.pass(t(0), a_view(Some(book(t(0), "", "0.60x500"))), &[buy]);
    let before = desk.state.account.cash;
    let mut view = a_view(None);
    view.market.resolution = Some(paid(t(2), "0.3"));
    desk.pass(t(2), view, &[]);
    assert_eq!(desk.state.account.cash, before);
    assert_eq!(desk.held(Outcome::First), shares("10"));
    assert_eq!(a_market().fee.map(|fee: FeeSchedule| fee.rate), Some(fraction("0.07")));
}
