// Records one document with rrweb: within a limit, and with a new snapshot when rrweb can't see a change.

/** @import { record as rrwebRecord } from "@rrweb/record" */
/** @import { eventWithTime, incrementalData } from "@rrweb/types" */
/** @import { EventBatcher } from "./event_batcher.js" */

import { EVENT_TYPE, SOURCE } from "../rrweb.js";
import { countHiddenRules } from "./hidden_styles.js";
import { TokenBucket } from "./token_bucket.js";

/** The sources of input with the mouse or the keyboard. @type {number[]} */
const INPUT_SOURCES = [SOURCE.MOUSE_INTERACTION, SOURCE.INPUT];

const CHECK_EVERY_MS = 1_000;
// A document that has changed gets a new snapshot after this long, with what an isolated world can't see …
const SNAPSHOT_EVERY_MS = 15_000;
// … and after this long, if scripts have inserted styles.
const STYLES_AFTER_MS = 2_000;
// Snapshots take at most one part in this many of the document's time.
const SNAPSHOT_SHARE = 100;
// Recording stops for this long if a document changes too fast. The time doubles while that continues.
const REST_MS = 5_000;
const REST_MAX_MS = 60_000;

export class DocumentRecorder {
  #record;
  /** @type {NonNullable<Parameters<typeof rrwebRecord<eventWithTime>>[0]>} */
  #options;
  #batcher;
  #bucket = new TokenBucket();
  /** @type {Document | undefined} */
  #document;
  /** @type {(() => void) | undefined} stops rrweb */
  #stop;
  #hasChanged = false;
  #hiddenRules = 0;
  #snapshotAt = 0;
  /** The minimum time until the next snapshot. */
  #snapshotPauseMs = 0;
  #isResting = false;
  #restMs = REST_MS;
  #startedAt = 0;

  /**
   * @param {object} options
   * @param {typeof rrwebRecord} options.record
   * @param {boolean} options.maskInputs
   * @param {EventBatcher} options.batcher
   */
  constructor({ record, maskInputs, batcher }) {
    this.#record = record;
    this.#batcher = batcher;
    this.#options = {
      emit: (event) => this.#emit(event),
      recordAfter: "DOMContentLoaded",
      // Passwords are always masked.
      maskAllInputs: maskInputs,
      // Typed text in editable elements is masked like the value of an input.
      ...(maskInputs && { maskTextSelector: "[contenteditable]:not([contenteditable=false])" }),
      slimDOMOptions: { script: true, comment: true },
      sampling: { mousemove: 100, scroll: 150 },
    };
  }

  /**
   * Starts with a document, unless it is recorded already.
   *
   * @param {Document} document
   */
  start(document) {
    if (this.#document === document) return;
    if (this.#document === undefined) setInterval(() => this.#check(), CHECK_EVERY_MS);
    this.#document = document;
    if (this.#isResting) return;
    this.#stop?.();
    this.#begin();
  }

  /** Takes a full snapshot, because earlier events were lost. */
  snapshot() {
    if (!this.#isResting && this.#stop) this.#takeSnapshot(() => this.#record.takeFullSnapshot(true));
  }

  #begin() {
    this.#startedAt = Date.now();
    this.#takeSnapshot(() => {
      this.#stop = this.#record(this.#options);
    });
  }

  /** @param {() => void} take */
  #takeSnapshot(take) {
    const began = performance.now();
    this.#hasChanged = false;
    this.#snapshotAt = Date.now();
    this.#snapshotPauseMs = 0;
    this.#hiddenRules = countHiddenRules();
    take();
    this.#snapshotPauseMs = Math.max(this.#snapshotPauseMs, (performance.now() - began) * SNAPSHOT_SHARE);
  }

  /** @param {eventWithTime} event */
  #emit(event) {
    if (this.#isResting) return;
    const line = lineOf(event);
    if (event.type === EVENT_TYPE.FULL_SNAPSHOT) {
      this.#snapshotPauseMs = Math.max(this.#snapshotPauseMs, TokenBucket.earnedInMs(line.length));
    } else if (event.type !== EVENT_TYPE.META) {
      if (!this.#bucket.take(line.length, event.timestamp))
        return this.#rest("the page changed too fast to be recorded");
      this.#hasChanged = true;
    }
    if (!this.#batcher.add(line, isInput(event))) return this.#rest("the page is too large to be recorded");
  }

  #check() {
    this.start(document);
    if (this.#isResting) return;
    const isRestyled = countHiddenRules() !== this.#hiddenRules;
    const after = Math.max(isRestyled ? STYLES_AFTER_MS : SNAPSHOT_EVERY_MS, this.#snapshotPauseMs);
    if ((this.#hasChanged || isRestyled) && Date.now() - this.#snapshotAt >= after) this.snapshot();
  }

  /** @param {string} why */
  #rest(why) {
    const from = Date.now();
    this.#isResting = true;
    if (from - this.#startedAt > REST_MAX_MS) this.#restMs = REST_MS;
    // Not inside rrweb's own callback.
    setTimeout(() => this.#stop?.());
    setTimeout(() => this.#resume(from, why), this.#restMs);
    this.#restMs = Math.min(this.#restMs * 2, REST_MAX_MS);
  }

  /**
   * @param {number} from
   * @param {string} why
   */
  #resume(from, why) {
    const to = Date.now();
    const data = { tag: "gap", payload: { from, to, why } };
    this.#batcher.add(lineOf({ type: EVENT_TYPE.CUSTOM, timestamp: to, data }));
    this.#isResting = false;
    this.#begin();
  }
}

/**
 * Whether an event is input, which is sent at once: a navigation to another process may follow and takes unsent events
 * with it.
 *
 * @param {eventWithTime} event
 */
function isInput({ type, data }) {
  if (type !== EVENT_TYPE.INCREMENTAL_SNAPSHOT) return false;
  return INPUT_SOURCES.includes(/** @type {incrementalData} */ (data).source);
}

/**
 * An event as a line. Its type and time come first, so that the recorder does not need to parse the JSON.
 *
 * @param {{type: number, timestamp: number, data: unknown}} event
 */
function lineOf(event) {
  return `${event.type} ${event.timestamp} ${JSON.stringify(event)}`;
}
