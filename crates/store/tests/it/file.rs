//! The file itself: settings, migrations, strangers, the lock, and what the database does with each
//! statement of a pass.

use crate::desk::{Desk, a_plan, first_world, three_passes};
use crate::scratch;
use betteroms_core::event::AccountId;
use betteroms_store::{LockError, RunnerLock, Store, StoreError, queries};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Row, SqliteConnection};
use std::path::Path;

/// A second pair of hands on the file, as an operator with `sqlite3` has.
pub(crate) async fn hands(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).connect().await.unwrap()
}

pub(crate) async fn run(path: &Path, sql: &'static str) {
    sqlx::raw_sql(sql).execute(&mut hands(path).await).await.unwrap();
}

#[tokio::test]
async fn commit_is_durable_and_the_log_is_wal() {
    let (_folder, path) = scratch();
    let store = Store::open(&path).await.unwrap();
    assert_eq!(store.synchronous().await.unwrap(), 2, "FULL");
    let mode: String =
        sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut hands(&path).await).await.unwrap();
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn reading_needs_a_store_and_writes_nothing() {
    let (_folder, path) = scratch();
    let missing = Store::open_read_only(&path).await;
    assert!(matches!(missing, Err(StoreError::Missing { .. })), "{missing:?}");
    assert!(!path.exists());
    Store::open(&path).await.unwrap().close().await.unwrap();
    let mut reader = Store::open_read_only(&path).await.unwrap();
    let desk = Desk::new("paper");
    let mut state = reader.load(&desk.account).await.unwrap();
    let opened = [betteroms_core::event::Event::AccountOpened {
        cash: betteroms_core::money::Usd::from_units(1),
    }];
    let refused = desk.step(&mut reader, &mut state, None, crate::desk::t(0), &opened).await;
    assert!(matches!(refused, Err(StoreError::Record { .. })), "{refused:?}");
}

#[tokio::test]
async fn reader_goes_on_beside_a_writer() {
    let (_folder, path) = scratch();
    let mut store = Store::open(&path).await.unwrap();
    let desk = Desk::new("paper");
    desk.fund(&mut store, 1_000).await;
    let reader = Store::open_read_only(&path).await.unwrap();
    desk.pass(&mut store, &first_world(), &[a_plan("a", &[crate::desk::buy("0.51", 102)])]).await;
    let seen = reader.load(&desk.account).await.unwrap();
    assert_eq!(seen, store.load(&desk.account).await.unwrap());
}

#[tokio::test]
async fn strange_files_are_refused_and_left_alone() {
    let (folder, path) = scratch();
    std::fs::write(&path, b"this is no database, it is a letter to a friend\n".repeat(50)).unwrap();
    let before = std::fs::read(&path).unwrap();
    for opened in [Store::open(&path).await, Store::open_read_only(&path).await] {
        let error = opened.unwrap_err();
        assert!(matches!(error, StoreError::NotADatabase { .. }), "{error:?}");
        assert!(error.to_string().contains("not a BetterOMS store"), "{error}");
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);

    for (name, sql) in
        [("other.db", "CREATE TABLE songs (id INTEGER)"), ("meta.db", "CREATE TABLE meta (a TEXT)")]
    {
        let other = folder.path().join(name);
        let mut db = SqliteConnectOptions::new()
            .filename(&other)
            .create_if_missing(true)
            .connect()
            .await
            .unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut db).await.unwrap();
        let error = Store::open(&other).await.unwrap_err();
        assert!(matches!(error, StoreError::Foreign { .. }), "{error:?}");
        let mode: String =
            sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut db).await.unwrap();
        assert_eq!(mode, "delete", "not even its journal mode was changed");
    }
    let error = Store::open(folder.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::Open { .. }), "{error:?}");
    let nowhere = Store::open(&folder.path().join("no/such/folder.db")).await.unwrap_err();
    assert!(matches!(nowhere, StoreError::Open { .. }), "{nowhere:?}");
}

#[tokio::test]
async fn torn_file_gets_a_sentence() {
    let (_folder, path) = scratch();
    let mut store = Store::open(&path).await.unwrap();
    three_passes(&Desk::new("paper"), &mut store).await;
    store.close().await.unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let tail = bytes.len() / 4;
    bytes[tail..].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    let told = match Store::open(&path).await {
        Err(error) => error,
        Ok(store) => store.load(&AccountId::new("paper")).await.unwrap_err(),
    };
    assert!(matches!(told, StoreError::Corrupt { .. }), "{told:?}");
    assert!(told.to_string().contains("damaged"), "{told}");
}

#[tokio::test]
async fn newer_schema_is_refused_and_older_one_copied_first() {
    let (folder, path) = scratch();
    let mut store = Store::open(&path).await.unwrap();
    three_passes(&Desk::new("paper"), &mut store).await;
    store.close().await.unwrap();
    run(&path, "UPDATE meta SET value = 99 WHERE key = 'schema_version'").await;
    for opened in [Store::open(&path).await, Store::open_read_only(&path).await] {
        let error = opened.unwrap_err();
        assert!(matches!(error, StoreError::SchemaNewer { found: 99, .. }), "{error:?}");
        assert!(error.to_string().contains("schema 99"), "{error}");
    }

    // A store from before the first migration: it is copied before anything is tried on it.
    run(&path, "UPDATE meta SET value = 0 WHERE key = 'schema_version'").await;
    let error = Store::open_read_only(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::SchemaOlder { found: 0, .. }), "{error:?}");
    let error = Store::open(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::Migrate { .. }), "its tables are there already: {error:?}");
    let copy = folder.path().join("oms.db.backup-v0");
    let events: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM events")
        .fetch_one(&mut hands(&copy).await)
        .await
        .unwrap();
    assert!(events > 20, "{events}");
    run(&path, "UPDATE meta SET value = 3 WHERE key = 'schema_version'").await;
    assert!(betteroms_store::verify(&path).await.unwrap().agrees(), "nothing of it was kept");
}

#[tokio::test]
async fn store_from_before_real_trading_is_brought_up_to_date() {
    let (folder, path) = scratch();
    let mut store = Store::open(&path).await.unwrap();
    three_passes(&Desk::new("paper"), &mut store).await;
    store.close().await.unwrap();
    // As the first version left it: an audit log of its own, and each order with what is not known of it.
    run(
        &path,
        "DROP INDEX orders_at_venue; ALTER TABLE orders DROP COLUMN venue_id; DROP TABLE settlements; \
         DROP VIEW audit_logs; CREATE TABLE audit_logs (seq INTEGER NOT NULL PRIMARY KEY, detail TEXT); \
         CREATE INDEX orders_of_market ON orders (account, market_id, status); \
         CREATE INDEX events_of_pass ON events (account, pass_id); \
         UPDATE orders SET body = json_set(body, '$.end', json('null'), '$.venue', json('null')); \
         UPDATE meta SET value = 1 WHERE key = 'schema_version'",
    )
    .await;
    let old = Store::open_read_only(&path).await.unwrap_err();
    assert!(matches!(old, StoreError::SchemaOlder { found: 1, known: 3, .. }), "{old:?}");
    Store::open(&path).await.unwrap().close().await.unwrap();
    assert!(folder.path().join("oms.db.backup-v1").exists());
    let found = betteroms_store::verify(&path).await.unwrap();
    assert!(found.agrees() && found.rows > 10, "{found:?}");
    let lines: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM audit_logs")
        .fetch_one(&mut hands(&path).await)
        .await
        .unwrap();
    assert!(lines > 10, "{lines} lines of the audit log");
}

#[tokio::test]
async fn abandoned_store_keeps_its_log_short_and_loses_nothing() {
    let (_folder, path) = scratch();
    let desk = Desk::new("paper");
    let mut store = Store::open(&path).await.unwrap();
    desk.fund(&mut store, 1_000).await;
    let mut world = first_world();
    let mut longest = 0;
    for n in 0..60 {
        world.now = crate::desk::t(60 + n);
        let plan = a_plan(&format!("plan-{n}"), &vec![crate::desk::dear(); 20]);
        desk.pass(&mut store, &world, &[plan]).await;
        longest = longest.max(std::fs::metadata(path.with_extension("db-wal")).unwrap().len());
    }
    assert!(longest > 256 * 4_120, "the log was never long: {longest}");
    assert!(longest < 20 * 1_048_576, "the log grew to {longest} bytes");
    store.abandon().await;
    let left = std::fs::metadata(path.with_extension("db-wal")).unwrap().len();
    assert!(left < 256 * 4_120, "{left} bytes of log were left");
    let store = Store::open(&path).await.unwrap();
    assert_eq!(store.load(&desk.account).await.unwrap().orders.len(), 1_200);
}

#[test]
fn one_runner_holds_the_lock() {
    let (folder, path) = scratch();
    assert!(!RunnerLock::is_held(&path), "nobody has made the file yet");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "asking makes none");
    let first = RunnerLock::acquire(&path).unwrap();
    assert!(RunnerLock::is_held(&path));
    assert_eq!(first.path().file_name().unwrap(), "oms.db.lock");
    assert!(matches!(RunnerLock::acquire(&path), Err(LockError::Held { .. })));
    std::fs::write(&path, b"").unwrap();
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(
        matches!(RunnerLock::acquire(&link), Err(LockError::Held { .. })),
        "a link is no way in"
    );
    let winding = folder.path().join("./oms.db");
    assert!(matches!(RunnerLock::acquire(&winding), Err(LockError::Held { .. })));
    drop(first);
    assert!(!RunnerLock::is_held(&path));
    drop(RunnerLock::acquire(&path).unwrap());

    let dangling = folder.path().join("dangling.db");
    std::os::unix::fs::symlink(folder.path().join("gone/x.db"), &dangling).unwrap();
    assert!(matches!(RunnerLock::acquire(&dangling), Err(LockError::Lock { .. })));
}

/// The tables that a statement's plan walks from end to end.
async fn scans(db: &mut SqliteConnection, sql: String) -> Vec<String> {
    let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"))).fetch_all(db).await;
    let lines = rows.unwrap().into_iter().map(|row| row.get::<String, _>(3));
    let walks = |line: &String| {
        line.strip_prefix("SCAN ")
            .and_then(|rest| rest.split(' ').next())
            .is_some_and(|table| queries::GROWING.contains(&table))
    };
    lines.filter(walks).collect()
}

#[tokio::test]
async fn no_statement_of_a_pass_scans_a_growing_table() {
    let (_folder, path) = scratch();
    Store::open(&path).await.unwrap().close().await.unwrap();
    let mut db = hands(&path).await;
    let statements = queries::of_a_pass();
    assert!(statements.len() > 40, "{}", statements.len());
    for (name, sql) in statements {
        let found = scans(&mut db, sql).await;
        // A backward walk of a partial index that holds one entry per pass stops at its first row.
        let found: Vec<_> =
            found.iter().filter(|line| !line.contains("events_opening_a_pass")).collect();
        assert!(found.is_empty(), "{name}: {found:?}");
    }
    for control in [
        "SELECT body FROM orders WHERE reason = $1",
        "SELECT seq FROM events WHERE at > $1",
        "DELETE FROM positions WHERE outcome = $1",
        "SELECT 1 FROM executions WHERE run_id = $1",
    ] {
        assert_eq!(scans(&mut db, control.into()).await.len(), 1, "{control} must be caught");
    }
}
