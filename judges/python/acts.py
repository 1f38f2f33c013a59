"""What the two accounts do, act by act. Every figure is worked out here, none is taken from the server."""

import time
from types import SimpleNamespace

import account
import market
import orders
from judge import Socket


def play(judge, cast, ws):
    market.public_calls(judge, cast)
    account.keys(judge, cast)
    scene = SimpleNamespace(
        anna=cast.trader("anna", "eoa"),
        anna_proxy=cast.trader("anna", "proxy"),
        anna_safe=cast.trader("anna", "safe"),
        boris=cast.trader("boris", "deposit"),
        boris_eoa=cast.trader("boris", "eoa"),
        began=int(time.time()),
        trades=[],
        resting={},
    )
    account.balances(judge, cast, scene)
    open_sockets(judge, cast, scene, ws)
    orders.rest(judge, cast, scene)
    market.book_calls(judge, cast, scene)
    orders.cross(judge, cast, scene)
    orders.take(judge, cast, scene)
    orders.conditions(judge, cast, scene)
    orders.batch(judge, cast, scene)
    orders.wallets(judge, cast, scene)
    account.ledger(judge, cast, scene)
    account.pages(judge, cast, scene)
    market.after_trades(judge, cast, scene)
    account.extras(judge, cast, scene)
    orders.cancels(judge, cast, scene)
    account.builder(judge, cast, scene)
    account.heartbeat(judge, scene)
    for socket in (scene.tape, scene.anna_stream, scene.boris_stream):
        socket.close()
    account.goodbye(judge, cast)


def open_sockets(judge, cast, scene, ws):
    """One market channel and a user channel for each account, before the first order."""
    tokens = [cast.rain.yes, cast.rain.no]
    scene.tape = Socket(
        judge,
        f"{ws}/ws/market",
        {"type": "market", "assets_ids": tokens, "custom_feature_enabled": True},
    )
    for token in tokens:
        book = scene.tape.wait("the book on subscribing", "book", asset_id=token)
        judge.same("market of the first book", book["market"], cast.rain.condition)
        judge.same("levels of an empty book", (book["bids"], book["asks"]), ([], []))
    scene.tape.ping()
    judge.ok("ws/market", "a book for each token, PONG")
    scene.anna_stream = user_channel(judge, cast, "anna", ws)
    scene.boris_stream = user_channel(judge, cast, "boris", ws)


def user_channel(judge, cast, name, ws):
    creds = cast.creds[name]
    auth = {
        "apiKey": creds.api_key,
        "secret": creds.api_secret,
        "passphrase": creds.api_passphrase,
    }
    markets = [cast.rain.condition, cast.cup.condition]
    socket = Socket(judge, f"{ws}/ws/user", {"type": "user", "auth": auth, "markets": markets})
    socket.ping()
    judge.ok("ws/user", f"{name}: PONG")
    return socket
