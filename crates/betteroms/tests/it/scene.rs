//! Two passes of twelve orders to be disturbed, and what their stores must say afterwards.

use crate::house::{House, Said, beside};
use crate::ledger::{self, Dump, number};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const FIRST: &str = "btc-updown-15m-1790586900";
const SECOND: &str = "btc-updown-15m-1790587800";

fn trade(
    market: &str,
    outcome: &str,
    side: &str,
    price: &str,
    size: &Value,
    more: &Value,
) -> Value {
    let mut trade = json!({ "marketId": market, "outcome": outcome, "side": side, "type": "LIMIT",
        "price": price, "size": size });
    for (name, value) in more.as_object().expect("an object") {
        trade[name] = value.clone();
    }
    trade
}

fn plan(run_id: &str, trades: &[Value]) -> String {
    assert_eq!(trades.len(), 12);
    json!({ "runId": run_id, "mode": "paper",
        "defaults": { "maxNotionalUSD": 350, "goodForSeconds": 900 }, "trades": trades })
    .to_string()
}

/// What the recording's start allows: fills, partial fills, rests, waits, denials, rejections.
fn opening() -> String {
    let none = json!({});
    plan(
        "opening",
        &[
            trade(FIRST, "UP", "BUY", "0.72", &json!(50), &none),
            trade(SECOND, "UP", "BUY", "0.51", &json!(200), &none),
            trade(FIRST, "UP", "BUY", "0.55", &json!(40), &none),
            trade(FIRST, "UP", "BUY", "0.60", &json!(30), &json!({ "priceCeil": 0.55 })),
            trade(SECOND, "DOWN", "BUY", "0.51", &json!(400), &none),
            trade(SECOND, "DOWN", "BUY", "0.30", &json!(15), &json!({ "cancelAfterSec": 300 })),
            trade(
                SECOND,
                "DOWN",
                "BUY",
                "0.80",
                &json!(40),
                &json!({ "notBefore": "2026-09-28T09:25:00Z" }),
            ),
            trade(FIRST, "UP", "BUY", "0.72", &json!(60), &json!({ "timeInForce": "FAK" })),
            trade(SECOND, "UP", "BUY", "0.51", &json!(300), &json!({ "timeInForce": "FOK" })),
            trade(SECOND, "UP", "BUY", "0.50", &json!(20), &json!({ "postOnly": true })),
            trade(FIRST, "UP", "SELL", "0.60", &json!("all"), &json!({ "reduceOnly": true })),
            trade(FIRST, "DOWN", "BUY", "0.31", &json!(31), &none),
        ],
    )
}

/// Five minutes on: the opening's orders fill, expire and are placed, and it is partly sold again.
fn closing() -> String {
    let none = json!({});
    plan(
        "closing",
        &[
            trade(FIRST, "UP", "SELL", "0.50", &json!("all"), &json!({ "reduceOnly": true })),
            trade(SECOND, "UP", "SELL", "0.49", &json!(50), &json!({ "sizeUnit": "SHARES" })),
            trade(SECOND, "UP", "SELL", "0.55", &json!(40), &json!({ "sizeUnit": "SHARES" })),
            trade(SECOND, "UP", "SELL", "0.60", &json!(9000), &json!({ "sizeUnit": "SHARES" })),
            trade(FIRST, "DOWN", "SELL", "0.40", &json!("all"), &json!({ "timeInForce": "FAK" })),
            trade(FIRST, "DOWN", "BUY", "0.20", &json!(20), &none),
            trade(FIRST, "DOWN", "BUY", "0.21", &json!(20), &none),
            trade(FIRST, "DOWN", "BUY", "0.22", &json!(20), &json!({ "postOnly": true })),
            trade(SECOND, "DOWN", "BUY", "0.10", &json!(20), &json!({ "priceCeil": 0.05 })),
            trade(SECOND, "DOWN", "BUY", "0.11", &json!(20), &none),
            trade(SECOND, "DOWN", "BUY", "0.12", &json!(0.5), &none),
            trade("no-such-market", "UP", "BUY", "0.5", &json!(20), &none),
        ],
    )
}

/// One order that rests. It is stopped, and its runId comes again with another price.
fn small(price: &str) -> String {
    let trade = trade(SECOND, "UP", "BUY", price, &json!(10), &json!({}));
    json!({ "runId": "small", "mode": "paper", "defaults": { "goodForSeconds": 900 }, "trades": [trade] })
        .to_string()
}

/// A command, the store it begins with, and what the store says after it.
pub(crate) struct Scene {
    pub(crate) house: House,
    base: Option<PathBuf>,
    arguments: Vec<String>,
    wanted: Dump,
    pub(crate) fills: i64,
}

impl Scene {
    /// The first pass of a fresh store.
    pub(crate) fn fresh() -> Self {
        let house = House::new();
        house.write("opening.jsonc", &opening());
        Self::on(house, None, &["opening.jsonc", "--now", "2026-09-28T09:20:00Z"])
    }

    /// A later pass, with fills to catch up on and orders to place at once.
    pub(crate) fn later() -> Self {
        let house = House::new();
        house.write("opening.jsonc", &opening());
        house.write("closing.jsonc", &closing());
        house.write("small.jsonc", &small("0.41"));
        house.run(&["opening.jsonc", "small.jsonc"]).expect(0);
        house.call(&["plan", "stop", "small"]).expect(0);
        house.write("small.jsonc", &small("0.42"));
        let base = house.db();
        let plans = ["closing.jsonc", "small.jsonc", "--now", "2026-09-28T09:25:00Z"];
        Self::on(house, Some(base), &plans)
    }

    fn on(house: House, base: Option<PathBuf>, arguments: &[&str]) -> Self {
        let books = crate::shared::example_dir();
        let books = ["run", "--books", books.to_str().expect("UTF-8")];
        let arguments = books.iter().chain(arguments).map(|&a| a.to_owned()).collect();
        let mut scene = Self { house, base, arguments, wanted: Dump::new(), fills: 0 };
        let db = scene.begin("wanted.db");
        scene.again(&db).expect(0);
        ledger::balanced(&db);
        scene.house.on(&db, &["db", "verify"]).expect(0);
        scene.fills = number(&db, "SELECT COUNT(*) FROM executions");
        scene.wanted = ledger::dump(&db);
        scene
    }

    /// A store as it is before the command.
    pub(crate) fn begin(&self, name: &str) -> PathBuf {
        let db = self.house.path(name);
        if let Some(base) = &self.base {
            self.house.copy_store(base, &db);
        }
        db
    }

    pub(crate) fn arguments(&self) -> Vec<&str> {
        self.arguments.iter().map(String::as_str).collect()
    }

    /// The same command, undisturbed.
    pub(crate) fn again(&self, db: &Path) -> Said {
        self.house.on(db, &self.arguments())
    }

    /// How a killed store stands, looked at in a copy.
    pub(crate) fn left(&self, db: &Path) -> Left {
        let copy = beside(db, ".copy");
        self.house.copy_store(db, &copy);
        if !copy.exists() || number(&copy, "SELECT COUNT(*) FROM sqlite_schema") == 0 {
            return Left::Nothing;
        }
        let open = number(&copy, "SELECT COUNT(*) FROM accounts WHERE open_pass IS NOT NULL");
        let closed = number(&copy, "SELECT COUNT(*) FROM runs WHERE kind = 'pass'");
        let before = i64::from(self.base.is_some());
        match (open, closed - open - before) {
            (1, _) => Left::OpenPass,
            (_, 0) => Left::Nothing,
            _ => Left::Finished,
        }
    }

    /// What is wrong after the restart; empty when nothing is.
    pub(crate) fn judge(&self, db: &Path, restart: &Said) -> Vec<String> {
        let mut found = Vec::new();
        if restart.code != Some(0) {
            found.push(format!("the restart failed: {:?} {}", restart.code, restart.err));
        }
        found.extend(ledger::complaints(db));
        let dump = ledger::dump(db);
        for (table, wanted) in &self.wanted {
            let got = dump.get(table).map_or(&[][..], Vec::as_slice);
            let lost = wanted.iter().filter(|row| !got.contains(row)).count();
            let more = got.iter().filter(|row| !wanted.contains(row)).count();
            if got != wanted.as_slice() {
                found.push(format!("{table}: {lost} rows lost, {more} rows too many"));
            }
        }
        found
    }

    pub(crate) fn sweep(&self, name: &str) {
        for suffix in ["", "-journal", "-wal", "-shm", ".lock", ".strace"] {
            for middle in ["", ".copy"] {
                let _absent =
                    std::fs::remove_file(self.house.path(&format!("{name}{middle}{suffix}")));
            }
        }
    }
}

/// How a kill left a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    Nothing,
    OpenPass,
    Finished,
}
