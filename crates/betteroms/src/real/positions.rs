//! What the wallet holds of each market: on the chain, in our books, and what the market paid. The Data API
//! and the books say where to look; only the chain says how much.

use super::access::Access;
use crate::app::House;
use crate::books::why_unread;
use crate::commands::run::options;
use anyhow::{Context as _, Result, anyhow, bail};
use betteroms_core::market::{ConditionId, Market, Outcome, Resolution};
use betteroms_core::money::{Fraction, Shares, Usd};
use betteroms_core::plan::MarketRef;
use betteroms_core::state::State;
use betteroms_core::time::Time;
use betteroms_polymarket::LiveBooks;
use betteroms_polymarket::chain::Payouts;
use betteroms_polymarket::reads::Holding;
use betteroms_polymarket::signing::{B256, U256};
use std::collections::{BTreeMap, BTreeSet};

/// One market of the wallet. Pairs have outcome index 0 first.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) market: Market,
    /// Shares on the chain.
    pub(crate) chain: [Shares; 2],
    /// Shares in the books.
    pub(crate) books: [Shares; 2],
    /// Shares in the books that no order of ours has set aside.
    pub(crate) free: [Shares; 2],
    /// What the venue's history says that they cost.
    pub(crate) told_cost: [Usd; 2],
    /// What it pays, once it is resolved.
    pub(crate) payouts: Option<Payouts>,
}

pub(crate) const OUTCOMES: [Outcome; 2] = [Outcome::First, Outcome::Second];

impl Held {
    /// The market's id as the chain has it.
    pub(crate) fn condition(&self) -> Result<B256> {
        condition(&self.market.condition)
    }

    /// Whether chain and books have the same shares.
    pub(crate) fn agrees(&self) -> bool {
        self.chain == self.books
    }

    /// The result, as the books record it.
    pub(crate) fn resolution(&self, at: Time) -> Option<Resolution> {
        let Payouts { first, denominator, .. } = self.payouts?;
        let micros = first.checked_mul(U256::from(1_000_000))?.checked_div(denominator)?;
        let payout_first = Fraction::from_micros(u32::try_from(micros).ok()?)?;
        Some(Resolution { at, payout_first })
    }

    /// What the contract pays for these shares, each outcome rounded down; zero without a result.
    pub(crate) fn pays(&self, shares: [Shares; 2]) -> Usd {
        let Some(Payouts { first, second, denominator }) = self.payouts else { return Usd::ZERO };
        let pay = |(shares, numerator): (Shares, U256)| {
            let micros = u64::try_from(shares.micros()).unwrap_or_default();
            let paid = U256::from(micros).saturating_mul(numerator) / denominator;
            Usd::from_micros(i64::try_from(paid).unwrap_or_default())
        };
        shares.into_iter().zip([first, second]).map(pay).sum()
    }
}

/// Everything that the wallet or the books hold.
pub(crate) async fn look(house: &House, access: &Access, state: &State) -> Result<Vec<Held>> {
    let venue = LiveBooks::connect(options(house))?;
    let told = venue.holdings(access.wallet.maker).await?;
    let ours = state.positions.values().filter(|position| !position.shares.is_zero());
    let wanted: BTreeSet<ConditionId> = ours
        .map(|position| position.market.clone())
        .chain(told.iter().map(|holding| holding.condition.clone()))
        .collect();
    let references: Vec<MarketRef> =
        wanted.iter().map(|condition| MarketRef::Market(condition.to_string())).collect();
    let mut held = Vec::new();
    for (name, found) in venue.resolve(&references).await {
        let market = found.map_err(|problem| anyhow!("{name}: {}", why_unread(problem)));
        let market = market.context("a market of the wallet cannot be looked up")?;
        held.push(one(access, state, market, &told).await?);
    }
    Ok(held)
}

/// What the wallet holds on the chain, by market.
pub(crate) fn on_chain(held: &[Held]) -> BTreeMap<ConditionId, [Shares; 2]> {
    held.iter().map(|one| (one.market.condition.clone(), one.chain)).collect()
}

async fn one(access: &Access, state: &State, market: Market, told: &[Holding]) -> Result<Held> {
    let payouts = access.chain.payouts(condition(&market.condition)?).await?;
    let (mut chain, mut books, mut free) =
        ([Shares::ZERO; 2], [Shares::ZERO; 2], [Shares::ZERO; 2]);
    let mut told_cost = [Usd::ZERO; 2];
    for outcome in OUTCOMES {
        let (at, token) = (outcome.index(), market.token(outcome));
        let id = U256::from_str_radix(token, 10).context("a token's id is no number")?;
        let position = state.positions.get(&(market.condition.clone(), outcome));
        let history = told.iter().find(|holding| holding.token == token);
        set(&mut chain, at, access.chain.token_balance(access.wallet.maker, id).await?);
        set(&mut books, at, position.map_or(Shares::ZERO, |position| position.shares));
        set(&mut free, at, state.free_shares(&market.condition, outcome));
        set(&mut told_cost, at, history.map_or(Usd::ZERO, |holding| holding.cost));
    }
    Ok(Held { market, chain, books, free, told_cost, payouts })
}

fn set<T>(pair: &mut [T; 2], at: usize, value: T) {
    if let Some(place) = pair.get_mut(at) {
        *place = value;
    }
}

fn condition(id: &ConditionId) -> Result<B256> {
    match id.as_str().parse() {
        Ok(condition) => Ok(condition),
        Err(_) => bail!("{id} is no condition of the chain"),
    }
}
