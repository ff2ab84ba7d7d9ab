// What the contract lets happen to one session, or to the sessions of one key: which states each step may lead to.
//
// A state has the life that the key or id leads to now, the lives that it led to before (a start that failed frees its
// key), which life each create that is under way has come upon, and which of those were turned away.

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
 * The model for the sessions of one place.
 *
 * @param {"id" | "key" | "none"} kind what makes a create safe to repeat
 * @param {object[]} [failed] what lists show of the starts that failed under a key, in their order, if they show all
 */
export function sessionModel(kind, failed) {
  const isKeyed = kind === "key";
  const settled = (state) => freeKey(state).flatMap((free) => (failed ? settleFailed(free, failed) : [free]));
  return {
    first: { isKeyed, now: null, before: [], cameUpon: {}, turnedAway: [] },
    next: (state, step) => STEPS[step.kind](state, step).flatMap(settled),
  };
}

// What a create has come upon that was refused.
const NOTHING = 0;
const REFUSALS = ["limit_reached", "provider_rate_limited"];

const STEPS = {
  // A create takes effect twice: where it makes a session, or comes upon one, and where it answers.
  begin(state, step) {
    const { call, label, made, begunAt: since, id, mayBeLeft, values, status } = step;
    const comeUpon = (next, life) => (step.optional ? next : { ...next, cameUpon: { ...next.cameUpon, [call]: life } });
    const found = made !== true && state.now?.label === label ? [comeUpon(state, state.now.call)] : [];
    if (made === false) return found;
    const free = vacant(state, step);
    const now = begin({ call, since, label, id, mayBeLeft, values });
    const fresh = free.map((next) => comeUpon({ ...next, now }, call));
    // Whoever wants to wait is refused only after that.
    const refused = status === 429 && values.wait === null ? free.map((next) => comeUpon(next, NOTHING)) : [];
    return [...found, ...fresh, ...refused];
  },

  outcome(state, step) {
    const upon = state.cameUpon[step.call];
    const done = forget(state, step.call);
    if (upon === NOTHING || state.turnedAway.includes(upon)) return REFUSALS.includes(step.code) ? [done] : [];
    const life = all(state).find(({ call }) => call === upon);
    const away = REFUSALS.includes(step.code) && life === state.now ? turnAway(done, step) : [];
    return [...away, ...outcomes(life, step).map((next) => replace(done, life, next))];
  },

  // The same key or id came with another body.
  mismatch: (state, { label }) => (state.now && state.now.label !== label ? [state] : []),

  /** Sessions that were shown by one answer, and what that says of those that were not. */
  shown(state, { seen, hidden, endedAt }) {
    const states = eachOf(state, seen, (life, session) => showing(life, session, endedAt));
    return states.flatMap(({ state, left }) => allHidden(state, left, hidden, endedAt));
  },

  absent(state, step) {
    if (all(state).every(({ id }) => id !== step.id)) return [state];
    return state.now?.id === step.id ? turnAway(state, step) : [];
  },

  /** A change is refused with a 404 while there is no session, or none that is live yet. */
  notLiveYet: (state, { id }) => (named(all(state), id).every(({ phase }) => phase === "starting") ? [state] : []),

  /** An answer that only an ended session gives. */
  over(state, { id, endedAt }) {
    return each(state, id, (life) => becomeOver(life, endedAt));
  },

  /** An answer that only a live session gives. */
  live(state, { id, begunAt }) {
    const isDue = (life) => life.createdAt !== null && begunAt >= expiry(life);
    return each(state, id, (life) => [live(life)].filter((alive) => alive && !isDue(alive)));
  },

  /** A change of what only a watched session has. */
  notWatched: (state, { id }) => each(state, id, (life) => [live(life)].filter((alive) => alive?.inactivity === null)),

  change(state, step) {
    const { id, values, seen, begunAt, endedAt } = step;
    return each(state, id, (life) => {
      const alive = live(life);
      if (!alive) return [];
      const after = changed(alive, values);
      if (!seen) return [after];
      // A deadline that has passed is kept: one of the two wins.
      if (begunAt >= expiry({ createdAt: seen.createdAt, timeout: alive.timeout })) return [];
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

  /** A release of many named these, and spared no other that it should have taken. */
  releaseMany(state, { ids, onlyLooks, begunAt, endedAt }) {
    const taken = (life, { id }) => {
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

  /** A release of many took a session that its filter spares. */
  notAsked: () => [],

  /** A release of many that was never answered. */
  releaseUnseen(state, { begunAt, endedAt }) {
    if (!state.now) return [];
    return endings(state.now, BY_CALL, begunAt, endedAt).map((next) => replace(state, state.now, next));
  },
};

function outcomes(life, { status, code, cause, seen, endedAt }) {
  // A 201 brings a session that is live; a 200 brings the one that was made before, whatever has become of it.
  if (status === 201 && seen.status !== "live") return [];
  if (seen) return showing(life, seen, endedAt);
  if (code === "released_while_starting") return wasReleasedWhileStarting(life) ? [life] : [];
  if (code === "limit_reached") return [];
  const failed = life.phase === "starting" ? endings(life, BY_ITSELF, life.since, endedAt) : [life];
  return failed.map((end) => failedWith(end, cause)).filter(Boolean);
}

/** The states in which a create finds nothing: there was nothing, or it is gone by now. */
function vacant(state, step) {
  if (!state.now) return [state];
  const failed = endings(state.now, BY_ITSELF, state.now.since, step.endedAt).filter(hasFailedToStart);
  const freed = failed.flatMap((life) => freeKey(replace(state, state.now, life))).filter(({ now }) => !now);
  return [...freed, ...turnAway(state, step)];
}

/** The state without the session that waited, if its wait can be over. */
function turnAway(state, { endedAt }) {
  const { now, cameUpon, turnedAway } = state;
  if (!now || !mayBeTurnedAway(now, endedAt)) return [];
  const isAwaited = Object.values(cameUpon).includes(now.call);
  return [{ ...state, now: null, turnedAway: isAwaited ? [...turnedAway, now.call] : turnedAway }];
}

/** A start that failed frees its key. */
function freeKey(state) {
  if (!state.isKeyed || !state.now || !hasFailedToStart(state.now)) return [state];
  return [{ ...state, now: null, before: [...state.before, state.now] }];
}

/**
 * One life of a key begins after the one before it has failed: so which of the failed ones it was is known by the
 * order. Else each of them could be any of the others, and there would be no end of trying.
 */
function settleFailed(state, failed) {
  const last = state.before.at(-1);
  if (!last) return [state];
  const seen = failed[state.before.length - 1];
  return seen ? showing(last, seen, Infinity).map((life) => replace(state, last, life)) : [];
}

/**
 * What it says of sessions that an answer did not show.
 *
 * @param {"always" | "unless live" | "unless over" | "while starting"} when an answer of that kind hides a session
 */
function allHidden(state, lives, when, until) {
  const hidden = {
    always: (life) => [life],
    "unless live": (life) => (life.phase === "live" ? becomeOver(life, until) : [life]),
    "unless over": (life) => becomeOver(life, until),
    "while starting": (life) => (life.phase === "starting" ? [life] : []),
  }[when];
  return lives.reduce(
    (states, life) => states.flatMap((each) => hidden(life).map((next) => replace(each, life, next))),
    [state],
  );
}

const all = ({ now, before }) => (now ? [now, ...before] : before);

/** The life with this id; or any that it may be, before an answer has told. */
function named(lives, id) {
  const known = lives.filter((life) => life.id === id);
  return known.length > 0 ? known : lives.filter((life) => life.id === null);
}

const becomeOver = (life, until) => (life.phase === "over" ? [life] : endings(life, BY_ITSELF, life.since, until));

const withId = (life, id) => (life.id === id ? life : { ...life, id });

/** The states in which the life with this id has become what `become` makes of it. */
function each(state, id, become) {
  return eachOf(state, [{ id }], (life) => become(life).map((next) => withId(next, id))).map(({ state }) => state);
}

/** The same for several, each with what is said of it; and the lives of which nothing was said. */
function eachOf(state, said, become) {
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
    [{ state, left: all(state) }],
  );
}

function replace(state, life, next) {
  if (life === next) return state;
  if (state.now === life) return { ...state, now: next };
  return { ...state, before: state.before.map((other) => (other === life ? next : other)) };
}

function forget(state, call) {
  const { [call]: upon, ...cameUpon } = state.cameUpon;
  const isAwaited = Object.values(cameUpon).includes(upon);
  const turnedAway = isAwaited ? state.turnedAway : state.turnedAway.filter((life) => life !== upon);
  return { ...state, cameUpon, turnedAway };
}
