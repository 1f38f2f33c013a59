//! What the comments of `examples/*.jsonc` say about the shipped recording.

use crate::shared::example_dir;
use betteroms::commands::data::{info_json, info_text};
use betteroms::recording::Recording;
use betteroms_core::book::Book;
use betteroms_core::market::Side;
use betteroms_core::money::{Price, Shares};
use betteroms_core::plan::MarketRef;
use betteroms_core::time::Time;
use betteroms_core::world::Watch;

fn book(recording: &Recording, slug: &str, clock: &str) -> Book {
    let market = recording.resolve(&MarketRef::Market(slug.to_owned())).unwrap();
    let watch = Watch { condition: market.condition, last_cut: None, observed_at: None };
    let now = Time::parse(&format!("2026-09-28T{clock}Z")).unwrap();
    let view = recording.observe(&[watch], now).unwrap().remove(0);
    view.book.unwrap()
}

/// Best bid and ask in index-0 terms, as `price x size`.
fn top(recording: &Recording, slug: &str, clock: &str) -> (String, String) {
    let book = book(recording, slug, clock);
    let text = |side| {
        let level = book.best(side);
        level.map_or("-".to_owned(), |level| format!("{} x {}", level.price, level.size))
    };
    (text(Side::Buy), text(Side::Sell))
}

#[test]
fn the_books_are_those_the_plans_speak_of() {
    let recording = Recording::open(&example_dir()).unwrap();
    assert_eq!(recording.start(), Time::parse("2026-09-28T09:20:00Z").unwrap());
    assert_eq!(recording.end(), Time::parse("2026-09-28T09:45:35.874Z").unwrap());
    let (first, second) = ("btc-updown-15m-1790586900", "btc-updown-15m-1790587800");
    for (slug, clock, bid, ask) in [
        (first, "09:20:00", "0.7 x 55", "0.71 x 117.87"),
        (first, "09:25:00", "0.51 x 22", "0.52 x 103.6"),
        (first, "09:30:00", "-", "0.001 x 13122.61"),
        (second, "09:20:00", "0.5 x 396.2", "0.51 x 281"),
        (second, "09:25:00", "0.5 x 220", "0.51 x 275"),
        (second, "09:30:00", "0.59 x 13", "0.6 x 10"),
        (second, "09:35:00", "0.24 x 100", "0.25 x 239.86"),
        (second, "09:40:00", "0.02 x 107.57", "0.03 x 50"),
    ] {
        assert_eq!(
            top(&recording, slug, clock),
            (bid.to_owned(), ask.to_owned()),
            "{slug} {clock}"
        );
    }
}

#[test]
fn the_depth_is_what_the_comments_count_on() {
    let recording = Recording::open(&example_dir()).unwrap();
    let (first, second) = ("btc-updown-15m-1790586900", "btc-updown-15m-1790587800");
    for (slug, clock, resting, limit, shares) in [
        (first, "09:20:00", Side::Sell, "0.72", "868.88"), // take, fill-and-kill
        (first, "09:25:00", Side::Sell, "0.53", "248.6"),  // rest 72.72, wait-for-price 50
        (first, "09:25:00", Side::Buy, "0.48", "207"),     // leave 142.16
        (second, "09:20:00", Side::Sell, "0.51", "281"),   // take-and-rest, fill-or-kill
        (second, "09:25:00", Side::Sell, "0.51", "275"),   // no more than was taken
        (second, "09:30:00", Side::Buy, "0.55", "64"),     // take-profit
        (second, "09:35:00", Side::Sell, "0.25", "239.86"), // rest of take-and-rest: 111.15
        (second, "09:35:00", Side::Buy, "0.24", "100"),    // wait-for-time: DOWN at 0.76
    ] {
        let book = book(&recording, slug, clock);
        let limit = Price::parse(limit).unwrap();
        let within = book.resting(resting).iter().filter(|level| match resting {
            Side::Buy => level.price >= limit,
            Side::Sell => level.price <= limit,
        });
        let sum: Shares = within.map(|level| level.size).sum();
        assert_eq!(sum.to_string(), shares, "{slug} {clock} {resting}");
    }
}

#[test]
fn info_credits_the_source_and_names_what_was_assumed() {
    let text = info_text(&example_dir()).unwrap();
    for part in [
        "Two BTC 15-minute markets",
        "2 markets, 4199 books, 0 prints, 2 tick changes",
        "licence  CC BY 4.0, credit: Resolved Markets",
        "assumed  fee schedule in 2 markets",
        "btc-updown-15m-1790586900",
    ] {
        assert!(text.contains(part), "{part:?} is missing in\n{text}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&info_json(&example_dir()).unwrap()).unwrap();
    assert_eq!(json["counts"]["books"], 4_199);
    assert_eq!(json["credit"], "Resolved Markets");
    assert_eq!(json["assumed"]["minimum size"], 2);
    assert_eq!(json["markets"][0]["resolution"]["payoutFirst"], "0");
}

#[test]
fn the_example_stays_small() {
    let files = ["manifest.json"].map(|name| example_dir().join(name)).into_iter();
    let books = std::fs::read_dir(example_dir().join("books")).unwrap();
    let all = files.chain(books.map(|entry| entry.unwrap().path()));
    let bytes: u64 = all.map(|path| path.metadata().unwrap().len()).sum();
    assert!(bytes < 400_000, "{bytes}");
}
