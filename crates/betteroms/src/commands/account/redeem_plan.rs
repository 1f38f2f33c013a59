//! What is to be done with the shares that a wallet holds: redeem what is resolved, merge complete sets, book
//! what was redeemed without us, and tell the rest. Pure.

use crate::real::positions::Held;
use crate::render::money::{shares, usd_exact};
use anyhow::Result;
use betteroms_core::event::{AccountFact, Conversion, Event, Intent};
use betteroms_core::money::{Shares, Usd};
use betteroms_core::state::State;
use betteroms_core::time::Time;
use betteroms_polymarket::chain::lifecycle::{complete_sets, merge, redeem};
use betteroms_polymarket::signing::Call;
use serde_json::{Value, json};

/// What to do with one market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Turn all shares of a resolved market into what they pay.
    Redeem,
    /// Turn so many complete sets into a dollar each.
    Merge(Shares),
    /// They were redeemed without us: only the books do not know.
    Book,
    /// So many complete sets were merged without us; what a call of ours did before it was cut off is booked before this.
    BookMerge(Shares),
    /// Chain and books differ: nothing is done before they agree.
    Differs,
    /// Fewer than the venue takes: they wait for the result.
    Dust,
    /// They wait for the result, and can be sold.
    Keep,
}

/// One market and what to do with it.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) held: Held,
    pub(super) task: Task,
}

impl Step {
    pub(super) fn of(held: Held) -> Self {
        let task = task(&held);
        Self { held, task }
    }

    /// The call that does it; `None` where nothing is sent.
    pub(super) fn call(&self) -> Result<Option<Call>> {
        let (condition, neg_risk) = (self.held.condition()?, self.held.market.neg_risk);
        Ok(match self.task {
            Task::Redeem => Some(redeem(condition, neg_risk)),
            Task::Merge(sets) => merge(condition, neg_risk, sets),
            Task::Book | Task::BookMerge(_) | Task::Differs | Task::Dust | Task::Keep => None,
        })
    }

    /// Whether the books change by it.
    pub(super) const fn is_to_do(&self) -> bool {
        match self.task {
            Task::Redeem | Task::Merge(_) | Task::Book | Task::BookMerge(_) => true,
            Task::Differs | Task::Dust | Task::Keep => false,
        }
    }

    /// The shares that leave.
    pub(super) const fn leaving(&self) -> [Shares; 2] {
        match self.task {
            Task::Redeem | Task::Book => self.held.books,
            Task::Merge(sets) | Task::BookMerge(sets) => [sets, sets],
            Task::Differs | Task::Dust | Task::Keep => [Shares::ZERO, Shares::ZERO],
        }
    }

    /// The dollars that come.
    pub(super) fn cash(&self) -> Usd {
        match self.task {
            Task::Redeem | Task::Book => self.held.pays(self.held.books),
            Task::Merge(sets) | Task::BookMerge(sets) => Usd::from_micros(sets.micros()),
            Task::Differs | Task::Dust | Task::Keep => Usd::ZERO,
        }
    }

    /// What is recorded before anything is sent: the result where it is not known yet, and what is meant.
    pub(super) fn intent(&self, state: &State, at: Time) -> Vec<Event> {
        let mut events = self.events(state, at, None);
        let Some(Event::Account { fact: AccountFact::Converted { how, market, shares, cash, .. } }) =
            events.pop()
        else {
            return Vec::new();
        };
        let fact = AccountFact::Converting { market, intent: Intent { how, shares, cash } };
        events.push(Event::Account { fact });
        events
    }

    /// What the books record of it. The core shares a redemption out by the market's result, so that one
    /// comes first where it is not known yet.
    pub(super) fn events(
        &self,
        state: &State,
        at: Time,
        transaction: Option<String>,
    ) -> Vec<Event> {
        let market = self.held.market.condition.clone();
        let how = match self.task {
            Task::Redeem | Task::Book => Conversion::Redeem,
            Task::Merge(_) | Task::BookMerge(_) => Conversion::Merge,
            Task::Differs | Task::Dust | Task::Keep => return Vec::new(),
        };
        let known = state.paper.get(&market).and_then(|memory| memory.resolution);
        let new = self.held.resolution(at).filter(|_| known.is_none());
        let resolved =
            new.map(|resolution| Event::MarketResolved { market: market.clone(), resolution });
        let (shares, cash) = (self.leaving(), self.cash());
        let fact = AccountFact::Converted { how, market, shares, cash, transaction };
        resolved.into_iter().chain([Event::Account { fact }]).collect()
    }

    /// What the chain must show afterwards.
    pub(super) fn left(&self) -> [Shares; 2] {
        let ([first, second], [gone_first, gone_second]) = (self.held.chain, self.leaving());
        match self.task {
            Task::Redeem => [Shares::ZERO, Shares::ZERO],
            Task::Merge(_) => [first - gone_first, second - gone_second],
            Task::Book | Task::BookMerge(_) | Task::Differs | Task::Dust | Task::Keep => {
                [first, second]
            }
        }
    }

    /// A line for people.
    pub(super) fn text(&self) -> String {
        let market = &self.held.market;
        let both = |pair: [Shares; 2]| {
            let [first, second] = pair;
            let [yes, no] = &market.outcomes;
            format!("{} {yes} and {} {no}", shares(first), shares(second))
        };
        let (slug, cash) = (&market.slug, usd_exact(self.cash()));
        match self.task {
            Task::Redeem => format!("redeem    {} of {slug}: pays {cash}\n", both(self.held.chain)),
            Task::Merge(sets) => format!("merge     {} sets of {slug}: {cash}\n", shares(sets)),
            Task::Book => {
                format!(
                    "redeemed  {} of {slug} without us: {cash} to book\n",
                    both(self.held.books)
                )
            }
            Task::BookMerge(sets) => {
                let sets = shares(sets);
                format!("merged    {sets} sets of {slug} without us: {cash} to book\n")
            }
            Task::Differs => format!(
                "differs   {slug}: {} on the chain, {} in the books; `betteroms account adopt` first\n",
                both(self.held.chain),
                both(self.held.books)
            ),
            Task::Dust => format!(
                "dust      {} of {slug}: fewer than the {} that an order takes; they wait for the \
                 result\n",
                both(self.held.chain),
                shares(market.min_size)
            ),
            Task::Keep => format!("keep      {} of {slug}: not resolved\n", both(self.held.chain)),
        }
    }

    /// The same for scripts.
    pub(super) fn json(&self) -> Value {
        let word = match self.task {
            Task::Redeem => "redeem",
            Task::Merge(_) => "merge",
            Task::Book => "redeemed",
            Task::BookMerge(_) => "merged",
            Task::Differs => "differs",
            Task::Dust => "dust",
            Task::Keep => "keep",
        };
        let held = &self.held;
        json!({ "is": word, "market": held.market.condition, "slug": held.market.slug,
            "chain": held.chain, "books": held.books, "leaving": self.leaving(), "cash": self.cash() })
    }
}

fn task(held: &Held) -> Task {
    let has = |pair: [Shares; 2]| pair.iter().any(|shares| !shares.is_zero());
    if held.payouts.is_some() && !has(held.chain) && has(held.books) {
        return Task::Book;
    }
    if !held.agrees() {
        return gone_in_sets(held).map_or(Task::Differs, Task::BookMerge);
    }
    if held.payouts.is_some() {
        return Task::Redeem;
    }
    let sets = complete_sets(held.free);
    if sets.is_positive() {
        return Task::Merge(sets);
    }
    let is_small = |shares: &Shares| *shares < held.market.min_size;
    if held.chain.iter().all(is_small) { Task::Dust } else { Task::Keep }
}

/// Complete sets that the books have and the chain has no more. Both outcomes leave in equal numbers only by a
/// merge, for trades would have been booked; what a set pays is a dollar, before a result and after it.
pub(super) fn gone_in_sets(held: &Held) -> Option<Shares> {
    let ([first, second], [left, right]) = (held.books, held.chain);
    let (gone, other) = (first - left, second - right);
    (gone == other && gone.is_positive()).then_some(gone)
}
