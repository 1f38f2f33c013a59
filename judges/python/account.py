"""What only its owner may read or change: keys, balances, orders and trades by pages, and the rest."""

import uuid
from decimal import Decimal

from py_clob_client_v2.clob_types import (
    ApiCreds,
    AssetType,
    BalanceAllowanceParams,
    BuilderTradeParams,
    DropNotificationParams,
    OpenOrderParams,
    OrderArgs,
    OrderPayload,
    OrderScoringParams,
    OrdersScoringParams,
    TradeParams,
)


def keys(judge, cast):
    """Create, derive, list, delete; one key stays with each account."""
    for name in ("anna", "boris"):
        client = cast.trader(name, "eoa").client
        creds = client.create_api_key()
        uuid.UUID(creds.api_key)
        judge.ok("create_api_key", name)
        judge.refused("create_api_key", 400, "Could not create api key", client.create_api_key)
        judge.same("derived", client.derive_api_key(), creds)
        judge.ok("derive_api_key")
        judge.same("created or derived", client.create_or_derive_api_key(), creds)
        judge.ok("create_or_derive_api_key")
        cast.creds[name] = creds
    client = cast.trader("anna", "eoa").client
    judge.refused(
        "derive_api_key", 400, "Could not derive api key", lambda: client.derive_api_key(7)
    )
    second = cast.trader("anna", "eoa").client
    second.set_api_creds(second.create_api_key(7))
    listed = second.get_api_keys()["apiKeys"]
    wanted = [cast.creds["anna"].api_key, second.creds.api_key]
    judge.same("both keys", sorted(listed), sorted(wanted))
    judge.ok("get_api_keys", len(listed))
    judge.same("deleted", second.delete_api_key(), "OK")
    judge.ok("delete_api_key")
    judge.refused("get_api_keys", 401, "Unauthorized", second.get_api_keys)
    judge.same("one is left", client.get_api_keys()["apiKeys"], wanted[:1])
    judge.ok("get_api_keys", 1)
    read_only(judge, client)
    judge.same("closed only", client.get_closed_only_mode(), {"closed_only": False})
    judge.ok("get_closed_only_mode")
    wrong = cast.trader("anna", "eoa").client
    wrong.set_api_creds(
        ApiCreds(
            api_key=cast.creds["anna"].api_key,
            api_secret=cast.creds["boris"].api_secret,
            api_passphrase=cast.creds["anna"].api_passphrase,
        )
    )
    judge.refused("get_api_keys", 401, "Unauthorized", wrong.get_api_keys)


def read_only(judge, client):
    made = client.create_readonly_api_key()["apiKey"]
    judge.ok("create_readonly_api_key")
    judge.same("read-only keys", client.get_readonly_api_keys()["readonlyApiKeys"], [made])
    judge.ok("get_readonly_api_keys")
    client.delete_readonly_api_key(made)
    judge.ok("delete_readonly_api_key")
    judge.same("none is left", client.get_readonly_api_keys()["readonlyApiKeys"], [])
    judge.ok("get_readonly_api_keys", "none")


def micros(amount):
    return int(amount * 1_000_000)


def held(who, token=None):
    kind = AssetType.CONDITIONAL if token else AssetType.COLLATERAL
    params = BalanceAllowanceParams(asset_type=kind, token_id=token)
    who.client.update_balance_allowance(params)
    return who.client.get_balance_allowance(params)


def balances(judge, cast, scene):
    """Each wallet has its own cash, so reading the wrong one is seen."""
    for who in (scene.anna, scene.anna_proxy, scene.anna_safe, scene.boris, scene.boris_eoa):
        cash = held(who)
        judge.same(f"{who.name}: cash", int(cash["balance"]), micros(who.cash))
        judge.true("allowances", all(int(value) > 0 for value in cash["allowances"].values()), cash)
        for token in (cast.rain.yes, cast.rain.no, cast.cup.yes, cast.cup.no):
            shares = held(who, token)
            judge.same(f"{who.name}: shares", int(shares["balance"]), micros(cast.shares))
        judge.ok("update_balance_allowance")
        judge.ok("get_balance_allowance", f"{who.name}: {who.cash}")


def ledger(judge, cast, scene):
    """Every dollar and share after all trades, takers' fees included."""
    rain, cup = cast.rain, cast.cup
    fees = {
        "anna": rain.fee(20, "0.52") + rain.fee(5, "0.55"),
        "boris": 2 * rain.fee(5, "0.52") + rain.fee(10, "0.53"),
        "safe": cup.fee(10, "0.333"),
    }
    # 20 and twice 5 at 0.52 and 5 at 0.55 change hands; both put up their part of the minted 10.
    traded = Decimal("10.4") + 2 * Decimal("2.6") + Decimal("2.75")
    anna, boris = traded + Decimal("4.7") + fees["anna"], traded - Decimal("5.3") - fees["boris"]
    cup_cash = Decimal("3.33")
    wanted = [
        (scene.anna, None, scene.anna.cash - anna),
        (scene.boris, None, scene.boris.cash + boris),
        (scene.anna, rain.yes, cast.shares + 20 + 5 + 5 + 5 + 10),
        (scene.boris, rain.yes, cast.shares - 20 - 5 - 5 - 5),
        (scene.boris, rain.no, cast.shares + 10),
        (scene.anna_safe, None, scene.anna_safe.cash - cup_cash - fees["safe"]),
        (scene.boris_eoa, None, scene.boris_eoa.cash + cup_cash),
        (scene.anna_safe, cup.yes, cast.shares + 10),
        (scene.boris_eoa, cup.yes, cast.shares - 10),
    ]
    for who, token, amount in wanted:
        judge.until(
            f"{who.name}: {'cash' if token is None else 'shares'} of {amount}",
            cast.stage["settles_within_seconds"],
            lambda who=who, token=token: int(held(who, token)["balance"]),
            lambda got, amount=amount: got == micros(amount),
        )
        judge.ok("get_balance_allowance", f"{who.name}: {amount}")


def pages(judge, cast, scene):
    """Orders and trades come in pages of the stage's size; filters narrow them."""
    client, rain, page = scene.anna.client, cast.rain, cast.stage["page"]
    resting = scene.resting
    mine = [resting[name] for name in ("post_only", "gtd", "first", "second", "proxy")]
    first = client.get_open_orders(only_first_page=True)
    judge.same("rows of the first page", len(first), page)
    rows = client.get_open_orders()
    judge.same("all open orders", sorted(row["id"] for row in rows), sorted(mine))
    judge.ok("get_open_orders", f"{len(rows)} in pages of {page}")
    row = {row["id"]: row for row in rows}[resting["gtd"]]
    judge.amount("price", row["price"], "0.4")
    judge.amount("original_size", row["original_size"], "6")
    judge.same("side", row["side"].upper(), "BUY")
    judge.same("owner", row["owner"], cast.creds["anna"].api_key)
    for params, expected in (
        (OpenOrderParams(id=resting["first"]), 1),
        (OpenOrderParams(market=rain.condition), 5),
        (OpenOrderParams(asset_id=rain.no), 0),
    ):
        judge.same("open orders by filter", len(client.get_open_orders(params)), expected)
        judge.ok("get_open_orders", f"{expected} by filter")
    judge.same("old orders", client.get_pre_migration_orders(), [])
    judge.ok("get_pre_migration_orders")
    trades = client.get_trades()
    judge.same("all trades", sorted(row["id"] for row in trades), sorted(scene.trades))
    judge.ok("get_trades", len(trades))
    first = client.get_trades_paginated()
    judge.same("trades of the first page", len(first["trades"]), page)
    judge.same("count", first["count"], page)
    second = client.get_trades_paginated(next_cursor=first["next_cursor"])
    seen = {row["id"] for row in first["trades"]} & {row["id"] for row in second["trades"]}
    judge.same("no trade on two pages", seen, set())
    judge.ok("get_trades_paginated", f"{page} and {len(second['trades'])}")
    for params, expected in (
        (TradeParams(market=cast.cup.condition), 1),
        (TradeParams(asset_id=rain.yes), None),
        (TradeParams(after=scene.began - 60), len(scene.trades)),
        (TradeParams(before=scene.began - 60), 0),
        (TradeParams(maker_address=scene.anna_safe.wallet), None),
    ):
        rows = client.get_trades(params)
        judge.true("trades by filter", expected is None or len(rows) == expected, len(rows))
        judge.ok("get_trades", f"{len(rows)} by filter")


def extras(judge, cast, scene):
    """Scoring and notifications."""
    client, order = scene.anna.client, scene.resting["gtd"]
    scoring = client.is_order_scoring(OrderScoringParams(orderId=order))["scoring"]
    judge.true("scoring is yes or no", isinstance(scoring, bool), scoring)
    judge.ok("is_order_scoring", scoring)
    several = client.are_orders_scoring(OrdersScoringParams(orderIds=[order]))
    judge.same("scoring by id", list(several), [order])
    judge.ok("are_orders_scoring")
    rows = scene.boris.client.get_notifications()
    judge.true("notifications", all(isinstance(row["type"], int) for row in rows), rows)
    judge.ok("get_notifications", len(rows))
    ids = [str(row["id"]) for row in rows if "id" in row]
    scene.boris.client.drop_notifications(DropNotificationParams(ids=ids or ["1"]))
    judge.ok("drop_notifications", len(ids))


def builder(judge, cast, scene):
    """Builder keys, an order with a builder's code, its fee and its trades."""
    client, code = scene.anna.client, cast.stage["builder"]
    made = client.create_builder_api_key()
    judge.true("builder key", {"key", "secret", "passphrase"} <= set(made), sorted(made))
    judge.ok("create_builder_api_key")
    judge.same("builder keys", [row["key"] for row in client.get_builder_api_keys()], [made["key"]])
    judge.ok("get_builder_api_keys")
    order = client.create_order(
        OrderArgs(token_id=cast.rain.yes, price=0.2, size=5, side="BUY", builder_code=code)
    )
    reply = client.post_order(order)
    judge.same("id", reply["orderID"], scene.anna.id_of(order, cast.rain))
    judge.ok("post_order", "with a builder's code")
    client.cancel_order(OrderPayload(orderID=reply["orderID"]))
    rows = client.get_builder_trades(BuilderTradeParams(builder_code=code))
    judge.same("builder trades", rows["trades"], [])
    judge.ok("get_builder_trades")


def heartbeat(judge, scene):
    """The last thing but the keys: from here on the switch is armed."""
    client = scene.anna.client
    first = client.post_heartbeat("")["heartbeat_id"]
    uuid.UUID(first)
    judge.ok("post_heartbeat", "armed")
    second = client.post_heartbeat(first)["heartbeat_id"]
    uuid.UUID(second)
    judge.ok("post_heartbeat", "again")
    judge.refused(
        "post_heartbeat", 400, second, lambda: client.post_heartbeat(str(uuid.UUID(int=1)))
    )


def goodbye(judge, cast):
    """A deleted key opens nothing."""
    client = cast.trader("boris", "eoa").client
    judge.same("deleted", client.delete_api_key(), "OK")
    judge.ok("delete_api_key")
    judge.refused("get_open_orders", 401, "Unauthorized", client.get_open_orders)
