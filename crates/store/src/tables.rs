//! The tables a pass writes: names, keys and columns, stated once. The INSERT text, the order in which
//! values are bound and the comparison of `verify` all come from here, so they cannot disagree.
//! A table's key columns come first.

/// A table that a pass writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    /// Its name.
    pub(crate) name: &'static str,
    /// All columns, key columns first, in the order in which values are bound.
    pub(crate) columns: &'static [&'static str],
    /// How many of them are the key.
    pub(crate) keys: usize,
    /// The columns after the key that never change once the row is there: what replaces it leaves them, and the
    /// indexes on them, alone.
    pub(crate) fixed: usize,
    /// What an INSERT does where the key is there already.
    pub(crate) on_conflict: OnConflict,
}

/// What an INSERT does where the key is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum OnConflict {
    /// Fails: the row must be new.
    Refuse,
    /// Keeps the row that is there: both say the same.
    Keep,
    /// Takes over every column that can change.
    Replace,
}

impl Table {
    /// The key columns.
    pub(crate) fn key_columns(&self) -> &'static [&'static str] {
        self.columns.get(..self.keys).unwrap_or_default()
    }

    /// The INSERT for `rows` rows; `head` is how the database begins one, `placeholder` writes the nth value, from
    /// 1.
    pub(crate) fn insert(
        &self,
        rows: usize,
        (head, placeholder): (&str, impl Fn(usize) -> String),
    ) -> String {
        let width = self.columns.len();
        let row = |row: usize| {
            let values: Vec<String> = (1..=width).map(|n| placeholder(row * width + n)).collect();
            format!("({})", values.join(", "))
        };
        let values: Vec<String> = (0..rows).map(row).collect();
        let into = format!("{head} INTO {} ({})", self.name, self.columns.join(", "));
        format!("{into} VALUES {}{}", values.join(", "), self.conflict_clause())
    }

    /// The SELECT for a page of `rows` rows in the order of the key, from the start or after a key.
    pub(crate) fn page(&self, after_key: bool, rows: usize) -> String {
        let keys = self.key_columns().join(", ");
        let values: Vec<String> = (1..=self.keys).map(|n| format!("${n}")).collect();
        let after = if after_key {
            format!(" WHERE ({keys}) > ({})", values.join(", "))
        } else {
            String::new()
        };
        let columns = self.columns.join(", ");
        format!("SELECT {columns} FROM {}{after} ORDER BY {keys} LIMIT {rows}", self.name)
    }

    fn conflict_clause(&self) -> String {
        let keys = self.key_columns().join(", ");
        match self.on_conflict {
            OnConflict::Refuse => String::new(),
            OnConflict::Keep => format!(" ON CONFLICT ({keys}) DO NOTHING"),
            OnConflict::Replace => {
                let rest = self.columns.iter().skip(self.keys.saturating_add(self.fixed));
                let sets: Vec<String> = rest.map(|c| format!("{c} = excluded.{c}")).collect();
                format!(" ON CONFLICT ({keys}) DO UPDATE SET {}", sets.join(", "))
            }
        }
    }
}

/// The journal.
pub(crate) const EVENTS: Table = Table {
    name: "events",
    columns: &["seq", "account", "pass_id", "at", "kind", "version", "body"],
    keys: 1,
    fixed: 0,
    on_conflict: OnConflict::Refuse,
};

/// A row per account.
pub(crate) const ACCOUNTS: Table = Table {
    name: "accounts",
    columns: &[
        "id",
        "cash",
        "funded",
        "last_now",
        "passes_at_last_now",
        "open_pass",
        "next_seq",
        "day",
        "day_notional",
        "equity",
        "day_open_equity",
        "fewest_cash",
        "most_cash",
        "successor",
        "body",
    ],
    keys: 1,
    fixed: 0,
    on_conflict: OnConflict::Replace,
};

/// A row per order.
pub(crate) const ORDERS: Table = Table {
    name: "orders",
    columns: &[
        "account",
        "id",
        // Known when it is admitted.
        "run_id",
        "trade_id",
        "trade_index",
        "file",
        "outcome",
        "side",
        "type",
        "time_in_force",
        "price",
        "created_at",
        "wait_until",
        // Known when it is placed.
        "market_id",
        "slug",
        "outcome_index",
        "size",
        "notional",
        "placed_at",
        "placed_seq",
        "due_at",
        "venue_id",
        // What became of it.
        "filled",
        "cash",
        "fee",
        "reserve",
        "fills",
        "status",
        "reason",
        "ended_at",
        "body",
    ],
    keys: 2,
    fixed: 11,
    on_conflict: OnConflict::Replace,
};

/// The same rows, of orders of which only what became of them has changed.
pub(crate) const ORDERS_MOVED: Table = Table { fixed: 20, ..ORDERS };

/// A row per real fill: how far its settlement is.
pub(crate) const SETTLEMENTS: Table = Table {
    name: "settlements",
    columns: &["account", "trade_id", "order_id", "role", "settlement", "final", "body"],
    keys: 4,
    fixed: 0,
    on_conflict: OnConflict::Replace,
};

/// A row per fill; its key is what makes a fill count once.
pub(crate) const EXECUTIONS: Table = Table {
    name: "executions",
    columns: &[
        "account",
        "trade_id",
        "order_id",
        "role",
        "seq",
        "run_id",
        "market_id",
        "outcome",
        "side",
        "price",
        "shares",
        "cash",
        "executed_at",
        "fee",
    ],
    keys: 4,
    fixed: 9,
    on_conflict: OnConflict::Refuse,
};

/// The same rows, of which the chain told another fee: nothing else of them can change.
pub(crate) const EXECUTIONS_CHARGED: Table =
    Table { on_conflict: OnConflict::Replace, ..EXECUTIONS };

/// A row per token ever held.
pub(crate) const POSITIONS: Table = Table {
    name: "positions",
    columns: &[
        "account",
        "market_id",
        "outcome",
        "shares",
        "cost",
        "buy_fees",
        "realised",
        "fewest_cash",
        "fewest_shares",
        "most_cash",
        "most_shares",
        "payout",
        "paid",
        "flat",
        "body",
    ],
    keys: 3,
    fixed: 0,
    on_conflict: OnConflict::Replace,
};

/// A row per pass and per plan.
pub(crate) const RUNS: Table = Table {
    name: "runs",
    columns: &[
        "account",
        "id",
        "kind",
        "pass_id",
        "now",
        "mode",
        "digest",
        "canonical",
        "file",
        "trades",
        "status",
        "attempt",
    ],
    keys: 2,
    fixed: 0,
    on_conflict: OnConflict::Replace,
};

/// The paper matcher's memory of each market.
pub(crate) const PAPER_MARKETS: Table = Table {
    name: "paper_markets",
    columns: &["account", "market_id", "body"],
    keys: 2,
    fixed: 0,
    on_conflict: OnConflict::Replace,
};

/// Finished reports.
pub(crate) const REPORTS: Table = Table {
    name: "reports",
    columns: &["account", "pass_id", "seq", "now", "body"],
    keys: 2,
    fixed: 0,
    on_conflict: OnConflict::Replace,
};

/// What passes observed, compressed, by digest.
pub(crate) const BLOBS: Table = Table {
    name: "blobs",
    columns: &["digest", "kind", "size", "bytes"],
    keys: 1,
    fixed: 0,
    on_conflict: OnConflict::Keep,
};

/// Every view: what `verify` compares and `rebuild` rewrites.
pub(crate) const VIEWS: [&Table; 7] =
    [&ACCOUNTS, &RUNS, &ORDERS, &EXECUTIONS, &SETTLEMENTS, &POSITIONS, &PAPER_MARKETS];

/// Every table that a pass writes.
pub(crate) const WRITTEN: [&Table; 12] = [
    &EVENTS,
    &ACCOUNTS,
    &RUNS,
    &ORDERS,
    &ORDERS_MOVED,
    &EXECUTIONS,
    &EXECUTIONS_CHARGED,
    &SETTLEMENTS,
    &POSITIONS,
    &PAPER_MARKETS,
    &REPORTS,
    &BLOBS,
];
