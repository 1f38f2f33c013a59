//! What receipts say that trades were charged: each fee is booked as it was charged, once, and nothing is guessed
//! where they do not tell (`shared/venue.md` 6.1, 9.1).

use super::Work;
use crate::event::{AccountFact, Event, FillKey};
use crate::money::Usd;
use crate::state::ApplyError;
use crate::state::fees::ROUNDING;
use crate::state::real::Booked;
use crate::venue::{Charged, OnChain};

/// What receipts tell of one fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Nothing: it was not read, or does not name the order.
    Silent,
    /// It names the order, and not what we booked: other shares, other dollars, or charges that are none.
    Contradicts,
    /// The fee.
    Fee(Usd),
}

/// Reads what a fill was charged. Only what tells exactly the booked token, direction, shares and dollars is about
/// it; of several such that tell different fees none is.
pub fn reading(booked: &Booked, on_chain: &OnChain, told: &[Charged]) -> Reading {
    let fill = &booked.fill;
    let cash = fill.cash.max(-fill.cash);
    let of_order = told
        .iter()
        .filter(|one| one.transaction == on_chain.transaction && one.order == on_chain.order);
    let mut found = Reading::Silent;
    let mut fee = None;
    for one in of_order {
        found = Reading::Contradicts;
        let is_same = one.token == on_chain.token && one.side == fill.side;
        if !is_same || one.shares != fill.shares || one.cash != cash {
            continue;
        }
        // No fee is negative, or more than what was traded.
        let is_fee = Usd::ZERO <= one.fee && one.fee <= cash;
        if !is_fee || fee.is_some_and(|known| known != one.fee) {
            return Reading::Contradicts;
        }
        fee = Some(one.fee);
    }
    fee.map_or(found, Reading::Fee)
}

impl Work<'_> {
    /// Books each fee that was read.
    pub(super) fn charges(&mut self) -> Result<(), ApplyError> {
        let told = &self.view.charged;
        if told.is_empty() {
            return Ok(());
        }
        let fact = |(key, booked): (&FillKey, &Booked)| {
            let on_chain = booked.unread.as_ref()?;
            // Its order's row bears the fee as well.
            let is_here = booked.is_foreign || self.state.orders.contains_key(&key.order);
            match reading(booked, on_chain, told) {
                Reading::Fee(charged) if is_here => Some(AccountFact::FeeCharged {
                    key: key.clone(),
                    expected: booked.fill.fee,
                    charged,
                    rounding: Usd::from_micros(
                        ROUNDING.micros().saturating_mul(i64::from(on_chain.parts)),
                    ),
                }),
                Reading::Fee(_) | Reading::Silent | Reading::Contradicts => None,
            }
        };
        let facts: Vec<AccountFact> = self.state.fills.iter().filter_map(fact).collect();
        facts.into_iter().try_for_each(|fact| self.emit(Event::Account { fact }))
    }
}
