//! Why a transaction reverts: what the venue's contracts say when they refuse a wallet's act.

use crate::ledger::Refused;
use alloy_primitives::{Address, B256};

/// Why the chain did nothing: what a reverted transaction says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// A spender was allowed less pUSD.
    #[error("ERC20: insufficient allowance")]
    Allowance,
    /// An operator that was not approved for outcome tokens.
    #[error("ERC1155: need operator approval for 3rd party transfers")]
    NotApproved,
    /// Less of a token than was to be given.
    #[error("transfer amount exceeds balance")]
    Balance,
    /// A transfer to nobody.
    #[error("transfer to the zero address")]
    ZeroAddress,
    /// A condition that this adapter does not know.
    #[error("condition {0} is not prepared")]
    Condition(B256),
    /// A neg-risk market that nobody listed, or none of its questions.
    #[error("neg-risk market {0} has no such questions")]
    NegRiskMarket(B256),
    /// No result yet.
    #[error("result for condition not received yet")]
    Unresolved,
    /// An amount beyond 64 bits of millionths.
    #[error("amount too large")]
    TooLarge,
    /// A contract that does not know the call.
    #[error("unknown call to {0}")]
    UnknownCall(Address),
    /// A call only the wallet itself may make to itself, or a session that would be over at once.
    #[error("unauthorized session signer call")]
    Session,
    /// The book-keeping refused for another reason.
    #[error("{0}")]
    Refused(Refused),
}

impl From<Refused> for ChainError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Short(_) => Self::Balance,
            Refused::TooLarge => Self::TooLarge,
            Refused::Unresolved => Self::Unresolved,
            Refused::Negative
            | Refused::UnknownWallet
            | Refused::UnknownMarket
            | Refused::Uneven { .. }
            | Refused::Resolved
            | Refused::Payout(_)
            | Refused::SecondWinner
            | Refused::Set => Self::Refused(refused),
        }
    }
}
