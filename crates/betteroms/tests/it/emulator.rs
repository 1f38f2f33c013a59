//! The emulated venue: what it shows of a recording, and the command that opens it.

use crate::house::{House, Said, example};
use crate::shared::{example_dir, whole};
use betteroms::commands::emulator::replay;
use betteroms::recording::import::Set;
use betteroms::recording::{Event, MarketEntry, Recording};
use betteroms_core::book::{Book, Level};
use betteroms_core::market::{Gate, Outcome, Side};
use betteroms_core::time::Time;
use betteroms_emulator::venue::market::Floor;
use betteroms_emulator::venue::{Settings, Venue};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::Arc;

/// Instants at which a market showed a book: some of them, with the book, in order.
fn shown(recording: &Recording, market: &MarketEntry, some: usize) -> Vec<(Time, Book)> {
    let close = market.close.as_ref().map_or(recording.end(), |close| close.value);
    let mut books: Vec<(Time, Outcome, Book)> = Vec::new();
    for event in recording.scan(&market.condition).unwrap() {
        let Event::Book(book) = event.unwrap() else { continue };
        let (at, outcome) = (book.at, book.outcome);
        let is_second_view =
            books.last().is_some_and(|(last, of, _)| *last == at && *of == Outcome::First);
        let book = book.into_book().unwrap();
        if at >= recording.start() && at < close && !(is_second_view && outcome == Outcome::Second)
        {
            books.push((at, outcome, book));
        }
    }
    // Of several at one instant the last one stands.
    let last_of_its_time = books
        .iter()
        .enumerate()
        .filter(|(index, (at, _, _))| books.get(index + 1).is_none_or(|(next, _, _)| next != at));
    let all: Vec<(Time, Book)> =
        last_of_its_time.map(|(_, (at, _, book))| (*at, book.clone())).collect();
    let every = (all.len() / some).max(1);
    all.into_iter().step_by(every).filter(|(_, book)| !book.is_crossed()).collect()
}

/// A side of the recorded book, less what is off the grid in force.
fn recorded(book: &Book, floor: &Floor, side: Side) -> Vec<Level> {
    let tick = floor.listing.market.tick;
    book.resting(side).iter().copied().filter(|level| level.price.is_on(tick)).collect()
}

fn holds_to(recording: Recording, some: usize) {
    let recording = Arc::new(recording);
    let mut compared = 0;
    for market in recording.manifest().markets.iter().take(4) {
        let instants = shown(&recording, market, some);
        let from = |at: Time| {
            let mut venue = Venue::new(Settings::default(), at);
            replay(&recording, &mut venue).unwrap();
            venue.advance(at);
            venue
        };
        let mut venue = from(recording.start());
        let ix = venue.floors().by_slug(&market.slug).unwrap();
        for (nth, (at, book)) in instants.iter().enumerate() {
            venue.advance(*at);
            let mut venues = vec![&venue];
            // One that starts there shows the same as one that lived through it.
            let fresh = (nth % 7 == 0).then(|| from(*at));
            venues.extend(&fresh);
            for venue in venues {
                let floor = venue.floors().get(ix);
                assert_eq!(floor.listing.market.gate, Gate::Accepting, "{} {at}", market.slug);
                for side in [Side::Buy, Side::Sell] {
                    let served: Vec<Level> = floor.book.levels(side).collect();
                    assert_eq!(served, recorded(book, floor, side), "{} {at}", market.slug);
                }
                compared += 1;
            }
        }
        let end = recording.end().plus_secs(1);
        venue.advance(end);
        let result = venue.floors().get(ix).listing.market.resolution;
        assert_eq!(result.map(|r| r.at), market.resolution.as_ref().map(|r| r.value.at));
        venue.ledger().audit().unwrap();
    }
    assert!(compared > 20, "only {compared} books were compared");
}

#[test]
fn the_served_book_is_the_recorded_one() {
    holds_to(Recording::open(&example_dir()).unwrap(), 60);
}

#[test]
fn the_served_book_is_the_recorded_one_in_set_d1() {
    if let Some(recording) = whole(Set::D1) {
        holds_to(recording, 20);
    }
}

#[test]
fn the_served_book_is_the_recorded_one_in_set_d4() {
    if let Some(recording) = whole(Set::D4) {
        holds_to(recording, 20);
    }
}

#[test]
fn equal_recordings_replay_equally_however_time_is_cut() {
    let recording = Arc::new(Recording::open(&example_dir()).unwrap());
    let until = recording.start().plus_secs(300);
    let told = |step: i64| {
        let mut venue = Venue::new(Settings::default(), recording.start());
        replay(&recording, &mut venue).unwrap();
        let mut at = recording.start();
        while at < until {
            at = at.plus_secs(step).min(until);
            venue.advance(at);
        }
        format!("{:?}", venue.drain())
    };
    assert_eq!(told(300), told(7));
}

/// A running emulator; killed when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn opened(house: &House, arguments: &[&str]) -> (Running, BufReader<std::process::ChildStdout>) {
    let mut command = house.bare();
    command.args(["emulator", "--port", "0"]).args(arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    (Running(child), out)
}

fn interrupt(running: &Running) {
    let pid = running.0.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
}

#[test]
fn the_command_tells_where_it_is_answers_and_stops_cleanly() {
    let house = House::new();
    let log = house.path("log.jsonl");
    let log_text = log.to_str().unwrap();
    let (mut running, mut out) = opened(&house, &["--json", "--log", log_text]);
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let told: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(told["accounts"].as_array().unwrap().len(), 3);
    assert_eq!(told["markets"].as_array().unwrap().len(), 4);
    let clob = told["urls"]["clob"].as_str().unwrap();
    TcpStream::connect(clob.strip_prefix("http://").unwrap()).unwrap();
    let token = told["markets"][0]["tokens"][0].as_str().unwrap();
    let mut asked = house.bare();
    for (name, service) in [
        ("BETTEROMS_VENUE_CLOB_URL", "clob"),
        ("BETTEROMS_VENUE_GAMMA_URL", "gamma"),
        ("BETTEROMS_VENUE_DATA_URL", "data"),
    ] {
        asked.env(name, told["urls"][service].as_str().unwrap());
    }
    let slug = told["markets"][0]["slug"].as_str().unwrap();
    let shown = Said::of(asked.args(["market", "show", slug, "--json"]).output().unwrap());
    assert!(shown.clone().expect(0).out.contains(token), "{}", shown.out);

    interrupt(&running);
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(running.0.wait().unwrap().code(), Some(0), "{rest}");
    let closing: Value = serde_json::from_str(&rest).unwrap();
    assert_eq!(closing["balances"], Value::Bool(true));
    assert!(closing["requests"].as_u64().unwrap() > 0, "{closing}");
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.lines().next().unwrap().contains(r#""topic":"start""#), "{log}");
    assert!(log.lines().last().unwrap().contains("stopped"), "{log}");
}

#[test]
fn the_screen_warns_and_fits() {
    let house = House::new();
    let (running, mut out) = opened(&house, &["--books", &example("btc15m"), "--speed", "0"]);
    let mut screen = String::new();
    while !screen.contains("Ctrl-C stops it") {
        assert_ne!(out.read_line(&mut screen).unwrap(), 0, "{screen}");
    }
    assert!(screen.starts_with("This is not Polymarket. Keys below guard nothing.\n"), "{screen}");
    for part in ["ws://127.0.0.1:", "2026-09-28T09:20:00Z, speed 0: it stands still", "made-up"] {
        assert!(screen.contains(part), "{part:?} not in\n{screen}");
    }
    assert!(screen.lines().count() <= 45, "{screen}");
    interrupt(&running);
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("stopped: 0 requests") && rest.contains("the ledger balances"), "{rest}");
}

#[test]
fn what_the_emulator_cannot_do_is_said_before_a_port_is_opened() {
    let house = House::new();
    let plan = example("plan.jsonc");
    let rules = house.write("rules.jsonc", r#"[{ "on": "nowhere", "what": "reset" }]"#);
    let rules = rules.to_str().unwrap().to_owned();
    for (arguments, expected) in [
        (&["--bind", "0.0.0.0"][..], "add --expose"),
        (&["--port", "65533"], "write 65532 or less"),
        (&["--script", &plan], "plan.jsonc:6:9: unknown field `runId`"),
        (&["--speed=-1"], "write 0, 1, 60 or 0.5"),
        (&["--faults", &rules], "rules.jsonc: [0]: "),
        (&["--account", "paper"], "--account has no meaning here"),
    ] {
        let mut command = house.bare();
        let said = Said::of(command.arg("emulator").args(arguments).output().unwrap()).expect(2);
        assert!(said.err.contains(expected), "{arguments:?}: {}", said.err);
        assert_eq!(said.out, "");
    }
}
