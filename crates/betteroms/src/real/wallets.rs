//! The wallets that a key owns: their addresses follow from it, deployed or not. And whether the key and the
//! wallet of an account are what they are said to be.

use super::access::Access;
use super::checks::Check;
use super::funds;
use betteroms_polymarket::VenueError;
use betteroms_polymarket::signing::wallet::{
    deposit_wallet_of, legacy_deposit_wallet_of, proxy_of, safe_of,
};
use betteroms_polymarket::signing::{Address, WalletKind, link};

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

/// What a kind of wallet is called.
pub(crate) const fn named(kind: WalletKind) -> &'static str {
    match kind {
        WalletKind::Eoa => "plain account",
        WalletKind::Proxy => "proxy wallet",
        WalletKind::Safe => "safe",
        WalletKind::Deposit => "deposit wallet",
        WalletKind::LegacyDeposit => "deposit wallet of before 2026-06-29",
    }
}

/// A key that signs for a wallet which is not its own makes orders that look like a session key's
/// (`shared/venue.md` 9.5); so a session key is looked up in the venue's list.
pub(super) async fn key(access: &Access) -> Check {
    const CODE: &str = "KEY_NOT_OF_WALLET";
    let (signer, maker) = (access.wallet.signer, access.wallet.maker);
    if !access.wallet.session {
        return match link(signer, maker) {
            Some(kind) => Check::good(CODE, format!("the key owns the wallet ({})", named(kind))),
            None => Check::bad(
                CODE,
                format!("the key of {signer} does not own {maker}"),
                "set real.wallet to one of its own: `betteroms account setup` lists them",
            ),
        };
    }
    const UNLISTED: &str = "SESSION_KEY_NOT_LISTED";
    let list = match access.account.session_signers().await {
        Ok(list) => list,
        Err(VenueError::Refused { text, .. }) if text.contains("no deposit wallet") => {
            return for_owners_only(access, UNLISTED).await;
        }
        Err(error) => return Check::unasked(UNLISTED, &error),
    };
    let now = access.clock.now();
    let is_ours = list.wallet.parse() == Ok(maker);
    let found = list.signers.iter().find(|one| one.address.parse() == Ok(signer));
    let remedy = "have the wallet's owner authorise this key for CLOB, or use the owner's key";
    match found.filter(|_| is_ours) {
        None => Check::bad(
            UNLISTED,
            format!("the venue does not list {signer} among the session keys of {maker}"),
            remedy,
        ),
        Some(one) if one.valid_until <= now => {
            Check::bad(UNLISTED, format!("the session key ended at {}", one.valid_until), remedy)
        }
        Some(one) if !one.scopes.iter().any(|scope| scope == "CLOB" || scope == "ALL") => {
            Check::bad(
                UNLISTED,
                "the session key may not trade on the order book".to_owned(),
                remedy,
            )
        }
        Some(one) => {
            Check::good(UNLISTED, format!("the session key is good until {}", one.valid_until))
        }
    }
}

/// Where the venue lists session keys to owners alone: it takes this key for the wallet's if it tells it the
/// wallet's dollars. A stranger's key is told of its own wallet, and its orders would move nothing anyway.
async fn for_owners_only(access: &Access, code: &'static str) -> Check {
    let told = match funds::believed(access).await {
        Ok(believed) => believed.cash,
        Err(error) => return Check::unasked(code, &error),
    };
    match access.chain.pusd_balance(access.wallet.maker).await {
        Ok(cash) if told == Some(cash) && cash.is_positive() => Check::good(
            code,
            "the venue takes the session key for the wallet's: it tells it its dollars",
        ),
        Ok(_) => Check::bad(
            code,
            format!(
                "the venue does not take {} for a session key of the wallet",
                access.wallet.signer
            ),
            "have the wallet's owner authorise this key for CLOB, or use the owner's key",
        ),
        Err(error) => Check::unasked(code, &error),
    }
}

pub(super) async fn code(access: &Access) -> Check {
    const CODE: &str = "WALLET_HAS_NO_CODE";
    let maker = access.wallet.maker;
    let has_code = match access.chain.code(maker).await {
        Ok(code) => !code.is_empty(),
        Err(error) => return Check::unasked(CODE, &error),
    };
    match (access.wallet.kind, has_code) {
        (WalletKind::Eoa, false) => {
            Check::good(CODE, "the wallet is a plain account, without code as it must be")
        }
        (WalletKind::Eoa, true) => Check::bad(
            "ACCOUNT_HAS_CODE",
            format!("{maker} is said to be a plain account and has code"),
            "name the wallet of the right kind in real.wallet: `betteroms account setup` lists them",
        ),
        (kind, true) => Check::good(CODE, format!("the {} stands on the chain", named(kind))),
        (kind, false) => Check::bad(
            CODE,
            format!("the {} {maker} does not stand on the chain yet", named(kind)),
            "sign in once on the venue's site with this key: that deploys it",
        ),
    }
}
