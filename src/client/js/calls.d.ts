// The calls that Rust makes (`calls.rs`). Invalid arguments throw synchronously.

import type {
  CallOptions,
  CreateOptions,
  HttpArchive,
  ListOptions,
  LiveDetails,
  PictureOptions,
  RecordedEvent,
  RecordedEventsOptions,
  ReleaseAllAnswer,
  ReleaseAllFilter,
  SessionData,
  UpdateOptions,
} from "../types.ts";

/** A part of a recording. The cursor of the next part is a property of the part itself; undefined at the end. */
export type Part<Body> = Body & { nextCursor?: string };

export interface SessionsBody {
  sessions: SessionData[];
  nextCursor: string | null;
  totalCount: number;
}

export interface ReleaseBody {
  success: true;
  message: string;
  session: SessionData;
}

export interface Calls {
  /** An idempotency key for a new create. */
  freshKey(): string;
  create(options: CreateOptions | undefined, call: CallOptions | undefined, key: string): Promise<SessionData>;
  retrieve(id: string, call?: CallOptions): Promise<SessionData>;
  list(options?: ListOptions, call?: CallOptions): Promise<SessionsBody>;
  update(id: string, changes: UpdateOptions, call?: CallOptions): Promise<SessionData>;
  release(id: string, call?: CallOptions): Promise<ReleaseBody>;
  releaseAll(filter?: ReleaseAllFilter, call?: CallOptions): Promise<ReleaseAllAnswer>;
  liveDetails(id: string, call?: CallOptions): Promise<LiveDetails>;
  picture(id: string, options?: PictureOptions): Promise<ArrayBuffer>;
  recorded(
    id: string,
    options: RecordedEventsOptions | undefined,
    call: CallOptions | undefined,
    asHar: false,
  ): Promise<Part<RecordedEvent[]>>;
  recorded(
    id: string,
    options: RecordedEventsOptions | undefined,
    call: CallOptions | undefined,
    asHar: true,
  ): Promise<Part<HttpArchive>>;
  /** Throws if `ms` can't be added to a timeout. */
  checkLength(ms: number): void;
  /** Releases the session of one create, by its key; without a key all sessions that this client has created. */
  releaseCreated(key: string | undefined, call: CallOptions): Promise<ReleaseAllAnswer>;
  /** Releases all sessions that this client has created, in a request that outlives the page. */
  sendReleaseCreated(): Promise<unknown>;
}

/** What a subscription needs. */
export interface EventsPlan {
  url: string;
  key: string;
  /** Replaces the global `fetch`. */
  fetch?: typeof globalThis.fetch;
  baseDelayMs: number;
  maxDelayMs: number;
}
