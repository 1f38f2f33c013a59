//! `betteroms data import` and `betteroms data info`: from values to text.

use crate::app::{House, Said, Usage};
use crate::cli;
use crate::recording::import::{ImportOptions, import};
use crate::recording::{Manifest, MarketEntry, Progress, Recording, RecordingError};
use betteroms_core::market::Param;
use indicatif::{ProgressBar, ProgressDrawTarget};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::Path;

/// Runs one of the group.
pub(crate) fn run(house: &House, command: cli::Data) -> anyhow::Result<Said> {
    match command {
        cli::Data::Import(args) => {
            let set = args.set.parse().map_err(Usage)?;
            let options = ImportOptions {
                assume: args.assume,
                markets: args.markets,
                from: args.from,
                to: args.to,
                every_secs: args.every,
                start: args.start,
                name: args.name,
                ..ImportOptions::whole(set)
            };
            let bar = ProgressBar::new(0);
            if !std::io::stderr().is_terminal() {
                bar.set_draw_target(ProgressDrawTarget::hidden());
            }
            let mut progress = |at: Progress| {
                bar.set_length(at.total);
                bar.set_position(at.done);
            };
            let text = import_text(&args.source, &args.out, &options, &mut progress)?;
            bar.finish_and_clear();
            Ok(Said::done(if house.json { info_json(&args.out)? } else { text }))
        }
        cli::Data::Info { dir } => {
            let text = if house.json { info_json(&dir) } else { info_text(&dir) };
            let text = text.map_err(|error| Usage(chain(&error)))?;
            Ok(Said::done(text))
        }
    }
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text.push_str(&format!(": {source}"));
        cause = source.source();
    }
    text
}

/// Imports a set into a new folder and tells in a few lines what lies there now. `progress` is called
/// after every market; whoever draws a bar decides whether there is a terminal for it.
///
/// # Errors
/// As [`import`].
pub fn import_text(
    source: &Path,
    out: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<String, RecordingError> {
    let manifest = import(source, out, options, progress)?;
    let count = Counts::of(&manifest.markets);
    let mut text = format!(
        "Imported {} markets with {} books and {} prints into {}, {}.\n",
        manifest.markets.len(),
        count.books,
        count.prints,
        out.display(),
        size(count.bytes),
    );
    push_line(&mut text, "start", &format!("{} (end {})", manifest.start, manifest.end));
    push_line(&mut text, "licence", &licence(&manifest));
    push_line(&mut text, "next", &format!("betteroms data info {}", out.display()));
    Ok(text)
}

/// Tells what a recording holds: markets, span, counts, assumptions, licence.
///
/// # Errors
/// When the folder holds no recording that can be trusted.
pub fn info_text(dir: &Path) -> Result<String, RecordingError> {
    let recording = Recording::open(dir)?;
    let manifest = recording.manifest();
    let count = Counts::of(&manifest.markets);
    let mut text = format!("{}\n", manifest.name);
    push_line(&mut text, "span", &format!("{} to {}", manifest.start, manifest.end));
    let holds = format!(
        "{} markets, {} books, {} prints, {} tick changes, {} rows, {}",
        manifest.markets.len(),
        count.books,
        count.prints,
        count.ticks,
        count.rows,
        size(count.bytes),
    );
    push_line(&mut text, "holds", &holds);
    push_line(&mut text, "licence", &licence(manifest));
    push_line(&mut text, "source", &manifest.source);
    push_line(&mut text, "digest", recording.digest().as_str());
    for (param, markets) in assumptions(&manifest.markets) {
        push_line(&mut text, "assumed", &format!("{} in {markets} markets", name(param)));
    }
    for note in &manifest.notes {
        push_line(&mut text, "note", note);
    }
    text.push('\n');
    for market in by_time(manifest) {
        push_market(&mut text, market);
    }
    Ok(text)
}

/// The same as JSON for scripts; `version` changes when a field changes its meaning.
///
/// # Errors
/// As [`info_text`].
pub fn info_json(dir: &Path) -> Result<String, RecordingError> {
    let recording = Recording::open(dir)?;
    let manifest = recording.manifest();
    let count = Counts::of(&manifest.markets);
    let assumed: BTreeMap<_, _> =
        assumptions(&manifest.markets).into_iter().map(|(p, n)| (name(p), n)).collect();
    let value = json!({
        "version": 1,
        "name": manifest.name,
        "licence": manifest.licence,
        "credit": manifest.credit,
        "source": manifest.source,
        "digest": recording.digest(),
        "start": manifest.start,
        "end": manifest.end,
        "counts": {
            "markets": manifest.markets.len(),
            "books": count.books,
            "prints": count.prints,
            "ticks": count.ticks,
            "rows": count.rows,
            "bytes": count.bytes,
        },
        "assumed": assumed,
        "notes": manifest.notes,
        "markets": by_time(manifest).into_iter().map(market_json).collect::<Vec<_>>(),
    });
    Ok(format!("{value:#}\n"))
}

/// Markets as they began, which is how a person looks for one.
fn by_time(manifest: &Manifest) -> Vec<&MarketEntry> {
    let mut markets: Vec<_> = manifest.markets.iter().collect();
    markets.sort_by_key(|m| (m.files.first().map(|file| file.first), &m.slug));
    markets
}

fn market_json(market: &MarketEntry) -> serde_json::Value {
    let count = Counts::of(std::slice::from_ref(market));
    json!({
        "condition": market.condition,
        "slug": market.slug,
        "question": market.question,
        "outcomes": market.outcomes.value,
        "first": market.files.first().map(|f| f.first),
        "last": market.files.last().map(|f| f.last),
        "close": market.close.as_ref().map(|c| c.value),
        "resolution": market.resolution.as_ref().map(|r| json!({
            "at": r.value.at,
            "payoutFirst": r.value.payout_first,
        })),
        "books": count.books,
        "prints": count.prints,
        "ticks": count.ticks,
        "assumed": market.assumed(),
    })
}

fn push_market(text: &mut String, market: &MarketEntry) {
    let count = Counts::of(std::slice::from_ref(market));
    let ends = (market.files.first(), market.files.last());
    let span = match ends {
        (Some(first), Some(last)) => format!("{} to {}", first.first, last.last),
        _ => "nothing recorded".to_owned(),
    };
    let result = match &market.resolution {
        Some(r) => format!("{} pays {}", market.outcomes.value[0], r.value.payout_first),
        None => "no result recorded".to_owned(),
    };
    let _infallible = writeln!(
        text,
        "  {}  {span}  {} books, {} prints, {result}",
        market.slug, count.books, count.prints
    );
}

/// Sums over the files of some markets.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    rows: u64,
    books: u64,
    prints: u64,
    ticks: u64,
    bytes: u64,
}

impl Counts {
    fn of(markets: &[MarketEntry]) -> Self {
        let mut sum = Self::default();
        for file in markets.iter().flat_map(|market| &market.files) {
            sum.rows = sum.rows.saturating_add(file.rows);
            sum.books = sum.books.saturating_add(file.books);
            sum.prints = sum.prints.saturating_add(file.prints);
            sum.ticks = sum.ticks.saturating_add(file.ticks);
            sum.bytes = sum.bytes.saturating_add(file.bytes);
        }
        sum
    }
}

/// In how many markets each parameter is assumed.
fn assumptions(markets: &[MarketEntry]) -> BTreeMap<Param, u32> {
    let mut counts = BTreeMap::new();
    for param in markets.iter().flat_map(MarketEntry::assumed) {
        let count: &mut u32 = counts.entry(param).or_default();
        *count = count.saturating_add(1);
    }
    counts
}

const fn name(param: Param) -> &'static str {
    match param {
        Param::Tick => "price step",
        Param::MinSize => "minimum size",
        Param::Fee => "fee schedule",
        Param::Close => "end of trading",
        Param::Resolution => "result or its time",
        Param::Tokens => "token ids",
        Param::OutcomeOrder => "order of outcomes",
        Param::MaxBookAge => "highest book age",
    }
}

fn licence(manifest: &Manifest) -> String {
    if manifest.credit.is_empty() {
        manifest.licence.clone()
    } else {
        format!("{}, credit: {}", manifest.licence, manifest.credit)
    }
}

fn push_line(text: &mut String, label: &str, value: &str) {
    let _infallible = writeln!(text, "  {label:<8} {value}");
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_240 => format!("{bytes} bytes"),
        10_240..10_485_760 => format!("{} KiB", bytes / 1_024),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}
