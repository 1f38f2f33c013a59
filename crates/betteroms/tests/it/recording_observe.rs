//! What a pass may know, against a slow, obvious search through everything.

use crate::shared::{Dice, example_dir, whole};
use betteroms::recording::import::Set;
use betteroms::recording::{Event, Manifest, Recording, write};
use betteroms_core::book::{Book, Print};
use betteroms_core::market::{ConditionId, Gate, Outcome};
use betteroms_core::money::Tick;
use betteroms_core::time::Time;
use betteroms_core::world::{MarketView, Watch};

/// The book, tick and prints a pass may know, straight from the rules.
fn slow(events: &[Event], watch: &Watch, now: Time) -> (Option<Book>, Tick, Vec<Print>) {
    let (mut book, mut tick, mut prints) = (None, Tick::CENT, Vec::new());
    let mut newest = None;
    for event in events.iter().filter(|event| event.received() <= now) {
        match event {
            Event::Tick(change) => tick = change.tick,
            Event::Book(view) => {
                let rank = (view.at, view.outcome == Outcome::First);
                if newest.is_none_or(|known| known < rank) {
                    newest = Some(rank);
                    book = Some(view.clone().into_book().unwrap());
                }
            }
            Event::Print(print) => {
                let Some(cut) = watch.last_cut else { continue };
                let late = watch.observed_at.is_some_and(|pass| print.received > pass);
                if print.at > cut || late {
                    prints.push(print.clone());
                }
            }
        }
    }
    prints.sort_by_key(|print| (print.at, print.received));
    (book, tick, prints)
}

fn agree(recording: &Recording, seed: u64, rolls: u32) {
    let span = |at: Time| at.micros();
    let first = recording.manifest().markets.iter().flat_map(|m| &m.files).map(|f| f.first).min();
    let (begin, end) = (span(first.unwrap()) - 5_000_000, span(recording.end()) + 5_000_000);
    let mut dice = Dice::new(seed);
    let width = u64::try_from(end - begin).unwrap();
    let mut instant = move || {
        let at = begin + i64::try_from(dice.roll(width)).unwrap();
        Time::from_micros(at)
    };
    for market in &recording.manifest().markets {
        let events: Vec<_> =
            recording.scan(&market.condition).unwrap().map(Result::unwrap).collect();
        for roll in 0..rolls {
            let (a, b, c) = (instant(), instant(), instant());
            // An event's own times are where mistakes of one microsecond show.
            let edge = &events[usize::try_from(a.micros()).unwrap() % events.len()];
            let now = match roll % 3 {
                0 => b,
                1 => edge.received(),
                _ => Time::from_micros(edge.received().micros() - 1),
            };
            let observed_at = a.min(now);
            let last_cut = if roll % 4 == 0 { None } else { Some(c.min(observed_at)) };
            let condition = market.condition.clone();
            let watch = Watch { condition, last_cut, observed_at: Some(observed_at) };
            let view = recording.observe(std::slice::from_ref(&watch), now).unwrap().remove(0);
            let (book, tick, prints) = slow(&events, &watch, now);
            let place = format!("{} at {now}, cut {last_cut:?}, pass {observed_at}", market.slug);
            assert_eq!(view.book, book, "{place}");
            assert_eq!(view.market.tick, tick, "{place}");
            assert_eq!(view.prints, prints, "{place}");
        }
    }
}

#[test]
fn observing_equals_searching_everything() {
    agree(&Recording::open(&example_dir()).unwrap(), 7, 30);
    for (set, rolls) in [(Set::D1, 12), (Set::D2, 12), (Set::D4, 60)] {
        if let Some(recording) = whole(set) {
            agree(&recording, 42, rolls);
        }
    }
}

fn watch(condition: &ConditionId, seen: Option<Time>) -> Watch {
    Watch { condition: condition.clone(), last_cut: seen, observed_at: seen }
}

fn views(recording: &Recording, seen: Option<Time>, now: Time) -> Vec<MarketView> {
    let markets = recording.manifest().markets.iter();
    let watches: Vec<_> = markets.map(|m| watch(&m.condition, seen)).collect();
    recording.observe(&watches, now).unwrap()
}

#[test]
fn a_recording_that_ends_now_looks_the_same() {
    let Some(recording) = whole(Set::D4) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    for secs in [30, 333, 700] {
        let now = recording.start().plus_secs(secs);
        let markets = recording.manifest().markets.iter().map(|market| {
            let mut entry = market.clone();
            entry.files.clear();
            let events = recording.scan(&market.condition).unwrap().map(Result::unwrap);
            (entry, events.filter(|event| event.received() <= now).collect())
        });
        let about = Manifest { start: now, end: now, ..Manifest::empty() };
        let out = dir.path().join(secs.to_string());
        write(&out, about, markets.collect()).unwrap();
        let cut = Recording::open(&out).unwrap();
        let seen = Some(recording.start().plus_secs(secs - 20));
        assert_eq!(views(&cut, seen, now), views(&recording, seen, now));
    }
}

#[test]
fn results_and_closes_are_visible_at_their_time_and_not_before() {
    let recording = Recording::open(&example_dir()).unwrap();
    for market in &recording.manifest().markets {
        let close = market.close.as_ref().unwrap().value;
        let result = market.resolution.as_ref().unwrap().value;
        for (now, gate, resolution) in [
            (Time::from_micros(close.micros() - 1), Gate::Accepting, None),
            (close, Gate::Closed, None),
            (Time::from_micros(result.at.micros() - 1), Gate::Closed, None),
            (result.at, Gate::Closed, Some(result)),
        ] {
            let watches = [watch(&market.condition, None)];
            let view = recording.observe(&watches, now).unwrap().remove(0);
            assert_eq!((view.market.gate, view.market.resolution), (gate, resolution), "{now}");
        }
    }
}

#[test]
#[ignore = "a measurement: cargo test --release -p betteroms --test it -- --ignored measure --nocapture"]
fn measure_opening_and_observing() {
    let now = Time::parse("2026-05-31T17:35:22Z").unwrap();
    let mut sets = vec![(example_dir(), Time::parse("2026-09-28T09:20:00Z").unwrap())];
    let dir = tempfile::tempdir().unwrap();
    if let Some(source) = crate::shared::folder(Set::D2) {
        let options = betteroms::recording::import::ImportOptions::whole(Set::D2);
        let out = dir.path().join("d2");
        betteroms::recording::import::import(&source, &out, &options, &mut |_| {}).unwrap();
        sets.push((out, now));
    }
    for (dir, now) in sets {
        let mut micros: Vec<_> = (0..21)
            .map(|_| {
                let begin = std::time::Instant::now();
                let recording = Recording::open(&dir).unwrap();
                let seen = views(&recording, None, now);
                let micros = begin.elapsed().as_micros();
                (micros, seen.iter().filter(|view| view.book.is_some()).count())
            })
            .collect();
        micros.sort_unstable();
        let ((low, books), (high, _)) = (micros[0], micros[20]);
        println!("{}: {low} to {high} us, median {}, {books} books", dir.display(), micros[10].0);
    }
}
