//! Folding the journal from nothing: every account's events through `State::apply`, in the order in
//! which they were recorded. Nothing is decided again.

use crate::cell::Cell;
use crate::error::StoreError;
use crate::journal::{Stamp, audit_cells, decode};
use crate::load::{fetch, int, text};
use crate::queries;
use crate::rows::ViewCells;
use crate::sqlite::Connection;
use crate::tables::AUDIT_LOGS;
use crate::write::{insert, write_views};
use betteroms_core::event::{AccountId, Event};
use betteroms_core::state::{Changes, State};
use betteroms_core::time::Time;
use sqlx::Row as _;
use std::collections::BTreeMap;

/// Events read at once: what bounds memory, beside the positions of all accounts.
const EVENTS_AT_ONCE: i64 = 4_096;

/// A fold of the journal in progress.
#[derive(Default)]
pub(crate) struct Fold {
    accounts: BTreeMap<AccountId, State>,
    /// Events folded so far.
    pub(crate) events: u64,
    /// The last of them.
    pub(crate) last_seq: i64,
}

/// One event as recorded.
struct Recorded {
    seq: i64,
    pass: Option<String>,
    at: Time,
    event: Event,
}

/// What a stretch of events of one account wrote.
struct Stretch {
    views: ViewCells,
    audit: Vec<Cell>,
}

impl Stretch {
    async fn write(self, db: &mut Connection) -> Result<(), StoreError> {
        write_views(db, self.views).await?;
        insert(db, &AUDIT_LOGS, self.audit).await
    }
}

impl Fold {
    /// Folds the whole journal of `from`, writing the views into `into`.
    pub(crate) async fn between(
        &mut self,
        from: &mut Connection,
        into: &mut Connection,
    ) -> Result<(), StoreError> {
        while let Some(stretches) = self.next(from).await? {
            for stretch in stretches {
                stretch.write(into).await?;
            }
        }
        Ok(())
    }

    /// Folds the whole journal, writing the views into the same database.
    pub(crate) async fn within(&mut self, db: &mut Connection) -> Result<(), StoreError> {
        while let Some(stretches) = self.next(db).await? {
            for stretch in stretches {
                stretch.write(db).await?;
            }
        }
        Ok(())
    }

    /// Folds the next events; `None` at the journal's end.
    async fn next(&mut self, db: &mut Connection) -> Result<Option<Vec<Stretch>>, StoreError> {
        let query = sqlx::query(queries::EVENTS_AFTER).bind(self.last_seq).bind(EVENTS_AT_ONCE);
        let rows = fetch(db, query, "the journal").await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let mut by_account: BTreeMap<AccountId, Vec<Recorded>> = BTreeMap::new();
        for row in &rows {
            let seq = int(row, 0, "an event")?;
            let event = decode(seq, int(row, 4, "an event")?, &text(row, 5, "an event")?)?;
            let pass = row.try_get(2).map_err(StoreError::read("an event"))?;
            let at = Time::from_micros(int(row, 3, "an event")?);
            let account = AccountId::new(text(row, 1, "an event")?);
            by_account.entry(account).or_default().push(Recorded { seq, pass, at, event });
            self.last_seq = seq;
            self.events = self.events.saturating_add(1);
        }
        let stretches = by_account.iter().map(|(account, events)| self.fold(account, events));
        stretches.collect::<Result<_, _>>().map(Some)
    }

    fn fold(&mut self, account: &AccountId, events: &[Recorded]) -> Result<Stretch, StoreError> {
        let state =
            self.accounts.entry(account.clone()).or_insert_with(|| State::new(account.clone()));
        let (mut changes, mut audit, mut fills) = (Changes::default(), Vec::new(), Vec::new());
        for Recorded { seq, pass, at, event } in events {
            state.apply(event, &mut changes).map_err(|source| StoreError::Refold {
                seq: *seq,
                account: account.to_string(),
                source,
            })?;
            let stamp = Stamp { account, pass: pass.as_deref(), at: *at };
            audit.extend(audit_cells(*seq, stamp, event).into_iter().flatten());
            if matches!(event, Event::Filled { .. }) {
                fills.push(*seq);
            }
        }
        let views = ViewCells::new(account, &changes.rows(state), &fills)?;
        // Between passes nothing needs what has ended; inside one its run is still to be closed.
        if state.account.open_pass.is_none() {
            state.prune();
        }
        Ok(Stretch { views, audit })
    }
}
