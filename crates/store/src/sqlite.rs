//! Everything that only SQLite knows: settings, migrations, copies, error codes. Postgres will be a
//! sibling of this module; `queries.rs` and `tables.rs` serve both.

use crate::error::StoreError;
use crate::queries;
use crate::rebuild;
use crate::tables::{Dialect, Table};
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection as _, Row as _};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The database behind the store.
pub(crate) type Db = sqlx::Sqlite;
/// A connection to it.
pub(crate) type Connection = sqlx::SqliteConnection;

/// How a step begins: it takes the write lock at once, so that it waits here or not at all.
pub(crate) const BEGIN: &str = "BEGIN IMMEDIATE";

/// Longest wait for another process that is writing (a reader never waits in WAL mode).
const BUSY_MAX: Duration = Duration::from_secs(5);
/// Bytes of a page of a new store; an older one keeps its own. Half of SQLite's pages hold two events of an order,
/// which leaves a quarter of each empty, and each page is a write of its own.
const PAGE: u32 = 8_192;
/// After how many pages of log SQLite folds them into the file while a process lives. Pages that every step
/// changes are then folded once, not with each thousand of them; 16 MB is what a killed pass may leave to read.
const LOG_PAGES_MAX: &str = "2048";
/// The longest log to leave behind, in bytes: the next process reads all of it at its first statement.
const LOG_LEFT_MAX: u64 = 1 << 20;
/// The most memory for pages, in KiB as SQLite wants it, with a minus. A step of a thousand orders changes
/// 10 MB of them: with less, pages go to the log and come back while the step is still being written.
const CACHE_MAX: &str = "-16384";

/// Migrations in order; the nth brings the schema to n.
const MIGRATIONS: [&str; 3] = [
    include_str!("../migrations/sqlite/0001_store.sql"),
    include_str!("../migrations/sqlite/0002_real.sql"),
    include_str!("../migrations/sqlite/0003_less_to_write.sql"),
];
/// The first schema whose views are written as they are now: coming from an older one, they are written anew.
const VIEWS_ANEW: i64 = 3;
/// The newest schema this version knows.
#[expect(clippy::cast_possible_wrap, reason = "a handful of migrations")]
pub const SCHEMA: i64 = MIGRATIONS.len() as i64;

const TABLES: &str = "SELECT COUNT(*), COALESCE(SUM(name = 'meta'), 0) FROM sqlite_schema";
const JOURNAL_MODE: &str = "PRAGMA journal_mode";
const SYNCHRONOUS: &str = "PRAGMA synchronous";
const USE_WAL: &str = "PRAGMA journal_mode = WAL";
/// For the one write that makes an empty file a database: there is nothing yet to roll back to, and a
/// journal file for it would be synced three times.
const USE_MEMORY: &str = "PRAGMA journal_mode = MEMORY";
const INTEGRITY: &str = "PRAGMA integrity_check(20)";
const FOLD: &str = "PRAGMA wal_checkpoint(TRUNCATE)";
const VACUUM_INTO: &str = "VACUUM INTO $1";

/// How a generated statement is written. A step that fails is undone as a whole, so no statement of it needs to be
/// able to undo itself alone: with "or fail" SQLite keeps no copy of each page that it changes.
const DIALECT: Dialect =
    Dialect { insert: "INSERT OR FAIL", update: "UPDATE OR FAIL", placeholder };

/// How the nth value of a generated statement is written. These have up to two thousand values, and
/// SQLite walks its list of names, `?7` among them, for each value bound: nameless ones have none.
fn placeholder(_n: usize) -> String {
    "?".to_owned()
}

/// The statement that writes `rows` rows of a table.
pub(crate) fn write(table: &Table, rows: usize) -> String {
    table.write(rows, DIALECT)
}

/// What a file turned out to be.
enum Found {
    Empty,
    Ours(i64),
}

/// Opens the store for writing, creates it where there is none, and brings an older one up to date
/// after copying it.
///
/// # Errors
/// When the file cannot be opened, is not ours, is newer, or does not take a durable setting.
pub(crate) async fn open(path: &Path) -> Result<Connection, StoreError> {
    let mut db = connect(path, &options(path).create_if_missing(true)).await?;
    match look(&mut db, path).await? {
        Found::Ours(version) if version > SCHEMA => return Err(newer(path, version)),
        Found::Ours(version) => {
            settle(&mut db, false).await?;
            if version < SCHEMA {
                copy(&mut db, &beside(path, &format!("backup-v{version}"))).await?;
                migrate(&mut db, version).await?;
            }
        }
        Found::Empty => {
            settle(&mut db, true).await?;
            migrate(&mut db, 0).await?;
        }
    }
    Ok(db)
}

/// Opens an existing store of the present schema; nothing can be written through it.
///
/// # Errors
/// When there is none, or it is not ours, newer or older.
pub(crate) async fn open_read_only(path: &Path) -> Result<Connection, StoreError> {
    if !path.exists() {
        return Err(StoreError::Missing { path: path.to_owned() });
    }
    let mut db = connect(path, &options(path).read_only(true)).await?;
    match look(&mut db, path).await? {
        Found::Ours(SCHEMA) => Ok(db),
        Found::Ours(version) if version > SCHEMA => Err(newer(path, version)),
        Found::Ours(found) => {
            Err(StoreError::SchemaOlder { path: path.to_owned(), found, known: SCHEMA })
        }
        Found::Empty => Err(StoreError::Missing { path: path.to_owned() }),
    }
}

/// Opens an empty store for a comparison: nothing of it needs to survive.
pub(crate) async fn open_scratch(path: &Path) -> Result<Connection, StoreError> {
    let options = options(path)
        .create_if_missing(true)
        .synchronous(SqliteSynchronous::Off)
        .pragma("journal_mode", "OFF");
    let mut db = connect(path, &options).await?;
    migrate(&mut db, 0).await?;
    Ok(db)
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .page_size(PAGE)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_MAX)
        .pragma("wal_autocheckpoint", LOG_PAGES_MAX)
        // What a statement of many rows keeps to undo itself: half of the writes of a large step otherwise.
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", CACHE_MAX)
        .disable_statement_logging()
}

async fn connect(path: &Path, options: &SqliteConnectOptions) -> Result<Connection, StoreError> {
    options.connect().await.map_err(|source| opening(path, source))
}

fn opening(path: &Path, source: sqlx::Error) -> StoreError {
    match (code(&source), StoreError::told_apart(&source)) {
        (Some(26), _) => StoreError::NotADatabase { path: path.to_owned() },
        (_, Some(known)) => known,
        (_, None) => StoreError::Open { path: path.to_owned(), source: source.into() },
    }
}

fn newer(path: &Path, found: i64) -> StoreError {
    StoreError::SchemaNewer { path: path.to_owned(), found, known: SCHEMA }
}

/// Tells what the file is without changing it.
async fn look(db: &mut Connection, path: &Path) -> Result<Found, StoreError> {
    let fail = |source| opening(path, source);
    let row = sqlx::query(TABLES).fetch_one(&mut *db).await.map_err(fail)?;
    let (all, meta): (i64, i64) = (row.try_get(0).map_err(fail)?, row.try_get(1).map_err(fail)?);
    match (all, meta) {
        (0, _) => return Ok(Found::Empty),
        (_, 0) => return Err(StoreError::Foreign { path: path.to_owned() }),
        (_, _) => {}
    }
    let found = sqlx::query_scalar(queries::META).bind(queries::SCHEMA_VERSION).fetch_one(db).await;
    let foreign = || StoreError::Foreign { path: path.to_owned() };
    found.map(Found::Ours).map_err(|source| StoreError::told_apart(&source).unwrap_or_else(foreign))
}

/// Puts the file into WAL mode if it is not, and makes sure that a commit is durable when it returns.
async fn settle(db: &mut Connection, is_empty: bool) -> Result<(), StoreError> {
    let fail = StoreError::read("the database's settings");
    let mut mode: String =
        sqlx::query_scalar(JOURNAL_MODE).fetch_one(&mut *db).await.map_err(&fail)?;
    if mode != "wal" {
        if is_empty {
            sqlx::query(USE_MEMORY).execute(&mut *db).await.map_err(&fail)?;
        }
        mode = sqlx::query_scalar(USE_WAL).fetch_one(&mut *db).await.map_err(&fail)?;
    }
    if mode != "wal" {
        return Err(StoreError::Unsafe { setting: "journal_mode", wanted: "wal", got: mode });
    }
    let level = synchronous(db).await?;
    if level != 2 {
        let got = level.to_string();
        return Err(StoreError::Unsafe { setting: "synchronous", wanted: "FULL", got });
    }
    Ok(())
}

/// The connection's level of durability: 2 is FULL.
pub(crate) async fn synchronous(db: &mut Connection) -> Result<i64, StoreError> {
    let fail = StoreError::read("the database's settings");
    sqlx::query_scalar(SYNCHRONOUS).fetch_one(db).await.map_err(fail)
}

/// Runs the migrations after `from`, all of them or none.
async fn migrate(db: &mut Connection, from: i64) -> Result<(), StoreError> {
    let fail = |source| StoreError::Migrate { to: SCHEMA, source };
    let mut step = db.begin_with(BEGIN).await.map_err(fail)?;
    for (version, sql) in (1_i64..).zip(MIGRATIONS).filter(|(version, _)| *version > from) {
        sqlx::raw_sql(sql).execute(&mut *step).await.map_err(fail)?;
        let set = sqlx::query(queries::SET_META).bind(queries::SCHEMA_VERSION).bind(version);
        set.execute(&mut *step).await.map_err(fail)?;
    }
    if from < VIEWS_ANEW {
        rebuild::rewrite(&mut step).await?;
    }
    step.commit().await.map_err(fail)
}

/// Folds the log into the file where it is too long to leave behind. What fails here is only folded later.
pub(crate) async fn shorten(db: &mut Connection, path: &Path) {
    let mut log = OsString::from(path);
    log.push("-wal");
    if std::fs::metadata(log).is_ok_and(|log| log.len() > LOG_LEFT_MAX) {
        drop(sqlx::query(FOLD).execute(db).await);
    }
}

/// Copies the store, log included, into a new file that is durable when this returns.
///
/// # Errors
/// When the target exists or cannot be written.
pub(crate) async fn copy(db: &mut Connection, to: &Path) -> Result<(), StoreError> {
    let fail = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::Backup {
        to: to.to_owned(),
        source,
    };
    let target = to.to_str().ok_or_else(|| fail("the path is not UTF-8".into()))?;
    let copied = sqlx::query(VACUUM_INTO).bind(target.to_owned()).execute(db).await;
    copied
        .map_err(|source| StoreError::told_apart(&source).unwrap_or_else(|| fail(source.into())))?;
    let synced = std::fs::File::open(to).and_then(|file| file.sync_all());
    synced.map_err(|source| fail(source.into()))
}

/// A free name beside the store: `<file>.<suffix>`, with `.2` and so on where it is taken.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let name = |extra: &str| {
        let mut name = OsString::from(path);
        name.push(format!(".{suffix}{extra}"));
        PathBuf::from(name)
    };
    let first = name("");
    if !first.exists() {
        return first;
    }
    let numbered = (2_u32..).map(|n| name(&format!(".{n}")));
    numbered.into_iter().find(|path| !path.exists()).unwrap_or(first)
}

/// What SQLite's own check finds wrong with the file, at most twenty findings; empty when nothing.
pub(crate) async fn integrity(db: &mut Connection) -> Result<Vec<String>, StoreError> {
    let fail = StoreError::read("the database's integrity");
    let found: Vec<String> = sqlx::query_scalar(INTEGRITY).fetch_all(db).await.map_err(fail)?;
    Ok(found.into_iter().filter(|line| line != "ok").collect())
}

/// SQLite's words when the error means that the file is damaged or no database.
pub(crate) fn damage(error: &sqlx::Error) -> Option<String> {
    words(error, &[11, 26])
}

/// SQLite's words when the error means that somebody else holds the database.
pub(crate) fn held(error: &sqlx::Error) -> Option<String> {
    words(error, &[5, 6])
}

/// SQLite's words where its code is one of these.
fn words(error: &sqlx::Error, codes: &[i32]) -> Option<String> {
    let is_one = code(error).is_some_and(|code| codes.contains(&code));
    is_one.then(|| error.as_database_error().map(|e| e.message().to_owned())).flatten()
}

/// SQLite's primary result code.
fn code(error: &sqlx::Error) -> Option<i32> {
    let extended: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}
