// The CDP messages between the viewer and the session's browser.

import type { Protocol } from "devtools-protocol";
import type { ProtocolMapping } from "devtools-protocol/types/protocol-mapping.js";

export type { Protocol };

/** Commands: the browser's, and the service's own `Viewer.read`, which says how far this page has read. */
interface Commands extends ProtocolMapping.Commands {
  "Viewer.read": { paramsType: [Record<string, unknown>]; returnType: undefined };
}

export type Method = keyof Commands;
export type Params<M extends Method> = Commands[M]["paramsType"] extends []
  ? Record<string, never>
  : NonNullable<Commands[M]["paramsType"][0]>;
export type Result<M extends Method> = Commands[M]["returnType"];

/** Sends a command to a tab and does not wait for its result. */
export type Post = <M extends Method>(method: M, params: Params<M>, sessionId: string) => void;
/** Sends a command to the shown tab, if there is one, and does not wait for its result. */
export type Input = <M extends Method>(method: M, params: Params<M>) => void;
/** Sends a command to the shown tab. */
export type Ask = <M extends Method>(method: M, params: Params<M>) => Promise<Result<M>>;

type Handled =
  | "Target.targetCreated"
  | "Target.targetInfoChanged"
  | "Target.targetDestroyed"
  | "Page.screencastFrame"
  | "Page.screencastVisibilityChanged"
  | "Page.javascriptDialogOpening"
  | "Page.javascriptDialogClosed"
  | "Runtime.consoleAPICalled"
  | "Runtime.exceptionThrown"
  | "Log.entryAdded";

/** The events that the viewer handles. It ignores others. */
export type CdpEvent = {
  [M in Handled]: { method: M; params: ProtocolMapping.Events[M][0]; sessionId?: string };
}[Handled];

/** The service asks how far this page has read, so that frames do not pile up on the way. */
export type MarkEvent = { method: "Viewer.mark"; params: Record<string, unknown> };

export type Response = { id: number; result?: unknown; error?: { message: string } };
