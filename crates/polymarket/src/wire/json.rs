//! Reading JSON by hand: each value stays raw text until its own reader looks at it, so that a number is
//! never turned into a float and a hostile document is never built in memory.

use super::number::Numeral;
use super::strange;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

/// Deeper documents are refused before anything is read.
const DEPTH_MAX: usize = 64;
/// So are those of more values: a few bytes of text may become a kilobyte of memory.
const VALUES_MAX: usize = 4_000_000;

/// The answer does not have the form we know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct Malformed {
    /// Where in the document, such as `book.bids[3].price`.
    pub path: String,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not UTF-8 or not JSON.
    #[error("is not JSON")]
    NotJson,
    /// Nested deeper than any answer of the venue.
    #[error("is nested too deeply")]
    TooDeep,
    /// More values than any answer of the venue holds.
    #[error("holds too many values")]
    TooMuch,
    /// A value of another form.
    #[error("is not {0}")]
    Not(&'static str),
    /// A field that must be there is not, or is null.
    #[error("is missing")]
    Missing,
    /// The same field twice in one object.
    #[error("stands twice")]
    Twice,
}

impl Malformed {
    /// A problem at a place, for the readers next door.
    pub(super) fn at(path: &str, problem: Problem) -> Self {
        Self::new(path, problem)
    }

    fn new(path: impl Into<String>, problem: Problem) -> Self {
        let path = path.into();
        Self { path, problem }
    }

    fn under(mut self, parent: &str) -> Self {
        let dot = if self.path.starts_with('[') || self.path.is_empty() { "" } else { "." };
        self.path = format!("{parent}{dot}{}", self.path);
        self
    }
}

/// A value of the venue that can be read from raw JSON.
pub trait Wire: Sized {
    /// The most objects that a document of it holds. A page has a few hundred rows, and an object of a few bytes
    /// may become a kilobyte; only where small ones come by the hundred thousand is there room for more.
    const OBJECTS_MAX: usize = 50_000;

    /// Reads it.
    ///
    /// # Errors
    /// When the JSON has another form; the error names the place.
    fn read(raw: &RawValue) -> Result<Self, Malformed>;
}

/// Reads a whole answer.
///
/// # Errors
/// When the bytes are not JSON, are nested too deeply, hold more than any answer or have another form.
pub fn decode<T: Wire>(bytes: &[u8]) -> Result<T, Malformed> {
    let not_json = || Malformed::new("", Problem::NotJson).under("answer");
    let text = std::str::from_utf8(bytes).map_err(|_| not_json())?;
    let extent = Extent::of(text);
    if extent.depth > DEPTH_MAX {
        return Err(Malformed::new("answer", Problem::TooDeep));
    }
    if extent.objects > T::OBJECTS_MAX || extent.values > VALUES_MAX {
        return Err(Malformed::new("answer", Problem::TooMuch));
    }
    let raw: &RawValue = serde_json::from_str(text).map_err(|_| not_json())?;
    T::read(raw)
}

/// How much a document holds, counted outside of its strings.
#[derive(Clone, Copy, Debug, Default)]
struct Extent {
    /// The deepest nesting of brackets.
    depth: usize,
    objects: usize,
    /// At most: one, and one more for each bracket and comma.
    values: usize,
}

impl Extent {
    fn of(text: &str) -> Self {
        let mut extent = Self { values: 1, ..Self::default() };
        let (mut now, mut quoted, mut escaped) = (0_usize, false, false);
        for byte in text.bytes() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b'[' | b'{' if !quoted => {
                    now += 1;
                    extent.depth = extent.depth.max(now);
                    extent.values += 1;
                    extent.objects += usize::from(byte == b'{');
                }
                b']' | b'}' if !quoted => now = now.saturating_sub(1),
                b',' if !quoted => extent.values += 1,
                _ => {}
            }
        }
        extent
    }
}

impl<T: Wire> Wire for Vec<T> {
    const OBJECTS_MAX: usize = T::OBJECTS_MAX;

    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let items: Vec<&RawValue> = serde_json::from_str(raw.get())
            .map_err(|_| Malformed::new("", Problem::Not("a list")))?;
        let read = |(i, item): (usize, &&RawValue)| {
            T::read(item).map_err(|error| error.under(&format!("[{i}]")))
        };
        items.iter().enumerate().map(read).collect()
    }
}

impl Wire for String {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        serde_json::from_str(raw.get()).map_err(|_| Malformed::new("", Problem::Not("text")))
    }
}

/// The whole answer may be `null`; a field that may be missing is taken with [`Object::want`] instead.
impl<T: Wire> Wire for Option<T> {
    const OBJECTS_MAX: usize = T::OBJECTS_MAX;

    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        if raw.get() == "null" {
            return Ok(None);
        }
        T::read(raw).map(Some)
    }
}

impl Wire for bool {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        match raw.get() {
            "true" | "\"true\"" => Ok(true),
            "false" | "\"false\"" => Ok(false),
            _ => Err(Malformed::new("", Problem::Not("true or false"))),
        }
    }
}

impl Wire for Numeral {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let not = || Malformed::new("", Problem::Not("a number"));
        let text = raw.get();
        if text.starts_with('"') {
            let Text(inner) =
                serde_json::from_str(text).map_err(|_| Malformed::new("", Problem::Not("text")))?;
            return Self::parse(&inner).ok_or_else(not);
        }
        Self::parse(text).ok_or_else(not)
    }
}

/// A text where it stands; only one with escapes in it is a copy.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A list that the venue wraps in a string, as Gamma does with outcomes and token ids (venue.md 5.4).
pub(super) struct Wrapped<T>(pub(super) Vec<T>);

impl<T: Wire> Wire for Wrapped<T> {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        if !raw.get().starts_with('"') {
            return Vec::read(raw).map(Self);
        }
        let inner = String::read(raw)?;
        if inner.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let raw: &RawValue = serde_json::from_str(&inner)
            .map_err(|_| Malformed::new("", Problem::Not("a list in a string")))?;
        Vec::read(raw).map(Self)
    }
}

/// One JSON object whose fields are taken out one by one. What is left at the end is unknown.
#[derive(Debug)]
pub struct Object<'a> {
    kind: &'static str,
    fields: BTreeMap<Cow<'a, str>, &'a RawValue>,
}

impl<'a> Object<'a> {
    /// Opens an object; `kind` names it in errors and warnings.
    ///
    /// # Errors
    /// When the value is no object, or has a field twice.
    pub fn open(kind: &'static str, raw: &'a RawValue) -> Result<Self, Malformed> {
        let fields = serde_json::Deserializer::from_str(raw.get())
            .deserialize_map(Fields)
            .map_err(|_| Malformed::new(kind, Problem::Not("an object")))?;
        match fields {
            Ok(fields) => Ok(Self { kind, fields }),
            Err(twice) => {
                let twice = crate::error::printable(&twice, 64);
                Err(Malformed::new(format!("{kind}.{twice}"), Problem::Twice))
            }
        }
    }

    /// Takes a field that must be there.
    ///
    /// # Errors
    /// When it is missing, null or of another form.
    pub fn need<T: Wire>(&mut self, name: &str) -> Result<T, Malformed> {
        self.want(name)?
            .ok_or_else(|| Malformed::new(format!("{}.{name}", self.kind), Problem::Missing))
    }

    /// Takes a field that may be missing or null.
    ///
    /// # Errors
    /// When it is of another form.
    pub fn want<T: Wire>(&mut self, name: &str) -> Result<Option<T>, Malformed> {
        match self.fields.remove(name) {
            None => Ok(None),
            Some(raw) if raw.get() == "null" => Ok(None),
            Some(raw) => T::read(raw)
                .map(Some)
                .map_err(|error| error.under(&format!("{}.{name}", self.kind))),
        }
    }

    /// Takes a field under the first of its names that is there; snake case and camel case live side by
    /// side in the Data API.
    ///
    /// # Errors
    /// As [`Object::need`].
    pub fn need_either<T: Wire>(&mut self, names: [&str; 2]) -> Result<T, Malformed> {
        let [first, second] = names;
        match self.want(first)? {
            Some(value) => Ok(value),
            None => self.need(second),
        }
    }

    /// Takes a field that may be missing, null, or the empty text: the venue writes `""` where it has
    /// nothing to say (venue.md 4.2, 5.3, 10.2).
    ///
    /// # Errors
    /// When it is of another form.
    pub fn filled<T: Wire>(&mut self, name: &str) -> Result<Option<T>, Malformed> {
        if self.fields.get(name).is_some_and(|raw| raw.get() == "\"\"") {
            self.fields.remove(name);
        }
        self.want(name)
    }

    /// As [`Object::filled`], under the first of its names that has something to say. Every name is
    /// taken.
    ///
    /// # Errors
    /// When the value under any of the names is of another form.
    pub fn filled_any<T: Wire>(&mut self, names: &[&str]) -> Result<Option<T>, Malformed> {
        let mut found = None;
        for name in names {
            let value = self.filled(name)?;
            found = found.or(value);
        }
        Ok(found)
    }

    /// As [`Object::filled_any`] for a field that must be there; the first name stands in the error.
    ///
    /// # Errors
    /// When it is missing, null, empty or of another form.
    pub fn need_any<T: Wire>(&mut self, names: &[&str]) -> Result<T, Malformed> {
        let first = names.first().copied().unwrap_or_default();
        self.filled_any(names)?
            .ok_or_else(|| Malformed::new(format!("{}.{first}", self.kind), Problem::Missing))
    }

    /// Takes a list that may be missing, null, or wrapped in a string.
    ///
    /// # Errors
    /// When it is of another form.
    pub fn wrapped<T: Wire>(&mut self, name: &str) -> Result<Vec<T>, Malformed> {
        Ok(self.want::<Wrapped<T>>(name)?.map_or_else(Vec::new, |list| list.0))
    }

    /// Every field that was not taken yet, for objects whose names are data.
    pub(super) fn into_fields(self) -> impl Iterator<Item = (Cow<'a, str>, &'a RawValue)> {
        self.fields.into_iter()
    }

    /// Closes the object: whatever is neither taken nor `known` is warned about once.
    pub fn close(self, known: &[&str]) {
        for field in self.fields.keys() {
            if !known.contains(&field.as_ref()) {
                strange::note(self.kind, field);
            }
        }
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    /// The fields, or the name of one that stands there twice.
    type Value = Result<BTreeMap<Cow<'de, str>, &'de RawValue>, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = BTreeMap::new();
        let mut twice = None;
        while let Some((Text(name), raw)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
            match fields.entry(name) {
                Entry::Vacant(place) => {
                    place.insert(raw);
                }
                Entry::Occupied(place) => {
                    twice.get_or_insert_with(|| place.key().to_string());
                }
            }
        }
        Ok(match twice {
            Some(name) => Err(name),
            None => Ok(fields),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::decode;
    use crate::wire::book::BookAnswer;

    #[test]
    fn no_bytes_make_a_reader_panic() {
        let good = r#"[{"market":"0x1","asset_id":"11","timestamp":"1","hash":null,
            "bids":[{"price":"0.4","size":1e1}],"asks":[{"price":".5","size":"2"}],
            "min_order_size":"5","tick_size":"0.01","neg_risk":false,"last_trade_price":""}]"#;
        assert!(decode::<Vec<BookAnswer>>(good.as_bytes()).is_ok());
        let mut state = 1_u64;
        let mut believed = 0;
        for _ in 0..20_000 {
            let mut bytes = good.as_bytes().to_vec();
            for _ in 0..3 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
                let at = usize::try_from(state >> 33).unwrap() % bytes.len();
                bytes[at] = u8::try_from(state >> 20 & 0xff).unwrap();
            }
            believed += usize::from(decode::<Vec<BookAnswer>>(&bytes).is_ok());
        }
        assert!((1..20_000).contains(&believed), "both kinds were met: {believed}");
    }
}
