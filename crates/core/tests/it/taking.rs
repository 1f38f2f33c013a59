//! What a new order takes at once, row by row: which levels, at which price, how much, and how it ends.

use crate::given::{Desk, TradeWords, a_plan, a_trade, a_view, book, fraction, shares, t, usd};
use betteroms_core::limits::{FillModel, PaperModel};
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::Usd;
use betteroms_core::order::Status::{self, Cancelled, Denied, Filled, Open, Rejected};
use betteroms_core::reason::EndReason::{
    self, FakFoundNothing, FakRest, FokNotFull, PostOnlyWouldCross,
};

struct Row {
    what: &'static str,
    bids: &'static str,
    asks: &'static str,
    model: fn(&mut PaperModel),
    trade: TradeWords,
    fills: &'static str,
    ends: (Status, Option<EndReason>),
}

fn row(what: &'static str, bids: &'static str, asks: &'static str, trade: TradeWords) -> Row {
    Row { what, bids, asks, model: |_| {}, trade, fills: "", ends: (Open, None) }
}

impl Row {
    fn model(mut self, model: fn(&mut PaperModel)) -> Self {
        self.model = model;
        self
    }

    fn fills(mut self, fills: &'static str, status: Status) -> Self {
        self.fills = fills;
        self.ends = (status, None);
        self
    }

    fn ends(mut self, status: Status, reason: EndReason) -> Self {
        self.ends = (status, Some(reason));
        self
    }
}

fn check(rows: Vec<Row>) {
    for row in rows {
        let mut desk = Desk::new().holding(Outcome::First, "1000").holding(Outcome::Second, "1000");
        (row.model)(&mut desk.model);
        let plan = a_plan("p", [row.trade]);
        desk.pass(t(0), a_view(Some(book(t(0), row.bids, row.asks))), &[plan]);
        assert_eq!(desk.fills_of("p/0/1"), row.fills, "{}", row.what);
        let order = desk.order("p/0/1");
        assert_eq!((order.status, order.end), row.ends, "{}", row.what);
    }
}

const fn half(model: &mut PaperModel) {
    model.liquidity_fraction = betteroms_core::money::Fraction::ONE.half();
}

const fn best_plus_tick(model: &mut PaperModel) {
    model.fill_model = FillModel::BestPlusTick;
}

const fn cushion(model: &mut PaperModel) {
    model.spread_cushion_ticks = 1;
}

const fn both(model: &mut PaperModel) {
    best_plus_tick(model);
    cushion(model);
}

const ASKS: &str = "0.50x100 0.51x50 0.52x200";
const BIDS: &str = "0.48x100 0.47x50 0.46x200";

#[test]
fn limit_orders_walk_the_levels_their_limit_reaches() {
    check(vec![
        row("below the best ask", BIDS, ASKS, a_trade().at("0.49").shares("10")),
        row("an empty side", BIDS, "", a_trade().at("0.99").shares("10")),
        row("exactly at the best", BIDS, ASKS, a_trade().at("0.50").shares("100"))
            .fills("0.5x100", Filled),
        row("takes what is displayed and rests", BIDS, ASKS, a_trade().at("0.50").shares("100.01"))
            .fills("0.5x100", Open),
        row("each leg at its level", BIDS, ASKS, a_trade().at("0.52").shares("160"))
            .fills("0.5x100 0.51x50 0.52x10", Filled),
        row("a sell goes down the bids", BIDS, ASKS, a_trade().sell().at("0.47").shares("120"))
            .fills("0.48x100 0.47x20", Filled),
        row("a NO buy takes YES bids", BIDS, ASKS, a_trade().no().at("0.53").shares("120"))
            .fills("0.52x100 0.53x20", Filled),
        row("a NO sell takes YES asks", BIDS, ASKS, a_trade().no().sell().at("0.49").shares("120"))
            .fills("0.5x100 0.49x20", Filled),
        row("dollars become lots, rounded down", BIDS, ASKS, a_trade().at("0.51").usdc("10"))
            .fills("0.5x19.6", Filled),
        row("a rest under the minimum rests", BIDS, ASKS, a_trade().at("0.50").shares("101"))
            .fills("0.5x100", Open),
        row("a locked book is usable", "0.50x10", "0.50x10", a_trade().at("0.50").shares("10"))
            .fills("0.5x10", Filled),
    ]);
}

#[test]
fn liquidity_fraction_and_fill_models_change_what_is_taken() {
    check(vec![
        row("half of each level", BIDS, ASKS, a_trade().at("0.51").shares("100"))
            .model(half)
            .fills("0.5x50 0.51x25", Open),
        row("half, floored to the lot", BIDS, "0.50x10.03", a_trade().at("0.50").shares("100"))
            .model(half)
            .fills("0.5x5.01", Open),
        row("one tick worse than the best", BIDS, ASKS, a_trade().at("0.60").shares("160"))
            .model(best_plus_tick)
            .fills("0.51x100 0.51x50", Open),
        row("never beyond the limit", BIDS, ASKS, a_trade().at("0.50").shares("160"))
            .model(best_plus_tick)
            .fills("0.5x100", Open),
        row("a sell one tick worse", BIDS, ASKS, a_trade().sell().at("0.40").shares("160"))
            .model(best_plus_tick)
            .fills("0.47x100 0.47x50", Open),
        row("a NO buy one tick worse", BIDS, ASKS, a_trade().no().at("0.60").shares("160"))
            .model(best_plus_tick)
            .fills("0.53x100 0.53x50", Open),
        row("the cushion makes levels dearer", BIDS, ASKS, a_trade().at("0.52").shares("200"))
            .model(cushion)
            .fills("0.51x100 0.52x50", Open),
        row("the cushion puts the best out of reach", BIDS, ASKS, a_trade().at("0.50").shares("9"))
            .model(cushion),
        row("cushion, then best plus tick", BIDS, ASKS, a_trade().at("0.60").shares("200"))
            .model(both)
            .fills("0.52x100 0.52x50", Open),
        row("the cushion leaves (0, 1)", BIDS, "0.99x50", a_trade().at("0.99").shares("9"))
            .model(cushion),
    ]);
}

#[test]
fn immediate_orders_take_or_end() {
    check(vec![
        row("FAK that finds nothing", BIDS, ASKS, a_trade().fak().at("0.49").usdc("10"))
            .ends(Rejected, FakFoundNothing),
        row("FAK on an empty side", BIDS, "", a_trade().fak().at("0.99").usdc("10"))
            .ends(Rejected, FakFoundNothing),
        row("FAK with a rest", BIDS, ASKS, a_trade().fak().at("0.50").usdc("60"))
            .fills("0.5x100", Cancelled)
            .ends(Cancelled, FakRest),
        row("FAK spends all", BIDS, ASKS, a_trade().fak().at("0.51").usdc("60"))
            .fills("0.5x100 0.51x19.6078", Filled),
        row("a rest that buys more steps", "", "0.30x3.33", a_trade().fak().at("0.30").usdc("1"))
            .fills("0.3x3.33", Cancelled)
            .ends(Cancelled, FakRest),
        row("full: the rest buys no step", "", "0.30x9", a_trade().fak().at("0.30").usdc("1"))
            .fills("0.3x3.3333", Filled),
        row("cash counts in cents", BIDS, ASKS, a_trade().fak().at("0.50").usdc("1.009999"))
            .fills("0.5x2", Filled),
        row("FOK BUY that fits", BIDS, ASKS, a_trade().fok().at("0.51").usdc("75.5"))
            .fills("0.5x100 0.51x50", Filled),
        row("FOK BUY a cent too large", BIDS, ASKS, a_trade().fok().at("0.51").usdc("75.51"))
            .ends(Rejected, FokNotFull),
        row("FOK judges what is available", BIDS, ASKS, a_trade().fok().at("0.50").usdc("40"))
            .model(half)
            .ends(Rejected, FokNotFull),
        row("FAK SELL with a rest", BIDS, ASKS, a_trade().sell().fak().at("0.48").shares("120"))
            .fills("0.48x100", Cancelled)
            .ends(Cancelled, FakRest),
        row(
            "FAK SELL floors to the lot",
            BIDS,
            ASKS,
            a_trade().sell().fak().at("0.48").shares("7.019"),
        )
        .fills("0.48x7.01", Filled),
        row("FOK SELL that fits", BIDS, ASKS, a_trade().sell().fok().at("0.47").shares("150"))
            .fills("0.48x100 0.47x50", Filled),
        row(
            "FOK SELL a lot too large",
            BIDS,
            ASKS,
            a_trade().sell().fok().at("0.47").shares("150.01"),
        )
        .ends(Rejected, FokNotFull),
        row("FAK in best plus tick", BIDS, ASKS, a_trade().fak().at("0.60").usdc("60"))
            .model(best_plus_tick)
            .fills("0.51x100 0.51x17.647", Filled),
    ]);
}

#[test]
fn post_only_never_takes() {
    check(vec![
        row("inside the spread", BIDS, ASKS, a_trade().post_only().at("0.49").shares("10")),
        row("at the best ask", BIDS, ASKS, a_trade().post_only().at("0.50").shares("10"))
            .ends(Rejected, PostOnlyWouldCross),
        row("a NO order at the mirrored bid", BIDS, ASKS, a_trade().no().post_only().at("0.52"))
            .ends(Rejected, PostOnlyWouldCross),
        row("the cushion does not soften it", BIDS, ASKS, a_trade().post_only().at("0.50"))
            .model(cushion)
            .ends(Rejected, PostOnlyWouldCross),
    ]);
}

/// The rules' first worked example: 150 at once, 50 rest, and the next book leaves 30 at 0.51.
#[test]
fn worked_limit_buy_fills_150_rests_50_and_gets_30_from_the_next_book() {
    let mut desk = Desk::new();
    let plan = a_plan("p", [a_trade().at("0.51").usdc("102")]);
    desk.pass(t(0), a_view(Some(book(t(0), "", "0.50x100 0.51x50"))), &[plan]);
    assert_eq!(desk.fills_of("p/0/1"), "0.5x100 0.51x50");
    assert_eq!(desk.order("p/0/1").remaining(), shares("50"));
    desk.pass(t(1), a_view(Some(book(t(1), "", "0.50x60 0.51x80"))), &[]);
    assert_eq!(desk.fills_of("p/0/1"), "0.5x100 0.51x50 0.51x30");
    assert_eq!(desk.order("p/0/1").remaining(), shares("20"));
    assert_eq!(desk.fills().last().map(|fill| fill.fee), Some(Usd::ZERO));
}

/// The rules' third worked example, to the digit.
#[test]
fn worked_fak_of_100_usdc_costs_103_429976() {
    let mut desk = Desk::with_cash("1000");
    let plan = a_plan("p", [a_trade().fak().at("0.52").usdc("100")]);
    desk.pass(t(0), a_view(Some(book(t(0), "", "0.50x100 0.52x200"))), &[plan]);
    assert_eq!(desk.fills_of("p/0/1"), "0.5x100 0.52x96.1538");
    let fees: Vec<Usd> = desk.fills().iter().map(|fill| fill.fee).collect();
    assert_eq!(fees, [usd("1.75"), usd("1.68")]);
    let track = desk.order("p/0/1").tracks.expected;
    assert_eq!((track.cash, track.fee), (usd("-99.999976"), usd("3.43")));
    assert_eq!(desk.status("p/0/1"), Filled);
    assert_eq!(desk.state.account.cash, usd("1000") - usd("103.429976"));
    assert_eq!(desk.state.reserved(), Usd::ZERO);
}

#[test]
fn orders_of_one_pass_share_what_is_displayed() {
    let mut desk = Desk::new();
    let plan = a_plan(
        "p",
        [
            a_trade().at("0.50").shares("60"),
            a_trade().at("0.50").shares("60"),
            a_trade().fak().at("0.50").usdc("10"),
        ],
    );
    desk.pass(t(0), a_view(Some(book(t(0), BIDS, "0.50x100"))), &[plan]);
    assert_eq!(desk.fills_of("p/0/1"), "0.5x60");
    assert_eq!(desk.fills_of("p/1/1"), "0.5x40");
    assert_eq!(desk.order("p/2/1").end, Some(FakFoundNothing));
}

/// Used liquidity comes back only as new displayed shares, or once the level was gone for 60 seconds.
#[test]
fn used_liquidity_shrinks_with_the_display_and_is_forgotten_after_60_seconds() {
    // Books of 0.50 after 40 of 100 were taken at time 0, and what a new order can then take there.
    let tables: [(&[(i64, &str)], &str); 7] = [
        (&[(1, "0.50x100")], "0.5x60"),
        (&[(1, "0.50x50")], "0.5x10"),
        (&[(1, "0.50x30")], ""),
        (&[(1, "0.50x30"), (2, "0.50x100")], "0.5x70"),
        (&[(1, "0.60x1"), (60, "0.50x100")], "0.5x60"),
        (&[(1, "0.60x1"), (60, "0.60x1"), (61, "0.50x100")], "0.5x60"),
        (&[(1, "0.60x1"), (61, "0.60x1"), (62, "0.50x100")], "0.5x100"),
    ];
    for (books, taken) in tables {
        let mut desk = Desk::new();
        let first = a_plan("a", [a_trade().fak().at("0.50").usdc("20")]);
        desk.pass(t(0), a_view(Some(book(t(0), BIDS, "0.50x100"))), &[first]);
        for (at, asks) in books {
            desk.pass(t(*at), a_view(Some(book(t(*at), BIDS, asks))), &[]);
        }
        let (at, asks) = books.last().unwrap();
        let second = a_plan("b", [a_trade().fak().at("0.50").usdc("100")]);
        desk.pass(t(*at), a_view(Some(book(t(*at), BIDS, asks))), &[second]);
        assert_eq!(desk.fills_of("b/0/1"), taken, "{books:?}");
    }
}

/// The fewest band sees half of each level, the most band stands at the head of the queue; a
/// fill-or-kill order is all or nothing on each of them.
#[test]
fn bands_take_their_own_share_of_the_book() {
    let mut desk = Desk::new();
    let plan =
        a_plan("p", [a_trade().at("0.50").shares("100"), a_trade().fok().at("0.51").usdc("25.5")]);
    desk.pass(t(0), a_view(Some(book(t(0), "", "0.50x80.03 0.51x60"))), &[plan]);
    let tracks = desk.order("p/0/1").tracks;
    let filled = [tracks.expected, tracks.fewest, tracks.most].map(|track| track.filled);
    assert_eq!(filled, [shares("80.03"), shares("40.01"), shares("80.03")]);
    let tracks = desk.order("p/1/1").tracks;
    let filled = [tracks.expected, tracks.fewest, tracks.most].map(|track| track.filled);
    assert_eq!(filled, [shares("50"), shares("0"), shares("50")]);
    assert_eq!(desk.held(Outcome::First), shares("130.03"));
}

#[test]
fn self_cross_is_judged_by_limits_in_index_0_terms() {
    // (what rests, the new order, denied)
    let rows = [
        (a_trade().at("0.40"), a_trade().sell().at("0.40").shares("10"), true),
        (a_trade().at("0.40"), a_trade().sell().at("0.41").shares("10"), false),
        (a_trade().at("0.40"), a_trade().no().at("0.60"), true),
        (a_trade().at("0.40"), a_trade().no().at("0.59"), false),
        (a_trade().at("0.40"), a_trade().no().sell().at("0.60").shares("10"), false),
        (a_trade().no().at("0.40"), a_trade().at("0.60"), true),
        (a_trade().no().at("0.40"), a_trade().no().sell().at("0.40").shares("10"), true),
        (a_trade().at("0.40"), a_trade().fak().no().at("0.70").usdc("10"), true),
    ];
    for (i, (rests, new, denied)) in rows.into_iter().enumerate() {
        for same_pass in [true, false] {
            let mut desk = Desk::new().holding(Outcome::First, "50").holding(Outcome::Second, "50");
            let (first, second) = (a_plan("a", [rests.clone()]), a_plan("b", [new.clone()]));
            let view = || a_view(Some(book(t(0), "0.30x10", "0.70x10")));
            if same_pass {
                desk.pass(t(0), view(), &[first, second]);
            } else {
                desk.pass(t(0), view(), &[first]);
                desk.pass(t(0), view(), &[second]);
            }
            let is_denied = desk.status("b/0/1") == Denied;
            assert_eq!(is_denied, denied, "row {i}, same pass {same_pass}");
            if denied {
                assert_eq!(desk.denial("b/0/1").code(), "SELF_CROSS");
                assert!(format!("{:?}", desk.denial("b/0/1")).contains("a/0/1"));
            }
        }
    }
}

#[test]
fn category_chooses_the_fraction() {
    let mut desk = Desk::new();
    desk.model.liquidity_by_category.insert("sports".to_owned(), fraction("0.1"));
    let mut view = a_view(Some(book(t(0), BIDS, ASKS)));
    view.market.category = Some("sports".to_owned());
    let plan = a_plan("p", [a_trade().at("0.50").shares("50")]);
    desk.pass(t(0), view, &[plan]);
    assert_eq!(desk.fills_of("p/0/1"), "0.5x10");
    assert_eq!(desk.order("p/0/1").trade.side, Side::Buy);
}
