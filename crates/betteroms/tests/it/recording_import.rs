//! The sets of `shared/data/INDEX.md`, whole, against the figures that stand there.

use crate::shared::{folder, whole};
use betteroms::recording::import::{ImportOptions, Set, import};
use betteroms::recording::{Event, Recording, TokenBook};
use betteroms_core::market::{Outcome, Param};
use betteroms_core::time::Time;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn events(recording: &Recording) -> Vec<Vec<Event>> {
    let markets = recording.manifest().markets.iter();
    markets.map(|m| recording.scan(&m.condition).unwrap().map(Result::unwrap).collect()).collect()
}

fn books(events: &[Event]) -> impl Iterator<Item = &TokenBook> {
    events.iter().filter_map(|event| match event {
        Event::Book(book) => Some(book),
        Event::Print(_) | Event::Tick(_) => None,
    })
}

fn time(text: &str) -> Time {
    Time::parse(text).unwrap()
}

#[test]
fn d1_holds_what_its_index_says() {
    let Some(recording) = whole(Set::D1) else {
        return;
    };
    let (mut count, mut crossed, mut locked, mut one_sided) = (0, 0, 0, 0);
    let (mut pairs, mut comparable) = (0, 0);
    for market in events(&recording) {
        let mut up_bids = BTreeMap::new();
        for book in books(&market) {
            count += 1;
            match (book.bids.first(), book.asks.first()) {
                (Some(bid), Some(ask)) if bid.price > ask.price => crossed += 1,
                (Some(bid), Some(ask)) if bid.price == ask.price => locked += 1,
                (Some(_), Some(_)) => {}
                _ => one_sided += 1,
            }
            let known = match book.outcome {
                Outcome::First => up_bids.insert(book.at, book.bids.first().copied()),
                Outcome::Second => up_bids.get(&book.at).copied(),
            };
            if let (Outcome::Second, Some(up_bid)) = (book.outcome, known) {
                pairs += 1;
                if let (Some(bid), Some(ask)) = (up_bid, book.asks.first()) {
                    comparable += 1;
                    assert_eq!(bid.price.complement(), ask.price, "at {}", book.at);
                }
            }
        }
    }
    assert_eq!((count, crossed, locked, one_sided), (38_333, 12, 10, 3_246));
    println!("{pairs} pairs of views, {comparable} comparable");
    assert_eq!(comparable, 18_366);
}

#[test]
fn d1_parameters_follow_the_rules() {
    let Some(recording) = whole(Set::D1) else {
        return;
    };
    let manifest = recording.manifest();
    assert_eq!(manifest.markets.len(), 18);
    assert_eq!(
        (manifest.licence.as_str(), manifest.credit.as_str()),
        ("CC BY 4.0", "Resolved Markets")
    );
    assert!(manifest.notes.iter().any(|note| note.starts_with("205 sizes carried float noise")));
    assert_eq!(recording.start(), time("2026-09-28T09:00:25Z"));
    assert_eq!(recording.end(), time("2026-09-28T13:45:31.434Z"));
    let market = manifest.markets.iter().find(|m| m.slug == "btc-updown-15m-1790586000").unwrap();
    assert_eq!(market.close.as_ref().unwrap().value, time("2026-09-28T09:15:00Z"));
    let result = market.resolution.as_ref().unwrap().value;
    assert_eq!(result.at, time("2026-09-28T09:15:33.204Z"));
    assert_eq!(result.payout_first.micros(), 0);
    assert_eq!(market.fee.as_ref().unwrap().value.rate.micros(), 70_000);
    assert_eq!(market.min_size.value.micros(), 5_000_000);
    assert_eq!(market.max_book_age_secs.as_ref().unwrap().value, 300);
    assert!(market.assumed().contains(&Param::Tick));
    let ticks = events(&recording).into_iter().flatten();
    let ticks: Vec<_> = ticks
        .filter_map(|event| match event {
            Event::Tick(change) => Some((change.at, change.tick.micros())),
            Event::Book(_) | Event::Print(_) => None,
        })
        .collect();
    assert_eq!(ticks.len(), 13);
    assert!(ticks.contains(&(time("2026-09-28T09:07:52.904Z"), 1_000)));
}

#[test]
fn d2_holds_what_its_index_says() {
    let Some(recording) = whole(Set::D2) else {
        return;
    };
    let manifest = recording.manifest();
    assert_eq!(manifest.markets.len(), 60);
    let all = events(&recording);
    assert_eq!(all.iter().map(|market| books(market).count()).sum::<usize>(), 5_606);
    assert!(all.iter().flat_map(|m| books(m)).all(|book| book.outcome == Outcome::First));
    assert_eq!(recording.end(), time("2026-05-31T23:19:27.38Z"));
    let winners = manifest.markets.iter().filter(|market| {
        let result = market.resolution.as_ref().unwrap().value;
        assert_eq!(result.at, recording.end());
        result.payout_first.micros() == 1_000_000
    });
    assert_eq!(winners.count(), 37);
    let market = manifest.markets.iter().find(|m| m.slug == "mlb-tor-bal-2026-05-31").unwrap();
    assert_eq!(market.close.as_ref().unwrap().value, time("2026-05-31T16:15:00Z"));
    assert_eq!(market.fee.as_ref().unwrap().value.rate.micros(), 50_000);
    assert_eq!(market.max_book_age_secs.as_ref().unwrap().value, 3_600);
    assert!(market.tokens.value[0].starts_with("72899352413449242797"));
    assert_eq!(market.tokens.value[1], format!("{}:1", market.condition));
}

#[test]
fn d4_holds_what_its_index_says() {
    let Some(recording) = whole(Set::D4) else {
        return;
    };
    let mut delays = Vec::new();
    let (mut all_books, mut with_books) = (0, 0);
    for market in events(&recording) {
        for event in &market {
            if let Event::Print(print) = event {
                delays.push(print.received.since_micros(print.at) / 1_000);
            }
        }
        let count = books(&market).count();
        all_books += count;
        with_books += usize::from(count > 0);
    }
    delays.sort_unstable();
    assert_eq!((delays.len(), all_books, with_books), (5_247, 1_496, 3));
    assert!((120..=130).contains(&delays[delays.len() / 2]));
    assert_eq!(delays.last().copied().unwrap() / 100, 86, "INDEX.md says 8.7 s");
    let names: Vec<_> = recording.manifest().markets.iter().map(|m| m.condition.as_str()).collect();
    assert_eq!(names.len(), 6);
    assert!(names.contains(&"d4:15m_sol_1765450800") && names.contains(&"d4:1h_btc_1765450800"));
    let hour = recording.manifest().markets.iter().find(|m| m.slug.starts_with("btc-updown-1h"));
    let hour = hour.unwrap();
    assert_eq!(hour.close.as_ref().unwrap().value, time("2025-12-11T12:00:00Z"));
    assert_eq!(hour.resolution, None);
}

fn bytes_of(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for folder in [dir.to_path_buf(), dir.join("books")] {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().is_file() {
                let name = entry.file_name().to_string_lossy().into_owned();
                files.insert(name, fs::read(entry.path()).unwrap());
            }
        }
    }
    files
}

#[test]
fn importing_twice_gives_the_same_bytes() {
    for set in [Set::D2, Set::D4] {
        let Some(source) = folder(set) else { return };
        let dir = tempfile::tempdir().unwrap();
        for name in ["a", "b"] {
            import(&source, &dir.path().join(name), &ImportOptions::whole(set), &mut |_| {})
                .unwrap();
        }
        let (a, b) = (bytes_of(&dir.path().join("a")), bytes_of(&dir.path().join("b")));
        assert!(a.len() > 6 && a == b);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "nothing half is left behind");
    }
}

#[test]
fn the_shipped_recording_is_what_import_makes_of_d1() {
    let Some(source) = folder(Set::D1) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let options = ImportOptions {
        markets: ["1790586900", "1790587800"].map(|n| format!("btc-updown-15m-{n}")).to_vec(),
        start: Some(time("2026-09-28T09:20:00Z")),
        name: Some("Two BTC 15-minute markets, 2026-09-28".to_owned()),
        ..ImportOptions::whole(Set::D1)
    };
    import(&source, &dir.path().join("out"), &options, &mut |_| {}).unwrap();
    let shipped = bytes_of(&crate::shared::example_dir());
    assert!(bytes_of(&dir.path().join("out")) == shipped, "import examples/btc15m again");
}

#[test]
fn options_cut_thin_and_refuse() {
    let Some(source) = folder(Set::D1) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let out = |name: &str| dir.path().join(name);
    let base = ImportOptions {
        markets: vec!["btc-updown-15m-1790586900".to_owned()],
        from: Some(time("2026-09-28T09:10:00Z")),
        to: Some(time("2026-09-28T09:20:00Z")),
        every_secs: Some(10),
        ..ImportOptions::whole(Set::D1)
    };
    let cut = import(&source, &out("cut"), &base, &mut |_| {}).unwrap();
    let file = &cut.markets[0].files[0];
    assert!(file.first >= base.from.unwrap() && file.last <= base.to.unwrap());
    assert!((60..=122).contains(&file.books), "{}", file.books);
    let refused = |name: &str, options: &ImportOptions| {
        import(&source, &out(name), options, &mut |_| {}).unwrap_err().to_string()
    };
    assert!(refused("cut", &base).contains("exists already"));
    let unknown = ImportOptions { markets: vec!["nobody".to_owned()], ..base.clone() };
    assert_eq!(refused("x", &unknown), "the source has no market nobody");
    let late = ImportOptions { start: Some(time("2027-01-01T00:00:00Z")), ..base };
    assert!(refused("x", &late).contains("lies outside the recording"));
    assert!(!out("x").exists());
}

#[test]
fn assumptions_set_what_the_source_lacks_and_nothing_else() {
    let Some(source) = folder(Set::D4) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let run = |name: &str, file: &str, text: &str| {
        let path = dir.path().join(file);
        fs::write(&path, text).unwrap();
        let options = ImportOptions { assume: Some(path), ..ImportOptions::whole(Set::D4) };
        import(&source, &dir.path().join(name), &options, &mut |_| {})
    };
    let toml = "[all]\nminSize = \"10\"\n[markets.sol-updown-15m-1765450800]\npayoutFirst = \"1\"\n\
                resolvedAt = \"2025-12-11T11:15:05Z\"\nfeeRate = \"0.03\"\n";
    let manifest = run("a", "a.toml", toml).unwrap();
    for market in &manifest.markets {
        assert_eq!(market.min_size.value.micros(), 10_000_000);
        let is_sol = market.slug.starts_with("sol");
        assert_eq!(market.resolution.is_some(), is_sol);
        assert_eq!(
            market.fee.as_ref().unwrap().value.rate.micros(),
            if is_sol { 30_000 } else { 70_000 }
        );
    }
    let json = r#"{"markets": {"d4:15m_sol_1765450800": {"payoutFirst": "0"}}}"#;
    let manifest = run("b", "b.json", json).unwrap();
    let sol = manifest.markets.iter().find(|m| m.slug.starts_with("sol")).unwrap();
    let result = sol.resolution.as_ref().unwrap().value;
    assert_eq!((result.at, result.payout_first.micros()), (time("2025-12-11T11:15:00Z"), 0));
    for (text, expected) in [
        ("[all]\nminSize = 10.0\n", "invalid type: floating point"),
        ("[all]\nminsize = \"10\"\n", "unknown field `minsize`"),
        ("[markets.nobody]\nminSize = \"1\"\n", "nobody, which is not imported"),
        ("[all]\nresolvedAt = \"2025-12-11T11:15:05Z\"\n", "needs payoutFirst"),
    ] {
        let error = run("c", "c.toml", text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let Some(d2) = folder(Set::D2) else { return };
    fs::write(dir.path().join("d.toml"), "[all]\npayoutFirst = \"1\"\n").unwrap();
    let assume = Some(dir.path().join("d.toml"));
    let options = ImportOptions { assume, ..ImportOptions::whole(Set::D2) };
    let error = import(&d2, &dir.path().join("d"), &options, &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("the source says that"), "{error}");
}
