// The pages' names for rrweb's numbers.

import assert from "node:assert/strict";
import { test } from "node:test";

import { EventType, IncrementalSource } from "@rrweb/types";

import { EVENT_TYPE, SOURCE } from "../../www/rrweb.js";

test("the numbers equal those of rrweb's types", () => {
  assert.deepEqual(EVENT_TYPE, {
    FULL_SNAPSHOT: EventType.FullSnapshot,
    INCREMENTAL_SNAPSHOT: EventType.IncrementalSnapshot,
    META: EventType.Meta,
    CUSTOM: EventType.Custom,
  });
  assert.deepEqual(SOURCE, {
    MUTATION: IncrementalSource.Mutation,
    MOUSE_INTERACTION: IncrementalSource.MouseInteraction,
    INPUT: IncrementalSource.Input,
  });
});
