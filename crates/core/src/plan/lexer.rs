//! Cuts plan text into lexemes. jsonc-parser's scanner reads strings, numbers and comments, one at a
//! time from a known offset, with every leniency on: what is too lenient is named here in our own
//! words, and reading goes on behind it, so that one mistake does not hide the next.

use super::catalogue::Mistake;
use super::problems::{Collector, Place};
use jsonc_parser::tokens::Token;
use jsonc_parser::{Scanner, ScannerOptions};
use std::borrow::Cow;
use std::ops::Range;

const OPTIONS: ScannerOptions = ScannerOptions {
    allow_single_quoted_strings: true,
    allow_hexadecimal_numbers: true,
    allow_unary_plus_numbers: true,
    allow_bare_decimal_point_numbers: true,
    allow_non_finite_numbers: true,
    allow_extended_string_escapes: false,
};

/// What a lexeme is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    Comma,
    Colon,
    Text,
    Number,
    True,
    False,
    Null,
    /// A word or number-like run that JSON does not know.
    Word,
    /// A value whose mistake is already noted.
    Broken,
    End,
}

impl Kind {
    /// True for `}` and `]`.
    pub(super) fn is_closing(self) -> bool {
        matches!(self, Self::CloseBrace | Self::CloseBracket)
    }
}

/// One lexeme and its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lexeme {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Lexeme {
    pub(super) fn span(self) -> Range<usize> {
        self.start..self.end
    }
}

/// Walks through the text.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    /// Starts at `at`, which is zero or behind a byte order mark.
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }

    /// Moves to the next lexeme, noting what is malformed on the way.
    pub(super) fn next(&mut self, notes: &mut Collector) -> Lexeme {
        loop {
            self.skip_blank();
            let start = self.at;
            let Some(&first) = self.text.as_bytes().get(start) else {
                return self.lexeme(Kind::End, start, start);
            };
            let mark = match first {
                b'{' => Kind::OpenBrace,
                b'}' => Kind::CloseBrace,
                b'[' => Kind::OpenBracket,
                b']' => Kind::CloseBracket,
                b',' => Kind::Comma,
                b':' => Kind::Colon,
                b'"' | b'\'' => return self.quoted(notes),
                b'/' => match self.comment(notes) {
                    Some(lexeme) => return lexeme,
                    None => continue,
                },
                b'-' | b'+' | b'.' | b'0'..=b'9' => return self.number(),
                _ => match self.odd_blank(notes) {
                    true => continue,
                    false => return self.word(),
                },
            };
            return self.lexeme(mark, start, start.saturating_add(1));
        }
    }

    fn lexeme(&mut self, kind: Kind, start: usize, end: usize) -> Lexeme {
        self.at = end;
        Lexeme { kind, start, end }
    }

    fn skip_blank(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let blank = |b: &u8| !matches!(b, b' ' | b'\t' | b'\n' | b'\r');
        let skipped = rest.iter().position(blank).unwrap_or(rest.len());
        self.at = self.at.saturating_add(skipped);
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Passes a comment; a lexeme comes back only when it is none, or never ends.
    fn comment(&mut self, notes: &mut Collector) -> Option<Lexeme> {
        let start = self.at;
        let mut scanner = Scanner::new(self.rest(), &OPTIONS);
        match scanner.scan() {
            Ok(Some(Token::CommentLine(_) | Token::CommentBlock(_))) => {
                self.at = start.saturating_add(scanner.token_end());
                None
            }
            _ if self.rest().starts_with("/*") => {
                let span = start..start.saturating_add(2);
                notes.note(span, Place::File, &Mistake::UnclosedComment {});
                let end = self.text.len();
                Some(self.lexeme(Kind::End, end, end))
            }
            _ => Some(self.word()),
        }
    }

    fn quoted(&mut self, notes: &mut Collector) -> Lexeme {
        let start = self.at;
        let Quoted { len, closed, plain } = measure_quoted(self.rest());
        let end = start.saturating_add(len);
        let raw = self.text.get(start..end).unwrap_or_default();
        if !closed {
            let shown = raw.trim_end().trim_end_matches(',').len();
            let span = start..start.saturating_add(shown);
            notes.note(span, Place::File, &Mistake::UnclosedText {});
            return self.lexeme(Kind::Broken, start, end);
        }
        if raw.starts_with('\'') {
            notes.note(start..end, Place::File, &Mistake::SingleQuotes {});
        }
        if plain {
            return self.lexeme(Kind::Text, start, end);
        }
        if raw.contains('\t') {
            notes.note(start..end, Place::File, &Mistake::TabInText {});
        }
        let Err(error) = Scanner::new(raw, &OPTIONS).scan() else {
            return self.lexeme(Kind::Text, start, end);
        };
        let from = start.saturating_add(error.range().start);
        let to = start.saturating_add(error.range().end).min(end);
        let span = from..to.max(from.saturating_add(1));
        notes.note(span, Place::File, &Mistake::BadEscape {});
        self.lexeme(Kind::Broken, start, end)
    }

    /// Passes a blank of Unicode that JSON does not count as one, such as a hard blank from a web page.
    fn odd_blank(&mut self, notes: &mut Collector) -> bool {
        let start = self.at;
        let Some(c) = self.rest().chars().next().filter(|c| c.is_whitespace()) else {
            return false;
        };
        self.at = start.saturating_add(c.len_utf8());
        let point = format!("U+{:04X}", u32::from(c));
        notes.note(start..self.at, Place::File, &Mistake::OddBlank { point });
        true
    }

    fn number(&mut self) -> Lexeme {
        let start = self.at;
        let run = bare_run(self.rest());
        let end = start.saturating_add(run);
        let text = self.text.get(start..end).unwrap_or_default();
        let mut scanner = Scanner::new(text, &OPTIONS);
        let whole = matches!(scanner.scan(), Ok(Some(Token::Number(n))) if n.len() == text.len());
        let kind = if whole { Kind::Number } else { Kind::Word };
        self.lexeme(kind, start, end.max(start.saturating_add(1)))
    }

    fn word(&mut self) -> Lexeme {
        let start = self.at;
        let rest = self.rest();
        let first = rest.chars().next().map_or(1, char::len_utf8);
        let run = bare_run(rest).max(first);
        let kind = match rest.get(..run) {
            Some("true") => Kind::True,
            Some("false") => Kind::False,
            Some("null") => Kind::Null,
            Some("NaN" | "Infinity") => Kind::Number,
            _ => Kind::Word,
        };
        self.lexeme(kind, start, start.saturating_add(run))
    }
}

/// The length of what stands without quotes up to the next blank or mark.
fn bare_run(rest: &str) -> usize {
    rest.find(|c: char| {
        c.is_whitespace() || matches!(c, ',' | ':' | '/' | '{' | '}' | '[' | ']' | '"')
    })
    .unwrap_or(rest.len())
}

/// How far a quoted text reaches.
struct Quoted {
    len: usize,
    /// False when its line ended first: a text that is not closed must not eat the file.
    closed: bool,
    /// True without escapes and tabs: the text means what stands between its quotes.
    plain: bool,
}

fn measure_quoted(rest: &str) -> Quoted {
    let bytes = rest.as_bytes();
    let quote = bytes.first().copied();
    let (mut escaped, mut plain) = (false, true);
    for (at, &byte) in bytes.iter().enumerate().skip(1) {
        if byte == b'\n' {
            let line = rest.get(..at).unwrap_or_default();
            let len = line.strip_suffix('\r').unwrap_or(line).len();
            return Quoted { len, closed: false, plain };
        }
        if !escaped && Some(byte) == quote {
            let len = at.saturating_add(1);
            return Quoted { len, closed: true, plain };
        }
        plain = plain && byte != b'\\' && byte != b'\t';
        escaped = byte == b'\\' && !escaped;
    }
    Quoted { len: rest.len(), closed: false, plain }
}

/// The length of a field name at the beginning of `rest`, quoted or bare.
pub(super) fn name_len(rest: &str) -> usize {
    if rest.starts_with(['"', '\'']) { measure_quoted(rest).len } else { bare_run(rest) }
}

/// The meaning of a quoted text or of a bare word as they stand in the file.
pub(super) fn decode(raw: &str) -> Cow<'_, str> {
    let plain = raw.strip_prefix('"').and_then(|r| r.strip_suffix('"'));
    if let Some(plain) = plain.filter(|p| !p.contains('\\')) {
        return Cow::Borrowed(plain);
    }
    match Scanner::new(raw, &OPTIONS).scan() {
        Ok(Some(Token::String(text))) => text,
        _ => Cow::Borrowed(raw),
    }
}
