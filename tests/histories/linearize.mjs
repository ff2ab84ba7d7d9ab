// Looks for an order of steps that explains a history: the search of Wing and Gong, with Lowe's cache of visited
// configurations (Testing for linearizability, 2017).
//
// A step took effect at one moment between its begin and its end. So the next step is one that began before the first
// of the remaining steps ended.

// Far above what a session of a long history needs. A search that reaches this number gives up and reports it.
const PLACES_MAX = 50_000;

/**
 * @typedef {object} Step input of a model; besides the fields that the model reads it has:
 * @property {number} begun its rank among all begins and ends; each rank is unique
 * @property {number} ended the same; Infinity for a call that was never answered
 * @property {boolean} [optional] may never have happened: its answer never came
 * @property {Step} [after] the step that must have come before
 */

/**
 * @template State
 * @template {Step} S
 * @typedef {object} Model
 * @property {State} first the state before any step: immutable plain data
 * @property {(state: State, step: S) => State[]} next the states that a step may lead to; empty if it can't happen. The
 * identical state means that the step only reads: it takes its place at once, because no later step needs it to come
 * later. (An optional step takes no place then: it may still change something.)
 */

/**
 * @template State
 * @template {Step} S
 * @typedef {object} Place a beginning of an order
 * @property {State} state
 * @property {S[]} left the steps that remain
 * @property {bigint} done the steps that have their place, one bit each
 * @property {number} count how many of those were answered
 * @property {S} [step] the last one
 * @property {Place<State, S>} [from] the order before that
 */

/**
 * @template State
 * @template {Step} S
 * @typedef {{order: undefined, longest: S[], state: State, stuck: S[]}} Failure the longest beginning of an order, the
 * state that it leads to, and the steps that do not fit there
 */

/**
 * @template {Step} S
 * @typedef {{order: S[], longest?: undefined, state?: undefined, stuck?: undefined, gaveUp?: undefined}} Found
 */

/**
 * Finds an order in which the model explains each step that was answered.
 *
 * @template State
 * @template {Step} S
 * @param {Model<State, S>} model
 * @param {S[]} steps
 * @returns {Found<S> | (Failure<State, S> & {gaveUp: boolean})}
 */
export function findOrder(model, steps) {
  const left = [...steps].sort((a, b) => a.begun - b.begun);
  const bits = new Map(left.map((step, place) => [step, 1n << BigInt(place)]));
  /** @type {Place<State, S>} */
  const start = { state: model.first, left, done: 0n, count: 0 };
  const open = [start];
  const visited = new Set();
  let best = start;
  for (let at = open.pop(); at; at = open.pop()) {
    const { place, next } = look(model, at, bits);
    if (place.left.every(({ optional }) => optional)) return { order: retrace(place) };
    const name = `${place.done.toString(36)} ${JSON.stringify(place.state)}`;
    if (visited.has(name)) continue;
    visited.add(name);
    if (place.count >= best.count) best = place;
    if (visited.size > PLACES_MAX) return { ...failure(best), gaveUp: true };
    open.push(...next);
  }
  return { ...failure(best), gaveUp: false };
}

/**
 * Places each step that only reads. Returns where that leads, and the choices from there.
 *
 * @template State
 * @template {Step} S
 * @param {Model<State, S>} model
 * @param {Place<State, S>} from
 * @param {Map<S, bigint>} bits
 */
function look(model, from, bits) {
  let place = from;
  for (;;) {
    const steps = candidates(place.left);
    const reached = steps.map((step) => model.next(place.state, step));
    const free = reached.findIndex((states, at) => !steps[at].optional && states.includes(place.state));
    if (free < 0) {
      // The step that ended first is tried first: it is pushed last.
      const last = steps.map((step, at) => ({ step, states: reached[at] })).sort((a, b) => b.step.ended - a.step.ended);
      return { place, next: last.flatMap(({ step, states }) => states.map((state) => move(place, step, state, bits))) };
    }
    place = move(place, steps[free], place.state, bits);
  }
}

/**
 * @template State
 * @template {Step} S
 * @param {Place<State, S>} from
 * @param {S} step
 * @param {State} state
 * @param {Map<S, bigint>} bits
 * @returns {Place<State, S>}
 */
const move = (from, step, state, bits) => ({
  state,
  left: from.left.filter((other) => other !== step),
  done: from.done | (bits.get(step) ?? 0n),
  count: from.count + (step.optional ? 0 : 1),
  step,
  from,
});

/**
 * The remaining steps that may come next, in the order in which they began.
 *
 * @template {Step} S
 * @param {S[]} left
 */
function candidates(left) {
  let firstEnd = Infinity;
  /** @type {S[]} */
  const found = [];
  for (const step of left) {
    if (step.begun > firstEnd) break;
    firstEnd = Math.min(firstEnd, step.ended);
    found.push(step);
  }
  return found.filter(({ after }) => !found.some((other) => other === after));
}

/**
 * @template State
 * @template {Step} S
 * @param {Place<State, S>} place
 */
function retrace(place) {
  /** @type {S[]} */
  const order = [];
  for (let at = /** @type {Place<State, S> | undefined} */ (place); at?.step; at = at.from) order.unshift(at.step);
  return order;
}

/**
 * @template State
 * @template {Step} S
 * @param {Place<State, S>} best
 * @returns {Failure<State, S>}
 */
const failure = (best) => ({
  order: undefined,
  longest: retrace(best),
  state: best.state,
  stuck: candidates(best.left).filter(({ optional }) => !optional),
});
