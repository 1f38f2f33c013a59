//! Double-entry books of a real account: every dollar and every share that the account holds is owed to
//! something that brought it. Assets are the account's cash and its positions; claims are kept here, by what
//! they came from. After each pass the two must be equal ([`imbalance`]), and both are compared with the chain.

use crate::market::{ConditionId, Outcome};
use crate::money::{Shares, Usd};
use crate::state::State;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What brought dollars or shares, or took them away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// What the wallet held when the account began.
    Opening,
    /// Shares brought in or taken out since; in older journals dollars as well.
    Adopted,
    /// Dollars brought in since.
    Deposit,
    /// Dollars taken out since.
    Withdrawal,
    /// Bought and sold by our orders.
    Trades,
    /// Bought and sold with our wallet by others' orders.
    Foreign,
    /// Fees of both.
    Fees,
    /// Paid by resolved markets.
    Redeem,
    /// Complete sets given back for their dollar.
    Merge,
    /// Complete sets bought for their dollar.
    Split,
    /// Liquidity rewards.
    Reward,
    /// A part of fees, paid back to makers and takers.
    Rebate,
    /// Interest.
    Yield,
}

impl Source {
    /// The word printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Adopted => "adopted",
            Self::Deposit => "deposits",
            Self::Withdrawal => "withdrawals",
            Self::Trades => "trades",
            Self::Foreign => "others' trades",
            Self::Fees => "fees",
            Self::Redeem => "redeemed",
            Self::Merge => "merged",
            Self::Split => "split",
            Self::Reward => "rewards",
            Self::Rebate => "rebates",
            Self::Yield => "interest",
        }
    }
}

/// Claims on one asset by what brought it. Positive: it came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Claims<T>(BTreeMap<Source, T>);

impl<T> Default for Claims<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Claims<T> {
    /// No claims.
    pub const fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// True when nothing was ever booked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Copy + Default + std::ops::AddAssign + std::iter::Sum> Claims<T> {
    /// Books an amount; negative where it left.
    pub fn book(&mut self, source: Source, amount: T) {
        *self.0.entry(source).or_default() += amount;
    }

    /// Each claim.
    pub const fn by_source(&self) -> &BTreeMap<Source, T> {
        &self.0
    }

    /// All claims together: what the asset must be.
    pub fn total(&self) -> T {
        self.0.values().copied().sum()
    }
}

/// Assets that are not what the claims say: a bug in us, never the venue's doing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Imbalance {
    /// Of dollars.
    #[error("the books do not balance: cash is {cash}, the claims on it are {claims}")]
    Cash {
        /// The asset.
        cash: Usd,
        /// The claims.
        claims: Usd,
    },
    /// Of shares.
    #[error(
        "the books do not balance: {shares} shares of {market}, the claims on them are {claims}"
    )]
    Shares {
        /// The market.
        market: ConditionId,
        /// The token.
        outcome: Outcome,
        /// The asset.
        shares: Shares,
        /// The claims.
        claims: Shares,
    },
}

/// Compares the assets of a real account with the claims on them; `None` where they are equal.
pub fn imbalance(state: &State) -> Option<Imbalance> {
    let real = state.account.real.as_ref()?;
    let (cash, claims) = (state.account.cash, real.cash.total());
    if cash != claims {
        return Some(Imbalance::Cash { cash, claims });
    }
    state.positions.values().find_map(|position| {
        let (shares, claims) = (position.shares, position.claims.total());
        (shares != claims).then(|| Imbalance::Shares {
            market: position.market.clone(),
            outcome: position.outcome,
            shares,
            claims,
        })
    })
}
