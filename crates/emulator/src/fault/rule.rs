//! One rule: where and when it strikes, and how its JSON is read.

use super::what::What;
use crate::serve::call::Service;
use crate::serve::routes;
use crate::venue::order::MATCH_STEP;
use serde::{Deserialize, Serialize};

/// The most shares or dollars of a fault, in millionths: a billion.
const SHARES_MOST: i64 = 1_000_000_000_000_000;
/// A probability of one.
const CERTAIN: u32 = 1_000_000;

/// What a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum On {
    /// Every call.
    Everything,
    /// Every call of a host.
    Host(Service),
    /// Calls of one route.
    Route(Service, &'static str, &'static str),
    /// Frames of a socket channel; `None` for both.
    Socket(Option<&'static str>),
}

/// A rule as it is written (see [`super`] for the meaning of its fields).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `*`, `clob *`, `clob POST /order` or `POST /order`; `socket market`, `socket user` or `socket *`.
    pub on: String,
    /// Only the nth of the calls that fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// From the nth on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// To the nth, inclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u64>,
    /// Every nth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<u64>,
    /// With this probability, in millionths, drawn from the seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance: Option<u32>,
    /// So often at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// Only calls whose path, query or body holds this text.
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    pub holding: Option<String>,
    /// What happens.
    pub what: What,
}

/// Why a rule was not taken; the text names the field and what to write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadRule(pub(super) String);

impl Rule {
    /// Reads a rule. A fault without fields may be written as its bare word.
    ///
    /// # Errors
    /// With a sentence that names the field and the remedy.
    pub fn read(json: &[u8]) -> Result<Self, BadRule> {
        let mut value: serde_json::Value =
            serde_json::from_slice(json).map_err(|e| BadRule(format!("a rule is JSON: {e}")))?;
        if let Some(what) = value.get_mut("what")
            && let Some(word) = what.as_str()
        {
            *what = serde_json::json!({ word: {} });
        }
        // `what` is read first, so that an error in it names it.
        if let Some(what) = value.get("what") {
            serde_json::from_value::<What>(what.clone())
                .map_err(|error| BadRule(format!("what: {error}")))?;
        }
        let rule: Self =
            serde_json::from_value(value).map_err(|error| BadRule(format!("rule: {error}")))?;
        rule.on()?;
        rule.check()?;
        Ok(rule)
    }

    fn check(&self) -> Result<(), BadRule> {
        let bad = |text: &str| Err(BadRule(text.to_owned()));
        if self.nth == Some(0) || self.from == Some(0) {
            return bad("nth, from: calls are counted from 1");
        }
        if self.nth.is_some() && (self.from.is_some() || self.to.is_some() || self.every.is_some())
        {
            return bad("nth: it cannot stand beside from, to or every");
        }
        if let (from, Some(to)) = (self.from.unwrap_or(1), self.to)
            && to < from
        {
            return bad("to: it must not be below from");
        }
        if self.every == Some(0) {
            return bad("every: 1 or more");
        }
        if self.chance.is_some_and(|chance| chance > CERTAIN) {
            return bad("chance: millionths, at most 1000000");
        }
        if let What::Status { status, .. } = self.what
            && !(200..=599).contains(&status)
        {
            return bad("status: 200 to 599");
        }
        if let What::PartialFill { shares, .. } | What::FillAfterCancel { shares, .. } = self.what
            && (!(1..=SHARES_MOST).contains(&shares.micros()) || shares.micros() % MATCH_STEP != 0)
        {
            return bad("shares: more than nothing, at most a billion, five decimals");
        }
        if let What::PhantomLock { amount, .. } = self.what
            && !(0..=SHARES_MOST).contains(&amount.micros())
        {
            return bad("amount: 0 to a billion");
        }
        if let What::Settlement { trades, .. } = self.what
            && !(1..=10_000).contains(&trades)
        {
            return bad("trades: 1 to 10000");
        }
        if let What::ContentType { is } = &self.what
            && (is.is_empty() || !is.bytes().all(|byte| (b' '..=b'~').contains(&byte)))
        {
            return bad("is: a content type, such as text/html");
        }
        Ok(())
    }

    /// Where it strikes.
    pub(super) fn on(&self) -> Result<On, BadRule> {
        let on = parse(&self.on)?;
        if let On::Route(_, _, pattern) = &on
            && self.what.is_for_books()
            && !pattern.starts_with("/book")
        {
            let text = "on: stale_book strikes `GET /book` or `POST /books`";
            return Err(BadRule(text.to_owned()));
        }
        match (&on, self.what.is_for_sockets()) {
            (On::Socket(_), false) => Err(BadRule(
                "what: only socket_silent, socket_lose, socket_duplicate, socket_reorder and \
                 socket_drop happen to a socket"
                    .to_owned(),
            )),
            (On::Everything | On::Host(_) | On::Route(..), true) => Err(BadRule(
                "on: a socket fault strikes `socket market`, `socket user` or `socket *`"
                    .to_owned(),
            )),
            (On::Socket(_), true) | (On::Everything | On::Host(_) | On::Route(..), false) => Ok(on),
        }
    }
}

fn parse(text: &str) -> Result<On, BadRule> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let host = |word: &str| Service::ALL.into_iter().find(|service| service.word() == word);
    let unknown = || {
        BadRule(format!(
            "on: `{text}` is no address; write `*`, `clob *`, `POST /order`, `clob GET /book` \
             (the pattern of a route, parts in braces) or `socket market`"
        ))
    };
    match words.as_slice() {
        ["*"] => Ok(On::Everything),
        ["socket", "*"] => Ok(On::Socket(None)),
        ["socket", "market"] => Ok(On::Socket(Some("market"))),
        ["socket", "user"] => Ok(On::Socket(Some("user"))),
        [word, "*"] => host(word).map(On::Host).ok_or_else(unknown),
        [method, pattern] => route(None, method, pattern).ok_or_else(unknown),
        [word, method, pattern] => {
            let service = host(word).ok_or_else(unknown)?;
            route(Some(service), method, pattern).ok_or_else(unknown)
        }
        _ => Err(unknown()),
    }
}

/// The first route of that name: hosts that share one are told apart by their word.
fn route(service: Option<Service>, method: &str, pattern: &str) -> Option<On> {
    let mut fitting = routes::all().filter(|route| {
        service.is_none_or(|service| service == route.service)
            && route.method == method
            && route.pattern == pattern
            && !route.pattern.starts_with("/emulator")
    });
    fitting.next().map(|route| On::Route(route.service, route.method, route.pattern))
}
