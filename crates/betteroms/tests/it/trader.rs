//! An operator with a real account at an emulated venue: the emulator as a program of its own, keystores of
//! one of its accounts, and a configuration that trades there. Nothing of ours is replaced.

use crate::house::{House, Said};
use betteroms::keys::{Passphrase, import, store_credentials};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use zeroize::Zeroizing;

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

/// The emulator, stopped when dropped.
#[derive(Debug)]
pub(crate) struct VenueProcess {
    child: Child,
    pub(crate) told: Value,
}

impl Drop for VenueProcess {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl VenueProcess {
    pub(crate) fn open(house: &House, script: &str) -> Self {
        Self::open_from(house, &house.write("venue.jsonc", script))
    }

    pub(crate) fn open_from(house: &House, script: &Path) -> Self {
        let mut command = house.bare();
        command.args(["emulator", "--port", "0", "--json", "--script"]).arg(script);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the emulator starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let told = serde_json::from_str(&line).expect("one object");
        Self { child, told }
    }

    pub(crate) fn url(&self, service: &str) -> &str {
        self.told["urls"][service].as_str().expect("a service")
    }

    pub(crate) fn account(&self, name: &str) -> &Value {
        let accounts = self.told["accounts"].as_array().expect("accounts");
        accounts.iter().find(|account| account["name"] == name).expect("an account")
    }

    /// A request to the order book service's port; the body as JSON, else as text.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> Value {
        let text = self.ask_text(method, path, body);
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    }

    pub(crate) fn ask_text(&self, method: &str, path: &str, body: &str) -> String {
        let host = self.url("clob").strip_prefix("http://").expect("plain");
        let mut stream = TcpStream::connect(host).expect("a connection");
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
            return unchunked(body);
        }
        body.to_owned()
    }

    pub(crate) fn fault(&self, rule: &Value) {
        let told = self.ask("POST", "/emulator/faults", &rule.to_string());
        assert!(told["number"].is_u64(), "{told}");
    }

    pub(crate) fn no_faults(&self) {
        self.ask("DELETE", "/emulator/faults", "");
    }

    /// The hashes of all orders that the venue ever placed, in order.
    pub(crate) fn placed(&self) -> Vec<String> {
        self.changes("placed").iter().map(|of| of["id"].as_str().unwrap().to_lowercase()).collect()
    }

    /// What changed, by the name of the change.
    pub(crate) fn changes(&self, name: &str) -> Vec<Value> {
        let log = self.ask_text("GET", "/emulator/log?after=0", "");
        let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line"));
        let of = lines.filter(|line| line["topic"] == "change" && line["change"] == name);
        of.map(|line| line["of"].clone()).collect()
    }

    /// How many requests of a kind came.
    pub(crate) fn requests(&self, method: &str, path: &str) -> usize {
        let log = self.ask_text("GET", "/emulator/log?after=0", "");
        let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line"));
        lines.filter(|line| line["method"] == method && line["path"] == path).count()
    }
}

fn unchunked(body: &str) -> String {
    let (mut out, mut rest) = (String::new(), body);
    while let Some((size, more)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).expect("a size");
        if size == 0 {
            break;
        }
        out.push_str(&more[..size]);
        rest = more[size..].trim_start_matches("\r\n");
    }
    out
}

/// An operator of one of the venue's accounts.
#[derive(Debug)]
pub(crate) struct Trader {
    pub(crate) house: House,
    pub(crate) venue: VenueProcess,
    pub(crate) wallet: String,
}

impl Trader {
    /// At a venue of [`SCRIPT`], with the account `name`.
    pub(crate) fn new(name: &str) -> Self {
        Self::at(SCRIPT, name, "")
    }

    /// `more` is appended to the configuration's `[real]`.
    pub(crate) fn at(script: &str, name: &str, more: &str) -> Self {
        let house = House::new();
        let venue = VenueProcess::open(&house, script);
        let account = venue.account(name);
        let wallet = account["funder"].as_str().expect("a wallet").to_owned();
        keystores(&house, account);
        let trader = Self { house, venue, wallet };
        trader.configure("config.toml", &trader.venue, more);
        trader
    }

    /// Another venue of the same script: the same accounts, and nothing traded yet. The configuration's name
    /// is that of its file.
    pub(crate) fn another_venue(&self, name: &str) -> VenueProcess {
        let venue = VenueProcess::open_from(&self.house, &self.house.path("venue.jsonc"));
        self.configure(name, &venue, "");
        venue
    }

    fn configure(&self, name: &str, venue: &VenueProcess, more: &str) {
        let keys = keys_folder(&self.house);
        let text = format!(
            "[venue]\nclobUrl = \"{}\"\ngammaUrl = \"{}\"\ndataUrl = \"{}\"\nrelayerUrl = \"{}\"\n\
             rpcUrl = \"{}/rpc\"\ngeoblockUrl = \"{}/api/geoblock\"\n\
             [real]\nenabled = true\nwallet = \"{}\"\npassphraseFile = \"{}\"\n\
             keystore = \"{}\"\ncredentials = \"{}\"\nlookEveryMillis = 60\n{more}\n",
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

fn keys_folder(house: &House) -> PathBuf {
    house.path("keys")
}

fn keystores(house: &House, account: &Value) {
    let folder = keys_folder(house);
    std::fs::DirBuilder::new().mode(0o700).create(&folder).expect("a folder");
    let passphrase = || Passphrase::new(Zeroizing::new(PASSPHRASE.into())).expect("a passphrase");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(folder.join("passphrase")).expect("a file");
    file.write_all(PASSPHRASE.as_bytes()).expect("written");
    let key = account["privateKey"].as_str().expect("a key");
    let address = import(&folder.join("signer.json"), key, &passphrase()).expect("imported");
    let credentials = account["credentials"].to_string();
    let path = folder.join("credentials.json");
    store_credentials(&path, &credentials, address, &passphrase()).expect("stored");
}
