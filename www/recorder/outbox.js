// Events on their way to the recorder: a line of JSON each, some lines a message.

// A message over 32 MiB would end the recorder's socket; a character takes three bytes at most.
const MESSAGE_CHARACTERS_MAX = 6_000_000;
// The first event goes at once, what follows it together.
const PAUSE_MS = 50;

export class Outbox {
  #send;
  #lines = [];
  #characters = 0;
  #timer;
  #isHurried = false;
  #sentAt = -Infinity;

  constructor(send) {
    this.#send = send;
  }

  /** Takes an event as JSON; false if it is larger than a message can be. */
  put(line) {
    if (line.length > MESSAGE_CHARACTERS_MAX) return false;
    if (this.#characters + line.length > MESSAGE_CHARACTERS_MAX) this.flush();
    this.#lines.push(line);
    this.#characters += line.length + 1;
    this.#schedule();
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
    this.#sentAt = performance.now();
    this.#send(message);
  }

  /** Sends what there is as soon as what goes on is over. */
  hurry() {
    if (this.#isHurried) return;
    this.#isHurried = true;
    queueMicrotask(() => this.flush());
  }

  #schedule() {
    const wait = this.#sentAt + PAUSE_MS - performance.now();
    if (wait <= 0) this.hurry();
    else this.#timer ??= setTimeout(() => this.flush(), wait);
  }
}
