// The live view, on miniflare: the time from a change in the page to the screen of a viewer, and what a viewer costs an
// agent. The viewer is a Chrome of its own on the same machine.

import puppeteer from "puppeteer-core";

import { openPlatform } from "../../scripts/serve/platform.mjs";
import { openViewers } from "../../tests/e2e/viewer.mjs";
import { LEVELS } from "../../www/view/frame_rate.js";
import { Cdp } from "../cdp.mjs";
import { ask, median, now, spread } from "../measure.mjs";

const CHANGES = 60;
const MOVING_MS = 10_000;
const SCRIPTS = 6;
const SIZE = { width: 1280, height: 800 };
const LATE_MS = 100;
const FRAMES_A_SECOND = 20;
const COST = 1.5;

const PAGE = `<!doctype html><title>bench</title><style>body { margin: 0; background: #000 }</style>
<canvas id="c" width="1280" height="800"></canvas><script>
  const context = c.getContext("2d");
  // Text and edges, like an ordinary page. A picture of one colour would cost nothing.
  function fill(shade) {
    context.fillStyle = shade; context.fillRect(0, 0, 1280, 800);
    context.fillStyle = "#888"; context.font = "14px sans-serif";
    for (let y = 420; y < 800; y += 18) context.fillText("The quick brown fox jumps over the lazy dog. ".repeat(4), 0, y);
  }
  fill("#000");
  function move() {
    let turn = 0;
    (function draw() { fill("hsl(" + (turn++ % 360) + " 70% 40%)"); requestAnimationFrame(draw); })();
  }
</script>`;

/** @typedef {import("puppeteer-core").Page} Page */
/** @typedef {Awaited<ReturnType<typeof openViewers>>} Viewers */
/** @typedef {{id: string, sessionWatchUrl: string}} Session */
/** @typedef {{session: Session, page: Page, open: () => ReturnType<typeof openAt>}} Scene */
/** @typedef {import("../measure.mjs").Row} Row */
/** @typedef {import("../measure.mjs").BenchOptions} BenchOptions */

/**
 * @param {BenchOptions} options
 * @returns {Promise<Row[]>}
 */
export async function measure({ secrets, report }) {
  // Before the platform, which changes the temporary folder of this process.
  const viewers = await openViewers();
  const platform = await openPlatform();
  const headers = { authorization: `Bearer ${secrets.TIDEWATCH_API_KEY}` };
  try {
    /** @type {[part: string, row: (scene: Scene) => Promise<Row>][]} */
    const parts = [
      ["changes", changes],
      ["moving", moving],
      ["an agent's script", cost],
    ];
    const rows = [];
    for (const [part, row] of parts) {
      report(part);
      // A window is higher than its page by the browser's own frame.
      const session = await ask("POST", `${platform.url}/v1/sessions`, {
        headers,
        body: { dimensions: { width: 1280, height: 887 } },
      });
      const agent = await puppeteer.connect({ browserWSEndpoint: session.websocketUrl, defaultViewport: null });
      const [page] = await agent.pages();
      if (!page) throw new Error("the session has no tab");
      await page.setContent(PAGE);
      rows.push(await row({ session, page, open: () => openAt(viewers, session) }));
      await agent.disconnect();
      await ask("POST", `${platform.url}/v1/sessions/${session.id}/release`, { headers });
    }
    return rows;
  } finally {
    await platform.dispose();
    await viewers.close();
  }
}

/**
 * Opens a viewer whose picture is as large as the page.
 *
 * @param {Viewers} viewers
 * @param {Session} session
 */
async function openAt(viewers, session) {
  const viewer = await viewers.open(`${session.sessionWatchUrl}&fullscreen=true`, {
    viewport: { width: SIZE.width + 6, height: SIZE.height + 6 },
  });
  await viewer.page.waitForFunction((/** @type {number} */ width) => {
    const picture = document.getElementById("picture");
    return picture instanceof HTMLCanvasElement && picture.width > width / 2;
  }, SIZE.width);
  return viewer;
}

/**
 * Both Chromes read the clock of the same machine. The page notes when it changes, and the viewer when it has drawn the
 * change.
 *
 * @param {Scene} scene
 * @returns {Promise<Row>}
 */
async function changes({ page, open }) {
  const viewer = await open();
  await viewer.page.evaluate(noteDrawings);
  const late = [];
  for (let n = 0; n < CHANGES; n += 1) {
    const isWhite = n % 2 === 0;
    await viewer.page.evaluate(forgetDrawings);
    const at = await page.evaluate(fillAt, isWhite ? "#fff" : "#000");
    const drawn = await viewer.page.waitForFunction(drawnAt, isWhite, { polling: 20 });
    late.push(Number(await drawn.jsonValue()) - at);
  }
  await viewer.close();
  return {
    what: "from a change in the page to the viewer's screen, 1280×800",
    measured: `${spread(late)} ms`,
    bar: `${LATE_MS} ms`,
    met: median(late) <= LATE_MS,
  };
}

/**
 * @param {Scene} scene
 * @returns {Promise<Row>}
 */
async function moving({ page, open }) {
  const viewer = await open();
  await page.evaluate("move()");
  const seconds = await viewer.page.evaluate(countFrames, MOVING_MS);
  await viewer.close();
  return {
    what: "frames a second in the viewer, of a page that moves",
    measured: `${median(seconds).toFixed(0)} (least ${Math.min(...seconds).toFixed(0)})`,
    bar: `${FRAMES_A_SECOND} at least`,
    met: median(seconds) >= FRAMES_A_SECOND,
  };
}

/**
 * Runs a script with a viewer and without, in turns, so that the machine's noise affects both alike. The viewer draws
 * nothing, as its screen is usually on another machine than the session's browser.
 *
 * @param {Scene} scene
 * @returns {Promise<Row>}
 */
async function cost({ session, page }) {
  /** @type {Record<"with" | "without", number[]>} */
  const times = { with: [], without: [] };
  await script(page);
  for (let n = 0; n < SCRIPTS; n += 1) {
    /** @type {("with" | "without")[]} */
    const order = n % 2 ? ["with", "without"] : ["without", "with"];
    for (const kind of order) {
      const viewer = kind === "with" ? await openBare(session) : undefined;
      const start = now();
      await script(page);
      times[kind].push(now() - start);
      await viewer?.close();
    }
  }
  const ratio = median(times.with) / median(times.without);
  return {
    what: "an agent's script with a viewer open, over without",
    measured: `${ratio.toFixed(3)} (${spread(times.with, 0)} over ${spread(times.without, 0)} ms)`,
    bar: `${COST.toFixed(2)} at most`,
    met: ratio <= COST,
  };
}

/**
 * A viewer without a page: it acknowledges frames as far apart as the page does, and sends marks back.
 *
 * @param {Session} session
 */
async function openBare({ id, sessionWatchUrl }) {
  const { origin, searchParams } = new URL(sessionWatchUrl);
  const cdp = await Cdp.open(
    `${origin.replace("http", "ws")}/v1/sessions/${id}/view?token=${searchParams.get("token")}`,
  );
  const { targetInfos } = await cdp.send("Target.getTargets");
  const target = targetInfos.find(({ type }) => type === "page");
  if (!target) throw new Error("the viewer sees no tab");
  const { sessionId } = await cdp.send("Target.attachToTarget", {
    targetId: target.targetId,
    flatten: true,
  });
  let next = 0;
  cdp.listen(({ method, params = {} }) => {
    if (method === "Viewer.mark") cdp.post("Viewer.read", params);
    if (method !== "Page.screencastFrame") return;
    next = Math.max(now(), next + LEVELS[0].gapMs);
    const ack = () => cdp.post("Page.screencastFrameAck", { sessionId: params.sessionId }, sessionId);
    setTimeout(ack, Math.max(0, next - now()));
  });
  await cdp.send(
    "Page.startScreencast",
    { format: "jpeg", quality: 80, maxWidth: SIZE.width, maxHeight: SIZE.height },
    sessionId,
  );
  return cdp;
}

/** @param {Page} page */
async function script(page) {
  for (let n = 0; n < 10; n += 1) {
    await page.setContent(
      `<!doctype html><title>${n}</title><input id="name"><button onclick="document.title = 'pressed'">Press</button>`,
    );
    await page.type("#name", "Ada Marlowe");
    await page.click("button");
    await page.evaluate(() => document.title);
  }
}

// The functions below run in pages, where these names are global.

/** @typedef {[isWhite: boolean, at: number]} Drawing `at`: milliseconds since the epoch */
/** @typedef {typeof globalThis & {drawn: Drawing[]}} ViewerPage */
/** @typedef {typeof globalThis & {fill: (shade: string) => void}} FilledPage */

/** Notes each picture that the viewer draws. */
function noteDrawings() {
  const viewer = /** @type {ViewerPage} */ (globalThis);
  viewer.drawn = [];
  const { drawImage } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.drawImage = /** @this {CanvasRenderingContext2D} */ function (
    /** @type {unknown[]} */ ...all
  ) {
    Reflect.apply(drawImage, this, all);
    const [shade = 0] = this.getImageData(100, 100, 1, 1).data;
    viewer.drawn.push([shade > 127, performance.timeOrigin + performance.now()]);
  };
}

function forgetDrawings() {
  const viewer = /** @type {ViewerPage} */ (globalThis);
  viewer.drawn = [];
}

/**
 * Fills the page. Returns when.
 *
 * @param {string} shade
 */
function fillAt(shade) {
  /** @type {FilledPage} */ (globalThis).fill(shade);
  return performance.timeOrigin + performance.now();
}

/**
 * When the viewer has drawn the shade; undefined if it has not.
 *
 * @param {boolean} isWhite
 */
function drawnAt(isWhite) {
  return /** @type {ViewerPage} */ (globalThis).drawn.find(([is]) => is === isWhite)?.[1];
}

/**
 * Counts the pictures that the viewer draws. Returns the frames a second, for each second.
 *
 * @param {number} ms
 */
async function countFrames(ms) {
  let frames = 0;
  const { drawImage } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.drawImage = /** @this {CanvasRenderingContext2D} */ function (
    /** @type {unknown[]} */ ...all
  ) {
    frames += 1;
    Reflect.apply(drawImage, this, all);
  };
  const counted = [];
  for (const end = performance.now() + ms; performance.now() < end; frames = 0) {
    const from = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    counted.push((frames * 1_000) / (performance.now() - from));
  }
  return counted;
}
