//! A pass's reading of the markets it watches.

use crate::resolve::{clob, condition, described, gamma};
use crate::server::{Answer, Asked, Loopback};
use crate::shared;
use betteroms_core::book::Print;
use betteroms_core::market::{ConditionId, Outcome, Side};
use betteroms_core::money::{Shares, Tick};
use betteroms_core::time::Time;
use betteroms_core::world::{MarketProblem, Watch};
use serde_json::{Value, json};

const NOW: i64 = 1_800_000_000;

fn watch(n: u64, last_cut: Option<i64>) -> Watch {
    Watch {
        condition: ConditionId::new(condition(n)),
        last_cut: last_cut.map(Time::from_secs),
        observed_at: last_cut.map(Time::from_secs),
    }
}

fn book(n: u64, token: u64, at: i64, bid: &str) -> Value {
    json!({"market": condition(n), "asset_id": token.to_string(), "timestamp": (at * 1_000).to_string(),
           "hash": null, "bids": [{"price": bid, "size": "10"}], "asks": [], "min_order_size": "15",
           "tick_size": "0.0001", "neg_risk": false, "last_trade_price": ""})
}

fn trade(n: u64, token: u64, at: i64, patch: &Value) -> Value {
    let mut row = json!({"proxy_wallet": "0x1", "side": "BUY", "token_id": token.to_string(),
        "condition_id": condition(n), "size": 12.5, "price": 0.41, "timestamp": at, "outcome_index": 999,
        "transaction_hash": format!("0x{at:x}")});
    for (name, value) in patch.as_object().unwrap() {
        row[name] = value.clone();
    }
    row
}

fn page(rows: &[Value], next: Option<&str>) -> Answer {
    let text = json!({"data": rows, "pagination": {"limit": 2, "offset": 0, "has_more": next.is_some(),
                      "next_cursor": next}});
    Answer::Json(text.to_string())
}

fn books_of(asked: &Asked, all: &[Value]) -> Answer {
    let known =
        |book: &&Value| asked.body.contains(&format!("\"{}\"", book["asset_id"].as_str().unwrap()));
    Answer::Json(json!(all.iter().filter(known).collect::<Vec<_>>()).to_string())
}

#[tokio::test]
async fn every_watched_market_is_a_view_or_a_problem() {
    let markets = vec![
        (gamma(1, "good", &json!({})), clob(1, &json!({}))),
        (gamma(2, "no-book", &json!({})), clob(2, &json!({}))),
        (gamma(3, "bad-book", &json!({})), clob(3, &json!({}))),
        (gamma(4, "contradiction", &json!({})), clob(4, &json!({"t": []}))),
        (
            gamma(5, "over", &json!({"closed": true, "outcomePrices": r#"["1","0"]"#})),
            clob(5, &json!({})),
        ),
        (gamma(6, "bad-print", &json!({})), clob(6, &json!({}))),
    ];
    let books = vec![
        book(1, 2, NOW - 2, "0.40"),
        book(1, 3, NOW - 1, "0.55"),
        book(3, 6, NOW, "1.5"),
        book(6, 12, NOW, "0.5"),
    ];
    let venue = Loopback::start(move |asked| match asked.path.as_str() {
        "/books" => books_of(asked, &books),
        "/v2/trades" if asked.one("condition") == condition(6) => {
            page(&[trade(6, 12, NOW, &json!({"price": 1.5}))], None)
        }
        "/v2/trades" if asked.one("condition") == condition(1) => {
            page(&[trade(1, 2, NOW - 5, &json!({}))], None)
        }
        "/v2/trades" => page(&[], None),
        _ => described(asked, &markets),
    })
    .await;
    let cut = Some(NOW - 100);
    let watches: Vec<Watch> = (1..=7).map(|n| watch(n, if n == 2 { None } else { cut })).collect();
    let observed = venue.books.observe(&watches, Time::from_secs(NOW)).await;
    let names: Vec<&str> = observed.views.iter().map(|view| view.market.slug.as_str()).collect();
    assert_eq!(names, ["good", "no-book", "over"]);
    let good = &observed.views[0];
    let book = good.book.as_ref().unwrap();
    // The NO view is newer: its bid of 0.55 is an ask of 0.45.
    assert_eq!(book.best(Side::Sell).unwrap().price.micros(), 450_000);
    assert_eq!(book.at(), Time::from_secs(NOW - 1));
    assert_eq!(good.market.tick, Tick::from_micros(100).unwrap(), "the book's tick wins");
    assert_eq!(good.market.min_size, Shares::from_units(15));
    assert_eq!(good.prints.len(), 1);
    assert_eq!((&observed.views[1].book, &observed.views[2].book), (&None, &None));
    assert!(observed.views[1].prints.is_empty(), "no cut yet, no prints wanted");
    assert!(observed.views[2].market.resolution.is_some());
    let why = |n: u64| match &observed.problems[&ConditionId::new(condition(n))] {
        MarketProblem::Unavailable { cause } => cause.clone(),
        other => format!("{other:?}"),
    };
    assert_eq!(observed.problems.len(), 4);
    assert!(why(3).contains("1.5 is not a price"), "{}", why(3));
    assert!(why(4).contains("two tokens"), "{}", why(4));
    assert!(why(6).contains("1.5 is not a price"), "{}", why(6));
    assert_eq!(why(7), "NotFound");
    // One call for all books, and none for those of a market that is over.
    let asked = venue.asked_at("/books");
    assert_eq!(asked.len(), 1);
    assert!(!asked[0].body.contains("\"10\""));
}

/// The prints of market 1 since a cut, and how often the venue was asked.
async fn prints(
    last_cut: i64,
    script: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
) -> (Result<Vec<Print>, MarketProblem>, Vec<Asked>, Vec<String>) {
    let markets = vec![(gamma(1, "good", &json!({})), clob(1, &json!({})))];
    let venue = Loopback::start(move |asked| match asked.path.as_str() {
        "/books" => Answer::Json("[]".into()),
        "/v2/trades" => script(asked),
        _ => described(asked, &markets),
    })
    .await;
    let observed = venue.books.observe(&[watch(1, Some(last_cut))], Time::from_secs(NOW)).await;
    let read = match observed.views.into_iter().next() {
        Some(view) => Ok(view.prints),
        None => Err(observed.problems.into_values().next().unwrap()),
    };
    (read, venue.asked_at("/v2/trades"), observed.remarks)
}

#[tokio::test]
async fn prints_reach_back_ten_minutes_before_the_cut_and_never_past_now() {
    let cut = NOW - 1_000;
    let (read, asked, remarks) = prints(cut, move |asked| match asked.one("cursor").as_str() {
        "" => page(
            &[trade(1, 2, NOW + 1, &json!({})), trade(1, 3, NOW, &json!({"side": "sell"}))],
            Some("a"),
        ),
        "a" => page(
            &[
                trade(1, 2, cut - 600, &json!({"price": 0.412_345_678_9, "size": 7.123_456_7})),
                trade(1, 2, cut - 601, &json!({})),
            ],
            Some("b"),
        ),
        other => panic!("asked for page {other:?}, which is older than wanted"),
    })
    .await;
    let read = read.unwrap();
    assert_eq!(read.len(), 2, "{read:?}");
    assert_eq!((read[0].outcome, read[0].taker), (Outcome::Second, Side::Sell));
    assert_eq!(read[0].tx.as_deref(), Some(format!("0x{NOW:x}").as_str()));
    assert_eq!(read[1].at, Time::from_secs(cut - 600));
    assert_eq!(
        (read[1].price.micros(), read[1].size.micros()),
        (412_345, 7_123_456),
        "cut, not rounded"
    );
    assert_eq!((asked.len(), remarks.len()), (2, 0));
    assert_eq!((asked[0].one("limit"), asked[0].one("taker_only")), ("1000".into(), "true".into()));
    assert_eq!(asked[1].all("limit"), Vec::<String>::new());
}

#[tokio::test]
async fn more_trades_than_a_pass_reads_are_told() {
    let (read, asked, remarks) = prints(NOW - 1_000, |asked| {
        let next = asked.one("cursor").parse::<u32>().unwrap_or(0) + 1;
        page(&[trade(1, 2, NOW - i64::from(next), &json!({}))], Some(&next.to_string()))
    })
    .await;
    assert_eq!((read.unwrap().len(), asked.len()), (20, 20));
    assert!(remarks[0].contains("more public trades"), "{remarks:?}");
    // A cursor that does not move would tell the same trades for ever.
    let (read, asked, _) =
        prints(NOW - 1_000, |_| page(&[trade(1, 2, NOW, &json!({}))], Some("x"))).await;
    assert_eq!((read.is_err(), asked.len()), (true, 2));
}

#[tokio::test]
async fn an_incredible_trade_makes_the_market_unreadable() {
    let rows = [
        (json!({"token_id": "99"}), "token 99"),
        (json!({"condition_id": condition(2)}), "it is about market"),
        (json!({"price": 0}), "0 is not a price"),
        (json!({"price": 1.0}), "1.0 is not a price"),
        (json!({"price": -0.5}), "-0.5 is not a price"),
        (json!({"size": -1}), "-1 is not an amount"),
        (json!({"side": "HOLD"}), "HOLD is not a side"),
        (json!({"timestamp": 0}), "0 is not a time"),
        (json!({"size": "many"}), "is not a number"),
    ];
    for (patch, expected) in rows {
        let told = patch.clone();
        let (read, ..) = prints(NOW - 9, move |_| page(&[trade(1, 2, NOW, &told)], None)).await;
        let Err(MarketProblem::Unavailable { cause }) = read else { panic!("{patch}: believed") };
        assert!(cause.contains(expected), "{expected:?} not in {cause:?}");
    }
    let (read, ..) = prints(NOW - 9, |_| Answer::Status(500, "{}")).await;
    assert!(read.is_err(), "prints that could not be read are not prints that did not happen");
}

#[tokio::test]
async fn recorded_answers_make_a_view() {
    let test = "recorded_answers_make_a_view";
    let Some(book) = shared::read(test, "real_mit_hugompt/clob_book.json") else {
        return;
    };
    let market = shared::read(test, "real_mit_hugompt/gamma_market_updown.json").unwrap();
    let (book, market) = (String::from_utf8(book).unwrap(), String::from_utf8(market).unwrap());
    let venue = Loopback::start(move |asked| match asked.path.as_str() {
        "/books" => Answer::Json(format!("[{book}]")),
        "/markets" => Answer::Json(format!("[{market}]")),
        _ => Answer::Status(404, "{}"),
    })
    .await;
    let id = "0x31efd0e7ebc0f21b99fdc4298d85345c092d6365e41c0d7c34af54b4e814c17e";
    let watch = Watch { condition: ConditionId::new(id), last_cut: None, observed_at: None };
    let now = Time::parse("2026-06-23T07:58:00Z").unwrap();
    let observed = venue.books.observe(&[watch], now).await;
    assert_eq!(observed.problems, std::collections::BTreeMap::new());
    let view = &observed.views[0];
    let book = view.book.as_ref().unwrap();
    let best =
        |side| book.best(side).map(|level| (level.price.to_string(), level.size.to_string()));
    assert_eq!(best(Side::Buy), Some(("0.49".into(), "65".into())));
    assert_eq!(best(Side::Sell), Some(("0.51".into(), "72".into())));
    assert_eq!(book.at().to_string(), "2026-06-23T07:57:37.021Z");
    assert_eq!(view.market.outcomes, ["Up", "Down"]);
}
