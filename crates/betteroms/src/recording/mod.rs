//! Recordings: books and prints of the past, read as they could be known at any instant.
//!
//! A recording is a folder with a manifest and one Parquet file per market-day (the format:
//! `docs/recordings.md`). [`Recording`] answers "what was known at `now`" and nothing later;
//! [`import`] turns the sets of `shared/data/INDEX.md` into recordings. Whether a book may be traded
//! on, and what a print fills, is judged in `betteroms-core`, not here.

mod columns;
mod error;
mod exact;
mod file;
pub mod import;
mod manifest;
mod names;
mod observe;
mod rows;
mod stream;
mod write;

pub use error::RecordingError;
pub use manifest::{FileEntry, MANIFEST, Manifest, MarketEntry, Origin, Sourced, VERSION};
pub use rows::{Event, TickChange, TokenBook};
pub use stream::Stream;
pub use write::{Progress, write};

use betteroms_core::market::ConditionId;
use betteroms_core::plan::Digest;
use betteroms_core::time::Time;
use file::MarketFile;
use std::fs;
use std::path::{Path, PathBuf};

/// A manifest larger than this is refused unread.
const MANIFEST_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// A market-day larger than this is refused unread.
const FILE_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// An opened recording. Opening reads the manifest only; files are read, and their digests checked,
/// when a question needs them.
#[derive(Clone, Debug)]
pub struct Recording {
    dir: PathBuf,
    manifest: Manifest,
    digest: Digest,
}

impl Recording {
    /// Opens the recording in a folder.
    ///
    /// # Errors
    /// When there is no manifest, or it is not one this version can trust.
    pub fn open(dir: &Path) -> Result<Self, RecordingError> {
        let path = dir.join(MANIFEST);
        let size = plain_file_size(&path).ok_or_else(|| RecordingError::NoRecording(dir.into()))?;
        if size > MANIFEST_BYTES_MAX {
            return Err(RecordingError::Manifest(format!("it is {size} bytes long")));
        }
        let bytes = fs::read(&path).map_err(RecordingError::io("reading", &path))?;
        let understood = |source| RecordingError::ManifestJson { path: path.clone(), source };
        let head: VersionOnly = serde_json::from_slice(&bytes).map_err(understood)?;
        if head.version != VERSION {
            let sentence = format!("version {} is not known here, only {VERSION}", head.version);
            return Err(RecordingError::Manifest(sentence));
        }
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(understood)?;
        manifest.check()?;
        Ok(Self { dir: dir.into(), manifest, digest: Digest::of(&bytes) })
    }

    /// The digest of the manifest, which names the account `replay:<digest>`. The manifest holds the
    /// digest of every file, so equal digests mean equal recordings.
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The manifest.
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where a replay begins unless told otherwise.
    pub const fn start(&self) -> Time {
        self.manifest.start
    }

    /// The last event of any market.
    pub const fn end(&self) -> Time {
        self.manifest.end
    }

    /// All events of a market in order, whatever their receive time: for tests and backtests, never
    /// for a pass.
    ///
    /// # Errors
    /// On an unknown market; the iterator's items fail where a file is damaged.
    pub fn scan(
        &self,
        condition: &ConditionId,
    ) -> Result<impl Iterator<Item = Result<Event, RecordingError>> + '_, RecordingError> {
        let files = self.market(condition)?.files.iter();
        Ok(files.flat_map(|entry| match self.events_of(entry) {
            Ok(events) => events.into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        }))
    }

    fn events_of(&self, entry: &FileEntry) -> Result<Vec<Event>, RecordingError> {
        let file = self.load(entry)?;
        let mut events = Vec::new();
        for group in 0..file.groups.len() {
            let rows = file.read(group)?;
            events.extend((0..rows.len()).filter_map(|row| rows.event(row)));
        }
        Ok(events)
    }

    fn market(&self, condition: &ConditionId) -> Result<&MarketEntry, RecordingError> {
        let markets = self.manifest.markets.iter();
        markets
            .into_iter()
            .find(|m| m.condition == *condition)
            .ok_or_else(|| RecordingError::UnknownMarket(condition.clone()))
    }

    /// Reads one file whole and proves that it is the one the manifest was written for.
    fn load(&self, entry: &FileEntry) -> Result<MarketFile, RecordingError> {
        let path = self.dir.join(&entry.path);
        let size = plain_file_size(&path)
            .ok_or_else(|| RecordingError::MissingFile(entry.path.clone()))?;
        let altered = |what: String| RecordingError::Altered { file: entry.path.clone(), what };
        if size != entry.bytes || size > FILE_BYTES_MAX {
            return Err(altered(format!("{size} bytes, the manifest says {}", entry.bytes)));
        }
        let bytes = fs::read(&path).map_err(RecordingError::io("reading", &path))?;
        if Digest::of(&bytes).as_str() != entry.sha256 {
            return Err(altered("its SHA-256 is not the manifest's".to_owned()));
        }
        let file = MarketFile::open(&entry.path, bytes)?;
        if file.rows() != entry.rows || file.span() != Some((entry.first, entry.last)) {
            return Err(altered("its rows or times are not the manifest's".to_owned()));
        }
        Ok(file)
    }
}

/// The length of a plain file; `None` when there is none, or it is a folder, link or pipe.
fn plain_file_size(path: &Path) -> Option<u64> {
    let meta = fs::symlink_metadata(path).ok()?;
    meta.is_file().then_some(meta.len())
}

#[derive(serde::Deserialize)]
struct VersionOnly {
    version: u32,
}
