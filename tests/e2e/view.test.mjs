// The live view in a separate browser: a viewer opens a session's link.

import assert from "node:assert/strict";
import { test } from "node:test";

import { connectCdp } from "../support/cdp.mjs";
import { until } from "../support/waits.mjs";
import { findingsOf } from "./axe.mjs";
import { openGate } from "./gate.mjs";
import {
  BLUE,
  GREEN,
  MIDDLE,
  openSession,
  RED,
  seenBy,
  service,
  site,
  inputValue,
  view,
  WHITE,
} from "./view_scene.mjs";

test("a viewer sees an agent fill a form", async () => {
  const { session, page, size } = await openSession("/form");
  const viewer = await view(session.sessionWatchUrl);
  await viewer.tab("Form").waitFor();
  assert.equal(await viewer.address.inputValue(), `${site.url}/form`);
  await viewer.untilColour(MIDDLE, WHITE);
  const before = await viewer.page.evaluate(() =>
    /** @type {HTMLCanvasElement} */ (document.getElementById("picture")).toDataURL(),
  );
  await page.type("#name", "typed by the agent");
  await until(
    "the picture changes",
    async () =>
      (await viewer.page.evaluate(() =>
        /** @type {HTMLCanvasElement} */ (document.getElementById("picture")).toDataURL(),
      )) !== before,
  );
  await page.evaluate(() => (document.body.style.background = "rgb(220, 20, 20)"));
  await viewer.untilColour([0.9, 0.9], RED);
  await page.evaluate(() => (document.title = "Renamed"));
  await viewer.tab("Renamed").waitFor();
  await until("the window too", async () => (await viewer.page.title()) === "Renamed · Tidewatch");
  const { width, height } = (await viewer.page.locator("#picture").boundingBox()) ?? { width: 0, height: 0 };
  assert.ok(Math.abs(width / height - size.width / size.height) < 0.02, "it has the page's shape");
});

test("the view follows the agent to the foreground tab and to a popup", async () => {
  const { session, agent, page } = await openSession("/red");
  const viewer = await view(session.sessionWatchUrl);
  await viewer.untilColour(MIDDLE, RED);
  const second = await agent.newPage();
  await second.goto(`${site.url}/blue`);
  await viewer.untilColour(MIDDLE, BLUE);
  assert.equal(await viewer.tab("Blue").getAttribute("aria-selected"), "true");
  await page.bringToFront();
  await viewer.untilColour(MIDDLE, RED);
  await second.close();
  await viewer.tab("Blue").waitFor({ state: "detached" });
  await page.goto(`${site.url}/popup`);
  await viewer.untilColour(MIDDLE, GREEN);
  await page.click("body");
  await viewer.untilColour(MIDDLE, BLUE);
  assert.equal(await viewer.page.getByRole("tab").count(), 2);
});

test("a view link shows no controls, and its commands have no effect", async () => {
  const { session, page, size } = await openSession("/form");
  const viewer = await view(session.sessionWatchUrl);
  await viewer.untilColour(MIDDLE, WHITE);
  assert.equal(await viewer.state.textContent(), "Live · view only");
  for (const name of ["Take control", "Back", "Forward", "Reload", "New tab", "Close this tab"]) {
    assert.equal(await viewer.page.getByRole("button", { name, exact: true }).count(), 0, name);
  }
  assert.ok(!(await viewer.address.isEditable()));
  const { x, y } = await viewer.pointOf({ x: 100, y: 40 }, size);
  await viewer.page.mouse.click(x, y);
  await viewer.page.keyboard.type("stray");

  const token = new URL(session.sessionWatchUrl).searchParams.get("token");
  const cdp = await connectCdp(`${service.socketUrl}/v1/sessions/${session.id}/view?token=${token}`);
  const { targetInfos } = await cdp.send("Target.getTargets");
  const { targetId } = targetInfos.find((/** @type {{type: string}} */ { type }) => type === "page");
  const { sessionId } = await cdp.send("Target.attachToTarget", { targetId, flatten: true });
  for (const [method, params] of /** @type {const} */ ([
    ["Input.insertText", { text: "stray" }],
    ["Input.dispatchMouseEvent", { type: "mousePressed", x: 100, y: 40, button: "left", clickCount: 1 }],
    ["Page.navigate", { url: `${site.url}/red` }],
    ["Page.reload", {}],
    ["Runtime.evaluate", { expression: "document.title = 'stray'" }],
  ])) {
    await assert.rejects(cdp.send(method, params, sessionId), /not for viewers/, method);
  }
  await assert.rejects(cdp.send("Target.closeTarget", { targetId }), /only look/);
  await assert.rejects(cdp.send("Target.createTarget", { url: "about:blank" }), /only look/);
  await cdp.close();
  assert.deepEqual(
    [await inputValue(page, "name"), await page.title(), page.url(), await seenBy(page)],
    ["", "Form", `${site.url}/form`, []],
  );
});

test("a drive link to a session that is not interactive can only view", async () => {
  const { session } = await openSession("/red", { debugConfig: { interactive: false } });
  const token = new URL(session.websocketUrl).searchParams.get("token");
  const url = new URL(session.sessionViewerUrl);
  url.searchParams.set("token", `${token}`);
  const viewer = await view(url.href);
  await viewer.untilColour(MIDDLE, RED);
  await until("it is said", async () => (await viewer.state.textContent()) === "Live · view only");
  assert.ok(await viewer.drive.isHidden());
});

/**
 * Somebody who looks at a session's first tab by a link to that tab alone.
 *
 * @param {string} path
 */
async function viewTab(path) {
  const { session, project, ...opened } = await openSession(path);
  const { pages } = await project.expect(200, "GET", `/v1/sessions/${session.id}/live-details`);
  return { ...opened, viewer: await view(pages[0].sessionViewerUrl) };
}

test("a link to a tab stays with that tab", async () => {
  const { agent, page, viewer } = await viewTab("/red");
  await viewer.untilColour(MIDDLE, RED);
  const second = await agent.newPage();
  await second.goto(`${site.url}/blue`);
  await viewer.page.getByText("This tab is in the background").waitFor();
  assert.equal(await viewer.page.getByRole("tab").count(), 1);
  await page.bringToFront();
  await viewer.page.getByText("This tab is in the background").waitFor({ state: "hidden" });
  await page.close();
  await viewer.page.getByText("This tab is closed").waitFor();
});

test("a late frame does not hide that its tab is in the background", async () => {
  const { agent, viewer } = await viewTab("/moving");
  await viewer.page.evaluate(() => {
    const make = globalThis.createImageBitmap;
    const released = new Promise((resolve) => Reflect.set(globalThis, "release", resolve));
    globalThis.createImageBitmap = async (image) => {
      Reflect.set(globalThis, "isHeld", true);
      await released;
      return make(image);
    };
  });
  await until("a picture is held", () => viewer.page.evaluate(() => Reflect.get(globalThis, "isHeld")));
  const second = await agent.newPage();
  await second.goto(`${site.url}/blue`);
  const notice = viewer.page.getByText("This tab is in the background");
  await notice.waitFor();
  await viewer.page.evaluate(async () => {
    const drawn = new Promise((resolve) => {
      const { drawImage } = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.drawImage = function (/** @type {any[]} */ ...all) {
        Reflect.apply(drawImage, this, all);
        setTimeout(resolve);
      };
    });
    Reflect.get(globalThis, "release")();
    await drawn;
  });
  assert.ok(await notice.isVisible());
});

test("a hidden viewer gets no frames until it is visible again", async () => {
  const { session } = await openSession("/moving");
  const viewer = await view(session.sessionWatchUrl);
  let frames = 0;
  const cdp = await viewer.page.context().newCDPSession(viewer.page);
  await cdp.send("Network.enable");
  cdp.on("Network.webSocketFrameReceived", ({ response }) => {
    if (response.payloadData.startsWith('{"method":"Page.screencastFrame"')) frames += 1;
  });
  await viewer.page.reload();
  await until("frames come", () => frames > 5);
  /** @param {boolean} isHidden */
  const show = (isHidden) =>
    viewer.page.evaluate((isHidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isHidden);
  await show(true);
  await until("no more come", async () => {
    const before = frames;
    await until("a while has passed", passes(500));
    return frames === before;
  });
  await show(false);
  const before = frames;
  await until("they come again", () => frames > before + 5);
});

/** @param {number} ms */
const passes = (ms) => {
  const end = Date.now() + ms;
  return () => Date.now() > end;
};

test("an open console shows lines by level, as text", async () => {
  const { session, page } = await openSession("/red");
  const viewer = await view(session.sessionWatchUrl);
  await viewer.untilColour(MIDDLE, RED);
  await page.evaluate(() => {
    console.log("before %s", "it", { a: 1, b: "x" });
    console.debug("quiet");
    console.error("<img src=x onerror=alert(1)>");
    setTimeout(() => {
      throw new Error("thrown");
    });
  });
  await viewer.page.getByText("Console").click();
  const lines = viewer.page.locator("#lines li:not([hidden])");
  await until("all are there", async () => (await lines.count()) >= 3);
  const texts = await lines.allTextContents();
  assert.equal(texts[0], "before it Object");
  assert.equal(texts[1], "error: <img src=x onerror=alert(1)>");
  assert.match(texts[2], /^error: Uncaught Error: thrown/);
  assert.equal(await viewer.page.locator("#lines img").count(), 0);
  await viewer.page.getByLabel("Show").selectOption("3");
  assert.equal(await lines.count(), 2);
  await viewer.page.getByLabel("Show").selectOption("0");
  assert.equal(await lines.count(), 4);
  await page.evaluate(() => console.log("now %s,", "it", { a: 1, b: "x" }, [1, "two"]));
  await viewer.page.getByText('now it, {a: 1, b: "x"} [1, "two"]').waitFor();
  await page.evaluate(() => {
    for (let n = 0; n < 700; n += 1) console.warn(n);
  });
  await until(
    "the last 500",
    async () => (await viewer.page.locator("#lines li").last().textContent()) === "warning: 699",
  );
  assert.equal(await viewer.page.locator("#lines li").count(), 500);
});

test("an ended session is shown with its reason, also if it ends during viewing", async () => {
  const { project, session } = await openSession("/red");
  const viewer = await view(session.sessionViewerUrl);
  await viewer.untilColour(MIDDLE, RED);
  await viewer.takeOver();
  await project.release(session.id);
  await viewer.page.getByRole("heading", { name: "This session has ended" }).waitFor();
  await viewer.page.getByText("Released.").waitFor();
  assert.equal(await viewer.state.textContent(), "Ended");
  assert.ok(await viewer.drive.isHidden());
  const later = await view(session.sessionWatchUrl);
  await later.page.getByRole("heading", { name: "This session has ended" }).waitFor();
  const short = await project.create({ timeout: 1500 });
  const last = await view(short.sessionWatchUrl);
  await last.page.getByText("Timeout.").waitFor();
  const wrong = await view(session.sessionWatchUrl.slice(0, -3));
  await wrong.page.getByRole("heading", { name: "This link is not valid" }).waitFor();
});

test("a lost connection is shown, stops driving, and is opened again", async (t) => {
  const gate = await openGate(service.url);
  t.after(() => gate.close());
  const { session, page } = await openSession("/red");
  const viewer = await view(session.sessionViewerUrl.replace(service.url, gate.url));
  await viewer.untilColour(MIDDLE, RED);
  await viewer.takeOver();
  gate.cut();
  await viewer.page.getByRole("heading", { name: "Connection lost" }).waitFor();
  assert.equal(await viewer.state.textContent(), "Connection lost");
  assert.ok(await viewer.drive.isDisabled());
  assert.equal(await viewer.page.locator("body.is-driving").count(), 0);
  await page.goto(`${site.url}/blue`);
  gate.mend();
  await viewer.untilColour(MIDDLE, BLUE);
  assert.equal(await viewer.state.textContent(), "Live");
  assert.ok(await viewer.page.getByRole("heading", { name: "Connection lost" }).isHidden());
  await viewer.takeOver();
});

test("page titles are shown as text, and frequent changes of the title do no harm", async () => {
  const { session, page } = await openSession("/red");
  const viewer = await view(session.sessionViewerUrl);
  await viewer.untilColour(MIDDLE, RED);
  const markup = `<img src=x onerror="document.body.remove()"><script>alert(1)</script>`;
  await page.goto(`${site.url}/red?${encodeURIComponent(markup)}#${markup}`);
  await page.evaluate((markup) => (document.title = markup), markup);
  await viewer.tab("<img").waitFor();
  assert.equal(await viewer.page.locator("nav img, nav script").count(), 0);
  await until("the window too", async () => (await viewer.page.title()).startsWith("<img"));
  await page.evaluate(() => {
    const long = "x".repeat(1_000_000);
    document.title = long;
    for (let n = 0; n < 2_000; n += 1) document.title = `\u202e${n}`;
    document.title = "calm again";
  });
  await viewer.tab("calm again").waitFor();
  await viewer.untilColour(MIDDLE, WHITE);
});

test("axe finds nothing serious while viewing, while driving and on a phone", async () => {
  const { session } = await openSession("/form");
  for (const viewport of [
    { width: 1280, height: 900 },
    { width: 360, height: 740 },
  ]) {
    const viewer = await view(session.sessionViewerUrl, { viewport });
    await viewer.untilColour(MIDDLE, WHITE);
    assert.deepEqual(await findingsOf(viewer.page), [], `who looks, ${viewport.width} px`);
    await viewer.takeOver();
    assert.deepEqual(await findingsOf(viewer.page), [], `who drives, ${viewport.width} px`);
  }
});
