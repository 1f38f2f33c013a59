//! One question to a node: the envelope, and what its errors mean.

use crate::client::{Call, Client, Options, Route};
use crate::error::{NotSent, Refusal, Unknown, Unproven, VenueError};
use crate::wire::Wire;
use crate::wire::rpc::{RpcAnswer, RpcError};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use zeroize::Zeroizing;

/// HTTP's own word for too many requests, for nodes that say it in their own way.
const TOO_MANY: u16 = 429;

/// A node. Its URL may hold a provider's key, so `Debug` does not show it.
pub(super) struct Node {
    client: Client,
    url: Zeroizing<String>,
    asked: AtomicU64,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Node")
    }
}

impl Node {
    pub(super) fn new(options: Options, url: &str) -> Result<Self, VenueError> {
        let client = Client::of_host(options, url)?;
        let url = Zeroizing::new(url.to_owned());
        Ok(Self { client, url, asked: AtomicU64::new(1) })
    }

    /// Asks what must be there.
    pub(super) async fn read<T: Wire>(
        &self,
        what: &str,
        method: &str,
        params: Value,
    ) -> Result<T, VenueError> {
        let found = self.look(what, method, params).await?;
        found.ok_or_else(|| bad(what, "the node found nothing"))
    }

    /// Asks what may not be there.
    pub(super) async fn look<T: Wire>(
        &self,
        what: &str,
        method: &str,
        params: Value,
    ) -> Result<Option<T>, VenueError> {
        let (id, call) = self.call(what, method, params);
        let options = self.client.options();
        let (deadline, mut pause) = (options.call_deadline, options.pause_min);
        let asking = async {
            // Some nodes say that they are busy in a good answer, which the client does not see.
            for _ in 0..options.retries_max {
                match self.once(id, &call).await {
                    Err(VenueError::NotSent { cause: NotSent::Busy { .. }, .. }) => {}
                    told => return told,
                }
                tokio::time::sleep(pause).await;
                pause = pause.saturating_mul(2).min(options.pause_max);
            }
            self.once(id, &call).await
        };
        let told = tokio::time::timeout(deadline, asking).await;
        told.unwrap_or_else(|_| Err(call.unknown(Unknown::TimedOut(deadline))))
    }

    async fn once<T: Wire>(&self, id: u64, call: &Call) -> Result<Option<T>, VenueError> {
        let answer = self.client.read(call).await?;
        judged(call, id, answer)?.map_err(|error| kind(call, &error))
    }

    /// Asks once, for what changes something; the node's own error is the caller's to judge.
    pub(super) async fn send<T: Wire>(
        &self,
        what: &str,
        method: &str,
        params: Value,
    ) -> Result<Result<Option<T>, RpcError>, VenueError> {
        let (id, call) = self.call(what, method, params);
        let answer = self.client.send(&call, &HeaderMap::new()).await?;
        judged(&call, id, answer)
    }

    fn call(&self, what: &str, method: &str, params: Value) -> (u64, Call) {
        let id = self.asked.fetch_add(1, Ordering::Relaxed);
        let mut body = json!({ "jsonrpc": "2.0", "id": id, "method": method });
        body["params"] = params;
        let call = Call {
            route: Route::Node,
            what: what.to_owned(),
            url: self.url.to_string(),
            query: Vec::new(),
            body: Some(body.to_string()),
        };
        (id, call)
    }
}

/// Whether it is an answer to this question.
fn judged<T>(
    call: &Call,
    id: u64,
    answer: RpcAnswer<T>,
) -> Result<Result<Option<T>, RpcError>, VenueError> {
    let is_ours = answer.id.and_then(|told| told.whole()).and_then(|told| u64::try_from(told).ok());
    match answer.error {
        // Whose question it could not read the node cannot say.
        Some(error) if is_ours.is_none() || is_ours == Some(id) => Ok(Err(error)),
        None if is_ours == Some(id) => Ok(Ok(answer.result)),
        Some(_) | None => Err(bad(&call.what, "the node answers another question")),
    }
}

/// What a node's error means for a read.
fn kind(call: &Call, error: &RpcError) -> VenueError {
    let RpcError { code, message } = error;
    let lower = message.to_lowercase();
    let is_busy = matches!(code, -32_005 | 429) || lower.contains("rate limit");
    // The request itself, or the contract called: another time will not help.
    let is_final = matches!(code, 3 | -32_602..=-32_600 | -32_700) || lower.contains("revert");
    if is_busy {
        call.not_sent(NotSent::Busy { status: TOO_MANY, retry_after: None })
    } else if is_final {
        refused(&call.what, error)
    } else {
        bad(&call.what, &format!("the node says {code}: {message}"))
    }
}

/// The node's no.
pub(super) fn refused(what: &str, error: &RpcError) -> VenueError {
    let text = format!("{}: {}", error.code, error.message);
    VenueError::Refused { what: what.to_owned(), code: Refusal::BadRequest, text }
}

/// An answer that is not believed.
pub(super) fn bad(what: &str, why: &str) -> VenueError {
    let cause = Unknown::Unproven(Unproven::BadChain(why.to_owned()));
    VenueError::Unknown { what: what.to_owned(), cause }
}
