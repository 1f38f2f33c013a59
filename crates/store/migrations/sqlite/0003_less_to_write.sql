-- What a pass writes of an order decides what the order costs.

-- No statement asks by market alone; the pass that is open is found by its beginning.
DROP INDEX orders_of_market;
DROP INDEX events_of_pass;

-- What an operator may want to look up, a line per fact, becomes a view in SQL's own sense: the journal says it
-- all, so a row of its own only cost time and could disagree. The matcher's bookkeeping is left out.

DROP TABLE audit_logs;
CREATE VIEW audit_logs AS
SELECT
    seq,
    account,
    at,
    pass_id,
    COALESCE(
        json_extract(body, '$.run_id'),
        json_extract(body, '$.outcome.run_id'),
        NULLIF(substr(order_id, 1, instr(order_id, '/') - 1), '')
    ) AS run_id,
    order_id,
    kind AS action,
    CASE
        WHEN kind = 'order_admitted' THEN
            json_extract(body, '$.order.trade.side')
            || ' ' || COALESCE(
                json_extract(body, '$.order.trade.outcome.label'),
                upper(json_extract(body, '$.order.trade.outcome'))
            )
            || ' of ' || COALESCE(
                json_extract(body, '$.order.trade.market.market'),
                json_extract(body, '$.order.trade.market.pick.event')
                || ' > ' || json_extract(body, '$.order.trade.market.pick.pick')
            )
            || ' at ' || json_extract(body, '$.order.trade.price')
        WHEN fill IS NOT NULL THEN
            json_extract(fill, '$.role')
            || ' ' || json_extract(fill, '$.side')
            || ' ' || json_extract(fill, '$.shares')
            || ' at ' || json_extract(fill, '$.price')
            || ', fee ' || json_extract(fill, '$.fee')
        ELSE
            -- What the fact says; an order's bytes and a plan's text are long, and stand in `events`.
            NULLIF(
                json_remove(
                    COALESCE(json_extract(body, '$.fact'), body),
                    '$.event', '$.is', '$.id', '$.run_id', '$.body', '$.canonical'
                ),
                '{}'
            )
    END AS detail
FROM (
    SELECT
        seq,
        account,
        at,
        pass_id,
        kind,
        body,
        COALESCE(json_extract(body, '$.fill'), json_extract(body, '$.fact.fill')) AS fill,
        COALESCE(
            json_extract(body, '$.id'),
            json_extract(body, '$.order.id'),
            json_extract(body, '$.fill.order'),
            json_extract(body, '$.fact.fill.order'),
            json_extract(body, '$.fact.key.order')
        ) AS order_id
    FROM events
    WHERE kind NOT IN ('queue_moved', 'liquidity_taken', 'paper_market_moved')
);
