//! `account setup`: what a real account still lacks, in the order in which it is done. It changes nothing, so
//! it can be asked again after every step.

use super::key::{wallets_json, wallets_text};
use crate::app::{Exit, House, Said};
use crate::keys::keystore as stored;
use crate::real::access::{chain, credentials_file, keystore, relayer_key_file, wallet};
use crate::real::checks::named;
use crate::real::funds::{limits, units};
use crate::real::wallet_of;
use crate::real::wallets;
use crate::render::money::{usd, usd_exact};
use crate::render::plain;
use anyhow::Result;
use betteroms_polymarket::VenueError;
use betteroms_polymarket::chain::ChainClient;
use betteroms_polymarket::chain::allowances::{Amount, Uses, missing};
use betteroms_polymarket::ordering::Wallet;
use betteroms_polymarket::signing::{Address, WalletKind};
use serde_json::{Value, json};

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Done,
    Missing,
    /// Not done, and trading does without.
    Later,
}

/// A step of the list.
struct Step {
    name: &'static str,
    standing: Standing,
    found: String,
    next: String,
}

impl Step {
    fn done(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, standing: Standing::Done, found: found.into(), next: String::new() }
    }

    fn missing(name: &'static str, found: impl Into<String>, next: impl Into<String>) -> Self {
        Self { name, standing: Standing::Missing, found: found.into(), next: next.into() }
    }

    fn unasked(name: &'static str, error: &VenueError) -> Self {
        Self::missing(name, error.explain(), "look at [venue] in the configuration, then try again")
    }
}

/// Goes through the list.
pub(super) async fn run(house: &House) -> Result<Said> {
    let mut steps = vec![config(house)];
    let (key, signer) = key(house)?;
    steps.push(key);
    let node = chain(house)?;
    let mut owned = Vec::new();
    if let Some(signer) = signer {
        owned.extend(wallets::of(signer));
        let (named, found) = wallet_named(house, &node, signer).await;
        steps.push(named);
        if let Some(wallet) = found {
            steps.push(deployed(&node, wallet).await);
            steps.push(credentials(house)?);
            steps.push(cash(&node, wallet).await);
            steps.extend(relayer_key(house, wallet)?);
            steps.push(allowances(house, &node, wallet).await);
        }
    }
    steps.push(caps(house));
    let is_ready = steps.iter().all(|step| step.standing != Standing::Missing);
    let mut out: String = steps.iter().map(line).collect();
    if !owned.is_empty() {
        out.push_str(&format!("\n{}", wallets_text(&owned)));
    }
    out.push_str(if is_ready {
        "\nEverything is there. `betteroms account status` looks at it with the API key.\n"
    } else {
        "\nDo what stands behind the first arrow, then say `betteroms account setup` again.\n"
    });
    let value = json!({ "version": 1, "ready": is_ready, "wallets": wallets_json(&owned),
        "steps": steps.iter().map(row).collect::<Vec<_>>() });
    let exit = if is_ready { Exit::Done } else { Exit::NeedsPerson };
    Ok(Said { exit, ..Said::either(house, &value, out) })
}

fn line(step: &Step) -> String {
    let word = match step.standing {
        Standing::Done => "done",
        Standing::Missing => "MISSING",
        Standing::Later => "later",
    };
    let mut text = format!("{:<14} {word:<8} {}\n", step.name, plain(&step.found));
    if !step.next.is_empty() {
        text.push_str(&format!("{:>23} -> {}\n", "", plain(&step.next)));
    }
    text
}

fn row(step: &Step) -> Value {
    let word = match step.standing {
        Standing::Done => "done",
        Standing::Missing => "missing",
        Standing::Later => "later",
    };
    json!({ "step": step.name, "is": word, "found": step.found, "next": step.next })
}

fn config(house: &House) -> Step {
    const NAME: &str = "configuration";
    let path = house.config_path.display();
    match (house.config_path.exists(), house.config.real.enabled) {
        (true, true) => Step::done(NAME, format!("{path}: real trading is allowed")),
        (true, false) => Step::missing(
            NAME,
            format!("{path}: real trading is not allowed"),
            "write enabled = true under [real]",
        ),
        (false, _) => Step::missing(
            NAME,
            format!("there is no {path}"),
            "betteroms init, then write enabled = true under [real]",
        ),
    }
}

fn key(house: &House) -> Result<(Step, Option<Address>)> {
    const NAME: &str = "key";
    let path = keystore(house)?;
    if !path.exists() {
        let next = "betteroms account new, or betteroms account import for a key that you have";
        let step = Step::missing(NAME, format!("there is no keystore {}", path.display()), next);
        return Ok((step, None));
    }
    let signer = stored::address(&path)?;
    let step = match signer {
        Some(signer) => Step::done(NAME, format!("of {signer}, in {}", path.display())),
        None => Step::missing(
            NAME,
            format!("{} does not show whose key it holds", path.display()),
            "move it away, and import the key again",
        ),
    };
    Ok((step, signer))
}

async fn wallet_named(
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

async fn deployed(node: &ChainClient, wallet: Wallet) -> Step {
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

fn credentials(house: &House) -> Result<Step> {
    const NAME: &str = "API key";
    let path = credentials_file(house)?;
    if path.exists() {
        return Ok(Step::done(NAME, format!("in {}; `account status` tries it", path.display())));
    }
    Ok(Step::missing(NAME, format!("there is no {}", path.display()), "betteroms account keys"))
}

async fn cash(node: &ChainClient, wallet: Wallet) -> Step {
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

fn relayer_key(house: &House, wallet: Wallet) -> Result<Option<Step>> {
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

async fn allowances(house: &House, node: &ChainClient, wallet: Wallet) -> Step {
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

fn caps(house: &House) -> Step {
    let limits = limits(house);
    let found = format!(
        "at most {} a trade, {} a day, {} in all; a preview is good for {} h",
        usd(limits.per_trade),
        usd(limits.per_day),
        usd(limits.total),
        house.config.real.preview_max_age_hours
    );
    Step::done("limits", found)
}
