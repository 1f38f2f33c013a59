"""Placing, matching and cancelling: each order type, each way to cancel, each wallet kind."""

import time

from py_clob_client_v2.clob_types import (
    MarketOrderArgs,
    OpenOrderParams,
    OrderArgs,
    OrderMarketCancelParams,
    OrderPayload,
    OrderType,
    PartialCreateOrderOptions,
    PostOrdersV2Args,
    TradeParams,
)
from judge import is_amount

ORDER_GONE = "0x" + "11" * 32


def place(judge, who, venue, side, size, price, kind=OrderType.GTC, **more):
    """Posts a limit order and checks that the server names it as we do."""
    token = more.pop("token", venue.yes)
    post_only = more.pop("post_only", False)
    order = who.client.create_order(
        OrderArgs(token_id=token, price=price, size=size, side=side, **more)
    )
    expected = who.id_of(order, venue)
    reply = who.client.post_order(order, kind, post_only)
    what = f"{who.name} {kind} {side} {size} @ {price}"
    judge.same(f"{what}: success", reply["success"], True)
    judge.same(f"{what}: errorMsg", reply["errorMsg"], "")
    judge.same(f"{what}: id", reply["orderID"], expected)
    return reply


def sell_now(judge, who, venue, shares, price, kind):
    order = who.client.create_market_order(
        MarketOrderArgs(
            token_id=venue.yes, amount=shares, side="SELL", price=price, order_type=kind
        )
    )
    expected = who.id_of(order, venue)
    reply = who.client.post_order(order, kind)
    judge.same(f"{kind} SELL {shares}: id", reply["orderID"], expected)
    return reply


def rested(judge, reply):
    judge.same("status", reply["status"].lower(), "live")
    judge.same("nothing traded", reply.get("tradeIDs") or [], [])
    return reply["orderID"]


def matched(judge, scene, reply, gave, got):
    """A match: amounts, one trade, and the hash the library waited for."""
    judge.same("status", reply["status"].lower(), "matched")
    judge.amount("makingAmount", reply["makingAmount"], gave)
    judge.amount("takingAmount", reply["takingAmount"], got)
    judge.same("one trade", len(reply["tradeIDs"]), 1)
    judge.same("its hash, once mined", len(reply["transactionsHashes"]), 1)
    judge.true("a hash", len(reply["transactionsHashes"][0]) == 66, reply["transactionsHashes"])
    scene.trades.append(reply["tradeIDs"][0])
    return reply["orderID"]


def shows(token, side, price):
    """For `wait`: changes among which 20 stand at a price."""
    return lambda changes: any(
        change["asset_id"] == token
        and change["side"] == side
        and is_amount(price)(change["price"])
        and is_amount("20")(change["size"])
        for change in changes
    )


def rest(judge, cast, scene):
    """Two orders that do not meet: 20 asked at 0.52, 10 bid at 0.47."""
    rain = cast.rain
    ask = rested(judge, place(judge, scene.boris, rain, "SELL", 20, 0.52))
    judge.ok("post_order", "GTC SELL 20 @ 0.52 rests, signature type 3")
    for token, side, price in ((rain.yes, "SELL", "0.52"), (rain.no, "BUY", "0.48")):
        is_this = shows(token, side, price)
        scene.tape.wait(f"{side} 20 @ {price} on the tape", "price_change", price_changes=is_this)
    placed = scene.boris_stream.wait("the placement", "order", id=ask, type="PLACEMENT")
    judge.amount("original_size", placed["original_size"], "20")
    judge.amount("size_matched", placed["size_matched"], "0")
    judge.amount("price", placed["price"], "0.52")
    judge.same("side", placed["side"], "SELL")
    judge.same("owner", placed["owner"], cast.creds["boris"].api_key)
    judge.ok("ws order PLACEMENT")
    bid = rested(judge, place(judge, scene.anna, rain, "BUY", 10, 0.47))
    judge.ok("create_order, post_order", "GTC BUY 10 @ 0.47 rests, signature type 0")
    scene.resting.update(ask=ask, bid=bid)
    row = scene.anna.client.get_order(bid)
    judge.same("status", row["status"].upper(), "LIVE")
    judge.amount("original_size", row["original_size"], "10")
    judge.amount("size_matched", row["size_matched"], "0")
    judge.same("maker_address", row["maker_address"].lower(), scene.anna.wallet.lower())
    judge.same("market", row["market"], rain.condition)
    judge.same("asset_id", row["asset_id"], rain.yes)
    judge.same("outcome", row["outcome"].lower(), "yes")
    judge.same("order_type", row["order_type"].upper(), "GTC")
    judge.same("expiration", row["expiration"], "0")
    judge.true("created_at", abs(int(row["created_at"]) - time.time()) < 60, row["created_at"])
    judge.ok("get_order", row["status"])


def cross(judge, cast, scene):
    """Anna buys 30 at 0.52: 20 match Boris's order, 10 rest. Both follow the trade to its end."""
    rain, anna, boris = cast.rain, scene.anna, scene.boris
    reply = place(judge, anna, rain, "BUY", 30, 0.52)
    taker_id = matched(judge, scene, reply, "10.4", "20")
    judge.ok("post_order", "GTC BUY 30 @ 0.52 matches 20")
    trade_id = scene.trades[0]
    for who, stream, role in (
        (anna, scene.anna_stream, "TAKER"),
        (boris, scene.boris_stream, "MAKER"),
    ):
        for status in ("MATCHED", "MINED", "CONFIRMED"):
            told = stream.wait(f"{who.name}: {status}", "trade", id=trade_id, status=status)
            judge.amount("size", told["size"], "20")
            judge.amount("price", told["price"], "0.52")
            judge.same("taker_order_id", told["taker_order_id"], taker_id)
            judge.same("trader_side", told["trader_side"], role)
        judge.ok("ws trade", f"{role} MATCHED MINED CONFIRMED")
        row = one_trade(judge, who, trade_id)
        judge.same("trader_side", row["trader_side"], role)
        judge.same("taker_order_id", row["taker_order_id"], taker_id)
        judge.same("side", row["side"], "BUY")
        judge.amount("size", row["size"], "20")
        judge.amount("price", row["price"], "0.52")
        # The outer fields are the taker's, whoever reads.
        judge.same("maker_address", row["maker_address"].lower(), anna.wallet.lower())
        [maker] = row["maker_orders"]
        judge.same("maker's order", maker["order_id"], scene.resting["ask"])
        judge.amount("matched_amount", maker["matched_amount"], "20")
        judge.amount("maker's price", maker["price"], "0.52")
        judge.same("maker's side", maker["side"], "SELL")
        judge.same("maker's wallet", maker["maker_address"].lower(), boris.wallet.lower())
        judge.same("hash", row["transaction_hash"], reply["transactionsHashes"][0])
        judge.ok("get_trades", f"{role} {row['status']}")
    filled = scene.boris_stream.wait(
        "the maker's update", "order", id=scene.resting["ask"], type="UPDATE"
    )
    judge.amount("size_matched", filled["size_matched"], "20")
    judge.ok("ws order UPDATE")
    tape = scene.tape.wait("the print", "last_trade_price", asset_id=rain.yes)
    judge.amount("price", tape["price"], "0.52")
    judge.amount("size", tape["size"], "20")
    judge.same("side", tape["side"], "BUY")
    judge.ok("ws last_trade_price")
    row = anna.client.get_order(taker_id)
    judge.amount("original_size", row["original_size"], "30")
    judge.amount("size_matched", row["size_matched"], "20")
    judge.true("the trade stands with the order", trade_id in row["associate_trades"], row)
    judge.ok("get_order", "20 of 30")
    scene.resting["rest"] = taker_id


def one_trade(judge, who, trade_id):
    """The trade once it is confirmed."""
    rows = judge.until(
        f"{who.name}: trade {trade_id}",
        5,
        lambda: who.client.get_trades(TradeParams(id=trade_id)),
        lambda rows: len(rows) == 1 and rows[0]["status"].endswith("CONFIRMED"),
    )
    return rows[0]


def take(judge, cast, scene):
    """FOK and FAK, filled and not; a market BUY that prices itself; a pair minted by two BUYs."""
    rain, anna, boris = cast.rain, scene.anna, scene.boris
    matched(judge, scene, sell_now(judge, boris, rain, 5, 0.52, OrderType.FOK), "5", "2.6")
    judge.ok("create_market_order, post_order", "FOK SELL 5 @ 0.52 filled")
    judge.refused(
        "post_order FOK",
        400,
        "order couldn't be fully filled",
        lambda: sell_now(judge, boris, rain, 100, 0.52, OrderType.FOK),
    )
    matched(judge, scene, sell_now(judge, boris, rain, 20, 0.52, OrderType.FAK), "5", "2.6")
    judge.ok("post_order", "FAK SELL 20 @ 0.52 takes the 5 that are there")
    judge.refused(
        "post_order FAK",
        400,
        "no orders found to match with FAK order",
        lambda: sell_now(judge, boris, rain, 10, 0.60, OrderType.FAK),
    )
    scene.resting["ask"] = rested(judge, place(judge, boris, rain, "SELL", 10, 0.55))
    judge.ok("post_order", "GTC SELL 10 @ 0.55 rests")
    reply = anna.client.create_and_post_market_order(
        MarketOrderArgs(token_id=rain.yes, amount=2.75, side="BUY", order_type=OrderType.FOK)
    )
    matched(judge, scene, reply, "2.75", "5")
    judge.ok("create_and_post_market_order", "FOK BUY for 2.75 finds 0.55, gets 5")
    reply = place(judge, boris, rain, "BUY", 10, 0.53, token=rain.no)
    matched(judge, scene, reply, "5.3", "10")
    row = one_trade(judge, anna, scene.trades[-1])
    [maker] = row["maker_orders"]
    judge.same("taker's token", row["asset_id"], rain.no)
    judge.amount("taker's price", row["price"], "0.53")
    judge.same("maker's token", maker["asset_id"], rain.yes)
    judge.amount("maker's price", maker["price"], "0.47")
    judge.same("maker's side", maker["side"], "BUY")
    judge.same("maker's order", maker["order_id"], scene.resting["bid"])
    judge.ok("post_order", "BUY NO 10 @ 0.53 mints with BUY YES 10 @ 0.47")


def conditions(judge, cast, scene):
    """Post-only, good till a time, and what the venue refuses."""
    rain, anna = cast.rain, scene.anna
    scene.resting["post_only"] = rested(
        judge, place(judge, anna, rain, "BUY", 5, 0.41, post_only=True)
    )
    judge.ok("post_order", "post-only BUY 5 @ 0.41 rests")
    judge.refused(
        "post_order post-only",
        400,
        "order crosses book",
        lambda: place(judge, anna, rain, "BUY", 5, 0.55, post_only=True),
    )
    until = int(time.time()) + 600
    reply = place(judge, anna, rain, "BUY", 6, 0.40, OrderType.GTD, expiration=until)
    scene.resting["gtd"] = rested(judge, reply)
    row = anna.client.get_order(reply["orderID"])
    judge.same("expiration", int(row["expiration"]), until)
    judge.same("order_type", row["order_type"].upper(), "GTD")
    judge.ok("post_order", f"GTD BUY 6 @ 0.40 until {until}")
    soon = int(time.time()) + 30
    judge.refused(
        "post_order GTD",
        400,
        "invalid expiration",
        lambda: place(judge, anna, rain, "BUY", 6, 0.40, OrderType.GTD, expiration=soon),
    )
    judge.refused(
        "post_order", 400, "lower than the minimum", lambda: place(judge, anna, rain, "BUY", 1, 0.4)
    )
    judge.refused(
        "post_order", 400, "not enough balance", lambda: place(judge, anna, rain, "BUY", 9000, 0.5)
    )
    order = anna.client.create_order(OrderArgs(token_id=rain.yes, price=0.44, size=5, side="BUY"))
    reply = anna.client.post_order(order)
    judge.refused("post_order", 400, "Duplicated", lambda: anna.client.post_order(order))
    answer = anna.client.cancel_order(OrderPayload(orderID=reply["orderID"]))
    judge.same("canceled", answer["canceled"], [reply["orderID"]])
    told = scene.anna_stream.wait(
        "the cancellation", "order", id=reply["orderID"], type="CANCELLATION"
    )
    judge.amount("nothing matched", told["size_matched"] or "0", "0")
    judge.ok("cancel_order", "told on ws/user")


def batch(judge, cast, scene):
    """Three legs, of which one is too small: two rest, one says why not."""
    rain, anna = cast.rain, scene.anna
    legs, ids = [], []
    for size, price in ((5, 0.42), (5, 0.43), (1, 0.44)):
        order = anna.client.create_order(
            OrderArgs(token_id=rain.yes, price=price, size=size, side="BUY")
        )
        ids.append(anna.id_of(order, rain))
        legs.append(PostOrdersV2Args(order=order, orderType=OrderType.GTC))
    replies = anna.client.post_orders(legs)
    judge.same("a reply for each leg", len(replies), 3)
    for reply, expected in zip(replies[:2], ids):
        judge.same("id", reply["orderID"], expected)
        rested(judge, reply)
    judge.true("the third says why", "lower than the minimum" in replies[2]["errorMsg"], replies[2])
    judge.same("and has no id", replies[2]["orderID"], "")
    scene.resting.update(first=ids[0], second=ids[1])
    judge.ok("post_orders", "two rest, one refused")


def wallets(judge, cast, scene):
    """Signature types 1 and 2, and a neg-risk market with a finer tick."""
    rain, cup = cast.rain, cast.cup
    reply = place(judge, scene.anna_proxy, rain, "BUY", 10, 0.30)
    scene.resting["proxy"] = rested(judge, reply)
    row = scene.anna_proxy.client.get_order(reply["orderID"])
    judge.same("maker_address", row["maker_address"].lower(), scene.anna_proxy.wallet.lower())
    judge.ok("post_order", "signature type 1")
    rested(judge, place(judge, scene.boris_eoa, cup, "SELL", 10, 0.333))
    reply = place(judge, scene.anna_safe, cup, "BUY", 10, 0.333)
    matched(judge, scene, reply, "3.33", "10")
    row = one_trade(judge, scene.anna_safe, scene.trades[-1])
    judge.same("maker_address", row["maker_address"].lower(), scene.anna_safe.wallet.lower())
    judge.ok("post_order", "signature type 2, neg-risk, 0.333")
    wrong = scene.anna_safe.client.create_order(
        OrderArgs(token_id=cup.yes, price=0.2, size=10, side="BUY"),
        PartialCreateOrderOptions(neg_risk=False),
    )
    judge.refused(
        "post_order",
        400,
        "invalid signature",
        lambda: scene.anna_safe.client.post_order(wrong),
    )


def cancels(judge, cast, scene):
    """One, several, those of a market, all; an unknown id is told, not an error."""
    rain, client, resting = cast.rain, scene.anna.client, scene.resting
    answer = client.cancel_order(OrderPayload(orderID=resting["first"]))
    judge.same("canceled", answer["canceled"], [resting["first"]])
    judge.ok("cancel_order")
    answer = client.cancel_orders([resting["second"], ORDER_GONE])
    judge.same("canceled", answer["canceled"], [resting["second"]])
    judge.same("not_canceled", list(answer["not_canceled"]), [ORDER_GONE])
    judge.ok("cancel_orders", answer["not_canceled"][ORDER_GONE])
    answer = client.cancel_market_orders(
        OrderMarketCancelParams(market=rain.condition, asset_id=rain.no)
    )
    judge.same("nothing of hers rests there", answer["canceled"], [])
    answer = scene.boris.client.cancel_market_orders(OrderMarketCancelParams(asset_id=rain.yes))
    judge.same("canceled", answer["canceled"], [resting["ask"]])
    judge.ok("cancel_market_orders")
    answer = client.cancel_all()
    left = [resting["post_only"], resting["gtd"], resting["proxy"]]
    judge.same("canceled", sorted(answer["canceled"]), sorted(left))
    judge.ok("cancel_all", len(left))
    judge.same("nothing is left", client.get_open_orders(OpenOrderParams()), [])
    judge.ok("get_open_orders", "none")
    book = cast.public.get_order_book(rain.yes)
    judge.same("the book is empty", (book["bids"], book["asks"]), ([], []))
    judge.ok("get_order_book", "empty")
    scene.tape.wait("a level that is gone", "price_change", price_changes=emptied)


def emptied(changes):
    return any(is_amount("0")(change["size"]) for change in changes)
