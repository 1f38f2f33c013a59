// Two accounts trade with each other through @polymarket/clob-client-v2, unmodified.
//
// What stands here: the acts in their order. What does not: how they are judged (judge.mjs), who plays
// (cast.mjs), what they do (market.mjs, account.mjs, orders.mjs).

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as account from "./account.mjs";
import { Cast } from "./cast.mjs";
import { Failed, Judge, Socket } from "./judge.mjs";
import * as market from "./market.mjs";
import * as orders from "./orders.mjs";

const DEADLINE_SECONDS = 60;

/** One market channel and a user channel for each account, before the first order. */
async function openSockets(judge, cast, scene, ws) {
  const tokens = [cast.rain.yes, cast.rain.no];
  const first = { type: "market", assets_ids: tokens, custom_feature_enabled: true };
  scene.tape = new Socket(judge, `${ws}/ws/market`, first);
  for (const token of tokens) {
    const book = await scene.tape.wait("the book on subscribing", "book", { asset_id: token });
    judge.same("market of the first book", book.market, cast.rain.condition);
    judge.same("levels of an empty book", [book.bids, book.asks], [[], []]);
  }
  await scene.tape.ping();
  judge.ok("ws/market", "a book for each token, PONG");
  for (const name of ["anna", "boris"]) {
    const { key, secret, passphrase } = cast.creds[name];
    const frame = { type: "user", auth: { apiKey: key, secret, passphrase }, markets: [] };
    scene[`${name}Stream`] = new Socket(judge, `${ws}/ws/user`, frame);
    await scene[`${name}Stream`].ping();
    judge.ok("ws/user", `${name}: PONG`);
  }
}

async function play(judge, cast, ws) {
  await market.publicCalls(judge, cast);
  await account.keys(judge, cast);
  const scene = {
    anna: cast.trader("anna", "eoa"),
    annaProxy: cast.trader("anna", "proxy"),
    annaSafe: cast.trader("anna", "safe"),
    boris: cast.trader("boris", "deposit"),
    borisEoa: cast.trader("boris", "eoa"),
    began: Math.floor(Date.now() / 1000),
    trades: [],
    resting: {},
  };
  await account.balances(judge, cast, scene);
  await openSockets(judge, cast, scene, ws);
  await orders.rest(judge, cast, scene);
  await market.bookCalls(judge, cast);
  await orders.cross(judge, cast, scene);
  await orders.take(judge, cast, scene);
  await orders.conditions(judge, cast, scene);
  await orders.batch(judge, cast, scene);
  await orders.wallets(judge, cast, scene);
  await account.ledger(judge, cast, scene);
  await account.pages(judge, cast, scene);
  await market.afterTrades(judge, cast);
  await account.extras(judge, cast, scene);
  await orders.cancels(judge, cast, scene);
  await account.builder(judge, cast, scene);
  await account.heartbeat(judge, scene);
  for (const socket of [scene.tape, scene.annaStream, scene.borisStream]) socket.close();
  await account.goodbye(judge, cast);
}

const { values } = parseArgs({
  options: { clob: { type: "string" }, ws: { type: "string" }, stage: { type: "string" } },
});
setTimeout(() => {
  console.log(`FAILED: the story was not over within ${DEADLINE_SECONDS} s`);
  process.exit(1);
}, DEADLINE_SECONDS * 1000).unref();
const stage = JSON.parse(readFileSync(values.stage, "utf8"));
const judge = new Judge();
const begun = Date.now();
try {
  await play(judge, new Cast(values.clob, stage), values.ws);
} catch (failure) {
  console.log(`FAILED: ${failure instanceof Failed ? failure.message : failure.stack}`);
  process.exit(1);
}
const took = ((Date.now() - begun) / 1000).toFixed(1);
console.log(`typescript: ${judge.calls} calls, ${judge.checks} checks, ${took} s`);
process.exit(0);
