// The live view in a separate browser: a viewer takes over a session's browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "../support/waits.mjs";
import {
  BLUE,
  driveFrom,
  GREEN,
  MIDDLE,
  openSession,
  RED,
  seenBy,
  site,
  inputValue,
  view,
  WHITE,
} from "./view_scene.mjs";

test("a viewer who takes over can type, click, scroll and paste", async () => {
  const { session, page, size } = await openSession("/form");
  const viewer = await view(session.sessionViewerUrl);
  await viewer.untilColour(MIDDLE, WHITE);
  /**
   * @param {number} x
   * @param {number} y
   */
  const at = (x, y) => viewer.pointOf({ x, y }, size);
  const { mouse, keyboard } = viewer.page;

  // Not before it was taken over.
  const name = await at(100, 40);
  await mouse.click(name.x, name.y);
  await keyboard.type("stray");
  await viewer.takeOver();
  await mouse.click(name.x, name.y);
  await keyboard.type("By hand 1!");
  await until("it is typed", async () => (await inputValue(page, "name")) === "By hand 1!");

  const events = await seenBy(page);
  assert.deepEqual(
    events.filter(([kind]) => kind === "click"),
    [["click", 0, 1, "name"]],
    "one click, the second",
  );
  assert.deepEqual(events.find(([kind]) => kind === "keydown")?.slice(0, 3), ["keydown", "B", "KeyB"]);

  await keyboard.press("Control+a");
  await keyboard.press("Delete");
  await until("it is deleted", async () => (await inputValue(page, "name")) === "");

  // A text from the viewer's own clipboard.
  await viewer.page.evaluate(() => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", "pasted <b>ü</b> 漢字");
    document
      .getElementById("sink")
      ?.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  });
  await until("it is pasted", async () => (await inputValue(page, "name")) === "pasted <b>ü</b> 漢字");

  const text = await at(100, 120);
  await mouse.click(text.x, text.y);
  await keyboard.type("one");
  await keyboard.press("Enter");
  await keyboard.type("two");
  await until("two lines", async () => (await inputValue(page, "text")) === "one\ntwo");

  const press = await at(100, 200);
  await mouse.dblclick(press.x, press.y);
  await mouse.click(press.x, press.y, { button: "right" });
  await mouse.click(press.x, press.y, { button: "middle" });
  const kinds = async () =>
    (await seenBy(page))
      .filter((/** @type {[unknown, unknown, unknown, string]} */ [, , , id]) => id === "press")
      .map(([kind, button]) => `${kind} ${button}`);
  await until("each button", async () => {
    const all = await kinds();
    return ["dblclick 0", "contextmenu 2", "mousedown 1", "mouseup 1"].every((kind) => all.includes(kind));
  });

  await mouse.wheel(0, 500);
  await until("it has scrolled", () => page.evaluate(() => scrollY > 300));
  await viewer.drive.click();
  await keyboard.type("stray");
  await viewer.page.locator("body:not(.is-driving)").waitFor();
  assert.equal(await inputValue(page, "text"), "one\ntwo");
});

test("keys follow the viewer's keyboard layout, and none stays pressed", async () => {
  const { page, viewer } = await driveFrom("/form", { colour: WHITE, place: { x: 100, y: 40 } });
  const { keyboard } = viewer.page;
  await keyboard.press("ArrowLeft");
  await keyboard.press("F2");
  await keyboard.press("Shift+Tab");
  await keyboard.down("Shift");
  await viewer.drive.click();
  const wanted = [
    ["keydown", "ArrowLeft", "ArrowLeft"],
    ["keyup", "ArrowLeft", "ArrowLeft"],
    ["keydown", "F2", "F2"],
    ["keyup", "F2", "F2"],
    ["keydown", "Shift", "ShiftLeft"],
    ["keydown", "Tab", "Tab"],
    ["keyup", "Tab", "Tab"],
    ["keyup", "Shift", "ShiftLeft"],
    ["keydown", "Shift", "ShiftLeft"],
    ["keyup", "Shift", "ShiftLeft"],
  ];
  const keys = async () =>
    (await seenBy(page)).filter(([kind]) => kind.startsWith("key")).map((event) => event.slice(0, 3));
  await until("all keys", async () => (await keys()).length === wanted.length);
  assert.deepEqual(await keys(), wanted);
});

test("a composition is sent as one, with its text", async () => {
  const { page, viewer } = await driveFrom("/form", { colour: WHITE, place: { x: 100, y: 40 } });
  const cdp = await viewer.page.context().newCDPSession(viewer.page);
  for (const text of ["に", "にほ", "にほん"]) {
    await cdp.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  }
  await until("it is being composed", async () => (await inputValue(page, "name")) === "にほん");
  await cdp.send("Input.insertText", { text: "日本" });
  await until("it is composed", async () => (await inputValue(page, "name")) === "日本");
  assert.equal((await seenBy(page)).filter(([kind]) => kind === "compositionend").length, 1);
});

test("a driver can navigate, use the history, and open and close tabs", async () => {
  const { session, agent, page } = await openSession("/red");
  const viewer = await view(session.sessionViewerUrl);
  await viewer.untilColour(MIDDLE, RED);
  /** @param {string} name */
  const tool = (name) => viewer.page.getByRole("button", { name, exact: true });
  for (const name of ["Back", "Forward", "Reload", "New tab", "Close this tab"])
    assert.ok(await tool(name).isDisabled(), name);
  await viewer.takeOver();

  await viewer.address.fill(`${site.url.replace("http://", "")}/blue`);
  await viewer.address.press("Enter");
  await viewer.untilColour(MIDDLE, BLUE);
  await until("the agent sees it, too", () => page.url() === `${site.url}/blue`);
  await tool("Back").click();
  await viewer.untilColour(MIDDLE, RED);
  await tool("Forward").click();
  await viewer.untilColour(MIDDLE, BLUE);
  await page.evaluate(() => (document.body.style.background = "rgb(20, 160, 20)"));
  await viewer.untilColour(MIDDLE, GREEN);
  await tool("Reload").click();
  await viewer.untilColour(MIDDLE, BLUE);

  for (const address of ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "two words"]) {
    await viewer.address.fill(address);
    await viewer.address.press("Enter");
    await viewer.page.getByText("Can't open this address").waitFor();
  }
  assert.equal(page.url(), `${site.url}/blue`);

  await tool("New tab").click();
  await until("it is there", async () => (await agent.pages()).length === 2);
  await viewer.address.fill(`${site.url}/red`);
  await viewer.address.press("Enter");
  await viewer.untilColour(MIDDLE, RED);
  await viewer.tab("Blue").click();
  await viewer.untilColour(MIDDLE, BLUE);
  await viewer.tab("Red").click();
  await viewer.untilColour(MIDDLE, RED);
  await tool("Close this tab").click();
  await viewer.untilColour(MIDDLE, BLUE);
  await until("one is left", async () => (await agent.pages()).length === 1);
});

test("a dialog is shown as text, and the driver answers it", async () => {
  const { page, viewer } = await driveFrom("/dialog", { colour: GREEN, place: { x: 300, y: 200 } });
  const dialog = viewer.page.getByRole("alertdialog");
  await dialog.waitFor();
  assert.equal(await dialog.locator("#dialog-text").textContent(), "What <b>now</b>?");
  assert.equal(await dialog.getByRole("textbox").inputValue(), "nothing");
  await dialog.getByRole("textbox").fill("this");
  await dialog.getByRole("button", { name: "OK" }).click();
  await until("it is answered", async () => (await page.title()) === "answered this");
  await dialog.waitFor({ state: "hidden" });
});

test("fullscreen shows only the frame, and a click takes over without reaching the page", async () => {
  const { session, page, size } = await openSession("/form");
  const viewer = await view(`${session.sessionViewerUrl}&fullscreen=true`);
  await viewer.untilColour(MIDDLE, WHITE);
  for (const name of ["header", "nav", "#bar", "#console"]) assert.ok(await viewer.page.locator(name).isHidden(), name);
  const { x, y } = await viewer.pointOf({ x: 100, y: 40 }, size);
  await viewer.page.mouse.click(x, y);
  await viewer.page.locator("#pill").waitFor();
  await viewer.page.mouse.click(x, y);
  await viewer.page.keyboard.type("now");
  await until("it is typed", async () => (await inputValue(page, "name")) === "now");
  assert.equal((await seenBy(page)).filter(([kind]) => kind === "click").length, 1);
  await viewer.page.getByRole("button", { name: "Release", exact: true }).click();
  await viewer.page.locator("#pill").waitFor({ state: "hidden" });
});
