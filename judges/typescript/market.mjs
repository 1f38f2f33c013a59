// What anybody may read: the server, markets, books and prices.

import { micros } from "./judge.mjs";

const NO_TOKEN = "12345";

export async function publicCalls(judge, cast) {
  const it = cast.public;
  judge.same("/ok", await it.getOk(), "OK");
  judge.ok("getOk");
  const now = await it.getServerTime();
  judge.yes("/time is near ours", Math.abs(now - Date.now() / 1000) < 5, now);
  judge.ok("getServerTime", now);
  judge.same("/version", await it.getVersion(), 2);
  judge.ok("getVersion");
  for (const venue of [cast.rain, cast.cup]) await parameters(judge, it, venue);
  await listings(judge, cast);
  await judge.refused("getOrderBook", 404, "No orderbook exists", () => it.getOrderBook(NO_TOKEN));
}

async function parameters(judge, it, venue) {
  judge.same("tick size", await it.getTickSize(venue.yes), venue.tick);
  judge.ok("getTickSize", venue.tick);
  judge.same("neg risk", await it.getNegRisk(venue.yes), venue.neg_risk);
  judge.ok("getNegRisk", venue.neg_risk);
  judge.yes("fee rate is a number of bps", (await it.getFeeRateBps(venue.yes)) >= 0);
  judge.ok("getFeeRateBps");
  const info = await it.getClobMarketInfo(venue.condition);
  judge.same("c", info.c, venue.condition);
  judge.same("t", info.t.map((token) => token.t), [venue.yes, venue.no]);
  judge.amount("mts", info.mts, venue.tick);
  judge.amount("mos", info.mos, venue.min_size);
  judge.same("nr", info.nr ?? false, venue.neg_risk);
  judge.amount("fd.r", info.fd?.r ?? 0, venue.fee_rate);
  judge.ok("getClobMarketInfo", `tick ${info.mts}, fee ${info.fd?.r ?? 0}`);
  const exponent = await it.getFeeExponent(venue.yes);
  judge.yes("fee exponent", micros(venue.fee_rate) === 0n || exponent === 1, exponent);
  judge.ok("getFeeExponent", exponent);
}

async function listings(judge, cast) {
  const wanted = { [cast.rain.condition]: cast.rain, [cast.cup.condition]: cast.cup };
  const names = [
    "getMarkets",
    "getSimplifiedMarkets",
    "getSamplingMarkets",
    "getSamplingSimplifiedMarkets",
  ];
  for (const name of names) {
    const rows = [];
    let [cursor, pages] = [undefined, 0];
    while (cursor !== "LTE=") {
      const page = await cast.public[name](cursor);
      judge.same(`${name}: count`, page.count, page.data.length);
      judge.yes(`${name}: no page is longer than its limit`, page.count <= page.limit, page.limit);
      rows.push(...page.data);
      cursor = page.next_cursor;
      pages += 1;
      judge.yes(`${name}: the pages end`, pages < 50, pages);
    }
    const ours = rows.filter((row) => row.condition_id in wanted);
    // Which markets sample is the venue's choice; that a listed one is told right is not.
    if (!name.includes("Sampling")) {
      const listed = ours.map((row) => row.condition_id).sort();
      judge.same(`${name}: both markets once`, listed, Object.keys(wanted).sort());
    }
    for (const row of ours) {
      const venue = wanted[row.condition_id];
      const tokens = row.tokens.map((token) => token.token_id);
      judge.same(`${name}: tokens`, tokens, [venue.yes, venue.no]);
      judge.same(`${name}: accepting`, row.accepting_orders, true);
    }
    judge.ok(name, `${rows.length} in ${pages} pages`);
  }
  for (const venue of Object.values(wanted)) {
    const row = await cast.public.getMarket(venue.condition);
    judge.same("condition_id", row.condition_id, venue.condition);
    judge.amount("minimum_tick_size", row.minimum_tick_size, venue.tick);
    judge.amount("minimum_order_size", row.minimum_order_size, venue.min_size);
    judge.same("neg_risk", row.neg_risk, venue.neg_risk);
    judge.ok("getMarket", row.question);
  }
}

const levels = (side) => side.map(({ price, size }) => [micros(price), micros(size)]);

/** The book is 10 bid at 0.47 and 20 asked at 0.52; the other token sees it from the other side. */
export async function bookCalls(judge, cast) {
  const { public: it, rain } = cast;
  const of = {
    [rain.yes]: { bid: "0.47", bids: "10", ask: "0.52", asks: "20", mid: "0.495" },
    [rain.no]: { bid: "0.48", bids: "20", ask: "0.53", asks: "10", mid: "0.505" },
  };
  for (const [token, seen] of Object.entries(of)) {
    const book = await it.getOrderBook(token);
    judge.same("bids", levels(book.bids), [[micros(seen.bid), micros(seen.bids)]]);
    judge.same("asks", levels(book.asks), [[micros(seen.ask), micros(seen.asks)]]);
    judge.same("market", book.market, rain.condition);
    judge.amount("tick_size", book.tick_size, rain.tick);
    judge.amount("min_order_size", book.min_order_size, rain.min_size);
    judge.same("hash", await it.getOrderBookHash({ ...book }), book.hash);
    judge.ok("getOrderBook", `${seen.bid} ${seen.ask}, hash ${book.hash.slice(0, 8)}`);
    for (const [side, price] of [["BUY", seen.ask], ["SELL", seen.bid]]) {
      judge.amount(`price to ${side}`, (await it.getPrice(token, side)).price, price);
      judge.ok("getPrice", `${side} ${price}`);
    }
    judge.amount("midpoint", (await it.getMidpoint(token)).mid, seen.mid);
    judge.ok("getMidpoint", seen.mid);
    judge.amount("spread", (await it.getSpread(token)).spread, "0.05");
    judge.ok("getSpread", "0.05");
  }
  await several(judge, it, of);
  const toBuy = await it.calculateMarketPrice(rain.yes, "BUY", 5.2, "FOK");
  judge.amount("price that buys for 5.2", toBuy, "0.52");
  judge.ok("calculateMarketPrice", toBuy);
}

/** The plural forms; a token that no market has is left out. */
async function several(judge, it, of) {
  const tokens = Object.keys(of);
  const asked = tokens.map((token_id) => ({ token_id, side: "BUY" }));
  const books = await it.getOrderBooks([...asked, { token_id: NO_TOKEN, side: "BUY" }]);
  judge.same("books", books.map((book) => book.asset_id).sort(), [...tokens].sort());
  judge.ok("getOrderBooks", books.length);
  const sides = tokens.flatMap((token_id) => ["BUY", "SELL"].map((side) => ({ token_id, side })));
  const prices = await it.getPrices(sides);
  const mids = await it.getMidpoints(asked);
  const spreads = await it.getSpreads(asked);
  for (const [token, seen] of Object.entries(of)) {
    judge.amount("prices BUY", prices[token].BUY, seen.ask);
    judge.amount("prices SELL", prices[token].SELL, seen.bid);
    judge.amount("midpoints", mids[token], seen.mid);
    judge.amount("spreads", spreads[token], "0.05");
  }
  for (const name of ["getPrices", "getMidpoints", "getSpreads"]) judge.ok(name);
}

/** The last trade of the market was a BUY of the other token at 0.53 that minted a pair. */
export async function afterTrades(judge, cast) {
  const { public: it, rain } = cast;
  const last = await it.getLastTradePrice(rain.no);
  judge.amount("last trade price", last.price, "0.53");
  judge.same("last trade side", last.side, "BUY");
  judge.ok("getLastTradePrice", `${last.side} ${last.price}`);
  const asked = [rain.yes, rain.no].map((token_id) => ({ token_id, side: "BUY" }));
  const rows = await it.getLastTradesPrices(asked);
  judge.amount("last trades", rows.find((row) => row.token_id === rain.no).price, "0.53");
  judge.ok("getLastTradesPrices", rows.length);
  const told = await it.getPricesHistory({ market: rain.yes, interval: "max", fidelity: 1 });
  judge.yes("what was traded is in the history", told.history.length > 0, told);
  judge.yes("points of t and p", told.history.every((row) => row.t > 0 && row.p > 0), told);
  judge.ok("getPricesHistory", `${told.history.length} points`);
  const events = await it.getMarketTradesEvents(rain.condition);
  judge.yes("live activity is a list", Array.isArray(events), events);
  judge.ok("getMarketTradesEvents");
}
