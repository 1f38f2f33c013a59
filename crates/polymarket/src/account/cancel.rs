//! Cancelling: by id as many at once as the venue takes, and everything in one request. Whether an order is
//! gone only a look tells.

use super::AccountClient;
use super::pace::Work;
use crate::client::{Route, judge_heard};
use crate::error::{NotSent, Unknown, Unproven, VenueError};
use crate::wire::decode;
use crate::wire::order::CancelAnswer;
use reqwest::Method;
use std::collections::BTreeMap;

/// The most ids of one cancel: the lower of the two documented numbers (venue.md 4.7).
pub const CANCELS_MAX: usize = 1_000;
/// How often a cancel that was refused for its rate is asked for again.
const REPEATS: u32 = 3;

/// What a cancel costs its signer in tokens (venue.md 7.2).
#[derive(Clone, Copy, Debug)]
enum Cost {
    /// So many.
    Known(usize),
    /// One, and one for each order that the venue finds.
    AsManyAsThereAre,
}

impl AccountClient {
    /// The most ids of one cancel: no more than the bucket holds (venue.md 7.2), nor than [`CANCELS_MAX`].
    pub fn cancels_at_once(&self) -> usize {
        self.pace.at_once(Work::Cancels).min(CANCELS_MAX)
    }

    /// Asks for orders to be cancelled, in as many requests as the signer's rate needs, one after the other. One
    /// that is refused for its rate is asked again a few times. What was not cancelled is no error, but a cause
    /// to look the order up (venue.md 4.7).
    ///
    /// # Errors
    /// When the venue did not take a request, no answer to trust came, or one names an order that was not
    /// asked for. Earlier requests may then have taken effect: look the orders up.
    pub async fn cancel(&self, ids: &[&str]) -> Result<CancelAnswer, VenueError> {
        let mut all = CancelAnswer { canceled: Vec::new(), not_canceled: BTreeMap::new() };
        let mut rest = ids;
        while !rest.is_empty() {
            // A tier may be named, or doubted, between two requests.
            let (ids, later) = rest.split_at(rest.len().min(self.cancels_at_once()));
            rest = later;
            let told = self.cancel_some(ids).await?;
            let mut named = told.canceled.iter().chain(told.not_canceled.keys());
            if !named.all(|named| ids.iter().any(|id| id.eq_ignore_ascii_case(named))) {
                return Err(VenueError::unproven("cancel orders", Unproven::WrongOrder));
            }
            all.canceled.extend(told.canceled);
            all.not_canceled.extend(told.not_canceled);
        }
        Ok(all)
    }

    /// One request. Asking twice for the same order does no harm, so what was refused for its rate is repeated;
    /// [`Pace`](super::pace) waits as long as the refusal asks for, within its bounds.
    async fn cancel_some(&self, ids: &[&str]) -> Result<CancelAnswer, VenueError> {
        let body = serde_json::json!(ids).to_string();
        let mut left = REPEATS;
        loop {
            let cost = Cost::Known(ids.len());
            match self.delete((Route::Cancels, cost), "/orders", Some(&body)).await {
                Err(VenueError::NotSent { cause: NotSent::Busy { status: 429, .. }, .. })
                    if left > 0 =>
                {
                    left -= 1;
                }
                told => return told,
            }
        }
    }

    /// Asks for every order of this key to be cancelled. It costs one token more than there are orders, all or
    /// none: where there are more than the tier's burst it never passes, and they are to be cancelled by id.
    ///
    /// # Errors
    /// As [`Self::cancel`].
    pub async fn cancel_all(&self) -> Result<CancelAnswer, VenueError> {
        self.delete((Route::CancelAll, Cost::AsManyAsThereAre), "/cancel-all", None).await
    }

    /// Asks for every order of this key in one market to be cancelled. What [`Self::cancel_all`] says of its cost
    /// holds here.
    ///
    /// # Errors
    /// As [`Self::cancel`].
    pub async fn cancel_market(&self, condition: &str) -> Result<CancelAnswer, VenueError> {
        let body = serde_json::json!({ "market": condition }).to_string();
        let how = (Route::Cancels, Cost::AsManyAsThereAre);
        self.delete(how, "/cancel-market-orders", Some(&body)).await
    }

    async fn delete(
        &self,
        (route, cost): (Route, Cost),
        path: &str,
        body: Option<&str>,
    ) -> Result<CancelAnswer, VenueError> {
        let (is_sized, tokens) = match cost {
            Cost::Known(tokens) => (true, tokens),
            Cost::AsManyAsThereAre => (false, 1),
        };
        let mut ticket = self.pace.pass(Work::Cancels, tokens).await;
        let headers = self.proof("DELETE", path, body.unwrap_or_default());
        let mut call = self.call(route, "cancel orders", path);
        call.body = body.map(str::to_owned);
        let heard = self.client.once(&call, Method::DELETE, headers).await;
        if let (false, Ok(heard)) = (is_sized, &heard) {
            let told = decode::<CancelAnswer>(&heard.body);
            ticket = self.pace.took_more(ticket, told.map_or(0, |told| told.canceled.len()));
        }
        self.pace.told(ticket, is_sized, heard.as_ref().ok(), self.clock.now());
        let bytes = judge_heard(&call, heard?).map_err(|error| self.scrubbed(error))?;
        decode(&bytes).map_err(|error| call.unknown(Unknown::Malformed(error)))
    }
}
