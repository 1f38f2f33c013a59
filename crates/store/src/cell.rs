//! A stored value: text, a whole number, bytes or nothing. Rows are bound and compared as cells.

use crate::sqlite::Db;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as PlainError, StringDeserializer};
use serde::ser::Error as _;
use sqlx::query::Query;
use sqlx::{Row as _, TypeInfo as _, ValueRef as _};
use std::fmt;
use std::sync::Arc;

/// How long the JSON of a row usually is at most, in bytes: growing to it piece by piece costs a copy each time.
const JSON_LEN: usize = 512;

/// One value of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cell {
    Null,
    Int(i64),
    /// Many rows of a step say the same: a copy costs a counter.
    Text(Arc<str>),
    /// A value's JSON form, which is long and one row's own. Read back it is text like any other.
    Json(String),
    Bytes(Vec<u8>),
}

/// A statement with values bound to it.
pub(crate) type Bound<'q> = Query<'q, Db, <Db as sqlx::Database>::Arguments>;

impl Cell {
    /// Binds the value as the statement's next one.
    pub(crate) fn bind(self, query: Bound<'_>) -> Bound<'_> {
        match self {
            Self::Null => query.bind(None::<i64>),
            Self::Int(value) => query.bind(value),
            Self::Text(value) => query.bind(value),
            Self::Json(value) => query.bind(value),
            Self::Bytes(value) => query.bind(value),
        }
    }

    /// Reads a column, whatever its type.
    pub(crate) fn read(row: &sqlx::sqlite::SqliteRow, column: usize) -> Result<Self, sqlx::Error> {
        let raw = row.try_get_raw(column)?;
        if raw.is_null() {
            return Ok(Self::Null);
        }
        match raw.type_info().name() {
            "TEXT" => row.try_get::<&str, _>(column).map(Self::from),
            "BLOB" => row.try_get(column).map(Self::Bytes),
            _ => row.try_get(column).map(Self::Int),
        }
    }

    /// The value's JSON form as text.
    pub(crate) fn json(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        let mut text = Vec::with_capacity(JSON_LEN);
        serde_json::to_writer(&mut text, value)?;
        String::from_utf8(text).map(Self::Json).map_err(serde_json::Error::custom)
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("nothing"),
            Self::Int(value) => value.fmt(f),
            Self::Text(value) => f.write_str(value),
            Self::Json(value) => f.write_str(value),
            Self::Bytes(value) => write!(f, "{} bytes", value.len()),
        }
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for Cell {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Reads a value whose JSON form is a bare word, such as a digest or a side.
pub(crate) fn word<T: DeserializeOwned>(text: String) -> Result<T, PlainError> {
    let from: StringDeserializer<PlainError> = text.into_deserializer();
    T::deserialize(from)
}
