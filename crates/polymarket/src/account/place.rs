//! Placing: sent once, and answered for honestly.

use super::catalogue::{self, Meaning, Row};
use super::pace::Work;
use super::{AccountClient, Credentials};
use crate::client::{Heard, Route};
use crate::error::{NotSent, VenueError};
use crate::wire::decode;
use crate::wire::order::{OrderAnswer, PlacementStatus};
use crate::wire::refusal::RefusalBody;
use futures_util::StreamExt as _;
use reqwest::Method;
use std::time::Duration;

/// The most orders of one request (venue.md 4.3).
pub const BATCH_MAX: usize = 15;

/// One order as it was signed and recorded.
#[derive(Clone, Copy, Debug)]
pub struct Leg<'a> {
    /// Its hash.
    pub id: &'a str,
    /// Its exact bytes.
    pub body: &'a str,
}

/// What became of one order that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    /// The venue took it.
    Accepted {
        /// Where it stands.
        status: PlacementStatus,
        /// The trades of its placement.
        trades: Vec<String>,
    },
    /// The venue provably did not take it: it may be sent later.
    NotSent {
        /// Why, as a code.
        code: &'static str,
        /// The venue's words, or ours.
        why: String,
        /// How long the venue asks us to stay away.
        retry_after: Option<Duration>,
    },
    /// The venue read it and said no: final.
    Refused {
        /// Why, as a code.
        code: &'static str,
        /// The venue's words.
        text: String,
    },
    /// Nobody here knows: it must be looked up by its hash.
    Unknown {
        /// Why, as a code.
        code: &'static str,
        /// What came instead of an answer.
        why: String,
    },
}

impl Placed {
    fn of(row: &Row, text: String, retry_after: Option<Duration>) -> Self {
        let code = row.code;
        match row.meaning {
            Meaning::NotSent => Self::NotSent { code, why: text, retry_after },
            Meaning::Refused => Self::Refused { code, text },
            Meaning::Unknown => Self::Unknown { code, why: text },
        }
    }

    fn strange(why: impl Into<String>) -> Self {
        Self::Unknown { code: catalogue::STRANGE.code, why: why.into() }
    }
}

impl AccountClient {
    /// Sends orders exactly as they were recorded, once; answers in their order. At most [`BATCH_MAX`] go out
    /// in one request, without order or atomicity between them (venue.md 4.3), and a few requests at once, no
    /// faster than the signer's rate allows (venue.md 7.2).
    pub async fn place(&self, legs: &[Leg<'_>]) -> Vec<Placed> {
        let batches: Vec<&[Leg<'_>]> = legs.chunks(BATCH_MAX).collect();
        let answers = futures_util::stream::iter(batches)
            .map(|batch| self.place_batch(batch))
            .buffered(self.client.options().parallel);
        answers.collect::<Vec<_>>().await.into_iter().flatten().collect()
    }

    async fn place_batch(&self, legs: &[Leg<'_>]) -> Vec<Placed> {
        let (path, body) = match legs {
            [] => return Vec::new(),
            [one] => ("/order", one.body.to_owned()),
            many => {
                let bodies: Vec<&str> = many.iter().map(|leg| leg.body).collect();
                ("/orders", format!("[{}]", bodies.join(",")))
            }
        };
        // The wait comes first: the proof carries the time.
        let ticket = self.pace.pass(Work::Orders, legs.len()).await;
        let headers = self.proof("POST", path, &body);
        let mut call = self.call(Route::Orders, "take an order", path);
        call.body = Some(body);
        let answer = self.client.once(&call, Method::POST, headers).await;
        self.pace.told(ticket, true, answer.as_ref().ok(), self.clock.now());
        match answer {
            Ok(heard) if heard.status == 200 => self.answers(legs, &heard),
            Ok(heard) => {
                let said = RefusalBody::read(&heard.body);
                let row = catalogue::find(heard.status, &said);
                let wait =
                    said.retry_after.map(Duration::from_secs).or_else(|| heard.retry_after());
                let text = self.credentials.scrub(said.text.clone());
                let text = format!("HTTP {}: {text}", heard.status);
                vec![Placed::of(row, text, wait); legs.len()]
            }
            Err(error) => vec![silence(&error); legs.len()],
        }
    }

    /// Reads a 200. A reply is believed only where it is well formed and names the order that was sent.
    fn answers(&self, legs: &[Leg<'_>], heard: &Heard) -> Vec<Placed> {
        let strange = |why: String| vec![Placed::strange(why); legs.len()];
        if !heard.is_json() {
            return strange("the answer is not JSON".to_owned());
        }
        let read: Result<Vec<OrderAnswer>, _> = match legs {
            [_] => decode(&heard.body).map(|one| vec![one]),
            _ => decode(&heard.body),
        };
        match read {
            Ok(read) if read.len() == legs.len() => {
                let pairs = legs.iter().zip(&read);
                pairs.map(|(leg, answer)| judge(leg, answer, &self.credentials)).collect()
            }
            Ok(read) => strange(format!("{} answers to {} orders", read.len(), legs.len())),
            Err(error) => strange(format!("the answer is malformed: {error}")),
        }
    }
}

/// No answer: what never left is safe to send again, everything else is unknown.
fn silence(error: &VenueError) -> Placed {
    let why = error.explain();
    match error {
        VenueError::NotSent { cause: NotSent::NoConnection(_) | NotSent::Setup(_), .. } => {
            Placed::NotSent { code: "NO_CONNECTION", why, retry_after: None }
        }
        VenueError::NotSent { cause: NotSent::Busy { retry_after, .. }, .. } => {
            Placed::NotSent { code: "BUSY", why, retry_after: *retry_after }
        }
        VenueError::Refused { .. } | VenueError::Unknown { .. } => {
            Placed::Unknown { code: "NO_ANSWER", why }
        }
    }
}

fn judge(leg: &Leg<'_>, answer: &OrderAnswer, credentials: &Credentials) -> Placed {
    let is_its = answer.order_id.eq_ignore_ascii_case(leg.id);
    if answer.accepted() && is_its {
        let status = answer.status.clone().unwrap_or(PlacementStatus::Live);
        return Placed::Accepted { status, trades: answer.trade_ids.clone() };
    }
    if !answer.order_id.is_empty() && !is_its {
        return Placed::strange("the answer names another order");
    }
    if answer.error.is_empty() {
        return Placed::strange("the answer says neither yes nor no");
    }
    let row = catalogue::find_in(catalogue::ROWS, 200, &answer.error);
    let text = credentials.scrub(answer.error.clone());
    Placed::of(row, crate::error::printable(&text, 200), None)
}
