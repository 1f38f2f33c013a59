//! Small recordings of invented numbers: the corners that recorded sets do not have.

use betteroms::recording::{Event, Manifest, MarketEntry, Recording, TickChange, TokenBook, write};
use betteroms_core::book::{Level, Print};
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::{Price, Shares, Tick};
use betteroms_core::plan::MarketRef;
use betteroms_core::time::Time;
use betteroms_core::world::{MarketProblem, Watch};
use tempfile::TempDir;

/// Seconds after the last full minute before midnight, so that a minute later it is another day.
fn at(secs: i64) -> Time {
    Time::parse("2026-01-01T23:59:00Z").unwrap().plus_secs(secs)
}

fn level(cents: u32, shares: i32) -> Level {
    let price = Price::from_micros(cents * 10_000).unwrap();
    Level { price, size: Shares::from_units(shares) }
}

fn book(outcome: Outcome, at: Time, received: Time, bid: u32) -> Event {
    let (bids, asks) = (vec![level(bid, 10)], vec![level(bid + 1, 10)]);
    Event::Book(TokenBook { outcome, at, received, bids, asks })
}

fn print(at: Time, received: Time, shares: i32) -> Event {
    let level = level(50, shares);
    let (outcome, taker) = (Outcome::Second, Side::Sell);
    let (price, size) = (level.price, level.size);
    Event::Print(Print { at, received, outcome, taker, price, size, tx: None })
}

fn recording(events: Vec<Event>) -> (TempDir, Recording) {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("r");
    let about = Manifest { start: at(0), end: at(200), ..Manifest::empty() };
    let market = MarketEntry::with_assumptions("0xc", "slug", ["Yes", "No"]);
    write(&out, about, vec![(market, events)]).unwrap();
    let recording = Recording::open(&out).unwrap();
    (dir, recording)
}

fn look(recording: &Recording, cut: Option<i64>, pass: i64, now: i64) -> (Option<u32>, Vec<i64>) {
    let condition = recording.manifest().markets[0].condition.clone();
    let watch = Watch { condition, last_cut: cut.map(at), observed_at: Some(at(pass)) };
    let view = recording.observe(&[watch], at(now)).unwrap().remove(0);
    let bid = view.book.and_then(|b| b.best(Side::Buy)).map(|l| l.price.micros() / 10_000);
    (bid, view.prints.iter().map(|p| p.size.micros() / 1_000_000).collect())
}

#[test]
fn the_newer_view_wins_and_index_0_at_equal_times() {
    use Outcome::{First, Second};
    let (_dir, recording) = recording(vec![
        book(Second, at(1), at(1), 30), // seen from index 0: bid 69
        book(First, at(1), at(1), 40),
        book(Second, at(2), at(2), 30),
        book(First, at(3), at(9), 41), // arrives late
        book(Second, at(4), at(4), 20),
        book(First, at(61), at(61), 45),
    ]);
    for (now, bid) in [(0, None), (1, Some(40)), (2, Some(69)), (3, Some(69)), (8, Some(79))] {
        assert_eq!(look(&recording, None, 0, now).0, bid, "at {now}");
    }
    assert_eq!(look(&recording, None, 0, 10).0, Some(79), "a late book is not the newest");
    assert_eq!(look(&recording, None, 0, 60).0, Some(79), "the next day has begun without a book");
    assert_eq!(look(&recording, None, 0, 61).0, Some(45));
    assert_eq!(recording.manifest().markets[0].files.len(), 2);
}

#[test]
fn prints_come_once_early_or_late() {
    let (_dir, recording) = recording(vec![
        print(at(1), at(1), 1),
        print(at(2), at(30), 2), // late within the day
        print(at(3), at(70), 3), // late into the next day
        print(at(65), at(66), 4),
    ]);
    assert_eq!(look(&recording, None, 0, 100).1, Vec::<i64>::new(), "no cut, no prints");
    assert_eq!(look(&recording, Some(0), 0, 10).1, [1]);
    assert_eq!(look(&recording, Some(10), 10, 29).1, Vec::<i64>::new());
    assert_eq!(look(&recording, Some(10), 10, 30).1, [2]);
    assert_eq!(look(&recording, Some(30), 30, 70).1, [3, 4]);
    assert_eq!(look(&recording, Some(70), 70, 200).1, Vec::<i64>::new());
    assert_eq!(look(&recording, Some(3), 65, 69).1, [4]);
}

#[test]
fn a_tick_change_counts_from_when_it_was_known() {
    let tick = Tick::from_micros(1_000).unwrap();
    let change = Event::Tick(TickChange { at: at(5), received: at(8), tick });
    let (_dir, recording) = recording(vec![book(Outcome::First, at(1), at(1), 40), change]);
    let condition = recording.manifest().markets[0].condition.clone();
    let watch = Watch { condition, last_cut: None, observed_at: None };
    for (now, micros) in [(7, 10_000), (8, 1_000), (100, 1_000)] {
        let view = recording.observe(std::slice::from_ref(&watch), at(now)).unwrap().remove(0);
        assert_eq!(view.market.tick.micros(), micros, "at {now}");
    }
}

#[test]
fn many_row_groups_answer_like_one() {
    let events = (0..50_000).map(|i| {
        let when = Time::from_micros(at(0).micros() + i * 1_000);
        let outcome = if i % 3 == 0 { Outcome::Second } else { Outcome::First };
        book(outcome, when, when, 10 + u32::try_from(i % 50).unwrap())
    });
    let (_dir, recording) = recording(events.collect());
    for millis in [0, 1, 1_364, 1_365, 1_366, 25_000, 49_999] {
        let now = Time::from_micros(at(0).micros() + millis * 1_000);
        let condition = recording.manifest().markets[0].condition.clone();
        let watch = Watch { condition, last_cut: None, observed_at: None };
        let view = recording.observe(&[watch], now).unwrap().remove(0);
        assert_eq!(view.book.unwrap().at(), now);
    }
}

#[test]
fn names_lead_to_one_market_or_say_why_not() {
    let dir = tempfile::tempdir().unwrap();
    let about = Manifest { end: at(0), ..Manifest::empty() };
    let market = |condition: &str, slug: &str, event: Option<&str>| {
        let mut entry = MarketEntry::with_assumptions(condition, slug, ["Yes", "No"]);
        entry.event = event.map(str::to_owned);
        (entry, vec![book(Outcome::First, at(0), at(0), 40)])
    };
    let markets = vec![
        market("0x1", "game", Some("game")),
        market("0x2", "game-total-6pt5", Some("game")),
        market("0x3", "race-red", None),
    ];
    write(&dir.path().join("r"), about, markets).unwrap();
    let recording = Recording::open(&dir.path().join("r")).unwrap();
    let name = |text: &str| MarketRef::Market(text.to_owned());
    let pick = |event: &str, pick: &str| MarketRef::Pick { event: event.into(), pick: pick.into() };
    let several = || {
        let slugs = vec!["game".to_owned(), "game-total-6pt5".to_owned()];
        Err(MarketProblem::Several { slugs })
    };
    for (reference, expected) in [
        (name("game"), Ok("0x1")),
        (name("0x2"), Ok("0x2")),
        (name("https://polymarket.com/event/game"), several()),
        (name("https://polymarket.com/event/game/game-total-6pt5"), Ok("0x2")),
        (name("nobody"), Err(MarketProblem::NotFound)),
        (pick("game", "total-6pt5"), Ok("0x2")),
        (pick("game", "game"), Ok("0x1")),
        (pick("race", "red"), Ok("0x3")),
        (pick("race", "blue"), Err(MarketProblem::NotFound)),
    ] {
        let found = recording.resolve(&reference).map(|market| market.condition.to_string());
        assert_eq!(found.as_deref().map_err(Clone::clone), expected, "{reference}");
    }
}
