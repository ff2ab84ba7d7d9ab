// Whole lives on real Chrome, on miniflare: the emulation of the browser binding lives there.

import { once } from "node:events";
import http from "node:http";

import { openPlatform } from "../../scripts/serve/platform.mjs";
import { Cdp } from "../cdp.mjs";
import { browsersBelow, isAlive, launchChrome } from "../chrome.mjs";
import { ask, median, now, spread } from "../measure.mjs";

const ROUNDS = 32;
/** Each kind of life comes as often after each other kind: what one leaves behind hits all alike. */
const ORDERS = [
  ["ours", "bare", "binding", "recorded"],
  ["bare", "recorded", "ours", "binding"],
  ["recorded", "binding", "bare", "ours"],
  ["binding", "ours", "recorded", "bare"],
];
const WARM_UPS = ORDERS.length;

export async function measure({ secrets, report }) {
  const page = await openPage();
  const platform = await openPlatform();
  const { BROWSER } = await platform.mf.getBindings();
  const service = {
    url: platform.url,
    run: platform.run,
    headers: { authorization: `Bearer ${secrets.TIDEWATCH_API_KEY}` },
  };
  const kinds = {
    ours: () => ourLife(service, page.url, { recording: false }),
    recorded: () => ourLife(service, page.url, {}),
    bare: () => bareLife(page.url),
    binding: () => bindingLife(BROWSER, platform.run),
  };
  const lives = { ours: [], recorded: [], bare: [], binding: [] };
  try {
    for (let i = 0; i < WARM_UPS + ROUNDS; i++) {
      report(`lives: ${Math.max(0, i - WARM_UPS + 1)} of ${ROUNDS}`);
      for (const kind of ORDERS[i % ORDERS.length]) {
        const life = await kinds[kind]();
        if (i >= WARM_UPS) lives[kind].push(life);
      }
    }
    return rows(lives);
  } finally {
    await platform.dispose();
    page.close();
  }
}

const rows = ({ ours, recorded, bare, binding }) => [
  ...rowsOf("not recorded", ours, bare, binding),
  ...rowsOf("recorded", recorded, bare, binding),
];

function rowsOf(kind, ours, bare, binding) {
  const of = (lives, phase) => lives.map((life) => life[phase]);
  const added = median(of(ours, "create")) - median(of(binding, "create"));
  const ratio = median(of(ours, "whole")) / median(of(bare, "whole"));
  const under = (what, samples, bar) => ({
    what: `${what}, ${kind}`,
    measured: `${spread(samples)} ms`,
    bar: `${bar} ms`,
    met: median(samples) <= bar,
  });
  return [
    {
      what: `create on real Chrome, over the bare binding, ${kind}`,
      measured: `${added < 0 ? "" : "+"}${added.toFixed(1)} ms (${spread(of(ours, "create"))} over ${spread(of(binding, "create"))})`,
      bar: "15 ms more at most",
      met: added <= 15,
    },
    under("release answered", of(ours, "release"), 30),
    under("browser process gone after release", of(ours, "gone"), 120),
    {
      what: `whole life over that of bare Chromium, ${kind}`,
      measured: `${ratio.toFixed(3)} (${spread(of(ours, "whole"))} over ${spread(of(bare, "whole"))} ms)`,
      bar: "500/518 = 0.965 at most",
      met: ratio <= 500 / 518,
    },
  ];
}

async function ourLife({ url, run, headers }, pageUrl, wish) {
  const before = new Set(browsersBelow(run));
  const start = now();
  const session = await ask("POST", `${url}/v1/sessions`, { headers, body: { timeout: 300_000, ...wish } });
  const created = now();
  const cdp = await Cdp.open(session.websocketUrl);
  await cdp.page(pageUrl);
  const pid = browsersBelow(run).find((process) => !before.has(process));
  const driven = now();
  await ask("POST", `${url}/v1/sessions/${session.id}/release`, { headers });
  const released = now();
  await until(() => !isAlive(pid));
  const gone = now();
  return { create: created - start, release: released - driven, gone: gone - driven, whole: released - start };
}

async function bareLife(pageUrl) {
  const start = now();
  const chrome = await launchChrome();
  const cdp = await Cdp.open(chrome.webSocketUrl);
  await cdp.page(pageUrl);
  await cdp.send("Browser.close");
  await chrome.gone;
  const whole = now() - start;
  await chrome.kill();
  return { whole };
}

async function bindingLife(binding, run) {
  const start = now();
  const answer = await binding.fetch("http://browser/v1/devtools/browser", { method: "POST" });
  const { sessionId } = await answer.json();
  const create = now() - start;
  await binding.fetch(`http://browser/v1/devtools/browser/${sessionId}`, { method: "DELETE" });
  // Its end must not be what the next life waits for.
  await until(() => browsersBelow(run).length === 0);
  return { create };
}

async function until(condition) {
  const deadline = now() + 20_000;
  while (!condition()) {
    if (now() > deadline) throw new Error("not within 20 s");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function openPage() {
  const server = http.createServer((_, answer) => {
    answer.setHeader("content-type", "text/html").end("<!doctype html><title>bench</title><h1>hello</h1>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}
