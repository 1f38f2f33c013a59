-- Only TEXT, BIGINT and BLOB. Money, shares, prices and times are BIGINT micros; `outcome` of a
-- token is its index, 0 or 1. `events` is the truth; what follows it up to `paper_markets` are views
-- of it, rewritten by `betteroms db rebuild`.

CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

CREATE TABLE events (
    seq INTEGER NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    pass_id TEXT,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    version BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX events_of_pass ON events (account, pass_id);
CREATE INDEX events_opening_a_pass ON events (seq) WHERE kind = 'pass_opened';

CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    cash BIGINT NOT NULL,
    funded BIGINT NOT NULL,
    last_now BIGINT,
    passes_at_last_now BIGINT NOT NULL,
    open_pass TEXT,
    next_seq BIGINT NOT NULL,
    day TEXT NOT NULL,
    day_notional BIGINT NOT NULL,
    equity BIGINT NOT NULL,
    day_open_equity BIGINT NOT NULL,
    fewest_cash BIGINT NOT NULL,
    most_cash BIGINT NOT NULL,
    successor TEXT,
    body TEXT NOT NULL
);

CREATE TABLE orders (
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    trade_id TEXT NOT NULL,
    trade_index BIGINT NOT NULL,
    file TEXT NOT NULL,
    market_id TEXT,
    slug TEXT,
    outcome TEXT NOT NULL,
    outcome_index BIGINT,
    side TEXT NOT NULL,
    type TEXT NOT NULL,
    time_in_force TEXT NOT NULL,
    price BIGINT NOT NULL,
    size BIGINT,
    notional BIGINT,
    filled BIGINT NOT NULL,
    cash BIGINT NOT NULL,
    fee BIGINT NOT NULL,
    reserve BIGINT NOT NULL,
    fills BIGINT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    created_at BIGINT NOT NULL,
    wait_until BIGINT,
    placed_at BIGINT,
    placed_seq BIGINT,
    due_at BIGINT,
    ended_at BIGINT,
    body TEXT NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX orders_live ON orders (account)
    WHERE status IN ('WAITING', 'SUBMITTING', 'IN_DOUBT', 'OPEN', 'CANCELLING');
CREATE INDEX orders_of_run ON orders (account, run_id);
CREATE INDEX orders_of_market ON orders (account, market_id, status);
CREATE INDEX orders_by_status ON orders (account, status, created_at);
CREATE INDEX orders_by_age ON orders (account, created_at);

-- The key is what makes a fill count once.
CREATE TABLE executions (
    account TEXT NOT NULL,
    trade_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    role TEXT NOT NULL,
    seq BIGINT NOT NULL,
    run_id TEXT NOT NULL,
    market_id TEXT NOT NULL,
    outcome BIGINT NOT NULL,
    side TEXT NOT NULL,
    price BIGINT NOT NULL,
    shares BIGINT NOT NULL,
    cash BIGINT NOT NULL,
    fee BIGINT NOT NULL,
    executed_at BIGINT NOT NULL,
    PRIMARY KEY (account, trade_id, order_id, role)
);
CREATE INDEX executions_of_order ON executions (account, order_id, seq);

CREATE TABLE positions (
    account TEXT NOT NULL,
    market_id TEXT NOT NULL,
    outcome BIGINT NOT NULL,
    shares BIGINT NOT NULL,
    cost BIGINT NOT NULL,
    buy_fees BIGINT NOT NULL,
    realised BIGINT NOT NULL,
    fewest_cash BIGINT NOT NULL,
    fewest_shares BIGINT NOT NULL,
    most_cash BIGINT NOT NULL,
    most_shares BIGINT NOT NULL,
    payout BIGINT,
    paid BIGINT NOT NULL,
    flat BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account, market_id, outcome)
);
CREATE INDEX positions_held ON positions (account) WHERE flat = 0;

-- A row for each pass and for each plan. `digest` is of what a pass observed, or of a plan's content.
CREATE TABLE runs (
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    pass_id TEXT NOT NULL,
    now BIGINT NOT NULL,
    mode TEXT,
    digest TEXT NOT NULL,
    canonical TEXT,
    file TEXT,
    trades BIGINT,
    status TEXT NOT NULL,
    attempt BIGINT,
    PRIMARY KEY (account, id)
);
CREATE INDEX runs_by_age ON runs (account, kind, now);

CREATE TABLE audit_logs (
    seq INTEGER NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    at BIGINT NOT NULL,
    pass_id TEXT,
    run_id TEXT,
    order_id TEXT,
    action TEXT NOT NULL,
    detail TEXT
);
CREATE INDEX audit_logs_of_order ON audit_logs (account, order_id) WHERE order_id IS NOT NULL;

CREATE TABLE paper_markets (
    account TEXT NOT NULL,
    market_id TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account, market_id)
);

-- Not views: what a pass saw and said.
CREATE TABLE reports (
    account TEXT NOT NULL,
    pass_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    now BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account, pass_id)
);
CREATE INDEX reports_in_order ON reports (account, seq);
CREATE INDEX reports_by_age ON reports (account, now);

CREATE TABLE blobs (
    digest TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    size BIGINT NOT NULL,
    bytes BLOB NOT NULL
);

CREATE TABLE pending_plans (
    run_id TEXT NOT NULL PRIMARY KEY,
    file TEXT NOT NULL,
    text TEXT NOT NULL,
    added_at BIGINT NOT NULL
);

INSERT INTO meta (key, value) VALUES ('schema_version', 1), ('applied_seq', 0);
