//! `docs/matching.md` is the source: its tables are read here and run through the real matcher and the
//! reference, row by row.

use crate::given::{Desk, a_market, a_plan, a_trade, a_view, book, price, shares, usd};
use crate::side_by_side::Pair;
use crate::story::Chapter;
use betteroms_core::book::{Book, Print};
use betteroms_core::market::{Outcome, Side};
use betteroms_core::order::Status;
use betteroms_core::reason::EndReason;
use betteroms_core::time::Time;

const PAGE: &str = include_str!("../../../../docs/matching.md");

/// The rows of the table whose head begins with these words, cell by cell.
fn table(head: &str) -> Vec<Vec<&'static str>> {
    let cells = |line: &'static str| -> Vec<&'static str> {
        line.trim_matches('|').split('|').map(str::trim).collect()
    };
    let lines = PAGE.lines().skip_while(|line| !line.starts_with(head)).skip(2);
    lines.take_while(|line| line.starts_with('|')).map(cells).collect()
}

fn clock(text: &str) -> Time {
    Time::parse(&format!("2026-11-02T{text}Z")).unwrap()
}

enum Evidence {
    Book(Book),
    Print(Print),
}

struct Row {
    number: usize,
    at: Time,
    known: Time,
    evidence: Evidence,
    /// Ahead, filled, fewest, most, cash.
    after: [i64; 5],
}

fn rows() -> Vec<Row> {
    let row = |cells: Vec<&'static str>| -> Row {
        let [number, at, known, evidence, after @ ..] = &cells[..] else { panic!("{cells:?}") };
        let (at, known) = (clock(at), clock(known));
        let evidence = match evidence.split_once(' ').unwrap() {
            ("book", text) => {
                let (bids, asks) =
                    text.strip_prefix("bids ").unwrap().split_once(" asks ").unwrap();
                Evidence::Book(book(at, bids, asks))
            }
            ("print", text) => {
                let words: Vec<&str> = text.split(' ').collect();
                let [taker, outcome, size, "at", at_price] = words[..] else { panic!("{text}") };
                Evidence::Print(Print {
                    at,
                    received: known,
                    outcome: if outcome == "YES" { Outcome::First } else { Outcome::Second },
                    taker: if taker == "BUY" { Side::Buy } else { Side::Sell },
                    price: price(at_price),
                    size: shares(size),
                    tx: None,
                })
            }
            other => panic!("{other:?}"),
        };
        let micros = |i: usize| crate::given::micros(after[i]);
        let after = [micros(0), micros(1), micros(2), micros(3), micros(4)];
        Row { number: number.parse().unwrap(), at, known, evidence, after }
    };
    table("| row | at |").into_iter().map(row).collect()
}

/// Runs the first `count` rows: a pass at every book, and after a print one more on the last book shown
/// again, which moves nothing by itself but lets the print count.
fn run(rows: &[Row], count: usize) -> Pair {
    let rows = &rows[..count];
    let prints: Vec<Print> = rows
        .iter()
        .filter_map(|row| match &row.evidence {
            Evidence::Print(print) => Some(print.clone()),
            Evidence::Book(_) => None,
        })
        .collect();
    let model = crate::given::plain_model();
    let mut pair = Pair::new(&a_market(), &model, prints);
    let mut last: Option<Book> = None;
    for row in rows {
        let Evidence::Book(book) = &row.evidence else { continue };
        let order = a_trade().at("0.50").usdc("60").good_for(300);
        let trades = if last.is_none() { vec![order] } else { Vec::new() };
        pair.pass(row.number, &Chapter { now: row.known, book: Some(book.clone()), trades });
        last = Some(book.clone());
    }
    if let Some(Row { evidence: Evidence::Print(print), known, .. }) = rows.last() {
        let shown = last.unwrap();
        let at = (*known).max(print.at);
        let (bids, asks) = (shown.resting(Side::Buy), shown.resting(Side::Sell));
        let again =
            Book::from_view(Outcome::First, (at, at), bids.to_vec(), asks.to_vec()).unwrap();
        pair.pass(99, &Chapter { now: at, book: Some(again), trades: Vec::new() });
    }
    pair
}

#[test]
fn resting_order_of_the_page_fills_as_its_table_says() {
    let rows = rows();
    assert_eq!(rows.len(), 15);
    for count in 1..=rows.len() {
        let pair = run(&rows, count);
        let row = &rows[count - 1];
        let order = pair.desk.order("p1/0/1");
        let tracks = order.tracks;
        let got = [
            tracks.expected.ahead.micros(),
            tracks.expected.filled.micros(),
            tracks.fewest.filled.micros(),
            tracks.most.filled.micros(),
            -tracks.expected.cash.micros(),
        ];
        assert_eq!(got, row.after, "row {}, at {}", row.number, row.at);
        let is_over = row.at >= clock("12:05:00");
        let ends = (Status::Expired, Some(EndReason::Due), Some(clock("12:05:00")));
        let told = (order.status, order.end, order.ended_at);
        assert_eq!(told == ends, is_over, "row {}: {told:?}", row.number);
    }
}

#[test]
fn immediate_order_of_the_page_fills_as_its_table_says() {
    let legs = table("| leg | price |");
    assert_eq!(legs.len(), 2);
    let market_book = || book(clock("12:00:00"), "", "0.50x100 0.52x200");
    let mut desk = Desk::new();
    let plan = a_plan("p", [a_trade().fak().at("0.52").usdc("100")]);
    desk.pass(clock("12:00:00"), a_view(Some(market_book())), &[plan]);
    let fills = desk.fills();
    assert_eq!(fills.len(), legs.len());
    let mut left = usd("100");
    for (fill, leg) in fills.iter().zip(&legs) {
        let [_, at, cash_left, buys, available, size, cash, fee] = leg[..] else {
            panic!("{leg:?}")
        };
        assert_eq!(left, usd(cash_left));
        assert_eq!((fill.price, fill.shares), (price(at), shares(size)));
        assert_eq!((-fill.cash, fill.fee), (usd(cash), usd(fee)));
        let most = betteroms_core::money::shares_floor(left, fill.price, 100);
        assert_eq!((most, fill.shares), (shares(buys), most.min(shares(available))));
        left += fill.cash;
    }
    let cost = desk.state.account.funded - desk.state.account.cash;
    assert_eq!(cost, usd("103.429976"));
    assert!(PAGE.contains("= 103.429976") && PAGE.contains("The rest, 0.000024,"));
    assert_eq!((left, desk.status("p/0/1")), (usd("0.000024"), Status::Filled));

    let (fak, fok) =
        (a_trade().fak().at("0.50").usdc("100"), a_trade().fok().at("0.50").usdc("100"));
    for (trade, status, end) in [
        (fak, Status::Cancelled, EndReason::FakRest),
        (fok, Status::Rejected, EndReason::FokNotFull),
    ] {
        let mut desk = Desk::new();
        desk.pass(clock("12:00:00"), a_view(Some(market_book())), &[a_plan("p", [trade])]);
        let order = desk.order("p/0/1");
        assert_eq!((order.status, order.end), (status, Some(end)));
    }
}
