//! A script: what a venue holds at its start and what happens to it later, in one commented file. The
//! format is told in `docs/emulator.md`.
//!
//! [`Script::parse`] reads the file; [`Script::stage`] puts it on a venue, which may hold recorded markets
//! already: a script names those like its own. Numbers are read exactly, unknown words are errors.

mod accounts;
mod events;
mod form;
mod jsonc;
mod markets;
#[cfg(test)]
mod tests;

pub use markets::{derived_ids, is_condition};

use crate::names::Credentials;
use crate::venue::{Settings, Venue};
use alloy_primitives::Address;
use betteroms_core::market::{FeeSchedule, Outcome};
use betteroms_core::money::{Shares, Usd};
use betteroms_core::time::Time;
use form::Form;
use serde_json::Value;
use std::fmt;

/// The script that is staged where none is given; also `examples/emulator.jsonc`.
pub const DEFAULT: &str = include_str!("../../../examples/emulator.jsonc");

/// The accounts of a venue that shows a recording and has no script.
const ACCOUNTS: &str = r#"{ "accounts": [
    { "name": "alice", "wallet": "deposit", "cash": 10000 },
    { "name": "bob", "wallet": "eoa", "cash": 10000 },
    { "name": "carol", "wallet": "safe", "cash": 10000 } ] }"#;

/// A script, read.
#[derive(Clone, Debug)]
pub struct Script {
    form: Form,
    name: String,
}

/// Something wrong with a script: where, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    /// `line:column`, or the place in the JSON such as `markets[1].tick`.
    pub place: String,
    /// A sentence.
    pub what: String,
}

/// Everything that is wrong with a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptErrors {
    /// The file.
    pub name: String,
    /// What is wrong; never empty.
    pub errors: Vec<ScriptError>,
}

impl fmt::Display for ScriptErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.errors.iter().map(|e| format!("{}:{}: {}", self.name, e.place, e.what));
        f.write_str(&lines.collect::<Vec<_>>().join("\n"))
    }
}

impl std::error::Error for ScriptErrors {}

/// The people a script put on a venue.
#[derive(Clone, Debug, Default)]
pub struct Staged {
    /// Accounts in the script's order.
    pub accounts: Vec<StagedAccount>,
}

/// An account as its owner must know it.
#[derive(Clone, Debug)]
pub struct StagedAccount {
    /// Its name in the script.
    pub name: String,
    /// `eoa`, `proxy`, `safe`, `deposit` or `legacy-deposit`.
    pub kind: &'static str,
    /// What clients call the signature type: 0, 1, 2 or 3 (venue.md 3.4).
    pub signature_type: u8,
    /// The address that signs.
    pub owner: Address,
    /// Its key, `0x` and 64 digits. It guards nothing.
    pub private_key: String,
    /// The wallet that trades, which clients call the funder.
    pub wallet: Address,
    /// The API key of nonce 0, where the script lets it be there from the start.
    pub credentials: Option<Credentials>,
    /// Its dollars.
    pub cash: Usd,
    /// Its shares: market, outcome, size.
    pub shares: Vec<(String, Outcome, Shares)>,
    /// Keys that may sign for the wallet.
    pub sessions: Vec<StagedSession>,
}

/// A session signer as its owner must know it.
#[derive(Clone, Debug)]
pub struct StagedSession {
    /// Its name in the script.
    pub name: String,
    /// The address that signs.
    pub signer: Address,
    /// Its key.
    pub private_key: String,
    /// Its own API key of nonce 0.
    pub credentials: Credentials,
}

impl Script {
    /// Reads a script; `name` stands before every error.
    ///
    /// # Errors
    /// With line and column of the first thing that is not part of the format.
    pub fn parse(text: &str, name: &str) -> Result<Self, ScriptErrors> {
        let form = read(text, name)?;
        Ok(Self { form, name: name.to_owned() })
    }

    /// The script that is staged where none is given.
    ///
    /// # Panics
    /// Never: a test stages it.
    pub fn shipped() -> Self {
        Self::parse(DEFAULT, "the shipped script").expect("the shipped script is tested")
    }

    /// The accounts of the shipped script without its markets: for a venue that shows a recording.
    ///
    /// # Panics
    /// Never: a test stages it.
    pub fn accounts_only() -> Self {
        Self::parse(ACCOUNTS, "the shipped accounts").expect("the shipped accounts are tested")
    }

    /// The seed, where the script has one.
    pub const fn seed(&self) -> Option<u64> {
        self.form.seed
    }

    /// When the venue's time begins, where the script says so.
    pub fn start(&self) -> Option<Time> {
        self.form.clock.start.map(|start| start.0)
    }

    /// Venue seconds per wall second, in millionths, where the script says so.
    pub fn speed(&self) -> Option<u64> {
        self.form.clock.speed.map(|speed| speed.0.0)
    }

    /// The faults, as written.
    pub fn faults(&self) -> &[Value] {
        &self.form.faults
    }

    /// How the venue behaves: the script's values over the usual ones.
    pub fn settings(&self) -> Settings {
        let (form, usual) = (&self.form.settings, Settings::default());
        Settings {
            seed: self.form.seed.unwrap_or(usual.seed),
            mined_after_millis: form.mined_after_millis.unwrap_or(usual.mined_after_millis),
            confirmed_after_millis: form
                .confirmed_after_millis
                .unwrap_or(usual.confirmed_after_millis),
            legs_per_trade: form.legs_per_trade.map_or(usual.legs_per_trade, usize::from),
            version: form.version.unwrap_or(usual.version),
            page_size: form.page_size.map_or(usual.page_size, |rows| usize::from(rows.max(1))),
            relayed_after_millis: form.relayed_after_millis.unwrap_or(usual.relayed_after_millis),
            registered_after_millis: form
                .registered_after_millis
                .unwrap_or(usual.registered_after_millis),
            fenced_after_millis: form.fenced_after_millis.unwrap_or(usual.fenced_after_millis),
            swept_after_millis: form.swept_after_millis.unwrap_or(usual.swept_after_millis),
            submits_per_minute: form.submits_per_minute.unwrap_or(usual.submits_per_minute),
            charged_fee: form.charged_fee.map(|fee| FeeSchedule {
                rate: fee.rate.0,
                exponent: Some(fee.exponent.unwrap_or(1)),
            }),
            limits: form.limits.map_or(usual.limits, Into::into),
            ..usual
        }
    }

    /// Puts the script on a venue: markets, accounts, the crowd's levels, and what happens later, which
    /// counts from the venue's present time.
    ///
    /// # Errors
    /// Everything that does not fit together, each with its place. The venue is half staged then.
    pub fn stage(&self, venue: &mut Venue) -> Result<Staged, ScriptErrors> {
        let mut wrong = Wrong::default();
        markets::list(&self.form, venue, &mut wrong);
        markets::liquidity(&self.form, venue, &mut wrong);
        let accounts = accounts::stage(&self.form.accounts, venue, &mut wrong);
        events::follow(&self.form.events, &accounts, venue, &mut wrong);
        if wrong.0.is_empty() {
            Ok(Staged { accounts })
        } else {
            Err(ScriptErrors { name: self.name.clone(), errors: wrong.0 })
        }
    }
}

/// Reads a list of anything, with the comments and trailing commas of a script.
///
/// # Errors
/// With line and column of the first thing that is not JSON.
pub fn read_list(text: &str, name: &str) -> Result<Vec<Value>, ScriptErrors> {
    read(text, name)
}

fn read<T: serde::de::DeserializeOwned>(text: &str, name: &str) -> Result<T, ScriptErrors> {
    serde_json::from_str(&jsonc::plain(text)).map_err(|error| {
        let place = format!("{}:{}", error.line(), error.column());
        let what = error.to_string();
        let what = what.split(" at line ").next().unwrap_or(&what).to_owned();
        ScriptErrors { name: name.to_owned(), errors: vec![ScriptError { place, what }] }
    })
}

/// What is wrong so far.
#[derive(Debug, Default)]
struct Wrong(Vec<ScriptError>);

impl Wrong {
    fn at(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.0.push(ScriptError { place: place.into(), what: what.into() });
    }

    /// The value, or nothing and a note of what is wrong with it.
    fn take<T, E: Into<String>>(&mut self, place: &str, value: Result<T, E>) -> Option<T> {
        value.map_err(|what| self.at(place, what)).ok()
    }
}
