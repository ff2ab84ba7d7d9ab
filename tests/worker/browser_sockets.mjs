// Sockets to a session's browser, passed through or watched: what both kinds must do.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import { answers, gate } from "../browser_run/faults.mjs";
import { expectProblem } from "../support/http.mjs";
import { refusedUpgrade } from "../support/service.mjs";
import { SocketClient } from "../support/socket_client.mjs";
import { until, within } from "../support/waits.mjs";

/**
 * @import { SessionData } from "../../src/client/types.ts"
 * @import { Browser } from "../browser_run/browser.mjs"
 * @import { Service } from "../support/service.mjs"
 * @import { Live } from "./live_sessions.mjs"
 */

export const MB = 1024 * 1024;

/**
 * The address of a tab's own socket.
 *
 * @param {SessionData} session
 * @param {string} target
 */
export const pageUrl = (session, target) => session.websocketUrl.replace("/connect?", `/page/${target}?`);

/**
 * The simulator's end of a browser's first socket.
 *
 * @param {Browser} browser
 */
export const socketOf = (browser) => until("the socket is at the browser", () => [...browser.sockets][0]);

/**
 * Texts and bytes come back unchanged and in order, also beside a command.
 *
 * @param {SocketClient} client
 */
export async function checkEcho(client) {
  const messages = [
    "text",
    "",
    "\u{1f30a}\u0000\u2028",
    Buffer.from([0, 255, 128]),
    Buffer.alloc(0),
    '{"not":"a command"}',
    "x".repeat(70_000),
  ];
  for (const message of messages) client.socket.send(message);
  for (const message of messages) assert.deepEqual(await client.next(), message);
  for (let n = 0; n < 1000; n += 1) client.socket.send(`${n}`);
  for (let n = 0; n < 1000; n += 1) assert.equal(await client.next(), `${n}`);
  assert.equal((await client.command("Browser.getVersion")).product, "Chrome/1.2.3.4");
}

/**
 * One message of this size comes back, as bytes and as text.
 *
 * @param {SocketClient} client
 * @param {number} megabytes
 */
export async function checkLargeEcho(client, megabytes) {
  const bytes = randomBytes(megabytes * MB);
  for (const message of [bytes, bytes.toString("base64").slice(0, bytes.length)]) {
    client.socket.send(message);
    const back = await client.next();
    // Not deepEqual: it would print the difference.
    assert.equal(typeof back, typeof message);
    assert.ok(Buffer.from(back).equals(Buffer.from(message)), "it is the same");
  }
}

/**
 * The client's close reaches the browser, with its code and reason.
 *
 * @param {SessionData} session
 * @param {Browser} browser
 */
export async function checkClientClose(session, browser) {
  for (const [code, reason] of /** @type {const} */ ([
    [1000, ""],
    [4321, "enough \u{1f30a}"],
  ])) {
    const client = await SocketClient.open(session.websocketUrl);
    await socketOf(browser);
    assert.equal((await client.close(code, reason)).code, code);
    await until("it is closed at the browser", () => browser.sockets.size === 0);
    assert.deepEqual(browser.lastClose, { code, reason });
  }
}

/**
 * The browser's close reaches the client, with its code and reason.
 *
 * @param {SessionData} session
 * @param {Browser} browser
 */
export async function checkBrowserClose(session, browser) {
  for (const [code, reason] of /** @type {const} */ ([
    [1000, "done"],
    [1011, ""],
    [4001, "own"],
  ])) {
    const client = await SocketClient.open(session.websocketUrl);
    (await socketOf(browser)).close(code, reason);
    assert.deepEqual(await within("the close", client.closed), { code, reason });
    await until("it is closed at the browser", () => browser.sockets.size === 0);
  }
}

/**
 * A session ends while a socket to its browser is opened: it is refused, and closed at the browser.
 *
 * @param {Live} live
 * @param {Service["provider"]} provider
 */
export async function checkEndWhileOpening({ project, session, browser }, provider) {
  const held = gate();
  provider.next("connect", held.reaction);
  provider.always("close", answers(500));
  const refused = refusedUpgrade(session.websocketUrl);
  await held.arrived;
  await project.release(session.id);
  held.open();
  expectProblem(await refused, 410, "session_gone");
  // Its browser still runs, since the provider does not close it: the socket is closed all the same.
  assert.equal(browser.alive, true);
  await until("no client is connected", () => browser.lastClose && browser.sockets.size === 0);
  provider.usual();
  await project.ended(session.id);
}
