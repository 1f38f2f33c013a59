//! What prints, books and the clock do to an order that rests, row by row, on all three tracks.

use crate::given::{
    Desk, TradeWords, a_plan, a_trade, a_view, book, micros, paid, price, print, shares, t, usd,
};
use Side::{Buy, Sell};
use betteroms_core::book::{Book, Print};
use betteroms_core::market::{Gate, Outcome, Side};
use betteroms_core::money::{Shares, Tick, Usd};
use betteroms_core::order::Status::{self, Cancelled, Expired, Filled, Open};
use betteroms_core::reason::EndReason;
use betteroms_core::time::Time;
use betteroms_core::world::MarketView;

const QUEUE: &str = "0.50x300 0.49x100";
const FAR: &str = "0.55x10";

fn ms(millis: i64) -> Time {
    Time::from_micros(t(0).micros() + millis * 1_000)
}

/// A BUY of 200 at 0.50 behind 300, placed at time 0; then prints, then a book at 20 s.
struct Row {
    what: &'static str,
    prints: Vec<Print>,
    next: (&'static str, &'static str),
    fills: &'static str,
    ahead: &'static str,
    /// Filled on the fewest and the most band.
    bands: (&'static str, &'static str),
}

fn check(rows: Vec<Row>) {
    for row in rows {
        let mut desk = Desk::new();
        let plan = a_plan("p", [a_trade().at("0.50").shares("200")]);
        desk.pass(t(0), a_view(Some(book(t(0), QUEUE, FAR))), &[plan]);
        let mut view = a_view(Some(book(t(20), row.next.0, row.next.1)));
        view.prints = row.prints;
        desk.pass(t(20), view, &[]);
        assert_eq!(desk.fills_of("p/0/1"), row.fills, "{}", row.what);
        let tracks = desk.order("p/0/1").tracks;
        assert_eq!(tracks.expected.ahead, shares(row.ahead), "ahead, {}", row.what);
        let bands = (tracks.fewest.filled, tracks.most.filled);
        assert_eq!(bands, (shares(row.bands.0), shares(row.bands.1)), "bands, {}", row.what);
        assert_eq!(tracks.expected.fee, Usd::ZERO, "{}", row.what);
    }
}

fn no_token(print: Print) -> Print {
    let (taker, at) = (print.taker.opposite(), print.price.complement());
    Print { outcome: Outcome::Second, taker, price: at, ..print }
}

#[test]
fn prints_and_books_move_the_queue_and_fill_what_is_behind_it() {
    let same = (QUEUE, FAR);
    let sold = |at: &str, size: &str| print(t(10), Sell, at, size);
    check(vec![
        Row {
            what: "nothing happens",
            prints: vec![],
            next: same,
            fills: "",
            ahead: "300",
            bands: ("0", "0"),
        },
        Row {
            what: "100 at our price eat the queue",
            prints: vec![sold("0.50", "100")],
            next: same,
            fills: "",
            ahead: "200",
            bands: ("0", "100"),
        },
        Row {
            what: "worked: queue 300, 100 at our price and 50 through",
            prints: vec![sold("0.50", "100"), print(t(11), Sell, "0.49", "50")],
            next: same,
            fills: "0.5x50",
            ahead: "0",
            bands: ("50", "150"),
        },
        Row {
            what: "the queue is eaten and the rest of the print is ours",
            prints: vec![sold("0.50", "300.000001")],
            next: same,
            fills: "0.5x0.000001",
            ahead: "0",
            bands: ("0", "200"),
        },
        Row {
            what: "through us with more than we want",
            prints: vec![sold("0.48", "1000")],
            next: same,
            fills: "0.5x200",
            ahead: "0",
            bands: ("200", "200"),
        },
        Row {
            what: "a taker on our own side is no evidence",
            prints: vec![print(t(10), Buy, "0.50", "500"), print(t(10), Buy, "0.45", "500")],
            next: same,
            fills: "",
            ahead: "300",
            bands: ("0", "0"),
        },
        Row {
            what: "above our price is no evidence",
            prints: vec![sold("0.51", "500")],
            next: same,
            fills: "",
            ahead: "300",
            bands: ("0", "0"),
        },
        Row {
            what: "a NO buy at 0.50 is a YES sell at 0.50",
            prints: vec![no_token(sold("0.50", "350"))],
            next: same,
            fills: "0.5x50",
            ahead: "0",
            bands: ("0", "200"),
        },
        Row {
            what: "at the instant of the placing is not after it",
            prints: vec![print(t(0), Sell, "0.40", "500")],
            next: same,
            fills: "",
            ahead: "300",
            bands: ("0", "0"),
        },
        Row {
            what: "a microsecond after the placing counts",
            prints: vec![print(Time::from_micros(t(0).micros() + 1), Sell, "0.40", "5")],
            next: same,
            fills: "0.5x5",
            ahead: "0",
            bands: ("5", "5"),
        },
        Row {
            what: "after the cut it waits for a later book",
            prints: vec![print(ms(20_001), Sell, "0.40", "500")],
            next: same,
            fills: "",
            ahead: "300",
            bands: ("0", "0"),
        },
        Row {
            what: "at the cut it comes before the book",
            prints: vec![print(t(20), Sell, "0.50", "320")],
            next: ("0.50x10", FAR),
            fills: "0.5x20",
            ahead: "0",
            bands: ("0", "200"),
        },
        Row {
            what: "a shorter queue in the book shortens ours",
            prints: vec![],
            next: ("0.50x120", FAR),
            fills: "",
            ahead: "120",
            bands: ("0", "0"),
        },
        Row {
            what: "a longer queue does not lengthen it",
            prints: vec![sold("0.50", "100")],
            next: ("0.50x900", FAR),
            fills: "",
            ahead: "200",
            bands: ("0", "100"),
        },
        Row {
            what: "a level that is gone leaves nobody before us",
            prints: vec![],
            next: ("0.49x100", FAR),
            fills: "",
            ahead: "0",
            bands: ("0", "0"),
        },
        Row {
            what: "opposing levels at and through our price fill us at ours, once",
            prints: vec![],
            next: ("0.40x1", "0.48x20 0.50x30 0.51x100"),
            fills: "0.5x50",
            ahead: "0",
            bands: ("25", "50"),
        },
        Row {
            what: "prints first, then the opposing book, for what remains",
            prints: vec![sold("0.49", "190")],
            next: ("0.40x1", "0.50x30"),
            fills: "0.5x190 0.5x10",
            ahead: "0",
            bands: ("200", "200"),
        },
        Row {
            what: "within 0.0001 of our price counts at it",
            prints: vec![sold("0.4999", "350"), sold("0.5001", "10")],
            next: same,
            fills: "0.5x60",
            ahead: "0",
            bands: ("0", "200"),
        },
        Row {
            what: "off the grid and below us it went through",
            prints: vec![sold("0.495", "30")],
            next: same,
            fills: "0.5x30",
            ahead: "0",
            bands: ("30", "30"),
        },
        Row {
            what: "off the grid and above us it says nothing",
            prints: vec![sold("0.505", "500")],
            next: same,
            fills: "",
            ahead: "300",
            bands: ("0", "0"),
        },
    ]);
}

/// Several orders of ours: (limit, shares) each with the queue it joined, one print, what each gets.
#[test]
fn one_print_walks_our_orders_best_price_first_then_by_placing() {
    type Case = (
        &'static [(&'static str, &'static str)],
        (&'static str, &'static str),
        &'static [&'static str],
    );
    let cases: [Case; 6] = [
        // Queue 100 at 0.50 and 40 at 0.51.
        (&[("0.50", "10"), ("0.51", "10")], ("0.50", "15"), &["", "0.51x10"]),
        (&[("0.50", "10"), ("0.51", "10")], ("0.50", "120"), &["0.5x10", "0.51x10"]),
        (&[("0.50", "10"), ("0.51", "10")], ("0.51", "45"), &["", "0.51x5"]),
        (&[("0.50", "10"), ("0.50", "10")], ("0.50", "105"), &["0.5x5", ""]),
        (&[("0.50", "10"), ("0.50", "10")], ("0.50", "115"), &["0.5x10", "0.5x5"]),
        (&[("0.51", "10"), ("0.51", "10")], ("0.50", "13"), &["0.51x10", "0.51x3"]),
    ];
    for (ours, (at, size), fills) in cases {
        let mut desk = Desk::new();
        let trades = ours.iter().map(|(limit, size)| a_trade().at(limit).shares(size));
        let plan = a_plan("p", trades);
        let bids = "0.51x40 0.50x100";
        desk.pass(t(0), a_view(Some(book(t(0), bids, FAR))), &[plan]);
        let mut view = a_view(Some(book(t(20), bids, FAR)));
        view.prints = vec![print(t(10), Sell, at, size)];
        desk.pass(t(20), view, &[]);
        for (i, expected) in fills.iter().enumerate() {
            let got = desk.fills_of(&format!("p/{i}/1"));
            assert_eq!(&got, expected, "{ours:?}, {size} at {at}, order {i}");
        }
    }
}

fn after_20s(desk: &mut Desk, now: i64, change: impl FnOnce(&mut MarketView)) {
    let mut view = a_view(Some(book(t(20), QUEUE, "0.50x7")));
    view.prints = vec![print(t(10), Sell, "0.49", "5")];
    change(&mut view);
    desk.pass(t(now), view, &[]);
}

fn resting(words: TradeWords) -> Desk {
    let mut desk = Desk::new();
    desk.pass(t(0), a_view(Some(book(t(0), QUEUE, FAR))), &[a_plan("p", [words])]);
    desk
}

fn a_resting_buy() -> Desk {
    resting(a_trade().at("0.50").shares("200"))
}

/// A book that may not decide moves nothing; the evidence counts once a usable book has come.
#[test]
fn unusable_books_move_nothing_and_lose_nothing() {
    type Spoil = fn(&mut MarketView);
    let spoils: [(&str, Spoil); 5] = [
        ("missing", |view| view.book = None),
        ("crossed", |view| view.book = Some(book(t(20), "0.52x1", "0.51x1"))),
        ("no newer than the cut", |view| view.book = Some(book(t(0), QUEUE, "0.50x7"))),
        ("older than the cut", |view| view.book = Some(book(t(-5), QUEUE, "0.50x7"))),
        ("stale", |view| {
            let side = |text| crate::given::levels(text);
            let received = t(22 - 301);
            let stale =
                Book::from_view(Outcome::First, (t(20), received), side(QUEUE), side("0.50x7"));
            view.book = stale.ok();
        }),
    ];
    for (what, spoil) in spoils {
        let mut desk = a_resting_buy();
        let before = desk.state.paper.clone();
        after_20s(&mut desk, 22, spoil);
        assert_eq!(desk.fills_of("p/0/1"), "", "{what}");
        assert_eq!(desk.state.paper, before, "{what}");
        after_20s(&mut desk, 25, |_| {});
        assert_eq!(desk.fills_of("p/0/1"), "0.5x5 0.5x7", "{what}");
    }
}

#[test]
fn book_is_stale_when_older_than_the_limit_and_not_before() {
    for (age_micros, moves) in [(300_000_000, true), (300_000_001, false)] {
        let mut desk = a_resting_buy();
        let now = t(400);
        let received = Time::from_micros(now.micros() - age_micros);
        let levels = |text| crate::given::levels(text);
        let at = (t(20), received);
        let next = Book::from_view(Outcome::First, at, levels(QUEUE), levels("0.50x7")).unwrap();
        desk.pass(now, a_view(Some(next)), &[]);
        assert_eq!(!desk.fills_of("p/0/1").is_empty(), moves, "{age_micros}");
    }
}

/// A print first seen after its time was behind the cut: strictly through counts, at our price does not.
#[test]
fn late_prints_count_only_where_strictly_through() {
    let late =
        |at_secs: i64, at: &str| Print { received: t(30), ..print(t(at_secs), Sell, at, "400") };
    // (print, fills, fewest, most)
    let rows = [
        (late(10, "0.50"), "", "0", "0"),
        (late(10, "0.49"), "0.5x200", "200", "200"),
        (late(20, "0.50"), "", "0", "0"),
        (late(0, "0.49"), "", "0", "0"),
        (late(21, "0.50"), "0.5x100", "0", "200"),
    ];
    for (print, fills, fewest, most) in rows {
        let mut desk = a_resting_buy();
        desk.pass(t(20), a_view(Some(book(t(20), QUEUE, FAR))), &[]);
        let mut view = a_view(Some(book(t(40), QUEUE, FAR)));
        view.prints = vec![print.clone()];
        desk.pass(t(40), view, &[]);
        assert_eq!(desk.fills_of("p/0/1"), fills, "{print:?}");
        let tracks = desk.order("p/0/1").tracks;
        let bands = (tracks.fewest.filled, tracks.most.filled);
        assert_eq!(bands, (shares(fewest), shares(most)), "{print:?}");
    }
}

/// Live pages overlap: the same row twice in one answer is two trades, in two answers it is one.
#[test]
fn live_prints_count_once_each_over_overlapping_answers() {
    let live = |tx: &str| Print { tx: Some(tx.to_owned()), ..print(t(10), Sell, "0.49", "20") };
    let mut desk = a_resting_buy();
    for (now, prints, filled) in [
        (20, vec![live("0xa")], "20"),
        (30, vec![live("0xa")], "20"),
        (40, vec![live("0xa"), live("0xa")], "40"),
        (50, vec![live("0xb"), live("0xa"), live("0xa")], "60"),
        (60, vec![live("0xa")], "60"),
    ] {
        let mut view = a_view(Some(book(t(now), QUEUE, FAR)));
        view.prints = prints;
        desk.pass(t(now), view, &[]);
        let got = desk.order("p/0/1").tracks.expected.filled;
        assert_eq!(got, shares(filled), "pass at {now}");
    }
}

/// Due at 20 s: what happens at that instant still counts, nothing after it does.
#[test]
fn nothing_fills_after_due_or_close_and_all_that_happened_before_does() {
    struct Ending {
        what: &'static str,
        close: Option<i64>,
        book_at: i64,
        print_ms: i64,
        fills: &'static str,
        ends: (Status, Option<EndReason>, Time),
    }
    let (due, closed) = (Some(EndReason::Due), Some(EndReason::MarketClosed));
    let rows = [
        Ending {
            what: "print and book at due",
            close: None,
            book_at: 20,
            print_ms: 20_000,
            fills: "0.5x5 0.5x7",
            ends: (Expired, due, t(20)),
        },
        Ending {
            what: "print and book after due",
            close: None,
            book_at: 21,
            print_ms: 20_001,
            fills: "",
            ends: (Expired, due, t(20)),
        },
        Ending {
            what: "print before due, book after it",
            close: None,
            book_at: 21,
            print_ms: 19_999,
            fills: "0.5x5",
            ends: (Expired, due, t(20)),
        },
        Ending {
            what: "close before due",
            close: Some(15),
            book_at: 20,
            print_ms: 15_000,
            fills: "0.5x5",
            ends: (Cancelled, closed, t(15)),
        },
        Ending {
            what: "close comes before due at one instant",
            close: Some(20),
            book_at: 20,
            print_ms: 10_000,
            fills: "0.5x5 0.5x7",
            ends: (Cancelled, closed, t(20)),
        },
    ];
    for row in rows {
        let mut desk = resting(a_trade().at("0.50").shares("200").good_for(20));
        after_20s(&mut desk, 25, |view| {
            view.book = Some(book(t(row.book_at), QUEUE, "0.50x7"));
            view.prints = vec![print(ms(row.print_ms), Sell, "0.49", "5")];
            view.market.close = row.close.map(t);
        });
        assert_eq!(desk.fills_of("p/0/1"), row.fills, "{}", row.what);
        let order = desk.order("p/0/1");
        let ended_at = order.ended_at.unwrap();
        assert_eq!((order.status, order.end, ended_at), row.ends, "{}", row.what);
    }
}

#[test]
fn due_and_close_happen_without_a_book() {
    let mut desk = resting(a_trade().at("0.50").shares("200").good_for(20));
    desk.pass(t(19), a_view(None), &[]);
    assert_eq!(desk.status("p/0/1"), Open);
    desk.pass(t(20), a_view(None), &[]);
    assert_eq!(desk.status("p/0/1"), Expired);

    let mut desk = a_resting_buy();
    let mut view = a_view(None);
    view.market.gate = Gate::Closed;
    desk.pass(t(30), view, &[]);
    let order = desk.order("p/0/1");
    assert_eq!((order.status, order.ended_at), (Cancelled, Some(t(30))));
}

/// A placed order lives its seconds from the placing, but never past `notAfter`.
#[test]
fn not_after_ends_a_resting_order() {
    let desk = resting(a_trade().at("0.50").good_for(60).not_after(t(40)));
    assert_eq!(desk.order("p/0/1").placing.as_ref().unwrap().due, Some(t(40)));
    let desk = resting(a_trade().at("0.50").good_for(60).not_after(t(90)));
    assert_eq!(desk.order("p/0/1").placing.as_ref().unwrap().due, Some(t(60)));
    let desk = resting(a_trade().at("0.50").not_after(t(40)));
    assert_eq!(desk.order("p/0/1").placing.as_ref().unwrap().due, Some(t(40)));
    let desk = resting(a_trade().at("0.50"));
    assert_eq!(desk.order("p/0/1").placing.as_ref().unwrap().due, None);
}

/// An ended order's bands are frozen with it, whatever comes to light later.
#[test]
fn bands_freeze_when_the_order_ends() {
    let mut desk = resting(a_trade().at("0.50").shares("200").good_for(20));
    let mut view = a_view(Some(book(t(15), QUEUE, FAR)));
    view.prints = vec![print(t(10), Sell, "0.50", "60")];
    desk.pass(t(15), view, &[]);
    desk.pass(t(21), a_view(Some(book(t(21), QUEUE, FAR))), &[]);
    let frozen = desk.order("p/0/1").tracks;
    assert_eq!((frozen.expected.filled, frozen.most.filled), (Shares::ZERO, shares("60")));
    let mut view = a_view(Some(book(t(40), "0.30x1", "0.40x500")));
    view.prints = vec![Print { received: t(39), ..print(t(12), Sell, "0.40", "900") }];
    desk.pass(t(40), view, &[]);
    assert_eq!(desk.order("p/0/1").tracks, frozen);
    assert_eq!(desk.held(Outcome::First), Shares::ZERO);
}

/// The cushion worsens opposing levels of a book, never prints.
#[test]
fn cushion_holds_back_book_fills_and_not_prints() {
    let mut desk = a_resting_buy();
    desk.model.spread_cushion_ticks = 1;
    after_20s(&mut desk, 20, |view| {
        view.book = Some(book(t(20), "0.40x1", "0.49x3 0.50x100"));
    });
    assert_eq!(desk.fills_of("p/0/1"), "0.5x5 0.5x3");
}

#[test]
fn orders_placed_after_the_books_time_do_not_see_it() {
    // Placed at 5 s on the book of 0 s; the next book known is of 4 s.
    let mut desk = Desk::new();
    let plan = a_plan("p", [a_trade().at("0.50").shares("200")]);
    desk.pass(t(5), a_view(Some(book(t(0), QUEUE, FAR))), &[plan]);
    desk.pass(t(6), a_view(Some(book(t(4), "0.50x20", "0.50x7"))), &[]);
    assert_eq!(desk.fills_of("p/0/1"), "");
    assert_eq!(desk.order("p/0/1").tracks.expected.ahead, shares("300"));
    desk.pass(t(7), a_view(Some(book(t(6), "0.50x20", "0.50x7"))), &[]);
    assert_eq!(desk.fills_of("p/0/1"), "0.5x7");
}

/// A market with a result takes no orders and ends those that rest, even without an announced close.
#[test]
fn result_ends_resting_orders_and_pays_what_is_held() {
    let mut desk = Desk::new();
    let plan =
        a_plan("p", [a_trade().fak().at("0.55").usdc("5.5"), a_trade().at("0.50").shares("200")]);
    desk.pass(t(0), a_view(Some(book(t(0), QUEUE, FAR))), &[plan]);
    assert_eq!(desk.held(Outcome::First), shares("10"));
    let cash = desk.state.account.cash;
    let mut view = a_view(None);
    view.market.resolution = Some(paid(t(30), "1"));
    desk.pass(t(29), view.clone(), &[]);
    assert_eq!(desk.status("p/1/1"), Open);
    desk.pass(t(30), view.clone(), &[]);
    assert_eq!(desk.status("p/1/1"), Cancelled);
    assert_eq!(desk.state.account.cash - cash, usd("10"));
    desk.pass(t(31), view, &[a_plan("q", [a_trade()])]);
    assert_eq!(desk.denial("q/0/1").code(), "MARKET_CLOSED");
    assert_eq!(desk.state.account.cash - cash, usd("10"));
}

/// The same evidence shown again, and passes with nothing new, change nothing.
#[test]
fn repeated_passes_book_nothing_twice() {
    let mut desk = a_resting_buy();
    after_20s(&mut desk, 25, |_| {});
    let (fills, state) = (desk.fills(), desk.state.orders.clone());
    for now in [25, 25, 26, 27] {
        after_20s(&mut desk, now, |_| {});
    }
    assert_eq!(desk.fills(), fills);
    assert_eq!(desk.state.orders, state);
    assert_eq!(desk.status("p/0/1"), Open);
    assert_eq!(micros("12"), desk.held(Outcome::First).micros());
}

/// A tick that got finer: an order on the new grid and prints on it.
#[test]
fn finer_ticks_are_judged_by_the_tick_in_force() {
    let mut desk = Desk::new();
    let mut view = a_view(Some(book(t(0), "0.495x10", FAR)));
    view.market.tick = Tick::from_micros(5_000).unwrap();
    let plan = a_plan("p", [a_trade().at("0.495").shares("20")]);
    desk.pass(t(0), view.clone(), &[plan]);
    view.book = Some(book(t(20), "0.495x10", FAR));
    view.prints = vec![print(t(10), Sell, "0.495", "12")];
    desk.pass(t(20), view, &[]);
    assert_eq!(desk.fills_of("p/0/1"), "0.495x2");
    assert_eq!(desk.order("p/0/1").trade.price, price("0.495"));
    assert_ne!(desk.status("p/0/1"), Filled);
}
