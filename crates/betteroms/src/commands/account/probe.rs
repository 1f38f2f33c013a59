//! `account probe --real`: tries the real venue step by step, each one asked for, and writes what was seen
//! into a file for a bug report. It is outside the store: nothing of it is booked.

use super::ask::{Answer, agreed};
use super::probe_order;
use crate::app::{Exit, House, Said, Usage};
use crate::cli::Probe;
use crate::real::Access;
use crate::real::access::must_be_enabled;
use crate::real::checks;
use crate::real::wallets::named;
use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

/// Texts from this length on are cut in the file: ids, tokens, hashes, and secrets should one be there.
const CUT_FROM: usize = 32;

/// What was seen so far.
#[derive(Default)]
pub(super) struct Seen {
    steps: Vec<Value>,
    out: String,
    is_good: bool,
}

impl Seen {
    /// Notes one thing that was tried.
    pub(super) fn note(&mut self, step: &str, good: bool, found: impl Into<String>) {
        let found = redacted(&found.into());
        let word = if good { "ok" } else { "FAILS" };
        self.out.push_str(&format!("{word:<6} {step}: {found}\n"));
        self.is_good &= good;
        self.steps.push(json!({ "step": step, "good": good, "found": found }));
    }

    /// Notes one whose answer may be an error.
    pub(super) fn answer<E>(&mut self, step: &str, answer: Result<String, E>)
    where
        E: Into<anyhow::Error>,
    {
        match answer {
            Ok(found) => self.note(step, true, found),
            Err(error) => self.note(step, false, format!("{:#}", error.into())),
        }
    }
}

/// Goes through the steps.
pub(super) async fn run(house: &House, args: &Probe) -> Result<Said> {
    let path = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("betteroms-probe-{}.json", house.now.secs())));
    if path.exists() {
        let text = format!("{} is already there: name another file with --out", path.display());
        return Err(Usage(text).into());
    }
    if args.market.is_some() {
        must_be_enabled(house)?;
    }
    let access = Access::open(house)?;
    let mut seen = Seen { is_good: true, ..Seen::default() };
    if asked(house, args, "1: read what the venue and the chain say of this account.")? {
        for row in checks::checks(house, &access).await {
            seen.note(row.code, row.is_good, row.found);
        }
    }
    if asked(house, args, "2: list this key's orders and trades.")? {
        let orders = access.account.open_orders().await;
        seen.answer("open orders", orders.map(|orders| orders.len().to_string()));
        let since = house.now.plus_secs(-86_400);
        let trades = access.account.trades(Some(since)).await;
        seen.answer("trades of a day", trades.map(|trades| trades.len().to_string()));
    }
    if let Some(market) = &args.market {
        let text = "3: place the smallest order at the lowest price, post-only, and cancel it.";
        if asked(house, args, text)? {
            probe_order::run(house, &access, market, &mut seen).await;
        }
    } else {
        seen.out.push_str("left out  the order: --market names where it is to be placed\n");
    }
    write(&path, &bundle(house, &access, &seen))?;
    seen.out.push_str(&format!("written   {}: no keys, ids cut short\n", path.display()));
    let exit = if seen.is_good { Exit::Done } else { Exit::NeedsPerson };
    let value = json!({ "version": 1, "file": path, "good": seen.is_good, "steps": seen.steps });
    Ok(Said { exit, ..Said::either(house, &value, seen.out) })
}

fn asked(house: &House, args: &Probe, step: &str) -> Result<bool> {
    match agreed(house, args.yes, &format!("Step {step}\n"), "Do this?")? {
        Answer::Yes => Ok(true),
        Answer::No => Ok(false),
        Answer::NotAsked => {
            let text = "each step is asked for: say this at a terminal, or add --yes";
            Err(Usage(text.to_owned()).into())
        }
    }
}

fn bundle(house: &House, access: &Access, seen: &Seen) -> String {
    let value = json!({
        "version": 1, "betteroms": env!("CARGO_PKG_VERSION"), "at": house.now,
        "wallet": redacted(&access.wallet.maker.to_string()), "kind": named(access.wallet.kind),
        "isSessionKey": access.wallet.session, "steps": seen.steps,
    });
    format!("{value:#}\n")
}

fn write(path: &PathBuf, text: &str) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("writing {}", path.display()))
}

/// The text with every long run of letters and digits cut to its ends.
fn redacted(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '=' | '+');
    let (mut out, mut run) = (String::new(), String::new());
    for c in text.chars().chain(['\n']) {
        if is_part(c) {
            run.push(c);
            continue;
        }
        match (run.get(..6), run.get(run.len().saturating_sub(4)..)) {
            (Some(head), Some(tail)) if run.len() >= CUT_FROM => {
                out.push_str(&format!("{head}…{tail}"));
            }
            (Some(_) | None, _) => out.push_str(&run),
        }
        run.clear();
        out.push(c);
    }
    out.pop();
    out
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn what_is_long_is_cut_and_the_rest_stays() {
        let address = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
        let text = format!("the key of {address}, 12.5 pUSD at 2026-11-27T14:00:00Z");
        let cut = "the key of 0xf39F…2266, 12.5 pUSD at 2026-11-27T14:00:00Z";
        assert_eq!(redacted(&text), cut);
        assert_eq!(redacted("6f1ed002-ab5f-4c1e-8b2a-0f0d3a2f8a11"), "6f1ed0…8a11");
        assert_eq!(redacted(""), "");
    }
}
