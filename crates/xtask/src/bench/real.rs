//! Trading for real, at the emulator: what an order costs us, durable before it is sent, against the venue's
//! own Python client; what signing one costs; what catching up costs besides the network.

use super::figures::{Figures, Samples};
use super::program::Program;
use super::standing::Standing;
use crate::judges::{PROXIES, python_client};
use crate::shell::{cargo, command, read, root, run as start, target};
use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

const SIGN_MICROS: f64 = 50.0;
const ORDER_MICROS: f64 = 150.0;
const PEER_TIMES: f64 = 10.0;
const RECONCILE_MILLIS: f64 = 1_000.0;
/// Orders of one plan.
const ORDERS: usize = 1_000;
/// Plans, each on a fresh store and at a fresh emulator.
const RUNS: usize = 5;
/// The peer's runs, of each of its two ways.
const PEER_RUNS: usize = 3;
/// The most orders of one request (the venue's limit).
const BATCH: usize = 15;
const SLUG: &str = "rain";
const OURS: &str = "ours";
const THEIRS: &str = "theirs";

/// Measures all of it.
pub(crate) fn measure(program: &Program, figures: &mut Figures) -> Result<()> {
    let build = ["build", "--release", "--examples"];
    let packages = ["--package", "betteroms-core", "--package", "betteroms-polymarket"];
    start(cargo().args(build).args(packages))?;
    signing(figures)?;
    orders(program, figures)?;
    reconcile(figures)
}

fn example(name: &str) -> String {
    target().join("release/examples").join(name).display().to_string()
}

fn told_by(run: &mut Command) -> Result<Value> {
    serde_json::from_str(&read(run)?).context("what it says")
}

fn number(told: &Value, name: &str) -> Result<f64> {
    told[name].as_f64().with_context(|| format!("{name} is missing in {told}"))
}

fn signing(figures: &mut Figures) -> Result<()> {
    let told = told_by(&mut command(&example("signing")))?;
    for (name, field, work) in [
        ("sign: an order of type 3", "deposit_prepare", "made, hashed, signed, written as JSON"),
        ("sign: an order of type 0", "eoa_prepare", "the same"),
        ("sign: the bare signature", "bare", ""),
    ] {
        figures.count_of(name, (number(&told, field)? / 1e3, "µs"), SIGN_MICROS, work);
    }
    let proven = number(&told, "deposit_prove")? / 1e3;
    let text = format!("{proven:.2} µs: read anew and recovered before it leaves");
    figures.note("prove: an order of type 3", &text);
    Ok(())
}

fn reconcile(figures: &mut Figures) -> Result<()> {
    let told = told_by(&mut command(&example("reconcile")))?;
    let work = "1,000 open orders, 10,000 trades, balances; no network, no store";
    for (name, field) in [
        ("catch up: trades new and confirmed", "unseen"),
        ("catch up: trades new, not settled", "pending"),
        ("catch up: trades seen already", "seen"),
    ] {
        figures.count_of(name, (number(&told, field)? / 1e3, "ms"), RECONCILE_MILLIS, work);
    }
    Ok(())
}

/// One plan's cost beside that of a pass with nothing to do.
#[derive(Debug)]
struct Cost {
    /// Seconds computed, and taken, by the pass that placed the plan.
    placing: (f64, f64),
    /// The same of a pass before it.
    empty: (f64, f64),
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn each(seconds: f64) -> f64 {
    seconds * 1e6 / ORDERS as f64
}

fn orders(program: &Program, figures: &mut Figures) -> Result<()> {
    // An older build's emulator may have had other accounts.
    drop(std::fs::remove_dir_all(program.at("real-keys")?));
    once(program, "warm")?;
    let costs: Vec<Cost> =
        (0..RUNS).map(|nth| once(program, &format!("bench-{nth}"))).collect::<Result<_>>()?;
    let of = |value: fn(&Cost) -> f64| Samples::of(costs.iter().map(value));
    let ours = of(|cost| each(cost.placing.0 - cost.empty.0));
    let work = format!(
        "({}) {ORDERS} GTC, each durable before it leaves; pass {:.0} ms, empty pass {:.0} ms",
        ours.spread(),
        of(|cost| cost.placing.0 * 1e3).median(),
        of(|cost| cost.empty.0 * 1e3).median()
    );
    let mine = ours.median();
    figures.count_of("real order: our CPU each", (mine, "µs"), ORDER_MICROS, &work);
    let wall = of(|cost| (cost.placing.1 - cost.empty.1) * 1e3).median();
    figures.note("real orders: our time in all", &format!("{wall:.0} ms for {ORDERS}"));
    for (name, batch) in [("in requests of 15", BATCH), ("one by one", 1)] {
        let runs: Vec<Value> =
            (0..PEER_RUNS).map(|_| peer(program, batch)).collect::<Result<_>>()?;
        let all = |field: &str| -> Result<Samples> {
            let values: Result<Vec<f64>> = runs.iter().map(|told| number(told, field)).collect();
            Ok(Samples::of(values?))
        };
        let theirs = each(all("cpu")?.median());
        let wall = all("wall")?.median() * 1e3;
        let work = format!(
            "{theirs:.0} µs to {mine:.0} µs; theirs took {wall:.0} ms for {ORDERS}, {PEER_RUNS} runs"
        );
        let name = format!("py-clob-client-v2 {name}: CPU");
        figures.times(&name, theirs / mine, PEER_TIMES, &work);
    }
    Ok(())
}

/// A venue with one market, and two who trade there with deposit wallets.
fn script() -> Value {
    let account = |name: &str| json!({ "name": name, "wallet": "deposit", "cash": 1_000_000 });
    json!({
        "seed": 1,
        "markets": [{ "slug": SLUG, "tick": 0.01, "minSize": 5, "negRisk": false,
            "fee": { "rate": 0.07, "exponent": 1 } }],
        "accounts": [account(OURS), account(THEIRS)],
        "liquidity": [{ "market": SLUG, "outcome": "Yes",
            "bids": [[0.05, 1_000]], "asks": [[0.90, 1_000]] }],
    })
}

/// A fresh emulator; what it said lies in `real.json`.
fn venue(program: &Program) -> Result<Standing> {
    let path = program.at("real-venue.jsonc")?;
    std::fs::write(&path, script().to_string())?;
    let standing = Standing::start(program, &["--script", &path, "--limits", "off"])?;
    std::fs::write(program.at("real.json")?, standing.said.to_string())?;
    Ok(standing)
}

/// Opens an account, makes a pass with nothing to do, previews a plan, and places it.
fn once(program: &Program, run_id: &str) -> Result<Cost> {
    let standing = venue(program)?;
    let config = configure(program, &standing.said)?;
    let store = program.fresh_store("real.db")?;
    for beside in [format!("{store}.order-secret"), format!("{store}.halt")] {
        drop(std::fs::remove_file(beside));
    }
    let plan = program.at("real-plan.json")?;
    std::fs::write(&plan, plan_of(run_id).to_string())?;
    let ours = ["--db", &store, "--config", &config];
    let with = |words: &[&'static str]| [ours.as_slice(), words].concat();
    let run = with(&["run", "--real"]);
    program.time(&run)?;
    let empty = program.spent(&run)?;
    let named = |words: &[&'static str]| -> Vec<String> {
        with(words).into_iter().chain([plan.as_str()]).map(str::to_owned).collect()
    };
    let call =
        |words: &[String]| program.spent(&words.iter().map(String::as_str).collect::<Vec<_>>());
    call(&named(&["preview"]))?;
    let placing = call(&named(&["run", "--real"]))?;
    let told = program.json(&with(&["orders", "--live"]))?;
    let all = told["orders"].as_array().map(Vec::as_slice).unwrap_or_default();
    let open = all.iter().filter(|order| order["status"] == "OPEN").count();
    ensure!(open == ORDERS, "{open} of {ORDERS} orders rest");
    Ok(Cost { placing, empty })
}

fn plan_of(run_id: &str) -> Value {
    let trades: Vec<Value> = (0..ORDERS)
        .map(|nth| {
            json!({ "id": format!("t{nth}"), "marketId": SLUG, "outcome": "YES", "side": "BUY",
                "type": "LIMIT", "price": format!("0.{}", 10 + nth % 20), "size": 20,
                "sizeUnit": "SHARES", "timeInForce": "GTC" })
        })
        .collect();
    json!({ "runId": run_id, "mode": "real", "trades": trades })
}

/// A configuration that trades at an emulator, its limits out of the way. The keystores are made once: the
/// script's seed gives every emulator the same accounts.
fn configure(program: &Program, said: &Value) -> Result<String> {
    let keys = program.at("real-keys")?;
    if !Path::new(&keys).join("credentials.json").is_file() {
        let script = root().join("crates/xtask/src/bench/keys.py");
        let mut make = Command::new(python_client()?);
        start(make.arg(script).args([program.at("real.json")?.as_str(), OURS, keys.as_str()]))?;
    }
    let account = account(said, OURS)?;
    let url = |service: &str| said["urls"][service].as_str().context("a service's address");
    let (clob, relayer) = (url("clob")?, url("relayer")?);
    let wallet = account["funder"].as_str().context("a wallet")?;
    let text = format!(
        "[venue]\nclobUrl = \"{clob}\"\ngammaUrl = \"{}\"\ndataUrl = \"{}\"\nrelayerUrl = \"{relayer}\"\n\
         rpcUrl = \"{relayer}/rpc\"\ngeoblockUrl = \"{clob}/api/geoblock\"\n\
         [real]\nenabled = true\nwallet = \"{wallet}\"\npassphraseFile = \"{keys}/passphrase\"\n\
         keystore = \"{keys}/signer.json\"\ncredentials = \"{keys}/credentials.json\"\n\
         lookEveryMillis = 60\nrateTier = \"elite\"\nperTrade = 1000\nperDay = 1000000\ntotal = 1000000\n",
        url("gamma")?,
        url("data")?,
    );
    let path = program.at("real.toml")?;
    std::fs::write(&path, text)?;
    Ok(path)
}

fn account<'a>(said: &'a Value, name: &str) -> Result<&'a Value> {
    let accounts = said["accounts"].as_array().context("the emulator's accounts")?;
    accounts.iter().find(|account| account["name"] == name).context("an account")
}

/// The venue's own client places as many orders at a fresh emulator.
fn peer(program: &Program, batch: usize) -> Result<Value> {
    let _standing = venue(program)?;
    let mut client = Command::new(python_client()?);
    for proxy in PROXIES {
        client.env_remove(proxy);
    }
    client.arg(root().join("crates/xtask/src/bench/peer.py")).arg(program.at("real.json")?);
    client.args([THEIRS, SLUG, &ORDERS.to_string(), &batch.to_string()]);
    let told = told_by(client.env("PYTHONDONTWRITEBYTECODE", "1"))?;
    ensure!(told["placed"] == ORDERS, "not all orders rest: {told}");
    Ok(told)
}
