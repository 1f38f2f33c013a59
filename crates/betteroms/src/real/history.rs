//! What the venue's history tells of the wallet and the books do not have: what the venue paid by itself, each shown by
//! a receipt, and complete sets that were bought for their dollar.

use super::access::Access;
use crate::app::House;
use crate::commands::run::options;
use alloy_primitives::B256;
use anyhow::{Context as _, Result};
use betteroms_core::market::ConditionId;
use betteroms_core::money::Shares;
use betteroms_core::state::real::{PAYMENTS_BACK_SECS, RealAccount};
use betteroms_core::venue::Payment;
use betteroms_polymarket::LiveBooks;
use betteroms_polymarket::chain::payments::{payment_kind, payments};
use betteroms_polymarket::reads::condition_id;
use betteroms_polymarket::wire::holdings::{ActivityKind, ActivityRow};
use std::collections::BTreeMap;
use std::time::Duration;

/// The most receipts that are asked for; a venue pays once a day and programme.
const RECEIPTS_MAX: usize = 50;
/// How long receipts may take: a node that is slow holds up the orders.
const DEADLINE: Duration = Duration::from_secs(10);

/// What happened to a wallet without us.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// Dollars that the venue paid, each shown by a receipt.
    pub(crate) payments: Vec<Payment>,
    /// Complete sets that were bought for their dollar, by market.
    pub(crate) splits: BTreeMap<ConditionId, Shares>,
}

/// The history since the account's balances were last taken over, a week back at most.
///
/// # Errors
/// When the venue's history cannot be read. Payments whose receipts cannot be had are left out.
pub(crate) async fn look(house: &House, access: &Access, real: &RealAccount) -> Result<History> {
    let back = house.now.plus_secs(-PAYMENTS_BACK_SECS);
    let since = real.payments_since().map_or(back, |since| since.max(back));
    let venue = LiveBooks::connect(options(house))?;
    let wallet = access.wallet.maker;
    let acts = venue.activity(wallet, since).await.context("asking what happened to the wallet")?;
    let mut by_transaction: BTreeMap<B256, Vec<&ActivityRow>> = BTreeMap::new();
    for act in acts.iter().filter(|act| payment_kind(&act.kind).is_some()) {
        let told = act.transaction_hash.as_deref().and_then(|hash| hash.parse().ok());
        let Some(hash) = told else { continue };
        by_transaction.entry(hash).or_default().push(act);
    }
    let hashes: Vec<B256> = by_transaction.keys().copied().take(RECEIPTS_MAX).collect();
    let receipts = access.chain.receipts(&hashes, DEADLINE).await;
    if let Some(why) = receipts.stopped {
        tracing::warn!(%why, "not every payment of the venue could be looked up: the rest stays a difference");
    }
    let mut found = History { splits: splits(&acts), ..History::default() };
    for (hash, receipt) in receipts.told {
        let Some((receipt, acts)) = receipt.zip(by_transaction.get(&hash)) else { continue };
        found.payments.extend(payments(&receipt, wallet, acts));
    }
    found.payments.retain(|payment| real.is_unpaid(payment));
    Ok(found)
}

fn splits(acts: &[ActivityRow]) -> BTreeMap<ConditionId, Shares> {
    let mut splits = BTreeMap::new();
    for act in acts.iter().filter(|act| act.kind == ActivityKind::Split) {
        let told = act.condition.as_deref().and_then(condition_id).zip(act.size.micros());
        let Some((condition, sets)) = told.filter(|(_, sets)| *sets > 0) else { continue };
        // Nobody vouches for the sum of what is told: only one that the chain shows is used.
        let known = splits.entry(ConditionId::new(condition)).or_insert(Shares::ZERO);
        *known = Shares::from_micros(known.micros().saturating_add(sets));
    }
    splits
}
