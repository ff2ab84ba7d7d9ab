// Checks that an order explains a history: that of each session by itself, and that of the project.

import { strangeness } from "./answers.mjs";
import { findOrder } from "./linearize.mjs";
import { checkOrderOfService } from "./order_of_service.mjs";
import { kindOf, partition } from "./partition.mjs";
import { checkProject } from "./project_checks.mjs";
import { isAnswered } from "./recorder.mjs";
import { sessionModel } from "./session_model.mjs";

/**
 * @typedef {import("./recorder.mjs").Call} Call
 * @typedef {import("./partition.mjs").Place} Place
 * @typedef {import("./partition.mjs").SessionStep} SessionStep
 * @typedef {import("./session_model.mjs").SessionModel} SessionModel
 *
 * @typedef {{what: string, calls: Call[]}} CallsViolation the calls that show what is wrong
 * @typedef {{what: string, place: string, model: SessionModel, steps: SessionStep[]}} OrderViolation
 * @typedef {(CallsViolation & {place?: undefined}) | OrderViolation} Violation
 *
 * @typedef {object} Checked
 * @property {number} sessions how many sessions the answers show
 * @property {Map<string, Place>} places
 * @property {Violation[]} violations
 */

/**
 * Checks a history.
 *
 * @param {{calls: Call[], limit: number}} history
 * @returns {Checked}
 */
export function check(history) {
  const { calls } = history;
  const silent = calls.filter(({ answer, hangsUp, isBroken }) => !answer && !hangsUp && !isBroken);
  const unanswered = silent.map((call) => ({ what: "a call was never answered", calls: [call] }));
  const strange = calls.filter(isAnswered).flatMap((call) => {
    const what = strangeness(call);
    return what ? [{ what, calls: [call] }] : [];
  });
  // Strange answers can't be divided by session.
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

/**
 * @param {Map<string, Place>} places
 * @returns {OrderViolation[]}
 */
function unexplained(places) {
  return [...places].flatMap(([place, { failed, steps }]) => {
    const model = sessionModel(kindOf(place), failed);
    const { order, gaveUp } = findOrder(model, steps);
    if (order) return [];
    return [{ what: gaveUp ? "no order was found in reasonable time" : "no order explains it", place, model, steps }];
  });
}
