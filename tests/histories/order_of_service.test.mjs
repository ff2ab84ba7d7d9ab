// The queue is served in order of arrival, as far as answers show that order.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { checkOrderOfService } from "./order_of_service.mjs";
import { ended, live, Story } from "./story.mjs";

const wait = 500;
const holder = live("id:1", 5);

/**
 * One slot, and a create that waits for it and is shown in the queue.
 *
 * @param {number} to when that create is answered
 * @param {import("./story.mjs").StoryAnswer} answer
 */
const inLine = (to, answer) =>
  new Story({ limit: 1 })
    .create([0, 10], "id:1", holder)
    .create([20, to], "id:2", answer, { wait })
    .releaseAll([30, 31], { dryRun: true }, ["id:1", "id:2"])
    .release([50, 60], "id:1", ended(holder, 55));

describe("two waiting creates", () => {
  test("may be served in the order of arrival", () => {
    const story = inLine(70, live("id:2", 65)).release([80, 90], "id:2", ended(live("id:2", 65), 85));
    story.create([40, 100], "id:3", live("id:3", 95), { wait });
    assert.deepEqual(story.violations, []);
  });

  test("may be served in any order if no answer shows which arrived first", () => {
    const story = inLine(100, live("id:2", 95)).create([25, 70], "id:3", live("id:3", 65), { wait });
    story.release([80, 90], "id:3", ended(live("id:3", 65), 85));
    assert.deepEqual(story.violations, []);
  });

  test("may change places if the first was refused and repeated", () => {
    const story = inLine(525, "limit_reached").create([540, 600], "id:2", live("id:2", 595), { wait });
    story.create([530, 570], "id:3", live("id:3", 535), { wait });
    story.release([571, 580], "id:3", ended(live("id:3", 535), 575));
    assert.deepEqual(checkOrderOfService(story.history), []);
  });

  test("must not be served in another order", () => {
    const story = inLine(100, live("id:2", 95)).create([40, 70], "id:3", live("id:3", 65), { wait });
    story.release([80, 90], "id:3", ended(live("id:3", 65), 85));
    assert.match(checkOrderOfService(story.history)[0].what, /id:2 was in line before id:3/);
  });

  test("must not overtake an earlier create that is refused", () => {
    const story = inLine(525, "limit_reached").create([40, 70], "id:3", live("id:3", 65), { wait });
    assert.match(checkOrderOfService(story.history)[0].what, /id:2 was in line before id:3/);
  });
});
