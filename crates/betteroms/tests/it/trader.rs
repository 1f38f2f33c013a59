//! An operator with a real account at an emulated venue: keystores of one of its accounts, and a configuration
//! that trades there. Nothing of ours is replaced.

use crate::desk::Desk;
use crate::house::{House, Said};
use crate::keystore::write_cheap;
use betteroms_core::time::Time;
use betteroms_polymarket::account::{AccountClient, Clock, Credentials, Leg, Placed};
use betteroms_polymarket::signing::LocalKey;
use betteroms_polymarket::{Hosts, Options};
use serde_json::{Value, json};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::PathBuf;
use std::sync::Arc;

/// A venue with one market in cents and one of a group on the finer grid, and who trades there.
pub(crate) const SCRIPT: &str = r#"{
  "seed": 7,
  "settings": { "minedAfterMillis": 20, "confirmedAfterMillis": 20 },
  "markets": [
    { "slug": "rain", "question": "Does it rain?", "tick": 0.01, "minSize": 5,
      "fee": { "rate": 0.07, "exponent": 1 } },
    { "slug": "snow", "question": "Does it snow?", "tick": 0.001, "minSize": 5, "group": "white",
      "event": { "slug": "white", "title": "White" } },
    { "slug": "hail", "question": "Does it hail?", "tick": 0.001, "minSize": 5, "group": "white",
      "event": { "slug": "white", "title": "White" } }
  ],
  "accounts": [
    { "name": "alice", "wallet": "deposit", "cash": 1000 },
    { "name": "bob", "wallet": "eoa", "cash": 1000 }
  ],
  "liquidity": [
    { "market": "rain", "outcome": "Yes",
      "bids": [[0.30, 400], [0.29, 900]], "asks": [[0.33, 350], [0.34, 800]] },
    { "market": "snow", "bids": [[0.400, 600]], "asks": [[0.418, 500]] },
    { "market": "hail", "bids": [[0.100, 600]], "asks": [[0.118, 500]] }
  ],
  "events": [], "faults": []
}"#;

pub(crate) const PASSPHRASE: &str = "correct horse battery staple";

/// An operator of one of the venue's accounts.
#[derive(Debug)]
pub(crate) struct Trader {
    pub(crate) house: House,
    pub(crate) venue: Arc<Desk>,
    pub(crate) wallet: String,
    script: Value,
    /// What is appended to `[real]` of each of its configurations.
    more: String,
}

impl Trader {
    /// At a venue of [`SCRIPT`], with the account `name`.
    pub(crate) fn new(name: &str) -> Self {
        Self::at(SCRIPT, name, "")
    }

    /// `more` is appended to the configuration's `[real]`.
    pub(crate) fn at(script: &str, name: &str, more: &str) -> Self {
        let house = House::new();
        let venue = Arc::new(Desk::open(&serde_json::from_str(script).expect("a script")));
        let account = venue.account(name);
        let wallet = account["funder"].as_str().expect("a wallet").to_owned();
        keystores(&house, account);
        let script = serde_json::from_str(script).expect("a script");
        let trader = Self { house, venue, wallet, script, more: more.to_owned() };
        trader.configure("config.toml", &trader.venue);
        trader
    }

    /// Another operator at the same venue and of the same wallet, by a session key of the account `name`.
    pub(crate) fn by_session(&self, name: &str) -> Self {
        let house = House::new();
        let venue = Arc::clone(&self.venue);
        let account = venue.account(name);
        let wallet = account["funder"].as_str().expect("a wallet").to_owned();
        keystores(&house, &account["sessions"][0]);
        let (script, more) = (self.script.clone(), "sessionKey = true".to_owned());
        let trader = Self { house, venue: Arc::clone(&venue), wallet, script, more };
        trader.configure("config.toml", &venue);
        trader
    }

    /// Another venue of the same script: the same accounts, and nothing traded yet. The configuration's name
    /// is that of its file.
    pub(crate) fn another_venue(&self, name: &str) -> Desk {
        let venue = Desk::open(&self.script);
        self.configure(name, &venue);
        venue
    }

    /// Sends an order's bytes to a venue, past everything that keeps a run from doing so.
    pub(crate) fn send(&self, venue: &Desk, hash: &str, body: &str) -> Vec<Placed> {
        let accounts = venue.told["accounts"].as_array().expect("accounts").iter();
        let mut ours = accounts.filter(|one| one["funder"] == self.wallet);
        let account = ours.next().expect("our account");
        let key = account["privateKey"].as_str().expect("a key");
        let address = LocalKey::from_hex(key).expect("a key").address();
        let credentials = Credentials::from_json(&account["credentials"].to_string());
        let options = Options { hosts: Hosts::at(venue.url("clob")), ..Options::default() };
        let now = jiff::Timestamp::now().as_microsecond();
        let clock = Clock::new(move || Time::from_micros(now));
        let client = AccountClient::new(options, address, credentials.expect("credentials"), clock);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let client = client.expect("a client");
        runtime.expect("a runtime").block_on(client.place(&[Leg { id: hash, body }]))
    }

    fn configure(&self, name: &str, venue: &Desk) {
        let (keys, more) = (keys_folder(&self.house), &self.more);
        let text = format!(
            "[venue]\nclobUrl = \"{}\"\ngammaUrl = \"{}\"\ndataUrl = \"{}\"\nrelayerUrl = \"{}\"\n\
             rpcUrl = \"{}/rpc\"\ngeoblockUrl = \"{}/api/geoblock\"\n\
             [real]\nenabled = true\nwallet = \"{}\"\npassphraseFile = \"{}\"\n\
             keystore = \"{}\"\ncredentials = \"{}\"\nlookEveryMillis = 20\n{more}\n",
            venue.url("clob"),
            venue.url("gamma"),
            venue.url("data"),
            venue.url("relayer"),
            venue.url("relayer"),
            venue.url("clob"),
            self.wallet,
            keys.join("passphrase").display(),
            keys.join("signer.json").display(),
            keys.join("credentials.json").display(),
        );
        self.house.write(name, &text);
    }

    pub(crate) fn call(&self, arguments: &[&str]) -> Said {
        let config = self.house.path("config.toml");
        let config = config.to_str().expect("a UTF-8 path");
        self.house.call(&[&["--config", config], arguments].concat())
    }

    /// Writes a plan, in mode "real" unless it says otherwise.
    pub(crate) fn plan(&self, run_id: &str, trades: &[Value]) -> String {
        let plan = json!({ "runId": run_id, "mode": "real", "trades": trades });
        let path = self.house.write(&format!("{run_id}.json"), &plan.to_string());
        path.to_str().expect("a UTF-8 path").to_owned()
    }

    /// Previews and runs a plan, and gives the run's report.
    pub(crate) fn trade(&self, plan: &str) -> Value {
        self.call(&["preview", plan]);
        self.report(&["run", "--real", plan])
    }

    /// The report of a call that makes a pass.
    pub(crate) fn report(&self, arguments: &[&str]) -> Value {
        let said = self.call(&[&["--json"], arguments].concat());
        said.json()["report"].clone()
    }

    /// What the venue's own ledger and our books say differently; empty where nothing.
    pub(crate) fn differences(&self) -> Vec<String> {
        let report = self.report(&["run", "--real"]);
        let found = report["attention"].as_array().expect("a list").iter();
        found.filter(|one| one["code"] == "DIFFERS").map(ToString::to_string).collect()
    }
}

/// One trade of a plan.
pub(crate) fn trade(market: &str, side: &str, price: &str, shares: u32, tif: &str) -> Value {
    json!({ "marketId": market, "outcome": "YES", "side": side, "type": "LIMIT", "price": price,
        "size": shares, "sizeUnit": "SHARES", "timeInForce": tif })
}

/// How many trades of a report stand so.
pub(crate) fn count(report: &Value, what: &str) -> u64 {
    report["counts"][what].as_u64().unwrap_or_else(|| panic!("no count {what} in {report}"))
}

/// The codes of what needs a person; of a difference, which one it is.
pub(crate) fn codes(report: &Value) -> Vec<String> {
    let all = report["attention"].as_array().expect("a list").iter();
    let code = |one: &Value| match one["code"].as_str() {
        Some("DIFFERS") => one["difference"]["code"].as_str().unwrap_or_default().to_owned(),
        code => code.unwrap_or_default().to_owned(),
    };
    all.map(code).collect()
}

fn keys_folder(house: &House) -> PathBuf {
    house.path("keys")
}

fn keystores(house: &House, account: &Value) {
    let folder = keys_folder(house);
    std::fs::DirBuilder::new().mode(0o700).create(&folder).expect("a folder");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(folder.join("passphrase")).expect("a file");
    file.write_all(PASSPHRASE.as_bytes()).expect("written");
    let key = account["privateKey"].as_str().expect("a key");
    let bytes = alloy_primitives::hex::decode(key).expect("a key in digits");
    let address = LocalKey::from_hex(key).expect("a key").address().to_string();
    write_cheap(&folder.join("signer.json"), &bytes, &address, PASSPHRASE);
    let credentials = account["credentials"].to_string();
    write_cheap(&folder.join("credentials.json"), credentials.as_bytes(), &address, PASSPHRASE);
}
