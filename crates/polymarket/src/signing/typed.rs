//! EIP-712, by hand: words of 32 bytes, hashed. Which words, the rooms next door know.

use super::contracts::CHAIN_ID;
use alloy_primitives::{Address, B256, U256, keccak256};

/// One ABI word.
pub(super) type Word = [u8; 32];

/// A number as a word.
pub(super) fn uint(value: u64) -> Word {
    U256::from(value).to_be_bytes()
}

/// An address as a word.
pub(super) fn address(value: Address) -> Word {
    value.into_word().0
}

/// The hash of some words.
pub(super) fn hash<const N: usize>(words: &[Word; N]) -> B256 {
    keccak256(words.as_flattened())
}

/// The hash of a text, as a word.
pub(super) fn text(value: &str) -> Word {
    keccak256(value).0
}

/// The domain separator of a contract on the venue's chain.
pub(super) fn domain(name: &str, version: &str, contract: Address) -> B256 {
    const TYPE: &str =
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
    hash(&[text(TYPE), text(name), text(version), uint(CHAIN_ID), address(contract)])
}

/// The domain separator of something that is no contract.
pub(super) fn domain_without_contract(name: &str, version: &str) -> B256 {
    const TYPE: &str = "EIP712Domain(string name,string version,uint256 chainId)";
    hash(&[text(TYPE), text(name), text(version), uint(CHAIN_ID)])
}

/// What is signed: keccak(0x1901 ‖ domain separator ‖ struct hash).
pub(super) fn digest(domain: B256, contents: B256) -> B256 {
    let mut bytes = [0_u8; 66];
    let (prefix, rest) = bytes.split_at_mut(2);
    let (first, second) = rest.split_at_mut(32);
    prefix.copy_from_slice(&[0x19, 0x01]);
    first.copy_from_slice(domain.as_slice());
    second.copy_from_slice(contents.as_slice());
    keccak256(bytes)
}
