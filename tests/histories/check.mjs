// Whether there is an order that explains a history: of each session by itself, and of the project as a whole.

import { strangeness } from "./answers.mjs";
import { findOrder } from "./linearize.mjs";
import { checkOrderOfService } from "./order_of_service.mjs";
import { kindOf, partition } from "./partition.mjs";
import { checkProject } from "./project_checks.mjs";
import { sessionModel } from "./session_model.mjs";

/**
 * Checks a history.
 *
 * @param {{calls: object[], limit: number}} history
 * @returns {{sessions: number, places: Map<string, object>, violations: object[]}} `sessions` that there were, as far
 * as answers show. A violation has `what`, and the `calls` that show it, or the `place` with its `model` and `steps`
 */
export function check(history) {
  const { calls } = history;
  const silent = calls.filter(({ answer, hangsUp, isBroken }) => !answer && !hangsUp && !isBroken);
  const unanswered = silent.map((call) => ({ what: "a call was never answered", calls: [call] }));
  const answered = calls.filter(({ answer }) => answer);
  const strange = answered.map((call) => ({ what: strangeness(call), calls: [call] })).filter(({ what }) => what);
  // What can't be read can't be taken apart.
  if (strange.length > 0) return { sessions: 0, places: new Map(), violations: [...unanswered, ...strange] };
  const { places, strays } = partition(calls);
  const violations = [
    ...unanswered,
    ...strays.map(({ call, why }) => ({ what: why, calls: [call] })),
    ...checkProject(history),
    ...checkOrderOfService(history),
    ...unexplained(places),
  ];
  const sessions = [...places.values()].reduce((sum, { ids }) => sum + ids.size, 0);
  return { sessions, places, violations };
}

function unexplained(places) {
  return [...places].flatMap(([place, { failed, steps }]) => {
    const model = sessionModel(kindOf(place), failed);
    const { order, gaveUp } = findOrder(model, steps);
    if (order) return [];
    return [{ what: gaveUp ? "no order was found in reasonable time" : "no order explains it", place, model, steps }];
  });
}
