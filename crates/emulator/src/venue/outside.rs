//! What comes to the venue from outside of its own rules: the feed of recorded or scripted facts, and
//! money and shares given by hand.

use super::Venue;
use super::act::Act;
use super::change::Change;
use crate::feed::{Feed, FeedEvent};
use crate::ledger::{MarketIx, Refused, WalletIx};
use crate::names::Kind as NameKind;
use alloy_primitives::Address;
use betteroms_core::market::{Gate, Outcome};
use betteroms_core::money::{Shares, Usd};
use betteroms_core::time::Time;
use betteroms_core::venue::PaymentKind;

impl Venue {
    /// Lets facts happen at their times from now on, behind those of a feed that is followed already.
    pub fn follow(&mut self, feed: Feed) {
        self.feed.join(feed);
    }

    /// The next fact from outside, where it is due by `now` and not later than the next task: at equal
    /// times the public happens first, so that a book of the instant at which trading ends is seen.
    pub(super) fn outside_due(&mut self, now: Time) -> Option<(Time, FeedEvent)> {
        let task = self.agenda.next();
        let until = task.map_or(now, |task| task.min(now));
        self.feed.take(until)
    }

    /// Lets a fact happen now. Public facts of a market that no longer takes orders are not looked at.
    pub fn happen(&mut self, event: &FeedEvent) {
        let is_open = |venue: &Self, market: &MarketIx| {
            venue.floors.get(*market).listing.market.gate != Gate::Closed
        };
        match event {
            FeedEvent::Tick(market, tick) if is_open(self, market) => self.set_tick(*market, *tick),
            FeedEvent::Print { market, outcome, taker, price, size } if is_open(self, market) => {
                // Nobody in the crowd waits for the answer.
                let _trades = self.crowd_takes(*market, (*outcome, *taker), *price, *size);
            }
            FeedEvent::Book(market, book) if is_open(self, market) => {
                self.crowd_shows(*market, book);
            }
            FeedEvent::Level(market, side, level) if is_open(self, market) => {
                self.crowd_level(*market, *side, *level);
            }
            FeedEvent::Tick(..)
            | FeedEvent::Print { .. }
            | FeedEvent::Book(..)
            | FeedEvent::Level(..) => {}
            FeedEvent::Close(market) => self.close(*market),
            FeedEvent::Resolve(market, payout_first) => {
                // One that was resolved by hand meanwhile stays as it was resolved.
                let _settled = self.resolve(*market, *payout_first);
            }
            FeedEvent::Mode(mode) => self.set_mode(*mode),
            FeedEvent::Fund(address, amount) => {
                // More than the ledger can count is refused there; nothing is lost by that.
                let _funded = self.fund(*address, *amount);
            }
        }
    }

    /// The ledger's number of a wallet, which is made, empty, where the address is new.
    pub fn wallet(&mut self, address: Address) -> WalletIx {
        self.ledger.wallet(address)
    }

    /// Gives dollars to a wallet from the outside world; negative dollars leave it. What the venue
    /// believes of the wallet learns of it with the next refresh, as with any deposit.
    ///
    /// # Errors
    /// When more leaves than is there, or the sum outgrows 64 bits.
    pub fn fund(&mut self, address: Address, amount: Usd) -> Result<WalletIx, Refused> {
        let wallet = self.ledger.wallet(address);
        if amount < Usd::ZERO {
            self.ledger.withdraw(wallet, Usd::ZERO - amount)?;
        } else {
            self.ledger.deposit(wallet, amount)?;
        }
        self.note(Change::Funded { wallet, amount });
        Ok(wallet)
    }

    /// The venue pays a wallet a reward, a rebate or interest: dollars of the outside world, told in its history and in a
    /// receipt.
    ///
    /// # Errors
    /// On a negative amount, or a sum that outgrows 64 bits.
    pub fn pay_out(
        &mut self,
        address: Address,
        kind: PaymentKind,
        amount: Usd,
    ) -> Result<(), Refused> {
        let wallet = self.ledger.wallet(address);
        self.ledger.deposit(wallet, amount)?;
        let hash = self.names.hash(NameKind::Transaction);
        self.note(Change::Chain { wallet, act: Act::Paid { kind, amount, hash } });
        Ok(())
    }

    /// A wallet turns dollars into pairs of tokens, as on the website.
    ///
    /// # Errors
    /// When it has not so many, or the amount is negative.
    pub fn split_by_hand(
        &mut self,
        address: Address,
        market: MarketIx,
        shares: Shares,
    ) -> Result<(), Refused> {
        let wallet = self.ledger.wallet(address);
        self.ledger.split(wallet, market, shares)?;
        self.note(Change::Chain { wallet, act: Act::Split { market, shares } });
        Ok(())
    }

    /// Gives outcome tokens to a wallet; the outside world pays for the pairs.
    ///
    /// # Errors
    /// On a negative amount, or a sum that outgrows 64 bits.
    pub fn endow(
        &mut self,
        address: Address,
        (market, outcome): (MarketIx, Outcome),
        shares: Shares,
    ) -> Result<WalletIx, Refused> {
        let wallet = self.ledger.wallet(address);
        self.ledger.give_shares(wallet, market, outcome, shares)?;
        self.note(Change::Endowed { wallet, market, outcome, shares });
        Ok(wallet)
    }
}
