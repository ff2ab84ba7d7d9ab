// From a key as the viewer's browser tells it to a key as CDP tells it: the same key, wherever it lies.

const MODIFIERS = [
  ["altKey", 1],
  ["ctrlKey", 2],
  ["metaKey", 4],
  ["shiftKey", 8],
];
// What these do in a text is the browser's own, and not the page's: a key alone would not do it.
const EDITING = { a: "selectAll", c: "copy", x: "cut", z: "undo", y: "redo" };
const TEXTS = { Enter: "\r" };

const isApple = /Mac|iP(hone|ad|od)/.test(globalThis.navigator?.platform ?? "");

/** Alt, Ctrl, Meta and Shift as CDP counts them. What Command is on a Mac, Ctrl is in the session's browser. */
export function modifiersOf(event) {
  const sum = MODIFIERS.reduce((all, [name, bit]) => all + (event[name] ? bit : 0), 0);
  return isApple && event.metaKey ? (sum & ~4) | 2 : sum;
}

/** Whether a key event is to be left to the viewer's browser, which makes a text, a composition or a paste of it. */
export function isForTheViewer(event) {
  if (event.isComposing || event.keyCode === 229) return true;
  if (["Dead", "Process", "Unidentified", "Compose"].includes(event.key)) return true;
  return isShortcut(event) && event.key.toLowerCase() === "v";
}

/** Whether this is the way out: Ctrl+Alt+Q, and not the Q of a layout where these two make another character. */
export const leaves = (event) => event.ctrlKey && event.altKey && event.key.toLowerCase() === "q";

/** The parameters of `Input.dispatchKeyEvent` for a `keydown`. */
export function keyDown(event) {
  const text = textOf(event);
  const editing = isShortcut(event) && EDITING[event.key.toLowerCase()];
  const redo = isShortcut(event) && event.shiftKey && event.key.toLowerCase() === "z";
  return {
    type: text ? "keyDown" : "rawKeyDown",
    ...keyOf(event),
    autoRepeat: event.repeat,
    ...(text && { text, unmodifiedText: text }),
    ...(editing && { commands: [redo ? "redo" : editing] }),
  };
}

/** The parameters of `Input.dispatchKeyEvent` for a `keyup`. */
export const keyUp = (event) => ({ type: "keyUp", ...keyOf(event) });

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

// With AltGr a key writes, although Ctrl and Alt may be said to be down.
const writes = (event) => event.getModifierState("AltGraph") || !(event.ctrlKey || event.metaKey || event.altKey);

const isShortcut = (event) => (event.ctrlKey || event.metaKey) && !event.altKey;

function textOf(event) {
  if (!writes(event)) return undefined;
  return TEXTS[event.key] ?? ([...event.key].length === 1 ? event.key : undefined);
}
