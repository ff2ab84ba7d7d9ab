/**
 * What a client is made from.
 */
export interface ClientOptions {
  /**
   * The service's address, `https://…` or `http://…`, without a query, a fragment or credentials. A path in front of
   * `/v1` is kept. The key is sent to this origin only, and no redirect is followed.
   */
  baseUrl: string;
  /** The project's key; sent as `Authorization: Bearer …`. */
  apiKey: string;
  /**
   * A label of 1 to 256 characters for whoever uses this client: an agent, a run, a process. Every session that the
   * client creates gets it unless `create` names another, and {@link Sessions.releaseAll} without a filter spares all
   * others.
   */
  owner?: string;
  /** How long a call may take in all, its retries among it, in milliseconds. Default: 180000. */
  timeoutMs?: number;
  /** When a call that failed is tried again. */
  retry?: RetryOptions;
  /** Sends the requests instead of the global `fetch`: for a proxy, or a test. */
  fetch?: typeof globalThis.fetch;
}

/**
 * When a call that failed is tried again. It is tried again on a lost connection and on 408, 429 and 5xx, unless the
 * service answers `x-should-retry: false`. Every call of this client is safe to repeat; a create is so because each
 * carries an `Idempotency-Key` of its own. The wait before retry n is random between 0 and `baseDelayMs` times 2ⁿ⁻¹
 * (full jitter), on top of `Retry-After` where the service gave one.
 */
export interface RetryOptions {
  /** How often at most, 0 to 100. Default: 4. */
  maxRetries?: number;
  /** No try starts later than this after the call, in milliseconds. Default: 60000. */
  maxElapsedMs?: number;
  /** The longest first wait, in milliseconds. Default: 500. */
  baseDelayMs?: number;
  /** The longest wait, in milliseconds; a `Retry-After` may be longer. Default: 8000. */
  maxDelayMs?: number;
}

/**
 * What every call takes besides its own arguments.
 */
export interface CallOptions {
  /** Ends the call at once when it is aborted, while it waits for a retry too. The call rejects with code `aborted`. */
  signal?: AbortSignal;
  /** How long this call may take in all, its retries among it, in milliseconds; then it rejects with code `timeout`. */
  timeoutMs?: number;
}

/**
 * What a session may be asked to be. The service refuses a value that it can't honour, and names it.
 */
export interface CreateOptions {
  /** How long it lives from `createdAt`, in milliseconds: 1000 to the deployment's maximum (24 h). Default: 300000. */
  timeout?: number;
  /** End it after this long with no client connected or none sending, in milliseconds. Default: never. */
  inactivityTimeout?: number;
  /** TestMu's name for `inactivityTimeout`, in whole seconds. Only one of the two may be given. */
  idleTimeout?: number;
  /** Whether it ends when its last client is gone for `disconnectGrace`. Default: `"keep"`. */
  onDisconnect?: "keep" | "release";
  /** How long its last client may be gone, in milliseconds. Needs `onDisconnect: "release"`. Default: 10000. */
  disconnectGrace?: number;
  /** The caller's own UUID for it. A create with the same one gives the same session. */
  sessionId?: string;
  /**
   * The library that will drive it. Default: `"puppeteer"`. `"selenium"` is refused by providers that have no
   * WebDriver.
   */
  adapter?: "puppeteer" | "playwright" | "selenium";
  /** A label of 1 to 256 characters. Default: the client's; `null` for none. */
  owner?: string | null;
  /** Up to 50 pairs: keys of 1 to 64 characters, values of 512 at most. */
  metadata?: Record<string, string>;
  /** At a limit, wait this long for a slot, in order of arrival: 0 to 60000 milliseconds. Default: 0. */
  wait?: number;
  /** The window's size. Default: the provider's. */
  dimensions?: Dimensions;
  /** The user agent of its pages. Refused by the provider `browser-run`. */
  userAgent?: string;
  /** Cookies and storage to start with. Refused by the provider `browser-run`. */
  sessionContext?: Record<string, unknown>;
  /**
   * Whether it is recorded, and how. Default: recorded if the deployment has a place for recordings, with what is typed
   * masked. Passwords are masked in any case. `true` is refused where there is no such place.
   */
  recording?: boolean | { maskInputs?: boolean };
  /** Where it runs. Refused by the provider `browser-run`. */
  region?: string;
  /** Where its browser comes from. Refused where there is but one provider: leave it out. */
  provider?: "browser-run" | "testmu" | "cdp";
  /** What its viewer may do: `interactive: false` makes it read-only. Default: `{ interactive: true }`. */
  debugConfig?: { interactive?: boolean };
  /** TestMu's capabilities. Other providers keep them in `config`, without the secrets in them. */
  lambdatestOptions?: Record<string, unknown>;
}

/**
 * What can be changed of a live session. What is left out stays as it is.
 */
export interface UpdateOptions {
  /** How long it lives in all, in milliseconds from `createdAt`: a larger one extends it, a smaller one shortens it. */
  timeout?: number;
  /** Its new inactivity limit, in milliseconds. Only for a session that was created with one or with `onDisconnect`. */
  inactivityTimeout?: number;
  /** Replaces all its pairs. */
  metadata?: Record<string, string>;
}

/**
 * Which sessions to list. All that is named must match.
 */
export interface ListOptions {
  /** Only sessions in this state. */
  status?: SessionStatus;
  /** Only this owner's. Default: every owner's, also if the client has one. */
  owner?: string;
  /** Only those that have all these pairs, 10 at most. */
  metadata?: Record<string, string>;
  /** How many in one answer, 1 to 100. Default: 50. */
  limit?: number;
  /** Only those older than this one: `nextCursor` of the page before, or the id of any session. */
  cursorId?: string;
}

/**
 * Which sessions to release. All that is named must match.
 */
export interface ReleaseAllFilter {
  /**
   * Only this owner's. Default: the client's, if it has one, else the whole project's; `null` for the whole project's.
   */
  owner?: string | null;
  /** Only those that have all these pairs, 10 at most. */
  metadata?: Record<string, string>;
  /** Only those created before: a `Date`, or ISO 8601 with a time zone. */
  createdBefore?: Date | string;
  /** Say what would be released, and release nothing. Default: false. */
  dryRun?: boolean;
}

/**
 * The public states: `released` was asked for or ran into a limit of time, `failed` never started, crashed or was lost.
 */
export type SessionStatus = "live" | "released" | "failed";

/** Why a session ended. */
export type ReleaseReason =
  | "user_requested"
  | "timeout"
  | "inactivity_timeout"
  | "client_disconnected"
  | "startup_failed"
  | "browser_closed"
  | "browser_crashed"
  | "browser_lost"
  | "provider_error";

/** Why a session failed, for programs. */
export type FailureCode =
  | "provider_error"
  | "provider_unavailable"
  | "provider_timeout"
  | "provider_rate_limited"
  | "wait_expired"
  | "start_interrupted"
  | "start_timeout"
  | "browser_lost"
  | "browser_crashed"
  | "browser_evicted"
  | "internal";

/** Where a recording stands: `incomplete` is over like `complete`, and something is missing. */
export type RecordingStatus = "recording" | "complete" | "incomplete";

/**
 * A size in CSS pixels, each side 100 to 8192; 0 by 0 for a session that never had a window.
 */
export interface Dimensions {
  width: number;
  height: number;
}

/**
 * A session as the service tells it: plain data. Times are ISO 8601 in UTC with milliseconds, durations whole
 * milliseconds.
 */
export interface SessionData {
  /** Its UUID. */
  id: string;
  status: SessionStatus;
  /** When it became live. */
  createdAt: string;
  /** How long it may live, in milliseconds from `createdAt`. */
  timeout: number;
  /** When that time is up. */
  expiresAt: string;
  /** How long it has lived, in milliseconds. */
  duration: number;
  /** Browser seconds used, rounded up to whole ones. */
  creditsUsed: number;
  /** The browser's CDP endpoint, with a token of this one session. It is good until the session ends. */
  websocketUrl: string;
  /** The same as `sessionViewerUrl`, under its older name. */
  debugUrl: string;
  /**
   * A page that shows the session and, unless `debugConfig` says otherwise, lets anyone who opens it use its browser.
   * It is good until the session ends.
   */
  sessionViewerUrl: string;
  /** The same page, for those who shall only look. */
  sessionWatchUrl: string;
  dimensions: Dimensions;
  /** Recorded events that are stored by now. */
  eventCount: number;
  /** Nothing is optimized. */
  optimizeBandwidth: Record<string, never>;
  proxyBytesUsed: number;
  proxySource: string | null;
  headless: boolean;
  isSelenium: boolean;
  /** Where the browser comes from. */
  provider: string;
  /** Whether a client is on the CDP socket now; `null` where nobody asked for that to be watched. */
  connected: boolean | null;
  /** When the provider last confirmed that the browser exists; `null` if it never did. */
  verifiedAt: string | null;
  /** The caller's pairs. */
  metadata: Record<string, string>;
  /** The caller's label. */
  owner?: string;
  /** In milliseconds. */
  inactivityTimeout?: number;
  /** Its recording, if it is or was recorded. */
  recording?: { status: RecordingStatus; maskInputs: boolean };
  /** When it ended. */
  endedAt?: string;
  /** Why it ended. */
  releaseReason?: ReleaseReason;
  /** The cause, if it failed. */
  failure?: { code: FailureCode; message: string };
  /** True while the provider has not confirmed that the browser is gone. */
  closing?: boolean;
  /** Where it runs, if the provider says. */
  region?: string;
  /** The user agent of its pages, if it is not the browser's own. */
  userAgent?: string;
  /** What was asked for, without secrets. */
  config?: Record<string, unknown>;
}

/**
 * A session and what can be done with it. Its fields are the service's last answer about it; a copy of it
 * (`{...session}`, JSON, `structuredClone`) is plain {@link SessionData}.
 */
export interface Session extends SessionData {
  /** Ends it. Again, or after its end by itself, is fine. */
  release(options?: CallOptions): Promise<ReleaseAnswer>;
  /**
   * Lets it live `ms` milliseconds longer than it may at present, as the service knows it now, and brings this object's
   * fields up to date. Negative shortens it.
   */
  extend(ms: number, options?: CallOptions): Promise<this>;
  /** Ends it: `await using session = await client.sessions.create()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * One page of a list, newest first.
 */
export interface SessionPage extends Array<Session> {
  /** What to give as `cursorId` for the next page; `null` on the last one. */
  readonly nextCursor: string | null;
  /** How many match on all pages. */
  readonly totalCount: number;
}

/**
 * The answer to a release.
 */
export interface ReleaseAnswer {
  success: true;
  /** For people. */
  message: string;
  /** The session as it is now. */
  session: Session;
}

/**
 * The answer to a release of all.
 */
export interface ReleaseAllAnswer {
  success: true;
  /** For people. */
  message: string;
  /** What became of each session that matched. */
  results: ReleaseOutcome[];
}

/**
 * What became of one session in a release of all.
 */
export interface ReleaseOutcome {
  /** The session's id. */
  id: string;
  /**
   * `released`: its browser is closed. `closing`: its end is stored, and the close of its browser is queued.
   * `would_release`: a dry run.
   */
  outcome: "released" | "closing" | "would_release";
}

/**
 * A live session's tabs, asked of its browser now.
 */
export interface LiveDetails {
  pages: LivePage[];
  /** The browser's CDP endpoint. */
  wsUrl: string;
  /** The same. */
  websocketUrl: string;
  /** A page that shows the session. */
  sessionViewerUrl: string;
  /** The same without the frame around. */
  sessionViewerFullscreenUrl: string;
  /** The same page, for those who shall only look. */
  sessionWatchUrl: string;
  browserState: "live";
}

/**
 * A tab of a live session.
 */
export interface LivePage {
  /** The target's id in the browser. */
  id: string;
  /** Where it is. */
  url: string;
  title: string;
  /** The address of its icon. */
  favicon: string | null;
  /** A page that shows it. */
  sessionViewerUrl: string;
  /** The same without the frame around. */
  sessionViewerFullscreenUrl: string;
}

/**
 * Which picture to take, and what every call takes.
 */
export interface PictureOptions extends CallOptions {
  /** How wide it is at most, in pixels: 16 to 1280. Its height follows. Default: 320. */
  width?: number;
}

/**
 * Which part of a recording.
 */
export interface RecordedEventsOptions {
  /** How many events in one answer at most, 1 to 1000. Default: 1000. */
  limit?: number;
  /** Where the part before ended: its `nextCursor`. */
  pointer?: string;
}

/**
 * A part of a recording.
 */
export interface EventsPage {
  /** In order of time, as far as it is known when they are stored. */
  events: RecordedEvent[];
  /** What to give as `pointer` for what follows; `null` at the end of a recording that is over. */
  nextCursor: string | null;
}

/**
 * What happened: an event of rrweb's, of a document in a tab; or, with `type` 5, one of the kinds in
 * {@link RecordedPayloads}, which rrweb's player leaves alone.
 */
export interface RecordedEvent {
  /** rrweb's number for its kind. */
  type: number;
  /** Milliseconds since 1970, by the browser's clock. */
  timestamp: number;
  data: unknown;
  /** The target's id in the browser; empty for what is of no tab. */
  tab: string;
}

/**
 * What an event with `type` 5 has as `data.payload`, by its `data.tag`. Times in milliseconds since 1970.
 */
export interface RecordedPayloads {
  /** A tab was opened or closed. */
  tab: { opened: true; url: string; title?: string; openerTab?: string } | { opened: false };
  /** A tab has gone to another address; `documentId` if to another document. */
  navigation: { url: string; documentId?: string };
  /** A line of the console, or of the browser's own log. */
  console: { level: "debug" | "log" | "info" | "warning" | "error"; text: string; url?: string; line?: number };
  /** An exception that nobody caught. */
  exception: { text: string; url?: string; line?: number };
  /** A request that is over. `status` 0: there was no answer. `failed`: what cut it short. */
  network: {
    requestId: string;
    /** The document that asked, or was asked for; a frame and a worker have their own. */
    documentId: string;
    method: string;
    url: string;
    status: number;
    type: string;
    mimeType: string;
    protocol: string;
    startedAt: number;
    durationMs: number;
    waitMs: number;
    bytes: number;
    failed?: string;
  };
  /** Something is missing. */
  gap: { from: number; to: number; why: string };
}

/**
 * The requests of a session: an HTTP archive, HAR 1.2, with no bodies and no headers.
 */
export interface HttpArchive {
  log: {
    version: "1.2";
    creator: { name: string; version: string };
    pages: Record<string, unknown>[];
    entries: Record<string, unknown>[];
  };
}

/**
 * The calls about sessions. Each rejects with a {@link TidewatchError}, one that can't be made before any request.
 */
export interface Sessions {
  /**
   * Starts a browser. Resolves when it runs and accepts connections, which takes up to 60 s, and `wait` longer at a
   * limit. A create that is aborted, takes too long or loses its answer leaves no browser: what it has started is
   * ended, unless `sessionId` names it.
   */
  create(options?: CreateOptions, call?: CallOptions): Promise<Session>;
  /** A session, ended ones too. One that is starting is waited for. */
  retrieve(id: string, call?: CallOptions): Promise<Session>;
  /** One page of sessions, newest first. */
  list(options?: ListOptions, call?: CallOptions): Promise<SessionPage>;
  /** All sessions that match, newest first, a page of `limit` at a time; `call.timeoutMs` counts for each page. */
  iterate(options?: ListOptions, call?: CallOptions): AsyncIterableIterator<Session>;
  /** Changes a live session. */
  update(id: string, changes: UpdateOptions, call?: CallOptions): Promise<Session>;
  /** Ends a session. Again, or after its end by itself, is fine. */
  release(id: string, call?: CallOptions): Promise<ReleaseAnswer>;
  /** Ends all live sessions that match: without a filter this client's owner's, or the project's if it has no owner. */
  releaseAll(filter?: ReleaseAllFilter, call?: CallOptions): Promise<ReleaseAllAnswer>;
  /** The tabs of a live session. */
  liveDetails(id: string, call?: CallOptions): Promise<LiveDetails>;
  /**
   * A JPEG of what a live session shows: of the tab in front. A client that asks again within 2 s may be given the
   * same. Rejects with code `no_picture` if no tab shows itself.
   */
  picture(id: string, options?: PictureOptions): Promise<Blob>;
  /** A part of a session's recording, while it is recorded as well. */
  events(id: string, options?: RecordedEventsOptions, call?: CallOptions): Promise<EventsPage>;
  /** A session's requests, as many as are recorded by now. `call.timeoutMs` counts for each part of it. */
  har(id: string, call?: CallOptions): Promise<HttpArchive>;
}

/**
 * Where to begin to listen, and how long.
 */
export interface EventsOptions {
  /** The id of the last event that was seen: what came after it is told first. Default: only what comes from now on. */
  lastEventId?: string;
  /** Ends it: what is awaited then rejects with code `aborted`. */
  signal?: AbortSignal;
}

/** What can happen to a session. */
export type SessionEventType =
  | "session.created"
  | "session.updated"
  | "session.expiring"
  | "session.ended"
  | "session.recorded"
  | "session.closed";

/**
 * What has happened to a session. `session.created`: it is live. `session.updated`: its limits or pairs were changed,
 * or clients have come or gone. `session.expiring`: its timeout is near. `session.ended`: it was released or has
 * failed. `session.recorded`: its recording is over. `session.closed`: its browser, which outlived it, is gone.
 */
export interface SessionEvent {
  /** Grows from event to event: for `lastEventId`. */
  id: string;
  type: SessionEventType;
  /** When it happened. */
  at: string;
  sessionId: string;
  /** When its timeout is reached, for `session.expiring`. */
  expiresAt?: string;
  /** Why it ended, for `session.ended`. */
  reason?: ReleaseReason;
  /** The session as it is now, which may be later than the event; absent if it is no longer kept. */
  session?: SessionData;
}

/**
 * What a listener hears: events, and how it stands with the connection.
 *
 * | type | meaning |
 * | --- | --- |
 * | `ready` | connected, at first and after each `disconnected`: all that follows `id` is told |
 * | `reset` | what lies between `ready` and `id` is no longer kept: load what you show again |
 * | `disconnected` | the connection is lost, and is made again. Nothing will be left out |
 */
export type EventMessage =
  | SessionEvent
  | { type: "ready"; id: string }
  | { type: "reset"; id: string }
  | { type: "disconnected" };

/**
 * Which periods to tell the usage of. They begin at whole hours and at midnight, in UTC.
 */
export interface UsageOptions {
  /** In the first one: a `Date`, a date like `"2026-11-22"`, or ISO 8601 with a time zone. Default: 30 days ago. */
  from?: Date | string;
  /** The end of the last one; a date is that whole day. Default: now. 400 days after `from` at most, 31 by the hour. */
  to?: Date | string;
  /** How long each is. Default: `"day"`. */
  by?: "day" | "hour";
}

/**
 * What the project has used.
 */
export interface Usage {
  /** When the first period begins. */
  from: string;
  /** When the last period ends. */
  to: string;
  by: "day" | "hour";
  /** All of them, those in which nothing happened too, the oldest first. */
  periods: UsagePeriod[];
  /** Sessions that may be starting or live at once. */
  limits: { liveMax: number };
  /** How many sessions stand where now. */
  now: { live: number; starting: number; waiting: number };
}

/**
 * What the project has used in one period.
 */
export interface UsagePeriod {
  /** When it begins. */
  start: string;
  /** Time of browsers in it, in seconds, to the millisecond; of those that are live up to now. */
  browserSeconds: number;
  /** Sessions that became live in it, or failed before they were. */
  sessions: number;
  /** Sessions that failed in it. */
  failures: number;
  /** How many ended in it, by why. */
  endsByReason: Partial<Record<ReleaseReason, number>>;
  /** The most that were live at once. */
  livePeak: number;
  /** How many were live at its end, or are now. */
  liveAtEnd: number;
}

/** puppeteer-core, puppeteer, or what looks like it. */
export interface PuppeteerModule {
  connect(options: { browserWSEndpoint: string }): Promise<unknown>;
}

/** playwright-core, playwright, or what looks like it. */
export interface PlaywrightModule {
  chromium: { connectOverCDP(endpoint: string, options?: object): Promise<unknown> };
}

/**
 * Drives a session with puppeteer.
 */
export interface PuppeteerConnector {
  /**
   * Connects the given puppeteer to a session's browser. `connectOptions` go to its `connect` as they are.
   * `browser.disconnect()` leaves the session alive, `browser.close()` ends it.
   */
  connect<P extends PuppeteerModule>(
    session: Pick<SessionData, "websocketUrl">,
    options: { puppeteer: P; connectOptions?: object },
  ): ReturnType<P["connect"]>;
  /**
   * The same with the `puppeteer-core` or `puppeteer` that is installed beside the program. Rejects with code
   * `library_missing` if there is none.
   */
  connect<Browser = unknown>(
    session: Pick<SessionData, "websocketUrl">,
    options?: { connectOptions?: object },
  ): Promise<Browser>;
}

/**
 * Drives a session with playwright.
 */
export interface PlaywrightConnector {
  /**
   * Connects the given playwright to a session's browser. `connectOptions` go to its `connectOverCDP` as they are.
   * `browser.close()` leaves the session alive.
   */
  connect<P extends PlaywrightModule>(
    session: Pick<SessionData, "websocketUrl">,
    options: { playwright: P; connectOptions?: object },
  ): ReturnType<P["chromium"]["connectOverCDP"]>;
  /**
   * The same with the `playwright-core` or `playwright` that is installed beside the program. Rejects with code
   * `library_missing` if there is none.
   */
  connect<Browser = unknown>(
    session: Pick<SessionData, "websocketUrl">,
    options?: { connectOptions?: object },
  ): Promise<Browser>;
}

/**
 * A client of one project on one service.
 */
export declare class Tidewatch {
  /** Throws a {@link TidewatchError} with code `invalid_options` that names what can't be used. Sends nothing. */
  constructor(options: ClientOptions);
  readonly sessions: Sessions;
  readonly puppeteer: PuppeteerConnector;
  readonly playwright: PlaywrightConnector;
  /**
   * What happens to the project's sessions, as it happens: over a WebSocket, or server-sent events where there is none
   * or where `fetch` is one of your own. A lost connection is made again, after the waits that `retry` names and for as
   * long as it takes, and goes on where it stood. Throws a {@link TidewatchError} for options that can't be used;
   * rejects with one if the service refuses, as it does a wrong key.
   */
  events(options?: EventsOptions): AsyncIterableIterator<EventMessage>;
  /** What the project has used, by the day or hour. */
  usage(options?: UsageOptions, call?: CallOptions): Promise<Usage>;
  /**
   * From now on, releases what this client has created, and is starting or still lives, when the page is left or the
   * process ends: at `pagehide`, SIGINT, SIGTERM, the end of all work and an uncaught error. A process then ends as it
   * would have without, 5 s later at most. A page is left also when the browser keeps it for the way back: it may be
   * thrown away without a word. What no program can answer to (SIGKILL, a lost machine, `process.exit`, a tab that is
   * closed in Firefox, which may drop what it was to send) is for `onDisconnect: "release"`.
   *
   * Throws a {@link TidewatchError} with code `unsupported_environment` where nothing tells of the end, as in a page's
   * worker.
   *
   * @returns takes it back. To call this again changes nothing.
   */
  releaseOnExit(): () => void;
}

/** What the service says went wrong. */
export type ServiceErrorCode =
  | "invalid_json"
  | "unsupported_media_type"
  | "body_too_large"
  | "missing_key"
  | "invalid_key"
  | "invalid_token"
  | "forbidden"
  | "session_not_found"
  | "target_not_found"
  | "recording_not_found"
  | "route_not_found"
  | "method_not_allowed"
  | "session_ended"
  | "not_watched"
  | "no_picture"
  | "released_while_starting"
  | "session_gone"
  | "upgrade_required"
  | "invalid_request"
  | "idempotency_mismatch"
  | "limit_reached"
  | "too_many_viewers"
  | "too_many_listeners"
  | "provider_rate_limited"
  | "provider_error"
  | "provider_unavailable"
  | "provider_timeout"
  | "start_interrupted"
  | "not_configured"
  | "internal";

/**
 * What the client itself says went wrong.
 *
 * | code | meaning |
 * | --- | --- |
 * | `invalid_options` | an argument can't be used; `errors` names it. No request was sent |
 * | `connection_failed` | no answer, or half of one: refused, lost, or forbidden by the page's origin rules |
 * | `timeout` | `timeoutMs` was reached |
 * | `aborted` | `signal` was aborted; `cause` is its reason |
 * | `redirected` | the server answered with a redirect, which is never followed: the key would go along |
 * | `http_error` | an error status without the service's own words: something in between has answered |
 * | `invalid_response` | a good status with a body that is not the service's: HTML, nothing, half of it, another shape |
 * | `library_missing` | puppeteer or playwright is not there |
 * | `unsupported_environment` | nothing here tells of the end of the program |
 */
export type ClientErrorCode =
  | "invalid_options"
  | "connection_failed"
  | "timeout"
  | "aborted"
  | "redirected"
  | "http_error"
  | "invalid_response"
  | "library_missing"
  | "unsupported_environment";

/**
 * One thing that is wrong with an argument.
 */
export interface InvalidValue {
  /** Where: a JSON pointer (RFC 6901), like `/metadata/run`. */
  pointer: string;
  /** What, for people. */
  detail: string;
}

/**
 * A session that holds one of the project's slots.
 */
export interface SlotHolder {
  /** The session's id. */
  id: string;
  owner?: string;
  /** When its time is up at the latest, ISO 8601. */
  expiresAt: string;
}

/**
 * What went wrong with a call.
 */
export declare class TidewatchError extends Error {
  readonly name: "TidewatchError";
  /** What, for programs. A newer service may have codes that are not listed here. */
  readonly code: ServiceErrorCode | ClientErrorCode | (string & {});
  /** The HTTP status, if there was an answer. */
  readonly status: number | undefined;
  /** What is wrong with the arguments, place by place, for `invalid_options` and `invalid_request`; else empty. */
  readonly errors: readonly InvalidValue[];
  /** Who holds the slots, for `limit_reached`; else empty. */
  readonly holders: readonly SlotHolder[];
  /** The service's name for the request, to look it up in its log. */
  readonly requestId: string | undefined;
  /** Whether the same call may succeed later. The client has tried again by itself already. */
  readonly retryable: boolean;
  /** What was thrown below, if something was. */
  readonly cause: unknown;
}
