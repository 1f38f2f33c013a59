//! `db verify`: does the store say what its journal says?

use crate::cell::Cell;
use crate::error::StoreError;
use crate::fold::Fold;
use crate::load::{fetch, int, text, unpack};
use crate::queries;
use crate::sqlite::{self, Connection, beside};
use crate::store::places;
use crate::tables::{Table, VIEWS};
use betteroms_core::plan::Digest;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Connection as _, Row as _};
use std::cmp::Ordering;
use std::collections::VecDeque;
use std::fmt;
use std::path::Path;

/// Findings kept; the rest is only counted.
const FINDINGS_MAX: usize = 50;
/// Rows of a view read at once.
const ROWS_AT_ONCE: usize = 512;

/// What a verification looked at and found. A zero among the counts means that there was nothing to
/// compare, which is not agreement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Events folded.
    pub events: u64,
    /// Rows of views compared.
    pub rows: u64,
    /// Blobs whose digest was recomputed.
    pub blobs: u64,
    /// The last event in the views.
    pub applied_seq: i64,
    /// How many findings there are.
    pub differences: u64,
    /// The first fifty of them.
    pub findings: Vec<Finding>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The database's own check.
    Integrity(String),
    /// Views and journal end at different events.
    Behind {
        /// The last event in the views.
        applied: i64,
        /// The last event in the journal.
        last: i64,
    },
    /// Events are missing from the journal.
    Missing {
        /// How many.
        events: i64,
    },
    /// The journal does not fold; views were then not compared.
    Journal(String),
    /// The fold has no such row.
    Extra {
        /// The view.
        view: &'static str,
        /// The row's key.
        key: String,
    },
    /// The fold has a row that the view has not.
    Lacking {
        /// The view.
        view: &'static str,
        /// The row's key.
        key: String,
    },
    /// A row differs.
    Differs {
        /// The view.
        view: &'static str,
        /// The row's key.
        key: String,
        /// The first column that differs.
        column: &'static str,
        /// What is stored.
        stored: String,
        /// What the journal says.
        folded: String,
    },
    /// A blob is not what its digest says.
    Blob {
        /// The digest.
        digest: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integrity(line) => write!(f, "the database says: {line}"),
            Self::Behind { applied, last } => {
                write!(f, "the views stand at event {applied}, the journal at {last}")
            }
            Self::Missing { events } => write!(f, "{events} events are missing from the journal"),
            Self::Journal(cause) => write!(f, "the journal does not fold: {cause}"),
            Self::Extra { view, key } => write!(f, "{view} {key}: the journal has no such row"),
            Self::Lacking { view, key } => write!(f, "{view} {key}: the row is missing"),
            Self::Differs { view, key, column, stored, folded } => {
                write!(f, "{view} {key}: {column} is {stored}, the journal says {folded}")
            }
            Self::Blob { digest } => write!(f, "blob {digest} is not what its digest says"),
        }
    }
}

impl Verification {
    /// True when nothing is wrong.
    pub const fn agrees(&self) -> bool {
        self.differences == 0
    }

    fn note(&mut self, finding: Finding) {
        self.differences = self.differences.saturating_add(1);
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        }
    }
}

/// Checks the file, folds the whole journal into a scratch database beside it and compares every view
/// with that row by row, and every blob with its digest. Changes nothing in the store.
///
/// # Errors
/// When the store cannot be opened or read at all; what is wrong inside it is a finding.
pub async fn verify(path: &Path) -> Result<Verification, StoreError> {
    let mut db = sqlite::open_read_only(path).await?;
    let scratch = beside(path, "verify-scratch");
    let result = verify_into(&mut db, &scratch).await;
    for name in [scratch.clone(), beside_journal(&scratch)] {
        if name.exists() {
            let fail = |source: std::io::Error| StoreError::Open {
                path: name.clone(),
                source: source.into(),
            };
            std::fs::remove_file(&name).map_err(fail)?;
        }
    }
    db.close().await.map_err(StoreError::read("the end of the store"))?;
    result
}

fn beside_journal(scratch: &Path) -> std::path::PathBuf {
    let mut name = std::ffi::OsString::from(scratch);
    name.push("-journal");
    name.into()
}

async fn verify_into(db: &mut Connection, scratch: &Path) -> Result<Verification, StoreError> {
    let mut found = Verification::default();
    for line in sqlite::integrity(db).await? {
        found.note(Finding::Integrity(line));
    }
    let (applied, last) = places(db).await?;
    found.applied_seq = applied;
    if applied != last {
        found.note(Finding::Behind { applied, last });
    }
    let mut folded = sqlite::open_scratch(scratch).await?;
    let mut fold = Fold::default();
    let outcome = fold.between(db, &mut folded).await;
    found.events = fold.events;
    match outcome {
        Ok(()) => {
            let gap = fold.last_seq.saturating_sub(i64::try_from(fold.events).unwrap_or(i64::MAX));
            if gap != 0 {
                found.note(Finding::Missing { events: gap });
            }
            for view in VIEWS {
                compare(view, db, &mut folded, &mut found).await?;
            }
        }
        Err(error) => found.note(Finding::Journal(sentence(&error))),
    }
    folded.close().await.map_err(StoreError::read("the scratch copy"))?;
    check_blobs(db, &mut found).await?;
    Ok(found)
}

fn sentence(error: &StoreError) -> String {
    if let StoreError::Corrupt { cause } = error {
        // Without its remedy, which is this.
        return format!("the store is damaged ({cause})");
    }
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// Walks a view of both databases in the order of its key.
async fn compare(
    view: &'static Table,
    stored: &mut Connection,
    folded: &mut Connection,
    found: &mut Verification,
) -> Result<(), StoreError> {
    let (mut ours, mut theirs) = (Walk::new(view), Walk::new(view));
    loop {
        ours.refill(stored).await?;
        theirs.refill(folded).await?;
        let name = view.name;
        let order = match (ours.rows.front(), theirs.rows.front()) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => key_of(view, a).cmp(key_of(view, b)),
        };
        found.rows = found.rows.saturating_add(1);
        match order {
            Ordering::Less => {
                let row = ours.rows.pop_front().unwrap_or_default();
                found.note(Finding::Extra { view: name, key: words(key_of(view, &row)) });
            }
            Ordering::Greater => {
                let row = theirs.rows.pop_front().unwrap_or_default();
                found.note(Finding::Lacking { view: name, key: words(key_of(view, &row)) });
            }
            Ordering::Equal => {
                let a = ours.rows.pop_front().unwrap_or_default();
                let b = theirs.rows.pop_front().unwrap_or_default();
                if let Some(finding) = first_difference(view, &a, &b) {
                    found.note(finding);
                }
            }
        }
    }
}

fn first_difference(view: &'static Table, stored: &[Cell], folded: &[Cell]) -> Option<Finding> {
    let pairs = stored.iter().zip(folded).zip(view.columns);
    let ((a, b), column) = pairs.into_iter().find(|((a, b), _)| a != b)?;
    Some(Finding::Differs {
        view: view.name,
        key: words(key_of(view, stored)),
        column,
        stored: a.to_string(),
        folded: b.to_string(),
    })
}

fn key_of<'a>(view: &Table, row: &'a [Cell]) -> &'a [Cell] {
    row.get(..view.keys).unwrap_or_default()
}

fn words(key: &[Cell]) -> String {
    key.iter().map(Cell::to_string).collect::<Vec<_>>().join(" ")
}

/// The rows of a view, a page at a time in the order of the key.
struct Walk {
    view: &'static Table,
    rows: VecDeque<Vec<Cell>>,
    last: Option<Vec<Cell>>,
    is_over: bool,
}

impl Walk {
    const fn new(view: &'static Table) -> Self {
        Self { view, rows: VecDeque::new(), last: None, is_over: false }
    }

    async fn refill(&mut self, db: &mut Connection) -> Result<(), StoreError> {
        if !self.rows.is_empty() || self.is_over {
            return Ok(());
        }
        let sql = self.view.page(self.last.is_some(), ROWS_AT_ONCE);
        let statement = sqlx::query(AssertSqlSafe(sql));
        let key = self.last.take().unwrap_or_default();
        let bound = key.into_iter().fold(statement, |statement, cell| cell.bind(statement));
        let fail = StoreError::read(self.view.name);
        let rows = bound.fetch_all(db).await.map_err(&fail)?;
        let cells = |row: &SqliteRow| (0..row.len()).map(|n| Cell::read(row, n)).collect();
        self.rows = rows.iter().map(cells).collect::<Result<_, _>>().map_err(&fail)?;
        self.is_over = self.rows.len() < ROWS_AT_ONCE;
        self.last = self.rows.back().map(|row| key_of(self.view, row).to_vec());
        Ok(())
    }
}

async fn check_blobs(db: &mut Connection, found: &mut Verification) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let query = sqlx::query(queries::BLOBS_AFTER).bind(after.clone());
        let rows = fetch(db, query, "blobs").await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in &rows {
            let digest = text(row, 0, "a blob")?;
            let packed: Vec<u8> = row.try_get(1).map_err(StoreError::read("a blob"))?;
            let bytes = unpack(&digest, &packed, int(row, 2, "a blob")?);
            if !bytes.is_ok_and(|bytes| Digest::of(&bytes).as_str() == digest) {
                found.note(Finding::Blob { digest: digest.clone() });
            }
            found.blobs = found.blobs.saturating_add(1);
            after = digest;
        }
    }
}
