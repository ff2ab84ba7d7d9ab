// What the contract lets happen to one session, or to the sessions of one key: which states each step may lead to.
//
// A state has the life that the key or id leads to now, the lives that it led to before (a start that failed frees its
// key), and which life each create that is under way has come upon.

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
  showing,
  wasReleasedWhileStarting,
} from "./life.mjs";

/**
 * The model for the sessions of one place.
 *
 * @param {"id" | "key" | "none"} kind what makes a create safe to repeat
 */
export function sessionModel(kind) {
  return {
    first: { keyed: kind === "key", now: null, before: [], cameUpon: {} },
    next: (state, step) => STEPS[step.kind](state, step).map(freeKey),
  };
}

const STEPS = {
  // A create takes effect twice: where it makes a session, or comes upon one, and where it answers.
  begin(state, step) {
    const { call, label, made, begunAt: since, id, values } = step;
    const remember = (next) =>
      step.optional ? next : { ...next, cameUpon: { ...next.cameUpon, [call]: next.now.call } };
    const upon = made !== true && state.now?.label === label ? [state] : [];
    const fresh = made === false ? [] : vacant(state, step);
    return [...upon, ...fresh.map((free) => ({ ...free, now: begin({ call, since, label, id, values }) }))].map(remember);
  },

  outcome(state, step) {
    const life = all(state).find(({ call }) => call === state.cameUpon[step.call]);
    if (!life) return [];
    const done = forget(state, step.call);
    return outcomes(life, step).map((next) => replace(done, life, next));
  },

  // The same key or id came with another body.
  mismatch: (state, { label }) => (state.now && state.now.label !== label ? [state] : []),

  // All slots were taken, so there was none to come upon.
  limited: vacant,

  /** Sessions that were shown by one answer, and what that says of those that were not. */
  shown(state, { seen, hidden, endedAt }) {
    let states = [{ state, left: all(state) }];
    for (const session of seen) {
      states = states.flatMap(({ state, left }) =>
        named(left, session.id).flatMap((life) =>
          showing(life, session, endedAt).map((next) => ({
            state: replace(state, life, next),
            left: left.filter((other) => other !== life),
          })),
        ),
      );
    }
    return states.flatMap(({ state, left }) => allHidden(state, left, hidden, endedAt));
  },

  absent: (state, { id }) => (all(state).some((life) => life.id === id) ? [] : [state]),

  /** A change is refused with a 404 while there is no session, or none that is live yet. */
  notLiveYet: (state, { id }) => (named(all(state), id).every(({ phase }) => phase === "starting") ? [state] : []),

  /** An answer that only an ended session gives. */
  over(state, { id, endedAt }) {
    return each(state, id, (life) => becomeOver(life, endedAt));
  },

  /** An answer that only a live session gives. */
  live: (state, { id }) => each(state, id, (life) => [live(life)].filter(Boolean)),

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
    const taken = (life) => {
      if (life.phase === "over") return [];
      return onlyLooks ? [life] : endings(life, BY_CALL, begunAt, endedAt);
    };
    let states = [{ state, left: all(state) }];
    for (const id of ids) {
      states = states.flatMap(({ state, left }) =>
        named(left, id).flatMap((life) =>
          taken(life).map((next) => ({
            state: replace(state, life, withId(next, id)),
            left: left.filter((other) => other !== life),
          })),
        ),
      );
    }
    return states.flatMap(({ state, left }) => allHidden(state, left, "unless over", endedAt));
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
  const failed = life.phase === "starting" ? endings(life, BY_ITSELF, life.since, endedAt) : [life];
  return failed.map((end) => failedWith(end, cause)).filter(Boolean);
}

/** The states in which a create finds nothing: there was nothing, or the key's start has failed by now. */
function vacant(state, { endedAt }) {
  if (!state.now) return [state];
  if (state.now.phase !== "starting") return [];
  const failed = endings(state.now, BY_ITSELF, state.now.since, endedAt).filter(hasFailedToStart);
  return failed.map((life) => freeKey(replace(state, state.now, life))).filter(({ now }) => !now);
}

/** A start that failed frees its key. */
function freeKey(state) {
  if (!state.keyed || !state.now || !hasFailedToStart(state.now)) return state;
  return { ...state, now: null, before: [...state.before, state.now] };
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

function each(state, id, become) {
  return named(all(state), id).flatMap((life) => become(life).map((next) => replace(state, life, withId(next, id))));
}

function replace(state, life, next) {
  if (life === next) return state;
  if (state.now === life) return { ...state, now: next };
  return { ...state, before: state.before.map((other) => (other === life ? next : other)) };
}

function forget(state, call) {
  const { [call]: _, ...cameUpon } = state.cameUpon;
  return { ...state, cameUpon };
}
