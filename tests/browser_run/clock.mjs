// Time as the provider counts it. A test may let it pass faster than it does.

// The longest wait that a timer takes.
const WAIT_MS_MAX = 2 ** 31 - 1;

/** @typedef {{time: number, work: () => void}} Alarm */

/** A clock with alarms: one timer runs, however many are set. */
export class Clock {
  /** Alarms as a heap: none is earlier than its parent, at half its place. @type {Alarm[]} */
  #alarms = [];
  #ahead = 0;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /** Milliseconds since 1970, and ahead of that by what was let pass. */
  now() {
    return Date.now() + this.#ahead;
  }

  /**
   * Lets so much time pass at once. What is due by then happens before this returns.
   *
   * @param {number} ms
   */
  pass(ms) {
    this.#ahead += ms;
    this.#ring();
  }

  /**
   * Does something at a time.
   *
   * @param {number} time
   * @param {() => void} work
   */
  at(time, work) {
    const alarm = { time, work };
    this.#push(alarm);
    if (this.#alarms[0] === alarm) this.#setTimer();
  }

  /**
   * Resolves after so much time.
   *
   * @param {number} ms
   * @returns {Promise<void>}
   */
  wait(ms) {
    return new Promise((resolve) => this.at(this.now() + ms, resolve));
  }

  /** Nothing rings any more. */
  stop() {
    clearTimeout(this.#timer);
    this.#alarms = [];
  }

  #ring() {
    while (this.#alarms.length > 0 && this.#alarms[0].time <= this.now()) this.#pop().work();
    this.#setTimer();
  }

  #setTimer() {
    clearTimeout(this.#timer);
    if (this.#alarms.length === 0) return;
    const wait = Math.max(0, this.#alarms[0].time - this.now());
    this.#timer = setTimeout(() => this.#ring(), Math.min(wait, WAIT_MS_MAX));
  }

  /** @param {Alarm} alarm */
  #push(alarm) {
    const alarms = this.#alarms;
    let place = alarms.push(alarm) - 1;
    for (let above = (place - 1) >> 1; place > 0 && alarms[above].time > alarm.time; above = (place - 1) >> 1) {
      alarms[place] = alarms[above];
      place = above;
    }
    alarms[place] = alarm;
  }

  /** Removes the earliest of at least one alarm. */
  #pop() {
    const alarms = this.#alarms;
    const [first] = alarms;
    const last = alarms.pop() ?? first;
    if (alarms.length === 0) return first;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below + 1 < alarms.length && alarms[below + 1].time < alarms[below].time) below += 1;
      if (below >= alarms.length || alarms[below].time >= last.time) break;
      alarms[place] = alarms[below];
      place = below;
    }
    alarms[place] = last;
    return first;
  }
}
