//! What can go wrong with the store, named by what was tried, with the sentence an operator reads.

use betteroms_core::state::ApplyError;
use std::path::PathBuf;

/// A fault of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file could not be opened or created.
    #[error("could not open the store {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is no such store, and none may be created here.
    #[error("there is no store at {}", path.display())]
    Missing {
        /// Where one was looked for.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not a BetterOMS store: it is not a SQLite database", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is a database of another program.
    #[error("{} is a database of another program; it was left alone", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The database is damaged.
    #[error("the store is damaged ({cause}); restore a backup, or run `betteroms db verify`")]
    Corrupt {
        /// SQLite's words, or ours.
        cause: String,
    },
    /// Another program holds the database for longer than we wait.
    #[error(
        "another program holds the store ({cause}): close it (a database browser, a copy under way) and run \
         again. What was recorded before is kept, and nothing of this step"
    )]
    Held {
        /// SQLite's words.
        cause: String,
    },
    /// A newer version has written it.
    #[error(
        "{} has schema {found}, this version knows up to {known}; use the newer betteroms \
         that wrote it",
        path.display()
    )]
    SchemaNewer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest we know.
        known: i64,
    },
    /// An older version has written it, and this was a read.
    #[error(
        "{} has the older schema {found}; `betteroms db migrate` brings it to {known}",
        path.display()
    )]
    SchemaOlder {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The one we read.
        known: i64,
    },
    /// A migration failed; nothing of it was kept.
    #[error("could not bring the store to schema {to}")]
    Migrate {
        /// The schema aimed at.
        to: i64,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A copy could not be made.
    #[error("could not copy the store to {}", to.display())]
    Backup {
        /// The copy.
        to: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database would not take a setting that durability rests on.
    #[error("the database did not take {setting} = {wanted}, it says {got}")]
    Unsafe {
        /// The setting.
        setting: &'static str,
        /// What we need.
        wanted: &'static str,
        /// What it is.
        got: String,
    },
    /// The views do not stand where the journal does.
    #[error(
        "the views stand at event {applied}, the journal at {last}; run `betteroms db rebuild`"
    )]
    ViewsBehind {
        /// The last event in the views.
        applied: i64,
        /// The last event in the journal.
        last: i64,
    },
    /// A read failed.
    #[error("could not read {what}")]
    Read {
        /// What was read.
        what: &'static str,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A stored value does not have our form.
    #[error("could not understand {what} {key} as stored; run `betteroms db verify`")]
    Decode {
        /// What it is.
        what: &'static str,
        /// Which one.
        key: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A value could not be put into its stored form.
    #[error("could not put {what} into its stored form")]
    Encode {
        /// What it is.
        what: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A newer version wrote an event.
    #[error(
        "event {seq} has form {found}, this version knows up to {known}; use a newer betteroms"
    )]
    EventNewer {
        /// The event.
        seq: i64,
        /// Its form.
        found: i64,
        /// The newest we know.
        known: u32,
    },
    /// A step could not be made durable; nothing of it was kept.
    #[error("could not record a step ({doing}); nothing of it was kept")]
    Record {
        /// What was being written.
        doing: &'static str,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A fill of the step is booked already; nothing of the step was kept.
    #[error("a fill of this step is booked already; nothing of the step was kept")]
    DuplicateFill,
    /// Rows and events of a step do not belong together; nothing was written.
    #[error("a step has {events} fills among its events and {rows} among its rows")]
    UnpairedFills {
        /// Fills among the events.
        events: usize,
        /// Fills among the rows.
        rows: usize,
    },
    /// Someone else has written since this store was opened; nothing of the step was kept.
    #[error("another runner has written to the store since event {expected}; nothing was kept")]
    Overtaken {
        /// The last event we knew.
        expected: i64,
    },
    /// The journal does not fold.
    #[error("event {seq} of account {account} does not fit what came before it")]
    Refold {
        /// The event.
        seq: i64,
        /// Its account.
        account: String,
        /// Why.
        #[source]
        source: ApplyError,
    },
}

impl StoreError {
    /// Names a failed read; damage and a held database get their own sentences.
    pub(crate) fn read(what: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |source| Self::told_apart(&source).unwrap_or(Self::Read { what, source })
    }

    /// Names a failed write; damage and a held database get their own sentences.
    pub(crate) fn record(doing: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |source| Self::told_apart(&source).unwrap_or(Self::Record { doing, source })
    }

    /// Names a value that does not decode.
    pub(crate) fn decode<E>(what: &'static str, key: impl Into<String>) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let key = key.into();
        move |source| Self::Decode { what, key, source: source.into() }
    }

    /// Names a value that does not encode.
    pub(crate) fn encode<E>(what: &'static str) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |source| Self::Encode { what, source: source.into() }
    }

    /// What the database says in a code of its own: damage, or that somebody else holds it.
    pub(crate) fn told_apart(source: &sqlx::Error) -> Option<Self> {
        let damaged = crate::sqlite::damage(source).map(|cause| Self::Corrupt { cause });
        damaged.or_else(|| crate::sqlite::held(source).map(|cause| Self::Held { cause }))
    }
}
