//! Writing one step: events, the rows they changed, blobs and a report in one transaction, durable when it
//! returns.

use crate::cell::Cell;
use crate::error::StoreError;
use crate::journal::{Stamp, event_cells};
use crate::queries::{self, ROWS_AT_ONCE};
use crate::rows::ViewCells;
use crate::sqlite::{self, Connection};
use crate::tables::{BLOBS, EVENTS, EXECUTIONS, REPORTS, Table, Writing};
use betteroms_core::event::{AccountId, Event, PassId};
use betteroms_core::plan::Digest;
use betteroms_core::state::Row;
use betteroms_core::time::Time;
use sqlx::{AssertSqlSafe, Connection as _};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Effort of compressing blobs: they are written while an operator waits, and read only by a pass
/// that finishes a killed one, by `explain` and by `db verify`.
const ZSTD_LEVEL: i32 = 1;

/// One step to make durable.
#[derive(Debug)]
pub struct Batch<'a> {
    /// Whose books.
    pub account: &'a AccountId,
    /// The pass it belongs to; `None` for a deposit or a reset.
    pub pass: Option<&'a PassId>,
    /// The pass's `now`, or when the operator acted.
    pub at: Time,
    /// The facts, in order.
    pub events: &'a [Event],
    /// What they changed, as [`Changes::rows`] gives it.
    ///
    /// [`Changes::rows`]: betteroms_core::state::Changes::rows
    pub rows: Vec<Row<'a>>,
    /// What was observed: the digest of the bytes, what they are, the bytes as they are (they are
    /// compressed here). Bytes that are stored already are kept.
    pub blobs: &'a [(Digest, &'a str, Vec<u8>)],
    /// The pass's report as JSON, with its pass and `now`.
    pub report: Option<(&'a PassId, Time, String)>,
}

/// Writes a step after event `last`; returns the journal's new last event.
pub(crate) async fn record(
    db: &mut Connection,
    last: i64,
    batch: &Batch<'_>,
) -> Result<i64, StoreError> {
    let stamp = Stamp::new(batch.account, batch.pass, batch.at);
    let (mut events, mut fill_seqs) = (Vec::new(), Vec::new());
    let mut seq = last;
    for event in batch.events {
        seq = seq.saturating_add(1);
        events.extend(event_cells(seq, &stamp, event)?);
        if event.fill().is_some() {
            fill_seqs.push(seq);
        }
    }
    let views = ViewCells::new(batch.account, &batch.rows, &fill_seqs)?;
    let blobs = blob_cells(batch.blobs)?;
    let report = batch.report.iter().flat_map(|(pass, now, body)| {
        let (account, pass) = (batch.account.as_str().into(), pass.as_str().into());
        [account, pass, seq.into(), now.micros().into(), body.as_str().into()]
    });
    let report: Vec<Cell> = report.collect();

    let mut step =
        db.begin_with(sqlite::BEGIN).await.map_err(StoreError::record("its beginning"))?;
    advance(&mut step, last, seq).await?;
    write(&mut step, &EVENTS, events).await?;
    write_views(&mut step, views).await?;
    write(&mut step, &BLOBS, blobs).await?;
    write(&mut step, &REPORTS, report).await?;
    step.commit().await.map_err(StoreError::record("its commit"))?;
    Ok(seq)
}

/// Writes rows of the views.
pub(crate) async fn write_views(db: &mut Connection, views: ViewCells) -> Result<(), StoreError> {
    for (table, cells) in views.into_tables() {
        write(db, table, cells).await?;
    }
    Ok(())
}

/// Moves the views' place from event `from` to event `to`.
///
/// # Errors
/// When they do not stand at `from`.
pub(crate) async fn advance(db: &mut Connection, from: i64, to: i64) -> Result<(), StoreError> {
    let moved = sqlx::query(queries::ADVANCE).bind(from).bind(to).execute(db).await;
    match moved.map_err(StoreError::record("its place"))?.rows_affected() {
        1 => Ok(()),
        _ => Err(StoreError::Overtaken { expected: from }),
    }
}

/// Writes rows that stand one after another in `cells`, many at a time.
pub(crate) async fn write(
    db: &mut Connection,
    table: &Table,
    cells: Vec<Cell>,
) -> Result<(), StoreError> {
    let width = table.width();
    debug_assert!(cells.len().is_multiple_of(width), "whole rows of {}", table.name);
    let mut left = cells.len().div_euclid(width);
    let mut cells = cells.into_iter();
    for rows in ROWS_AT_ONCE {
        if left < rows {
            continue;
        }
        let sql = text_of(table, rows);
        while left >= rows {
            let statement = sqlx::query(AssertSqlSafe(Arc::clone(&sql)));
            let bound = cells
                .by_ref()
                .take(rows.saturating_mul(width))
                .fold(statement, |statement, cell| cell.bind(statement));
            let done = bound.execute(&mut *db).await.map_err(|source| refused(table, source))?;
            let wanted = u64::try_from(rows).unwrap_or(u64::MAX);
            if matches!(table.writing, Writing::Change { .. }) && done.rows_affected() != wanted {
                let cause = format!("a row of {} that was to change is not there", table.name);
                return Err(StoreError::Corrupt { cause });
            }
            left = left.saturating_sub(rows);
        }
    }
    Ok(())
}

/// Texts of statements, by table, what they do with which columns, and rows.
type Texts = BTreeMap<(&'static str, Writing, usize), Arc<str>>;

/// The text of a statement, made once in a process: it is as long as its rows are many.
fn text_of(table: &Table, rows: usize) -> Arc<str> {
    static TEXTS: Mutex<Texts> = Mutex::new(Texts::new());
    // Whoever panicked in between has left whole texts behind.
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    let text = texts.entry((table.name, table.writing, rows));
    Arc::clone(text.or_insert_with(|| sqlite::write(table, rows).into()))
}

fn refused(table: &Table, source: sqlx::Error) -> StoreError {
    let is_double = source.as_database_error().is_some_and(|e| e.is_unique_violation());
    match (is_double, table.name) {
        (true, name) if name == EXECUTIONS.name => StoreError::DuplicateFill,
        (_, doing) => StoreError::record(doing)(source),
    }
}

fn blob_cells(blobs: &[(Digest, &str, Vec<u8>)]) -> Result<Vec<Cell>, StoreError> {
    let mut cells = Vec::new();
    for (digest, kind, bytes) in blobs {
        let packed = zstd::bulk::compress(bytes, ZSTD_LEVEL);
        let packed = packed.map_err(StoreError::encode("a blob"))?;
        let size = i64::try_from(bytes.len()).map_err(StoreError::encode("a blob"))?;
        cells.extend([digest.as_str().into(), (*kind).into(), size.into(), Cell::Bytes(packed)]);
    }
    Ok(cells)
}
