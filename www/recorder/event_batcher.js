// Sends events to the recorder: a line for each event, several lines in a message.

// A message over 32 MiB would end the recorder's socket. A character takes three bytes at most.
const MESSAGE_CHARACTERS_MAX = 6_000_000;
// Events that were not sent are lost when the browser closes. So the first messages are sent at once. A page with many
// events gets one message in this time.
const PAUSE_MS = 50;
const AT_ONCE = 10;

export class EventBatcher {
  #send;
  /** @type {string[]} */
  #lines = [];
  #characters = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #isFlushing = false;
  /** When the pauses of all messages so far are over. */
  #pausedUntil = -Infinity;

  /** @param {(message: string) => void} send */
  constructor(send) {
    this.#send = send;
  }

  /**
   * Adds an event.
   *
   * @param {string} line
   * @param {boolean} [isInput] whether it is a person's or agent's input, which is sent at once
   * @returns {boolean} false if the event is larger than a message can be
   */
  add(line, isInput = false) {
    if (line.length > MESSAGE_CHARACTERS_MAX) return false;
    if (this.#characters + line.length > MESSAGE_CHARACTERS_MAX) this.flush();
    this.#lines.push(line);
    this.#characters += line.length + 1;
    if (isInput) this.#flushSoon();
    else this.#schedule();
    return true;
  }

  /** Sends all events now. */
  flush() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isFlushing = false;
    if (this.#lines.length === 0) return;
    const message = this.#lines.join("\n");
    this.#lines = [];
    this.#characters = 0;
    this.#send(message);
  }

  /** Sends all events after the current task's code. */
  #flushSoon() {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    queueMicrotask(() => this.flush());
  }

  #schedule() {
    if (this.#isFlushing || this.#timer !== undefined) return;
    const now = performance.now();
    const wait = this.#pausedUntil - (AT_ONCE - 1) * PAUSE_MS - now;
    if (wait > 0) {
      this.#timer = setTimeout(() => this.#flushAfterPause(), wait);
      return;
    }
    this.#count(now);
    this.#flushSoon();
  }

  #flushAfterPause() {
    this.#count(performance.now());
    this.flush();
  }

  /** @param {number} now */
  #count(now) {
    this.#pausedUntil = Math.max(this.#pausedUntil, now) + PAUSE_MS;
  }
}
