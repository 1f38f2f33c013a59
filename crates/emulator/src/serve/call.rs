//! A request and its answer, free of any HTTP library: handlers are plain functions from one to the
//! other, so that they can be tested, logged and tampered with from outside.

use crate::venue::Refusal;
use bytes::Bytes;
use serde::Serialize;
use std::collections::BTreeMap;

/// Which of the venue's hosts a request went to; each has a port of its own, as their paths overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Trading and books.
    Clob,
    /// Discovery.
    Gamma,
    /// Positions and activity.
    Data,
    /// Gasless transactions.
    Relayer,
}

impl Service {
    /// All, in the order of their ports.
    pub const ALL: [Self; 4] = [Self::Clob, Self::Gamma, Self::Data, Self::Relayer];

    /// A word for logs and fault addresses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Clob => "clob",
            Self::Gamma => "gamma",
            Self::Data => "data",
            Self::Relayer => "relayer",
        }
    }
}

/// A request.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its number, from 1; what a timer does has 0.
    pub number: u64,
    /// The host.
    pub service: Service,
    /// `GET`, `POST`, `DELETE`, in upper case.
    pub method: String,
    /// The path as sent, without the query.
    pub path: String,
    /// What the path's pattern captured, by name.
    pub captured: BTreeMap<&'static str, String>,
    /// Query pairs in the order sent, decoded.
    pub query: Vec<(String, String)>,
    /// Headers by lower-case name; of repeated ones the last.
    pub headers: BTreeMap<String, String>,
    /// The body's exact bytes.
    pub body: Bytes,
}

impl Call {
    /// A request without headers and body, for tests of handlers.
    #[cfg(test)]
    pub(crate) fn of(method: &str, path: &str, query: &[(&str, &str)]) -> Self {
        let query = query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Self {
            number: 1,
            service: Service::Clob,
            method: method.to_owned(),
            path: path.to_owned(),
            captured: BTreeMap::new(),
            query: query.collect(),
            headers: BTreeMap::new(),
            body: Bytes::new(),
        }
    }

    /// The first query value of a name; an empty one counts as none.
    pub fn asked(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(&name.to_ascii_lowercase()).map(String::as_str)
    }

    /// What the pattern captured under a name; empty where it names no such part.
    pub fn part(&self, name: &str) -> &str {
        self.captured.get(name).map_or("", String::as_str)
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers beside the content type and length.
    pub headers: Vec<(&'static str, String)>,
    /// `application/json` unless told otherwise.
    pub content_type: &'static str,
    /// The body.
    pub body: Bytes,
    /// Whether the body holds a secret and stays out of the log.
    pub is_secret: bool,
}

/// What a handler returns.
pub type Answer = Result<Reply, Refusal>;

impl Reply {
    /// JSON with status 200.
    pub fn json(value: &impl Serialize) -> Self {
        Self::json_with(200, value)
    }

    /// JSON with a status.
    pub fn json_with(status: u16, value: &impl Serialize) -> Self {
        let body = serde_json::to_vec(value).expect("our own shapes are JSON");
        Self {
            status,
            headers: Vec::new(),
            content_type: "application/json",
            body: body.into(),
            is_secret: false,
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Marks the body as holding a secret.
    #[must_use]
    pub const fn secret(mut self) -> Self {
        self.is_secret = true;
        self
    }
}

/// The body of a refusal (venue.md 4.10, 4.11, last lines).
#[derive(Serialize)]
struct Wrong<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u64>,
}

impl From<&Refusal> for Reply {
    fn from(refusal: &Refusal) -> Self {
        if let Refusal::Heartbeat { expected } = refusal {
            let error_msg = refusal.to_string();
            let body = serde_json::json!({ "error_msg": error_msg, "heartbeat_id": expected });
            return Self::json_with(refusal.status(), &body);
        }
        let code = refusal.code();
        let retry_after_seconds = code.and_then(|_| refusal.retry_secs());
        let text = refusal.to_string();
        let body = Wrong { error: &text, code, retry_after_seconds };
        let reply = Self::json_with(refusal.status(), &body);
        match refusal.retry_secs() {
            Some(secs) => reply.with("Retry-After", secs.to_string()),
            None => reply,
        }
    }
}

/// Reads a query string: percent-decoding, `+` as a space.
pub fn query_pairs(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(key), decoded(value))
        })
        .collect()
}

/// Undoes percent-encoding; what is malformed stays as it is.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = (*byte == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(decoded) => {
                out.push(decoded);
                at += 3;
            }
            None => {
                out.push(if *byte == b'+' { b' ' } else { *byte });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read_as_clients_write_them() {
        let pairs = query_pairs("token_id=1&side=BUY&q=fed+december%21&x=%zz&empty=");
        let value =
            |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        assert_eq!(value("q"), Some("fed december!"));
        assert_eq!(value("x"), Some("%zz"));
        assert_eq!(value("empty"), Some(""));
    }

    #[test]
    fn a_refusal_carries_its_code_and_when_to_come_back() {
        let reply = Reply::from(&Refusal::PostOnlyMode { retry_secs: 7 });
        assert_eq!(reply.status, 503);
        assert_eq!(reply.headers, [("Retry-After", "7".to_owned())]);
        let body = String::from_utf8(reply.body.to_vec()).expect("text");
        assert!(body.contains(r#""code":"post_only_mode","retry_after_seconds":7"#), "{body}");
    }
}
