//! The bytes of a plan file before they are read as JSON: whether they are honest UTF-8 text, and
//! which line and column a byte stands at.
//!
//! Text that shows a person something else than the machine reads (controls, bidirectional marks,
//! zero-width characters) is refused wherever it stands, comments included.

use super::catalogue::Mistake;
use super::model::Here;
use super::problems::{Collector, Place};

/// The largest plan file, in bytes.
pub const PLAN_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// How many hidden or control characters are told before the rest of the text is taken as noise.
const HIDDEN_SHOWN_MAX: usize = 20;

/// Returns the text with the offset its first character has in `bytes`, or `None` when it cannot be read.
pub(super) fn honest_text<'a>(bytes: &'a [u8], notes: &mut Collector) -> Option<&'a str> {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size > PLAN_BYTES_MAX {
        notes.note(0..0, Place::File, &Mistake::FileTooLarge { bytes: size });
        return None;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.valid_up_to();
            let wide = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
            let mistake = if wide {
                Mistake::Utf16 {}
            } else {
                let byte = bytes.get(at).copied().unwrap_or(0);
                Mistake::NotUtf8 { byte }
            };
            notes.note(at..at.saturating_add(1), Place::File, &mistake);
            return None;
        }
    };
    note_hidden(text, notes).then_some(text)
}

/// Notes what a person cannot see; false when there is so much of it that reading on is pointless.
fn note_hidden(text: &str, notes: &mut Collector) -> bool {
    let bytes = text.as_bytes();
    let mut told: usize = 0;
    let mut at: usize = 0;
    while let Some(&byte) = bytes.get(at) {
        let plain = (0x20..0x7F).contains(&byte) || byte == b'\n' || byte == b'\t';
        if plain {
            at = at.saturating_add(1);
            continue;
        }
        let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else {
            break;
        };
        let end = at.saturating_add(c.len_utf8());
        if let Some(mistake) = hidden(c, at, bytes.get(end).copied()) {
            notes.note(at..end, Place::File, &mistake);
            told = told.saturating_add(1);
            if told >= HIDDEN_SHOWN_MAX {
                return false;
            }
        }
        at = end;
    }
    true
}

fn hidden(c: char, at: usize, next: Option<u8>) -> Option<Mistake> {
    match c {
        '\0' => Some(Mistake::NulByte {}),
        '\r' if next == Some(b'\n') => None,
        '\u{FEFF}' if at == 0 => Some(Mistake::ByteOrderMark {}),
        _ => deceptive(c),
    }
}

/// The mistake of having this character in a text, if it is one a person cannot see.
pub(super) fn deceptive(c: char) -> Option<Mistake> {
    let point = || format!("U+{:04X}", u32::from(c));
    match c {
        '\n' | '\t' => None,
        '\u{202A}'..='\u{202E}'
        | '\u{2066}'..='\u{2069}'
        | '\u{200E}'
        | '\u{200F}'
        | '\u{061C}' => Some(Mistake::BidiCharacter { point: point() }),
        '\u{200B}'..='\u{200D}'
        | '\u{2060}'..='\u{2064}'
        | '\u{FEFF}'
        | '\u{00AD}'
        | '\u{180E}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{3164}'
        | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E007F}' => Some(Mistake::HiddenCharacter { point: point() }),
        c if c.is_control() => Some(Mistake::ControlCharacter { point: point() }),
        _ => None,
    }
}

/// Bytes between two remembered places.
const STRIDE: usize = 65_536;

/// Turns byte offsets into lines and columns: free in rising order, and never far to go back.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    offset: usize,
    here: Here,
    /// The places of bytes 0, [`STRIDE`], 2 × [`STRIDE`] and so on, as far as was read.
    passed: Vec<Here>,
}

impl<'a> Cursor<'a> {
    /// Starts at the first byte.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let first = Here { line: 1, column: 1 };
        Self { bytes, offset: 0, here: first, passed: vec![first] }
    }

    /// The place of a byte, which may be one past the end; columns count characters.
    pub(super) fn locate(&mut self, offset: usize) -> Here {
        let offset = offset.min(self.bytes.len());
        if offset < self.offset {
            let nearest = offset.checked_div(STRIDE).unwrap_or(0);
            self.here = self.passed.get(nearest).copied().unwrap_or(self.here);
            self.offset = nearest.saturating_mul(STRIDE);
        }
        while self.offset < offset {
            let mark = self.offset.checked_div(STRIDE).unwrap_or(0).saturating_add(1);
            let stop = mark.saturating_mul(STRIDE).min(offset);
            self.advance(stop);
            if stop == mark.saturating_mul(STRIDE) && self.passed.len() == mark {
                self.passed.push(self.here);
            }
        }
        self.here
    }

    fn advance(&mut self, to: usize) {
        for &byte in self.bytes.get(self.offset..to).unwrap_or_default() {
            if byte == b'\n' {
                self.here.line = self.here.line.saturating_add(1);
                self.here.column = 1;
            } else if byte & 0xC0 != 0x80 {
                self.here.column = self.here.column.saturating_add(1);
            }
        }
        self.offset = to;
    }
}
