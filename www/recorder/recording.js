// rrweb at work on one document: within its allowance, and with a new snapshot where it can't see a change.

import { Allowance } from "./allowance.js";
import { countHiddenRules } from "./hidden_styles.js";

// rrweb's own numbers.
const FULL_SNAPSHOT = 2;
const META = 4;
const CUSTOM = 5;
const INCREMENTAL_SNAPSHOT = 3;
// What somebody does with the mouse or the keyboard.
const STEPS = [2, 5];

const LOOK_EVERY_MS = 1_000;
// What an isolated world can't see is in the picture after this long, if anything else has changed …
const SNAPSHOT_EVERY_MS = 15_000;
// … and styles that scripts insert are after this long.
const STYLES_AFTER_MS = 2_000;
// Snapshots take one part in this many of the document's time at most.
const SNAPSHOT_SHARE = 100;
// A document that says too much is left alone for this long; twice as long each time, as long as it goes on.
const REST_MS = 5_000;
const REST_MAX_MS = 60_000;

export class Recording {
  #record;
  #options;
  #outbox;
  #allowance = new Allowance();
  #document;
  #stop;
  #changed = false;
  #rules = 0;
  #snapshotAt = 0;
  #snapshotLastsMs = 0;
  #isResting = false;
  #restMs = REST_MS;
  #begunAt = 0;

  constructor({ record, maskInputs, outbox }) {
    this.#record = record;
    this.#outbox = outbox;
    this.#options = {
      emit: (event) => this.#emit(event),
      recordAfter: "DOMContentLoaded",
      // Passwords are masked in any case.
      maskAllInputs: maskInputs,
      // What is typed there is an input's value in all but name.
      maskTextSelector: maskInputs ? "[contenteditable]:not([contenteditable=false])" : null,
      slimDOMOptions: { script: true, comment: true },
      sampling: { mousemove: 100, scroll: 150 },
    };
  }

  /** Begins with a document, unless that has begun. */
  start(document) {
    if (this.#document === document) return;
    if (this.#document === undefined) setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#document = document;
    if (this.#isResting) return;
    this.#stop?.();
    this.#begin();
  }

  /** Takes a whole picture, since earlier events were lost. */
  picture() {
    if (!this.#isResting && this.#stop) this.#takeSnapshot(() => this.#record.takeFullSnapshot(true));
  }

  #begin() {
    this.#begunAt = Date.now();
    this.#takeSnapshot(() => {
      this.#stop = this.#record(this.#options);
    });
  }

  #takeSnapshot(take) {
    const began = performance.now();
    this.#changed = false;
    this.#snapshotAt = Date.now();
    this.#snapshotLastsMs = 0;
    this.#rules = countHiddenRules();
    take();
    this.#snapshotLastsMs = Math.max(this.#snapshotLastsMs, (performance.now() - began) * SNAPSHOT_SHARE);
  }

  #emit(event) {
    if (this.#isResting) return;
    const line = lineOf(event);
    if (event.type === FULL_SNAPSHOT) {
      this.#snapshotLastsMs = Math.max(this.#snapshotLastsMs, Allowance.earnedInMs(line.length));
    } else if (event.type !== META) {
      if (!this.#allowance.take(line.length, event.timestamp))
        return this.#rest("the page changed too fast to be recorded");
      this.#changed = true;
    }
    // A navigation to another process may follow a step at once, and takes with it what has not been sent.
    const isStep = event.type === INCREMENTAL_SNAPSHOT && STEPS.includes(event.data.source);
    if (!this.#outbox.put(line, isStep)) return this.#rest("the page is too large to be recorded");
  }

  #look() {
    this.start(document);
    if (this.#isResting) return;
    const isRestyled = countHiddenRules() !== this.#rules;
    const after = Math.max(isRestyled ? STYLES_AFTER_MS : SNAPSHOT_EVERY_MS, this.#snapshotLastsMs);
    if ((this.#changed || isRestyled) && Date.now() - this.#snapshotAt >= after) {
      this.picture();
    }
  }

  #rest(why) {
    const from = Date.now();
    this.#isResting = true;
    if (from - this.#begunAt > REST_MAX_MS) this.#restMs = REST_MS;
    // Not in the middle of rrweb's own work.
    setTimeout(() => this.#stop?.());
    setTimeout(() => this.#resume(from, why), this.#restMs);
    this.#restMs = Math.min(this.#restMs * 2, REST_MAX_MS);
  }

  #resume(from, why) {
    const to = Date.now();
    this.#outbox.put(lineOf({ type: CUSTOM, timestamp: to, data: { tag: "gap", payload: { from, to, why } } }));
    this.#isResting = false;
    this.#begin();
  }
}

// Kind and time stand before it, so that the recorder need not look for them.
function lineOf(event) {
  return `${event.type} ${event.timestamp} ${JSON.stringify(event)}`;
}
