// Records a document with rrweb. Injected into each document before its own scripts, in an isolated world: the page's
// globals and this script's don't see each other, and only this world has the binding that leads to the recorder.

import "./pristine.js";

import { record } from "@rrweb/record";

import { Outbox } from "./outbox.js";
import { Recording } from "./recording.js";

// rrweb itself waits for a document's end. One that takes long to arrive is recorded while it does.
const PATIENCE_MS = 1_000;

// A frame of the same origin is recorded with the document around it.
if (window === window.top) begin(globalThis.tidewatchOptions, globalThis.tidewatchRecord);

function begin({ maskInputs }, send) {
  const outbox = new Outbox(send);
  const recording = new Recording({ record, maskInputs, outbox });
  globalThis.tidewatchSnapshot = () => recording.picture();
  const start = () => recording.start(document);
  // A new window's first document has gone when its own comes, and the scripts of this world stay as they are.
  window.addEventListener("DOMContentLoaded", start);
  // Whatever is left when the document goes.
  for (const event of ["pagehide", "visibilitychange"]) window.addEventListener(event, () => outbox.flush(), true);
  if (document.readyState !== "loading") start();
  else setTimeout(() => withReadableDocument(start), PATIENCE_MS);
}

function withReadableDocument(start) {
  // Seen by this world alone.
  Object.defineProperty(document, "readyState", { configurable: true, get: () => "interactive" });
  start();
  delete document.readyState;
}
