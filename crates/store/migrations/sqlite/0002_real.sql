-- Real trading: what the venue calls an order, and how far the settlement of a fill is. Both are views.

ALTER TABLE orders ADD COLUMN venue_id TEXT;
CREATE INDEX orders_at_venue ON orders (account, venue_id) WHERE venue_id IS NOT NULL;

-- `final` is 1 once the venue has confirmed the trade or given it up.
CREATE TABLE settlements (
    account TEXT NOT NULL,
    trade_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    role TEXT NOT NULL,
    settlement TEXT NOT NULL,
    final BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account, trade_id, order_id, role)
);
CREATE INDEX settlements_under_way ON settlements (account) WHERE final = 0;
