//! What is done to the venue by hand or by a fault: approvals, the chain read again, things
//! that arrive late. No client of the real venue can do any of it this way.

use super::Venue;
use super::act::Act;
use super::agenda::Task;
use super::change::Change;
use super::funds::Token;
use super::order::OrderIx;
use super::people::KeyIx;
use super::place::Posted;
use crate::ledger::{Asset, MarketIx, WalletIx};
use alloy_primitives::Address;
use betteroms_core::market::Outcome;
use betteroms_core::money::Shares;
use betteroms_core::time::Time;

impl Venue {
    /// Lets an order arrive so much later; nobody hears its answer.
    pub fn arrive_later(&mut self, key: KeyIx, posted: Posted, millis: u64) {
        let due = self.in_millis(millis);
        self.agenda.at(due, Task::Arrive(Box::new((key, posted))));
    }

    /// Lets an order that was cancelled turn out, so much later, to have traded so many shares. Nothing
    /// happens then to one that is still open.
    pub fn fill_later(&mut self, order: OrderIx, size: Shares, millis: u64) {
        let due = self.in_millis(millis);
        self.agenda.at(due, Task::LateFill(order, size));
    }

    /// The venue's time in so many milliseconds.
    pub fn in_millis(&self, millis: u64) -> Time {
        let micros = i64::try_from(millis).unwrap_or(i64::MAX).saturating_mul(1_000);
        Time::from_micros(self.now.micros().saturating_add(micros))
    }

    /// Grants a spender so much of a wallet's dollars, or all of its shares; zero takes it back.
    pub fn allow_spender(
        &mut self,
        address: Address,
        token: Token,
        spender: Address,
        amount: u128,
    ) {
        let wallet = self.ledger.wallet(address);
        self.funds.grant(wallet, token, spender, amount);
        self.note(Change::Chain { wallet, act: Act::Approve { token, spender, amount } });
    }

    /// Reads the chain again for everything a wallet has.
    pub fn refresh_all(&mut self, wallet: WalletIx) {
        self.refresh(wallet, Asset::Cash);
        // Every market, as what the venue saw of one may be gone from the chain since.
        let markets: Vec<MarketIx> = self.floors.iter().map(|(ix, _)| ix).collect();
        for market in markets {
            for outcome in [Outcome::First, Outcome::Second] {
                self.refresh(wallet, Asset::Share(market, outcome));
            }
        }
    }
}
