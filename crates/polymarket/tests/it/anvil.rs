//! The chain's client against a chain: stand-in contracts compiled and deployed on a node of one process,
//! and an account that signs its own transactions. The node is on the loopback and ends with its test.

use super::server::quick;
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, sol};
use betteroms_core::money::{Shares, Usd};
use betteroms_polymarket::chain::transaction::{Gas, Signed, Transaction};
use betteroms_polymarket::chain::{ChainClient, Receipt};
use betteroms_polymarket::signing::contracts::{CHAIN_ID, CTF, EXCHANGE_STANDARD, PUSD};
use betteroms_polymarket::signing::{Call, LocalKey, WalletCall};
use betteroms_polymarket::{Options, VenueError};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

sol! {
    function mint(address to, uint256 amount);
    function mintToken(address to, uint256 id, uint256 amount);
    function resolve(bytes32 condition, uint256 first, uint256 second);
}

/// The first account that every local development chain gives coins to.
const KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
/// How long the node may take to say where it listens.
const START: Duration = Duration::from_secs(20);
const GAS: Gas = Gas::Dynamic { max_fee: 100_000_000_000, max_priority: 1_000_000_000 };

fn contracts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts").canonicalize().unwrap()
}

/// A tool of the contracts' lock file: the program itself, as the script that npm puts before it neither
/// passes a kill on nor tells how it ended. `None`, with a line that says so, where it is not installed;
/// under `CI=true` that fails the test instead.
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

/// Compiles both contracts; their creation codes.
fn compiled(forge: &Path) -> [Bytes; 2] {
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).join("contracts");
    let mut build = Command::new(forge);
    build.arg("build").current_dir(contracts()).stdin(Stdio::null());
    build.arg("--out").arg(built.join("out")).arg("--cache-path").arg(built.join("cache"));
    let said = build.output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    ["StandInUsd", "StandInTokens"].map(|name| {
        let file = built.join(format!("out/{name}.sol/{name}.json"));
        let told: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        told["bytecode"]["object"].as_str().unwrap().parse().unwrap()
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
    fn start(anvil: &Path, chain_id: u64) -> Self {
        let mut start = Command::new(anvil);
        start.args(["--host", "127.0.0.1", "--port", "0", "--chain-id", &chain_id.to_string()]);
        start.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = start.spawn().unwrap();
        let said = BufReader::new(process.stdout.take().unwrap());
        let mut node = Self { process, url: String::new() };
        let (tell, told) = mpsc::channel();
        // It goes on reading, or the node would stop at a full pipe.
        std::thread::spawn(move || {
            for line in said.lines().map_while(Result::ok) {
                if let Some(address) = line.strip_prefix("Listening on ") {
                    tell.send(address.to_owned()).ok();
                }
            }
        });
        node.url = format!("http://{}", told.recv_timeout(START).unwrap());
        node
    }

    fn client(&self) -> ChainClient {
        let (attempt_deadline, call_deadline) = (Duration::from_secs(5), Duration::from_secs(15));
        let options = Options { attempt_deadline, call_deadline, ..quick(&self.url) };
        ChainClient::new(options, &self.url).unwrap()
    }

    /// Puts code at an address, which only a node for tests does.
    async fn set_code(&self, at: Address, code: &Bytes) {
        let body =
            json!({ "jsonrpc": "2.0", "id": 1, "method": "anvil_setCode", "params": [at, code] });
        let http = reqwest::Client::builder().tls_certs_only([]).no_proxy().build().unwrap();
        let answer = http.post(&self.url).body(body.to_string());
        let answer = answer.header("content-type", "application/json").send().await.unwrap();
        let told: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert!(told["error"].is_null(), "{told}");
    }
}

/// An account and its node.
struct Account<'a> {
    key: LocalKey,
    chain: &'a ChainClient,
}

impl Account<'_> {
    async fn sign(&self, gas: Gas, to: Option<Address>, data: Bytes) -> Signed {
        let nonce = self.chain.transaction_count(self.key.address()).await.unwrap();
        let (chain_id, gas_limit, value) = (CHAIN_ID, 2_000_000, U256::ZERO);
        let transaction = Transaction { chain_id, nonce, gas, gas_limit, to, value, data };
        transaction.sign(&self.key).unwrap()
    }

    async fn landed(&self, signed: &Signed) -> Receipt {
        for _ in 0..100 {
            if let Some(receipt) = self.chain.receipt(signed.hash).await.unwrap() {
                return receipt;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no block took {}", signed.hash)
    }

    /// Sends data under a gas price and sees it land.
    async fn send(&self, gas: Gas, to: Option<Address>, data: Vec<u8>) -> Receipt {
        let signed = self.sign(gas, to, data.into()).await;
        self.chain.send_raw(&signed).await.unwrap();
        self.landed(&signed).await
    }

    async fn call(&self, call: &Call) -> Receipt {
        self.send(GAS, Some(call.target), call.data.to_vec()).await
    }

    /// Deploys a contract as the first or second transaction; its code.
    async fn deploy(&self, nonce: u8, creation: &Bytes) -> Bytes {
        let receipt = self.send(GAS, None, creation.to_vec()).await;
        assert!(receipt.is_success && receipt.gas_used > U256::from(21_000), "{receipt:?}");
        // RLP of the account and its nonce, which names a new contract; a nonce of zero is no byte.
        let nonce = if nonce == 0 { 0x80 } else { nonce };
        let bytes = [&[0xd6, 0x94][..], self.key.address().as_slice(), &[nonce]].concat();
        let code = self.chain.code(Address::from_word(keccak256(bytes))).await.unwrap();
        assert!(!code.is_empty());
        code
    }
}

fn token_mint(to: Address, id: U256, amount: u64) -> Vec<u8> {
    let call = mintTokenCall { to, id, amount: U256::from(amount) }.abi_encode();
    let (_, arguments) = call.split_at(4);
    [&keccak256("mint(address,uint256,uint256)")[..4], arguments].concat()
}

#[tokio::test]
async fn an_account_signs_for_itself_and_the_chain_tells_what_it_did() {
    let (Some(forge), Some(anvil)) = (tool("forge"), tool("anvil")) else { return };
    let [usd, tokens] = compiled(&forge);
    let node = Node::start(&anvil, CHAIN_ID);
    let chain = node.client();
    let account = Account { key: LocalKey::from_hex(KEY).unwrap(), chain: &chain };
    let me = account.key.address();
    let before = chain.native_balance(me).await.unwrap();
    let empty = chain.verify().await;
    assert!(matches!(empty, Err(VenueError::Unknown { .. })), "no contracts yet: {empty:?}");
    let unanswered = chain.pusd_balance(me).await;
    assert!(matches!(unanswered, Err(VenueError::Unknown { .. })), "{unanswered:?}");
    for (nonce, (creation, at)) in (0..).zip([(usd, PUSD), (tokens, CTF)]) {
        let code = account.deploy(nonce, &creation).await;
        node.set_code(at, &code).await;
    }
    chain.verify().await.unwrap();
    assert!(chain.native_balance(me).await.unwrap() < before, "gas was paid");
    dollars(&account).await;
    conditional_tokens(&account).await;
    assert!(chain.block_number().await.unwrap() >= 6);
    assert!(chain.gas_price().await.unwrap() > 0);
}

/// Money, an approval, and what reverts or is refused.
async fn dollars(account: &Account<'_>) {
    let (chain, me) = (account.chain, account.key.address());
    let mint = mintCall { to: me, amount: U256::from(25_000_000) }.abi_encode();
    assert!(account.send(GAS, Some(PUSD), mint).await.is_success);
    assert_eq!(chain.pusd_balance(me).await.unwrap(), Usd::from_units(25));
    let (token, spender, amount) = (PUSD, EXCHANGE_STANDARD, U256::from(7_000_000));
    let approve = WalletCall::Approve { token, spender, amount }.encode();
    assert!(account.call(&approve).await.is_success);
    assert_eq!(chain.pusd_allowance(me, spender).await.unwrap(), amount);
    let too_much = WalletCall::Transfer { token, to: spender, amount: U256::from(25_000_001) };
    assert!(!account.call(&too_much.encode()).await.is_success, "it reverts and costs its gas");
    assert_eq!(chain.transaction_count(me).await.unwrap(), 5);

    let foreign = Transaction::of(&approve, 1, 5, GAS, 100_000).sign(&account.key).unwrap();
    let refused = chain.send_raw(&foreign).await;
    assert!(matches!(refused, Err(VenueError::Refused { .. })), "another chain's: {refused:?}");
    let used = Transaction::of(&approve, CHAIN_ID, 0, GAS, 100_000).sign(&account.key).unwrap();
    let used = chain.send_raw(&used).await;
    assert!(matches!(used, Err(VenueError::Unknown { .. })), "a nonce that is used: {used:?}");
    assert_eq!(chain.receipt(B256::repeat_byte(1)).await.unwrap(), None);
    let whole = mintCall { to: CTF, amount: U256::from(u64::MAX) }.abi_encode();
    assert!(account.send(GAS, Some(PUSD), whole).await.is_success);
    let beyond = chain.pusd_balance(CTF).await;
    assert!(
        matches!(beyond, Err(VenueError::Unknown { .. })),
        "more than there can be: {beyond:?}"
    );
}

/// Tokens, an operator by the older form of transaction, and a result.
async fn conditional_tokens(account: &Account<'_>) {
    let (chain, me) = (account.chain, account.key.address());
    let id = U256::MAX - U256::from(3);
    assert!(account.send(GAS, Some(CTF), token_mint(me, id, 1_500_000)).await.is_success);
    assert_eq!(chain.token_balance(me, id).await.unwrap(), Shares::from_micros(1_500_000));
    assert_eq!(chain.token_balance(me, U256::ONE).await.unwrap(), Shares::ZERO);
    let operator = EXCHANGE_STANDARD;
    assert!(!chain.is_approved_for_all(me, operator).await.unwrap());
    let all = WalletCall::SetApprovalForAll { token: CTF, operator, approved: true }.encode();
    let old = Gas::Legacy { price: 50_000_000_000 };
    assert!(account.send(old, Some(CTF), all.data.to_vec()).await.is_success);
    assert!(chain.is_approved_for_all(me, operator).await.unwrap());
    let condition = B256::repeat_byte(0xc0);
    assert_eq!(chain.payouts(condition).await.unwrap(), None);
    let (first, second) = (U256::from(3), U256::ONE);
    let resolve = resolveCall { condition, first, second }.abi_encode();
    assert!(account.send(GAS, Some(CTF), resolve).await.is_success);
    let payouts = chain.payouts(condition).await.unwrap().unwrap();
    let told = [payouts.first, payouts.second, payouts.denominator];
    assert_eq!(told, [first, second, U256::from(4)]);
}

#[tokio::test]
async fn a_node_of_another_chain_is_not_taken() {
    let Some(anvil) = tool("anvil") else { return };
    let node = Node::start(&anvil, 31_337);
    let chain = node.client();
    assert_eq!(chain.chain_id().await.unwrap(), 31_337);
    let told = chain.verify().await.unwrap_err().explain();
    assert!(told.contains("chain 31337, not of 137"), "{told}");
    assert_eq!(format!("{chain:?}"), "ChainClient { node: Node }");
}
