//! Tokens into dollars: redeeming what is resolved, merging complete sets (venue.md 8.3). The adapter must
//! be approved for the conditional tokens first; see [`super::allowances`].

use crate::signing::{Adapter, Call, CtfArguments, WalletCall};
use alloy_primitives::{B256, U256};
use betteroms_core::money::Shares;

/// The adapter that serves a market.
pub const fn adapter(neg_risk: bool) -> Adapter {
    if neg_risk { Adapter::NegRisk } else { Adapter::Standard }
}

/// Turns all of the caller's tokens of a resolved condition into what they pay, of both outcomes. A
/// condition that is not resolved makes it revert: look at [`super::ChainClient::payouts`] first.
pub fn redeem(condition: B256, neg_risk: bool) -> Call {
    let of = CtfArguments::binary(condition);
    WalletCall::Redeem { adapter: adapter(neg_risk), of }.encode()
}

/// Turns complete sets into a dollar each; `None` for nothing or less.
pub fn merge(condition: B256, neg_risk: bool, sets: Shares) -> Option<Call> {
    let amount = u64::try_from(sets.micros()).ok().filter(|amount| *amount > 0)?;
    let (of, amount) = (CtfArguments::binary(condition), U256::from(amount));
    Some(WalletCall::Merge { adapter: adapter(neg_risk), of, amount }.encode())
}

/// How many complete sets two holdings make: the smaller of both.
pub fn complete_sets([first, second]: [Shares; 2]) -> Shares {
    first.min(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_market_goes_through_its_own_adapter() {
        let condition = B256::repeat_byte(3);
        for (neg_risk, adapter) in [(false, Adapter::Standard), (true, Adapter::NegRisk)] {
            let of = CtfArguments::binary(condition);
            let call = redeem(condition, neg_risk);
            assert_eq!(call.target, adapter.address());
            let read = WalletCall::decode(call.target, &call.data);
            assert_eq!(read, Some(WalletCall::Redeem { adapter, of: of.clone() }));
            let call = merge(condition, neg_risk, Shares::from_micros(7)).unwrap();
            let read = WalletCall::decode(call.target, &call.data);
            assert_eq!(read, Some(WalletCall::Merge { adapter, of, amount: U256::from(7) }));
        }
    }

    #[test]
    fn nothing_is_not_merged() {
        for micros in [0, -1, i64::MIN] {
            assert_eq!(merge(B256::ZERO, false, Shares::from_micros(micros)), None);
        }
        let [few, many] = [2, 5].map(Shares::from_micros);
        assert_eq!(complete_sets([few, many]), few);
        assert_eq!(complete_sets([many, few]), few);
    }
}
