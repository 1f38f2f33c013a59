//! What the read commands ask. Nothing here is part of a pass, and nothing here writes, but for the
//! plans that wait to be taken in.

use crate::error::StoreError;
use crate::load::{bodies, body, fetch, int, run, text, word_at};
use crate::queries;
use crate::store::Store;
use betteroms_core::event::{AccountId, Fill};
use betteroms_core::market::{ConditionId, Outcome};
use betteroms_core::money::{Price, Shares, Usd};
use betteroms_core::order::{Order, OrderId, Status};
use betteroms_core::report::Report;
use betteroms_core::state::position::Position;
use betteroms_core::state::{Account, Run};
use betteroms_core::time::Time;
use sqlx::sqlite::SqliteRow;

/// Which orders to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// Only those with this status.
    pub status: Option<Status>,
    /// Only those of this plan.
    pub run_id: Option<String>,
    /// Only those of this market: its condition id or its slug.
    pub market: Option<String>,
    /// Ended ones too; a `status` or a `run_id` implies it.
    pub include_ended: bool,
    /// At most so many; the newest stay.
    pub limit: Option<u32>,
}

/// Which runs to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunKind {
    /// Passes.
    Passes,
    /// Plans.
    Plans,
}

/// A plan that waits in the store for the next pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingPlan {
    /// Its runId.
    pub run_id: String,
    /// The name of the file it came from.
    pub file: String,
    /// The file's text.
    pub text: String,
    /// When it was added.
    pub added_at: Time,
}

impl Store {
    /// All accounts by name, retired ones too.
    ///
    /// # Errors
    /// When a row cannot be read or understood.
    pub async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        bodies(&mut *self.db.lock().await, queries::ACCOUNTS, "an account", &[]).await
    }

    /// The account of the last pass that began; `None` before the first pass.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn last_account(&self) -> Result<Option<AccountId>, StoreError> {
        let query = sqlx::query_scalar(queries::LAST_ACCOUNT);
        let found: Result<Option<String>, _> =
            query.fetch_optional(&mut *self.db.lock().await).await;
        Ok(found.map_err(StoreError::read("the last account"))?.map(AccountId::new))
    }

    /// Orders, newest first, those of one pass in list order.
    ///
    /// # Errors
    /// When a row cannot be read or understood.
    pub async fn orders(
        &self,
        account: &AccountId,
        filter: &OrderFilter,
    ) -> Result<Vec<Order>, StoreError> {
        let sql = match filter {
            OrderFilter { run_id: Some(_), .. } => queries::ORDERS_BY_RUN,
            OrderFilter { status: Some(_), .. } => queries::ORDERS_BY_STATUS,
            OrderFilter { include_ended: true, .. } => queries::ORDERS_ALL,
            OrderFilter { .. } => queries::ORDERS_LIVE,
        };
        let query = sqlx::query(sql)
            .bind(account.as_str().to_owned())
            .bind(filter.status.map(Status::as_str))
            .bind(filter.run_id.clone())
            .bind(filter.market.clone())
            .bind(filter.limit.map_or(i64::MAX, i64::from));
        let rows = fetch(&mut *self.db.lock().await, query, "orders").await?;
        rows.iter().map(|row| body(row, 0, "an order")).collect()
    }

    /// Positions by market and outcome.
    ///
    /// # Errors
    /// When a row cannot be read or understood.
    pub async fn positions(
        &self,
        account: &AccountId,
        include_flat: bool,
    ) -> Result<Vec<Position>, StoreError> {
        let query = sqlx::query(queries::POSITIONS);
        let query = query.bind(account.as_str().to_owned()).bind(i64::from(include_flat));
        let rows = fetch(&mut *self.db.lock().await, query, "positions").await?;
        rows.iter().map(|row| body(row, 0, "a position")).collect()
    }

    /// Passes or plans, newest first, at most `limit`.
    ///
    /// # Errors
    /// When a row cannot be read or understood.
    pub async fn runs(
        &self,
        account: &AccountId,
        kind: RunKind,
        limit: Option<u32>,
    ) -> Result<Vec<Run>, StoreError> {
        let kind = match kind {
            RunKind::Passes => "pass",
            RunKind::Plans => "plan",
        };
        let query = sqlx::query(queries::RUNS).bind(account.as_str().to_owned()).bind(kind);
        let query = query.bind(limit.map_or(i64::MAX, i64::from));
        let rows = fetch(&mut *self.db.lock().await, query, "runs").await?;
        rows.iter().map(run).collect()
    }

    /// The fills of an order in the order in which they were booked.
    ///
    /// # Errors
    /// When a row cannot be read or understood.
    pub async fn executions(
        &self,
        account: &AccountId,
        order: &OrderId,
    ) -> Result<Vec<Fill>, StoreError> {
        let query = sqlx::query(queries::EXECUTIONS_OF_ORDER);
        let query = query.bind(account.as_str().to_owned()).bind(order.as_str().to_owned());
        let rows = fetch(&mut *self.db.lock().await, query, "executions").await?;
        rows.iter().map(|row| fill(order, row)).collect()
    }

    /// The report of the account's last finished pass.
    ///
    /// # Errors
    /// When it cannot be read or understood.
    pub async fn latest_report(&self, account: &AccountId) -> Result<Option<Report>, StoreError> {
        let db = &mut *self.db.lock().await;
        let found = bodies(db, queries::LATEST_REPORT, "a report", &[account.as_str()]).await?;
        Ok(found.into_iter().next())
    }

    /// The report of one pass.
    ///
    /// # Errors
    /// When it cannot be read or understood.
    pub async fn report(
        &self,
        account: &AccountId,
        pass: &str,
    ) -> Result<Option<Report>, StoreError> {
        let db = &mut *self.db.lock().await;
        let found = bodies(db, queries::REPORT, "a report", &[account.as_str(), pass]).await?;
        Ok(found.into_iter().next())
    }

    /// The reports of passes whose `now` is at or after `from`, oldest first.
    ///
    /// # Errors
    /// When one cannot be read or understood.
    pub async fn reports_since(
        &self,
        account: &AccountId,
        from: Time,
    ) -> Result<Vec<Report>, StoreError> {
        let query = sqlx::query(queries::REPORTS_SINCE);
        let query = query.bind(account.as_str().to_owned()).bind(from.micros());
        let rows = fetch(&mut *self.db.lock().await, query, "reports").await?;
        rows.iter().map(|row| body(row, 0, "a report")).collect()
    }

    /// Keeps a plan for the next pass; false when one of its runId waits already, which stays.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn add_pending(&self, plan: &PendingPlan) -> Result<bool, StoreError> {
        let query = sqlx::query(queries::ADD_PENDING)
            .bind(plan.run_id.clone())
            .bind(plan.file.clone())
            .bind(plan.text.clone())
            .bind(plan.added_at.micros());
        let done = query.execute(&mut *self.db.lock().await).await;
        Ok(done.map_err(StoreError::record("a plan"))?.rows_affected() > 0)
    }

    /// The plans that wait for the next pass, oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn pending(&self) -> Result<Vec<PendingPlan>, StoreError> {
        const WHAT: &str = "waiting plans";
        let rows = fetch(&mut *self.db.lock().await, sqlx::query(queries::PENDING), WHAT).await?;
        let plan = |row: &SqliteRow| {
            Ok(PendingPlan {
                run_id: text(row, 0, WHAT)?,
                file: text(row, 1, WHAT)?,
                text: text(row, 2, WHAT)?,
                added_at: Time::from_micros(int(row, 3, WHAT)?),
            })
        };
        rows.iter().map(plan).collect()
    }

    /// Forgets a waiting plan; false when there was none.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn remove_pending(&self, run_id: &str) -> Result<bool, StoreError> {
        let query = sqlx::query(queries::REMOVE_PENDING).bind(run_id.to_owned());
        let done = query.execute(&mut *self.db.lock().await).await;
        Ok(done.map_err(StoreError::record("a plan"))?.rows_affected() > 0)
    }
}

/// Reads a row of `executions`: trade_id, role, market_id, outcome, side, price, shares, cash, fee,
/// executed_at.
fn fill(order: &OrderId, row: &SqliteRow) -> Result<Fill, StoreError> {
    const WHAT: &str = "an execution";
    let micros = int(row, 5, WHAT)?;
    let price = u32::try_from(micros).ok().and_then(Price::from_micros);
    let out_of_range =
        Box::<dyn std::error::Error + Send + Sync>::from("its price is out of range");
    Ok(Fill {
        order: order.clone(),
        trade_id: text(row, 0, WHAT)?,
        role: word_at(row, 1, WHAT)?,
        market: ConditionId::new(text(row, 2, WHAT)?),
        outcome: if int(row, 3, WHAT)? == 0 { Outcome::First } else { Outcome::Second },
        side: word_at(row, 4, WHAT)?,
        price: price.ok_or(out_of_range).map_err(StoreError::decode(WHAT, order.as_str()))?,
        shares: Shares::from_micros(int(row, 6, WHAT)?),
        cash: Usd::from_micros(int(row, 7, WHAT)?),
        fee: Usd::from_micros(int(row, 8, WHAT)?),
        at: Time::from_micros(int(row, 9, WHAT)?),
    })
}
