// What the API allows for one session, or for the sessions of one key: the states that each step may lead to.
//
// A state holds the life that the key or id leads to now, the lives that it led to before (a failed start frees its
// key), the life that each pending create has found, and the lives that were refused after their wait.

import {
  BY_CALL,
  BY_ITSELF,
  begin,
  changed,
  endings,
  expiry,
  failedWith,
  hasFailedToStart,
  live,
  mayBeTurnedAway,
  showing,
  wasReleasedWhileStarting,
} from "./life.mjs";

/**
 * @typedef {import("./answers.mjs").Seen} Seen
 * @typedef {import("./life.mjs").Life} Life
 * @typedef {import("./partition.mjs").Hidden} Hidden
 * @typedef {import("./partition.mjs").Kind} Kind
 * @typedef {import("./partition.mjs").SessionStep} SessionStep
 *
 * @typedef {object} State
 * @property {boolean} isKeyed
 * @property {Life | null} now
 * @property {Life[]} before
 * @property {Record<number, number>} cameUpon for each pending create, by its number, the `call` of the life it found
 * @property {number[]} turnedAway the `call` of lives that were refused after their wait
 *
 * @typedef {import("./linearize.mjs").Model<State, SessionStep>} SessionModel
 */

/**
 * @template {Kind} K
 * @typedef {import("./partition.mjs").StepOf<K>} StepOf
 */

/**
 * The model for the sessions of one place.
 *
 * @param {"id" | "key" | "none"} kind what makes a create safe to repeat
 * @param {Seen[]} [failed] the failed starts under a key, in their order, if lists show all of them
 * @returns {SessionModel}
 */
export function sessionModel(kind, failed) {
  const isKeyed = kind === "key";
  const settled = (/** @type {State} */ state) =>
    freeKey(state).flatMap((free) => (failed ? settleFailed(free, failed) : [free]));
  return {
    first: { isKeyed, now: null, before: [], cameUpon: {}, turnedAway: [] },
    next: (state, step) => take(state, step).flatMap(settled),
  };
}

// What a refused create has found.
const NOTHING = 0;
const REFUSALS = ["limit_reached", "provider_rate_limited"];

/** @type {{[K in Kind]: (state: State, step: StepOf<K>) => State[]}} */
const STEPS = {
  // A create takes effect twice: when it makes or finds a session, and when it answers.
  begin(state, step) {
    const { call, label, made, begunAt: since, id, mayBeLeft, values, status } = step;
    const comeUpon = (/** @type {State} */ next, /** @type {number} */ life) =>
      step.optional ? next : { ...next, cameUpon: { ...next.cameUpon, [call]: life } };
    const found = made !== true && state.now?.label === label ? [comeUpon(state, state.now.call)] : [];
    if (made === false) return found;
    const free = vacant(state, step);
    const now = begin({ call, since, label, id, mayBeLeft, values });
    const fresh = free.map((next) => comeUpon({ ...next, now }, call));
    // A create with a wait is refused only after the wait.
    const refused = status === 429 && values.wait === null ? free.map((next) => comeUpon(next, NOTHING)) : [];
    return [...found, ...fresh, ...refused];
  },

  outcome(state, step) {
    const upon = state.cameUpon[step.call];
    const done = forget(state, step.call);
    const isRefusal = step.code !== undefined && REFUSALS.includes(step.code);
    if (upon === NOTHING || state.turnedAway.includes(upon)) return isRefusal ? [done] : [];
    const life = all(state).find(({ call }) => call === upon);
    if (!life) throw new Error(`create ${step.call} has no session in this state`);
    const away = isRefusal && life === state.now ? turnAway(done, step) : [];
    return [...away, ...outcomes(life, step).map((next) => replace(done, life, next))];
  },

  // The same key or id with another body.
  mismatch: (state, { label }) => (state.now && state.now.label !== label ? [state] : []),

  /** Sessions that one answer shows, and what it says about the sessions that it does not show. */
  shown(state, { seen, hidden, endedAt }) {
    const states = eachOf(state, seen, (life, session) => showing(life, session, endedAt));
    return states.flatMap(({ state, left }) => allHidden(state, left, hidden, endedAt));
  },

  absent(state, step) {
    if (all(state).every(({ id }) => id !== step.id)) return [state];
    return state.now?.id === step.id ? turnAway(state, step) : [];
  },

  /** A change answers 404 while there is no session, or while the session is not live yet. */
  notLiveYet: (state, { id }) => (named(all(state), id).every(({ phase }) => phase === "starting") ? [state] : []),

  /** An answer that is only possible for an ended session. */
  over(state, { id, endedAt }) {
    return each(state, id, (life) => becomeOver(life, endedAt));
  },

  /** An answer that is only possible for a live session. */
  live(state, { id, begunAt }) {
    const isDue = (/** @type {Life} */ { createdAt, timeout }) =>
      createdAt !== null && begunAt >= expiry({ createdAt, timeout });
    return each(state, id, (life) => {
      const alive = live(life);
      return alive && !isDue(alive) ? [alive] : [];
    });
  },

  /** A change of a value that only a watched session has. */
  notWatched: (state, { id }) =>
    each(state, id, (life) => {
      const alive = live(life);
      return alive?.inactivity === null ? [alive] : [];
    }),

  change(state, step) {
    const { id, values, seen, begunAt, endedAt } = step;
    return each(state, id, (life) => {
      const alive = live(life);
      if (!alive) return [];
      const after = changed(alive, values);
      if (!seen) return [after];
      // A deadline that has passed can't be changed.
      const createdAt = seen.createdAt ?? NaN;
      if (begunAt >= expiry({ createdAt, timeout: alive.timeout })) return [];
      if (seen.status === "live") return showing(after, seen, endedAt);
      if (values.timeout === undefined || seen.reason !== "timeout") return [];
      return endings(after, BY_ITSELF, begunAt, endedAt).flatMap((over) => showing(over, seen, endedAt));
    });
  },

  release(state, { id, seen, begunAt, endedAt }) {
    return each(state, id, (life) => {
      const released = endings(life, BY_CALL, begunAt, endedAt);
      if (!seen) return released;
      return [...released.flatMap((over) => showing(over, seen, endedAt)), ...showing(life, seen, endedAt)];
    });
  },

  /** A release of many sessions named these, and left out no other that it had to release. */
  releaseMany(state, { ids, onlyLooks, begunAt, endedAt }) {
    const taken = (/** @type {Life} */ life, /** @type {{id: string}} */ { id }) => {
      if (life.phase === "over") return [];
      const ended = onlyLooks ? [life] : endings(life, BY_CALL, begunAt, endedAt);
      return ended.map((next) => withId(next, id));
    };
    const states = eachOf(
      state,
      ids.map((id) => ({ id })),
      taken,
    );
    const spared = states.flatMap(({ state, left }) => allHidden(state, left, "unless over", endedAt));
    return ids.length > 0 ? spared : [...spared, ...turnAway(state, { endedAt })];
  },

  /** A release of many sessions named a session that its filter excludes. */
  notAsked: () => [],

  /** A release of many sessions that was never answered. */
  releaseUnseen(state, { begunAt, endedAt }) {
    const { now } = state;
    if (!now) return [];
    return endings(now, BY_CALL, begunAt, endedAt).map((next) => replace(state, now, next));
  },
};

/**
 * @param {State} state
 * @param {SessionStep} step
 */
const take = (state, step) =>
  /** @type {(state: State, step: SessionStep) => State[]} */ (STEPS[step.kind])(state, step);

/**
 * @param {Life} life
 * @param {StepOf<"outcome">} step
 */
function outcomes(life, { status, code, cause, seen, endedAt }) {
  // A 201 shows a live session; a 200 shows the session of an earlier create, live or ended.
  if (status === 201 && seen?.status !== "live") return [];
  if (seen) return showing(life, seen, endedAt);
  if (code === "released_while_starting") return wasReleasedWhileStarting(life) ? [life] : [];
  if (code === "limit_reached") return [];
  const failed = life.phase === "starting" ? endings(life, BY_ITSELF, life.since, endedAt) : [life];
  return failed.flatMap((end) => failedWith(end, cause) ?? []);
}

/**
 * The states in which a create finds no session: there was none, or it is gone now.
 *
 * @param {State} state
 * @param {StepOf<"begin">} step
 */
function vacant(state, step) {
  const { now } = state;
  if (!now) return [state];
  const failed = endings(now, BY_ITSELF, now.since, step.endedAt).filter(hasFailedToStart);
  const freed = failed.flatMap((life) => freeKey(replace(state, now, life))).filter((free) => !free.now);
  return [...freed, ...turnAway(state, step)];
}

/**
 * The state without the session that waited, if its wait can be over.
 *
 * @param {State} state
 * @param {{endedAt: number}} step
 */
function turnAway(state, { endedAt }) {
  const { now, cameUpon, turnedAway } = state;
  if (!now || !mayBeTurnedAway(now, endedAt)) return [];
  const isAwaited = Object.values(cameUpon).includes(now.call);
  return [{ ...state, now: null, turnedAway: isAwaited ? [...turnedAway, now.call] : turnedAway }];
}

/**
 * A start that failed frees its key.
 *
 * @param {State} state
 * @returns {State[]}
 */
function freeKey(state) {
  if (!state.isKeyed || !state.now || !hasFailedToStart(state.now)) return [state];
  return [{ ...state, now: null, before: [...state.before, state.now] }];
}

/**
 * Settles the last failed life of a key. A life of a key begins after the one before it has failed, so their order says
 * which failed session each one is. Without this the search would try every assignment.
 *
 * @param {State} state
 * @param {Seen[]} failed
 */
function settleFailed(state, failed) {
  const last = state.before.at(-1);
  if (!last) return [state];
  const seen = failed[state.before.length - 1];
  return seen ? showing(last, seen, Infinity).map((life) => replace(state, last, life)) : [];
}

/**
 * The states in which an answer did not show these lives.
 *
 * @param {State} state
 * @param {Life[]} lives
 * @param {Hidden} when an answer of this kind leaves a session out
 * @param {number} until
 */
function allHidden(state, lives, when, until) {
  /** @type {Record<Hidden, (life: Life) => Life[]>} */
  const rules = {
    always: (life) => [life],
    "unless live": (life) => (life.phase === "live" ? becomeOver(life, until) : [life]),
    "unless over": (life) => becomeOver(life, until),
    "while starting": (life) => (life.phase === "starting" ? [life] : []),
  };
  const hidden = rules[when];
  return lives.reduce(
    (states, life) => states.flatMap((each) => hidden(life).map((next) => replace(each, life, next))),
    [state],
  );
}

/** @param {State} state */
const all = ({ now, before }) => (now ? [now, ...before] : before);

/**
 * The life with this id; or, if no answer has shown the id, each life that may have it.
 *
 * @param {Life[]} lives
 * @param {string} id
 */
function named(lives, id) {
  const known = lives.filter((life) => life.id === id);
  return known.length > 0 ? known : lives.filter((life) => life.id === null);
}

/**
 * @param {Life} life
 * @param {number} until
 * @returns {Life[]}
 */
const becomeOver = (life, until) => (life.phase === "over" ? [life] : endings(life, BY_ITSELF, life.since, until));

/**
 * @param {Life} life
 * @param {string} id
 * @returns {Life}
 */
const withId = (life, id) => (life.id === id ? life : { ...life, id });

/**
 * The states in which `become` has replaced the life with this id.
 *
 * @param {State} state
 * @param {string} id
 * @param {(life: Life) => Life[]} become
 */
function each(state, id, become) {
  return eachOf(state, [{ id }], (life) => become(life).map((next) => withId(next, id))).map(({ state }) => state);
}

/**
 * The same for several lives, each with what an answer says about it; `left` are the lives that the answer leaves out.
 *
 * @template {{id: string}} T
 * @param {State} first
 * @param {T[]} said
 * @param {(life: Life, said: T) => Life[]} become
 */
function eachOf(first, said, become) {
  return said.reduce(
    (states, one) =>
      states.flatMap(({ state, left }) =>
        named(left, one.id).flatMap((life) =>
          become(life, one).map((next) => ({
            state: replace(state, life, next),
            left: left.filter((other) => other !== life),
          })),
        ),
      ),
    [{ state: first, left: all(first) }],
  );
}

/**
 * @param {State} state
 * @param {Life} life
 * @param {Life} next
 * @returns {State}
 */
function replace(state, life, next) {
  if (life === next) return state;
  if (state.now === life) return { ...state, now: next };
  return { ...state, before: state.before.map((other) => (other === life ? next : other)) };
}

/**
 * @param {State} state
 * @param {number} call
 * @returns {State}
 */
function forget(state, call) {
  const { [call]: upon, ...cameUpon } = state.cameUpon;
  const isAwaited = Object.values(cameUpon).includes(upon);
  const turnedAway = isAwaited ? state.turnedAway : state.turnedAway.filter((life) => life !== upon);
  return { ...state, cameUpon, turnedAway };
}
