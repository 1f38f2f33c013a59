// Who trades and on what: clients of the unmodified library, one for each wallet, made from the stage.

import { ClobClient, getContractConfig } from "@polymarket/clob-client-v2";
import { createWalletClient, hashTypedData, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { micros } from "./judge.mjs";

const ORDER = [
  ["salt", "uint256"],
  ["maker", "address"],
  ["signer", "address"],
  ["tokenId", "uint256"],
  ["makerAmount", "uint256"],
  ["takerAmount", "uint256"],
  ["side", "uint8"],
  ["signatureType", "uint8"],
  ["timestamp", "uint256"],
  ["metadata", "bytes32"],
  ["builder", "bytes32"],
].map(([name, type]) => ({ name, type }));

/** What the venue charges a taker, in millionths, to the fifth decimal. */
export function fee(market, shares, price) {
  const p = micros(price);
  const exact = micros(market.fee_rate) * micros(shares) * p * (1_000_000n - p);
  const unit = 10n ** 18n;
  const hundredThousandths = (exact / unit + 5n) / 10n;
  return hundredThousandths * 10n;
}

/** One wallet of one account. */
export class Trader {
  constructor(host, stage, account, wallet, creds) {
    const told = stage.accounts[account];
    const { type, address, cash } = told.wallets[wallet];
    this.name = `${account}'s ${wallet}`;
    this.wallet = address;
    this.cash = cash;
    this.chain = stage.chain;
    // Signs by itself: the transport is never used.
    const signer = createWalletClient({
      account: privateKeyToAccount(told.key),
      transport: http("http://127.0.0.1:9"),
    });
    this.with = (more) =>
      new ClobClient({
        host,
        chain: stage.chain,
        signer,
        signatureType: type,
        funderAddress: type === 0 ? undefined : address,
        ...more,
      });
    this.client = this.with({ creds, throwOnError: true });
  }

  /** The order's id, computed before the server says it. */
  idOf(order, market) {
    const config = getContractConfig(this.chain);
    return hashTypedData({
      domain: {
        name: "Polymarket CTF Exchange",
        version: "2",
        chainId: this.chain,
        verifyingContract: market.neg_risk ? config.negRiskExchangeV2 : config.exchangeV2,
      },
      types: { Order: ORDER },
      primaryType: "Order",
      message: { ...order, side: order.side === "BUY" ? 0 : 1 },
    });
  }
}

/** Everybody; the clients of one account share its key. */
export class Cast {
  creds = {};

  constructor(host, stage) {
    this.host = host;
    this.stage = stage;
    this.rain = stage.markets.rain;
    this.cup = stage.markets.cup;
    this.shares = micros(stage.shares_of_every_wallet);
    this.public = new ClobClient({ host, chain: stage.chain, throwOnError: true });
  }

  trader(account, wallet) {
    return new Trader(this.host, this.stage, account, wallet, this.creds[account]);
  }
}
