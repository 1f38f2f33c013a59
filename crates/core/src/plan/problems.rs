//! What is wrong with a plan file, told by place: the list a reader gets, and how it is collected.
//! The sentences live in `catalogue`; how they look on a screen is the binary's business.

use super::catalogue::Mistake;
use super::model::Here;
use super::text::Cursor;
use serde::Serialize;
use std::fmt;
use std::ops::Range;

/// How many problems of one file are told in full; the rest is counted.
pub const PROBLEMS_SHOWN_MAX: usize = 200;

/// One thing that is wrong, with the place, the reason and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Stable name of this kind of problem, such as `PRICE_LOOKS_LIKE_CENTS`.
    pub code: &'static str,
    /// The field, such as `trades[2].price`; empty where the file as a whole is meant.
    pub field: String,
    /// Where it begins.
    #[serde(flatten)]
    pub here: Here,
    /// The bytes of the file it covers.
    pub span: Range<usize>,
    /// What is wrong, in one sentence.
    pub sentence: String,
    /// What to do about it.
    pub hint: String,
}

/// Everything that is wrong with one plan file, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub struct Problems {
    /// The name of the file as it was given.
    pub file: String,
    /// The problems told in full, at least one.
    pub list: Vec<Problem>,
    /// How many more there are.
    pub more: usize,
}

impl Problems {
    /// How many problems the file has.
    pub fn count(&self) -> usize {
        self.list.len().saturating_add(self.more)
    }

    /// The one problem of a file that was refused before it was read, for its size.
    pub fn too_large(file_name: &str, bytes: u64) -> Self {
        let mut notes = Collector::default();
        notes.note(0..0, Place::File, &Mistake::FileTooLarge { bytes });
        notes.finish(file_name, &[])
    }
}

impl fmt::Display for Problems {
    /// Writes one line a problem: `plan.jsonc:3:14: sentence hint [CODE]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for p in &self.list {
            let Here { line, column } = p.here;
            let (file, sentence, hint, code) = (&self.file, &p.sentence, &p.hint, p.code);
            writeln!(f, "{file}:{line}:{column}: {sentence} {hint} [{code}]")?;
        }
        if self.more > 0 {
            writeln!(f, "{}: and {} more problems", self.file, self.more)?;
        }
        Ok(())
    }
}

/// The field a problem is about; cheap to copy, written out only when a problem is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The file as a whole, or its text.
    File,
    /// A field of the plan.
    Plan(&'static str),
    /// A field of `defaults`.
    Defaults(&'static str),
    /// A trade.
    Trade(u32),
    /// A field of a trade.
    Field(u32, &'static str),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => Ok(()),
            Self::Plan(name) => f.pad(name),
            Self::Defaults(name) => write!(f, "defaults.{name}"),
            Self::Trade(index) => write!(f, "trades[{index}]"),
            Self::Field(index, name) => write!(f, "trades[{index}].{name}"),
        }
    }
}

/// Takes problems in any order while a file is read.
#[derive(Debug, Default)]
pub(super) struct Collector {
    list: Vec<Problem>,
    more: usize,
}

impl Collector {
    /// Notes a problem; beyond [`PROBLEMS_SHOWN_MAX`] it is only counted.
    pub(super) fn note(&mut self, span: Range<usize>, place: Place, mistake: &Mistake) {
        if self.is_full() {
            self.more = self.more.saturating_add(1);
            return;
        }
        let field = place.to_string();
        self.list.push(Problem {
            code: mistake.code(),
            sentence: mistake.sentence(&field),
            hint: mistake.hint(),
            field,
            here: Here::default(),
            span,
        });
    }

    /// True when further problems are only counted: no need to find out more about them.
    pub(super) fn is_full(&self) -> bool {
        self.list.len() >= PROBLEMS_SHOWN_MAX
    }

    /// True when nothing was noted.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Sorts by place and finds lines and columns.
    pub(super) fn finish(mut self, file_name: &str, bytes: &[u8]) -> Problems {
        self.list.sort_by_key(|p| (p.span.start, p.span.end));
        let mut cursor = Cursor::new(bytes);
        for problem in &mut self.list {
            problem.here = cursor.locate(problem.span.start);
        }
        Problems { file: file_name.to_owned(), list: self.list, more: self.more }
    }
}
