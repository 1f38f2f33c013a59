//! What a person asks: search by words, one market with its book.

use crate::resolve::{clob, condition, described, gamma};
use crate::server::{Answer, Loopback};
use betteroms_core::market::{Gate, Side};
use betteroms_core::money::Tick;
use betteroms_core::plan::MarketRef;
use betteroms_core::time::Time;
use betteroms_core::world::MarketProblem;
use serde_json::json;

#[tokio::test]
async fn a_search_lists_open_markets_of_open_events() {
    let event = |slug: &str, closed: bool| {
        json!({"id": "1", "title": "Fed", "slug": slug, "closed": closed, "markets": [
            gamma(1, "cut", &json!({})), gamma(2, "hike", &json!({"closed": true})),
            gamma(3, "old", &json!({"archived": true})), gamma(4, "hold", &json!({"outcomePrices": "[]"})),
        ]})
    };
    let answer = json!({"events": [event("fed-december", false), event("fed-may", true)], "pagination": {"hasMore": false}});
    let venue = Loopback::start(move |_| Answer::Json(answer.to_string())).await;
    let hits = venue.books.search("fed december & more").await.unwrap();
    let slugs: Vec<&str> = hits[0].markets.iter().map(|market| market.slug.as_str()).collect();
    assert_eq!((hits.len(), slugs.as_slice()), (1, &["cut", "hold"][..]));
    let label = |text: &str, price: Option<&str>| (text.to_owned(), price.map(str::to_owned));
    assert_eq!(hits[0].markets[0].outcomes, [label("Yes", Some("0.4")), label("No", Some("0.6"))]);
    assert_eq!(hits[0].markets[1].outcomes, [label("Yes", None), label("No", None)]);
    let asked = venue.asked();
    assert_eq!(
        (asked[0].path.as_str(), asked[0].one("q").as_str()),
        ("/public-search", "fed december & more")
    );
}

#[tokio::test]
async fn a_market_is_shown_with_its_book_and_the_books_tick() {
    let markets = vec![
        (gamma(1, "cut", &json!({})), clob(1, &json!({}))),
        (gamma(2, "over", &json!({"closed": true})), clob(2, &json!({}))),
    ];
    let book = json!([{"market": condition(1), "asset_id": "2", "timestamp": "1800000000000", "hash": "",
        "bids": [{"price": ".48", "size": "30"}], "asks": [], "min_order_size": "15", "tick_size": "0.0025",
        "neg_risk": false, "last_trade_price": ""}]);
    let venue = Loopback::start(move |asked| match asked.path.as_str() {
        "/books" => Answer::Json(book.to_string()),
        path if path.starts_with("/events") => Answer::Status(404, "{}"),
        _ => described(asked, &markets),
    })
    .await;
    let now = Time::from_secs(1_800_000_001);
    let show = |name: &str| {
        let reference = MarketRef::Market(name.to_owned());
        let books = &venue.books;
        async move { books.show(&reference, now).await }
    };
    let shown = show("cut").await.unwrap();
    let seen = shown.seen.unwrap();
    assert_eq!(seen.book.best(Side::Buy).unwrap().price.to_string(), "0.48");
    assert_eq!(shown.market.tick, Tick::from_micros(2_500).unwrap());
    assert_eq!(shown.market.min_size.to_string(), "15");
    assert_eq!(shown.scheduled_end, Time::parse("2026-12-31T00:00:00Z"));
    let over = show("over").await.unwrap();
    assert_eq!((over.market.gate, over.seen), (Gate::Closed, None));
    assert_eq!(venue.asked_at("/books").len(), 1, "what is over has no book to ask for");
    assert_eq!(show("nothing").await.unwrap_err(), MarketProblem::NotFound);
}
