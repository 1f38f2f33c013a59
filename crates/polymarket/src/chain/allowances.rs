//! Which approvals a wallet lacks for what it is to do (venue.md 8.2). Pure: what stands comes in as a
//! picture, what is to be done goes out as calls.

use super::ChainClient;
use crate::error::VenueError;
use crate::signing::contracts::{
    APPROVALS, Approval, Asset, CTF_ADAPTER, EXCHANGE_NEG_RISK, EXCHANGE_STANDARD,
    FURTHER_APPROVALS, NEG_RISK_ADAPTER, NEG_RISK_CTF_ADAPTER,
};
use crate::signing::{Call, WalletCall};
use alloy_primitives::{Address, U256};
use std::collections::BTreeMap;

/// What a wallet is to do, beyond trading in standard markets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uses {
    /// Trade in neg-risk markets.
    pub neg_risk: bool,
    /// Split, merge and redeem, through the collateral adapters.
    pub positions: bool,
}

impl Uses {
    /// The approvals that these uses take, in the order of the official SDK. For neg-risk markets the legacy
    /// adapter is among them: without it sales were reported to fail, and whether that holds today is
    /// unconfirmed.
    pub fn approvals(self) -> Vec<Approval> {
        let all = APPROVALS.iter().chain(&FURTHER_APPROVALS);
        all.filter(|approval| self.takes(approval)).copied().collect()
    }

    fn takes(self, approval: &Approval) -> bool {
        match approval.spender {
            EXCHANGE_STANDARD => true,
            EXCHANGE_NEG_RISK | NEG_RISK_ADAPTER => self.neg_risk,
            CTF_ADAPTER => self.positions,
            NEG_RISK_CTF_ADAPTER => self.positions && self.neg_risk,
            _ => false,
        }
    }
}

/// Every approval of dollars and of conditional tokens that the venue's clients are known to make, whatever for: what
/// may be there to be taken back. Those of protocol v2 positions no picture shows.
pub fn known_approvals() -> Vec<Approval> {
    let all = APPROVALS.iter().chain(&FURTHER_APPROVALS);
    all.filter(|approval| approval.asset != Asset::PositionManager).copied().collect()
}

/// How much pUSD a spender may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// So many millionths: what is approved again once less than `least` is left of it.
    UpTo {
        /// What is approved.
        amount: U256,
        /// The least that must be left.
        least: U256,
    },
    /// So many millionths, no less and no more: somebody named them.
    Exactly(U256),
    /// Everything, for good. What the official SDK does, and what an exploit of a spender would take.
    Unlimited,
}

/// What stands on the chain of one wallet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// pUSD allowances by spender.
    pub pusd: BTreeMap<Address, U256>,
    /// Whether an operator may take the conditional tokens.
    pub operators: BTreeMap<Address, bool>,
}

/// Something that must be known before it is told what is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTold {
    /// The picture has no row for it.
    #[error("whether the {0} is approved was not read")]
    Unread(&'static str),
    /// It would be missing again at once.
    #[error("an approval of less than the least that must be left is none")]
    TooSmall,
}

/// The calls that grant what is missing, in the order of `wanted`; none where nothing is.
///
/// # Errors
/// [`NotTold`] where the picture does not show all that is wanted, or the amount cannot be meant.
pub fn missing(
    wanted: &[Approval],
    picture: &Picture,
    amount: Amount,
) -> Result<Vec<Call>, NotTold> {
    let (grant, least) = match amount {
        Amount::UpTo { amount, least } => (amount, least),
        Amount::Exactly(amount) => (amount, amount),
        // Many coins count even the largest allowance down; half of it is as good.
        Amount::Unlimited => (U256::MAX, U256::MAX >> 1),
    };
    if grant < least || grant.is_zero() {
        return Err(NotTold::TooSmall);
    }
    let mut calls = Vec::new();
    for approval in wanted {
        let (token, spender) = (approval.asset.address(), approval.spender);
        let unread = NotTold::Unread(approval.name);
        match approval.asset {
            Asset::Pusd => {
                let has = *picture.pusd.get(&spender).ok_or(unread)?;
                let is_other = matches!(amount, Amount::Exactly(_)) && has != grant;
                if has < least || is_other || has.is_zero() {
                    calls.push(WalletCall::Approve { token, spender, amount: grant }.encode());
                }
            }
            Asset::ConditionalTokens => {
                if !*picture.operators.get(&spender).ok_or(unread)? {
                    let (operator, approved) = (spender, true);
                    calls
                        .push(WalletCall::SetApprovalForAll { token, operator, approved }.encode());
                }
            }
            // No picture shows them.
            Asset::PositionManager => return Err(unread),
        }
    }
    Ok(calls)
}

impl ChainClient {
    /// What stands on the chain of these approvals of a wallet; those of protocol v2 positions are left out.
    ///
    /// # Errors
    /// As [`ChainClient::code`].
    pub async fn picture(
        &self,
        wallet: Address,
        wanted: &[Approval],
    ) -> Result<Picture, VenueError> {
        let mut picture = Picture::default();
        for approval in wanted {
            let spender = approval.spender;
            match approval.asset {
                Asset::Pusd => {
                    let allowance = self.pusd_allowance(wallet, spender).await?;
                    picture.pusd.insert(spender, allowance);
                }
                Asset::ConditionalTokens => {
                    let approved = self.is_approved_for_all(wallet, spender).await?;
                    picture.operators.insert(spender, approved);
                }
                Asset::PositionManager => {}
            }
        }
        Ok(picture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Uses = Uses { neg_risk: true, positions: true };
    const LEAST: Uses = Uses { neg_risk: false, positions: false };

    fn up_to(amount: u64, least: u64) -> Amount {
        Amount::UpTo { amount: U256::from(amount), least: U256::from(least) }
    }

    /// A picture in which everything wanted has this allowance.
    fn picture(wanted: &[Approval], has: u64) -> Picture {
        let mut picture = Picture::default();
        for approval in wanted {
            picture.pusd.insert(approval.spender, U256::from(has));
            picture.operators.insert(approval.spender, has > 0);
        }
        picture
    }

    fn decoded(calls: &[Call]) -> Vec<WalletCall> {
        calls.iter().map(|call| WalletCall::decode(call.target, &call.data).unwrap()).collect()
    }

    #[test]
    fn each_use_takes_its_own_approvals_and_no_more() {
        let count = |neg_risk, positions| Uses { neg_risk, positions }.approvals().len();
        assert_eq!(count(false, false), 2);
        assert_eq!(count(false, true), 4);
        assert_eq!(count(true, false), 6);
        assert_eq!(count(true, true), 10);
    }

    #[test]
    fn what_is_missing_is_granted_up_to_an_amount() {
        let wanted = LEAST.approvals();
        let calls = missing(&wanted, &picture(&wanted, 0), up_to(50, 10)).unwrap();
        let [pusd, tokens] = &decoded(&calls)[..] else { panic!("{calls:?}") };
        let amount = U256::from(50);
        let token = Asset::Pusd.address();
        assert_eq!(*pusd, WalletCall::Approve { token, spender: EXCHANGE_STANDARD, amount });
        let token = Asset::ConditionalTokens.address();
        let operator = EXCHANGE_STANDARD;
        assert_eq!(*tokens, WalletCall::SetApprovalForAll { token, operator, approved: true });
    }

    #[test]
    fn what_is_left_is_renewed_below_the_least_and_not_before() {
        let wanted = ALL.approvals();
        for (has, count) in [(9, 5), (10, 0), (50, 0)] {
            let calls = missing(&wanted, &picture(&wanted, has), up_to(50, 10)).unwrap();
            assert_eq!(calls.len(), count, "{has}");
        }
        let mut full = picture(&wanted, 1);
        full.pusd.values_mut().for_each(|has| *has = U256::MAX - U256::from(7));
        assert_eq!(missing(&wanted, &full, Amount::Unlimited).unwrap(), []);
    }

    #[test]
    fn what_was_not_read_is_not_guessed() {
        let wanted = LEAST.approvals();
        let mut picture = picture(&wanted, 50);
        picture.operators.clear();
        let told = missing(&wanted, &picture, up_to(50, 10));
        assert_eq!(told, Err(NotTold::Unread("standard exchange")));
        assert_eq!(missing(&APPROVALS, &Picture::default(), up_to(5, 1)).ok(), None);
        assert_eq!(missing(&[], &Picture::default(), up_to(5, 6)), Err(NotTold::TooSmall));
        assert_eq!(missing(&[], &Picture::default(), up_to(0, 0)), Err(NotTold::TooSmall));
    }
}
