//! `db rebuild`: the views written anew from the journal.

use crate::error::StoreError;
use crate::fold::Fold;
use crate::queries;
use crate::sqlite::{self, Connection, beside};
use sqlx::Connection as _;
use std::path::{Path, PathBuf};

/// What a rebuild did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// The copy made before.
    pub backup: PathBuf,
    /// Events folded.
    pub events: u64,
}

/// Copies the store to `<path>.backup-rebuild`, then rewrites all views from the journal in one
/// transaction. The journal, blobs, reports and waiting plans stay as they are. The caller holds the
/// store's lock. Doing it twice changes nothing more.
///
/// # Errors
/// When there is no store, the copy fails, or an event does not fold; the store is then unchanged.
pub async fn rebuild(path: &Path) -> Result<Rebuilt, StoreError> {
    if !path.exists() {
        return Err(StoreError::Missing { path: path.to_owned() });
    }
    let mut db = sqlite::open(path).await?;
    let backup = beside(path, "backup-rebuild");
    sqlite::copy(&mut db, &backup).await?;
    let fail = StoreError::record("the views");
    let mut step = db.begin_with(sqlite::BEGIN).await.map_err(&fail)?;
    let events = rewrite(&mut step).await?;
    step.commit().await.map_err(&fail)?;
    db.close().await.map_err(&fail)?;
    Ok(Rebuilt { backup, events })
}

/// Writes all views anew from the journal; gives the number of events. The caller commits.
///
/// # Errors
/// When an event does not fold, or the disk fails.
pub(crate) async fn rewrite(step: &mut Connection) -> Result<u64, StoreError> {
    let fail = StoreError::record("the views");
    for clear in queries::CLEAR_VIEWS {
        sqlx::query(clear).execute(&mut *step).await.map_err(&fail)?;
    }
    let mut fold = Fold::default();
    fold.within(step).await?;
    let set = sqlx::query(queries::SET_META).bind("applied_seq").bind(fold.last_seq);
    set.execute(step).await.map_err(&fail)?;
    Ok(fold.events)
}
