//! A real pass of twelve orders, or of two hundred, to be disturbed, each time at a venue of its own, and what
//! journal, database and the venue's log must say afterwards (`R14`).

use crate::desk::Desk;
use crate::house::{House, Said};
use crate::ledger::{self, number};
use crate::real_history::History;
use crate::trader::{SCRIPT, Trader, trade};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// Twelve orders: six match at once in whole or in part, six rest.
fn plan() -> Vec<Value> {
    let mut trades: Vec<Value> = ["0.20", "0.21", "0.22"]
        .iter()
        .map(|price| trade("rain", "BUY", price, 10, "GTC"))
        .collect();
    // A window after a restart takes these two and no other.
    for resting in &mut trades[..2] {
        resting["postOnly"] = json!(true);
    }
    trades.extend(["0.300", "0.301"].map(|price| trade("snow", "BUY", price, 10, "GTC")));
    trades.extend(["0.33", "0.33", "0.34"].map(|price| trade("rain", "BUY", price, 6, "GTC")));
    trades.extend(["0.418", "0.419"].map(|price| trade("snow", "BUY", price, 6, "GTC")));
    let mut fak = trade("hail", "BUY", "0.118", 10, "FAK");
    (fak["size"], fak["sizeUnit"]) = (json!(2), json!("USDC"));
    let mut gtt = trade("hail", "BUY", "0.090", 15, "GTT");
    gtt["cancelAfterSec"] = json!(3600);
    trades.extend([fak, gtt]);
    trades
}

fn script() -> String {
    SCRIPT.replace("\"seed\": 7", "\"seed\": 9")
}

/// The orders of [`Scene::new`].
pub(crate) const ORDERS: usize = 12;
/// The orders of [`Scene::large`].
const MANY: usize = 200;

/// A store that has seen the preview of the plan, and its trader; each disturbance has a venue of its own.
pub(crate) struct Scene {
    pub(crate) trader: Trader,
    pub(crate) plan: String,
    /// How many orders the plan has.
    pub(crate) orders: usize,
    base: PathBuf,
    next: AtomicU32,
    pub(crate) fills: i64,
    /// Orders that reached a judged venue in a request, each as often as it did.
    pub(crate) sent: AtomicUsize,
    /// Second sendings that a judged journal has.
    pub(crate) resent: AtomicUsize,
    /// Orders whose second sending was recorded and never left: told as in doubt, and never sent again.
    pub(crate) lost: AtomicUsize,
}

/// What one disturbance plays on.
pub(crate) struct Stage {
    pub(crate) venue: Desk,
    pub(crate) config: String,
    pub(crate) db: PathBuf,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::of("twelve", &plan(), (&script(), ""))
    }

    /// Two hundred orders, half of them matched at once, of a signer whose tier lets them go in a few seconds.
    pub(crate) fn large() -> Self {
        let trades: Vec<Value> = plan().into_iter().cycle().take(MANY).collect();
        let script =
            script().replace("\"wallet\": \"eoa\",", "\"wallet\": \"eoa\", \"tier\": \"Gold\",");
        Self::of("many", &trades, (&script, "rateTier = \"gold\"\nperDay = 600\ntotal = 700"))
    }

    fn of(run_id: &str, trades: &[Value], (script, more): (&str, &str)) -> Self {
        let trader = Trader::at(script, "bob", more);
        let plan = trader.plan(run_id, trades);
        trader.call(&["preview", &plan]).expect(0);
        let base = trader.house.path("base.db");
        trader.house.copy_store(&trader.house.db(), &base);
        let secret = |db: &Path| crate::house::beside(db, ".order-secret");
        std::fs::copy(secret(&trader.house.db()), secret(&base)).unwrap();
        let next = AtomicU32::new(0);
        let [sent, resent, lost] = [0; 3].map(AtomicUsize::new);
        let orders = trades.len();
        let mut scene = Self { trader, plan, orders, base, next, fills: 0, sent, resent, lost };
        let stage = scene.stage();
        scene.again(&stage).expect(0);
        assert_eq!(stage.venue.placed().len(), orders);
        scene.fills = number(&stage.db, "SELECT COUNT(*) FROM executions");
        assert!(scene.fills >= i64::try_from(orders * 2 / 5).unwrap(), "{} fills", scene.fills);
        scene
    }

    pub(crate) fn house(&self) -> &House {
        &self.trader.house
    }

    pub(crate) fn stage(&self) -> Stage {
        let nth = self.next.fetch_add(1, Ordering::Relaxed);
        let name = format!("stage-{nth}.toml");
        let venue = self.trader.another_venue(&name);
        let db = self.house().path(&format!("stage-{nth}.db"));
        self.house().copy_store(&self.base, &db);
        let secret = |db: &Path| crate::house::beside(db, ".order-secret");
        std::fs::copy(secret(&self.base), secret(&db)).unwrap();
        let config = self.house().path(&name).to_str().unwrap().to_owned();
        Stage { venue, config, db }
    }

    pub(crate) fn arguments<'a>(&'a self, stage: &'a Stage) -> Vec<&'a str> {
        vec!["--config", &stage.config, "run", "--real", &self.plan]
    }

    pub(crate) fn again(&self, stage: &Stage) -> Said {
        self.house().on(&stage.db, &self.arguments(stage))
    }

    /// Another command on the same store.
    pub(crate) fn call(&self, stage: &Stage, arguments: &[&str]) -> Said {
        self.house().on(&stage.db, &[&["--config", &stage.config], arguments].concat())
    }

    /// What journal, database and venue say that cannot be; empty where they tell one story.
    pub(crate) fn judge(&self, stage: &Stage, restart: &Said) -> Vec<String> {
        let last = self.again(stage);
        let history = History::of(&stage.venue, &stage.db).check();
        let mut wrong = history.wrong;
        let lost: BTreeSet<&String> = history.lost.iter().collect();
        for (what, said) in [("the restart", restart), ("a look", &last)] {
            // A finished pass and the next one tell the same.
            let doubts = said.out.lines().filter(|line| line.ends_with("[IN_DOUBT]"));
            let is_told = doubts.collect::<BTreeSet<_>>().len() == lost.len();
            let code = if lost.is_empty() { 0 } else { 3 };
            if said.code != Some(code) || !is_told {
                wrong.push(format!("{what} ended with {:?}: {}{}", said.code, said.out, said.err));
            }
        }
        let placed = stage.venue.placed();
        let distinct: BTreeSet<&String> = placed.iter().collect();
        let (denied, lacking) = (self.denied(stage), lost.len());
        if placed.len() != distinct.len() || placed.len() + denied + lacking != self.orders {
            let (all, once) = (placed.len(), distinct.len());
            wrong.push(format!(
                "{all} placed, {once} of them distinct, {denied} denied, {lacking} lost"
            ));
        }
        let ours =
            ledger::texts(&stage.db, "SELECT venue_id FROM orders WHERE venue_id IS NOT NULL");
        let ours: BTreeSet<&String> = ours.iter().collect();
        if ours != distinct.union(&lost).copied().collect() {
            wrong.push(format!("the venue has {distinct:?}, the books {ours:?}"));
        }
        wrong.extend(ledger::complaints(&stage.db));
        let unsettled =
            "SELECT COUNT(*) FROM orders WHERE status IN ('SUBMITTING', 'IN_DOUBT', 'WAITING')";
        if number(&stage.db, unsettled) != i64::try_from(lacking).unwrap() {
            wrong.push("an order is left without a fate".to_owned());
        }
        let verified = self.house().on(&stage.db, &["db", "verify"]);
        if verified.code != Some(0) {
            wrong.push(format!("{}{}", verified.out, verified.err));
        }
        wrong.extend(off_the_chain(&self.trader.wallet, stage));
        self.sent.fetch_add(history.sent, Ordering::Relaxed);
        self.resent.fetch_add(history.resent, Ordering::Relaxed);
        self.lost.fetch_add(lacking, Ordering::Relaxed);
        wrong
    }

    /// How many orders we refused: a FAK does not wait for a market that cannot be read.
    pub(crate) fn denied(&self, stage: &Stage) -> usize {
        let denied = number(&stage.db, "SELECT COUNT(*) FROM orders WHERE status = 'DENIED'");
        usize::try_from(denied).unwrap()
    }

    /// Takes the store of a stage away, its secret included.
    pub(crate) fn empty(&self, stage: &Stage) {
        for suffix in
            ["", "-wal", "-shm", ".lock", ".strace", ".order-secret", ".halt", ".halt-taken"]
        {
            std::fs::remove_file(crate::house::beside(&stage.db, suffix)).ok();
        }
    }

    /// Ends a disturbance: its venue stops, its store goes.
    pub(crate) fn sweep(&self, stage: Stage) {
        self.empty(&stage);
        drop(stage);
    }
}

/// Cash of the books against the venue's own ledger, to the millionth.
fn off_the_chain(wallet: &str, stage: &Stage) -> Option<String> {
    let ledger = stage.venue.ask("GET", "/emulator/ledger", "");
    assert_eq!(ledger["audit"]["balanced"], true, "{ledger}");
    let all = ledger["wallets"].as_array().expect("wallets");
    let is_ours =
        |row: &&Value| row["wallet"].as_str().map(str::to_lowercase) == Some(wallet.to_lowercase());
    let own = all.iter().find(is_ours).expect("our wallet");
    let chain: f64 =
        own["cash"].as_str().unwrap_or_else(|| panic!("no cash in {own}")).parse().unwrap();
    let books = number(&stage.db, "SELECT cash FROM accounts WHERE id LIKE 'real:%'");
    #[expect(clippy::cast_possible_truncation, reason = "a test's dollars are small")]
    let chain = (chain * 1e6).round() as i64;
    (chain != books).then(|| format!("the chain has {chain}, the books {books}"))
}

/// Counts open passes.
pub(crate) const OPEN: &str =
    "SELECT COUNT(*) FROM accounts WHERE json_extract(body, '$.open_pass') IS NOT NULL";
