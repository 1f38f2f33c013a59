//! The signer's token buckets, kept by us before the venue has to (venue.md 7.2): orders and cancels wait here
//! until the venue will take them. Our count follows the published table, at a little less than its rate. What
//! an answer says may slow us down; only the name of a tier may speed us up, and never past the highest.

mod buckets;
mod tier;
mod told;

pub use tier::{Tier, Work};

use crate::client::Heard;
use betteroms_core::time::Time;
use buckets::{Buckets, Ticket};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use told::Told;

/// Paces one signer's requests.
#[derive(Debug)]
pub(super) struct Pace {
    begun: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    buckets: Buckets,
    has_warned: bool,
}

impl Pace {
    /// Full buckets of a tier.
    pub(super) fn new(tier: Tier) -> Self {
        let state = State { buckets: Buckets::new(tier), has_warned: false };
        Self { begun: Instant::now(), state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whoever panicked did so between two counts, not within one.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn micros(&self) -> i64 {
        i64::try_from(self.begun.elapsed().as_micros()).unwrap_or(i64::MAX)
    }

    /// The most that one request may cost; more would never pass.
    pub(super) fn at_once(&self, work: Work) -> usize {
        usize::try_from(self.state().buckets.at_once(work)).unwrap_or(usize::MAX)
    }

    /// Waits until a request of so many tokens may leave.
    pub(super) async fn pass(&self, work: Work, cost: usize) -> Ticket {
        let cost = u32::try_from(cost).unwrap_or(u32::MAX);
        loop {
            let micros = match self.state().buckets.take(work, cost, self.micros()) {
                Ok(ticket) => return ticket,
                Err(micros) => u64::try_from(micros).unwrap_or_default(),
            };
            tokio::time::sleep(Duration::from_micros(micros)).await;
        }
    }

    /// A request turned out to cost so many tokens more than it was let pass for.
    pub(super) fn took_more(&self, ticket: Ticket, tokens: usize) -> Ticket {
        self.state().buckets.took_more(ticket, u32::try_from(tokens).unwrap_or(u32::MAX))
    }

    /// A request has ended: what came back, if anything, at the wall's time `now`. `is_sized` is false where its
    /// cost was not known when it left.
    pub(super) fn told(&self, ticket: Ticket, is_sized: bool, heard: Option<&Heard>, now: Time) {
        let told = heard.map_or_else(Told::default, |heard| Told {
            refused: (heard.status == 429).then(|| heard.retry_after()),
            ..Told::read(&heard.headers, now)
        });
        let mut state = self.state();
        let before = state.buckets.tier();
        state.buckets.told(ticket, is_sized, &told, self.micros());
        let after = state.buckets.tier();
        if before != after {
            tracing::debug!(tier = after.word(), was = before.word(), "another rate of requests");
        }
        if told.is_warning && !state.has_warned {
            state.has_warned = true;
            tracing::warn!(
                "the venue warns that our requests exceed this signer's rate; they go on more slowly. Does \
                 another program trade with the same key?"
            );
        }
    }
}
