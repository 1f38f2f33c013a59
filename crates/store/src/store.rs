//! The store itself: one connection, opened, used and left.

use crate::error::StoreError;
use crate::queries;
use crate::sqlite::{self, Connection};
use crate::write::{self, Batch};
use sqlx::{Connection as _, Row as _};
use std::path::{Path, PathBuf};
use tokio::sync::Mutex;

/// The journal and its views on one database. Whoever records must hold the store's
/// [`RunnerLock`](crate::RunnerLock); reading needs none.
#[derive(Debug)]
pub struct Store {
    pub(crate) db: Mutex<Connection>,
    path: PathBuf,
    last_seq: i64,
}

impl Store {
    /// Opens the store at `path`, creates it where there is none (its folder must exist), and brings
    /// an older one up to date after copying it to `<path>.backup-v<N>`.
    ///
    /// # Errors
    /// When the file is not ours, damaged or newer, or a durable setting is not taken.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::with(sqlite::open(path).await?, path).await
    }

    /// Opens an existing store only to read it.
    ///
    /// # Errors
    /// When there is none, or it is not ours, damaged, older or newer.
    pub async fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        Self::with(sqlite::open_read_only(path).await?, path).await
    }

    async fn with(mut db: Connection, path: &Path) -> Result<Self, StoreError> {
        let (applied, _) = places(&mut db).await?;
        Ok(Self { db: Mutex::new(db), path: path.to_owned(), last_seq: applied })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The journal's last event as far as this store has read or written.
    pub const fn last_seq(&self) -> i64 {
        self.last_seq
    }

    /// Makes one step durable: all of it, or on an error nothing. What it writes has reached the disk
    /// when this returns. Recording the same step twice fails where it books a fill, and is
    /// otherwise the caller's mistake.
    ///
    /// # Errors
    /// When a fill is booked already, another runner has written since, or the disk fails.
    pub async fn record(&mut self, batch: Batch<'_>) -> Result<(), StoreError> {
        self.last_seq = write::record(self.db.get_mut(), self.last_seq, &batch).await?;
        Ok(())
    }

    /// Copies the store, with what still stands in its log, to a new file.
    ///
    /// # Errors
    /// When the target exists or cannot be written.
    pub async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        sqlite::copy(&mut *self.db.lock().await, to).await
    }

    /// What `synchronous` the connection says it has; 2 is FULL.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn synchronous(&self) -> Result<i64, StoreError> {
        sqlite::synchronous(&mut *self.db.lock().await).await
    }

    /// Closes the store in order: SQLite folds its log into the file and removes it.
    ///
    /// # Errors
    /// When the database says so; what was recorded stays recorded.
    pub async fn close(self) -> Result<(), StoreError> {
        self.db.into_inner().close().await.map_err(StoreError::record("its closing"))
    }

    /// Leaves without closing, as a process about to exit may. Closing the last connection makes
    /// SQLite fold its log into the file and delete it, at least two more syncs that buy nothing:
    /// every step was durable at its commit, and the next opening recovers from the log. Only a log that would
    /// be long to read is folded. The connection's thread ends with the process.
    pub async fn abandon(mut self) {
        sqlite::shorten(self.db.get_mut(), &self.path).await;
        std::mem::forget(self);
    }
}

/// Where the views stand, and where the journal does.
pub(crate) async fn places(db: &mut Connection) -> Result<(i64, i64), StoreError> {
    let fail = StoreError::read("the views' place");
    let row = sqlx::query(queries::PLACES).fetch_one(db).await.map_err(&fail)?;
    Ok((row.try_get(0).map_err(&fail)?, row.try_get(1).map_err(&fail)?))
}
