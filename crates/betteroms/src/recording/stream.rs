//! A market's events one after another, for an emulated venue that lives through them. Unlike
//! [`Recording::scan`] it holds one row group at a time and reads a file when its time comes.

use super::Recording;
use super::error::RecordingError;
use super::file::MarketFile;
use super::manifest::FileEntry;
use super::rows::Event;
use betteroms_core::market::{ConditionId, Outcome};
use betteroms_core::time::Time;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

/// The events of one market from an instant on, by venue time: first the tick and the book that were in
/// force then, dated with that instant, then everything later. Of two books of one instant, those of both
/// tokens, the first outcome's is told, as [`Recording::observe`] prefers it.
///
/// It ends at the end of the recording, or with the error that made the rest unreadable.
pub struct Stream {
    recording: Arc<Recording>,
    files: VecDeque<FileEntry>,
    open: Option<(MarketFile, usize)>,
    ready: VecDeque<Event>,
    start: Time,
    /// The instant of the last book told.
    book_at: Option<Time>,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("files", &self.files.len()).finish_non_exhaustive()
    }
}

impl Recording {
    /// The events of a market from `start` on.
    ///
    /// # Errors
    /// On an unknown market, or when what was in force at `start` cannot be read.
    pub fn stream(
        self: &Arc<Self>,
        condition: &ConditionId,
        start: Time,
    ) -> Result<Stream, RecordingError> {
        let files: VecDeque<FileEntry> = self.market(condition)?.files.iter().cloned().collect();
        let recording = Arc::clone(self);
        let (open, ready) = (None, VecDeque::new());
        let mut stream = Stream { recording, files, open, ready, start, book_at: None };
        stream.skip_past()?;
        Ok(stream)
    }
}

impl Stream {
    /// When it says something next, at the earliest; `None` at its end. Reads nothing.
    pub fn next_time(&self) -> Option<Time> {
        if self.open.is_some() || !self.ready.is_empty() {
            return Some(self.ready.front().map_or(self.start, Event::at).max(self.start));
        }
        self.files.front().map(|file| file.first.max(self.start))
    }

    /// Reads over what happened by the start and keeps what was in force then.
    fn skip_past(&mut self) -> Result<(), RecordingError> {
        let (mut tick, mut book) = (None, None);
        while self.files.front().is_some_and(|file| file.first <= self.start) || self.open.is_some()
        {
            if self.open.is_none() && self.is_idle_before_start() {
                self.files.pop_front();
                continue;
            }
            if !self.read_group()? {
                continue;
            }
            let start = self.start;
            while let Some(event) = self.ready.pop_front_if(|event| event.at() <= start) {
                match event {
                    Event::Tick(change) => tick = Some(Event::Tick(change)),
                    Event::Book(seen) if self.is_news(seen.at, seen.outcome) => {
                        book = Some(Event::Book(seen));
                    }
                    Event::Print(_) | Event::Book(_) => {}
                }
            }
            if !self.ready.is_empty() {
                break;
            }
        }
        for event in [book, tick].into_iter().flatten() {
            self.ready.push_front(event);
        }
        Ok(())
    }

    /// Whether the first file matters to nobody: a later one begins by the start too, and it has no ticks.
    fn is_idle_before_start(&self) -> bool {
        let next = self.files.get(1).is_some_and(|next| next.first <= self.start && next.books > 0);
        next && self.files.front().is_some_and(|file| file.ticks == 0)
    }

    /// Reads the next row group; false when a file ended instead, or nothing is left.
    fn read_group(&mut self) -> Result<bool, RecordingError> {
        let (file, group) = match self.open.take() {
            Some(open) => open,
            None => match self.files.pop_front() {
                Some(entry) => (self.recording.load(&entry)?, 0),
                None => return Ok(false),
            },
        };
        if group >= file.groups.len() {
            return Ok(false);
        }
        let rows = file.read(group)?;
        self.ready.extend((0..rows.len()).filter_map(|row| rows.event(row)));
        self.open = Some((file, group.saturating_add(1)));
        Ok(true)
    }

    /// Whether a book is not the second outcome's view of an instant whose book was told.
    fn is_news(&mut self, at: Time, outcome: Outcome) -> bool {
        let is_repeated = outcome == Outcome::Second && self.book_at == Some(at);
        self.book_at = Some(at);
        !is_repeated
    }
}

impl Iterator for Stream {
    type Item = Result<(Time, Event), RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            while let Some(event) = self.ready.pop_front() {
                let at = event.at();
                let is_news = match &event {
                    // What was in force at the start was chosen before.
                    Event::Book(book) if at > self.start => self.is_news(at, book.outcome),
                    Event::Book(_) | Event::Tick(_) | Event::Print(_) => true,
                };
                if is_news {
                    return Some(Ok((at.max(self.start), event)));
                }
            }
            if self.open.is_none() && self.files.is_empty() {
                return None;
            }
            if let Err(error) = self.read_group() {
                self.files.clear();
                self.open = None;
                return Some(Err(error));
            }
        }
    }
}
