//! Answers that have the wrong form, or the right one and cannot be true. Each is an error of its own, and
//! nothing of them is used.

use crate::server::{Answer, Loopback};
use betteroms_core::market::{ConditionId, Side};
use betteroms_core::time::Time;
use betteroms_core::world::MarketProblem;
use betteroms_polymarket::reads::Wanted;
use betteroms_polymarket::wire::book::BookAnswer;
use betteroms_polymarket::wire::gamma::SearchAnswer;
use betteroms_polymarket::wire::{Problem, decode};
use betteroms_polymarket::{Unknown, VenueError};

const NOW: i64 = 1_800_000_000;

fn condition() -> String {
    format!("0x{}", "ab".repeat(32))
}

fn book(market: &str, token: &str, at_ms: i64, bids: &str, asks: &str) -> String {
    format!(
        r#"{{"market":"{market}","asset_id":"{token}","timestamp":"{at_ms}","hash":null,"bids":[{bids}],"asks":[{asks}],"min_order_size":"5","tick_size":"0.01","neg_risk":false,"last_trade_price":""}}"#
    )
}

fn level(price: &str, size: &str) -> String {
    format!(r#"{{"price":"{price}","size":"{size}"}}"#)
}

/// Reads the book of one market from one answer to `/books`.
async fn read(answer: String) -> Result<Option<betteroms_polymarket::reads::Seen>, MarketProblem> {
    let venue = Loopback::start(move |_| Answer::Json(answer.clone())).await;
    let wanted =
        Wanted { condition: ConditionId::new(condition()), tokens: ["11".into(), "22".into()] };
    venue.books.books(&[wanted], Time::from_secs(NOW)).await.into_values().next().unwrap()
}

async fn refused(answer: String) -> String {
    match read(answer).await {
        Err(MarketProblem::Unavailable { cause }) => cause,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_incredible_book_is_refused_with_its_reason() {
    let (market, at) = (condition(), NOW * 1_000);
    let ok = || level("0.40", "10");
    let one = |token: &str, bids: String, asks: String| {
        format!("[{}]", book(&market, token, at, &bids, &asks))
    };
    let other = format!("0x{}", "cd".repeat(32));
    let twice = book(&market, "11", at, "", "");
    let rows = [
        (one("33", ok(), ok()), "it is about token 33"),
        (format!("[{}]", book(&other, "11", at, "", "")), "it is about market 0xcdcd"),
        (format!("[{twice},{twice}]"), "it tells the book of token 11 twice"),
        (one("11", level("0", "10"), ok()), "0 is not a price"),
        (one("11", level("1", "10"), ok()), "1 is not a price"),
        (one("11", level("-0.4", "10"), ok()), "-0.4 is not a price"),
        (one("11", level("1.01", "10"), ok()), "1.01 is not a price"),
        (one("11", level("0.40000000000000002", "10"), ok()), "0.40000000000000002 is not a price"),
        (one("11", level("0.40005", "10"), ok()), "0.40005 is not a price"),
        (one("11", ok(), level("0.5", "-1")), "-1 is not an amount of shares"),
        (one("11", ok(), level("0.5", "0.0000001")), "0.0000001 is not an amount of shares"),
        (
            one("11", format!("{},{}", ok(), level("0.4", "3")), String::new()),
            "price 0.4 stands twice on one side",
        ),
        (format!("[{}]", book(&market, "11", (NOW + 3_600) * 1_000, "", "")), "is not a time"),
        (format!("[{}]", book(&market, "11", -5, "", "")), "is not a time"),
        (one("11", ok(), ok()).replace("\"0.01\"", "\"7\""), "7 is not a tick or minimum"),
        (one("11", r#"{"price":"0.4"}"#.into(), ok()), "answer"),
        (one("11", level("NaN", "1"), ok()), "is not a number"),
        ("{}".to_owned(), "is not a list"),
        ("[{]".to_owned(), "is not JSON"),
        (r#"[{"market":"a","market":"b"}]"#.to_owned(), "market: stands twice"),
        (format!("{}{}", "[".repeat(100), "]".repeat(100)), "is nested too deeply"),
    ];
    for (answer, expected) in rows {
        let cause = refused(answer.clone()).await;
        let expected = if expected == "answer" { "size: is missing" } else { expected };
        assert!(cause.contains(expected), "{expected:?} not in {cause:?} for {answer}");
    }
}

#[tokio::test]
async fn crossed_stale_one_sided_and_missing_books_are_left_to_the_core() {
    let (market, at) = (condition(), NOW * 1_000);
    let crossed = book(&market, "11", at, &level("0.6", "1"), &level("0.4", "1"));
    let seen = read(format!("[{crossed}]")).await.unwrap().unwrap();
    assert!(seen.book.is_crossed());
    let stale = book(&market, "11", 1_000, &level("0.4", "0"), "");
    let seen = read(format!("[{stale}]")).await.unwrap().unwrap();
    assert_eq!(seen.book.at(), Time::from_secs(1));
    assert_eq!(seen.book.received(), Time::from_secs(NOW));
    assert_eq!(seen.book.best(Side::Buy), None, "an empty level is dropped");
    assert_eq!(
        read("[]".to_owned()).await,
        Ok(None),
        "left out: the venue does not know the token"
    );
}

#[tokio::test]
async fn the_two_views_of_a_market_are_one_book() {
    let (market, at) = (condition(), NOW * 1_000);
    let yes = |at| book(&market, "11", at, &level("0.40", "10"), &level("0.43", "7.5"));
    let no = |at| book(&market, "22", at, &level("0.57", "7.5"), &level("0.60", "10"));
    let from_yes = read(format!("[{}]", yes(at))).await.unwrap().unwrap();
    let from_no = read(format!("[{}]", no(at))).await.unwrap().unwrap();
    assert_eq!(from_yes.book, from_no.book);
    // Two views that differ: the newer counts, index 0 at equal times, in whatever order they come.
    let other = |at| book(&market, "22", at, &level("0.50", "1"), "");
    for (second_at, newer) in [(at - 1, "first"), (at, "first"), (at + 1, "second")] {
        for answer in [
            format!("[{},{}]", yes(at), other(second_at)),
            format!("[{},{}]", other(second_at), yes(at)),
        ] {
            let seen = read(answer).await.unwrap().unwrap();
            let is_first = seen.book == from_yes.book;
            assert_eq!(is_first, newer == "first", "second view at {second_at}");
        }
    }
    // One bad view spoils the market, however good the other is.
    let bad = book(&market, "22", at, &level("2", "1"), "");
    assert!(read(format!("[{},{bad}]", yes(at))).await.is_err());
}

#[tokio::test]
async fn books_are_asked_for_in_batches_of_500_tokens() {
    let venue = Loopback::start(|asked| {
        let tokens: Vec<serde_json::Value> = serde_json::from_str(&asked.body).unwrap();
        // The venue leaves out what it does not know: here, every token but the first of the batch.
        let token = tokens[0]["token_id"].as_str().unwrap().to_owned();
        let market = format!("0x{:064x}", token.parse::<u64>().unwrap() / 2);
        Answer::Json(format!("[{}]", book(&market, &token, 1, "", "")))
    })
    .await;
    let wanted: Vec<Wanted> = (1..=620_u64)
        .map(|i| Wanted {
            condition: ConditionId::new(format!("0x{i:064x}")),
            tokens: [(2 * i).to_string(), (2 * i + 1).to_string()],
        })
        .collect();
    let books = venue.books.books(&wanted, Time::from_secs(NOW)).await;
    assert_eq!(books.len(), 620);
    assert_eq!(books.values().filter(|book| matches!(book, Ok(Some(_)))).count(), 3);
    let mut sizes: Vec<usize> = venue
        .asked()
        .iter()
        .map(|asked| {
            assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/books"));
            asked.body.matches("token_id").count()
        })
        .collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [240, 500, 500]);
}

#[tokio::test]
async fn what_does_not_call_itself_json_is_not_read() {
    let page = || Answer::Typed(200, "text/html; charset=utf-8", "<html>hello</html>".to_owned());
    let venue = Loopback::start(move |_| page()).await;
    let error = venue.books.search("fed").await.unwrap_err();
    assert!(
        matches!(&error, VenueError::Unknown { cause: Unknown::NotJson(media), .. } if media == "text/html")
    );
    let venue = Loopback::start(|_| Answer::Json("[1,2]".to_owned())).await;
    let error = venue.books.search("fed").await.unwrap_err();
    assert_eq!(
        error.explain(),
        "no answer to trust when the venue was asked to search: the answer is malformed: search: is not an object"
    );
}

#[test]
fn brackets_inside_texts_are_not_depth() {
    let text = |body: &str| format!(r#"{{"events":null,"tags":"{body}"}}"#);
    assert!(decode::<SearchAnswer>(text(&"[".repeat(500)).as_bytes()).is_ok());
    assert!(decode::<SearchAnswer>(text(r#"\"[[{"#).as_bytes()).is_ok());
    let deep = format!(r#"{{"events":null,"tags":{}{}}}"#, "[".repeat(64), "]".repeat(64));
    assert_eq!(decode::<SearchAnswer>(deep.as_bytes()).unwrap_err().problem, Problem::TooDeep);
    let million = "[".repeat(1_000_000);
    assert!(decode::<SearchAnswer>(million.as_bytes()).is_err());
    assert_eq!(decode::<SearchAnswer>(b"{\"events\":\xff}").unwrap_err().problem, Problem::NotJson);
}

/// A few bytes of text may become a kilobyte of memory: how many there are is counted before anything is read.
#[test]
fn more_objects_than_any_page_has_are_refused_before_they_are_read() {
    let tags =
        |count: usize| format!(r#"{{"events":[{}{{"id":1}}]}}"#, r#"{"id":1},"#.repeat(count - 2));
    assert_eq!(decode::<SearchAnswer>(tags(50_000).as_bytes()).unwrap().events.len(), 49_999);
    let refused = |text: String| decode::<SearchAnswer>(text.as_bytes()).unwrap_err().problem;
    assert_eq!(refused(tags(50_001)), Problem::TooMuch);
    assert_eq!(refused(format!(r#"{{"events":[{}0]}}"#, "0,".repeat(4_000_000))), Problem::TooMuch);
    let words = format!(r#"{{"events":null,"tags":"{}"}}"#, "{},[".repeat(100_000));
    assert!(decode::<SearchAnswer>(words.as_bytes()).is_ok(), "brackets in a text are none");
    // A book's levels are small, and honest books are large.
    let levels = vec![level("0.4", "1"); 100_000].join(",");
    let book = format!("[{}]", book(&condition(), "11", NOW, &levels, ""));
    assert_eq!(decode::<Vec<BookAnswer>>(book.as_bytes()).unwrap()[0].bids.len(), 100_000);
}
