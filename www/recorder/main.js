// Records a document with rrweb. The recorder injects this script into each document before the page's own scripts, in
// an isolated world: the page's globals and this script's are separate, and only this world has the binding that leads
// to the recorder.

// Before rrweb, which reads what this replaces while it loads.
import "./rrweb_patches.js";

import { record } from "@rrweb/record";

import { DocumentRecorder } from "./document_recorder.js";
import { EventBatcher } from "./event_batcher.js";

// rrweb waits until a document is complete. A slow document is recorded earlier, after this long.
const PATIENCE_MS = 1_000;

// A frame of the same origin is recorded together with the document around it.
if (window === window.top) start(globalThis.tidewatchOptions, globalThis.tidewatchRecord);

/**
 * @param {{maskInputs: boolean}} options
 * @param {(message: string) => void} send
 */
function start({ maskInputs }, send) {
  const batcher = new EventBatcher(send);
  const recorder = new DocumentRecorder({ record, maskInputs, batcher });
  globalThis.tidewatchSnapshot = () => recorder.snapshot();
  const startDocument = () => recorder.start(document);
  // In a new window the first document is replaced by the real one, and this world stays.
  window.addEventListener("DOMContentLoaded", startDocument);
  // Sends the last events when the document goes.
  for (const event of ["pagehide", "visibilitychange"]) window.addEventListener(event, () => batcher.flush(), true);
  if (document.readyState !== "loading") startDocument();
  else setTimeout(() => withReadableDocument(startDocument), PATIENCE_MS);
}

/**
 * Runs `work` while the document says that it is readable. Only this world sees that.
 *
 * @param {() => void} work
 */
function withReadableDocument(work) {
  Object.defineProperty(document, "readyState", { configurable: true, get: () => "interactive" });
  work();
  Reflect.deleteProperty(document, "readyState");
}
