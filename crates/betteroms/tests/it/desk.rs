//! An emulated venue in a process of its own, and homes of operators whose accounts are there.

use crate::house::{House, Said};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The passphrase of every keystore here.
pub(crate) const PASSPHRASE: &str = "correct-horse-battery";

/// A running emulator; killed when dropped.
#[derive(Debug)]
pub(crate) struct Desk {
    child: Child,
    /// What it said at its start.
    pub(crate) told: Value,
    _home: House,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A market of a script; those of one group exclude each other.
pub(crate) fn market(slug: &str, group: Option<&str>) -> Value {
    let mut market = json!({ "slug": slug, "question": slug, "tick": 0.01, "minSize": 5 });
    if let Some(group) = group {
        market["group"] = group.into();
        market["event"] = json!({ "slug": group, "title": group });
    }
    market
}

/// What an account of a script holds of a market.
pub(crate) fn shares(market: &str, outcome: &str, size: &str) -> Value {
    json!({ "market": market, "outcome": outcome, "size": size })
}

impl Desk {
    /// Opens one with this script.
    pub(crate) fn open(script: &Value) -> Self {
        let home = House::new();
        let path = home.write("script.jsonc", &script.to_string());
        let mut command = home.bare();
        command.args(["emulator", "--port", "0", "--json", "--script"]).arg(path);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn();
        let mut child = child.expect("the binary starts");
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        out.read_line(&mut line).expect("a line");
        let told = serde_json::from_str(&line).unwrap_or_else(|fault| panic!("{fault}: {line}"));
        Self { child, told, _home: home }
    }

    /// Stops it; its ports stay free.
    pub(crate) fn stop(&self) {
        self.signal("-INT");
        let host = self.url("clob").strip_prefix("http://").expect("plain HTTP");
        while TcpStream::connect(host).is_ok() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    /// Makes it stand still: it answers nobody, and what comes waits for it.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Where a service is.
    pub(crate) fn url(&self, service: &str) -> &str {
        self.told["urls"][service].as_str().expect("an address")
    }

    /// An account of the script.
    pub(crate) fn account(&self, name: &str) -> &Value {
        let accounts = self.told["accounts"].as_array().expect("accounts");
        accounts.iter().find(|one| one["name"] == name).expect("the account")
    }

    /// Says what a market paid.
    pub(crate) fn resolve(&self, slug: &str, payout_first: &str) {
        let markets = self.told["markets"].as_array().expect("markets");
        let market = markets.iter().find(|one| one["slug"] == slug).expect("the market");
        let condition = market["condition"].as_str().expect("a condition");
        let path = format!("/emulator/markets/{condition}/resolve");
        self.post(&path, &format!("{{\"payout_first\":\"{payout_first}\"}}"));
    }

    /// Asks the control interface.
    pub(crate) fn post(&self, path: &str, body: &str) -> String {
        let answer = post(self.url("clob"), path, body);
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        answer
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

    /// The lines of its log, oldest first.
    pub(crate) fn log(&self) -> Vec<Value> {
        let log = self.ask_text("GET", "/emulator/log?after=0", "");
        log.lines().map(|line| serde_json::from_str(line).expect("a line")).collect()
    }

    /// What changed, by the name of the change.
    pub(crate) fn changes(&self, name: &str) -> Vec<Value> {
        let lines = self.log().into_iter();
        let of = lines.filter(|line| line["topic"] == "change" && line["change"] == name);
        of.map(|line| line["of"].clone()).collect()
    }

    /// The transactions that accounts sent themselves, in the order of their blocks.
    pub(crate) fn transactions(&self) -> Vec<Value> {
        let acts = self.changes("chain").into_iter().map(|of| of["act"].clone());
        acts.filter(|act| act["do"] == "transaction").collect()
    }

    /// How many requests of a kind came.
    pub(crate) fn requests(&self, method: &str, path: &str) -> usize {
        let lines = self.log().into_iter();
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

/// Posts JSON over plain HTTP; the whole answer.
pub(crate) fn post(url: &str, path: &str, body: &str) -> String {
    let host = url.strip_prefix("http://").expect("plain HTTP");
    let mut stream = TcpStream::connect(host).expect("a connection");
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

/// An operator's home beside a venue: what it printed is searched for secrets.
pub(crate) struct Operator<'a> {
    pub(crate) house: House,
    desk: &'a Desk,
    name: &'a str,
    secrets: Vec<String>,
    looked: AtomicUsize,
}

impl<'a> Operator<'a> {
    /// A home for an account of the venue. Its configuration names no wallet yet.
    pub(crate) fn new(desk: &'a Desk, name: &'a str) -> Self {
        let account = desk.account(name);
        let mut secrets = vec![PASSPHRASE.to_owned()];
        let key = account["privateKey"].as_str().expect("a key");
        secrets.push(key.trim_start_matches("0x").to_owned());
        for part in ["secret", "passphrase"] {
            let secret = account["credentials"][part].as_str();
            secrets.extend(secret.map(str::to_owned));
        }
        let operator =
            Self { house: House::new(), desk, name, secrets, looked: AtomicUsize::new(0) };
        let pass = operator.house.write("passphrase", &format!("{PASSPHRASE}\n"));
        std::fs::set_permissions(&pass, PermissionsExt::from_mode(0o400)).expect("a mode");
        operator.configure("");
        operator
    }

    fn config(&self) -> PathBuf {
        self.house.path("config.toml")
    }

    /// Writes the configuration, with these lines more under `[real]`.
    pub(crate) fn configure(&self, real: &str) {
        self.configure_at(real, &format!("{}/rpc", self.desk.url("relayer")));
    }

    /// The same with another node of the chain.
    pub(crate) fn configure_at(&self, real: &str, node: &str) {
        let desk = self.desk;
        let (clob, relayer) = (desk.url("clob"), desk.url("relayer"));
        let passphrase = self.house.path("passphrase");
        let text = format!(
            "[venue]\nclobUrl = \"{clob}\"\ngammaUrl = \"{}\"\ndataUrl = \"{}\"\n\
             relayerUrl = \"{relayer}\"\nrpcUrl = \"{node}\"\n\
             geoblockUrl = \"{clob}/api/geoblock\"\n[real]\nenabled = true\n\
             passphraseFile = \"{}\"\n{real}\n",
            desk.url("gamma"),
            desk.url("data"),
            passphrase.display()
        );
        self.house.write("config.toml", &text);
    }

    /// Names the account's wallet.
    pub(crate) fn name_wallet(&self) {
        let funder = self.desk.account(self.name)["funder"].as_str().expect("a wallet");
        self.configure(&format!("wallet = \"{funder}\""));
    }

    /// `account` with these arguments, not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.house.bare();
        command.arg("--db").arg(self.house.db()).arg("--config").arg(self.config());
        command.arg("account").args(arguments);
        command
    }

    /// `account` with these arguments and this standard input.
    pub(crate) fn with_input(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        // A command that reads nothing may have closed its end.
        stdin.write_all(input.as_bytes()).ok();
        drop(stdin);
        let said = Said::of(child.wait_with_output().expect("an end"));
        self.look(&said.out, arguments);
        self.look(&said.err, arguments);
        said
    }

    /// `account` with these arguments.
    pub(crate) fn account(&self, arguments: &[&str]) -> Said {
        self.with_input(arguments, "")
    }

    /// Fails where a text shows a secret.
    pub(crate) fn look(&self, text: &str, what: &[&str]) {
        self.looked.fetch_add(1, Ordering::Relaxed);
        for secret in &self.secrets {
            assert!(!text.contains(secret.as_str()), "{what:?} shows a secret");
        }
    }

    /// How many texts were searched for secrets.
    pub(crate) fn looked(&self) -> usize {
        self.looked.load(Ordering::Relaxed)
    }

    /// Everything up to a wallet that may trade: key, wallet, credentials, approvals.
    pub(crate) fn settle_in(&self) {
        let key = self.desk.account(self.name)["privateKey"].as_str().expect("a key");
        self.with_input(&["import"], key).expect(0);
        self.name_wallet();
        self.account(&["keys"]).expect(0);
        self.account(&["relayer-key", "--make"]).expect(0);
        self.account(&["allowances", "--neg-risk", "--yes"]).expect(0);
    }
}
