// Placing, matching and cancelling: each order type, each way to cancel, each wallet kind.

import { micros } from "./judge.mjs";

const ORDER_GONE = `0x${"11".repeat(32)}`;
const seconds = () => Math.floor(Date.now() / 1000);
const lower = (text) => text.toLowerCase();

/** Posts a limit order and checks that the server names it as we do. */
async function place(judge, who, venue, side, size, price, more = {}) {
  const { token = venue.yes, kind = "GTC", postOnly = false, ...rest } = more;
  const order = await who.client.createOrder({ tokenID: token, price, size, side, ...rest });
  const expected = who.idOf(order, venue);
  const reply = await who.client.postOrder(order, kind, postOnly);
  const what = `${who.name} ${kind} ${side} ${size} @ ${price}`;
  judge.same(`${what}: success`, reply.success, true);
  judge.same(`${what}: errorMsg`, reply.errorMsg, "");
  judge.same(`${what}: id`, reply.orderID, expected);
  return reply;
}

async function sellNow(judge, who, venue, amount, price, kind) {
  const order = await who.client.createMarketOrder({
    tokenID: venue.yes,
    side: "SELL",
    amount,
    price,
    orderType: kind,
  });
  const expected = who.idOf(order, venue);
  const reply = await who.client.postOrder(order, kind);
  judge.same(`${kind} SELL ${amount}: id`, reply.orderID, expected);
  return reply;
}

function rested(judge, reply) {
  judge.same("status", lower(reply.status), "live");
  judge.same("nothing traded", reply.tradeIDs ?? [], []);
  return reply.orderID;
}

/** A match: amounts, one trade, and the hash the library waited for. */
function matched(judge, scene, reply, gave, got) {
  judge.same("status", lower(reply.status), "matched");
  judge.amount("makingAmount", reply.makingAmount, gave);
  judge.amount("takingAmount", reply.takingAmount, got);
  judge.same("one trade", reply.tradeIDs.length, 1);
  judge.same("its hash, once mined", reply.transactionsHashes?.length, 1);
  judge.same("a hash", reply.transactionsHashes[0].length, 66);
  scene.trades.push(reply.tradeIDs[0]);
  return reply.orderID;
}

/** Two orders that do not meet: 20 asked at 0.52, 10 bid at 0.47. */
export async function rest(judge, cast, scene) {
  const { rain } = cast;
  const ask = rested(judge, await place(judge, scene.boris, rain, "SELL", 20, 0.52));
  judge.ok("postOrder", "GTC SELL 20 @ 0.52 rests, signature type 3");
  const mirrored = [[rain.yes, "SELL", "0.52"], [rain.no, "BUY", "0.48"]];
  for (const [token, side, price] of mirrored) {
    const isThis = (change) =>
      change.asset_id === token &&
      change.side === side &&
      micros(change.price) === micros(price) &&
      micros(change.size) === micros("20");
    const onTape = { price_changes: (changes) => changes.some(isThis) };
    await scene.tape.wait(`${side} 20 @ ${price} on the tape`, "price_change", onTape);
  }
  const wanted = { id: ask, type: "PLACEMENT" };
  const placed = await scene.borisStream.wait("the placement", "order", wanted);
  judge.amount("original_size", placed.original_size, "20");
  judge.amount("size_matched", placed.size_matched, "0");
  judge.amount("price", placed.price, "0.52");
  judge.same("side", placed.side, "SELL");
  judge.same("owner", placed.owner, cast.creds.boris.key);
  judge.ok("ws order PLACEMENT");
  const bid = rested(judge, await place(judge, scene.anna, rain, "BUY", 10, 0.47));
  judge.ok("createOrder, postOrder", "GTC BUY 10 @ 0.47 rests, signature type 0");
  Object.assign(scene.resting, { ask, bid });
  const row = await scene.anna.client.getOrder(bid);
  judge.same("status", row.status.toUpperCase(), "LIVE");
  judge.amount("original_size", row.original_size, "10");
  judge.amount("size_matched", row.size_matched, "0");
  judge.same("maker_address", lower(row.maker_address), lower(scene.anna.wallet));
  judge.same("market", row.market, rain.condition);
  judge.same("asset_id", row.asset_id, rain.yes);
  judge.same("outcome", lower(row.outcome), "yes");
  judge.same("order_type", row.order_type.toUpperCase(), "GTC");
  judge.same("expiration", row.expiration, "0");
  judge.yes("created_at", Math.abs(row.created_at - seconds()) < 60, row.created_at);
  judge.ok("getOrder", row.status);
}

/** Anna buys 30 at 0.52: 20 match Boris's order, 10 rest. Both follow the trade to its end. */
export async function cross(judge, cast, scene) {
  const { rain } = cast;
  const reply = await place(judge, scene.anna, rain, "BUY", 30, 0.52);
  const takerId = matched(judge, scene, reply, "10.4", "20");
  judge.ok("postOrder", "GTC BUY 30 @ 0.52 matches 20");
  const [trade] = scene.trades;
  await follow(judge, scene, scene.anna, scene.annaStream, "TAKER", trade, takerId, reply);
  await follow(judge, scene, scene.boris, scene.borisStream, "MAKER", trade, takerId, reply);
  const update = { id: scene.resting.ask, type: "UPDATE" };
  const filled = await scene.borisStream.wait("the maker's update", "order", update);
  judge.amount("size_matched", filled.size_matched, "20");
  judge.ok("ws order UPDATE");
  const printed = { asset_id: rain.yes };
  const tape = await scene.tape.wait("the print", "last_trade_price", printed);
  judge.amount("price", tape.price, "0.52");
  judge.amount("size", tape.size, "20");
  judge.same("side", tape.side, "BUY");
  judge.ok("ws last_trade_price");
  const row = await scene.anna.client.getOrder(takerId);
  judge.amount("original_size", row.original_size, "30");
  judge.amount("size_matched", row.size_matched, "20");
  judge.yes("the trade stands with the order", row.associate_trades.includes(trade), row);
  judge.ok("getOrder", "20 of 30");
  scene.resting.rest = takerId;
}

async function follow(judge, scene, who, stream, role, trade, takerId, reply) {
  for (const status of ["MATCHED", "MINED", "CONFIRMED"]) {
    const told = await stream.wait(`${who.name}: ${status}`, "trade", { id: trade, status });
    judge.amount("size", told.size, "20");
    judge.amount("price", told.price, "0.52");
    judge.same("taker_order_id", told.taker_order_id, takerId);
    judge.same("trader_side", told.trader_side, role);
  }
  judge.ok("ws trade", `${role} MATCHED MINED CONFIRMED`);
  const row = await oneTrade(judge, who, trade);
  judge.same("trader_side", row.trader_side, role);
  judge.same("taker_order_id", row.taker_order_id, takerId);
  judge.same("side", row.side, "BUY");
  judge.amount("size", row.size, "20");
  judge.amount("price", row.price, "0.52");
  // The outer fields are the taker's, whoever reads.
  judge.same("maker_address", lower(row.maker_address), lower(scene.anna.wallet));
  judge.same("one maker", row.maker_orders.length, 1);
  const [maker] = row.maker_orders;
  judge.same("maker's order", maker.order_id, scene.resting.ask);
  judge.amount("matched_amount", maker.matched_amount, "20");
  judge.amount("maker's price", maker.price, "0.52");
  judge.same("maker's side", maker.side, "SELL");
  judge.same("maker's wallet", lower(maker.maker_address), lower(scene.boris.wallet));
  judge.same("hash", row.transaction_hash, reply.transactionsHashes[0]);
  judge.ok("getTrades", `${role} ${row.status}`);
}

/** The trade once it is confirmed. */
async function oneTrade(judge, who, id) {
  const rows = await judge.until(
    `${who.name}: trade ${id}`,
    5,
    () => who.client.getTrades({ id }),
    (got) => got.length === 1 && got[0].status.endsWith("CONFIRMED"),
  );
  return rows[0];
}

/** FOK and FAK, filled and not; a market BUY that prices itself; a pair minted by two BUYs. */
export async function take(judge, cast, scene) {
  const { rain } = cast;
  const { anna, boris } = scene;
  matched(judge, scene, await sellNow(judge, boris, rain, 5, 0.52, "FOK"), "5", "2.6");
  judge.ok("createMarketOrder, postOrder", "FOK SELL 5 @ 0.52 filled");
  const killed = "order couldn't be fully filled";
  const sell = (amount, price, kind) => () => sellNow(judge, boris, rain, amount, price, kind);
  await judge.refused("postOrder FOK", 400, killed, sell(100, 0.52, "FOK"));
  matched(judge, scene, await sellNow(judge, boris, rain, 20, 0.52, "FAK"), "5", "2.6");
  judge.ok("postOrder", "FAK SELL 20 @ 0.52 takes the 5 that are there");
  const nothing = "no orders found to match with FAK order";
  await judge.refused("postOrder FAK", 400, nothing, sell(10, 0.6, "FAK"));
  scene.resting.ask = rested(judge, await place(judge, boris, rain, "SELL", 10, 0.55));
  judge.ok("postOrder", "GTC SELL 10 @ 0.55 rests");
  const wanted = { tokenID: rain.yes, side: "BUY", amount: 2.75, orderType: "FOK" };
  const bought = await anna.client.createAndPostMarketOrder(wanted, undefined, "FOK");
  matched(judge, scene, bought, "2.75", "5");
  judge.ok("createAndPostMarketOrder", "FOK BUY for 2.75 finds 0.55, gets 5");
  const reply = await place(judge, boris, rain, "BUY", 10, 0.53, { token: rain.no });
  matched(judge, scene, reply, "5.3", "10");
  const row = await oneTrade(judge, anna, scene.trades.at(-1));
  const [maker] = row.maker_orders;
  judge.same("taker's token", row.asset_id, rain.no);
  judge.amount("taker's price", row.price, "0.53");
  judge.same("maker's token", maker.asset_id, rain.yes);
  judge.amount("maker's price", maker.price, "0.47");
  judge.same("maker's side", maker.side, "BUY");
  judge.same("maker's order", maker.order_id, scene.resting.bid);
  judge.ok("postOrder", "BUY NO 10 @ 0.53 mints with BUY YES 10 @ 0.47");
}

/** Post-only, good till a time, and what the venue refuses. */
export async function conditions(judge, cast, scene) {
  const { rain } = cast;
  const { anna } = scene;
  const buy = (size, price, more) => place(judge, anna, rain, "BUY", size, price, more);
  scene.resting.postOnly = rested(judge, await buy(5, 0.41, { postOnly: true }));
  judge.ok("postOrder", "post-only BUY 5 @ 0.41 rests");
  const crossing = () => buy(5, 0.55, { postOnly: true });
  await judge.refused("postOrder post-only", 400, "order crosses book", crossing);
  const until = seconds() + 600;
  const dated = await buy(6, 0.4, { kind: "GTD", expiration: until });
  scene.resting.gtd = rested(judge, dated);
  const row = await anna.client.getOrder(dated.orderID);
  judge.same("expiration", Number(row.expiration), until);
  judge.same("order_type", row.order_type.toUpperCase(), "GTD");
  judge.ok("postOrder", `GTD BUY 6 @ 0.40 until ${until}`);
  const soon = () => buy(6, 0.4, { kind: "GTD", expiration: seconds() + 30 });
  await judge.refused("postOrder GTD", 400, "invalid expiration", soon);
  await judge.refused("postOrder", 400, "lower than the minimum", () => buy(1, 0.4));
  await judge.refused("postOrder", 400, "not enough balance", () => buy(9000, 0.5));
  const wanted = { tokenID: rain.yes, price: 0.44, size: 5, side: "BUY" };
  const order = await anna.client.createOrder(wanted);
  const { orderID } = await anna.client.postOrder(order);
  await judge.refused("postOrder", 400, "Duplicated", () => anna.client.postOrder(order));
  judge.same("canceled", (await anna.client.cancelOrder({ orderID })).canceled, [orderID]);
  const cancelled = { id: orderID, type: "CANCELLATION" };
  const told = await scene.annaStream.wait("the cancellation", "order", cancelled);
  judge.amount("nothing matched", told.size_matched || "0", "0");
  judge.ok("cancelOrder", "told on ws/user");
}

/** Three legs, of which one is too small: two rest, one says why not. */
export async function batch(judge, cast, scene) {
  const { rain } = cast;
  const { anna } = scene;
  const legs = [];
  for (const [size, price] of [[5, 0.42], [5, 0.43], [1, 0.44]]) {
    const wanted = { tokenID: rain.yes, price, size, side: "BUY" };
    legs.push({ order: await anna.client.createOrder(wanted), orderType: "GTC" });
  }
  const [first, second] = legs.map(({ order }) => anna.idOf(order, rain));
  const replies = await anna.client.postOrders(legs);
  judge.same("a reply for each leg", replies.length, 3);
  judge.same("first id", rested(judge, replies[0]), first);
  judge.same("second id", rested(judge, replies[1]), second);
  const why = replies[2].errorMsg;
  judge.yes("the third says why", why.includes("lower than the minimum"), replies[2]);
  judge.same("and has no id", replies[2].orderID, "");
  Object.assign(scene.resting, { first, second });
  judge.ok("postOrders", "two rest, one refused");
}

/** Signature types 1 and 2, and a neg-risk market with a finer tick. */
export async function wallets(judge, cast, scene) {
  const { rain, cup } = cast;
  const proxied = await place(judge, scene.annaProxy, rain, "BUY", 10, 0.3);
  scene.resting.proxy = rested(judge, proxied);
  const row = await scene.annaProxy.client.getOrder(proxied.orderID);
  judge.same("maker_address", lower(row.maker_address), lower(scene.annaProxy.wallet));
  judge.ok("postOrder", "signature type 1");
  rested(judge, await place(judge, scene.borisEoa, cup, "SELL", 10, 0.333));
  matched(judge, scene, await place(judge, scene.annaSafe, cup, "BUY", 10, 0.333), "3.33", "10");
  const trade = await oneTrade(judge, scene.annaSafe, scene.trades.at(-1));
  judge.same("maker_address", lower(trade.maker_address), lower(scene.annaSafe.wallet));
  judge.ok("postOrder", "signature type 2, neg-risk, 0.333");
  const wanted = { tokenID: cup.yes, price: 0.2, size: 10, side: "BUY" };
  const wrong = await scene.annaSafe.client.createOrder(wanted, { negRisk: false });
  const post = () => scene.annaSafe.client.postOrder(wrong);
  await judge.refused("postOrder", 400, "invalid signature", post);
}

/** One, several, those of a market, all; an unknown id is told, not an error. */
export async function cancels(judge, cast, scene) {
  const { rain } = cast;
  const { resting } = scene;
  const { client } = scene.anna;
  let answer = await client.cancelOrder({ orderID: resting.first });
  judge.same("canceled", answer.canceled, [resting.first]);
  judge.ok("cancelOrder");
  answer = await client.cancelOrders([resting.second, ORDER_GONE]);
  judge.same("canceled", answer.canceled, [resting.second]);
  judge.same("not_canceled", Object.keys(answer.not_canceled), [ORDER_GONE]);
  judge.ok("cancelOrders", answer.not_canceled[ORDER_GONE]);
  answer = await client.cancelMarketOrders({ market: rain.condition, asset_id: rain.no });
  judge.same("nothing of hers rests there", answer.canceled, []);
  answer = await scene.boris.client.cancelMarketOrders({ asset_id: rain.yes });
  judge.same("canceled", answer.canceled, [resting.ask]);
  judge.ok("cancelMarketOrders");
  answer = await client.cancelAll();
  const left = [resting.postOnly, resting.gtd, resting.proxy];
  judge.same("canceled", [...answer.canceled].sort(), [...left].sort());
  judge.ok("cancelAll", left.length);
  judge.same("nothing is left", await client.getOpenOrders(), []);
  judge.ok("getOpenOrders", "none");
  const book = await cast.public.getOrderBook(rain.yes);
  judge.same("the book is empty", [book.bids, book.asks], [[], []]);
  judge.ok("getOrderBook", "empty");
  const emptied = (changes) => changes.some(({ size }) => micros(size) === 0n);
  await scene.tape.wait("a level that is gone", "price_change", { price_changes: emptied });
}
