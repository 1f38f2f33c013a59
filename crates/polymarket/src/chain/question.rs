//! What we ask the contracts, and what the emulator answers for them: calls that only read.

use crate::signing::contracts::{CTF, PUSD};
use abi::{erc20, multi};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use alloy_sol_types::abi::AbiDecoderConfig;

/// The signatures, as the contracts have them.
mod abi {
    use alloy_sol_types::sol;

    sol! {
        #[derive(Debug)]
        interface erc20 {
            function balanceOf(address owner) returns (uint256);
            function allowance(address owner, address spender) returns (uint256);
            function decimals() returns (uint8);
        }
        #[derive(Debug)]
        interface multi {
            function balanceOf(address owner, uint256 id) returns (uint256);
            function isApprovedForAll(address owner, address operator) returns (bool);
            function payoutNumerators(bytes32 condition, uint256 index) returns (uint256);
            function payoutDenominator(bytes32 condition) returns (uint256);
        }
    }
}

/// A question to the collateral's contract or to that of the conditional tokens. Each is answered by one
/// word of 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// pUSD of an account, in millionths.
    Pusd {
        /// Whose.
        owner: Address,
    },
    /// How much pUSD somebody may take from an account.
    Allowance {
        /// Whose.
        owner: Address,
        /// Who may take.
        spender: Address,
    },
    /// The digits of pUSD behind the point.
    Decimals,
    /// Outcome tokens of an account, in millionths.
    Tokens {
        /// Whose.
        owner: Address,
        /// Which.
        id: U256,
    },
    /// Whether somebody may take all outcome tokens of an account.
    Operator {
        /// Whose.
        owner: Address,
        /// Who may take.
        operator: Address,
    },
    /// What an outcome pays, as a share of [`Question::PayoutDenominator`].
    PayoutNumerator {
        /// The condition.
        condition: B256,
        /// 0 or 1.
        outcome: u8,
    },
    /// What all outcomes pay together; zero while the condition is not resolved.
    PayoutDenominator {
        /// The condition.
        condition: B256,
    },
}

/// Reads the arguments; only the one canonical encoding is taken.
fn read<C: SolCall>(data: &[u8]) -> Option<C> {
    let strict = AbiDecoderConfig::new().validate(true);
    let call = C::abi_decode_with_config(data, strict).ok()?;
    (call.abi_encode() == data).then_some(call)
}

impl Question {
    /// The contract that knows.
    pub const fn target(&self) -> Address {
        match self {
            Self::Pusd { .. } | Self::Allowance { .. } | Self::Decimals => PUSD,
            Self::Tokens { .. }
            | Self::Operator { .. }
            | Self::PayoutNumerator { .. }
            | Self::PayoutDenominator { .. } => CTF,
        }
    }

    /// Selector and arguments.
    pub fn data(&self) -> Bytes {
        let bytes = match *self {
            Self::Pusd { owner } => erc20::balanceOfCall { owner }.abi_encode(),
            Self::Allowance { owner, spender } => {
                erc20::allowanceCall { owner, spender }.abi_encode()
            }
            Self::Decimals => erc20::decimalsCall {}.abi_encode(),
            Self::Tokens { owner, id } => multi::balanceOfCall { owner, id }.abi_encode(),
            Self::Operator { owner, operator } => {
                multi::isApprovedForAllCall { owner, operator }.abi_encode()
            }
            Self::PayoutNumerator { condition, outcome } => {
                multi::payoutNumeratorsCall { condition, index: U256::from(outcome) }.abi_encode()
            }
            Self::PayoutDenominator { condition } => {
                multi::payoutDenominatorCall { condition }.abi_encode()
            }
        };
        bytes.into()
    }

    /// Reads a question. `None` for any that is not here, or goes to another contract.
    pub fn decode(target: Address, data: &[u8]) -> Option<Self> {
        match target {
            PUSD => Self::decode_pusd(data),
            CTF => Self::decode_tokens(data),
            _ => None,
        }
    }

    fn decode_pusd(data: &[u8]) -> Option<Self> {
        if let Some(call) = read::<erc20::balanceOfCall>(data) {
            return Some(Self::Pusd { owner: call.owner });
        }
        if let Some(call) = read::<erc20::allowanceCall>(data) {
            return Some(Self::Allowance { owner: call.owner, spender: call.spender });
        }
        read::<erc20::decimalsCall>(data).map(|_| Self::Decimals)
    }

    fn decode_tokens(data: &[u8]) -> Option<Self> {
        if let Some(call) = read::<multi::balanceOfCall>(data) {
            return Some(Self::Tokens { owner: call.owner, id: call.id });
        }
        if let Some(call) = read::<multi::isApprovedForAllCall>(data) {
            return Some(Self::Operator { owner: call.owner, operator: call.operator });
        }
        if let Some(call) = read::<multi::payoutNumeratorsCall>(data) {
            let outcome = u8::try_from(call.index).ok().filter(|outcome| *outcome < 2)?;
            return Some(Self::PayoutNumerator { condition: call.condition, outcome });
        }
        let call = read::<multi::payoutDenominatorCall>(data)?;
        Some(Self::PayoutDenominator { condition: call.condition })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{address, hex};

    #[test]
    fn every_question_is_read_as_it_was_written() {
        let (owner, spender) = (address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"), CTF);
        let condition = B256::repeat_byte(7);
        // The first four bytes of the Keccak hash of each signature.
        let rows = [
            (Question::Pusd { owner }, hex!("70a08231")),
            (Question::Allowance { owner, spender }, hex!("dd62ed3e")),
            (Question::Decimals, hex!("313ce567")),
            (Question::Tokens { owner, id: U256::MAX }, hex!("00fdd58e")),
            (Question::Operator { owner, operator: spender }, hex!("e985e9c5")),
            (Question::PayoutNumerator { condition, outcome: 1 }, hex!("0504c814")),
            (Question::PayoutDenominator { condition }, hex!("dd34de67")),
        ];
        for (question, selector) in rows {
            let data = question.data();
            assert_eq!(data.get(..4), Some(&selector[..]), "{question:?}");
            assert_eq!(Question::decode(question.target(), &data), Some(question));
            let longer = [&data[..], &[0]].concat();
            assert_eq!(Question::decode(question.target(), &longer), None, "{question:?}");
            assert_eq!(Question::decode(owner, &data), None);
        }
        let third = Question::PayoutNumerator { condition, outcome: 2 }.data();
        assert_eq!(Question::decode(CTF, &third), None);
    }
}
