// Reactions to a call: what a test plans instead of the usual answer.
//
// A reaction is told `{usual, browser, provider}`. `usual()` does what was asked for and gives the reply to it; a
// reaction gives that one or another, at once or later. A reply is `{status, headers, body}`, or takes the connection
// over: `{take: (socket, request, head) => …}`.

/** Answers with a status; `body` is sent as JSON unless it is a text. */
export const answers =
  (status, { headers, body = {} } = {}) =>
  () => ({ status, headers, body });

/** Refuses because there were too many calls; `Retry-After` tells in how many seconds to come back. */
export function tooMany(seconds) {
  const headers = seconds === undefined ? {} : { "retry-after": String(seconds) };
  return answers(429, { headers, body: "Rate limit exceeded" });
}

/** Never answers, and does nothing. */
export const hangs = () => new Promise(() => {});

/** Cuts the connection, and does nothing. */
export const breaksOff = () => ({ take: (socket) => socket.destroy() });

/** Does what was asked for, and never answers. */
export const swallowsAnswer = ({ usual }) => {
  usual();
  return hangs();
};

/** Does what was asked for, and cuts the connection before it answers. */
export const losesAnswer = ({ usual }) => {
  usual();
  return breaksOff();
};

/** Does what was asked for, and cuts the connection after the headers and half of the body. */
export const cutsInAnswer = ({ usual }) => {
  const { status, body } = usual();
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const head = `HTTP/1.1 ${status} Cut\r\ncontent-type: application/json\r\ncontent-length: ${bytes.length}\r\n\r\n`;
  const half = Buffer.concat([Buffer.from(head), bytes.subarray(0, bytes.length >> 1)]);
  return { take: (socket) => socket.write(half, () => socket.destroy()) };
};

/** Waits for so many milliseconds, or for what `wait` gives at each call, before it reacts. */
export function late(wait, then = ({ usual }) => usual()) {
  const next = typeof wait === "number" ? () => wait : wait;
  return async (call) => {
    await call.provider.clock.wait(next());
    return then(call);
  };
}

/** Reacts so at a share of the calls (0 to 1), and as usual at the others: the same ones for the same seed. */
export function sometimes(share, reaction, seed = 1) {
  const random = randomNumbers(seed);
  return (call) => (random() < share ? reaction(call) : call.usual());
}

/** Waits for `late` that vary: the same ones for the same seed. */
export function between(fromMs, toMs, seed = 1) {
  const random = randomNumbers(seed);
  return () => fromMs + random() * (toMs - fromMs);
}

/** A usual answer that waits: `arrived` is settled when the call is there, and `open()` lets it go on. */
export function gate(then = ({ usual }) => usual()) {
  const held = {};
  const opened = new Promise((resolve) => (held.open = resolve));
  held.arrived = new Promise((resolve) => (held.arrive = resolve));
  held.reaction = async (call) => {
    held.arrive();
    await opened;
    return then(call);
  };
  return held;
}

/** Numbers from 0 to 1 that follow from a seed (mulberry32, by Tommy Ettinger). */
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
