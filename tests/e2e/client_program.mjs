// A program with the client, in a process of its own. It prints its session's id, and then ends in the requested way.

import { setImmediate } from "node:timers";

import { clientOf } from "./client_package.mjs";

const [ending] = process.argv.slice(2);
const { TIDEWATCH_URL: url, TIDEWATCH_KEY: key } = process.env;

const client = clientOf({ service: { url }, key });
client.releaseOnExit();

const ENDINGS = {
  // Until it is stopped from outside.
  work: () => setInterval(() => {}, 60_000),
  finish: () => {},
  "finish with a code": () => (process.exitCode = 7),
  throw: () =>
    setImmediate(() => {
      throw new Error("nobody catches this");
    }),
  reject: () => Promise.reject(new Error("nobody catches this")),
  "be killed": () => setInterval(() => {}, 60_000),
};

const isToBeKilled = ending === "be killed";
const session = await client.sessions.create(isToBeKilled ? { onDisconnect: "release", disconnectGrace: 500 } : {});
if (isToBeKilled) await (await client.puppeteer.connect(session)).newPage();
await new Promise((sent) => process.send?.(session.id, sent));
ENDINGS[/** @type {keyof typeof ENDINGS} */ (ending)]();
