//! Set D4: JSON arrays of prints and books per token, with the venue's and the receiver's clock, named
//! `<window>_<asset>_<trades|orderbooks>_<start><up|down>.json.zst`. There are no results.

use super::super::error::RecordingError;
use super::super::exact;
use super::super::manifest::{MarketEntry, Sourced};
use super::super::rows::Event;
use super::prepare::token_book;
use super::{SourceMarket, SourceSet, fee_percent};
use betteroms_core::book::{Level, Print};
use betteroms_core::market::{Outcome, Side};
use betteroms_core::time::Time;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Deserialize)]
struct TradeText {
    price: String,
    size: String,
    side: String,
    timestamp: String,
    local_timestamp: String,
}

#[derive(Deserialize)]
struct BookText {
    bids: Vec<LevelText>,
    asks: Vec<LevelText>,
    timestamp: String,
    local_timestamp: String,
}

#[derive(Deserialize)]
struct LevelText {
    price: String,
    size: String,
}

/// What a file's name says.
#[derive(Debug, PartialEq, Eq)]
struct FileName<'a> {
    window: &'a str,
    asset: &'a str,
    start_secs: i64,
    has_books: bool,
    outcome: Outcome,
}

/// Reads the set from its folder.
pub(super) fn read(dir: &Path) -> Result<SourceSet, RecordingError> {
    let entries = std::fs::read_dir(dir).map_err(RecordingError::io("reading", dir))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(RecordingError::io("reading", dir))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    let mut markets: BTreeMap<String, SourceMarket> = BTreeMap::new();
    for name in &names {
        let Some(parts) = parse_name(name) else {
            continue;
        };
        let events = read_file(&dir.join(name), name, &parts)?;
        let id = format!("d4:{}_{}_{}", parts.window, parts.asset, parts.start_secs);
        let market = markets.entry(id).or_insert_with_key(|id| empty_market(id, &parts));
        market.events.extend(events);
    }
    if markets.is_empty() {
        let sentence = format!("{} holds no file of set D4", dir.display());
        return Err(RecordingError::Request(sentence));
    }
    Ok(SourceSet {
        name: "D4: crypto up-or-down markets, 2025-12-11".to_owned(),
        licence: "none stated: for internal tests only".to_owned(),
        credit: String::new(),
        source: "crypto-updown-2025-12-11".to_owned(),
        notes: vec![
            "the source names no markets: ids are d4:<window>_<asset>_<start>".into(),
            "the source records no result".into(),
        ],
        markets: markets.into_values().collect(),
    })
}

/// Takes a file's name apart; `None` for files that do not belong to the set.
fn parse_name(name: &str) -> Option<FileName<'_>> {
    let mut parts = name.strip_suffix(".json.zst")?.split('_');
    let (window, asset, kind) = (parts.next()?, parts.next()?, parts.next()?);
    let last = parts.next().filter(|_| parts.clone().next().is_none())?;
    let (start, outcome) = match (last.strip_suffix("up"), last.strip_suffix("down")) {
        (Some(start), _) => (start, Outcome::First),
        (None, Some(start)) => (start, Outcome::Second),
        (None, None) => return None,
    };
    let has_books = match kind {
        "orderbooks" => true,
        "trades" => false,
        _ => return None,
    };
    window_secs(window)?;
    Some(FileName { window, asset, start_secs: start.parse().ok()?, has_books, outcome })
}

/// The length of a window written as `15m` or `1h`.
fn window_secs(window: &str) -> Option<i64> {
    let unit = window.chars().last()?;
    let secs = match unit {
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let count: u16 = window.strip_suffix(unit)?.parse().ok()?;
    i64::from(count).checked_mul(secs)
}

fn empty_market(id: &str, name: &FileName<'_>) -> SourceMarket {
    let FileName { window, asset, start_secs, .. } = name;
    let start = Time::from_secs(*start_secs);
    let slug = format!("{asset}-updown-{window}-{start_secs}");
    let mut entry = MarketEntry::with_assumptions(id, &slug, ["Up", "Down"]);
    entry.question = format!("{} up or down, {window} from {start}", asset.to_uppercase());
    entry.category = Some("crypto".to_owned());
    entry.fee = fee_percent(7);
    entry.close = window_secs(window).map(|secs| Sourced::assumed(start.plus_secs(secs)));
    SourceMarket { entry, events: Vec::new(), payout_at_end: None }
}

fn read_file(path: &Path, name: &str, parts: &FileName<'_>) -> Result<Vec<Event>, RecordingError> {
    if parts.has_books {
        let books: Vec<BookText> = unpack(path, name)?;
        let numbered = books.iter().zip(1_u32..);
        numbered.map(|(b, n)| book(b, parts.outcome, &format!("{name}, book {n}"))).collect()
    } else {
        let trades: Vec<TradeText> = unpack(path, name)?;
        let numbered = trades.iter().zip(1_u32..);
        numbered.map(|(t, n)| print(t, parts.outcome, &format!("{name}, trade {n}"))).collect()
    }
}

fn unpack<T: DeserializeOwned>(path: &Path, name: &str) -> Result<Vec<T>, RecordingError> {
    let file = std::fs::File::open(path).map_err(RecordingError::io("reading", path))?;
    let plain = zstd::decode_all(file).map_err(RecordingError::io("unpacking", path))?;
    serde_json::from_slice(&plain).map_err(|e| RecordingError::source(name, e.to_string()))
}

fn book(text: &BookText, outcome: Outcome, place: &str) -> Result<Event, RecordingError> {
    let wrong = |what: String| RecordingError::source(place, what);
    let when =
        (millis(&text.timestamp).map_err(wrong)?, millis(&text.local_timestamp).map_err(wrong)?);
    let levels = |side: &[LevelText]| {
        let level = |l: &LevelText| {
            Ok(Level { price: exact::price(&l.price)?, size: exact::size(&l.size)? })
        };
        side.iter().map(level).collect::<Result<Vec<_>, String>>().map_err(wrong)
    };
    let book = token_book((outcome, place), when, levels(&text.bids)?, levels(&text.asks)?)?;
    Ok(Event::Book(book))
}

fn print(text: &TradeText, outcome: Outcome, place: &str) -> Result<Event, RecordingError> {
    let wrong = |what: String| RecordingError::source(place, what);
    let taker = match text.side.as_str() {
        "buy" => Side::Buy,
        "sell" => Side::Sell,
        side => return Err(wrong(format!("{side} is no side"))),
    };
    let size = exact::size(&text.size).map_err(wrong)?;
    if !size.is_positive() {
        return Err(wrong("a trade of nothing".to_owned()));
    }
    Ok(Event::Print(Print {
        at: millis(&text.timestamp).map_err(wrong)?,
        received: millis(&text.local_timestamp).map_err(wrong)?,
        outcome,
        taker,
        price: exact::price(&text.price).map_err(wrong)?,
        size,
        tx: None,
    }))
}

fn millis(text: &str) -> Result<Time, String> {
    text.parse().map(Time::from_millis).map_err(|_| format!("{text} is no time in milliseconds"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_window_asset_start_and_outcome() {
        let name = parse_name("15m_sol_orderbooks_1765450800down.json.zst").unwrap();
        assert_eq!((name.window, name.asset, name.start_secs), ("15m", "sol", 1_765_450_800));
        assert!(name.has_books);
        assert_eq!(name.outcome, Outcome::Second);
        for other in ["README.md", "15m_sol_books_1up.json.zst", "15x_sol_trades_1up.json.zst"] {
            assert_eq!(parse_name(other), None, "{other}");
        }
        assert_eq!(window_secs("1h"), Some(3_600));
    }
}
