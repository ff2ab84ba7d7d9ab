// Parts of the live view's page that need no page.

import assert from "node:assert/strict";
import { test } from "node:test";

import { readAddress } from "../../www/view/address.js";
import { lineOf } from "../../www/view/console.js";
import { isForTheViewer, keyDown, releasesControl, modifiersOf } from "../../www/view/keys.js";
import { LEVELS, FrameRate } from "../../www/view/frame_rate.js";

test("an address must be an http or https URL", () => {
  for (const [text, address] of [
    ["https://a.example/?b", "https://a.example/?b"],
    [" HTTP://a ", "HTTP://a"],
    ["about:blank", "about:blank"],
    ["a.example", "https://a.example"],
    ["a.example:8080/b c", "https://a.example:8080/b c"],
    ["localhost:3000", "http://localhost:3000"],
    ["127.0.0.1/x", "http://127.0.0.1/x"],
    ["[::1]:80", "http://[::1]:80"],
  ]) {
    assert.equal(readAddress(text), address, text);
  }
  for (const text of [
    "",
    "word",
    "two words",
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "https://",
    "a@b.example",
  ]) {
    assert.equal(readAddress(text), undefined, text);
  }
});

/**
 * Frames that take so long each; answers the level at the end.
 *
 * @param {FrameRate} frameRate
 * @param {{frames: number, tookMs: number, everyMs?: number, from?: number}} options
 */
function watch(frameRate, { frames, tookMs, everyMs = 40, from = 0 }) {
  for (let n = 0; n < frames; n += 1) frameRate.note(from + n * everyMs, from + n * everyMs + tookMs + 5_000);
  return LEVELS.indexOf(frameRate.level);
}

test("late frames reduce quality and rate, which recover later, whatever the clocks show", () => {
  const frameRate = new FrameRate();
  assert.equal(watch(frameRate, { frames: 50, tookMs: 30 }), 0);
  assert.equal(watch(frameRate, { frames: 10, tookMs: 400, from: 10_000 }), 1);
  assert.equal(
    watch(frameRate, { frames: 100, tookMs: 400, from: 20_000 }),
    LEVELS.length - 1,
    "no further than the last",
  );
  assert.equal(watch(frameRate, { frames: 100, tookMs: 30, from: 40_000 }), LEVELS.length - 1, "not at once");
  assert.equal(watch(frameRate, { frames: 400, tookMs: 30, from: 50_000 }), LEVELS.length - 3);
  assert.equal(watch(frameRate, { frames: 2_000, tookMs: 30, from: 90_000 }), 0);
});

/** @param {Partial<KeyboardEvent>} fields */
const key = (fields) =>
  /** @type {KeyboardEvent} */ (
    /** @type {unknown} */ ({
      key: "a",
      code: "KeyA",
      keyCode: 65,
      location: 0,
      repeat: false,
      isComposing: false,
      altKey: false,
      ctrlKey: false,
      metaKey: false,
      shiftKey: false,
      getModifierState: () => false,
      ...fields,
    })
  );

test("a key event has its code, its text and its editing commands", () => {
  assert.deepEqual([keyDown(key({})).type, keyDown(key({})).text], ["keyDown", "a"]);
  assert.equal(keyDown(key({ key: "Enter", code: "Enter" })).text, "\r");
  for (const [name, command] of [
    ["a", "selectAll"],
    ["C", "copy"],
    ["x", "cut"],
    ["z", "undo"],
    ["y", "redo"],
  ]) {
    const told = keyDown(key({ key: name, ctrlKey: true }));
    assert.deepEqual([told.type, told.text, told.commands], ["rawKeyDown", undefined, [command]], name);
  }
  assert.deepEqual(keyDown(key({ key: "Z", ctrlKey: true, shiftKey: true })).commands, ["redo"]);
  const euro = key({
    key: "€",
    code: "KeyE",
    ctrlKey: true,
    altKey: true,
    getModifierState: (/** @type {string} */ name) => name === "AltGraph",
  });
  assert.equal(keyDown(euro).text, "€");
  assert.equal(modifiersOf(key({ altKey: true, ctrlKey: true, shiftKey: true })), 11);
});

test("input that composes text stays in the viewer's browser, and the exit key is not typed", () => {
  for (const fields of [
    { key: "Dead" },
    { keyCode: 229 },
    { isComposing: true },
    { key: "v", ctrlKey: true },
    { key: "V", metaKey: true },
  ]) {
    assert.ok(isForTheViewer(key(fields)), JSON.stringify(fields));
  }
  assert.ok(!isForTheViewer(key({ key: "v" })));
  assert.ok(releasesControl(key({ key: "q", ctrlKey: true, altKey: true })));
  assert.ok(!releasesControl(key({ key: "@", code: "KeyQ", ctrlKey: true, altKey: true })));
});

test("a console line has a level and a text of limited length", () => {
  const called = (/** @type {string} */ type, /** @type {object[]} */ ...args) =>
    lineOf(/** @type {any} */ ({ method: "Runtime.consoleAPICalled", params: { type, args } }));
  /** @param {string} value */
  const text = (value) => ({ type: "string", value });
  assert.deepEqual(called("log", text("100% %s %d %c%%"), text("<b>"), { type: "number", value: 7 }, text("css")), {
    level: 1,
    text: "100% <b> 7 %",
  });
  assert.equal(called("error", text("x".repeat(1_000_000)))?.text.length, 2_000);
  assert.deepEqual(called("warning", { type: "undefined" }), { level: 2, text: "undefined" });
  assert.equal(called("clear"), undefined);
  assert.equal(lineOf(/** @type {any} */ ({ method: "Runtime.executionContextCreated", params: {} })), undefined);
});
