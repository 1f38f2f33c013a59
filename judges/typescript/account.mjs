// What only its owner may read or change: keys, balances, orders and trades by pages, and the rest.

import { fee } from "./cast.mjs";
import { micros } from "./judge.mjs";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Create, derive, list, delete; one key stays with each account. */
export async function keys(judge, cast) {
  for (const name of ["anna", "boris"]) {
    const { client, with: withOptions } = cast.trader(name, "eoa");
    const creds = await client.createApiKey();
    judge.yes("a key is a UUID", UUID.test(creds.key), creds.key);
    judge.ok("createApiKey", name);
    const create = "Could not create api key";
    await judge.refused("createApiKey", 400, create, () => client.createApiKey());
    judge.same("derived", await client.deriveApiKey(), creds);
    judge.ok("deriveApiKey");
    // The library falls back to deriving only where refusals are answers, not exceptions.
    judge.same("created or derived", await withOptions({}).createOrDeriveApiKey(), creds);
    judge.ok("createOrDeriveApiKey");
    cast.creds[name] = creds;
  }
  const { client, with: withOptions } = cast.trader("anna", "eoa");
  const derive = "Could not derive api key";
  await judge.refused("deriveApiKey", 400, derive, () => client.deriveApiKey(7));
  const made = await client.createApiKey(7);
  const second = withOptions({ creds: made, throwOnError: true });
  const wanted = [cast.creds.anna.key, made.key];
  judge.same("both keys", (await second.getApiKeys()).apiKeys.sort(), wanted.toSorted());
  judge.ok("getApiKeys", 2);
  judge.same("deleted", await second.deleteApiKey(), "OK");
  judge.ok("deleteApiKey");
  await judge.refused("getApiKeys", 401, "Unauthorized", () => second.getApiKeys());
  judge.same("one is left", (await client.getApiKeys()).apiKeys, wanted.slice(0, 1));
  judge.ok("getApiKeys", 1);
  await readOnly(judge, client);
  judge.same("closed only", await client.getClosedOnlyMode(), { closed_only: false });
  judge.ok("getClosedOnlyMode");
  const creds = { ...cast.creds.anna, secret: cast.creds.boris.secret };
  const wrong = withOptions({ creds, throwOnError: true });
  await judge.refused("getApiKeys", 401, "Unauthorized", () => wrong.getApiKeys());
}

async function readOnly(judge, client) {
  const { apiKey } = await client.createReadonlyApiKey();
  judge.ok("createReadonlyApiKey");
  const listed = async () => (await client.getReadonlyApiKeys()).readonlyApiKeys;
  judge.same("read-only keys", await listed(), [apiKey]);
  judge.ok("getReadonlyApiKeys", 1);
  await client.deleteReadonlyApiKey(apiKey);
  judge.ok("deleteReadonlyApiKey");
  judge.same("none is left", await listed(), []);
  judge.ok("getReadonlyApiKeys", "none");
}

async function held(who, token) {
  const asset = token ? { asset_type: "CONDITIONAL", token_id: token } : { asset_type: "COLLATERAL" };
  await who.client.updateBalanceAllowance(asset);
  return who.client.getBalanceAllowance(asset);
}

/** Each wallet has its own cash, so reading the wrong one is seen. */
export async function balances(judge, cast, scene) {
  const { anna, annaProxy, annaSafe, boris, borisEoa } = scene;
  for (const who of [anna, annaProxy, annaSafe, boris, borisEoa]) {
    const { balance, allowances } = await held(who);
    judge.same(`${who.name}: cash`, BigInt(balance), micros(who.cash));
    judge.yes("allowances", Object.values(allowances).every((it) => BigInt(it) > 0n), allowances);
    for (const token of [cast.rain.yes, cast.rain.no, cast.cup.yes, cast.cup.no]) {
      judge.same(`${who.name}: shares`, BigInt((await held(who, token)).balance), cast.shares);
    }
    judge.ok("updateBalanceAllowance");
    judge.ok("getBalanceAllowance", `${who.name}: ${who.cash}`);
  }
}

/** Every dollar and share after all trades, takers' fees included. */
export async function ledger(judge, cast, scene) {
  const { rain, cup } = cast;
  const { anna, annaSafe, boris, borisEoa } = scene;
  const annaFees = fee(rain, "20", "0.52") + fee(rain, "5", "0.55");
  const borisFees = 2n * fee(rain, "5", "0.52") + fee(rain, "10", "0.53");
  // 20 and twice 5 at 0.52 and 5 at 0.55 change hands; both put up their part of the minted 10.
  const traded = micros("10.4") + 2n * micros("2.6") + micros("2.75");
  const one = micros("1");
  const cupCash = micros("3.33");
  const wanted = [
    [anna, undefined, micros(anna.cash) - traded - micros("4.7") - annaFees],
    [boris, undefined, micros(boris.cash) + traded - micros("5.3") - borisFees],
    [anna, rain.yes, cast.shares + 45n * one],
    [boris, rain.yes, cast.shares - 35n * one],
    [boris, rain.no, cast.shares + 10n * one],
    [annaSafe, undefined, micros(annaSafe.cash) - cupCash - fee(cup, "10", "0.333")],
    [borisEoa, undefined, micros(borisEoa.cash) + cupCash],
    [annaSafe, cup.yes, cast.shares + 10n * one],
    [borisEoa, cup.yes, cast.shares - 10n * one],
  ];
  for (const [who, token, amount] of wanted) {
    const what = `${who.name}: ${token ? "shares" : "cash"} of ${amount}`;
    const read = async () => BigInt((await held(who, token)).balance);
    const limit = cast.stage.settles_within_seconds;
    await judge.until(what, limit, read, (got) => got === amount);
    judge.ok("getBalanceAllowance", what);
  }
}

/** Orders and trades come in pages of the stage's size; filters narrow them. */
export async function pages(judge, cast, scene) {
  const { rain, cup } = cast;
  const { client } = scene.anna;
  const { page } = cast.stage;
  const { postOnly, gtd, first, second, proxy } = scene.resting;
  const mine = [postOnly, gtd, first, second, proxy].sort();
  judge.same("rows of the first page", (await client.getOpenOrders({}, true)).length, page);
  const rows = await client.getOpenOrders();
  judge.same("all open orders", rows.map((row) => row.id).sort(), mine);
  judge.ok("getOpenOrders", `${rows.length} in pages of ${page}`);
  const dated = rows.find((row) => row.id === gtd);
  judge.amount("price", dated.price, "0.4");
  judge.amount("original_size", dated.original_size, "6");
  judge.same("side", dated.side.toUpperCase(), "BUY");
  judge.same("owner", dated.owner, cast.creds.anna.key);
  const filters = [[{ id: first }, 1], [{ market: rain.condition }, 5], [{ asset_id: rain.no }, 0]];
  for (const [params, expected] of filters) {
    const got = await client.getOpenOrders(params);
    judge.same("open orders by filter", got.length, expected);
    judge.ok("getOpenOrders", `${expected} by filter`);
  }
  judge.same("old orders", await client.getPreMigrationOrders(), []);
  judge.ok("getPreMigrationOrders");
  const trades = await client.getTrades();
  judge.same("all trades", trades.map((row) => row.id).sort(), scene.trades.toSorted());
  judge.ok("getTrades", trades.length);
  const one = await client.getTradesPaginated();
  judge.same("trades of the first page", [one.trades.length, one.count], [page, page]);
  const two = await client.getTradesPaginated({}, one.next_cursor);
  const seen = new Set([...one.trades, ...two.trades].map((row) => row.id));
  judge.same("no trade on two pages", seen.size, one.trades.length + two.trades.length);
  judge.ok("getTradesPaginated", `${one.trades.length} and ${two.trades.length}`);
  const times = [
    [{ market: cup.condition }, 1],
    [{ after: `${scene.began - 60}` }, scene.trades.length],
    [{ before: `${scene.began - 60}` }, 0],
  ];
  for (const [params, expected] of times) {
    judge.same("trades by filter", (await client.getTrades(params)).length, expected);
    judge.ok("getTrades", `${expected} by filter`);
  }
}

/** Scoring and notifications. */
export async function extras(judge, cast, scene) {
  const { client } = scene.anna;
  const { gtd } = scene.resting;
  const { scoring } = await client.isOrderScoring({ order_id: gtd });
  judge.same("scoring is yes or no", typeof scoring, "boolean");
  judge.ok("isOrderScoring", scoring);
  judge.same("scoring by id", Object.keys(await client.areOrdersScoring({ orderIds: [gtd] })), [gtd]);
  judge.ok("areOrdersScoring");
  const rows = await scene.boris.client.getNotifications();
  judge.yes("notifications", rows.every((row) => Number.isInteger(row.type)), rows);
  judge.ok("getNotifications", rows.length);
  await scene.boris.client.dropNotifications({ ids: rows.map((row) => `${row.id ?? 1}`) });
  judge.ok("dropNotifications", rows.length);
}

/** Builder keys, an order with a builder's code, and its trades. */
export async function builder(judge, cast, scene) {
  const { client } = scene.anna;
  const builderCode = cast.stage.builder;
  const made = await client.createBuilderApiKey();
  judge.yes("builder key", made.key && made.secret && made.passphrase, Object.keys(made));
  judge.ok("createBuilderApiKey");
  const listed = await client.getBuilderApiKeys();
  judge.same("builder keys", listed.map((row) => row.key), [made.key]);
  judge.ok("getBuilderApiKeys");
  const wanted = { tokenID: cast.rain.yes, price: 0.2, size: 5, side: "BUY", builderCode };
  const order = await client.createOrder(wanted);
  const { orderID } = await client.postOrder(order);
  judge.same("id", orderID, scene.anna.idOf(order, cast.rain));
  judge.ok("postOrder", "with a builder's code");
  await client.cancelOrder({ orderID });
  const { trades } = await client.getBuilderTrades({ builder_code: builderCode });
  judge.same("builder trades", trades, []);
  judge.ok("getBuilderTrades");
}

/** The last thing but the keys: from here on the switch is armed. */
export async function heartbeat(judge, scene) {
  const { client } = scene.anna;
  const { heartbeat_id: first } = await client.postHeartbeat();
  judge.yes("an id", UUID.test(first), first);
  judge.ok("postHeartbeat", "armed");
  const { heartbeat_id: second } = await client.postHeartbeat(first);
  judge.yes("an id", UUID.test(second), second);
  judge.ok("postHeartbeat", "again");
  const wrong = () => client.postHeartbeat("00000000-0000-0000-0000-000000000001");
  await judge.refused("postHeartbeat", 400, second, wrong);
}

/** A deleted key opens nothing. */
export async function goodbye(judge, cast) {
  const { client } = cast.trader("boris", "eoa");
  judge.same("deleted", await client.deleteApiKey(), "OK");
  judge.ok("deleteApiKey");
  await judge.refused("getApiKeys", 401, "Unauthorized", () => client.getApiKeys());
}
