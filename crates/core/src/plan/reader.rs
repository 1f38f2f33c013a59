//! Reads single values of a plan: text, words, switches, times. Every function here takes a value of
//! the tree and gives what it means, or notes why it cannot mean anything and gives `None`.

use super::catalogue::Mistake;
use super::fields::{named, quoted};
use super::model::Here;
use super::problems::{Collector, Place};
use super::text::{Cursor, deceptive};
use super::tree::{NodeId, NodeKind, Tree};
use crate::time::Time;
use std::borrow::Cow;

/// A tree being read, and what was found wrong so far.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) tree: Tree<'a>,
    pub(super) notes: &'a mut Collector,
    pub(super) remarks: Vec<String>,
    cursor: Cursor<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(tree: Tree<'a>, bytes: &'a [u8], notes: &'a mut Collector) -> Self {
        Self { tree, notes, remarks: Vec::new(), cursor: Cursor::new(bytes) }
    }

    /// Where a value begins; cheap while asked in file order.
    pub(super) fn here(&mut self, id: NodeId) -> Here {
        let start = self.tree.span(id).start;
        self.cursor.locate(start)
    }

    /// The line of a byte.
    pub(super) fn line_of(&mut self, offset: usize) -> u32 {
        self.cursor.locate(offset).line
    }

    /// Notes a mistake with a value.
    pub(super) fn wrong(&mut self, id: NodeId, place: Place, mistake: &Mistake) {
        let unseen = |c: char| c.is_control() || deceptive(c).is_some();
        if self.tree.kind(id) == NodeKind::Text && self.tree.raw(id).contains(unseen) {
            // Told when the bytes were looked at; what it does to the field is the same mistake.
            return;
        }
        let span =
            if self.tree.kind(id).is_container() { self.tree.head(id) } else { self.tree.span(id) };
        self.notes.note(span, place, mistake);
    }

    /// Notes that a value is of another kind than wanted; says nothing where the form is already wrong.
    pub(super) fn wrong_type(&mut self, id: NodeId, place: Place, wanted: &'static str) {
        let kind = self.tree.kind(id);
        if kind == NodeKind::Broken {
            return;
        }
        let mistake = if kind == NodeKind::Null {
            Mistake::NullValue {}
        } else {
            let found = named(kind);
            Mistake::WrongType { wanted, found }
        };
        self.wrong(id, place, &mistake);
    }

    /// Any text, without hidden characters.
    pub(super) fn text(
        &mut self,
        id: NodeId,
        place: Place,
        wanted: &'static str,
    ) -> Option<Cow<'a, str>> {
        let Some(text) = self.tree.text(id) else {
            self.wrong_type(id, place, wanted);
            return None;
        };
        // What stands there plainly was told when the bytes were looked at; here it came by an escape.
        if let Cow::Owned(text) = &text {
            let hidden = text.chars().find(|c| *c != '\r' && deceptive(*c).is_some());
            if let Some(c) = hidden {
                let point = format!("U+{:04X}", u32::from(c));
                self.wrong(id, place, &Mistake::HiddenInText { point });
                return None;
            }
        }
        Some(text)
    }

    /// Text that names something: not empty, not too long, no blanks around it, one alphabet a word.
    pub(super) fn name(&mut self, id: NodeId, place: Place, max: usize) -> Option<Cow<'a, str>> {
        let text = self.text(id, place, "text")?;
        let mistake = if text.trim().is_empty() {
            Mistake::EmptyText {}
        } else if text.trim() != text {
            Mistake::BlankAround {}
        } else if text.chars().count() > max {
            Mistake::TextTooLong { max }
        } else if let Some(word) = mixed_word(&text) {
            Mistake::ConfusableText { word: quoted(word) }
        } else if let Some(c) = text.chars().find(|c| c.is_control()) {
            let point = format!("U+{:04X}", u32::from(c));
            Mistake::HiddenInText { point }
        } else {
            return Some(text);
        };
        self.wrong(id, place, &mistake);
        None
    }

    /// One of the given words, exactly as written.
    pub(super) fn word<T: Copy>(
        &mut self,
        id: NodeId,
        place: Place,
        words: &[(&str, T)],
        unknown: fn(String) -> Mistake,
    ) -> Option<T> {
        let text = self.text(id, place, "text")?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            self.wrong(id, place, &unknown(quoted(&text)));
        }
        found.map(|(_, value)| *value)
    }

    /// True or false.
    pub(super) fn switch(&mut self, id: NodeId, place: Place) -> Option<bool> {
        let kind = self.tree.kind(id);
        if !matches!(kind, NodeKind::True | NodeKind::False) {
            self.wrong_type(id, place, "true or false");
            return None;
        }
        Some(kind == NodeKind::True)
    }

    /// An RFC 3339 time with an offset.
    pub(super) fn time(&mut self, id: NodeId, place: Place) -> Option<Time> {
        let text = self.text(id, place, "a time as text")?;
        let time = has_time_form(&text).then(|| Time::parse(&text)).flatten();
        if time.is_none() {
            let raw = quoted(&text);
            self.wrong(id, place, &Mistake::TimeMalformed { raw });
        }
        time
    }
}

/// True for `2026-05-31T17:35:22Z`, with up to six decimals and an offset in place of the Z. Stricter
/// than the library, which also takes blanks, missing seconds and zone names.
fn has_time_form(text: &str) -> bool {
    let shape = |s: &str, form: &str| {
        s.len() == form.len()
            && s.bytes().zip(form.bytes()).all(|(b, f)| match f {
                b'0' => b.is_ascii_digit(),
                other => b == other,
            })
    };
    let Some((head, tail)) = text.split_at_checked(19) else {
        return false;
    };
    let (fraction, offset) = match tail.find(['Z', '+', '-']) {
        Some(at) => tail.split_at_checked(at).unwrap_or_default(),
        None => return false,
    };
    let digits = fraction.strip_prefix('.');
    let fraction_fits = fraction.is_empty()
        || digits
            .is_some_and(|d| (1..=6).contains(&d.len()) && d.bytes().all(|b| b.is_ascii_digit()));
    let offset_fits = offset == "Z" || shape(offset, "+00:00") || shape(offset, "-00:00");
    shape(head, "0000-00-00T00:00:00") && fraction_fits && offset_fits
}

/// The first word that mixes Latin letters with Greek or Cyrillic ones, which look alike.
fn mixed_word(text: &str) -> Option<&str> {
    if text.is_ascii() {
        return None;
    }
    let other = |c: char| matches!(c, '\u{0370}'..='\u{052F}' | '\u{1F00}'..='\u{1FFF}');
    let latin = |c: char| c.is_ascii_alphabetic() || matches!(c, '\u{00C0}'..='\u{024F}');
    text.split(|c: char| !c.is_alphanumeric())
        .find(|word| word.contains(latin) && word.contains(other))
}
