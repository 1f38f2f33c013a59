//! Every statement that `tables.rs` does not generate: plain SQL that SQLite and Postgres
//! both take. [`of_a_pass`] lists what a pass runs, so that a test can ask the database for its plan
//! of each.

use crate::tables::WRITTEN;

/// Rows written by one statement, largest first: few round trips for a large step (each wakes the connection's thread,
/// and 60 orders leave in one wave), few distinct texts.
pub(crate) const ROWS_AT_ONCE: [usize; 4] = [60, 15, 4, 1];
/// Keys asked for at once; a shorter list repeats its last key.
pub(crate) const KEYS: usize = 16;

/// The key of the schema's version in `meta`.
pub(crate) const SCHEMA_VERSION: &str = "schema_version";

macro_rules! sixteen_keys {
    () => {
        "($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"
    };
}
macro_rules! live {
    () => {
        "('WAITING', 'SUBMITTING', 'IN_DOUBT', 'OPEN', 'CANCELLING')"
    };
}

pub(crate) const META: &str = "SELECT value FROM meta WHERE key = $1";
pub(crate) const SET_META: &str = "UPDATE meta SET value = $2 WHERE key = $1";
/// Moves the views' place from $1 to $2; no row changes when they do not stand at $1.
pub(crate) const ADVANCE: &str =
    "UPDATE meta SET value = $2 WHERE key = 'applied_seq' AND value = $1";
/// Where the views stand, and where the journal does.
pub(crate) const PLACES: &str = "SELECT (SELECT value FROM meta WHERE key = 'applied_seq'), \
     (SELECT COALESCE(MAX(seq), 0) FROM events)";

pub(crate) const ACCOUNT: &str = "SELECT body FROM accounts WHERE id = $1";
pub(crate) const LIVE_ORDERS: &str =
    concat!("SELECT body FROM orders WHERE account = $1 AND status IN ", live!());
pub(crate) const HELD_POSITIONS: &str =
    "SELECT body FROM positions WHERE account = $1 AND flat = 0";
pub(crate) const POSITIONS_OF_MARKETS: &str =
    concat!("SELECT body FROM positions WHERE account = $1 AND market_id IN ", sixteen_keys!());
pub(crate) const PAPER_OF_MARKETS: &str = concat!(
    "SELECT market_id, body FROM paper_markets WHERE account = $1 AND market_id IN ",
    sixteen_keys!()
);
pub(crate) const RUNS_BY_KEY: &str = concat!(
    "SELECT kind, id, pass_id, now, mode, digest, canonical, file, trades, status, attempt \
     FROM runs WHERE account = $1 AND id IN ",
    sixteen_keys!()
);
pub(crate) const ORDERS_OF_RUN: &str =
    "SELECT body FROM orders WHERE account = $1 AND run_id = $2 ORDER BY trade_index, id";
pub(crate) const ORDERS_AT_VENUE: &str =
    concat!("SELECT body FROM orders WHERE account = $1 AND venue_id IN ", sixteen_keys!());
pub(crate) const SETTLEMENTS_UNDER_WAY: &str =
    "SELECT body FROM settlements WHERE account = $1 AND final = 0";
pub(crate) const SETTLEMENTS_OF_TRADES: &str =
    concat!("SELECT body FROM settlements WHERE account = $1 AND trade_id IN ", sixteen_keys!());
pub(crate) const OPEN_PASS: &str =
    "SELECT open_pass FROM accounts WHERE id = $1 AND open_pass IS NOT NULL";
/// Asked of a pass that has not ended: it is among the last that began, and few events follow its first one.
pub(crate) const EVENTS_OF_PASS: &str = "SELECT seq, version, body FROM events WHERE seq >= \
     (SELECT seq FROM events WHERE kind = 'pass_opened' AND account = $1 AND pass_id = $2 \
     ORDER BY seq DESC LIMIT 1) AND account = $1 AND pass_id = $2 ORDER BY seq";
pub(crate) const BLOB: &str = "SELECT bytes, size FROM blobs WHERE digest = $1";
pub(crate) const LAST_ACCOUNT: &str =
    "SELECT account FROM events WHERE kind = 'pass_opened' ORDER BY seq DESC LIMIT 1";
pub(crate) const PENDING: &str =
    "SELECT run_id, file, text, added_at FROM pending_plans ORDER BY added_at, run_id";
pub(crate) const LATEST_REPORT: &str =
    "SELECT body FROM reports WHERE account = $1 ORDER BY seq DESC LIMIT 1";
pub(crate) const REPORT: &str = "SELECT body FROM reports WHERE account = $1 AND pass_id = $2";
pub(crate) const REPORTS_SINCE: &str =
    "SELECT body FROM reports WHERE account = $1 AND now >= $2 ORDER BY now, seq";

// Read commands only: their answer may be as long as the table.
pub(crate) const ACCOUNTS: &str = "SELECT body FROM accounts ORDER BY id";
macro_rules! filtered {
    ($more:expr) => {
        concat!(
            "SELECT body FROM orders WHERE account = $1 \
             AND ($2 IS NULL OR status = $2) AND ($3 IS NULL OR run_id = $3) \
             AND ($4 IS NULL OR market_id = $4 OR slug = $4) ",
            $more,
            " ORDER BY created_at DESC, run_id, trade_index, id LIMIT $5"
        )
    };
}
pub(crate) const ORDERS_ALL: &str = filtered!("");
pub(crate) const ORDERS_LIVE: &str = filtered!(concat!("AND status IN ", live!()));
pub(crate) const ORDERS_BY_STATUS: &str = filtered!("AND status = $2");
pub(crate) const ORDERS_BY_RUN: &str = filtered!("AND run_id = $3");
pub(crate) const POSITIONS: &str = "SELECT body FROM positions WHERE account = $1 \
     AND ($2 = 1 OR flat = 0) ORDER BY market_id, outcome";
pub(crate) const RUNS: &str = "SELECT kind, id, pass_id, now, mode, digest, canonical, file, \
     trades, status, attempt FROM runs WHERE account = $1 AND kind = $2 ORDER BY now DESC, id LIMIT $3";
pub(crate) const EXECUTIONS_OF_ORDER: &str = "SELECT trade_id, role, market_id, outcome, side, \
     price, shares, cash, fee, executed_at FROM executions WHERE account = $1 AND order_id = $2 \
     ORDER BY seq";
pub(crate) const ADD_PENDING: &str = "INSERT INTO pending_plans (run_id, file, text, added_at) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (run_id) DO NOTHING";
pub(crate) const REMOVE_PENDING: &str = "DELETE FROM pending_plans WHERE run_id = $1";

// Verify and rebuild only.
pub(crate) const EVENTS_AFTER: &str = "SELECT seq, account, version, body, kind FROM events WHERE seq > $1 \
     ORDER BY seq LIMIT $2";
pub(crate) const BLOBS_AFTER: &str =
    "SELECT digest, bytes, size FROM blobs WHERE digest > $1 ORDER BY digest LIMIT 16";
pub(crate) const CLEAR_VIEWS: [&str; 7] = [
    "DELETE FROM accounts",
    "DELETE FROM runs",
    "DELETE FROM orders",
    "DELETE FROM executions",
    "DELETE FROM settlements",
    "DELETE FROM positions",
    "DELETE FROM paper_markets",
];

/// Tables that grow with use: no statement of a pass may scan one.
pub const GROWING: [&str; 9] = [
    "events",
    "orders",
    "executions",
    "settlements",
    "positions",
    "runs",
    "paper_markets",
    "reports",
    "blobs",
];

/// What a pass runs, by name: its reads, and each table's INSERT for one row and for several.
pub fn of_a_pass() -> Vec<(&'static str, String)> {
    let reads = [
        ("META", META),
        ("ADVANCE", ADVANCE),
        ("PLACES", PLACES),
        ("ACCOUNT", ACCOUNT),
        ("LIVE_ORDERS", LIVE_ORDERS),
        ("HELD_POSITIONS", HELD_POSITIONS),
        ("POSITIONS_OF_MARKETS", POSITIONS_OF_MARKETS),
        ("PAPER_OF_MARKETS", PAPER_OF_MARKETS),
        ("RUNS_BY_KEY", RUNS_BY_KEY),
        ("ORDERS_OF_RUN", ORDERS_OF_RUN),
        ("ORDERS_AT_VENUE", ORDERS_AT_VENUE),
        ("SETTLEMENTS_UNDER_WAY", SETTLEMENTS_UNDER_WAY),
        ("SETTLEMENTS_OF_TRADES", SETTLEMENTS_OF_TRADES),
        ("OPEN_PASS", OPEN_PASS),
        ("EVENTS_OF_PASS", EVENTS_OF_PASS),
        ("BLOB", BLOB),
        ("LAST_ACCOUNT", LAST_ACCOUNT),
        ("PENDING", PENDING),
        ("REMOVE_PENDING", REMOVE_PENDING),
        ("LATEST_REPORT", LATEST_REPORT),
        ("REPORT", REPORT),
    ];
    let mut all: Vec<_> = reads.map(|(name, sql)| (name, sql.to_owned())).into();
    for table in WRITTEN {
        for rows in ROWS_AT_ONCE {
            all.push((table.name, crate::sqlite::write(table, rows)));
        }
    }
    all
}
