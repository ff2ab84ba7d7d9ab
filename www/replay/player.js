// The player: rrweb's, in a document of no origin. It is told what to play, and says where it is.

import Player from "rrweb-player";

const TELL_EVERY_MS = 100;
const MESSAGE_MAX = 300;

let port;
let player;
let held = [];
let speed = 1;
let skips = false;

const say = (message) => port.postMessage(message);

const orders = {
  // Another tab: what was shown goes.
  load({ events, at }) {
    player?.$destroy();
    player = undefined;
    document.body.replaceChildren();
    held = events;
    show(at);
  },
  add({ events }) {
    if (player) for (const event of events) player.addEvent(event);
    else held.push(...events);
    if (!player) show(0);
  },
  seek: ({ ms, plays }) => goTo(ms, plays),
  play: () => player?.play(),
  pause: () => player?.pause(),
  speed({ times }) {
    speed = times;
    player?.setSpeed(times);
  },
  skip({ isOn }) {
    skips = isOn;
    replayer()?.setConfig({ skipInactive: isOn });
  },
};

const replayer = () => player?.getReplayer();

function show(at) {
  if (held.length < 2) return;
  player = new Player({
    target: document.body,
    props: {
      events: held,
      autoPlay: false,
      showController: false,
      speed,
      skipInactive: skips,
      mouseTail: false,
      width: innerWidth,
      height: innerHeight,
      insertStyleRules: [],
      showWarning: false,
      showDebug: false,
    },
  });
  const own = player.getReplayer();
  const follow = (name, message) => own.on(name, () => own === replayer() && say(message));
  follow("start", { type: "playing", playing: true });
  follow("resume", { type: "playing", playing: true });
  follow("pause", { type: "playing", playing: false });
  follow("finish", { type: "finished" });
  goTo(at, false);
  say({ type: "shown" });
}

// rrweb shows what was before a time; what was at it, the last event of all too, is shown a millisecond later.
function goTo(ms, plays) {
  player?.goto(ms + 1, plays);
}

function fit() {
  if (!player) return;
  player.$set({ width: innerWidth, height: innerHeight });
  player.triggerResize();
}

function obey({ data }) {
  try {
    if (Object.hasOwn(orders, data.type)) orders[data.type](data);
  } catch (error) {
    say({ type: "trouble", message: String(error?.message ?? error).slice(0, MESSAGE_MAX) });
  }
}

addEventListener("message", (event) => {
  if (port || event.source !== parent || event.data !== "open" || event.ports.length !== 1) return;
  [port] = event.ports;
  port.onmessage = obey;
  say({ type: "ready" });
  setInterval(() => {
    const ms = replayer()?.getCurrentTime();
    if (Number.isFinite(ms)) say({ type: "at", ms: Math.max(0, ms) });
  }, TELL_EVERY_MS);
});
addEventListener("resize", fit);
parent.postMessage("loaded", "*");
