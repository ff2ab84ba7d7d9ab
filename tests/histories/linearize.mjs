// Looks for an order of steps that explains what was seen: the search of Wing and Gong, with Lowe's memory of where it
// has been (Testing for linearizability, 2017).
//
// A step took effect at one moment between its begin and its end. So of those that have no place yet, any may be next
// that began before the first of them had ended.

// Far above what a session of a long history needs. A search that gets here says so, and explains nothing.
const PLACES_MAX = 50_000;

/**
 * @typedef {object} Step what a model takes in; besides what the model reads it has:
 * @property {number} begun its place among all begins and ends, each of which has one of its own
 * @property {number} ended the same; Infinity for a call that was never answered
 * @property {boolean} [optional] may never have happened: its answer never came
 * @property {Step} [after] the step that must have come before
 *
 * @typedef {object} Model
 * @property {object} first the state before any step: a value that is plain data and never changed
 * @property {(state: object, step: Step) => object[]} next the states that a step may lead to; none, if it can't
 * happen. The very same state tells that the step has only looked: then it is given its place here and now, for nothing
 * that can happen later needs it to come later. (An optional one needs no place then: it may yet do something.)
 */

/**
 * Finds an order in which the model explains each step that was answered.
 *
 * @param {Model} model
 * @param {Step[]} steps
 * @returns {{order: Step[]} | {order: undefined, longest: Step[], state: object, stuck: Step[], gaveUp: boolean}}
 * the order; or else the longest beginning of one, the state that it leads to, and the steps that do not fit there
 */
export function findOrder(model, steps) {
  const left = [...steps].sort((a, b) => a.begun - b.begun);
  const bits = new Map(left.map((step, place) => [step, 1n << BigInt(place)]));
  const open = [{ state: model.first, left, done: 0n, count: 0 }];
  const visited = new Set();
  let best = open[0];
  while (open.length > 0) {
    const { place, next } = look(model, open.pop(), bits);
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

/** Gives each step that only looks its place, and answers where that leads, and what there is to choose from there. */
function look(model, from, bits) {
  let place = from;
  for (;;) {
    const steps = candidates(place.left);
    const reached = steps.map((step) => model.next(place.state, step));
    const free = reached.findIndex((states, at) => !steps[at].optional && states.includes(place.state));
    if (free < 0) {
      // What ended first is tried first: the last one in.
      const next = steps.flatMap((step, at) => reached[at].map((state) => move(place, step, state, bits)));
      return { place, next: next.sort((a, b) => b.step.ended - a.step.ended) };
    }
    place = move(place, steps[free], place.state, bits);
  }
}

const move = (from, step, state, bits) => ({
  state,
  left: from.left.filter((other) => other !== step),
  done: from.done | bits.get(step),
  count: from.count + (step.optional ? 0 : 1),
  step,
  from,
});

/** The steps that may come next, of those that are left, in the order in which they began. */
function candidates(left) {
  let firstEnd = Infinity;
  const found = [];
  for (const step of left) {
    if (step.begun > firstEnd) break;
    firstEnd = Math.min(firstEnd, step.ended);
    found.push(step);
  }
  return found.filter(({ after }) => !(after && found.includes(after)));
}

function retrace(place) {
  const order = [];
  for (let at = place; at.step; at = at.from) order.unshift(at.step);
  return order;
}

const failure = (best) => ({
  order: undefined,
  longest: retrace(best),
  state: best.state,
  stuck: candidates(best.left).filter(({ optional }) => !optional),
});
