//! The tables a pass writes: names, keys and columns, stated once. The statements' texts, the order in which
//! values are bound and the comparison of `verify` all come from here, so they cannot disagree.
//! A table's key columns come first.

/// A table that a pass writes, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    /// Its name.
    pub(crate) name: &'static str,
    /// All columns, key columns first.
    pub(crate) columns: &'static [&'static str],
    /// How many of them are the key.
    pub(crate) keys: usize,
    /// What a pass does with its rows.
    pub(crate) writing: Writing,
}

/// What a pass does with the rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Writing {
    /// Adds them; each must be new.
    Add,
    /// Adds those that are not there: both say the same.
    Keep,
    /// Adds them, or takes over all of those that are there.
    Put,
    /// Changes rows that are there.
    Change {
        /// The columns after the key that stay as they are, and with them the indexes on them.
        kept: usize,
    },
}

/// How a database writes what all of them can do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialect {
    /// How a statement begins that adds rows.
    pub(crate) insert: &'static str,
    /// How one begins that changes rows.
    pub(crate) update: &'static str,
    /// The nth value of a statement, from 1.
    pub(crate) placeholder: fn(usize) -> String,
}

impl Table {
    /// The key columns.
    pub(crate) fn key_columns(&self) -> &'static [&'static str] {
        self.columns.get(..self.keys).unwrap_or_default()
    }

    /// The columns that are written, key columns first, in the order in which values are bound.
    fn written(&self) -> impl Iterator<Item = &'static str> {
        let kept = match self.writing {
            Writing::Add | Writing::Keep | Writing::Put => 0,
            Writing::Change { kept } => kept,
        };
        let rest = self.columns.iter().skip(self.keys.saturating_add(kept));
        self.key_columns().iter().chain(rest).copied()
    }

    /// How many values a row of them has.
    pub(crate) fn width(&self) -> usize {
        self.written().count()
    }

    /// The statement that writes `rows` rows.
    pub(crate) fn write(&self, rows: usize, dialect: Dialect) -> String {
        let width = self.width();
        let row = |row: usize| {
            let place = |n| (dialect.placeholder)(row * width + n);
            format!("({})", (1..=width).map(place).collect::<Vec<_>>().join(", "))
        };
        let values = (0..rows).map(row).collect::<Vec<_>>().join(", ");
        let keys = self.key_columns().join(", ");
        let conflict = match self.writing {
            Writing::Change { .. } => return self.change(&values, dialect.update),
            Writing::Add => String::new(),
            Writing::Keep => format!(" ON CONFLICT ({keys}) DO NOTHING"),
            Writing::Put => {
                let rest = self.columns.iter().skip(self.keys);
                let sets: Vec<String> = rest.map(|c| format!("{c} = excluded.{c}")).collect();
                format!(" ON CONFLICT ({keys}) DO UPDATE SET {}", sets.join(", "))
            }
        };
        let columns = self.columns.join(", ");
        format!("{} INTO {} ({columns}) VALUES {values}{conflict}", dialect.insert, self.name)
    }

    fn change(&self, values: &str, update: &str) -> String {
        let name = self.name;
        let numbered = || (1_usize..).zip(self.written());
        let sets = numbered().skip(self.keys).map(|(n, c)| format!("{c} = given.column{n}"));
        let sets = sets.collect::<Vec<_>>().join(", ");
        let same = numbered().take(self.keys).map(|(n, c)| format!("{name}.{c} = given.column{n}"));
        let same = same.collect::<Vec<_>>().join(" AND ");
        format!("{update} {name} SET {sets} FROM (VALUES {values}) AS given WHERE {same}")
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
}

/// The journal.
pub(crate) const EVENTS: Table = Table {
    name: "events",
    columns: &["seq", "account", "pass_id", "at", "kind", "version", "body"],
    keys: 1,
    writing: Writing::Add,
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
    writing: Writing::Put,
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
    writing: Writing::Add,
};

/// How orders that are there were placed, and what became of them: the plan's own words stay.
pub(crate) const ORDERS_PLACED: Table = Table { writing: Writing::Change { kept: 11 }, ..ORDERS };

/// What became of orders that are there.
pub(crate) const ORDERS_MOVED: Table = Table { writing: Writing::Change { kept: 20 }, ..ORDERS };

/// A row per real fill: how far its settlement is.
pub(crate) const SETTLEMENTS: Table = Table {
    name: "settlements",
    columns: &["account", "trade_id", "order_id", "role", "settlement", "final", "body"],
    keys: 4,
    writing: Writing::Put,
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
    writing: Writing::Add,
};

/// What executions that are there were charged: the chain tells it later, and nothing else of them can change.
pub(crate) const EXECUTIONS_CHARGED: Table =
    Table { writing: Writing::Change { kept: 9 }, ..EXECUTIONS };

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
    writing: Writing::Put,
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
    writing: Writing::Put,
};

/// The paper matcher's memory of each market.
pub(crate) const PAPER_MARKETS: Table = Table {
    name: "paper_markets",
    columns: &["account", "market_id", "body"],
    keys: 2,
    writing: Writing::Put,
};

/// Finished reports.
pub(crate) const REPORTS: Table = Table {
    name: "reports",
    columns: &["account", "pass_id", "seq", "now", "body"],
    keys: 2,
    writing: Writing::Put,
};

/// What passes observed, compressed, by digest.
pub(crate) const BLOBS: Table = Table {
    name: "blobs",
    columns: &["digest", "kind", "size", "bytes"],
    keys: 1,
    writing: Writing::Keep,
};

/// Every view: what `verify` compares and `rebuild` rewrites.
pub(crate) const VIEWS: [&Table; 7] =
    [&ACCOUNTS, &RUNS, &ORDERS, &EXECUTIONS, &SETTLEMENTS, &POSITIONS, &PAPER_MARKETS];

/// Every table that a pass writes.
pub(crate) const WRITTEN: [&Table; 13] = [
    &EVENTS,
    &ACCOUNTS,
    &RUNS,
    &ORDERS,
    &ORDERS_PLACED,
    &ORDERS_MOVED,
    &EXECUTIONS,
    &EXECUTIONS_CHARGED,
    &SETTLEMENTS,
    &POSITIONS,
    &PAPER_MARKETS,
    &REPORTS,
    &BLOBS,
];
