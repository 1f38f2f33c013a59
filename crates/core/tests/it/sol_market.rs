//! A real quarter of an hour: the SOL market of set D4 (11 December 2025, 11:00 UTC), read in place,
//! with orders of every kind, through the real matcher and the reference side by side.

use crate::given::{TradeWords, a_market, a_trade, fraction, plain_model, price, shares};
use crate::shared;
use crate::side_by_side::{Counters, Pair};
use crate::story::Chapter;
use betteroms_core::book::{Book, Level, Print};
use betteroms_core::limits::{FillModel, PaperModel};
use betteroms_core::market::{Market, Outcome, Side};
use betteroms_core::money::{Price, Tick};
use betteroms_core::time::Time;
use serde_json::Value;
use std::path::Path;

const START: i64 = 1_765_450_800;
const WINDOW_SECS: i64 = 900;

struct Recorded {
    /// Both token views, by venue time; at equal times the first outcome's last, so that it wins.
    books: Vec<Book>,
    prints: Vec<Print>,
}

impl Recorded {
    /// The newest book known at `now`, of either token; at equal times the first outcome's.
    fn book(&self, now: Time) -> Option<Book> {
        let known = self.books.iter().filter(|book| book.received() <= now);
        known.max_by_key(|book| book.at()).cloned()
    }
}

fn read(folder: &Path, name: &str) -> Vec<Value> {
    let file = std::fs::File::open(folder.join(name)).unwrap();
    let value: Value = serde_json::from_reader(zstd::Decoder::new(file).unwrap()).unwrap();
    value.as_array().unwrap().clone()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

fn times(value: &Value) -> (Time, Time) {
    let millis = |key| Time::from_millis(text(value, key).parse().unwrap());
    (millis("timestamp"), millis("local_timestamp"))
}

fn record(folder: &Path) -> Recorded {
    let (mut books, mut prints) = (Vec::new(), Vec::new());
    for (outcome, word) in [(Outcome::Second, "down"), (Outcome::First, "up")] {
        for row in read(folder, &format!("15m_sol_orderbooks_{START}{word}.json.zst")) {
            let levels = |side: &str| -> Vec<Level> {
                let levels = row[side].as_array().unwrap().iter();
                let level = |l: &Value| Level {
                    price: price(text(l, "price")),
                    size: shares(text(l, "size")),
                };
                levels.map(level).collect()
            };
            let book = Book::from_view(outcome, times(&row), levels("bids"), levels("asks"));
            books.push(book.unwrap());
        }
        for row in read(folder, &format!("15m_sol_trades_{START}{word}.json.zst")) {
            let (at, received) = times(&row);
            let taker = if text(&row, "side") == "buy" { Side::Buy } else { Side::Sell };
            let (price, size) = (price(text(&row, "price")), shares(text(&row, "size")));
            prints.push(Print { at, received, outcome, taker, price, size, tx: None });
        }
    }
    books.sort_by_key(Book::at);
    Recorded { books, prints }
}

fn market() -> Market {
    Market {
        close: Some(Time::from_secs(START + WINDOW_SECS)),
        result_recorded: None,
        max_book_age_secs: Some(300),
        outcomes: ["Up".to_owned(), "Down".to_owned()],
        ..a_market()
    }
}

/// Five of fourteen kinds of orders around the book of the moment, on both tokens.
fn orders(book: &Book, moment: i64) -> Vec<TradeWords> {
    let (Some(bid), Some(ask)) = (book.best(Side::Buy), book.best(Side::Sell)) else {
        return Vec::new();
    };
    let (bid, ask) = (bid.price, ask.price);
    let off = |from: Price, cents: i64| -> String {
        let micros = (i64::from(from.micros()) + cents * 10_000).clamp(10_000, 990_000);
        Price::from_micros(u32::try_from(micros).unwrap()).unwrap().to_string()
    };
    let no = |first: String| price(&first).complement().to_string();
    let all = vec![
        a_trade().at(&off(bid, 0)).usdc("12"),
        a_trade().at(&off(bid, -1)).shares("40").good_for(200),
        a_trade().at(&off(ask, 0)).usdc("60"),
        a_trade().at(&off(ask, 2)).fak().usdc("35.50"),
        a_trade().at(&off(ask, 1)).fok().usdc("20"),
        a_trade().at(&off(ask, 0)).fok().usdc("5000"),
        a_trade().no().at(&no(off(ask, 0))).shares("25").post_only(),
        a_trade().no().at(&no(off(bid, 0))).shares("30").good_for(90),
        a_trade().no().at(&no(off(bid, -2))).fak().usdc("17.77"),
        a_trade().sell().at(&off(bid, -1)).fak().shares("55.55"),
        a_trade().sell().at(&off(ask, 0)).shares("20").good_for(150),
        a_trade().no().sell().at(&no(off(bid, -1))).shares("15"),
        a_trade().no().sell().at(&no(off(ask, 1))).fok().shares("10"),
        a_trade().sell().at(&off(ask, 3)).shares("20"),
    ];
    // Each moment begins elsewhere in the list, so that every kind has its turn and few cross.
    let all_len = i64::try_from(all.len()).unwrap();
    let turn = usize::try_from(moment * 5 % all_len).unwrap();
    all.into_iter().cycle().skip(turn).take(5).collect()
}

/// Steps through the market and places orders every `every` passes.
fn step_through(recorded: &Recorded, model: &PaperModel, (step, every): (i64, i64)) -> Counters {
    let mut pair = Pair::new(&market(), model, recorded.prints.clone());
    let passes = (WINDOW_SECS + 60) / step;
    for pass in 1..=passes {
        let now = Time::from_secs(START + pass * step);
        let book = recorded.book(now);
        let places = pass % every == 0;
        let trades = match &book {
            Some(book) if places => orders(book, pass),
            Some(_) | None => Vec::new(),
        };
        pair.pass(usize::try_from(pass).unwrap(), &Chapter { now, book, trades });
    }
    let mut counters = Counters::new();
    pair.tally(&mut counters);
    counters
}

#[test]
fn real_matcher_and_reference_agree_on_a_recorded_quarter_of_an_hour() {
    let Some(folder) = shared::folder("data/demo/crypto-updown-2025-12-11") else { return };
    let recorded = record(&folder);
    assert_eq!((recorded.books.len(), recorded.prints.len()), (496, 247));
    assert_eq!(market().tick, Tick::CENT);

    let seen = step_through(&recorded, &plain_model(), (30, 1));
    println!("seen at 30 s: {seen:?}");
    for (what, least) in [
        ("fills by taking", 40),
        ("fills by a print", 10),
        ("fills by a book", 5),
        ("resting filled", 10),
        ("FAK BUY full", 5),
        ("FAK SELL full", 1),
        ("FOK BUY full", 3),
        ("FOK not full", 3),
        ("self-cross", 10),
        ("expired", 3),
        ("closed", 3),
        ("fewest below expected", 10),
    ] {
        let count = seen.get(what).copied().unwrap_or(0);
        assert!(count >= least, "{what}: {count}, at least {least} wanted; seen {seen:?}");
    }

    let half = PaperModel { liquidity_fraction: fraction("0.5"), ..plain_model() };
    let seeds = PaperModel { fill_model: FillModel::BestPlusTick, ..plain_model() };
    let cushioned = PaperModel { spread_cushion_ticks: 1, ..plain_model() };
    for model in [plain_model(), half, seeds, cushioned] {
        for pace in [(30, 1), (10, 3), (3, 8)] {
            let seen = step_through(&recorded, &model, pace);
            let fills: u32 = ["fills by taking", "fills by a print", "fills by a book"]
                .iter()
                .filter_map(|what| seen.get(what))
                .sum();
            assert!(fills >= 40, "{fills} fills at {pace:?} with {model:?}");
        }
    }
}
