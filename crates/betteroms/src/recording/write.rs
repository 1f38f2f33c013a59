//! Writes a recording's folder: all of it or nothing, and equal input as equal bytes.

use super::error::RecordingError;
use super::file::encode;
use super::manifest::{FileEntry, MANIFEST, Manifest, MarketEntry};
use super::rows::Event;
use betteroms_core::plan::Digest;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// How far writing is: `done` of `total` markets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Markets written.
    pub done: u64,
    /// Markets in all.
    pub total: u64,
}

/// Writes a recording of the given markets and events into a new folder; `about` brings everything but
/// the markets. Events may come in any order; they are written by time, ticks before prints before
/// books. Levels are written as they come: best first.
///
/// # Errors
/// When `out` is taken or cannot be written, or `about` contradicts itself.
pub fn write(
    out: &Path,
    about: Manifest,
    mut markets: Vec<(MarketEntry, Vec<Event>)>,
) -> Result<Manifest, RecordingError> {
    markets.sort_by(|a, b| a.0.condition.cmp(&b.0.condition));
    for (_, events) in &mut markets {
        events.sort_by_key(Event::rank);
    }
    Draft::begin(out)?.write(about, markets, &mut |_| {})
}

/// A folder being written under a temporary name beside its own; `publish` gives it its
/// name, dropping it before that removes it. One writer per folder at a time.
#[derive(Debug)]
pub(super) struct Draft {
    out: PathBuf,
    partial: PathBuf,
    names: BTreeSet<String>,
    published: bool,
}

impl Draft {
    /// Begins a recording that will lie in `out`, which must not exist or be an empty folder. What an
    /// interrupted import left under the temporary name is removed.
    pub(super) fn begin(out: &Path) -> Result<Self, RecordingError> {
        let name = out.file_name().ok_or_else(|| {
            RecordingError::Request(format!("{} is no name for a new folder", out.display()))
        })?;
        let taken = match fs::read_dir(out) {
            Ok(mut entries) => entries.next().is_some(),
            Err(_) => fs::symlink_metadata(out).is_ok(),
        };
        if taken {
            let sentence = format!("{} exists already; name a new folder", out.display());
            return Err(RecordingError::Request(sentence));
        }
        let partial = out.with_file_name(format!(".{}.partial", name.to_string_lossy()));
        if fs::symlink_metadata(&partial).is_ok() {
            fs::remove_dir_all(&partial).map_err(RecordingError::io("removing", &partial))?;
        }
        let books = partial.join("books");
        fs::create_dir_all(&books).map_err(RecordingError::io("creating", &books))?;
        Ok(Self { out: out.into(), partial, names: BTreeSet::new(), published: false })
    }

    /// Writes everything and gives the folder its name.
    pub(super) fn write(
        mut self,
        mut about: Manifest,
        markets: Vec<(MarketEntry, Vec<Event>)>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Manifest, RecordingError> {
        let total = markets.len() as u64;
        for ((mut entry, events), done) in markets.into_iter().zip(1..) {
            self.write_market(&mut entry, &events)?;
            about.markets.push(entry);
            progress(Progress { done, total });
        }
        self.publish(&about)?;
        Ok(about)
    }

    /// Writes a market's events, already in order, one file per UTC day, and lists them in `market`.
    fn write_market(
        &mut self,
        market: &mut MarketEntry,
        events: &[Event],
    ) -> Result<(), RecordingError> {
        for day in events.chunk_by(|a, b| a.at().utc_day() == b.at().utc_day()) {
            let Some(first) = day.first() else { continue };
            let name = self.fresh_name(&format!("{}.{}", market.slug, first.at().utc_day()));
            let bytes = encode(day).map_err(RecordingError::parquet(&name))?;
            let path = self.partial.join(&name);
            fs::write(&path, &bytes).map_err(RecordingError::io("writing", &path))?;
            market.files.push(describe(name, day, &bytes));
        }
        Ok(())
    }

    fn publish(mut self, manifest: &Manifest) -> Result<(), RecordingError> {
        manifest.check()?;
        let path = self.partial.join(MANIFEST);
        let mut text = serde_json::to_string_pretty(manifest).expect("a manifest is plain JSON");
        text.push('\n');
        fs::write(&path, text).map_err(RecordingError::io("writing", &path))?;
        fs::rename(&self.partial, &self.out).map_err(RecordingError::io("naming", &self.out))?;
        self.published = true;
        Ok(())
    }

    /// A path below the folder for a name that may hold anything.
    fn fresh_name(&mut self, wanted: &str) -> String {
        let legal = |c: char| {
            if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' }
        };
        let safe: String = wanted.chars().map(legal).take(200).collect();
        let safe = safe.trim_start_matches('.');
        let mut name = format!("books/{safe}.parquet");
        let mut again = 2_u32;
        while !self.names.insert(name.clone()) {
            name = format!("books/{safe}.{again}.parquet");
            again = again.saturating_add(1);
        }
        name
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            // Nothing can be done about a folder that will not go; the next import tries again.
            fs::remove_dir_all(&self.partial).ok();
        }
    }
}

fn describe(path: String, events: &[Event], bytes: &[u8]) -> FileEntry {
    let times = || events.iter().map(Event::at);
    let received = || events.iter().map(Event::received);
    let count = |f: fn(&Event) -> bool| events.iter().filter(|e| f(e)).map(|_| 1_u64).sum();
    FileEntry {
        path,
        sha256: Digest::of(bytes).as_str().to_owned(),
        bytes: bytes.len() as u64,
        first: times().min().unwrap_or_default(),
        last: times().max().unwrap_or_default(),
        first_received: received().min().unwrap_or_default(),
        last_received: received().max().unwrap_or_default(),
        rows: events.iter().map(|e| e.rows() as u64).sum(),
        books: count(|e| matches!(e, Event::Book(_))),
        prints: count(|e| matches!(e, Event::Print(_))),
        ticks: count(|e| matches!(e, Event::Tick(_))),
    }
}
