//! What a store says, row by row, and the sums that must hold in it. Written without the program's own
//! arithmetic, so that a mistake there shows here.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, SqliteConnection};
use std::collections::BTreeMap;
use std::path::Path;

/// Every table with its rows as text, sorted.
pub(crate) type Dump = BTreeMap<String, Vec<String>>;

fn block<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(work)
}

async fn open(db: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(db).pragma("wal_autocheckpoint", "0");
    options.connect().await.expect("the store opens")
}

/// All rows of all tables of facts; byte for byte what the store means, wherever its pages lie.
pub(crate) fn dump(db: &Path) -> Dump {
    block(async {
        let mut db = open(db).await;
        let names =
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
        let names: Vec<String> = sqlx::query_scalar(names).fetch_all(&mut db).await.unwrap();
        let mut dump = Dump::new();
        let sound = sqlx::query_scalar("PRAGMA integrity_check(5)").fetch_all(&mut db).await;
        dump.insert("integrity".to_owned(), sound.unwrap());
        for name in names {
            let columns = format!("SELECT name FROM pragma_table_info('{name}') ORDER BY cid");
            let columns: Vec<String> =
                sqlx::query_scalar(AssertSqlSafe(columns)).fetch_all(&mut db).await.unwrap();
            let quoted: Vec<String> = columns.iter().map(|c| format!("quote({c})")).collect();
            let rows = format!("SELECT {} AS line FROM {name} ORDER BY 1", quoted.join("||'|'||"));
            let rows = sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(&mut db).await.unwrap();
            dump.insert(name, rows);
        }
        db.close().await.unwrap();
        dump
    })
}

/// Changes a store behind the program's back; tells how many rows that hit.
pub(crate) fn tamper(db: &Path, sql: &str) -> u64 {
    block(async {
        if !db.exists() {
            std::fs::File::create(db).unwrap();
        }
        let mut db = open(db).await;
        let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut db).await.unwrap();
        db.close().await.unwrap();
        done.rows_affected()
    })
}

/// Whole numbers, a row each.
pub(crate) fn numbers(db: &Path, sql: &str) -> Vec<Vec<i64>> {
    block(async {
        let mut db = open(db).await;
        let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut db).await.unwrap();
        let cells = |row: &sqlx::sqlite::SqliteRow| (0..row.len()).map(|n| row.get(n)).collect();
        let rows = rows.iter().map(cells).collect();
        db.close().await.unwrap();
        rows
    })
}

/// Texts, one a row.
pub(crate) fn texts(db: &Path, sql: &str) -> Vec<String> {
    block(async {
        let mut db = open(db).await;
        let rows = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(&mut db).await;
        db.close().await.unwrap();
        rows.unwrap()
    })
}

/// One whole number.
pub(crate) fn number(db: &Path, sql: &str) -> i64 {
    numbers(db, sql)[0][0]
}

/// What is wrong with the sums of a store; empty when nothing is.
///
/// Cash is what was put in plus what executions moved less their fees plus payouts; an order's figures
/// are those of its executions and never more than its size; a position's shares are those of its
/// executions less what was redeemed or merged, or none once it was paid out; the journal has no gap.
pub(crate) fn complaints(db: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut zero = |what: &str, sql: &str| {
        let rows = number(db, sql);
        if rows != 0 {
            found.push(format!("{what}: {rows}"));
        }
    };
    zero(
        "unbalanced accounts",
        "SELECT COUNT(*) FROM accounts a WHERE a.cash <> a.funded
           + COALESCE((SELECT SUM(e.cash - e.fee) FROM executions e WHERE e.account = a.id), 0)
           + COALESCE((SELECT SUM(p.paid) FROM positions p WHERE p.account = a.id), 0)",
    );
    zero(
        "orders that disagree with their executions",
        "SELECT COUNT(*) FROM orders o WHERE (o.filled, o.cash, o.fee, o.fills) <> (
           SELECT COALESCE(SUM(shares), 0), COALESCE(SUM(cash), 0), COALESCE(SUM(fee), 0), COUNT(*)
           FROM executions e WHERE e.account = o.account AND e.order_id = o.id)",
    );
    zero(
        "executions without an order",
        "SELECT COUNT(*) FROM executions e WHERE NOT EXISTS (
           SELECT 1 FROM orders o WHERE o.account = e.account AND o.id = e.order_id)",
    );
    zero(
        "orders filled beyond their size",
        "SELECT COUNT(*) FROM orders WHERE size IS NOT NULL AND filled > size",
    );
    zero(
        "positions that disagree with their executions",
        "SELECT COUNT(*) FROM positions p WHERE p.shares <> CASE WHEN p.payout IS NOT NULL THEN 0
           ELSE (SELECT COALESCE(SUM(CASE side WHEN 'BUY' THEN shares ELSE -shares END), 0)
             FROM executions e WHERE e.account = p.account AND e.market_id = p.market_id
               AND e.outcome = p.outcome)
           - (SELECT COALESCE(SUM(CAST(ROUND(1000000 * json_extract(
               v.body, '$.fact.shares[' || p.outcome || ']')) AS INTEGER)), 0)
             FROM events v WHERE v.account = p.account AND v.kind = 'converted'
               AND json_extract(v.body, '$.fact.is') = 'converted'
               AND json_extract(v.body, '$.fact.market') = p.market_id) END",
    );
    zero(
        "positions paid something else than their shares times the payout",
        "SELECT COUNT(*) FROM positions p WHERE p.payout IS NOT NULL AND p.paid <> p.payout * (
           SELECT COALESCE(SUM(CASE side WHEN 'BUY' THEN shares ELSE -shares END), 0)
           FROM executions e WHERE e.account = p.account AND e.market_id = p.market_id
             AND e.outcome = p.outcome) / 1000000",
    );
    zero(
        "markets whose two outcomes do not pay one together",
        "SELECT COUNT(*) FROM positions a JOIN positions b USING (account, market_id)
         WHERE a.outcome = 0 AND b.outcome = 1 AND a.payout + b.payout <> 1000000",
    );
    zero("negative cash", "SELECT COUNT(*) FROM accounts WHERE cash < 0");
    zero("events missing in the journal", "SELECT COALESCE(MAX(seq), 0) - COUNT(*) FROM events");
    zero(
        "fills booked twice",
        "SELECT COUNT(*) - COUNT(DISTINCT body) FROM events WHERE kind = 'filled'",
    );
    zero(
        "orders admitted twice",
        "SELECT COUNT(*) - COUNT(DISTINCT account || body) FROM events WHERE kind = 'order_admitted'",
    );
    found
}

/// Fails where a sum does not hold.
#[track_caller]
pub(crate) fn balanced(db: &Path) {
    assert_eq!(complaints(db), Vec::<String>::new());
}

/// A lock that another program holds on the database, until dropped.
pub(crate) struct Held {
    db: Option<SqliteConnection>,
    runtime: tokio::runtime::Runtime,
}

impl Held {
    /// Nobody else may write.
    pub(crate) fn exclusive(path: &Path) -> Self {
        Self::by(path, "BEGIN IMMEDIATE")
    }

    /// Nobody else may even read.
    pub(crate) fn alone(path: &Path) -> Self {
        Self::by(
            path,
            "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; UPDATE meta SET value = value",
        )
    }

    fn by(path: &Path, sql: &'static str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let db = runtime.block_on(async {
            let mut db = open(path).await;
            sqlx::raw_sql(sql).execute(&mut db).await.unwrap();
            db
        });
        Self { db: Some(db), runtime }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(db) = self.db.take() {
            self.runtime.block_on(db.close()).ok();
        }
    }
}
