//! What can go wrong when the venue is asked. Control flow reads the kind, never the text.

use crate::wire::Malformed;
use std::time::Duration;

/// A call to the venue that did not end in a trustworthy answer.
///
/// Exactly three kinds, for control flow: what did not arrive may be asked again, what was refused is
/// final, and for the rest the outcome is unknown. Nothing of a failed answer is ever used.
#[derive(Debug, thiserror::Error)]
pub enum VenueError {
    /// The venue did not take the request: safe to ask again.
    #[error("could not ask the venue to {what}")]
    NotSent {
        /// What was asked, as the end of a sentence.
        what: String,
        /// Why.
        #[source]
        cause: NotSent,
    },
    /// The venue took the request and said no: final.
    #[error("the venue refused to {what} [{code}]: {text}")]
    Refused {
        /// What was asked, as the end of a sentence.
        what: String,
        /// Its reason, as a code.
        code: Refusal,
        /// The venue's words, made printable and cut short.
        text: String,
    },
    /// No answer, or none that can be trusted. A read may be asked again; an order must be looked up.
    #[error("no answer to trust when the venue was asked to {what}")]
    Unknown {
        /// What was asked, as the end of a sentence.
        what: String,
        /// Why.
        #[source]
        cause: Unknown,
    },
}

/// Why a request did not reach the venue.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// No connection.
    #[error("no connection: {0}")]
    NoConnection(String),
    /// The venue turned it away unread: too many requests, or an engine that restarts (425).
    #[error("the venue is busy (HTTP {status})")]
    Busy {
        /// 425 or 429.
        status: u16,
        /// How long it asks us to stay away.
        retry_after: Option<Duration>,
    },
    /// The client could not be built here.
    #[error("the HTTP client could not be set up: {0}")]
    Setup(String),
}

/// Why the venue said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 404: it knows nothing by that name.
    NotFound,
    /// 400: it did not like the request.
    BadRequest,
    /// 401.
    Unauthorised,
    /// 403, mostly an HTML page of its gatekeeper: this place or this client is not served
    /// (venue.md 4.11, 7.3).
    Blocked,
    /// Another status of the 4xx family.
    Status(u16),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound => f.pad("NOT_FOUND"),
            Self::BadRequest => f.pad("BAD_REQUEST"),
            Self::Unauthorised => f.pad("UNAUTHORISED"),
            Self::Blocked => f.pad("BLOCKED"),
            Self::Status(status) => write!(f, "HTTP_{status}"),
        }
    }
}

/// Why there is no answer to trust.
#[derive(Debug, thiserror::Error)]
pub enum Unknown {
    /// Silence, or an answer that did not end in time.
    #[error("no complete answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// The connection broke while the answer came in.
    #[error("the answer broke off: {0}")]
    BrokeOff(String),
    /// The venue failed.
    #[error("the venue failed (HTTP {status})")]
    Failed {
        /// A status of the 5xx family.
        status: u16,
        /// How long it asks us to stay away.
        retry_after: Option<Duration>,
    },
    /// A status that makes no sense here, such as a redirect.
    #[error("an unexpected HTTP status {0}")]
    Status(u16),
    /// The answer is larger than any we expect.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// The answer is not JSON by its own account.
    #[error("the answer is {0}, not JSON")]
    NotJson(String),
    /// JSON of another form.
    #[error("the answer is malformed")]
    Malformed(#[source] Malformed),
    /// JSON of the right form that cannot be true, or is not what was asked for.
    #[error("the answer is not credible")]
    Unproven(#[source] Unproven),
}

/// Why an answer of the right form is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// About a token nobody asked for.
    #[error("it is about token {0}, which was not asked for")]
    WrongToken(String),
    /// About a market nobody asked for.
    #[error("it is about market {0}, which was not asked for")]
    WrongMarket(String),
    /// The same thing twice.
    #[error("it tells {0} twice")]
    Twice(String),
    /// Not a price strictly between 0 and 1 on the venue's finest grid.
    #[error("{0} is not a price")]
    BadPrice(String),
    /// Not an id of the form that such ids have.
    #[error("{0} is not an id")]
    BadId(String),
    /// Not an amount of shares: negative, finer than a millionth, or more than there can be.
    #[error("{0} is not an amount of shares")]
    BadSize(String),
    /// Levels that do not make a book.
    #[error("{0}")]
    BadBook(betteroms_core::book::BookError),
    /// Not an instant, or one that cannot be.
    #[error("{0} is not a time it can mean")]
    BadTime(String),
    /// Not a side.
    #[error("{0} is not a side")]
    BadSide(String),
    /// A parameter of the market that makes no sense.
    #[error("{0}")]
    BadMarket(String),
    /// About an order nobody asked for.
    #[error("it is about another order than was asked for")]
    WrongOrder,
    /// A list that does not say where it ends, or never does.
    #[error("the list has no end that can be trusted")]
    NoEnd,
    /// API credentials that are none.
    #[error("the credentials are malformed")]
    BadCredentials,
    /// What a node of the chain or the relayer says cannot be, or says nothing that we can rely on.
    #[error("{0}")]
    BadChain(String),
}

impl VenueError {
    /// True when asking again soon may help. Only for reads.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::NotSent { cause, .. } => match cause {
                NotSent::NoConnection(_) | NotSent::Busy { .. } => true,
                NotSent::Setup(_) => false,
            },
            Self::Refused { .. } => false,
            Self::Unknown { cause, .. } => match cause {
                Unknown::TimedOut(_) | Unknown::BrokeOff(_) | Unknown::Failed { .. } => true,
                Unknown::Status(_)
                | Unknown::TooLarge(_)
                | Unknown::NotJson(_)
                | Unknown::Malformed(_)
                | Unknown::Unproven(_) => false,
            },
        }
    }

    /// How long the venue asked us to stay away.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NotSent { cause: NotSent::Busy { retry_after, .. }, .. }
            | Self::Unknown { cause: Unknown::Failed { retry_after, .. }, .. } => *retry_after,
            Self::NotSent { .. } | Self::Refused { .. } | Self::Unknown { .. } => None,
        }
    }

    /// True when the venue turned the request away unread: too many of them, or an engine that restarts.
    pub const fn is_busy(&self) -> bool {
        matches!(self, Self::NotSent { cause: NotSent::Busy { .. }, .. })
    }

    /// True when the venue knows nothing by that name.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { code: Refusal::NotFound, .. })
    }

    pub(crate) fn unproven(what: impl Into<String>, why: Unproven) -> Self {
        Self::Unknown { what: what.into(), cause: Unknown::Unproven(why) }
    }

    /// A refusal whose text went through this, should it repeat our secrets.
    pub(crate) fn scrubbed(self, scrub: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::Refused { what, code, text } => Self::Refused { what, code, text: scrub(text) },
            other @ (Self::NotSent { .. } | Self::Unknown { .. }) => other,
        }
    }

    /// The error and everything behind it as one line.
    pub fn explain(&self) -> String {
        let mut text = self.to_string();
        let mut next = std::error::Error::source(self);
        while let Some(error) = next {
            text.push_str(": ");
            text.push_str(&error.to_string());
            next = error.source();
        }
        text
    }
}

/// Cuts the venue's words to `length` characters and writes control characters and hidden marks as
/// escapes, so that nothing a market is called can move a cursor, colour a line or end a comment.
pub fn printable(text: &str, length: usize) -> String {
    let mut shown = String::new();
    for c in text.chars().take(length) {
        if is_hostile(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// True for control characters, and for marks that turn the direction of text or hide in it. All of them
/// lie in the basic plane.
pub fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A text without these secrets.
pub(crate) fn without(text: String, secrets: &[&str]) -> String {
    let known = secrets.iter().filter(|secret| !secret.is_empty());
    known.fold(text, |text, secret| text.replace(*secret, "…"))
}
