// The faults that a test can set: each does what its name says, and nothing else.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { until, within } from "../support/waits.mjs";
import { Caller, openBrowserRun } from "./caller.mjs";
import { answers, between, breaksOff, cutsInAnswer, gate, hangs, late } from "./faults.mjs";
import { losesAnswer, sometimes, swallowsAnswer, tooMany } from "./faults.mjs";
import { BrowserRun } from "./simulator.mjs";

/** @import { Incoming } from "./faults.mjs" */

const ACQUIRE = "/v1/devtools/browser";

describe("a plan", () => {
  test("for the next calls of a kind, one each, has precedence over a permanent one", async (t) => {
    const caller = await openBrowserRun({}, t);
    const { provider } = caller;
    provider.always("acquire", answers(503));
    provider.next("acquire", answers(500), answers(502));
    const statuses = [];
    for (let n = 0; n < 4; n += 1) statuses.push((await caller.acquire()).status);
    assert.deepEqual(statuses, [500, 502, 503, 503]);
    assert.equal(provider.browsers.size, 0, "none has started");
    assert.equal((await caller.ask("GET", "/v1/limits")).status, 200, "other calls go on");
    provider.usual();
    await caller.browser();
  });

  test("may apply to one browser, and to any kind of call", async (t) => {
    const caller = await openBrowserRun({}, t);
    const [one, other] = [await caller.browser(), await caller.browser()];
    caller.provider.always("any", answers(500), one);
    assert.equal((await caller.look(one)).status, 500);
    assert.equal((await caller.release(one)).status, 500);
    assert.equal(await caller.refused(one), 500);
    assert.equal((await caller.look(other)).status, 200);
    caller.provider.next("any", answers(502));
    assert.equal((await caller.ask("GET", "/v1/history")).status, 502);
  });

  test("may answer a command differently, with an error, or not at all", async (t) => {
    const caller = await openBrowserRun({}, t);
    const client = await caller.connect(await caller.browser());
    caller.provider.cdp["Browser.getVersion"] = () => ({ product: "another" });
    assert.equal((await client.command("Browser.getVersion")).product, "another");
    caller.provider.cdp["Browser.getVersion"] = () => {
      throw new Error("no");
    };
    await assert.rejects(client.command("Browser.getVersion"), /no/);
    caller.provider.cdp["Browser.getVersion"] = () => undefined;
    client.socket.send('{"id":1,"method":"Browser.getVersion"}');
    client.socket.send("the next");
    assert.equal(await client.next(), "the next");
    caller.provider.usual();
    assert.equal((await client.command("Browser.getVersion")).product, "Chrome/1.2.3.4");
    await client.close();
  });
});

describe("a call", () => {
  test("above the rate is a 429, with Retry-After if one is set", async (t) => {
    const caller = await openBrowserRun({}, t);
    caller.provider.next("acquire", tooMany(7), tooMany());
    const [told, untold] = [await caller.acquire(), await caller.acquire()];
    assert.deepEqual([told.status, told.headers.get("retry-after")], [429, "7"]);
    assert.deepEqual([untold.status, untold.headers.get("retry-after")], [429, null]);
  });

  test("that hangs has no answer and no effect", async (t) => {
    const caller = await openBrowserRun({}, t);
    caller.provider.next("acquire", hangs);
    const hanging = new AbortController();
    const call = fetch(caller.provider.url + ACQUIRE, { method: "POST", signal: hanging.signal });
    await until("it has arrived", () => caller.provider.made("acquire").length === 1);
    await caller.browser();
    hanging.abort();
    await assert.rejects(call, { name: "AbortError" });
    assert.equal(caller.provider.browsers.size, 1);
  });

  test("that breaks off has no answer and no effect", async (t) => {
    const caller = await openBrowserRun({}, t);
    const browser = await caller.browser();
    caller.provider.always("any", breaksOff);
    await assert.rejects(caller.acquire(), TypeError);
    assert.equal(await caller.refused(browser), 0);
    assert.equal(caller.provider.browsers.size, 1);
  });

  test("that is cut in its answer sends headers and half of a body, and has taken effect", async (t) => {
    const caller = await openBrowserRun({}, t);
    caller.provider.next("acquire", cutsInAnswer);
    const response = await fetch(caller.provider.url + ACQUIRE, { method: "POST" });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "application/json");
    /** @type {Uint8Array<ArrayBuffer>[]} */
    const chunks = [];
    const read = async () => {
      for await (const chunk of response.body ?? []) chunks.push(chunk);
    };
    await assert.rejects(read(), TypeError);
    const whole = JSON.stringify({ sessionId: caller.provider.newest().id });
    assert.equal(Buffer.concat(chunks).toString(), whole.slice(0, whole.length >> 1));
    assert.deepEqual(await caller.listed(), caller.provider.running());
  });

  for (const [name, reaction] of /** @type {const} */ ([
    ["lost", losesAnswer],
    ["swallowed", swallowsAnswer],
  ])) {
    test(`whose answer is ${name} has taken effect`, async (t) => {
      const caller = await openBrowserRun({}, t);
      const { provider } = caller;
      /**
       * @param {string} method
       * @param {string} path
       * @param {() => boolean} done
       */
      const unanswered = async (method, path, done) => {
        const calling = new AbortController();
        const call = fetch(provider.url + path, { method, signal: calling.signal });
        call.catch(() => {});
        await until("it is done", done);
        if (reaction === swallowsAnswer) calling.abort();
        const name = reaction === swallowsAnswer ? "AbortError" : "TypeError";
        await assert.rejects(within("its end", call), { name });
      };
      provider.next("acquire", reaction);
      await unanswered("POST", ACQUIRE, () => provider.browsers.size === 1);
      const browser = provider.newest();
      assert.deepEqual(await caller.listed(), [browser.id]);
      provider.next("close", reaction);
      await unanswered("DELETE", `${ACQUIRE}/${browser.id}`, () => !browser.alive);
    });
  }

  test("that is late waits before it takes effect, by the provider's time", async (t) => {
    const caller = await openBrowserRun({}, t);
    const { clock } = caller.provider;
    caller.provider.always("acquire", late(60_000));
    const acquired = caller.browser(600_000);
    await until("it has arrived", () => caller.provider.made("acquire").length === 1);
    await caller.get("/v1/limits");
    clock.pass(50_000);
    await caller.get("/v1/limits");
    assert.equal(caller.provider.browsers.size, 0);
    clock.pass(10_000);
    assert.ok((await within("the browser", acquired)).alive);
  });

  test("may be late and then fail", async (t) => {
    const caller = await openBrowserRun({}, t);
    caller.provider.next("acquire", late(5, answers(500)));
    const began = Date.now();
    assert.equal((await caller.acquire()).status, 500);
    assert.ok(Date.now() - began >= 5);
  });

  test("may fail at random, the same calls for the same seed", async (t) => {
    const caller = await openBrowserRun({}, t);
    /** @param {number} seed */
    const statuses = async (seed) => {
      caller.provider.usual();
      caller.provider.always("history", sometimes(0.3, answers(500), seed));
      const found = [];
      for (let n = 0; n < 100; n += 1) found.push((await caller.ask("GET", "/v1/history")).status);
      return found;
    };
    const first = await statuses(7);
    const failed = first.filter((status) => status === 500).length;
    assert.ok(failed >= 15 && failed <= 45, `${failed} of 100`);
    assert.deepEqual(await statuses(7), first);
    assert.notDeepEqual(await statuses(8), first);
  });

  test("that is gated waits until the gate opens", async (t) => {
    const caller = await openBrowserRun({}, t);
    const held = gate();
    caller.provider.next("acquire", held.reaction);
    const acquired = caller.browser();
    await within("its arrival", held.arrived);
    assert.equal(caller.provider.browsers.size, 0);
    held.open();
    assert.ok((await acquired).alive);
  });
});

test("random waits are within their bounds, and the same for the same seed", () => {
  /** @param {number} seed */
  const draw = (seed) => Array.from({ length: 1000 }, between(50, 200, seed));
  const waits = draw(1);
  assert.ok(Math.min(...waits) >= 50 && Math.min(...waits) < 60);
  assert.ok(Math.max(...waits) <= 200 && Math.max(...waits) > 190);
  assert.deepEqual(draw(1), waits);
  assert.notDeepEqual(draw(2), waits);
});

test("a browser that ends while a socket opens refuses the socket", async (t) => {
  const caller = await openBrowserRun({}, t);
  const browser = await caller.browser();
  caller.provider.next("connect", async (/** @type {{usual: Incoming["usual"]}} */ { usual }) => {
    const reply = usual();
    caller.provider.kill(browser);
    return reply;
  });
  assert.equal(await caller.refused(browser), 0);
});

test("the simulator closes although a call hangs, for an answer or for a socket", async () => {
  const caller = new Caller(await BrowserRun.start());
  const { provider } = caller;
  const browser = await caller.browser();
  provider.always("any", hangs);
  const calls = [caller.refused(browser), assert.rejects(caller.look(browser), TypeError)];
  await until("both have arrived", () => provider.calls.length === 3);
  await within("its end", provider.close());
  await Promise.all(calls);
});

describe("a list that lags", () => {
  test("shows browsers that have ended, for a while", async (t) => {
    const caller = await openBrowserRun({}, t);
    const { account, clock } = caller.provider;
    account.lag.endedMs = 60_000;
    const start = () => caller.browser(600_000);
    const [closed, crashed, running] = [await start(), await start(), await start()];
    await caller.release(closed);
    clock.pass(35_000);
    caller.provider.kill(crashed);
    assert.deepEqual((await caller.listed()).sort(), [closed.id, crashed.id, running.id].sort());
    assert.equal((await caller.look(closed)).status, 404, "asked for one, it tells the truth");
    clock.pass(35_000);
    assert.deepEqual((await caller.listed()).sort(), [crashed.id, running.id].sort());
    clock.pass(35_000);
    assert.deepEqual(await caller.listed(), [running.id]);
  });

  test("does not show new browsers, for a while", async (t) => {
    const caller = await openBrowserRun({}, t);
    caller.provider.account.lag.newMs = 60_000;
    const browser = await caller.browser(600_000);
    assert.deepEqual(await caller.listed(), []);
    assert.equal((await caller.look(browser)).status, 200, "asked for one, it tells the truth");
    caller.provider.clock.pass(60_000);
    assert.deepEqual(await caller.listed(), [browser.id]);
  });

  test("misses a browser permanently if a test says so", async (t) => {
    const caller = await openBrowserRun({}, t);
    const [one, other] = [await caller.browser(), await caller.browser()];
    one.listed = false;
    assert.deepEqual(await caller.listed(), [other.id]);
    assert.equal((await caller.look(one)).status, 200);
  });
});
