//! The wallets that a key owns: their addresses follow from it, deployed or not.

use super::checks::named;
use betteroms_polymarket::signing::wallet::{
    deposit_wallet_of, legacy_deposit_wallet_of, proxy_of, safe_of,
};
use betteroms_polymarket::signing::{Address, WalletKind};

/// A wallet of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owned {
    pub(crate) kind: WalletKind,
    pub(crate) address: Address,
    /// What the kind is called.
    pub(crate) name: &'static str,
    /// What the venue gives to new users.
    pub(crate) is_usual: bool,
}

/// All wallets of a key, the usual one first.
pub(crate) fn of(owner: Address) -> [Owned; 5] {
    let owned = |kind, address| Owned {
        kind,
        address,
        name: named(kind),
        is_usual: kind == WalletKind::Deposit,
    };
    [
        owned(WalletKind::Deposit, deposit_wallet_of(owner)),
        owned(WalletKind::Proxy, proxy_of(owner)),
        owned(WalletKind::Safe, safe_of(owner)),
        owned(WalletKind::Eoa, owner),
        owned(WalletKind::LegacyDeposit, legacy_deposit_wallet_of(owner)),
    ]
}
