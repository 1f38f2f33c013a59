//! `account setup`: what a real account still lacks, in the order in which it is done. It changes nothing, so
//! it can be asked again after every step.

use super::key::{wallets_json, wallets_text};
use super::setup_wallet as about;
use crate::app::{Exit, House, Said};
use crate::keys::keystore as stored;
use crate::real::access::{chain, keystore};
use crate::real::funds::limits;
use crate::real::wallets;
use crate::render::money::usd;
use crate::render::plain;
use anyhow::Result;
use betteroms_polymarket::VenueError;
use betteroms_polymarket::signing::Address;
use serde_json::{Value, json};

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Done,
    Missing,
    /// Not done, and trading does without.
    Later,
}

/// A step of the list.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) standing: Standing,
    pub(super) found: String,
    pub(super) next: String,
}

impl Step {
    pub(super) fn done(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, standing: Standing::Done, found: found.into(), next: String::new() }
    }

    pub(super) fn missing(
        name: &'static str,
        found: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self { name, standing: Standing::Missing, found: found.into(), next: next.into() }
    }

    pub(super) fn unasked(name: &'static str, error: &VenueError) -> Self {
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
        let (named, found) = about::wallet_named(house, &node, signer).await;
        steps.push(named);
        if let Some(wallet) = found {
            steps.push(about::deployed(&node, wallet).await);
            steps.push(about::credentials(house)?);
            steps.push(about::cash(&node, wallet).await);
            steps.extend(about::relayer_key(house, wallet)?);
            steps.push(about::allowances(house, &node, wallet).await);
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
