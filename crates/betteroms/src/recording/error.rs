//! What can be wrong with a recording or its source, each as one sentence that names the place.

use betteroms_core::market::ConditionId;
use std::path::PathBuf;

/// A recording could not be read, or a source could not be imported.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// A file or folder could not be read or written.
    #[error("{doing} {} did not work", path.display())]
    Io {
        /// What was tried, such as "reading".
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// No manifest where a recording should be.
    #[error("{} is no recording: it has no manifest.json", .0.display())]
    NoRecording(PathBuf),
    /// The manifest is not JSON of the documented form.
    #[error("the recording's manifest {} cannot be understood", path.display())]
    ManifestJson {
        /// The manifest.
        path: PathBuf,
        /// Line, column and reason.
        source: serde_json::Error,
    },
    /// The manifest is well formed but says something impossible.
    #[error("the recording's manifest contradicts itself or the format: {0}")]
    Manifest(String),
    /// A file the manifest lists is missing or no plain file.
    #[error("the recording lacks its file {0}; copy or import the recording again")]
    MissingFile(String),
    /// A file differs from what the manifest was written for.
    #[error("file {file} of the recording was changed or damaged: {what}; copy or import it again")]
    Altered {
        /// The file as the manifest names it.
        file: String,
        /// What differs.
        what: String,
    },
    /// A file is not Parquet of the documented schema.
    #[error("file {file} of the recording is not readable Parquet")]
    Parquet {
        /// The file as the manifest names it.
        file: String,
        /// The library's reason.
        source: parquet::errors::ParquetError,
    },
    /// A row that the format forbids.
    #[error("file {file} of the recording breaks the format: {what}")]
    Rows {
        /// The file as the manifest names it.
        file: String,
        /// Which row, and what is wrong with it.
        what: String,
    },
    /// The recording has no such market.
    #[error("the recording has no market {0}")]
    UnknownMarket(ConditionId),
    /// A source file holds something that cannot be imported exactly.
    #[error("{place}: {what}")]
    Source {
        /// File and line, row or entry.
        place: String,
        /// What is wrong there.
        what: String,
    },
    /// The import was asked for something impossible.
    #[error("{0}")]
    Request(String),
}

impl RecordingError {
    pub(super) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { doing, path, source }
    }

    pub(super) fn source(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Source { place: place.into(), what: what.into() }
    }

    pub(super) fn rows(file: &str, what: impl Into<String>) -> Self {
        Self::Rows { file: file.to_owned(), what: what.into() }
    }

    pub(super) fn parquet(file: &str) -> impl Fn(parquet::errors::ParquetError) -> Self {
        let file = file.to_owned();
        move |source| Self::Parquet { file: file.clone(), source }
    }
}
