//! The fields a plan has, and finding them in an object: each once, none unknown. A name we do not
//! know is answered with the one that was probably meant.

use super::catalogue::Mistake;
use super::problems::Place;
use super::reader::Reader;
use super::tree::{NodeId, NodeKind};

/// The fields of the plan itself.
pub(super) const PLAN: [&str; 5] = ["$schema", "runId", "mode", "defaults", "trades"];
/// The fields of `defaults`.
pub(super) const DEFAULTS: [&str; 2] = ["maxNotionalUSD", "goodForSeconds"];
/// The fields of a trade.
pub(super) const TRADE: [&str; 20] = [
    "id",
    "marketId",
    "event",
    "pick",
    "outcome",
    "side",
    "type",
    "price",
    "size",
    "sizeUnit",
    "timeInForce",
    "cancelAfterSec",
    "postOnly",
    "reduceOnly",
    "priceCeil",
    "priceFloor",
    "ifBlocked",
    "notBefore",
    "notAfter",
    "notes",
];

/// Fields that will mean something one day and are refused until they work.
const LATER: [&str; 9] = [
    "stopLoss",
    "takeProfit",
    "trailingStop",
    "protect",
    "planId",
    "repeat",
    "priority",
    "budgetUSD",
    "strategies",
];

/// What other systems call our fields.
const ALIASES: [(&str, &str); 28] = [
    ("market", "marketId"),
    ("marketslug", "marketId"),
    ("slug", "marketId"),
    ("conditionid", "marketId"),
    ("symbol", "marketId"),
    ("action", "side"),
    ("direction", "side"),
    ("limit", "price"),
    ("limitprice", "price"),
    ("qty", "size"),
    ("quantity", "size"),
    ("amount", "size"),
    ("shares", "size"),
    ("unit", "sizeUnit"),
    ("tif", "timeInForce"),
    ("ttl", "cancelAfterSec"),
    ("expiry", "cancelAfterSec"),
    ("cancelafter", "cancelAfterSec"),
    ("goodfor", "goodForSeconds"),
    ("maxnotional", "maxNotionalUSD"),
    ("maxprice", "priceCeil"),
    ("minprice", "priceFloor"),
    ("note", "notes"),
    ("comment", "notes"),
    ("name", "id"),
    ("orders", "trades"),
    ("intents", "trades"),
    ("ordertype", "type"),
];

/// Which object a name was looked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Plan,
    Defaults,
    Trade(u32),
}

impl Scope {
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Plan => &PLAN,
            Self::Defaults => &DEFAULTS,
            Self::Trade(_) => &TRADE,
        }
    }

    /// The place of a field in this object.
    pub(super) fn place(self, name: &'static str) -> Place {
        match self {
            Self::Plan => Place::Plan(name),
            Self::Defaults => Place::Defaults(name),
            Self::Trade(index) => Place::Field(index, name),
        }
    }

    /// The place of the object itself.
    pub(super) fn whole(self) -> Place {
        match self {
            Self::Plan => Place::Plan("The plan"),
            Self::Defaults => Place::Plan("defaults"),
            Self::Trade(index) => Place::Trade(index),
        }
    }
}

/// The values of an object by field.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) scope: Scope,
    pub(super) object: NodeId,
    slots: [Option<NodeId>; 20],
}

impl Fields {
    /// Finds the fields of `object`, noting doubles, unknown names and names of later versions.
    pub(super) fn find(reader: &mut Reader<'_>, object: NodeId, scope: Scope) -> Self {
        let mut found = Self { scope, object, slots: [None; 20] };
        let children: Vec<NodeId> = reader.tree.children(object).collect();
        for child in children {
            let Some(key) = reader.tree.key(child) else {
                continue;
            };
            let position = scope.names().iter().position(|name| *name == key);
            let Some((slot, name)) =
                position.and_then(|at| Some((found.slots.get_mut(at)?, *scope.names().get(at)?)))
            else {
                note_unknown(reader, child, scope, &key);
                continue;
            };
            match slot {
                None => *slot = Some(child),
                Some(first) => {
                    let first = *first;
                    note_double(reader, first, child, scope.place(name));
                }
            }
        }
        found
    }

    /// The value of a field, if the object has it.
    pub(super) fn get(&self, name: &str) -> Option<NodeId> {
        let at = self.scope.names().iter().position(|known| *known == name)?;
        self.slots.get(at).copied().flatten()
    }

    /// The value of a field that must be there.
    pub(super) fn require(
        &self,
        reader: &mut Reader<'_>,
        name: &'static str,
        advice: &'static str,
    ) -> Option<NodeId> {
        let value = self.get(name);
        if value.is_none() && !reader.tree.is_broken(self.object) {
            let span = reader.tree.head(self.object);
            let mistake = Mistake::MissingField { name, advice };
            reader.notes.note(span, self.scope.whole(), &mistake);
        }
        value
    }
}

fn note_double(reader: &mut Reader<'_>, first: NodeId, second: NodeId, place: Place) {
    let first = reader.tree.key_span(first).unwrap_or_default();
    let line = reader.line_of(first.start);
    let span = reader.tree.key_span(second).unwrap_or_default();
    reader.notes.note(span, place, &Mistake::DuplicateField { line });
}

fn note_unknown(reader: &mut Reader<'_>, value: NodeId, scope: Scope, key: &str) {
    let span = reader.tree.key_span(value).unwrap_or_default();
    let name = quoted(key);
    let mistake = if reader.notes.is_full() || LATER.contains(&key) {
        Mistake::FieldNotYet { name }
    } else if let Some(meant) = plain_twin(key, scope) {
        Mistake::ConfusableName { name, meant }
    } else {
        let advice = advice(key, scope);
        Mistake::UnknownField { name, advice }
    };
    reader.notes.note(span, scope.whole(), &mistake);
}

/// The field a name looks like once letters of other alphabets are read as their Latin twins.
fn plain_twin(key: &str, scope: Scope) -> Option<&'static str> {
    if key.is_ascii() || key.len() > 64 {
        return None;
    }
    let plain: String = key.chars().map(latin_twin).collect();
    let mut names = scope.names().iter().copied();
    names.find(|name| name.eq_ignore_ascii_case(&plain))
}

fn latin_twin(c: char) -> char {
    match c {
        'а' | 'α' => 'a',
        'с' => 'c',
        'ԁ' => 'd',
        'е' | 'ε' => 'e',
        'һ' => 'h',
        'і' | 'ι' => 'i',
        'ј' => 'j',
        'м' => 'm',
        'п' => 'n',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'у' | 'υ' => 'u',
        'х' => 'x',
        'І' | 'Ι' => 'I',
        'В' | 'Β' => 'B',
        'А' | 'Α' => 'A',
        'Ѕ' => 'S',
        'О' | 'Ο' => 'O',
        other => other,
    }
}

/// What to do about a name we do not know.
fn advice(key: &str, scope: Scope) -> String {
    let elsewhere = [
        (Scope::Plan, "the plan itself"),
        (Scope::Defaults, "defaults"),
        (Scope::Trade(0), "a trade"),
    ];
    if let Some(meant) = closest(key, scope.names()) {
        return format!("Did you mean {meant}?");
    }
    for (other, place) in elsewhere {
        if let Some(meant) = closest(key, other.names()) {
            return format!("{meant} belongs in {place}.");
        }
    }
    format!("Remove it; known here are {}.", scope.names().join(", "))
}

/// The names nearest to `key`, in words; several when they are equally near.
fn closest(key: &str, names: &[&'static str]) -> Option<String> {
    if key.len() > 64 {
        return None;
    }
    let letters = |s: &str| -> String {
        let kept = s.chars().filter(|c| c.is_alphanumeric());
        kept.flat_map(char::to_lowercase).collect()
    };
    let key = letters(key);
    let alias = ALIASES.iter().find(|(from, _)| *from == key);
    if let Some((_, to)) = alias.filter(|(_, to)| names.contains(to)) {
        return Some((*to).to_owned());
    }
    let near = |name: &&'static str| {
        let name_letters = letters(name);
        let far = distance(&key, &name_letters);
        let allowed = if name_letters.len() <= 4 { 1 } else { 2 };
        (far <= allowed).then_some((far, *name))
    };
    let found: Vec<_> = names.iter().filter_map(near).collect();
    let (least, _) = found.iter().min()?;
    let nearest: Vec<&str> =
        found.iter().filter(|(far, _)| far == least).map(|(_, n)| *n).collect();
    Some(nearest.join(" or "))
}

/// How many letters must be added, dropped, changed or swapped with a neighbour to get from `a` to `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let width = b.len().saturating_add(1);
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..width).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut next = vec![i.saturating_add(1)];
        for (j, cb) in b.iter().enumerate() {
            let at = |r: &[usize], k: usize| r.get(k).copied().unwrap_or(usize::MAX);
            let change = at(&row, j).saturating_add(usize::from(ca != cb));
            let drop = at(&row, j.saturating_add(1)).saturating_add(1);
            let add = at(&next, j).saturating_add(1);
            let mut best = change.min(drop).min(add);
            let crossed = i.checked_sub(1).and_then(|p| a.get(p)) == Some(cb)
                && j.checked_sub(1).and_then(|p| b.get(p)) == Some(ca);
            if crossed {
                best = best.min(at(&before, j.saturating_sub(1)).saturating_add(1));
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(usize::MAX)
}

/// Text from a file made fit for a sentence: in double quotes, short, nothing in it that hides or moves.
pub(super) fn quoted(text: &str) -> String {
    const SHOWN_MAX: usize = 60;
    let mut shown = String::from("\"");
    for (count, c) in text.chars().enumerate() {
        if count >= SHOWN_MAX {
            shown.push('…');
            break;
        }
        if c.is_control() || super::text::deceptive(c).is_some() {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown.push('"');
    shown
}

/// What a value is, in words for a sentence.
pub(super) fn named(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Object => "an object",
        NodeKind::List => "a list",
        NodeKind::Text => "text",
        NodeKind::Number => "a number",
        NodeKind::True | NodeKind::False => "true or false",
        NodeKind::Null => "null",
        NodeKind::Broken => "unreadable",
    }
}
