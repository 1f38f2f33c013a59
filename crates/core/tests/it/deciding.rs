//! What becomes of a trade before any venue sees it: placed, waiting for what may pass, or denied.

use crate::given::{
    Desk, MARKET, TradeWords, a_plan, a_trade, a_view, book, condition, price, shares, t, usd,
};
use betteroms_core::decide::{Decision, PlanResult};
use betteroms_core::event::Event;
use betteroms_core::limits::Limits;
use betteroms_core::market::{FeeSchedule, Gate, Market, Outcome};
use betteroms_core::money::{Fraction, Tick, Usd};
use betteroms_core::order::Status::{Denied, Filled, Open, Rejected, Waiting};
use betteroms_core::plan::Plan;
use betteroms_core::reason::{Cap, Denial, Wait};
use betteroms_core::world::MarketProblem;

const BIDS: &str = "0.48x100";
const ASKS: &str = "0.51x100";

/// One trade on a book of 0.48 / 0.51, with what is changed of market and limits, and the code of what
/// holds it back: empty when it is placed, `W:` when it waits.
struct Row {
    what: &'static str,
    trade: TradeWords,
    market: fn(&mut Market),
    limits: fn(&mut Limits),
    said: &'static str,
}

fn row(what: &'static str, trade: TradeWords, said: &'static str) -> Row {
    Row { what, trade, market: |_| {}, limits: |_| {}, said }
}

impl Row {
    fn market(mut self, change: fn(&mut Market)) -> Self {
        self.market = change;
        self
    }

    fn limits(mut self, change: fn(&mut Limits)) -> Self {
        self.limits = change;
        self
    }
}

fn said(desk: &Desk, id: &str) -> String {
    let order = desk.order(id);
    match (&order.denial, &order.wait) {
        (Some(denial), _) => denial.code().to_owned(),
        (None, Some(wait)) => format!("W:{}", wait.code()),
        (None, None) => String::new(),
    }
}

fn check_on(bids: &str, asks: &str, rows: Vec<Row>) {
    for row in rows {
        let mut desk = Desk::with_cash("1000").holding(Outcome::First, "20.5");
        (row.limits)(&mut desk.limits);
        let mut view = a_view(Some(book(t(0), bids, asks)));
        (row.market)(&mut view.market);
        desk.pass(t(0), view, &[a_plan("p", [row.trade])]);
        assert_eq!(said(&desk, "p/0/1"), row.said, "{}", row.what);
    }
}

fn check(rows: Vec<Row>) {
    check_on(BIDS, ASKS, rows);
}

/// The mid is 0.495: compared doubled, 0.99 against twice the guard, so that no half is lost.
#[test]
fn guards_compare_the_doubled_mid_in_the_named_outcomes_terms() {
    let sell = || a_trade().sell().shares("10").at("0.60");
    check(vec![
        row("ceil above the mid", a_trade().at("0.40").ceil("0.50"), ""),
        row("ceil below the mid", a_trade().at("0.40").ceil("0.49"), "W:ABOVE_PRICE_CEIL"),
        row("ceil half a tick below", a_trade().at("0.40").ceil("0.4949"), "W:ABOVE_PRICE_CEIL"),
        row("ceil exactly at the mid", a_trade().at("0.40").ceil("0.495"), ""),
        row("floor below the mid", sell().floor("0.49"), ""),
        row("floor above the mid", sell().floor("0.50"), "W:BELOW_PRICE_FLOOR"),
        row("floor exactly at the mid", sell().floor("0.495"), ""),
        row("NO has its mid at 0.505", a_trade().no().at("0.40").ceil("0.505"), ""),
        row("NO above", a_trade().no().at("0.40").ceil("0.50"), "W:ABOVE_PRICE_CEIL"),
        row("a floor on a BUY is not judged", a_trade().at("0.40").floor("0.90"), ""),
        row("a ceil on a SELL is not judged", sell().ceil("0.10"), ""),
        row("spread", a_trade().at("0.40"), "W:SPREAD_WIDE")
            .limits(|limits| limits.spread_micros_max = Some(29_999)),
        row("spread at the limit", a_trade().at("0.40"), "")
            .limits(|limits| limits.spread_micros_max = Some(30_000)),
        row("band", a_trade().at("0.40"), "W:OUTSIDE_PRICE_BAND")
            .limits(|limits| limits.price_band_micros = Some(94_999)),
        row("band at the limit", a_trade().at("0.40"), "")
            .limits(|limits| limits.price_band_micros = Some(95_000)),
        row("band of an exit is not judged", sell().at("0.90").reduce_only(), "")
            .limits(|limits| limits.price_band_micros = Some(1)),
    ]);
    check_on(
        "0.48x100",
        "",
        vec![
            row("one side, no guard", a_trade().at("0.40"), ""),
            row("one side, a guard", a_trade().at("0.40").ceil("0.90"), "W:NO_MID"),
            row("one side, band", a_trade().at("0.40"), "W:NO_MID")
                .limits(|limits| limits.price_band_micros = Some(900_000)),
            row("one side, spread, an exit", sell().reduce_only(), "")
                .limits(|limits| limits.spread_micros_max = Some(1)),
        ],
    );
}

#[test]
fn markets_rules_deny_for_good() {
    check(vec![
        row("off tick", a_trade().at("0.405"), "OFF_TICK"),
        row("on a finer tick", a_trade().at("0.405"), "")
            .market(|m| m.tick = Tick::from_micros(5_000).unwrap()),
        row("under the minimum", a_trade().at("0.40").shares("4.99"), "UNDER_MINIMUM"),
        row("at the minimum", a_trade().at("0.40").shares("5"), ""),
        row("a FAK may be small", a_trade().sell().fak().at("0.40").shares("0.01"), ""),
        row(
            "a FAK under a lot",
            a_trade().sell().fak().at("0.40").shares("0.009"),
            "UNDER_MINIMUM",
        ),
        row(
            "takes for under a dollar",
            a_trade().fak().at("0.51").usdc("0.99"),
            "UNDER_MARKETABLE_MINIMUM",
        ),
        row("takes for a dollar", a_trade().fak().at("0.51").usdc("1"), ""),
        row("no fee schedule", a_trade(), "NO_FEE_SCHEDULE").market(|m| m.fee = None),
        row("a fee curve that is not whole", a_trade(), "NO_FEE_SCHEDULE").market(|m| {
            m.fee = Some(FeeSchedule { rate: Fraction::ONE.half(), exponent: None });
        }),
        row("closed by time", a_trade(), "MARKET_CLOSED").market(|m| m.close = Some(t(0))),
        row("open until its close", a_trade().at("0.40"), "").market(|m| m.close = Some(t(1))),
        row("closed by the venue", a_trade(), "MARKET_CLOSED").market(|m| m.gate = Gate::Closed),
        row("paused", a_trade(), "W:NOT_ACCEPTING").market(|m| m.gate = Gate::Paused),
        row("no such outcome", a_trade().label("Sideways"), "OUTCOME_UNKNOWN"),
        row("a label in other case", a_trade().at("0.40").label("dOWN"), ""),
    ]);
}

#[test]
fn off_tick_names_its_neighbours_and_minimum_its_sizes() {
    let mut desk = Desk::new();
    let plan = a_plan("p", [a_trade().at("0.405"), a_trade().at("0.40").shares("4.999")]);
    desk.pass(t(0), a_view(Some(book(t(0), BIDS, ASKS))), &[plan]);
    let (below, above) = (Some(price("0.40")), Some(price("0.41")));
    assert_eq!(desk.denial("p/0/1"), Denial::OffTick { tick: Tick::CENT, below, above });
    let (size, size_min) = (shares("4.99"), shares("5"));
    assert_eq!(desk.denial("p/1/1"), Denial::UnderMinimum { size, size_min });
}

/// Holding 20.509: a SELL over it is denied with the exact SHARES value to write, never clamped.
#[test]
fn over_holding_names_the_exact_shares_to_write() {
    let sell = || a_trade().sell().at("0.60");
    // Trades of one pass; what the last of them is denied with, wanted and free; else its want.
    type Told = (Vec<TradeWords>, Option<(&'static str, &'static str)>, &'static str);
    let rows: Vec<Told> = vec![
        (vec![sell().shares("20.5")], None, "20.5"),
        (vec![sell().shares("20.51")], Some(("20.51", "20.5")), ""),
        (vec![sell().usdc("12.31")], Some(("20.51", "20.5")), ""),
        (vec![sell().usdc("12.30")], None, "20.5"),
        (vec![sell().all()], None, "20.5"),
        (vec![sell().shares("12"), sell().shares("9")], Some(("9", "8.5")), ""),
        (vec![sell().shares("12"), sell().all()], None, "8.5"),
    ];
    for (i, (trades, denied, want)) in rows.into_iter().enumerate() {
        let mut desk = Desk::new().holding(Outcome::First, "20.509");
        let last = format!("p/{}/1", trades.len() - 1);
        desk.pass(t(0), a_view(Some(book(t(0), BIDS, ASKS))), &[a_plan("p", trades)]);
        match denied {
            Some((wanted, free)) => {
                let (wanted, free) = (shares(wanted), shares(free));
                assert_eq!(desk.denial(&last), Denial::OverHolding { wanted, free }, "row {i}");
            }
            None => assert_eq!(desk.order(&last).size(), shares(want), "row {i}"),
        }
    }
    let mut desk = Desk::new();
    let plan = a_plan("p", [sell().all(), sell().no().shares("10")]);
    desk.pass(t(0), a_view(Some(book(t(0), BIDS, ASKS))), &[plan]);
    assert_eq!(desk.denial("p/0/1"), Denial::NothingHeld);
    let (wanted, free) = (shares("10"), shares("0"));
    assert_eq!(desk.denial("p/1/1"), Denial::OverHolding { wanted, free });
}

#[test]
fn caps_name_the_one_that_bit() {
    let ten = || a_trade().at("0.40").usdc("10");
    let reached =
        |cap, need: &str, left: &str| Wait::CapReached { cap, need: usd(need), left: usd(left) };
    // Three orders of 10 each; the cap lets two through.
    type Change = fn(&mut Limits);
    let rows: [(Change, Wait); 5] = [
        (|l| l.per_pass = usd("25"), reached(Cap::PerPass, "10", "5")),
        (|l| l.per_day = usd("25"), reached(Cap::PerDay, "10", "5")),
        (|l| l.per_market = usd("29.99"), reached(Cap::PerMarket, "10", "9.99")),
        (|l| l.total = usd("20"), reached(Cap::Total, "10", "0")),
        (|l| l.orders_per_pass = 2, Wait::OrdersPerPass { orders_max: 2 }),
    ];
    for (change, wait) in rows {
        let mut desk = Desk::new();
        change(&mut desk.limits);
        let plan = a_plan("p", [ten(), ten(), ten()]);
        desk.pass(t(0), a_view(Some(book(t(0), BIDS, ASKS))), &[plan]);
        assert_eq!(desk.status("p/1/1"), Open, "{wait:?}");
        assert_eq!(desk.wait("p/2/1"), wait);
    }
    let over =
        |cap, limit: &str| Denial::NotionalOverLimit { cost: usd("10"), limit: usd(limit), cap };
    let rows = [
        (ten().at_most("9.99"), "50", over(Cap::PlanPerTrade, "9.99")),
        (ten().at_most("9.99"), "5", over(Cap::PerTrade, "5")),
        (ten().at_most("9.99"), "9.99", over(Cap::PerTrade, "9.99")),
        (ten(), "9.999999", over(Cap::PerTrade, "9.999999")),
    ];
    for (trade, per_trade, denial) in rows {
        let mut desk = Desk::new();
        desk.limits.per_trade = usd(per_trade);
        desk.pass(t(0), a_view(Some(book(t(0), BIDS, ASKS))), &[a_plan("p", [trade])]);
        assert_eq!(desk.denial("p/0/1"), denial);
    }
}

/// A brake stops new exposure and lets exits through; the per-trade cap holds for exits too.
#[test]
fn reduce_only_sells_pass_the_brakes_but_not_the_per_trade_cap() {
    let exit = || a_trade().sell().at("0.60").shares("10").reduce_only();
    for (trade, expected) in [
        (exit(), ""),
        (a_trade().sell().at("0.60").shares("10"), "W:HALTED"),
        (a_trade().at("0.40"), "W:HALTED"),
        (exit().at_most("5.99"), "NOTIONAL_OVER_LIMIT"),
    ] {
        let mut desk = Desk::new().holding(Outcome::First, "20");
        desk.limits.halted = true;
        desk.limits.orders_per_pass = 0;
        desk.limits.per_pass = Usd::ZERO;
        desk.pass(t(0), a_view(Some(book(t(0), BIDS, ASKS))), &[a_plan("p", [trade])]);
        assert_eq!(said(&desk, "p/0/1"), expected);
    }
}

#[test]
fn day_cap_counts_by_utc_day() {
    let ten = || a_trade().at("0.40").usdc("10");
    let mut desk = Desk::new();
    desk.limits.per_day = usd("15");
    let last_second = 86_399;
    let view = |at| a_view(Some(book(t(at), BIDS, ASKS)));
    desk.pass(t(last_second), view(last_second), &[a_plan("a", [ten(), ten()])]);
    assert_eq!(said(&desk, "a/1/1"), "W:CAP_REACHED");
    desk.pass(t(86_400), view(86_400), &[]);
    assert_eq!(desk.status("a/1/1"), Open);
}

/// 100 of cash: in list order each order takes what it needs; a smaller one after a block still fits.
#[test]
fn cash_is_given_greedily_in_list_order_by_run_id_then_index() {
    let mut desk = Desk::with_cash("100");
    let (b, a) = (
        a_plan("b", [a_trade().at("0.40").usdc("30"), a_trade().at("0.40").usdc("10")]),
        a_plan("a", [a_trade().at("0.40").usdc("70"), a_trade().at("0.40").usdc("25")]),
    );
    desk.pass(t(0), a_view(Some(book(t(0), BIDS, ASKS))), &[b, a]);
    let said: Vec<String> = ["a/0/1", "a/1/1", "b/0/1", "b/1/1"].map(|id| said(&desk, id)).to_vec();
    assert_eq!(said, ["", "", "W:CASH_SHORT", "W:CASH_SHORT"]);
    assert_eq!(desk.wait("b/0/1"), Wait::CashShort { need: usd("30"), free: usd("5") });
    assert_eq!(desk.state.free_cash(), usd("5"));
}

/// A BUY that takes reserves its fee too: 100 shares at 0.51 cost 51 and at most 1.75 (at 0.50).
#[test]
fn buy_reserves_the_limit_and_the_highest_fee_between_best_and_limit() {
    for (cash, expected) in [("52.74", "W:CASH_SHORT"), ("52.76", "")] {
        let mut desk = Desk::with_cash(cash);
        let plan = a_plan("p", [a_trade().at("0.51").shares("100")]);
        desk.pass(t(0), a_view(Some(book(t(0), "0.40x1", "0.49x1 0.51x1"))), &[plan]);
        assert_eq!(said(&desk, "p/0/1"), expected, "{cash}");
    }
    // Once it rests the fee is free again: 98 shares at 0.51.
    let mut desk = Desk::with_cash("100");
    let plan = a_plan("p", [a_trade().at("0.51").shares("100")]);
    desk.pass(t(0), a_view(Some(book(t(0), "0.40x1", "0.49x1 0.51x1"))), &[plan]);
    assert_eq!(desk.state.reserved(), usd("49.98"));
    assert_eq!(desk.order("p/0/1").remaining(), shares("98"));
}

#[test]
fn what_a_pass_earns_is_spendable_in_the_next_one() {
    let mut desk = Desk::with_cash("1").holding(Outcome::First, "100");
    let view = |at| a_view(Some(book(t(at), BIDS, ASKS)));
    let plan = a_plan(
        "p",
        [a_trade().sell().fak().at("0.48").shares("100"), a_trade().at("0.40").usdc("20")],
    );
    desk.pass(t(0), view(0), &[plan]);
    assert_eq!(desk.status("p/0/1"), Filled);
    assert_eq!(said(&desk, "p/1/1"), "W:CASH_SHORT");
    desk.pass(t(1), view(1), &[]);
    assert_eq!(desk.status("p/1/1"), Open);
    // Shares bought in a pass are not for sale in it either.
    let plan = a_plan(
        "q",
        [
            a_trade().no().fak().at("0.52").usdc("5.2"),
            a_trade().no().sell().at("0.65").shares("10"),
        ],
    );
    desk.pass(t(2), a_view(Some(book(t(2), "0.48x300", ASKS))), &[plan]);
    assert_eq!(desk.status("q/0/1"), Filled);
    assert_eq!(said(&desk, "q/1/1"), "OVER_HOLDING");
}

/// What blocks a trade that may pass, and what it does to the kinds of orders.
#[test]
fn blocks_wait_unless_the_trade_says_deny_or_is_immediate() {
    for (trade, status) in [
        (a_trade(), Waiting),
        (a_trade().good_for(60), Waiting),
        (a_trade().deny_if_blocked(), Denied),
        (a_trade().fak(), Denied),
        (a_trade().fok(), Denied),
        (a_trade().not_before(t(50)), Waiting),
        (a_trade().fak().not_before(t(50)), Waiting),
        (a_trade().deny_if_blocked().not_before(t(50)), Waiting),
    ] {
        let mut desk = Desk::new();
        desk.pass(t(0), a_view(None), &[a_plan("p", [trade.clone()])]);
        assert_eq!(desk.status("p/0/1"), status, "{trade:?}");
        if status == Denied {
            assert_eq!(desk.denial("p/0/1"), Denial::Blocked { by: Wait::BookMissing });
        }
    }
}

#[test]
fn books_that_cannot_be_used_hold_a_trade_back() {
    let old = t(-301);
    for (now, book, code) in [
        (t(0), None, "W:BOOK_MISSING"),
        (t(0), Some(book(old, BIDS, ASKS)), "W:BOOK_STALE"),
        (t(0), Some(book(t(0), "0.52x1", "0.51x1")), "W:BOOK_CROSSED"),
        (t(0), Some(book(t(0), "0.51x1", "0.51x1")), ""),
        (t(0), Some(book(t(-300), BIDS, ASKS)), ""),
    ] {
        let mut desk = Desk::new();
        desk.pass(now, a_view(book), &[a_plan("p", [a_trade().at("0.40")])]);
        assert_eq!(said(&desk, "p/0/1"), code);
    }
}

/// How long trades wait: (trade, when it is placed at the earliest, when it is denied).
#[test]
fn waiting_ends_with_its_lifetime_and_the_last_reason() {
    let day = 24 * 3_600;
    for (trade, ends) in [
        (a_trade().good_for(60), 60),
        (a_trade(), day),
        (a_trade().not_after(t(90)), 90),
        (a_trade().good_for(60).not_after(t(30)), 30),
        (a_trade().good_for(60).not_before(t(100)), 160),
        (a_trade().good_for(60).not_before(t(100)).not_after(t(120)), 120),
        (a_trade().not_before(t(100)), 100 + day),
    ] {
        let mut desk = Desk::new();
        desk.pass(t(0), a_view(None), &[a_plan("p", [trade.clone()])]);
        desk.pass(t(ends - 1), a_view(None), &[]);
        assert_eq!(desk.status("p/0/1"), Waiting, "{trade:?}");
        let mut in_time = desk.clone();
        desk.pass(t(ends), a_view(None), &[]);
        let (last, ended) = (Some(Wait::BookMissing), t(ends));
        assert_eq!(desk.denial("p/0/1"), Denial::WaitEnded { last, ended }, "{trade:?}");
        // Placed in its last second it lives anew from there.
        in_time.pass(t(ends - 1), a_view(Some(book(t(ends - 1), BIDS, "0.60x5"))), &[]);
        assert_eq!(in_time.status("p/0/1"), Open, "{trade:?}");
    }
}

#[test]
fn immediate_orders_live_for_the_first_pass_at_or_after_not_before() {
    let mut desk = Desk::new();
    let view = |at| a_view(Some(book(t(at), BIDS, ASKS)));
    let plan = a_plan(
        "p",
        [
            a_trade().fak().at("0.51").usdc("10").not_before(t(100)),
            a_trade().fok().at("0.51").usdc("900").not_before(t(100)),
        ],
    );
    desk.pass(t(99), view(99), &[plan]);
    assert_eq!(desk.wait("p/0/1"), Wait::NotBefore { until: t(100) });
    desk.pass(t(170), view(170), &[]);
    assert_eq!(desk.status("p/0/1"), Filled);
    assert_eq!(desk.status("p/1/1"), Rejected);
    let late = a_plan("q", [a_trade().fak().at("0.51").not_after(t(150))]);
    desk.pass(t(171), view(171), &[late]);
    assert_eq!(desk.denial("q/0/1").code(), "NOT_AFTER_PASSED");
}

#[test]
fn market_references_wait_or_are_denied_by_what_the_look_up_said() {
    let unavailable = MarketProblem::Unavailable { cause: "timed out".to_owned() };
    let several = MarketProblem::Several { slugs: vec!["x".to_owned(), "y".to_owned()] };
    for (problem, code) in [
        (MarketProblem::NotFound, "MARKET_NOT_FOUND"),
        (several, "MARKET_AMBIGUOUS"),
        (unavailable, "W:MARKET_UNAVAILABLE"),
    ] {
        let mut desk = Desk::new();
        desk.resolved.insert("elsewhere".to_owned(), Err(problem));
        let plan = a_plan("p", [a_trade().at("0.40").market("elsewhere")]);
        desk.pass(t(0), a_view(Some(book(t(0), BIDS, ASKS))), &[plan]);
        assert_eq!(said(&desk, "p/0/1"), code);
        // A later pass may know it.
        desk.resolved.insert("elsewhere".to_owned(), Ok(condition()));
        desk.pass(t(1), a_view(Some(book(t(1), BIDS, ASKS))), &[]);
        let is_placed = desk.status("p/0/1") == Open;
        assert_eq!(is_placed, code.starts_with("W:"), "{code}");
    }
    assert_eq!(condition().as_str(), MARKET);
}

fn received(decision: &Decision) -> Vec<PlanResult> {
    let result = |event: &Event| {
        let Event::PlanReceived { outcome } = event else { return None };
        Some(outcome.result.clone())
    };
    decision.events.iter().filter_map(result).collect()
}

fn result(desk: &mut Desk, plans: &[Plan]) -> Vec<PlanResult> {
    received(&desk.pass(t(0), a_view(Some(book(t(0), BIDS, ASKS))), plans))
}

/// The same key: already done, still live, changed, or two files that differ.
#[test]
fn plans_are_admitted_once_by_run_id_and_digest() {
    let plan = a_plan("p", [a_trade().at("0.40"), a_trade().fak().at("0.51")]);
    let mut desk = Desk::new();
    assert_eq!(result(&mut desk, std::slice::from_ref(&plan)), [PlanResult::Admitted]);
    let orders = desk.state.orders.len();
    let live = PlanResult::StillLive { waiting: 0, working: 1 };
    assert_eq!(result(&mut desk, &[plan.clone(), plan.clone()]), [live.clone(), live]);
    let mut other = a_plan("p", [a_trade().at("0.41"), a_trade().fak().at("0.51")]);
    "other.json".clone_into(&mut other.file);
    let changed = result(&mut desk, &[other.clone()]);
    let [PlanResult::Changed { difference }] = &changed[..] else { panic!("{changed:?}") };
    assert!(difference.contains("0.41") && difference.contains("price"), "{difference}");
    assert_eq!(desk.state.orders.len(), orders);

    let done = a_plan("d", [a_trade().fak().at("0.51")]);
    // The file of `p` is not among those given while its order rests: that is told.
    let missing = PlanResult::Missing { waiting: 0, working: 1 };
    let admitted = [missing.clone(), PlanResult::Admitted];
    assert_eq!(result(&mut desk, std::slice::from_ref(&done)), admitted);
    assert_eq!(result(&mut desk, &[done]), [missing, PlanResult::AlreadyDone]);

    let mut fresh = Desk::new();
    let clash = result(&mut fresh, &[plan.clone(), other.clone()]);
    let expected =
        [PlanResult::Clash { other: other.file }, PlanResult::Clash { other: plan.file }];
    assert_eq!(clash, expected);
    assert!(fresh.state.orders.is_empty());
}

/// After `plan stop` the runId may bring another content, whose orders are named by a new attempt; the
/// stopped content itself stays done.
#[test]
fn stopped_plan_gives_its_run_id_to_another_content() {
    let plan = a_plan("p", [a_trade().fak().at("0.51")]);
    let other = a_plan("p", [a_trade().fak().at("0.52")]);
    let mut desk = Desk::new();
    assert_eq!(result(&mut desk, std::slice::from_ref(&plan)), [PlanResult::Admitted]);
    desk.record(&[Event::PlanStopped { run_id: plan.run_id.clone() }]);
    assert_eq!(result(&mut desk, std::slice::from_ref(&plan)), [PlanResult::AlreadyDone]);
    assert_eq!(result(&mut desk, std::slice::from_ref(&other)), [PlanResult::Admitted]);
    assert_eq!(desk.status("p/0/2"), Filled);
    assert_eq!(result(&mut desk, &[other]), [PlanResult::AlreadyDone]);
    assert!(matches!(result(&mut desk, &[plan])[..], [PlanResult::Changed { .. }]));
}

/// The order of the files of a pass changes nothing but the order in which they are told.
#[test]
fn order_of_plan_files_changes_nothing() {
    let plans = [
        a_plan("a", [a_trade().at("0.51").shares("60"), a_trade().no().at("0.52").shares("60")]),
        a_plan("b", [a_trade().at("0.51").shares("60"), a_trade().fak().at("0.52").usdc("9")]),
    ];
    let run = |plans: &[_]| {
        let mut desk = Desk::with_cash("70");
        desk.pass(t(0), a_view(Some(book(t(0), BIDS, ASKS))), plans);
        (desk.fills(), desk.state)
    };
    let [a, b] = plans;
    assert_eq!(run(&[a.clone(), b.clone()]), run(&[b, a]));
}
