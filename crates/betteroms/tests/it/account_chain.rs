//! A plain account pays its own way: approvals as transactions of its own, on a chain of one process with
//! stand-in contracts. The venue beside it is the emulator; `redeem_own` has the transactions of accounts there.
//!
//! Control planted once and seen red: a transaction that is signed for another chain.

use crate::desk::{Desk, Operator, post};
use betteroms_polymarket::signing::contracts::{CTF, PUSD};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The first account that every local development chain gives coins to.
const KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const OWNER: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

fn contracts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts").canonicalize().unwrap()
}

/// A tool of the contracts' lock file; `None`, with a line that says so, where it is not installed, which
/// fails the test under `CI=true`.
fn tool(name: &str) -> Option<PathBuf> {
    let packages = std::fs::read_dir(contracts().join("node_modules/@foundry-rs"));
    let found = packages.into_iter().flatten().flatten().find_map(|package| {
        let is_one = package.file_name().to_string_lossy().starts_with(&format!("{name}-"));
        Some(package.path().join("bin").join(name)).filter(|path| is_one && path.is_file())
    });
    if found.is_none() {
        let why = format!("{name} is not installed; `npm ci` in contracts/ does it");
        assert!(std::env::var("CI").as_deref() != Ok("true"), "CI=true skips nothing: {why}");
        println!("skipped: {why}");
    }
    found
}

/// Creation codes of both stand-ins.
fn compiled(forge: &Path) -> [String; 2] {
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).join("account-contracts");
    let mut build = Command::new(forge);
    build.arg("build").current_dir(contracts()).stdin(Stdio::null());
    build.arg("--out").arg(built.join("out")).arg("--cache-path").arg(built.join("cache"));
    let said = build.output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    ["StandInUsd", "StandInTokens"].map(|name| {
        let file = built.join(format!("out/{name}.sol/{name}.json"));
        let told: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        told["bytecode"]["object"].as_str().unwrap().to_owned()
    })
}

/// A node until it is dropped.
struct Node {
    process: Child,
    url: String,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Node {
    fn start(anvil: &Path, chain: &str) -> Self {
        let mut start = Command::new(anvil);
        start.args(["--host", "127.0.0.1", "--port", "0", "--chain-id", chain]);
        let mut process = start
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let found = lines.find_map(|line| {
            line.unwrap().strip_prefix("Listening on ").map(|at| format!("http://{at}"))
        });
        // It goes on reading, or the node would stop at a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, url: found.unwrap() }
    }

    fn ask(&self, method: &str, params: &Value) -> Value {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let answer = post(&self.url, "/", &body.to_string());
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let told: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"));
        assert!(told["error"].is_null(), "{method}: {told}");
        told["result"].clone()
    }

    /// A transaction of the account, which the node signs.
    fn send(&self, what: &Value) -> Value {
        let hash = self.ask("eth_sendTransaction", &json!([what]));
        // The node mines at once, and tells of it a moment later.
        let told = (0..500).find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            let receipt = self.ask("eth_getTransactionReceipt", &json!([hash]));
            (!receipt.is_null()).then_some(receipt)
        });
        told.expect("a receipt within five seconds")
    }

    fn count(&self) -> u64 {
        let told = self.ask("eth_getTransactionCount", &json!([OWNER, "latest"]));
        u64::from_str_radix(told.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
    }
}

#[test]
fn an_account_without_a_wallet_grants_and_takes_back_by_its_own_transactions() {
    let (Some(forge), Some(anvil)) = (tool("forge"), tool("anvil")) else { return };
    let node = Node::start(&anvil, "137");
    for (code, at) in compiled(&forge).iter().zip([PUSD, CTF]) {
        let receipt = node.send(&json!({ "from": OWNER, "data": code }));
        let code = node.ask("eth_getCode", &json!([receipt["contractAddress"], "latest"]));
        node.ask("anvil_setCode", &json!([at, code]));
    }
    let desk = Desk::open(&json!({
        "seed": 3, "markets": [{ "slug": "sunny", "question": "Sunny?", "tick": 0.01, "minSize": 5 }],
        "accounts": [{ "name": "bob", "key": KEY, "wallet": "eoa", "cash": 500 }],
    }));
    let bob = Operator::new(&desk, "bob");
    bob.with_input(&["import"], KEY).expect(0);
    bob.configure_at(&format!("wallet = \"{OWNER}\""), &node.url);
    bob.account(&["keys"]).expect(0);
    let before = node.count();
    let shown = bob.account(&["allowances"]).expect(0).out;
    assert!(shown.contains("nothing was sent"), "{shown}");
    assert_eq!(node.count(), before);
    let sent = bob.account(&["allowances", "--amount", "75", "--yes", "--json"]).expect(0).json();
    assert_eq!((sent["transactions"].as_array().unwrap().len(), &sent["done"]), (3, &json!(true)));
    assert_eq!(node.count(), before + 3);
    let nothing = bob.account(&["allowances", "--amount", "75", "--yes"]).expect(0).out;
    assert_eq!(nothing, "approvals nothing is missing\n");
    let status = bob.account(&["status", "--json"]).expect(3).json();
    let standard = &status["approvals"][0];
    assert_eq!(
        (&standard["name"], &standard["amount"]),
        (&json!("standard exchange"), &json!("$75.00"))
    );
    let revoked = bob.account(&["allowances", "--revoke", "--yes", "--json"]).expect(0).json();
    assert_eq!(revoked["transactions"].as_array().unwrap().len(), 3);
    assert_eq!(node.count(), before + 6);

    // A node of another chain is not sent anything.
    let other = Node::start(&anvil, "31337");
    bob.configure_at(&format!("wallet = \"{OWNER}\""), &other.url);
    let refused = bob.account(&["allowances", "--yes"]).expect(4);
    assert_eq!(other.count(), 0, "{}", refused.err);
    assert!(bob.looked() > 12);
}
