"""Who trades and on what: clients of the unmodified library, one for each wallet, made from the stage."""

from decimal import Decimal

from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.config import get_contract_config
from py_clob_client_v2.order_utils.exchange_order_builder_v2 import ExchangeOrderBuilderV2


class Market:
    """A market of the stage."""

    def __init__(self, told):
        self.condition = told["condition"]
        self.yes = told["yes"]
        self.no = told["no"]
        self.tick = told["tick"]
        self.min_size = told["min_size"]
        self.neg_risk = told["neg_risk"]
        self.fee_rate = Decimal(told["fee_rate"])

    def fee(self, shares, price):
        """What the venue charges a taker, in dollars, to the fifth decimal."""
        shares, price = Decimal(shares), Decimal(price)
        return (shares * self.fee_rate * price * (1 - price)).quantize(Decimal("0.00001"))


class Trader:
    """One wallet of one account."""

    def __init__(self, host, stage, account, wallet, creds=None):
        told = stage["accounts"][account]
        self.name = f"{account}'s {wallet}"
        self.wallet = told["wallets"][wallet]["address"]
        self.kind = told["wallets"][wallet]["type"]
        self.cash = Decimal(told["wallets"][wallet]["cash"])
        self.chain = stage["chain"]
        funder = None if self.kind == 0 else self.wallet
        self.client = ClobClient(
            host, self.chain, key=told["key"], creds=creds, signature_type=self.kind, funder=funder
        )

    def id_of(self, order, market):
        """The order's id, computed here by the library's own code before the server says it."""
        config = get_contract_config(self.chain)
        exchange = config.neg_risk_exchange_v2 if market.neg_risk else config.exchange_v2
        builder = ExchangeOrderBuilderV2(exchange, self.chain, self.client.signer)
        return builder.build_order_hash(builder.build_order_typed_data(order))


class Cast:
    """Everybody; the clients of one account share its key."""

    def __init__(self, host, stage):
        self.host = host
        self.stage = stage
        self.rain = Market(stage["markets"]["rain"])
        self.cup = Market(stage["markets"]["cup"])
        self.shares = Decimal(stage["shares_of_every_wallet"])
        self.public = ClobClient(host, stage["chain"])
        self.creds = {}

    def trader(self, account, wallet):
        return Trader(self.host, self.stage, account, wallet, self.creds.get(account))
