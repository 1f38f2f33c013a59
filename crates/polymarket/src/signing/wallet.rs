//! The addresses of an account's wallets: each follows from the owner by CREATE2 (venue.md 8.1). Whether one
//! is deployed, only the chain knows.

use super::contracts::{
    DEPOSIT_WALLET_BEACON, DEPOSIT_WALLET_FACTORY, LEGACY_DEPOSIT_WALLET_IMPLEMENTATION,
    PROXY_FACTORY, PROXY_INIT_CODE_HASH, SAFE_FACTORY, SAFE_INIT_CODE_HASH,
};
use super::{SignatureType, typed};
use alloy_primitives::{Address, B256, b256, hex, keccak256};
use std::cell::Cell;

/// What a maker is to its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WalletKind {
    /// The account itself.
    Eoa,
    /// Its proxy wallet.
    Proxy,
    /// Its safe.
    Safe,
    /// Its deposit wallet, made since 2026-06-29.
    Deposit,
    /// Its deposit wallet, made before.
    LegacyDeposit,
}

impl WalletKind {
    /// How its orders are signed.
    pub const fn signature_type(self) -> SignatureType {
        match self {
            Self::Eoa => SignatureType::Eoa,
            Self::Proxy => SignatureType::Proxy,
            Self::Safe => SignatureType::Safe,
            Self::Deposit | Self::LegacyDeposit => SignatureType::Contract,
        }
    }
}

thread_local! {
    /// The last pair that [`link`] was asked about: one account is asked about for every order it sends.
    static LAST: Cell<(Address, Address, Option<WalletKind>)> =
        const { Cell::new((Address::ZERO, Address::ZERO, Some(WalletKind::Eoa))) };
}

/// What kind of wallet of this owner the maker is; `None` when it is none of them. For the key of a session
/// that is the rule: its wallet is derived from somebody else.
pub fn link(owner: Address, maker: Address) -> Option<WalletKind> {
    let (last_owner, last_maker, last) = LAST.get();
    if (last_owner, last_maker) == (owner, maker) {
        return last;
    }
    let found = derived(owner, maker);
    LAST.set((owner, maker, found));
    found
}

fn derived(owner: Address, maker: Address) -> Option<WalletKind> {
    // The likely ones first: each costs a few hashes.
    if maker == owner {
        Some(WalletKind::Eoa)
    } else if maker == deposit_wallet_of(owner) {
        Some(WalletKind::Deposit)
    } else if maker == proxy_of(owner) {
        Some(WalletKind::Proxy)
    } else if maker == safe_of(owner) {
        Some(WalletKind::Safe)
    } else if maker == legacy_deposit_wallet_of(owner) {
        Some(WalletKind::LegacyDeposit)
    } else {
        None
    }
}

/// The owner's proxy wallet (signature type 1).
pub fn proxy_of(owner: Address) -> Address {
    PROXY_FACTORY.create2(keccak256(owner), PROXY_INIT_CODE_HASH)
}

/// The owner's safe (signature type 2).
pub fn safe_of(owner: Address) -> Address {
    SAFE_FACTORY.create2(keccak256(typed::address(owner)), SAFE_INIT_CODE_HASH)
}

/// The owner's deposit wallet as the factory makes it since 2026-06-29: a proxy that asks the beacon what to
/// run (signature type 3).
pub fn deposit_wallet_of(owner: Address) -> Address {
    let arguments = deposit_arguments(owner);
    let code = creation_code(DEPOSIT_WALLET_BEACON, &BEACON_PROXY, &arguments);
    DEPOSIT_WALLET_FACTORY.create2(keccak256(arguments), keccak256(code))
}

/// The owner's deposit wallet as the factory made it before 2026-06-29: a proxy on one implementation
/// (signature type 3).
pub fn legacy_deposit_wallet_of(owner: Address) -> Address {
    let arguments = deposit_arguments(owner);
    let code = creation_code(LEGACY_DEPOSIT_WALLET_IMPLEMENTATION, &PLAIN_PROXY, &arguments);
    DEPOSIT_WALLET_FACTORY.create2(keccak256(arguments), keccak256(code))
}

/// (factory, owner as 32 bytes): hashed, the salt; appended to the code, what the wallet knows of itself.
fn deposit_arguments(owner: Address) -> [u8; 64] {
    let mut bytes = [0; 64];
    let (factory, id) = bytes.split_at_mut(32);
    factory.copy_from_slice(&typed::address(DEPOSIT_WALLET_FACTORY));
    id.copy_from_slice(&typed::address(owner));
    bytes
}

/// ERC-1967: where a proxy keeps the address of its implementation.
const IMPLEMENTATION_SLOT: B256 =
    b256!("360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc");
/// ERC-1967: where a proxy keeps the address of its beacon.
const BEACON_SLOT: B256 = b256!("a3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50");

/// The code of a proxy around the two values it embeds.
struct Proxy {
    /// How long the deployed code is, without arguments.
    runtime: u16,
    /// After the target: SSTORE into the slot, RETURN the rest; then the code up to the slot's number.
    before_slot: &'static [u8],
    slot: B256,
    /// From SLOAD on.
    after_slot: &'static [u8],
}

/// CALLDATACOPY, SLOAD, DELEGATECALL, RETURNDATACOPY, RETURN or REVERT.
const PLAIN_PROXY: Proxy = Proxy {
    runtime: 0x3d,
    before_slot: &hex!("60095155f3" "363d3d373d3d363d7f"),
    slot: IMPLEMENTATION_SLOT,
    after_slot: &hex!("545af4" "3d6000803e6038573d6000fd5b3d6000f3"),
};

/// The same, but what is called is first asked of the beacon: STATICCALL `implementation()` (0x5c60da1b).
const BEACON_PROXY: Proxy = Proxy {
    runtime: 0x52,
    before_slot: &hex!("60195155f3" "363d3d373d3d363d602036600436635c60da1b60e01b36527f"),
    slot: BEACON_SLOT,
    after_slot: &hex!("545afa5036515af4" "3d6000803e604d573d6000fd5b3d6000f3"),
};

/// The creation code of a proxy with 64 bytes of immutable arguments behind its code, in the layout of the
/// Solady library's ERC-1967 proxies, which the factory uses.
fn creation_code(target: Address, proxy: &Proxy, arguments: &[u8; 64]) -> Vec<u8> {
    let mut code = Vec::with_capacity(192);
    // PUSH2 length of what is deployed: the code and the arguments.
    code.push(0x61);
    code.extend_from_slice(&(proxy.runtime + 64).to_be_bytes());
    // CODECOPY it from behind this header; PUSH20 the target.
    code.extend_from_slice(&hex!("3d8160233d3973"));
    code.extend_from_slice(target.as_slice());
    code.extend_from_slice(proxy.before_slot);
    code.extend_from_slice(proxy.slot.as_slice());
    code.extend_from_slice(proxy.after_slot);
    code.extend_from_slice(arguments);
    code
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::address;

    #[test]
    fn the_wallets_of_a_known_account() {
        let owner = address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
        let deposit = address!("Bc0fF067b7740Eff76C1ca93c875Ba6B890d6B50");
        let legacy = address!("df8b9E8f9AB23f261F6e1B171B7454ae6E46Ba76");
        let rows = [
            (WalletKind::Eoa, owner),
            (WalletKind::Proxy, address!("365f0CA36Ae1f641E02fE3B7743673da42A13A70")),
            (WalletKind::Safe, address!("d93B25cb943D14d0d34FBaF01Fc93a0f8b5F6E47")),
            (WalletKind::Deposit, deposit),
            (WalletKind::LegacyDeposit, legacy),
        ];
        for (kind, wallet) in rows {
            assert_eq!(link(owner, wallet), Some(kind));
        }
        assert_eq!(deposit_wallet_of(owner), deposit);
        assert_eq!(legacy_deposit_wallet_of(owner), legacy);
        assert_eq!(link(deposit, owner), None);
        assert_eq!(link(owner, Address::ZERO), None);
    }
}
