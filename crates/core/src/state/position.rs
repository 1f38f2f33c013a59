//! A position is a fold of fills: shares of one token, what they cost, and what was earned.
#![deny(clippy::arithmetic_side_effects)]

use crate::ledger::Claims;
use crate::market::{ConditionId, Outcome, Side};
use crate::money::{Fraction, Shares, Usd, payout_floor, pro_rata_ceil};
use serde::{Deserialize, Serialize};

/// Cash and net shares of one band; net shares may be negative where a band sold what it never got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    /// Dollars in minus dollars out, fees included.
    pub cash: Usd,
    /// Shares in minus shares out.
    pub shares: Shares,
}

/// Cash that a payout brought on each track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paid {
    /// To the account.
    pub expected: Usd,
    /// To the fewest-fills band.
    pub fewest: Usd,
    /// To the most-fills band.
    pub most: Usd,
}

/// What the account holds of one token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The market.
    pub market: ConditionId,
    /// The token.
    pub outcome: Outcome,
    /// Shares held.
    pub shares: Shares,
    /// What the held shares cost, before fees.
    pub cost: Usd,
    /// Buy fees that belong to the held shares.
    pub buy_fees: Usd,
    /// Locked by sells and payouts, net of all fees.
    pub realised: Usd,
    /// The fewest-fills band.
    pub fewest: Band,
    /// The most-fills band.
    pub most: Band,
    /// What one share paid, once the market is resolved.
    pub payout: Option<Fraction>,
    /// Dollars that payouts brought.
    pub paid: Usd,
    /// Real: the part of the above that was bought and is not confirmed. It cannot be sold.
    #[serde(default, skip_serializing_if = "Pending::is_none")]
    pub pending: Pending,
    /// Real: what the shares came from.
    #[serde(default, skip_serializing_if = "Claims::is_empty")]
    pub claims: Claims<Shares>,
}

/// Bought shares whose trades are not confirmed, kept apart so that a failed trade leaves no trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Shares.
    pub shares: Shares,
    /// What they cost, before fees.
    pub cost: Usd,
    /// Their fees.
    pub fees: Usd,
}

impl Pending {
    /// True when there are none.
    pub const fn is_none(&self) -> bool {
        self.shares.is_zero() && self.cost.is_zero() && self.fees.is_zero()
    }
}

/// Cost and buy fees that left a position with sold shares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Of the cost.
    pub cost: Usd,
    /// Of the buy fees.
    pub fees: Usd,
}

impl Position {
    /// Nothing held yet.
    pub const fn empty(market: ConditionId, outcome: Outcome) -> Self {
        const NONE: Band = Band { cash: Usd::ZERO, shares: Shares::ZERO };
        Self {
            market,
            outcome,
            shares: Shares::ZERO,
            cost: Usd::ZERO,
            buy_fees: Usd::ZERO,
            realised: Usd::ZERO,
            fewest: NONE,
            most: NONE,
            payout: None,
            paid: Usd::ZERO,
            pending: Pending { shares: Shares::ZERO, cost: Usd::ZERO, fees: Usd::ZERO },
            claims: Claims::none(),
        }
    }

    /// True when nothing is held on any track: a closed page.
    pub const fn is_flat(&self) -> bool {
        self.shares.is_zero() && self.fewest.shares.is_zero() && self.most.shares.is_zero()
    }

    /// Books a fill. `cash` is negative for a buy and before the fee. Cost and buy fees of what is
    /// sold leave pro rata, rounded up: realised PnL is never rounded in our favour. A fill that
    /// comes after the payout is paid at once.
    pub fn book(&mut self, side: Side, shares: Shares, cash: Usd, fee: Usd) -> Left {
        match side {
            Side::Buy => {
                self.shares += shares;
                self.cost += -cash;
                self.buy_fees += fee;
                Left::default()
            }
            Side::Sell => {
                let (cost, fees) = self.leave(shares);
                self.realised += cash - fee - cost - fees;
                Left { cost, fees }
            }
        }
    }

    /// Marks bought shares as not confirmed.
    pub fn await_settlement(&mut self, shares: Shares, cash: Usd, fee: Usd) {
        self.pending.shares += shares;
        self.pending.cost += -cash;
        self.pending.fees += fee;
    }

    /// Bought shares are confirmed.
    pub fn confirm(&mut self, shares: Shares, cash: Usd, fee: Usd) {
        self.pending.shares -= shares;
        self.pending.cost -= -cash;
        self.pending.fees -= fee;
    }

    /// Takes a fill back as if it had never been: what it brought goes, what it took returns. A buy's
    /// shares must still be pending.
    pub fn take_back(&mut self, side: Side, shares: Shares, (cash, fee): (Usd, Usd), left: Left) {
        match side {
            Side::Buy => {
                self.confirm(shares, cash, fee);
                self.shares -= shares;
                self.cost -= -cash;
                self.buy_fees -= fee;
            }
            Side::Sell => {
                self.shares += shares;
                self.cost += left.cost;
                self.buy_fees += left.fees;
                self.realised -= cash - fee - left.cost - left.fees;
            }
        }
    }

    /// A confirmed fill was charged `more` than was booked, or less where negative. What is still held of a buy bears
    /// its part; the rest has been realised, as has all of a sale.
    pub fn recharge(&mut self, side: Side, shares: Shares, more: Usd) {
        let held = match side {
            Side::Buy => self.confirmed().or_zero().min(shares),
            Side::Sell => Shares::ZERO,
        };
        let borne = if held.is_positive() { pro_rata_ceil(more, held, shares) } else { Usd::ZERO };
        // No more is given back than these shares bear.
        let borne = borne.max(-(self.buy_fees - self.pending.fees).or_zero());
        self.buy_fees += borne;
        self.realised -= more - borne;
    }

    /// Shares that the chain has confirmed as ours.
    pub fn confirmed(&self) -> Shares {
        self.shares - self.pending.shares
    }

    /// What `shares` of the confirmed ones cost, fees included, rounded up.
    pub fn cost_of(&self, shares: Shares) -> Usd {
        let held = self.confirmed();
        if !held.is_positive() {
            return Usd::ZERO;
        }
        let total = self.cost - self.pending.cost + self.buy_fees - self.pending.fees;
        pro_rata_ceil(total, shares.min(held), held)
    }

    /// Shares leave for dollars without a trade: redeemed or merged.
    pub fn convert(&mut self, shares: Shares, cash: Usd) {
        let (cost, fees) = self.leave(shares);
        self.realised += cash - cost - fees;
    }

    /// Takes over shares that were bought elsewhere; fewer where negative.
    pub fn adopt(&mut self, shares: Shares, cost: Usd) {
        if shares < Shares::ZERO {
            let (cost, fees) = self.leave(-shares);
            self.realised -= cost + fees;
        } else {
            self.shares += shares;
            self.cost += cost;
        }
    }

    /// Cost and buy fees of `shares` that leave. Selling more than is held leaves all of the cost.
    fn leave(&mut self, shares: Shares) -> (Usd, Usd) {
        // What is not confirmed keeps its own cost: it may yet turn out never to have been.
        let held = self.confirmed();
        let part = shares.min(held.or_zero());
        let share_of = |total: Usd| {
            if held.is_positive() { pro_rata_ceil(total, part, held) } else { Usd::ZERO }
        };
        let cost = share_of(self.cost - self.pending.cost);
        let fees = share_of(self.buy_fees - self.pending.fees);
        self.shares -= shares;
        self.cost -= cost;
        self.buy_fees -= fees;
        (cost, fees)
    }

    /// Pays the position at `payout` dollars a share and empties it; returns the cash received on
    /// each track, rounded down. Paying twice pays nothing more.
    pub fn pay(&mut self, payout: Fraction) -> Paid {
        let cash = payout_floor(self.shares, payout);
        let shares = self.shares;
        let (cost, fees) = self.leave(shares);
        self.realised += cash - cost - fees;
        let [fewest, most] = [&mut self.fewest, &mut self.most].map(|band| {
            let cash = payout_floor(band.shares, payout);
            band.cash += cash;
            band.shares = Shares::ZERO;
            cash
        });
        self.payout = Some(payout);
        self.paid += cash;
        Paid { expected: cash, fewest, most }
    }
}
