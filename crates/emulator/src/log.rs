//! The append-only log: every request, fault and change of state, one JSON object a line, in the order in
//! which they happened. A checker holds it against an operator's journal (`shared/reliability.md` R14),
//! so a line is written out before the answer it belongs to leaves the house. No secret is ever in it.

use betteroms_core::time::Time;
use serde::Serialize;
use serde_json::value::RawValue;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Topic {
    /// The venue starts; its settings.
    Start,
    /// A request came in.
    Request,
    /// It was answered, or the connection was cut instead.
    Answer,
    /// A fault was set, or struck.
    Fault,
    /// The venue's state changed.
    Change,
    /// Somebody used the control interface.
    Control,
    /// A socket opened, spoke or closed.
    Socket,
}

#[derive(Serialize)]
struct Line<'a, T: Serialize> {
    seq: u64,
    at: Time,
    topic: Topic,
    /// The request it belongs to; 0 for what a timer did.
    request: u64,
    #[serde(flatten)]
    what: &'a T,
}

/// Where lines go.
#[derive(Debug, Default)]
pub struct Log {
    file: Option<BufWriter<File>>,
    /// The last lines, for the control interface and for tests.
    recent: std::collections::VecDeque<Box<RawValue>>,
    seq: u64,
    /// How many lines of each topic, in their order.
    counts: [u64; 7],
}

/// How many lines can be read back through the control interface.
const RECENT_MOST: usize = 10_000;

impl Log {
    /// Appends to a file, which is made where there is none.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn append_to(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self { file: Some(BufWriter::new(file)), ..Self::default() })
    }

    /// Adds a line.
    pub fn line(&mut self, at: Time, topic: Topic, request: u64, what: &impl Serialize) {
        self.seq += 1;
        if let Some(count) = self.counts.get_mut(topic as usize) {
            *count += 1;
        }
        let line = Line { seq: self.seq, at, topic, request, what };
        let text = serde_json::to_string(&line).expect("our own shapes are JSON");
        if let Some(file) = &mut self.file {
            let written = file.write_all(text.as_bytes()).and_then(|()| file.write_all(b"\n"));
            if let Err(error) = written {
                tracing::error!("the log cannot be written any more: {error}");
                self.file = None;
            }
        }
        if self.recent.len() == RECENT_MOST {
            self.recent.pop_front();
        }
        self.recent.push_back(RawValue::from_string(text).expect("it was just written as JSON"));
    }

    /// Hands everything to the system; called before an answer leaves.
    pub fn flush(&mut self) {
        if let Some(file) = &mut self.file
            && let Err(error) = file.flush()
        {
            tracing::error!("the log cannot be written any more: {error}");
            self.file = None;
        }
    }

    /// The lines after `seq` that are still held, oldest first.
    pub fn since(&self, seq: u64) -> impl Iterator<Item = &RawValue> {
        let held = u64::try_from(self.recent.len()).unwrap_or(u64::MAX);
        let first = self.seq.saturating_sub(held);
        let skip = usize::try_from(seq.saturating_sub(first)).unwrap_or(usize::MAX);
        self.recent.iter().skip(skip).map(AsRef::as_ref)
    }

    /// How many lines of a topic there were.
    pub fn count(&self, topic: Topic) -> u64 {
        self.counts.get(topic as usize).copied().unwrap_or_default()
    }

    /// The number of the last line.
    pub const fn last(&self) -> u64 {
        self.seq
    }
}
