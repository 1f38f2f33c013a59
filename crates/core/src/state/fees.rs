//! Fees charged against fees expected (`shared/venue.md` 6.1, 6.3). The receipt of a trade's transaction tells what
//! was charged for it, and the books take it over. Where no receipt could be read the wallet's cash has to tell: once
//! nothing is under way, what is missing or left over there is held against the trades whose fees neither a receipt
//! nor a balance has shown to be right yet.

use super::real::Booked;
use super::{ApplyError, Changes, State, Touched};
use crate::event::{Difference, Fill, FillKey, Role, Subject};
use crate::ledger::Source;
use crate::money::Usd;
use serde::{Deserialize, Serialize};

/// The most trades that are named.
const NAMED_MAX: usize = 5;
/// What a fee may differ by and still be as announced: whether the fifth decimal is rounded or cut, and for each match
/// or each part of it, is not published (`shared/venue.md` 6.2).
pub(crate) const ROUNDING: Usd = Usd::from_micros(10);
/// No fee is more than this part of what was traded: the highest limit of any of the venue's exchanges is
/// 1,000 in 10,000 (`shared/venue.md` 6.1). A greater difference has another cause.
const LARGEST_PART: i64 = 10;

/// Fills as a taker since the wallet's cash last agreed with the books, those left out whose receipts were read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnprovenFees {
    /// What the venue should have charged for them.
    pub expected: Usd,
    /// Dollars that changed hands in them, fees aside.
    pub notional: Usd,
    /// How many they are.
    pub fills: u32,
    /// The first of their trades.
    pub trades: Vec<String>,
}

impl UnprovenFees {
    /// True where there is none.
    pub const fn is_none(&self) -> bool {
        self.fills == 0
    }

    pub(super) fn add(&mut self, fill: &Fill) {
        if fill.role != Role::Taker {
            return;
        }
        self.expected += fill.fee;
        self.notional += fill.cash.max(-fill.cash);
        self.fills = self.fills.saturating_add(1);
        if self.trades.len() < NAMED_MAX {
            self.trades.push(fill.trade_id.clone());
        }
    }

    /// A fill was taken back. One that was proven before takes nothing from those that are not.
    pub(super) fn remove(&mut self, fill: &Fill) {
        if fill.role != Role::Taker || self.is_none() {
            return;
        }
        self.expected = (self.expected - fill.fee).or_zero();
        self.notional = (self.notional - fill.cash.max(-fill.cash)).or_zero();
        self.fills -= 1;
        self.trades.retain(|trade| *trade != fill.trade_id);
    }
}

/// Fees that look otherwise than announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeesDiffer {
    /// What the market's schedule makes of the trades.
    pub expected: Usd,
    /// What was charged, if nothing else moved the wallet's cash.
    pub charged: Usd,
    /// How many trades it is about.
    pub fills: u32,
    /// The first of them.
    pub trades: Vec<String>,
}

impl State {
    /// Fills whose receipts are still to be read.
    pub fn fees_unread(&self) -> impl Iterator<Item = &Booked> {
        self.fills.values().filter(|booked| booked.unread.is_some())
    }

    /// The chain told what a fill was charged: once. What differs from the booked fee moves cash, the order, and the
    /// position's cost or profit.
    pub(super) fn charge(
        &mut self,
        key: &FillKey,
        charged: Usd,
        changes: &mut Changes,
    ) -> Result<(), ApplyError> {
        let booked = self.fills.get(key).ok_or_else(|| ApplyError::UnknownFill(key.clone()))?;
        if booked.unread.is_none() {
            return Err(ApplyError::ChargedTwice(key.clone()));
        }
        let (fill, is_foreign) = (booked.fill.clone(), booked.is_foreign);
        let more = charged - fill.fee;
        if !is_foreign && !more.is_zero() {
            self.order_mut(&key.order)?.tracks.expected.fee += more;
            changes.touch(&key.order, Touched::Moved);
        }
        if let Some(booked) = self.fills.get_mut(key) {
            (booked.unread, booked.fill.fee) = (None, charged);
        }
        changes.settlements.insert(key.clone());
        self.real_mut().fees_unproven.remove(&fill);
        if more.is_zero() {
            return Ok(());
        }
        changes.charge(key, charged);
        self.move_cash(Source::Fees, -more);
        self.position_mut(&fill.market, fill.outcome, changes).recharge(
            fill.side,
            fill.shares,
            more,
        );
        Ok(())
    }

    /// The wallet's cash is as the books say, whatever each single trade was charged.
    pub(super) fn prove_fees(&mut self, changes: &mut Changes) {
        self.real_mut().fees_unproven = UnprovenFees::default();
        for (key, booked) in &mut self.fills {
            if booked.unread.take().is_some() {
                changes.settlements.insert(key.clone());
            }
        }
    }

    /// The first of the trades that a difference may be about.
    fn unproven_trades(&self, unproven: &UnprovenFees) -> Vec<String> {
        let unread = self.fees_unread().filter(|booked| booked.fill.role == Role::Taker);
        let mut trades: Vec<String> = unread.map(|booked| booked.fill.trade_id.clone()).collect();
        trades.extend(unproven.trades.iter().cloned());
        let mut named = std::collections::BTreeSet::new();
        trades.retain(|trade| named.insert(trade.clone()));
        trades.truncate(NAMED_MAX);
        trades
    }

    /// Whether fees explain why the wallet holds other dollars than the books: only once no trade is under way,
    /// where shares agree, and where the charge that this makes is one that the venue could make.
    pub fn fees_differ(&self) -> Option<FeesDiffer> {
        let real = self.account.real.as_ref()?;
        let (mut gap, mut shares_agree) = (None, true);
        for (what, difference) in &real.differs {
            match (what, difference) {
                (Subject::Cash, Difference::CashDiffers { books, chain }) => {
                    gap = Some(*books - *chain);
                }
                (_, Difference::SharesDiffer { .. }) => shares_agree = false,
                (_, Difference::CashDiffers { .. } | Difference::FillsMissing { .. })
                | (
                    _,
                    Difference::OrderDiffers { .. }
                    | Difference::Foreign { .. }
                    | Difference::ForeignOrder { .. },
                )
                | (_, Difference::Unbelievable { .. }) => {}
            }
        }
        let is_settled = self.fills.values().all(|booked| booked.settlement.is_final());
        let unproven = &real.fees_unproven;
        let gap = gap.filter(|_| shares_agree && is_settled && !unproven.is_none())?;
        let rounding = i64::from(unproven.fills).saturating_mul(ROUNDING.micros());
        let charged = unproven.expected + gap;
        let is_likely = charged >= Usd::ZERO
            && charged.micros().saturating_mul(LARGEST_PART) <= unproven.notional.micros();
        (is_likely && gap.micros().abs() > rounding).then(|| FeesDiffer {
            expected: unproven.expected,
            charged,
            fills: unproven.fills,
            trades: self.unproven_trades(unproven),
        })
    }
}
