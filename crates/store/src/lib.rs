//! The journal and its views, on SQLite: the only place with SQL.
//!
//! `events` is append-only and the truth; every other table of facts is a view of it, written in the
//! same transaction from the row changes that the core returns. Nothing is computed here: amounts are
//! written as they come and read as they stand. Start at [`Store`]; statements live in [`queries`],
//! what only SQLite knows in `sqlite`, why it is done so in `docs/decisions/0002-store.md`.

mod cell;
mod error;
mod fold;
mod journal;
mod load;
mod lock;
pub mod queries;
mod read;
mod rebuild;
mod rows;
mod sqlite;
mod store;
mod tables;
mod verify;
mod write;

pub use error::StoreError;
pub use lock::{LockError, RunnerLock, file_beside};
pub use read::{OrderFilter, PendingPlan, RunKind};
pub use rebuild::{Rebuilt, rebuild};
pub use sqlite::SCHEMA;
pub use store::Store;
pub use verify::{Finding, Verification, verify};
pub use write::Batch;
