// What every step of the story stands on: counting, comparing, and a socket.

import assert from "node:assert";
import WebSocket from "ws";

/** What was expected and what came instead. */
export class Failed extends Error {}

const shown = (value) => JSON.stringify(value, (_, it) => (typeof it === "bigint" ? `${it}` : it));

/** A decimal of at most six places as an integer of millionths; null for anything else. */
export function micros(amount) {
  const said = /^(-?)(\d*)\.?(\d*)$/.exec(String(amount));
  if (!said || !(said[2] + said[3]) || said[3].replace(/0+$/, "").length > 6) return null;
  const value = BigInt(said[2] || "0") * 1_000_000n + BigInt(said[3].padEnd(6, "0").slice(0, 6));
  return said[1] ? -value : value;
}

/** Counts calls and checks; the first check that fails ends the story. */
export class Judge {
  calls = 0;
  checks = 0;

  /** A call did what it should: one line. */
  ok(call, detail = "") {
    this.calls += 1;
    console.log(`ok  ${call}  ${detail}`.trimEnd());
  }

  yes(what, holds, got) {
    this.checks += 1;
    if (!holds) throw new Failed(`${what}: got ${shown(got)}`);
  }

  same(what, got, expected) {
    this.checks += 1;
    try {
      assert.deepStrictEqual(got, expected);
    } catch {
      throw new Failed(`${what}: expected ${shown(expected)}, got ${shown(got)}`);
    }
  }

  /** Numbers that may be spelled in several ways ("20", "20.0", 20). */
  amount(what, got, expected) {
    this.checks += 1;
    if (micros(got) === null || micros(got) !== micros(expected)) {
      throw new Failed(`${what}: expected ${expected}, got ${shown(got)}`);
    }
  }

  /** The server must refuse, with this status and a text that holds this one. */
  async refused(call, status, text, attempt) {
    this.checks += 1;
    let answer;
    try {
      answer = await attempt();
    } catch (refusal) {
      if (refusal instanceof Failed || refusal.status === undefined) throw refusal;
      if (refusal.status !== status || !shown(refusal.data).includes(text)) {
        const got = `${refusal.status} ${shown(refusal.data)}`;
        throw new Failed(`${call}: expected ${status} "${text}", got ${got}`);
      }
      this.ok(call, `refused: ${text}`);
      return;
    }
    throw new Failed(`${call}: expected ${status} "${text}", got ${shown(answer)}`);
  }

  /** Reads until what was read holds, and returns it. */
  async until(what, seconds, read, holds) {
    this.checks += 1;
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const got = await read();
      if (holds(got)) return got;
      if (Date.now() > deadline) {
        throw new Failed(`${what}: not within ${seconds} s; last: ${shown(got)}`);
      }
      await new Promise((resume) => setTimeout(resume, 50));
    }
  }
}

/** One channel, read from its first frame on. */
export class Socket {
  events = [];
  pongs = 0;

  constructor(judge, url, firstFrame) {
    this.judge = judge;
    this.link = new WebSocket(url, { handshakeTimeout: 5000 });
    this.link.on("open", () => this.send(firstFrame));
    this.link.on("error", (error) => this.events.push({ event_type: "broken", why: `${error}` }));
    this.link.on("message", (data) => {
      const frame = data.toString();
      if (frame === "PONG") {
        this.pongs += 1;
      } else {
        this.events.push(...[JSON.parse(frame)].flat());
      }
    });
  }

  async ping() {
    await this.judge.until("the socket opens", 5, () => this.link.readyState, (it) => it === 1);
    const before = this.pongs;
    this.link.send("PING");
    await this.judge.until("PONG after PING", 5, () => this.pongs, (pongs) => pongs > before);
  }

  /** The first event of a type whose fields are these; a function judges its field. */
  async wait(what, type, fields, seconds = 5) {
    const fits = ([name, wanted], event) =>
      typeof wanted === "function" ? wanted(event[name]) : event[name] === wanted;
    const find = () =>
      this.events.find(
        (event) =>
          event.event_type === type && Object.entries(fields).every((field) => fits(field, event)),
      );
    const deadline = Date.now() + seconds * 1000;
    this.judge.checks += 1;
    while (!find()) {
      if (Date.now() > deadline) {
        const seen = this.events.slice(-12).map(shown).join("\n  ");
        throw new Failed(`${what}: no ${type} in ${seconds} s among\n  ${seen}`);
      }
      await new Promise((resume) => setTimeout(resume, 20));
    }
    return find();
  }

  send(frame) {
    this.link.send(JSON.stringify(frame));
  }

  close() {
    this.link.terminate();
  }
}
