//! Our count of a signer's tokens, and what answers change of it. Pure: the time is microseconds since some
//! beginning, and comes from the caller. Micros times tokens a second are millionths of a token.

use super::tier::{Tier, Work};
use super::told::Told;
use std::time::Duration;

/// Millionths in one token.
const WHOLE: i64 = 1_000_000;
/// The longest that one answer makes us hold back.
pub(super) const HOLD_MAX: i64 = 5 * WHOLE;
/// The longest that all answers together do. After that only our own count holds us back.
pub(super) const HOLDS_MAX: i64 = 30 * WHOLE;

/// A request on its way, as its answer finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "every request's end is told"]
pub(in crate::account) struct Ticket {
    work: Work,
    cost: u32,
    /// When it left, in micros.
    at: i64,
    /// Tokens of requests that were not answered when it left.
    others: i64,
    /// All tokens ever taken, its own included.
    taken: i64,
    /// How often we had been slowed down by then.
    slowed: u32,
}

/// The tokens of one kind of work.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Millionths of a token; below zero where a request cost more than was thought.
    level: i64,
    at: i64,
    /// Whole tokens of requests that are not answered.
    unanswered: i64,
    /// Whole tokens ever taken.
    taken: i64,
    /// [`Ticket::taken`] of the latest request whose answer was heeded.
    heeded: i64,
    /// The venue said that only so few are left: what costs more waits until then.
    short: Option<(u32, i64)>,
    /// Nothing leaves before.
    hold_until: i64,
}

/// A signer's buckets.
#[derive(Clone, Debug)]
pub(super) struct Buckets {
    tier: Tier,
    /// How often the venue called us too fast. Once, and the lowest tier is kept, whatever is named from then
    /// on; twice, and half of its rate is used: somebody else spends the same tokens.
    slowed: u32,
    orders: Bucket,
    cancels: Bucket,
    /// What is left of [`HOLDS_MAX`].
    patience: i64,
}

impl Buckets {
    /// Full ones.
    pub(super) fn new(tier: Tier) -> Self {
        let full = |work| Bucket {
            level: i64::from(tier.at_once(work)) * WHOLE,
            at: 0,
            unanswered: 0,
            taken: 0,
            heeded: 0,
            short: None,
            hold_until: 0,
        };
        Self {
            tier,
            slowed: 0,
            orders: full(Work::Orders),
            cancels: full(Work::Cancels),
            patience: HOLDS_MAX,
        }
    }

    /// The tier whose limits are kept.
    pub(super) const fn tier(&self) -> Tier {
        self.tier
    }

    /// The most that one request may cost.
    pub(super) fn at_once(&self, work: Work) -> u32 {
        self.tier.at_once(work).max(1)
    }

    /// Tokens a second.
    pub(super) fn per_second(&self, work: Work) -> u32 {
        let rate = self.tier.per_second(work);
        if self.slowed > 1 { rate / 2 } else { rate }.max(1)
    }

    const fn bucket(&mut self, work: Work) -> &mut Bucket {
        match work {
            Work::Orders => &mut self.orders,
            Work::Cancels => &mut self.cancels,
        }
    }

    fn refill(&mut self, work: Work, now: i64) -> &mut Bucket {
        let (rate, full) = (self.per_second(work), i64::from(self.at_once(work)) * WHOLE);
        let bucket = self.bucket(work);
        let grown = now.saturating_sub(bucket.at).max(0).saturating_mul(rate.into());
        bucket.level = bucket.level.saturating_add(grown).min(full);
        bucket.at = bucket.at.max(now);
        bucket
    }

    /// Takes `cost` tokens, all or none. What costs more than a full bucket holds takes a full one.
    ///
    /// # Errors
    /// How many micros to wait before it is worth asking again.
    pub(super) fn take(&mut self, work: Work, cost: u32, now: i64) -> Result<Ticket, i64> {
        let (rate, most, slowed) = (self.per_second(work), self.at_once(work), self.slowed);
        let bucket = self.refill(work, now);
        if now < bucket.hold_until {
            return Err(bucket.hold_until - now);
        }
        if let Some((_, until)) = bucket.short.filter(|(left, until)| cost > *left && now < *until)
        {
            return Err(until - now);
        }
        let missing = i64::from(cost.min(most)) * WHOLE - bucket.level;
        if missing > 0 {
            let rate = i64::from(rate);
            return Err((missing + rate - 1) / rate);
        }
        let others = bucket.unanswered;
        bucket.level -= i64::from(cost) * WHOLE;
        bucket.unanswered += i64::from(cost);
        bucket.taken += i64::from(cost);
        Ok(Ticket { work, cost, at: now, others, taken: bucket.taken, slowed })
    }

    /// A request turned out to cost so many tokens more.
    pub(super) fn took_more(&mut self, ticket: Ticket, tokens: u32) -> Ticket {
        let more = i64::from(tokens);
        let bucket = self.bucket(ticket.work);
        bucket.level = bucket.level.saturating_sub(more * WHOLE);
        bucket.unanswered += more;
        bucket.taken += more;
        let (cost, taken) = (ticket.cost.saturating_add(tokens), ticket.taken + more);
        Ticket { cost, taken, ..ticket }
    }

    /// A request's end: what its answer said, or nothing where none came. `is_sized` is false where what it
    /// cost was not known when it left: its refusal then says nothing of our rate.
    pub(super) fn told(&mut self, ticket: Ticket, is_sized: bool, told: &Told, now: i64) {
        if let Some(named) = told.tier.filter(|_| self.slowed == 0) {
            self.tier = named;
        }
        let is_too_fast = is_sized && (told.is_warning || told.refused.is_some());
        // What left before we slowed down says nothing of how fast we are now.
        if is_too_fast && ticket.slowed == self.slowed {
            (self.slowed, self.tier) = (self.slowed + 1, Tier::Standard);
        }
        let bucket = self.refill(ticket.work, now);
        bucket.unanswered -= i64::from(ticket.cost);
        if is_too_fast {
            bucket.level = bucket.level.min(0);
        }
        if let Some(remaining) = told.remaining {
            self.heed(ticket, remaining, told.reset_in, now);
        }
        if let Some(asked) = told.refused.filter(|_| is_sized) {
            let asked = asked.or(told.reset_in).unwrap_or(Duration::from_secs(1));
            let until = self.held(ticket.work, asked, now);
            self.bucket(ticket.work).hold_until = until;
        }
    }

    /// Holds our count against the venue's. Only fewer tokens than we count are believed: more, our own refill
    /// will bring.
    fn heed(&mut self, ticket: Ticket, remaining: u32, reset_in: Option<Duration>, now: i64) {
        let work = ticket.work;
        let (rate, spare) = (i64::from(self.per_second(work)), i64::from(self.tier.spare(work)));
        let bucket = *self.bucket(work);
        if ticket.taken < bucket.heeded {
            return;
        }
        // The answer may not count what was on its way beside the request, nor what left since.
        let since = bucket.taken.saturating_sub(ticket.taken);
        let left = i64::from(remaining) - spare - ticket.others - since;
        let grown = now.saturating_sub(ticket.at).max(0).saturating_mul(rate);
        let level = left.saturating_mul(WHOLE).saturating_add(grown).max(0);
        let is_off = level.saturating_add(spare * WHOLE / 2) < bucket.level;
        let short =
            reset_in.filter(|_| is_off).map(|reset| (remaining, self.held(work, reset, now)));
        let bucket = self.bucket(work);
        bucket.heeded = ticket.taken;
        bucket.level = bucket.level.min(level);
        bucket.short = short;
    }

    /// Until when we hold back if asked to for so long: bounded, and all of it together as well.
    fn held(&mut self, work: Work, asked: Duration, now: i64) -> i64 {
        let bucket = *self.bucket(work);
        let before = bucket.short.map_or(now, |(_, until)| until).max(bucket.hold_until).max(now);
        let asked = i64::try_from(asked.as_micros()).unwrap_or(i64::MAX);
        // Who is asked twice to wait for the same time waits once.
        let until = now.saturating_add(asked.min(HOLD_MAX)).clamp(before, before + self.patience);
        self.patience -= until - before;
        until
    }
}

#[cfg(test)]
mod tests;
