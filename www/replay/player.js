// The player: rrweb's, in a document with an opaque origin. It takes commands from the page and reports its time.

/** @import { eventWithTime } from "@rrweb/types" */
/** @import { PlayerCommand, PlayerMessage } from "./messages.js" */
/** @import { PlayedEvent } from "./recording.js" */

import Player from "rrweb-player";

/**
 * rrweb's player with the methods of a Svelte component: Svelte's own types are not installed.
 *
 * @typedef {Player & {$set: (props: {width: number, height: number}) => void, $destroy: () => void}} SveltePlayer
 */

const REPORT_EVERY_MS = 100;
const ERROR_CHARS_MAX = 300;

/** @type {MessagePort | undefined} */
let port;
/** @type {SveltePlayer | undefined} */
let player;
/** @type {eventWithTime[]} the events until the player can start */
let pending = [];
let speed = 1;
let skipsInactivity = false;

/** @param {PlayerMessage} message */
const send = (message) => port?.postMessage(message);

// The page has no types for rrweb's events: it passes on what the recording has.
/** @param {PlayedEvent[]} events */
const asRrweb = (events) => /** @type {eventWithTime[]} */ (events);

const replayer = () => player?.getReplayer();

/** @param {PlayerCommand} command */
function obey(command) {
  switch (command.type) {
    case "load":
      return load(asRrweb(command.events), command.at);
    case "add":
      return add(asRrweb(command.events));
    case "seek":
      return seek(command.ms, command.plays);
    case "play":
      return player?.play();
    case "pause":
      return player?.pause();
    case "speed":
      speed = command.times;
      return player?.setSpeed(speed);
    case "skip":
      skipsInactivity = command.isOn;
      return replayer()?.setConfig({ skipInactive: skipsInactivity });
  }
}

/**
 * Shows another tab.
 *
 * @param {eventWithTime[]} events
 * @param {number} at
 */
function load(events, at) {
  player?.$destroy();
  player = undefined;
  document.body.replaceChildren();
  pending = events;
  show(at);
}

/** @param {eventWithTime[]} events */
function add(events) {
  if (player) for (const event of events) player.addEvent(event);
  else pending.push(...events);
  if (!player) show(0);
}

/** @param {number} at */
function show(at) {
  // rrweb needs two events to start.
  if (pending.length < 2) return;
  const created = new Player({
    target: document.body,
    props: {
      events: pending,
      autoPlay: false,
      showController: false,
      speed,
      skipInactive: skipsInactivity,
      mouseTail: false,
      width: innerWidth,
      height: innerHeight,
      insertStyleRules: [],
      showWarning: false,
      showDebug: false,
    },
  });
  player = /** @type {SveltePlayer} */ (created);
  report(player);
  seek(at, false);
  send({ type: "shown" });
}

/**
 * Reports what a player does, while it is the current one.
 *
 * @param {Player} current
 */
function report(current) {
  const own = current.getReplayer();
  const forward = (/** @type {string} */ event, /** @type {PlayerMessage} */ message) =>
    own.on(event, () => own === replayer() && send(message));
  forward("start", { type: "playing", playing: true });
  forward("resume", { type: "playing", playing: true });
  forward("pause", { type: "playing", playing: false });
  forward("finish", { type: "finished" });
}

/**
 * rrweb shows events before a time. Events at this time, and so the last one, are shown a millisecond later.
 *
 * @param {number} ms
 * @param {boolean} plays
 */
function seek(ms, plays) {
  player?.goto(ms + 1, plays);
}

function fit() {
  if (!player) return;
  player.$set({ width: innerWidth, height: innerHeight });
  player.triggerResize();
}

/** @param {MessageEvent<PlayerCommand>} event */
function receive({ data }) {
  try {
    obey(data);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    send({ type: "trouble", message: message.slice(0, ERROR_CHARS_MAX) });
  }
}

addEventListener("message", (event) => {
  if (port || event.source !== parent || event.data !== "open" || event.ports.length !== 1) return;
  [port] = event.ports;
  if (port) port.onmessage = receive;
  send({ type: "ready" });
  setInterval(() => {
    const ms = replayer()?.getCurrentTime();
    if (ms !== undefined && Number.isFinite(ms)) send({ type: "at", ms: Math.max(0, ms) });
  }, REPORT_EVERY_MS);
});
addEventListener("resize", fit);
parent.postMessage("loaded", "*");
