// The checks of a project: each story breaks one rule, while each session's own history is valid.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { checkProject } from "./project_checks.mjs";
import { ended, live, Story } from "./story.mjs";

const [one, two, three] = [live("id:1", 5), live("id:2", 25), live("id:3", 45)];

const twoOf = (/** @type {number} */ limit) =>
  new Story({ limit }).create([0, 10], "id:1", one).create([20, 30], "id:2", two);

/**
 * @param {string} name
 * @param {() => Story} story
 * @param {RegExp} expected
 */
function broken(name, story, expected) {
  test(name, () => {
    const wrong = checkProject(story().history).map(({ what }) => what);
    assert.equal(wrong.length, 1, wrong.join("; "));
    assert.match(wrong[0], expected);
  });
}

describe("a project", () => {
  test("may use each of its slots, and reuse a slot in the moment it is freed", () => {
    const over = ended(two, 45);
    const story = twoOf(2)
      .create([31, 32], "id:3", "limit_reached", { holders: [one, two] })
      .release([40, 50], "id:2", over)
      .create([41, 51], "id:3", three)
      .list([60, 61], {}, [three, over, one]);
    assert.deepEqual(story.violations, []);
  });

  broken("must not pass its limit", () => twoOf(1), /2 sessions were live at once, and 1 may be/);
  broken(
    "must not be refused a slot that is free",
    () => twoOf(3).create([40, 50], "id:3", "limit_reached", { holders: [two, one] }),
    /2 of 3 slots/,
  );
  broken(
    "must not be refused a slot that was free before",
    () =>
      twoOf(2)
        .release([31, 35], "id:1", ended(one, 33))
        .create([40, 50], "id:3", "limit_reached", { holders: [two] }),
    /1 of 2 slots/,
  );
  broken(
    "must not show a live session long after its deadline",
    () => twoOf(2).get([3006, 3007], "id:1", one),
    /live 2001 ms past its deadline/,
  );
});

describe("a list", () => {
  broken("must not show a session twice", () => twoOf(2).list([40, 41], {}, [two, one, one]), /shows a session twice/);
  broken("must be sorted", () => twoOf(2).list([40, 41], {}, [one, two]), /not in order/);
  broken(
    "must count what it shows",
    () => twoOf(2).list([40, 41], { totalCount: 3 }, [two, one]),
    /a list of 2 counts 3/,
  );
  broken(
    "must have its last session as cursor",
    () => twoOf(2).list([40, 41], { nextCursor: "id:2" }, [two, one]),
    /cursor/,
  );
  broken(
    "must show one moment",
    // By the service's own times the first ended before the second began.
    () =>
      new Story()
        .create([0, 10], "id:1", one)
        .release([12, 100], "id:1", ended(one, 20))
        .create([13, 101], "id:2", two)
        .list([14, 102], {}, [two, one]),
    /what came 5 ms after something that it does not show/,
  );
});
