// Events on their way to the recorder: a line of JSON each, some lines a message.

// A message over 32 MiB would end the recorder's socket; a character takes three bytes at most.
const MESSAGE_CHARACTERS_MAX = 6_000_000;
// A browser that is closed takes with it what was not sent. So the first messages go at once; of a page that has more to
// say, what follows goes together, one message in this time.
const PAUSE_MS = 50;
const AT_ONCE = 10;

export class Outbox {
  #send;
  #lines = [];
  #characters = 0;
  #timer;
  #isHurried = false;
  // When all messages so far will have had their time.
  #evenAt = -Infinity;

  constructor(send) {
    this.#send = send;
  }

  /** Takes an event as JSON, and sends a step of somebody's at once; false if it is larger than a message can be. */
  put(line, isStep = false) {
    if (line.length > MESSAGE_CHARACTERS_MAX) return false;
    if (this.#characters + line.length > MESSAGE_CHARACTERS_MAX) this.flush();
    this.#lines.push(line);
    this.#characters += line.length + 1;
    if (isStep) this.#hurry();
    else this.#schedule();
    return true;
  }

  /** Sends what there is. */
  flush() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isHurried = false;
    if (this.#lines.length === 0) return;
    const message = this.#lines.join("\n");
    this.#lines = [];
    this.#characters = 0;
    this.#send(message);
  }

  /** Sends what there is as soon as what goes on is over. */
  #hurry() {
    if (this.#isHurried) return;
    this.#isHurried = true;
    queueMicrotask(() => this.flush());
  }

  #schedule() {
    if (this.#isHurried || this.#timer !== undefined) return;
    const now = performance.now();
    const wait = this.#evenAt - (AT_ONCE - 1) * PAUSE_MS - now;
    if (wait > 0) {
      this.#timer = setTimeout(() => this.#flushInTurn(), wait);
      return;
    }
    this.#count(now);
    this.#hurry();
  }

  #flushInTurn() {
    this.#count(performance.now());
    this.flush();
  }

  #count(now) {
    this.#evenAt = Math.max(this.#evenAt, now) + PAUSE_MS;
  }
}
