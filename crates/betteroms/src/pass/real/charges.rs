//! Reading what settled trades were charged: the receipts of their transactions. What cannot be read stays unproven,
//! and holds nothing up.

use super::Observer;
use alloy_primitives::B256;
use betteroms_core::reconcile::real::{Reading, reading};
use betteroms_core::state::State;
use betteroms_core::venue::{Charged, OnChain};
use betteroms_core::world::World;
use betteroms_polymarket::chain::filled::{charges, transaction};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The most receipts that a pass asks for.
const RECEIPTS_MAX: usize = 50;
/// How long all of it may take: a node that is slow holds up the orders.
const DEADLINE: Duration = Duration::from_secs(10);

/// The receipts of one pass.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    /// Transactions that were asked for: each once.
    asked: BTreeSet<B256>,
    /// What they told.
    told: Vec<Charged>,
    /// True once the node did not answer.
    is_over: bool,
}

impl Observer<'_> {
    /// Reads what the fills were charged that `after` knows as confirmed and unread, into the account's view.
    pub(super) async fn charges(&self, after: &State, world: &mut World, receipts: &mut Receipts) {
        let now = world.now.secs().unsigned_abs();
        let Some(view) = &mut world.account else { return };
        // A node that does not tell the cash tells no receipts either.
        if view.cash.is_some() && !receipts.is_over {
            self.ask(&wanted(after, receipts, now), receipts).await;
        }
        for booked in after.fees_unread() {
            let Some(on_chain) = &booked.unread else { continue };
            if reading(booked, on_chain, &receipts.told) == Reading::Contradicts {
                tracing::warn!(
                    trade = %booked.fill.trade_id,
                    transaction = %on_chain.transaction,
                    "a receipt names the order and not what the trade says: its fee stays unproven"
                );
            }
        }
        view.charged.clone_from(&receipts.told);
    }

    /// Asks for receipts until one cannot be had.
    async fn ask(&self, wanted: &BTreeMap<B256, Vec<OnChain>>, receipts: &mut Receipts) {
        let hashes: Vec<B256> = wanted.keys().copied().collect();
        if hashes.is_empty() {
            return;
        }
        let answers = self.access.chain.receipts(&hashes, DEADLINE).await;
        if let Some(why) = answers.stopped {
            tracing::warn!(%why, "not every receipt could be read: the fees of the rest stay unproven");
            receipts.is_over = true;
        }
        for (hash, receipt) in answers.told {
            receipts.asked.insert(hash);
            let Some(receipt) = receipt else {
                tracing::debug!(transaction = %hash, "the node has no receipt of it");
                continue;
            };
            for fill in wanted.get(&hash).into_iter().flatten() {
                let told = charges(&receipt, fill);
                if told.is_empty() {
                    tracing::warn!(
                        transaction = %hash,
                        order = %fill.order,
                        "a receipt does not name the order that it settled: its fee stays unproven"
                    );
                }
                receipts.told.extend(told);
            }
        }
    }
}

/// Transactions to ask for, with the fills in each. Where there are more than a pass asks for, each pass begins
/// elsewhere among them, so that those that are never found do not keep the others waiting.
fn wanted(after: &State, receipts: &Receipts, now: u64) -> BTreeMap<B256, Vec<OnChain>> {
    let mut all: BTreeMap<B256, Vec<OnChain>> = BTreeMap::new();
    for on_chain in after.fees_unread().filter_map(|booked| booked.unread.as_ref()) {
        match transaction(on_chain) {
            Some(hash) => all.entry(hash).or_default().push(on_chain.clone()),
            None => {
                tracing::debug!(transaction = %on_chain.transaction, "no hash of a transaction");
            }
        }
    }
    all.retain(|hash, _| !receipts.asked.contains(hash));
    let room = RECEIPTS_MAX.saturating_sub(receipts.asked.len()).min(all.len());
    let count = u64::try_from(all.len()).unwrap_or(u64::MAX).max(1);
    let first = usize::try_from(scattered(now) % count).unwrap_or_default();
    let chosen: BTreeSet<B256> = all.keys().copied().cycle().skip(first).take(room).collect();
    all.retain(|hash, _| chosen.contains(hash));
    all
}

/// Passes come at even times, an hour apart: their remainders would be few (Fibonacci hashing).
const fn scattered(now: u64) -> u64 {
    now.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use betteroms_core::event::{AccountId, Fill, Role};
    use betteroms_core::market::{ConditionId, Outcome, Side};
    use betteroms_core::money::{Price, Shares, Usd};
    use betteroms_core::order::OrderId;
    use betteroms_core::state::position::Left;
    use betteroms_core::state::real::Booked;
    use betteroms_core::time::Time;
    use betteroms_core::venue::{Settlement, VenueId};

    fn unread(nth: u16) -> Booked {
        let order = VenueId::new(&format!("0x{nth}"));
        let transaction = B256::with_last_byte(u8::try_from(nth).unwrap()).to_string();
        let fill = Fill {
            order: OrderId::foreign(&order),
            trade_id: format!("t{nth}"),
            role: Role::Taker,
            market: ConditionId::new("0xc"),
            outcome: Outcome::First,
            side: Side::Buy,
            price: Price::from_micros(500_000).unwrap(),
            shares: Shares::from_units(1),
            cash: Usd::from_micros(-500_000),
            fee: Usd::ZERO,
            at: Time::from_secs(1),
        };
        let token = "1".to_owned();
        let on_chain = OnChain { transaction, order, token, neg_risk: false, parts: 1 };
        let (settlement, left) = (Settlement::Confirmed, Left::default());
        Booked { fill, settlement, left, is_foreign: true, unread: Some(on_chain) }
    }

    /// Planted by hand and seen red: no bound, a pass that begins at the same place every hour, a transaction that is
    /// asked for again in the same pass.
    #[test]
    fn a_pass_asks_for_so_many_receipts_and_passes_after_it_for_all() {
        let mut state = State::new(AccountId::real("0xab"));
        let booked = (0..120).map(unread).map(|booked| (booked.fill.key(), booked));
        state.fills = booked.collect();
        let fresh = Receipts::default();
        let mut seen = BTreeSet::new();
        for hour in 0..24 {
            let chosen = wanted(&state, &fresh, 1_790_000_000 / 3_600 * 3_600 + hour * 3_600);
            assert_eq!(chosen.len(), RECEIPTS_MAX);
            seen.extend(chosen.into_keys());
        }
        assert_eq!(seen.len(), 120, "of a day's passes none leaves one out for good");
        let asked: BTreeSet<B256> = seen.into_iter().take(RECEIPTS_MAX - 10).collect();
        let begun = Receipts { asked: asked.clone(), ..Receipts::default() };
        let rest = wanted(&state, &begun, 0);
        assert_eq!(rest.len(), 10);
        assert!(rest.keys().all(|hash| !asked.contains(hash)));
        let two = [unread(1), Booked { fill: unread(2).fill, ..unread(1) }];
        state.fills = two.map(|booked| (booked.fill.key(), booked)).into();
        assert_eq!(
            wanted(&state, &fresh, 0).into_values().map(|of| of.len()).collect::<Vec<_>>(),
            [2]
        );
    }
}
