//! Folding the journal from nothing: every account's events through `State::apply`, in the order in
//! which they were recorded. Nothing is decided again.

use crate::error::StoreError;
use crate::journal::decode;
use crate::load::{add_runs, fetch, int, text};
use crate::queries;
use crate::rows::ViewCells;
use crate::sqlite::Connection;
use crate::write::write_views;
use betteroms_core::event::{AccountId, Event};
use betteroms_core::state::{Changes, State};
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
    event: Event,
}

type ByAccount = BTreeMap<AccountId, Vec<Recorded>>;

impl Fold {
    /// Folds the whole journal of `from`, writing the views into `into`.
    pub(crate) async fn between(
        &mut self,
        from: &mut Connection,
        into: &mut Connection,
    ) -> Result<(), StoreError> {
        loop {
            let events = self.read(from).await?;
            if events.is_empty() {
                return Ok(());
            }
            self.write(into, &events).await?;
        }
    }

    /// Folds the whole journal, writing the views into the same database.
    pub(crate) async fn within(&mut self, db: &mut Connection) -> Result<(), StoreError> {
        loop {
            let events = self.read(db).await?;
            if events.is_empty() {
                return Ok(());
            }
            self.write(db, &events).await?;
        }
    }

    /// Reads the next events; none at the journal's end.
    async fn read(&mut self, db: &mut Connection) -> Result<ByAccount, StoreError> {
        let query = sqlx::query(queries::EVENTS_AFTER).bind(self.last_seq).bind(EVENTS_AT_ONCE);
        let mut by_account = ByAccount::new();
        for row in &fetch(db, query, "the journal").await? {
            let seq = int(row, 0, "an event")?;
            let event = decode(seq, int(row, 2, "an event")?, &text(row, 3, "an event")?)?;
            let kind = text(row, 4, "an event")?;
            if kind != event.kind() {
                let told = format!("it says {}, and stands there as {kind}", event.kind());
                return Err(StoreError::decode("event", seq.to_string())(told));
            }
            let account = AccountId::new(text(row, 1, "an event")?);
            by_account.entry(account).or_default().push(Recorded { seq, event });
            self.last_seq = seq;
            self.events = self.events.saturating_add(1);
        }
        Ok(by_account)
    }

    async fn write(&mut self, into: &mut Connection, events: &ByAccount) -> Result<(), StoreError> {
        for (account, events) in events {
            let is_end = |it: &Recorded| matches!(it.event, Event::PassClosed { .. });
            let whole_passes = events.iter().rposition(is_end).map_or(0, |n| n.saturating_add(1));
            let (done, begun) = events.split_at(whole_passes);
            for part in [done, begun].into_iter().filter(|part| !part.is_empty()) {
                self.recall(into, account, part).await?;
                write_views(into, self.fold(account, part)?).await?;
            }
        }
        Ok(())
    }

    /// Brings back the plans that these events stop: the fold has forgotten them since their pass.
    async fn recall(
        &mut self,
        folded: &mut Connection,
        account: &AccountId,
        events: &[Recorded],
    ) -> Result<(), StoreError> {
        let mut keys = Vec::new();
        for recorded in events {
            if let Event::PlanStopped { run_id } = &recorded.event {
                keys.push(run_id.to_string());
            }
        }
        let state = self.state(account);
        add_runs(folded, state, &keys).await
    }

    fn state(&mut self, account: &AccountId) -> &mut State {
        self.accounts.entry(account.clone()).or_insert_with(|| State::new(account.clone()))
    }

    fn fold(&mut self, account: &AccountId, events: &[Recorded]) -> Result<ViewCells, StoreError> {
        let state =
            self.accounts.entry(account.clone()).or_insert_with(|| State::new(account.clone()));
        let (mut changes, mut fills) = (Changes::default(), Vec::new());
        for Recorded { seq, event } in events {
            state.apply(event, &mut changes).map_err(|source| StoreError::Refold {
                seq: *seq,
                account: account.to_string(),
                source,
            })?;
            if event.fill().is_some() {
                fills.push(*seq);
            }
        }
        let views = ViewCells::new(account, &changes.rows(state), &fills)?;
        // Between passes nothing needs what has ended; inside one its run is still to be closed.
        if state.account.open_pass.is_none() {
            state.prune();
        }
        Ok(views)
    }
}
