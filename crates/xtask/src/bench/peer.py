"""Places orders with the venue's own client and prints what that took, as JSON.

Called with what the emulator said when it opened, an account, a slug, how many orders, and how many in a
request. The client is as its requirements install it; what it would ask about the market is told to it before
the clock starts, and its imports are not counted.
"""

import json
import resource
import sys
import time

from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import (
    ApiCreds,
    OrderArgs,
    OrderType,
    PartialCreateOrderOptions,
    PostOrdersV2Args,
)

standing, name, slug, count, each = sys.argv[1:]
count, each = int(count), int(each)
with open(standing, encoding="utf-8") as file:
    standing = json.load(file)
account = next(one for one in standing["accounts"] if one["name"] == name)
market = next(one for one in standing["markets"] if one["slug"] == slug)
keys = account["credentials"]
client = ClobClient(
    standing["urls"]["clob"],
    137,
    key=account["privateKey"],
    creds=ApiCreds(keys["apiKey"], keys["secret"], keys["passphrase"]),
    signature_type=account["signatureType"],
    funder=account["funder"],
)
token = market["tokens"][0]
options = PartialCreateOrderOptions(
    tick_size=client.get_tick_size(token), neg_risk=client.get_neg_risk(token)
)


def spent():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def make(nth):
    price = (10 + nth % 20) / 100
    args = OrderArgs(token_id=token, price=price, size=20, side="BUY")
    return client.create_order(args, options)


# Asks for the venue's version, once.
make(0)
cpu, begun = spent(), time.monotonic()
placed = 0
for first in range(0, count, each):
    orders = [make(nth) for nth in range(first, min(first + each, count))]
    if each == 1:
        replies = [client.post_order(orders[0], OrderType.GTC)]
    else:
        replies = client.post_orders([PostOrdersV2Args(one, OrderType.GTC) for one in orders])
    placed += sum(reply["success"] and reply["status"] == "live" for reply in replies)
print(json.dumps({"cpu": spent() - cpu, "wall": time.monotonic() - begun, "placed": placed}))
