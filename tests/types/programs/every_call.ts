// Every call with every option, and the type of every answer. Compiled, never run.

import init, {
  Tidewatch,
  TidewatchError,
  type CallOptions,
  type ClientErrorCode,
  type ClientOptions,
  type CreateOptions,
  type Dimensions,
  type EventMessage,
  type EventsOptions,
  type FailureCode,
  type InvalidValue,
  type ListOptions,
  type LiveDetails,
  type LivePage,
  type PlaywrightConnector,
  type PlaywrightModule,
  type PuppeteerConnector,
  type PuppeteerModule,
  type ReleaseAllAnswer,
  type ReleaseAllFilter,
  type ReleaseAnswer,
  type ReleaseOutcome,
  type ReleaseReason,
  type RetryOptions,
  type ServiceErrorCode,
  type Session,
  type SessionData,
  type SessionPage,
  type SessionStatus,
  type Sessions,
  type SlotHolder,
  type UpdateOptions,
  type Usage,
  type UsageOptions,
} from "tidewatch";

/** Whether two types are the same, and not just assignable. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Fails to compile unless the value has exactly the type `T`. */
function is<T>() {
  return <U>(_value: U, ..._proof: Same<T, U> extends true ? [] : ["another type"]): void => {};
}

const retry: Required<RetryOptions> = { maxRetries: 2, maxElapsedMs: 10_000, baseDelayMs: 100, maxDelayMs: 1000 };
const options: Required<ClientOptions> = {
  baseUrl: "https://sessions.example.com",
  apiKey: "tw_key",
  owner: "crawler-7",
  timeoutMs: 60_000,
  retry,
  fetch: (input, init) => globalThis.fetch(input, init),
};
const call: Required<CallOptions> = { signal: new AbortController().signal, timeoutMs: 5000 };

const create: Required<CreateOptions> = {
  timeout: 600_000,
  inactivityTimeout: 60_000,
  idleTimeout: 60,
  onDisconnect: "release",
  disconnectGrace: 5000,
  sessionId: "0192f0c1-7b3c-7000-8000-00000000000a",
  adapter: "playwright",
  owner: null,
  metadata: { run: "12" },
  wait: 30_000,
  dimensions: { width: 1280, height: 720 },
  userAgent: "agent",
  sessionContext: { cookies: [] },
  recording: true,
  region: "weur",
  provider: "testmu",
  debugConfig: { interactive: false },
  lambdatestOptions: { build: "nightly", "LT:Options": { video: true } },
};
const update: Required<UpdateOptions> = { timeout: 900_000, inactivityTimeout: 120_000, metadata: {} };
const list: Required<ListOptions> = {
  status: "live",
  owner: "crawler-7",
  metadata: { run: "12" },
  limit: 100,
  cursorId: "0192f0c1-7b3c-7000-8000-00000000000a",
};
const filter: Required<ReleaseAllFilter> = {
  owner: null,
  metadata: { run: "12" },
  createdBefore: new Date(),
  dryRun: true,
};

const events: Required<EventsOptions> = { lastEventId: "17", signal: new AbortController().signal };
const usage: Required<UsageOptions> = { from: new Date(), to: "2026-11-22", by: "hour" };

export async function everyCall(): Promise<void> {
  await init();
  const client = new Tidewatch(options);
  is<Sessions>()(client.sessions);

  const session = await client.sessions.create(create, call);
  is<Session>()(session);
  is<Session>()(await client.sessions.create());
  is<Session>()(await client.sessions.retrieve(session.id, call));
  is<Session>()(await client.sessions.update(session.id, update, call));
  is<SessionPage>()(await client.sessions.list(list, call));
  is<SessionPage>()(await client.sessions.list());
  is<AsyncIterableIterator<Session>>()(client.sessions.iterate(list, call));
  for await (const each of client.sessions.iterate()) is<Session>()(each);
  is<LiveDetails>()(await client.sessions.liveDetails(session.id, call));
  is<Blob>()(await client.sessions.picture(session.id));
  is<Blob>()(await client.sessions.picture(session.id, { width: 320, ...call }));
  is<ReleaseAnswer>()(await client.sessions.release(session.id, call));
  is<ReleaseAllAnswer>()(await client.sessions.releaseAll(filter, call));
  is<ReleaseAllAnswer>()(await client.sessions.releaseAll({ createdBefore: "2026-11-22T17:48:23.000Z" }));
  is<ReleaseAllAnswer>()(await client.sessions.releaseAll());

  is<Session>()(await session.extend(60_000, call));
  is<ReleaseAnswer>()(await session.release(call));
  await session[Symbol.asyncDispose]();

  is<AsyncIterableIterator<EventMessage>>()(client.events(events));
  for await (const message of client.events()) {
    if (message.type === "session.ended") is<ReleaseReason | undefined>()(message.reason);
    if (message.type === "ready") is<string>()(message.id);
  }
  is<Usage>()(await client.usage(usage, call));
  is<Usage>()(await client.usage());

  const takeBack = client.releaseOnExit();
  is<() => void>()(takeBack);
}

export async function everyAnswer(client: Tidewatch, id: string): Promise<void> {
  const page = await client.sessions.list();
  is<string | null>()(page.nextCursor);
  is<number>()(page.totalCount);
  is<string[]>()(page.map((session) => session.websocketUrl));

  const session: SessionData = await client.sessions.retrieve(id);
  is<SessionStatus>()(session.status);
  is<boolean | null>()(session.connected);
  is<Dimensions>()(session.dimensions);
  if (session.releaseReason !== undefined) is<ReleaseReason>()(session.releaseReason);
  if (session.failure !== undefined) is<FailureCode>()(session.failure.code);

  const { pages } = await client.sessions.liveDetails(id);
  is<LivePage[]>()(pages);
  const { results } = await client.sessions.releaseAll();
  is<ReleaseOutcome[]>()(results);
}

export async function everyConnection(client: Tidewatch, session: Session): Promise<void> {
  is<PuppeteerConnector>()(client.puppeteer);
  is<PlaywrightConnector>()(client.playwright);

  const puppeteer = { connect: async (_: { browserWSEndpoint: string }) => ({ pages: 1 }) } satisfies PuppeteerModule;
  const connectOptions = { slowMo: 10 };
  is<{ pages: number }>()(await client.puppeteer.connect(session, { puppeteer, connectOptions }));
  is<unknown>()(await client.puppeteer.connect({ websocketUrl: session.websocketUrl }));
  is<{ close(): void }>()(await client.puppeteer.connect<{ close(): void }>(session, { connectOptions }));

  const playwright = {
    chromium: { connectOverCDP: async (_endpoint: string, _options?: object) => ({ contexts: 1 }) },
  } satisfies PlaywrightModule;
  is<{ contexts: number }>()(await client.playwright.connect(session, { playwright, connectOptions }));
  is<unknown>()(await client.playwright.connect(session));
  is<{ close(): void }>()(await client.playwright.connect<{ close(): void }>(session, { connectOptions }));
}

export function everyError(error: unknown): string {
  if (!(error instanceof TidewatchError)) throw error;
  is<"TidewatchError">()(error.name);
  is<string>()(error.message);
  is<number | undefined>()(error.status);
  is<readonly InvalidValue[]>()(error.errors);
  is<readonly SlotHolder[]>()(error.holders);
  is<string | undefined>()(error.requestId);
  is<boolean>()(error.retryable);
  is<unknown>()(error.cause);
  const service: ServiceErrorCode = "limit_reached";
  const own: ClientErrorCode = "aborted";
  const later: TidewatchError["code"] = "a_code_of_a_newer_service";
  return error.code === service || error.code === own ? error.code : later;
}
