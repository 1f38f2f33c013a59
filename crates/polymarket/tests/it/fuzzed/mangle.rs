//! How an answer is spoiled: in its bytes, and in what it says.

use serde_json::Value;

/// A small generator with a seed to replay.
#[derive(Clone, Copy)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678_9abc_def1))
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n.max(1)
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// What stands where a value should.
const NASTY: &[&str] = &[
    "-1",
    "\"-\"",
    "\".\"",
    "\"-.\"",
    "\"1e\"",
    "\"e1\"",
    "\"1e99999999999999999999\"",
    "\"0xé\"",
    "\"CANCELEDé\"",
    "0",
    "1",
    "2",
    "-0",
    "1e400",
    "1e40",
    "1e-40",
    "-1e40",
    "NaN",
    "Infinity",
    "null",
    "true",
    "\"\"",
    "\"0x\"",
    "\"0x0\"",
    "\"-1\"",
    "\"NaN\"",
    "\"1.0000001\"",
    "\"1000000000000000000000000000000\"",
    "9223372036854775807",
    "\"9223372036854.775807\"",
    "18446744073709551616",
    "\"0.5\"",
    "\"1\"",
    "[]",
    "{}",
    "[[]]",
    "{\"a\":{}}",
    "\"LIVE\"",
    "\"HOVERING\"",
    "\"buy\"",
    "\"\\u0000\\u001b[2J\"",
    "\"\\u202egnp\"",
    "\"\\ud800\"",
    "\"<html><title>no</title></html>\"",
    "\"1,000\"",
    "\"٣\"",
    ".5",
    "\"99999999999999\"",
    "\"2026-02-30T25:00:00Z\"",
    "\"0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"",
];

/// What may come at the end of a text.
const LETTERS: &str = "-.+eEx0159 \"\\é\u{0}\u{202e}\u{10ffff}";

/// A name that must not be shown as it is.
const STRANGE_NAME: &[u8] = br#""\u001b[2J\u202etxt.exe""#;

/// Whole answers that are none.
const PAGES: &[&[u8]] = &[
    b"",
    b" ",
    b"null",
    b"[]",
    b"{}",
    b"0",
    b"\"\"",
    b"OK",
    b"PONG",
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b"<!DOCTYPE html><html><head><title>Attention Required!\x1b[31m</title></head></html>",
    b"{\"error\":\"\\u202eno\"}",
    b"{\"error\":{\"error\":[]}}",
    b"[{}]",
    b"{\"data\":null}",
];

/// An answer made of others by one to three changes.
pub(crate) fn mangled(dice: &mut Dice, own: &[u8], all: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = match dice.below(40) {
        0 => dice.pick(PAGES).to_vec(),
        1 => dice.pick(all).clone(),
        2 => deep(dice, own),
        _ => own.to_vec(),
    };
    for _ in 0..=dice.below(3) {
        // Most changes of bytes make no JSON.
        bytes = if dice.below(4) == 0 {
            in_bytes(dice, bytes, all)
        } else {
            in_words(dice, &bytes, all).unwrap_or(bytes)
        };
    }
    bytes
}

/// Brackets around an answer, or instead of it.
fn deep(dice: &mut Dice, own: &[u8]) -> Vec<u8> {
    let (open, close) = *dice.pick(&[("[", "]"), ("{\"a\":", "}"), ("[", ""), ("{\"data\":[", "")]);
    let depth = *dice.pick(&[3, 60, 64, 65, 130, 4_000]);
    let own = if dice.below(2) == 0 { own } else { b"0" };
    [open.repeat(depth).as_bytes(), own, close.repeat(depth).as_bytes()].concat()
}

fn in_bytes(dice: &mut Dice, mut bytes: Vec<u8>, all: &[Vec<u8>]) -> Vec<u8> {
    let at = dice.below(bytes.len() + 1);
    let end = (at + dice.below(40)).min(bytes.len());
    match dice.below(8) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << dice.below(8);
            }
        }
        1 => drop(bytes.drain(at..end)),
        2 => bytes.truncate(at),
        3 => {
            let piece = bytes[at..end].to_vec();
            bytes.splice(at..at, piece);
        }
        4 => {
            let other = dice.pick(all);
            let from = dice.below(other.len());
            bytes.splice(at..end, other[from..(from + 60).min(other.len())].iter().copied());
        }
        5 => drop(bytes.splice(at..at, dice.pick(NASTY).bytes())),
        6 => bytes.insert(at, u8::try_from(dice.below(256)).unwrap()),
        _ => twice(dice, &mut bytes),
    }
    bytes
}

/// A field stands twice, with another value the second time.
fn twice(dice: &mut Dice, bytes: &mut Vec<u8>) {
    let starts: Vec<usize> =
        bytes.windows(2).enumerate().filter(|(_, w)| w == b"{\"").map(|(at, _)| at + 1).collect();
    if starts.is_empty() {
        return;
    }
    let at = *dice.pick(&starts);
    let Some(length) = bytes[at + 1..].iter().position(|byte| *byte == b'"') else { return };
    let nasty = dice.pick(NASTY).as_bytes();
    let again = if dice.below(4) == 0 {
        [STRANGE_NAME, b":1,", STRANGE_NAME, b":", nasty, b","].concat()
    } else {
        [&bytes[at..=at + 1 + length], b":", nasty, b","].concat()
    };
    bytes.splice(at..at, again);
}

/// Where the change is told in the JSON until it is written as it stands.
const PLACE: &str = "@here@";

fn in_words(dice: &mut Dice, bytes: &[u8], all: &[Vec<u8>]) -> Option<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(bytes).ok()?;
    let at = somewhere(dice, &mut value);
    let token = change(dice, at, all);
    let text = serde_json::to_string(&value).ok()?;
    Some(text.replacen(&format!("\"{PLACE}\""), &token, 1).into_bytes())
}

/// A value somewhere inside, seldom the whole.
fn somewhere<'a>(dice: &mut Dice, at: &'a mut Value) -> &'a mut Value {
    let count = match at {
        Value::Object(fields) => fields.len(),
        Value::Array(items) => items.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    };
    if count == 0 || dice.below(5) == 0 {
        return at;
    }
    let nth = dice.below(count);
    let inner = match at {
        Value::Object(fields) => fields.values_mut().nth(nth),
        Value::Array(items) => items.get_mut(nth),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    };
    somewhere(dice, inner.expect("it is there"))
}

/// Changes a value; what cannot be a [`Value`] is returned and takes its place.
fn change(dice: &mut Dice, at: &mut Value, all: &[Vec<u8>]) -> String {
    match (dice.below(6), &mut *at) {
        // Text for a number, a number for text.
        (0, Value::Number(number)) => *at = Value::String(number.to_string()),
        (0 | 1, Value::String(text)) => {
            let token = text.clone();
            *at = Value::String(PLACE.to_owned());
            return token;
        }
        (1 | 2, Value::Object(fields)) if !fields.is_empty() => {
            let name = fields.keys().nth(dice.below(fields.len())).unwrap().clone();
            fields.remove(&name);
        }
        (2, Value::Array(items)) if !items.is_empty() => {
            let one = items[dice.below(items.len())].clone();
            items.extend(std::iter::repeat_n(one, dice.below(50)));
        }
        // Another answer's value: the id of another order, the size of another trade.
        (3, _) => {
            let other: Option<Value> = serde_json::from_slice(dice.pick(all).as_slice()).ok();
            let fields = other.as_ref().and_then(Value::as_object);
            let one = fields.and_then(|fields| fields.values().nth(dice.below(fields.len())));
            if let Some(one) = one {
                *at = one.clone();
            }
        }
        // A text cut short, and another letter at its end.
        (4, Value::String(text)) => {
            let kept = dice.below(text.chars().count() + 1);
            *text = text.chars().take(kept).collect();
            text.extend(LETTERS.chars().nth(dice.below(LETTERS.chars().count())));
        }
        (4, _) => *at = Value::Array(vec![at.clone()]),
        _ => {
            *at = Value::String(PLACE.to_owned());
            return (*dice.pick(NASTY)).to_owned();
        }
    }
    String::new()
}
