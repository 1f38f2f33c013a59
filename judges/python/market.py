"""What anybody may read: the server, markets, books and prices."""

import time
from decimal import Decimal

from py_clob_client_v2.clob_types import BookParams, PricesHistoryParams


def public_calls(judge, cast):
    public = cast.public
    judge.same("/ok", public.get_ok(), "OK")
    judge.ok("get_ok")
    now = public.get_server_time()
    judge.true("/time is near ours", abs(int(now) - time.time()) < 5, now)
    judge.ok("get_server_time", now)
    judge.same("/version", public.get_version(), 2)
    judge.ok("get_version")
    for venue in (cast.rain, cast.cup):
        parameters(judge, public, venue)
    listings(judge, cast)
    judge.refused(
        "get_order_book", 404, "No orderbook exists", lambda: public.get_order_book("12345")
    )


def parameters(judge, public, venue):
    judge.same("tick size", public.get_tick_size(venue.yes), venue.tick)
    judge.ok("get_tick_size", venue.tick)
    judge.same("neg risk", public.get_neg_risk(venue.yes), venue.neg_risk)
    judge.ok("get_neg_risk", venue.neg_risk)
    judge.true("fee rate is a number of bps", public.get_fee_rate_bps(venue.yes) >= 0)
    judge.ok("get_fee_rate_bps")
    info = public.get_clob_market_info(venue.condition)
    judge.same("c", info["c"], venue.condition)
    judge.same("t", [token["t"] for token in info["t"]], [venue.yes, venue.no])
    judge.amount("mts", info["mts"], venue.tick)
    judge.amount("mos", info["mos"], venue.min_size)
    judge.same("nr", info.get("nr", False), venue.neg_risk)
    fee = info.get("fd") or {"r": 0}
    judge.amount("fd.r", fee["r"], venue.fee_rate)
    judge.ok("get_clob_market_info", f"tick {info['mts']}, fee {fee['r']}")
    exponent = public.get_fee_exponent(venue.yes)
    judge.same("fee exponent", exponent, 1 if venue.fee_rate else exponent)
    judge.ok("get_fee_exponent", exponent)


def listings(judge, cast):
    public = cast.public
    wanted = {cast.rain.condition: cast.rain, cast.cup.condition: cast.cup}
    for name, read in {
        "get_markets": public.get_markets,
        "get_simplified_markets": public.get_simplified_markets,
        "get_sampling_markets": public.get_sampling_markets,
        "get_sampling_simplified_markets": public.get_sampling_simplified_markets,
    }.items():
        rows, pages, cursor = [], 0, "MA=="
        while cursor != "LTE=":
            page = read(cursor)
            judge.same(f"{name}: count", page["count"], len(page["data"]))
            judge.true(f"{name}: no page is longer than its limit", page["count"] <= page["limit"])
            rows += page["data"]
            cursor = page["next_cursor"]
            pages += 1
            judge.true(f"{name}: the pages end", pages < 50)
        # Which markets sample is the venue's choice; that a listed one is told right is not.
        if "sampling" not in name:
            judge.same(
                f"{name}: both markets once",
                sorted(row["condition_id"] for row in rows if row["condition_id"] in wanted),
                sorted(wanted),
            )
        for row in rows:
            if venue := wanted.get(row["condition_id"]):
                tokens = [token["token_id"] for token in row["tokens"]]
                judge.same(f"{name}: tokens", tokens, [venue.yes, venue.no])
                judge.same(f"{name}: accepting", row["accepting_orders"], True)
        judge.ok(name, f"{len(rows)} in {pages} pages")
    for venue in wanted.values():
        row = public.get_market(venue.condition)
        judge.same("condition_id", row["condition_id"], venue.condition)
        judge.amount("minimum_tick_size", row["minimum_tick_size"], venue.tick)
        judge.amount("minimum_order_size", row["minimum_order_size"], venue.min_size)
        judge.same("neg_risk", row["neg_risk"], venue.neg_risk)
        judge.ok("get_market", row["question"])


def levels(side):
    return [(Decimal(level["price"]), Decimal(level["size"])) for level in side]


def book_calls(judge, cast, scene):
    """The book is 10 bid at 0.47 and 20 asked at 0.52; the other token sees it from the other side."""
    public, rain = cast.public, cast.rain
    of = {
        rain.yes: {"bid": "0.47", "bids": "10", "ask": "0.52", "asks": "20", "mid": "0.495"},
        rain.no: {"bid": "0.48", "bids": "20", "ask": "0.53", "asks": "10", "mid": "0.505"},
    }
    for token, seen in of.items():
        book = public.get_order_book(token)
        judge.same("bids", levels(book["bids"]), [(Decimal(seen["bid"]), Decimal(seen["bids"]))])
        judge.same("asks", levels(book["asks"]), [(Decimal(seen["ask"]), Decimal(seen["asks"]))])
        judge.same("market", book["market"], rain.condition)
        judge.amount("tick_size", book["tick_size"], rain.tick)
        judge.amount("min_order_size", book["min_order_size"], rain.min_size)
        judge.same("hash", public.get_order_book_hash(dict(book)), book["hash"])
        judge.ok("get_order_book", f"{seen['bid']} {seen['ask']}, hash {book['hash'][:8]}")
        for side, price in (("BUY", seen["ask"]), ("SELL", seen["bid"])):
            judge.amount(f"price to {side}", public.get_price(token, side)["price"], price)
            judge.ok("get_price", f"{side} {price}")
        judge.amount("midpoint", public.get_midpoint(token)["mid"], seen["mid"])
        judge.ok("get_midpoint", seen["mid"])
        judge.amount("spread", public.get_spread(token)["spread"], "0.05")
        judge.ok("get_spread", "0.05")
    several(judge, public, rain, of)
    to_buy = public.calculate_market_price(rain.yes, "BUY", 5.2, "FOK")
    judge.amount("price that buys for 5.2", to_buy, "0.52")
    judge.ok("calculate_market_price", to_buy)


def several(judge, public, rain, of):
    """The plural forms; a token that no market has is left out."""
    asked = [BookParams(token_id=token) for token in (rain.yes, rain.no, "12345")]
    known, sides = asked[:2], []
    for token in (rain.yes, rain.no):
        sides += [BookParams(token_id=token, side="BUY"), BookParams(token_id=token, side="SELL")]
    books = {book["asset_id"]: book for book in public.get_order_books(asked)}
    judge.same("books", sorted(books), sorted(of))
    judge.ok("get_order_books", len(books))
    prices = public.get_prices(sides)
    mids = public.get_midpoints(known)
    spreads = public.get_spreads(known)
    for token, seen in of.items():
        judge.amount("prices BUY", prices[token]["BUY"], seen["ask"])
        judge.amount("prices SELL", prices[token]["SELL"], seen["bid"])
        judge.amount("midpoints", mids[token], seen["mid"])
        judge.amount("spreads", spreads[token], "0.05")
    judge.ok("get_prices")
    judge.ok("get_midpoints")
    judge.ok("get_spreads")


def after_trades(judge, cast, scene):
    """The last trade of the market was a BUY of the other token at 0.53 that minted a pair."""
    public, rain = cast.public, cast.rain
    last = public.get_last_trade_price(rain.no)
    judge.amount("last trade price", last["price"], "0.53")
    judge.same("last trade side", last["side"], "BUY")
    judge.ok("get_last_trade_price", f"{last['side']} {last['price']}")
    asked = [BookParams(token_id=token) for token in (rain.yes, rain.no)]
    rows = {row["token_id"]: row for row in public.get_last_trades_prices(asked)}
    judge.amount("last trades prices", rows[rain.no]["price"], "0.53")
    judge.ok("get_last_trades_prices", len(rows))
    told = public.get_prices_history(
        PricesHistoryParams(market=rain.yes, interval="max", fidelity=1)
    )
    judge.true(
        "history is a list of t and p", all({"t", "p"} <= set(row) for row in told["history"])
    )
    judge.true("what was traded is in the history", len(told["history"]) > 0)
    judge.ok("get_prices_history", f"{len(told['history'])} points")
    judge.true(
        "live activity is a list", isinstance(public.get_market_trades_events(rain.condition), list)
    )
    judge.ok("get_market_trades_events")
