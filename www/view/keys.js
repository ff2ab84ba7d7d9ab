// Converts keys from the viewer's browser to CDP's key events.

/** @import { Protocol } from "./cdp.js" */

const ALT = 1;
const CONTROL = 2;
const META = 4;
const SHIFT = 8;
// The browser's own editing commands. A key event alone does not cause them.
/** @type {Map<string, string>} */
const EDITING = new Map([
  ["a", "selectAll"],
  ["c", "copy"],
  ["x", "cut"],
  ["z", "undo"],
  ["y", "redo"],
]);

const isApple = /Mac|iP(hone|ad|od)/.test(globalThis.navigator?.platform ?? "");

/** @typedef {Pick<KeyboardEvent, "altKey" | "ctrlKey" | "metaKey" | "shiftKey">} WithModifiers */

/**
 * The modifier keys as CDP counts them. Command on a Mac becomes Ctrl in the session's browser.
 *
 * @param {WithModifiers} event
 */
export function modifiersOf({ altKey, ctrlKey, metaKey, shiftKey }) {
  const isControl = ctrlKey || (isApple && metaKey);
  const isMeta = metaKey && !isApple;
  return (altKey ? ALT : 0) | (isControl ? CONTROL : 0) | (isMeta ? META : 0) | (shiftKey ? SHIFT : 0);
}

/**
 * Whether the viewer's browser must handle a key itself: it makes a text, a composition or a paste of it.
 *
 * @param {KeyboardEvent} event
 */
export function isForTheViewer(event) {
  if (event.isComposing || event.keyCode === 229) return true;
  if (["Dead", "Process", "Unidentified", "Compose"].includes(event.key)) return true;
  return isShortcut(event) && event.key.toLowerCase() === "v";
}

/**
 * Whether this is Ctrl+Alt+Q, which releases control. On layouts where these keys write another character, `key` is
 * another one.
 *
 * @param {KeyboardEvent} event
 */
export const releasesControl = (event) => event.ctrlKey && event.altKey && event.key.toLowerCase() === "q";

/**
 * The parameters of `Input.dispatchKeyEvent` for a `keydown`.
 *
 * @param {KeyboardEvent} event
 * @returns {Protocol.Input.DispatchKeyEventRequest}
 */
export function keyDown(event) {
  const text = textOf(event);
  const command = isShortcut(event) ? commandOf(event) : undefined;
  return {
    type: text ? "keyDown" : "rawKeyDown",
    ...keyOf(event),
    autoRepeat: event.repeat,
    ...(text && { text, unmodifiedText: text }),
    ...(command && { commands: [command] }),
  };
}

/**
 * The parameters of `Input.dispatchKeyEvent` for a `keyup`.
 *
 * @param {KeyboardEvent} event
 * @returns {Protocol.Input.DispatchKeyEventRequest}
 */
export const keyUp = (event) => ({ type: "keyUp", ...keyOf(event) });

/** @param {KeyboardEvent} event */
function keyOf(event) {
  return {
    modifiers: modifiersOf(event),
    key: event.key,
    code: event.code,
    windowsVirtualKeyCode: event.keyCode & 0xff,
    location: Math.min(event.location, 2),
    isKeypad: event.location === 3,
  };
}

/** @param {KeyboardEvent} event */
function commandOf({ key, shiftKey }) {
  const letter = key.toLowerCase();
  return letter === "z" && shiftKey ? "redo" : EDITING.get(letter);
}

/**
 * Whether a key writes a character. With AltGr it does, although the event may also have Ctrl and Alt.
 *
 * @param {KeyboardEvent} event
 */
const writes = (event) => event.getModifierState("AltGraph") || !(event.ctrlKey || event.metaKey || event.altKey);

/** @param {KeyboardEvent} event */
const isShortcut = (event) => (event.ctrlKey || event.metaKey) && !event.altKey;

/** @param {KeyboardEvent} event */
function textOf(event) {
  if (!writes(event)) return undefined;
  if (event.key === "Enter") return "\r";
  return [...event.key].length === 1 ? event.key : undefined;
}
