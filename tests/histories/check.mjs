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
 * @returns {{sessions: number, places: Map<string, object>, violations: object[]}} `sessions` that there were, as far as
 * answers show. A violation has `what`, and either the `calls` that show it or the `place` with its `steps`
 */
export function check(history) {
  const { calls } = history;
  const silent = calls.filter(({ answer, hangsUp }) => !answer && !hangsUp);
  const strange = calls.filter(({ answer }) => answer).map((call) => ({ what: strangeness(call), calls: [call] }));
  const violations = strange.filter(({ what }) => what);
  violations.push(...silent.map((call) => ({ what: "a call was never answered", calls: [call] })));
  // What can't be read can't be taken apart.
  if (violations.length > silent.length) return { sessions: 0, places: new Map(), violations };
  const { places, strays } = partition(calls);
  violations.push(...strays.map(({ call, why }) => ({ what: why, calls: [call] })));
  violations.push(...checkProject(history), ...checkOrderOfService(history));
  for (const [place, { steps }] of places) {
    const found = findOrder(sessionModel(kindOf(place)), steps);
    if (!found.order) violations.push({ what: whatFailed(found), place, steps });
  }
  const sessions = [...places.values()].reduce((sum, { ids }) => sum + ids.size, 0);
  return { sessions, places, violations };
}

const whatFailed = ({ gaveUp }) => (gaveUp ? "no order was found in reasonable time" : "no order explains it");
