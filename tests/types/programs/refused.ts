// What must not compile. Each such line says with which error, and no other line may have one.

import init, { Tidewatch, type TidewatchError, type Session, type SessionData, type SessionStatus } from "tidewatch";

const baseUrl = "https://sessions.example.com";
const apiKey = "tw_key";
declare const client: Tidewatch;
declare const session: Session;
declare const data: SessionData;
declare const error: TidewatchError;

export async function clientOptions(): Promise<void> {
  new Tidewatch(); // TS2554
  new Tidewatch({ baseUrl }); // TS2741
  new Tidewatch({ apiKey }); // TS2741
  new Tidewatch({ baseUrl: new URL(baseUrl), apiKey }); // TS2322
  new Tidewatch({ baseUrl, apiKey, key: apiKey }); // TS2353
  new Tidewatch({ baseUrl, apiKey, timeoutMs: "1000" }); // TS2322
  new Tidewatch({ baseUrl, apiKey, owner: null }); // TS2322
  new Tidewatch({ baseUrl, apiKey, retry: 3 }); // TS2559
  new Tidewatch({ baseUrl, apiKey, retry: { retries: 3 } }); // TS2353
  new Tidewatch({ baseUrl, apiKey, fetch: true }); // TS2322
  await init("tidewatch_bg.wasm"); // TS2554
}

export async function createOptions(): Promise<void> {
  await client.sessions.create({ timeout: "5m" }); // TS2322
  await client.sessions.create({ timeOut: 300_000 }); // TS2561
  await client.sessions.create({ ttl: 300_000 }); // TS2353
  await client.sessions.create({ onDisconnect: "close" }); // TS2322
  await client.sessions.create({ adapter: "cypress" }); // TS2322
  await client.sessions.create({ owner: 7 }); // TS2322
  await client.sessions.create({ metadata: { run: 12 } }); // TS2322
  await client.sessions.create({ metadata: ["run"] }); // TS2322
  await client.sessions.create({ wait: true }); // TS2322
  await client.sessions.create({ dimensions: { width: 1280 } }); // TS2741
  await client.sessions.create({ dimensions: { width: 1280, height: 720, scale: 2 } }); // TS2353
  await client.sessions.create({ provider: "elsewhere" }); // TS2322
  await client.sessions.create({ lambdatestOptions: "nightly" }); // TS2322
  await client.sessions.create({}, { timeout: 5000 }); // TS2561
  await client.sessions.create({}, { signal: new AbortController() }); // TS2740
  await client.sessions.create({ signal: new AbortController().signal }); // TS2353
}

export async function otherCalls(): Promise<void> {
  await client.sessions.retrieve(); // TS2554
  await client.sessions.retrieve(7); // TS2345
  await client.sessions.retrieve(session); // TS2345
  await client.sessions.list({ status: "starting" }); // TS2322
  await client.sessions.list({ cursor: session.id }); // TS2561
  await client.sessions.list({ limit: "all" }); // TS2322
  for await (const each of client.sessions.iterate({ status: "ended" })) void each; // TS2322
  for await (const each of client.sessions.list()) void each.url; // TS2504
  await client.sessions.update(session.id); // TS2554
  await client.sessions.update(session.id, { owner: "crawler-8" }); // TS2353
  await client.sessions.update(session.id, { timeout: null }); // TS2322
  await client.sessions.release({ id: session.id }); // TS2345
  await client.sessions.releaseAll({ status: "live" }); // TS2353
  await client.sessions.releaseAll({ createdBefore: 1_700_000_000_000 }); // TS2322
  await client.sessions.releaseAll({ dryRun: "yes" }); // TS2322
  await client.sessions.liveDetails(session.id, 5000); // TS2559
  await client.sessions.delete(session.id); // TS2339
  await session.extend(); // TS2554
  await session.extend("60s"); // TS2345
  await session.release(5000); // TS2559
  client.releaseOnExit({ signals: ["SIGTERM"] }); // TS2554
  // biome-ignore lint/correctness/noSelfAssign: any assignment must be refused
  client.sessions = client.sessions; // TS2540
}

export async function connections(): Promise<void> {
  await client.puppeteer.connect(session.id); // TS2345
  await client.puppeteer.connect(session, { browserWSEndpoint: session.websocketUrl }); // TS2769
  await client.puppeteer.connect(session, { puppeteer: {} }); // TS2769
  await client.playwright.connect(session, { playwright: { chromium: {} } }); // TS2769
  await client.playwright.connect(session, { connectOptions: 5000 }); // TS2769
}

export async function answers(): Promise<void> {
  const status: "live" | "released" = session.status; // TS2322
  if (session.status === "starting") void status; // TS2367
  const owner: string = session.owner; // TS2322
  const connected: boolean = session.connected; // TS2322
  if (session.releaseReason === "expired") void [owner, connected]; // TS2367
  if (session.failure?.code === "crashed") void session; // TS2367
  await data.release(); // TS2339
  (await client.sessions.list()).sessions; // TS2339
  (await client.sessions.list()).totalCount = 0; // TS2540
  (await client.sessions.liveDetails(session.id)).url; // TS2339
  const { results } = await client.sessions.releaseAll();
  if (results[0].outcome === "failed") return; // TS2367
  const named: SessionStatus = "closing"; // TS2322
  void named;
}

export function errors(): void {
  error.code = "aborted"; // TS2540
  error.errors.push({ pointer: "", detail: "" }); // TS2339
  const status: number = error.status; // TS2322
  error.retryAfter; // TS2339
  void status;
}
