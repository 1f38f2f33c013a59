//! The steps of `account setup` that are about a wallet: named, deployed, its credentials, its money.

use super::setup::{Standing, Step};
use crate::app::House;
use crate::real::access::{check_credentials, credentials_file, relayer_key_file, wallet};
use crate::real::funds::{limits, units};
use crate::real::wallet_of;
use crate::real::wallets::{self, named};
use crate::render::money::usd_exact;
use anyhow::Result;
use betteroms_polymarket::chain::ChainClient;
use betteroms_polymarket::chain::allowances::{Amount, Uses, missing};
use betteroms_polymarket::ordering::Wallet;
use betteroms_polymarket::signing::{Address, WalletKind};

pub(super) async fn wallet_named(
    house: &House,
    node: &ChainClient,
    signer: Address,
) -> (Step, Option<Wallet>) {
    const NAME: &str = "wallet";
    if house.config.real.wallet.is_none() {
        let standing = standing_wallets(node, signer).await;
        let next = match standing.first() {
            Some(address) => format!("write wallet = \"{address}\" under [real]: it is in use"),
            None => "write wallet = \"0x…\" under [real]: one of those below".to_owned(),
        };
        return (Step::missing(NAME, "none is named", next), None);
    }
    match wallet_of(house).and_then(|maker| wallet(house, maker, signer)) {
        Ok(wallet) => {
            let how = if wallet.session { "by a session key" } else { "by its owner's key" };
            let found = format!("{} ({}), signed for {how}", wallet.maker, named(wallet.kind));
            (Step::done(NAME, found), Some(wallet))
        }
        Err(error) => {
            let next = format!("change [real] in {}", house.config_path.display());
            (Step::missing(NAME, error.to_string(), next), None)
        }
    }
}

/// The wallets of a key that are in use: they have code, or pUSD.
async fn standing_wallets(node: &ChainClient, signer: Address) -> Vec<Address> {
    let mut standing = Vec::new();
    for one in wallets::of(signer) {
        let has_code = node.code(one.address).await.is_ok_and(|code| !code.is_empty());
        let has_cash = node.pusd_balance(one.address).await.is_ok_and(|cash| cash.is_positive());
        if has_code || has_cash {
            standing.push(one.address);
        }
    }
    standing
}

pub(super) async fn deployed(node: &ChainClient, wallet: Wallet) -> Step {
    const NAME: &str = "on the chain";
    match (wallet.kind, node.code(wallet.maker).await) {
        (_, Err(error)) => Step::unasked(NAME, &error),
        (WalletKind::Eoa, Ok(code)) if code.is_empty() => {
            Step::done(NAME, "a plain account needs nothing there")
        }
        (WalletKind::Eoa, Ok(_)) => {
            Step::missing(NAME, "it has code, so it is no plain account", "name another wallet")
        }
        (kind, Ok(code)) if code.is_empty() => Step::missing(
            NAME,
            format!("the {} is not deployed", named(kind)),
            "sign in once on polymarket.com with this key, which deploys it",
        ),
        (kind, Ok(_)) => Step::done(NAME, format!("the {} is deployed", named(kind))),
    }
}

pub(super) fn credentials(house: &House) -> Result<Step> {
    const NAME: &str = "API key";
    let path = credentials_file(house)?;
    let shown = path.display();
    if !path.exists() {
        return Ok(Step::missing(NAME, format!("there is no {shown}"), "betteroms account keys"));
    }
    Ok(match check_credentials(house, &path) {
        Ok(()) => Step::done(NAME, format!("in {shown}; `account status` tries it")),
        Err(error) => Step::missing(
            NAME,
            format!("in {shown}, and does not open: {}", error.root_cause()),
            "mend that, or move the file away and run `betteroms account keys` again",
        ),
    })
}

pub(super) async fn cash(node: &ChainClient, wallet: Wallet) -> Step {
    const NAME: &str = "pUSD";
    match node.pusd_balance(wallet.maker).await {
        Ok(cash) if cash.is_positive() => Step::done(NAME, usd_exact(cash)),
        Ok(_) => Step::missing(
            NAME,
            "the wallet is empty",
            format!("deposit on polymarket.com, or send pUSD to {}", wallet.maker),
        ),
        Err(error) => Step::unasked(NAME, &error),
    }
}

pub(super) fn relayer_key(house: &House, wallet: Wallet) -> Result<Option<Step>> {
    const NAME: &str = "relayer's key";
    if !matches!(wallet.kind, WalletKind::Deposit | WalletKind::LegacyDeposit) {
        return Ok(None);
    }
    let path = relayer_key_file(house)?;
    if path.exists() {
        return Ok(Some(Step::done(NAME, format!("in {}", path.display()))));
    }
    Ok(Some(Step {
        name: NAME,
        standing: Standing::Later,
        found: "none; granting approvals and redeeming take one".to_owned(),
        next: "betteroms account relayer-key --make, or with the key from the venue's settings"
            .to_owned(),
    }))
}

pub(super) async fn allowances(house: &House, node: &ChainClient, wallet: Wallet) -> Step {
    const NAME: &str = "approvals";
    let wanted = super::allowances::wanted(Uses { neg_risk: false, positions: true });
    let picture = match node.picture(wallet.maker, &wanted).await {
        Ok(picture) => picture,
        Err(error) => return Step::unasked(NAME, &error),
    };
    let least = units(limits(house).per_trade);
    match missing(&wanted, &picture, Amount::UpTo { amount: least, least }) {
        Ok(calls) if calls.is_empty() => {
            Step::done(NAME, "the exchange may take what trading needs")
        }
        Ok(calls) => Step::missing(
            NAME,
            format!("{} of {} are missing", calls.len(), wanted.len()),
            "betteroms account allowances (with --neg-risk for neg-risk markets)",
        ),
        Err(error) => Step::missing(NAME, error.to_string(), "raise the limits of [real]"),
    }
}
