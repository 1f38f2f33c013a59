//! Loading the picture of an account from the views, by index, never by replaying the journal.

use crate::cell::word;
use crate::error::StoreError;
use crate::journal::decode;
use crate::queries::{self, KEYS};
use crate::sqlite::{Connection, Db};
use crate::store::{Store, places};
use betteroms_core::event::{AccountId, Event, PassId};
use betteroms_core::market::ConditionId;
use betteroms_core::order::Order;
use betteroms_core::plan::{Digest, RunId};
use betteroms_core::state::paper::PaperMarket;
use betteroms_core::state::position::Position;
use betteroms_core::state::real::Booked;
use betteroms_core::state::{Account, Run, State};
use betteroms_core::time::Time;
use betteroms_core::venue::VenueId;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::query::Query;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeSet;

impl Store {
    /// Loads the account: cash and counters, orders that have not ended, positions that are not
    /// flat; for the markets of these also flat positions and the matcher's memory; and the run of a
    /// pass that has not ended. An account that is not there has seen nothing.
    ///
    /// # Errors
    /// [`StoreError::ViewsBehind`] when the views do not stand where the journal does.
    pub async fn load(&self, account: &AccountId) -> Result<State, StoreError> {
        let mut state = State::new(account.clone());
        {
            let db = &mut *self.db.lock().await;
            let (applied, last) = places(db).await?;
            if applied != last {
                return Err(StoreError::ViewsBehind { applied, last });
            }
            let id = account.as_str();
            let row: Vec<Account> = bodies(db, queries::ACCOUNT, "an account", &[id]).await?;
            if let Some(account) = row.into_iter().next() {
                state.account = account;
            }
            let orders: Vec<Order> = bodies(db, queries::LIVE_ORDERS, "an order", &[id]).await?;
            state.orders = orders.into_iter().map(|order| (order.id.clone(), order)).collect();
            let held: Vec<Position> =
                bodies(db, queries::HELD_POSITIONS, "a position", &[id]).await?;
            state.positions =
                held.into_iter().map(|it| ((it.market.clone(), it.outcome), it)).collect();
            if account.is_real() {
                let sql = queries::SETTLEMENTS_UNDER_WAY;
                let booked: Vec<Booked> = bodies(db, sql, "a settlement", &[id]).await?;
                state.fills = booked.into_iter().map(|it| (it.fill.key(), it)).collect();
            }
        }
        // A fill under way may yet change a position that was closed since.
        let awaited = state.fills.values().map(|booked| booked.fill.market.clone());
        let watched: BTreeSet<ConditionId> = state.watched().into_iter().chain(awaited).collect();
        let watched: Vec<ConditionId> = watched.into_iter().collect();
        self.load_markets(&mut state, &watched).await?;
        if let Some(pass) = state.account.open_pass.clone() {
            self.load_runs(&mut state, &[pass.as_str().to_owned()]).await?;
        }
        Ok(state)
    }

    /// Adds the positions, flat ones too, and the matcher's memory of these markets. Must be called
    /// for every market that a pass looks at and [`Store::load`] did not; what is loaded stays.
    ///
    /// # Errors
    /// When a row cannot be read or understood.
    pub async fn load_markets(
        &self,
        state: &mut State,
        markets: &[ConditionId],
    ) -> Result<(), StoreError> {
        let db = &mut *self.db.lock().await;
        let account = state.account.id.as_str().to_owned();
        for keys in markets.chunks(KEYS) {
            let keys: Vec<&str> = keys.iter().map(ConditionId::as_str).collect();
            let query = with_keys(queries::POSITIONS_OF_MARKETS, &account, &keys);
            for row in fetch(db, query, "positions").await? {
                let it: Position = body(&row, 0, "a position")?;
                let key = (it.market.clone(), it.outcome);
                state.positions.entry(key).or_insert(it);
            }
            let query = with_keys(queries::PAPER_OF_MARKETS, &account, &keys);
            for row in fetch(db, query, "the matcher's memory").await? {
                let market = ConditionId::new(text(&row, 0, "the matcher's memory")?);
                let picture: PaperMarket = body(&row, 1, "the matcher's memory of a market")?;
                state.paper.entry(market).or_insert(picture);
            }
        }
        Ok(())
    }

    /// Real: adds the orders that the venue knows by these names, ended ones too, and the settlements of
    /// these trades; what is loaded stays.
    ///
    /// # Errors
    /// When a row cannot be read or understood.
    pub async fn load_asked(
        &self,
        state: &mut State,
        (orders, trades): (&BTreeSet<VenueId>, &BTreeSet<String>),
    ) -> Result<(), StoreError> {
        let db = &mut *self.db.lock().await;
        let account = state.account.id.as_str().to_owned();
        let known: BTreeSet<&VenueId> =
            state.orders.values().filter_map(|order| order.venue_id()).collect();
        let missing: Vec<&str> =
            orders.iter().filter(|id| !known.contains(id)).map(VenueId::as_str).collect();
        for keys in missing.chunks(KEYS) {
            let query = with_keys(queries::ORDERS_AT_VENUE, &account, keys);
            for row in fetch(db, query, "orders").await? {
                let order: Order = body(&row, 0, "an order")?;
                state.orders.entry(order.id.clone()).or_insert(order);
            }
        }
        let trades: Vec<&str> = trades.iter().map(String::as_str).collect();
        for keys in trades.chunks(KEYS) {
            let query = with_keys(queries::SETTLEMENTS_OF_TRADES, &account, keys);
            for row in fetch(db, query, "settlements").await? {
                let booked: Booked = body(&row, 0, "a settlement")?;
                state.fills.entry(booked.fill.key()).or_insert(booked);
            }
        }
        Ok(())
    }

    /// Adds the rows of these plans and passes, where they are known.
    ///
    /// # Errors
    /// When a row cannot be read or understood.
    pub async fn load_runs(&self, state: &mut State, keys: &[String]) -> Result<(), StoreError> {
        add_runs(&mut *self.db.lock().await, state, keys).await
    }

    /// Adds all orders of a plan, ended ones too; those already loaded stay as they are.
    ///
    /// # Errors
    /// When a row cannot be read or understood.
    pub async fn load_run_orders(&self, state: &mut State, run_id: &str) -> Result<(), StoreError> {
        let db = &mut *self.db.lock().await;
        let keys = [state.account.id.as_str(), run_id];
        let orders: Vec<Order> = bodies(db, queries::ORDERS_OF_RUN, "an order", &keys).await?;
        for order in orders {
            state.orders.entry(order.id.clone()).or_insert(order);
        }
        Ok(())
    }

    /// The pass that has begun and not ended, with what it has recorded so far.
    ///
    /// # Errors
    /// When a row cannot be read or understood.
    pub async fn open_pass(
        &self,
        account: &AccountId,
    ) -> Result<Option<(PassId, Vec<Event>)>, StoreError> {
        let open: Option<String> = {
            let db = &mut *self.db.lock().await;
            let query = sqlx::query_scalar(queries::OPEN_PASS).bind(account.as_str().to_owned());
            query.fetch_optional(db).await.map_err(StoreError::read("the open pass"))?
        };
        let Some(open) = open else {
            return Ok(None);
        };
        let events = self.pass_events(account, &open).await?;
        let pass = word(open.clone()).map_err(StoreError::decode("pass", open))?;
        Ok(Some((pass, events)))
    }

    /// What a pass recorded, in order.
    ///
    /// # Errors
    /// When an event cannot be read or understood.
    pub async fn pass_events(
        &self,
        account: &AccountId,
        pass: &str,
    ) -> Result<Vec<Event>, StoreError> {
        let db = &mut *self.db.lock().await;
        let query = sqlx::query(queries::EVENTS_OF_PASS);
        let query = query.bind(account.as_str().to_owned()).bind(pass.to_owned());
        let rows = fetch(db, query, "a pass's events").await?;
        rows.iter()
            .map(|row| {
                let (seq, version) = (int(row, 0, "an event")?, int(row, 1, "an event")?);
                decode(seq, version, &text(row, 2, "an event")?)
            })
            .collect()
    }

    /// The bytes with this digest, as they were before compression.
    ///
    /// # Errors
    /// When they cannot be read or unpacked.
    pub async fn blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let db = &mut *self.db.lock().await;
        let query = sqlx::query(queries::BLOB).bind(digest.as_str().to_owned());
        let rows = fetch(db, query, "a blob").await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let packed: Vec<u8> = row.try_get(0).map_err(StoreError::read("a blob"))?;
        unpack(digest.as_str(), &packed, int(row, 1, "a blob")?).map(Some)
    }
}

/// Unpacks a blob of `size` bytes.
pub(crate) fn unpack(digest: &str, packed: &[u8], size: i64) -> Result<Vec<u8>, StoreError> {
    let size = usize::try_from(size).map_err(StoreError::decode("blob", digest))?;
    zstd::bulk::decompress(packed, size).map_err(StoreError::decode("blob", digest))
}

/// Adds the rows of these plans and passes to the picture; what is there stays.
pub(crate) async fn add_runs(
    db: &mut Connection,
    state: &mut State,
    keys: &[String],
) -> Result<(), StoreError> {
    let account = state.account.id.as_str().to_owned();
    for keys in keys.chunks(KEYS) {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let query = with_keys(queries::RUNS_BY_KEY, &account, &keys);
        for row in fetch(db, query, "runs").await? {
            let run = run(&row)?;
            state.runs.entry(run.key().to_owned()).or_insert(run);
        }
    }
    Ok(())
}

type Statement = Query<'static, Db, <Db as sqlx::Database>::Arguments>;

fn with_keys(sql: &'static str, account: &str, keys: &[&str]) -> Statement {
    let last = keys.last().copied().unwrap_or_default();
    let padded = keys.iter().copied().chain(std::iter::repeat(last)).take(KEYS);
    padded.fold(sqlx::query(sql).bind(account.to_owned()), |q, key| q.bind(key.to_owned()))
}

pub(crate) async fn fetch(
    db: &mut Connection,
    query: Statement,
    what: &'static str,
) -> Result<Vec<SqliteRow>, StoreError> {
    query.fetch_all(db).await.map_err(StoreError::read(what))
}

/// Runs a statement on text keys and reads the JSON bodies in its first column.
pub(crate) async fn bodies<T: DeserializeOwned>(
    db: &mut Connection,
    sql: &'static str,
    what: &'static str,
    keys: &[&str],
) -> Result<Vec<T>, StoreError> {
    let query = keys.iter().fold(sqlx::query(sql), |q, key| q.bind((*key).to_owned()));
    fetch(db, query, what).await?.iter().map(|row| body(row, 0, what)).collect()
}

pub(crate) fn body<T: DeserializeOwned>(
    row: &SqliteRow,
    column: usize,
    what: &'static str,
) -> Result<T, StoreError> {
    let json: &str = row.try_get(column).map_err(StoreError::read(what))?;
    serde_json::from_str(json).map_err(|source| {
        let start: String = json.chars().take(80).collect();
        StoreError::decode(what, start)(source)
    })
}

pub(crate) fn text(row: &SqliteRow, n: usize, what: &'static str) -> Result<String, StoreError> {
    row.try_get(n).map_err(StoreError::read(what))
}

pub(crate) fn int(row: &SqliteRow, n: usize, what: &'static str) -> Result<i64, StoreError> {
    row.try_get(n).map_err(StoreError::read(what))
}

/// Reads a column whose JSON form is a bare word.
pub(crate) fn word_at<T: DeserializeOwned>(
    row: &SqliteRow,
    n: usize,
    what: &'static str,
) -> Result<T, StoreError> {
    let text = text(row, n, what)?;
    word(text.clone()).map_err(StoreError::decode(what, text))
}

/// Reads a row of `runs`: kind, id, pass_id, now, mode, digest, canonical, file, trades, status,
/// attempt.
pub(crate) fn run(row: &SqliteRow) -> Result<Run, StoreError> {
    const WHAT: &str = "a run";
    let now = Time::from_micros(int(row, 3, WHAT)?);
    if text(row, 0, WHAT)? == "pass" {
        let (id, world) = (word_at(row, 1, WHAT)?, word_at(row, 5, WHAT)?);
        let closed = text(row, 9, WHAT)? == "CLOSED";
        return Ok(Run::Pass { id, now, world, closed });
    }
    let name = text(row, 1, WHAT)?;
    let id = RunId::new(&name).ok_or_else(|| {
        StoreError::decode(WHAT, name.clone())(Box::<dyn std::error::Error + Send + Sync>::from(
            "not a legal runId",
        ))
    })?;
    let count = |n: usize| {
        u32::try_from(int(row, n, WHAT)?).map_err(StoreError::decode(WHAT, name.as_str()))
    };
    Ok(Run::Plan {
        pass: word_at(row, 2, WHAT)?,
        now,
        mode: word_at(row, 4, WHAT)?,
        digest: word_at(row, 5, WHAT)?,
        canonical: text(row, 6, WHAT)?,
        file: text(row, 7, WHAT)?,
        trades: count(8)?,
        stopped: text(row, 9, WHAT)? == "STOPPED",
        attempt: count(10)?,
        id,
    })
}
