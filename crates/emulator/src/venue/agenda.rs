//! What is due later: settlement steps, expiries, ends of modes. Strictly by time, then by the order in
//! which it was written down.

use super::order::OrderIx;
use super::people::KeyIx;
use super::place::Posted;
use super::trade::TradeIx;
use crate::ledger::MarketIx;
use alloy_primitives::Address;
use betteroms_core::money::{Fraction, Shares};
use betteroms_core::time::Time;
use std::collections::BTreeMap;

/// One thing to do.
#[derive(Clone, Debug)]
pub enum Task {
    /// A trade's transaction reaches a block, fails or is sent again.
    Settle(TradeIx),
    /// A mined trade becomes final.
    Confirm(TradeIx),
    /// A cancelled order turns out to have traded so much before: a fault.
    LateFill(OrderIx, Shares),
    /// A dated order runs out.
    Expire(OrderIx),
    /// A delayed order matches.
    Undelay(OrderIx),
    /// The heartbeats are looked at.
    Heartbeats,
    /// A game starts.
    GameStart(MarketIx),
    /// Trading ends.
    Close(MarketIx),
    /// The result becomes visible.
    Resolve(MarketIx, Fraction),
    /// An order whose answer was lost arrives late.
    Arrive(Box<(KeyIx, Posted)>),
    /// The engine's restart or its post-only window is over.
    Mode,
    /// A relayed transaction goes on.
    Relay(u32),
    /// Transactions that an account sent itself get into a block.
    Mine(Address),
    /// A change of a session signer goes on.
    Session(u32),
}

/// Tasks by time.
#[derive(Clone, Debug, Default)]
pub struct Agenda {
    tasks: BTreeMap<(Time, u64), Task>,
    written: u64,
}

impl Agenda {
    /// Writes a task down.
    pub(super) fn at(&mut self, time: Time, task: Task) {
        self.tasks.insert((time, self.written), task);
        self.written += 1;
    }

    /// When the first one is due.
    pub fn next(&self) -> Option<Time> {
        self.tasks.first_key_value().map(|((time, _), _)| *time)
    }

    /// Takes the first one that is due by `now`.
    pub(super) fn take(&mut self, now: Time) -> Option<(Time, Task)> {
        let entry = self.tasks.first_entry()?;
        if entry.key().0 > now {
            return None;
        }
        let ((time, _), task) = entry.remove_entry();
        Some((time, task))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Whether nothing is due ever.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }
}
