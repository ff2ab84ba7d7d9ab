// The fixtures that Rust reads as well (tests/fixtures.rs), as programs that compile only if the types say the same.

import { readFileSync } from "node:fs";

import { inRoot } from "../../scripts/support/places.mjs";

/** @import { Sessions } from "../../src/client/types.ts" */

/** @param {string} name */
const fixture = (name) => JSON.parse(readFileSync(inRoot("tests", "fixtures", `${name}.json`), "utf8"));

const PREAMBLE = `
import type {
  CreateOptions, FailureCode, InvalidValue, ListOptions, LiveDetails, RecordedEventsOptions, RecordingStatus, ReleaseAllAnswer,
  ReleaseAllFilter, ReleaseAnswer, ReleaseOutcome, ReleaseReason, ServiceErrorCode, SessionData, SessionEvent, SessionPage,
  SessionStatus, SlotHolder, UpdateOptions, Usage, UsageOptions, UsagePeriod,
} from "tidewatch";

/** The type with nothing optional, at any depth. */
type Complete<T> =
  T extends readonly (infer E)[] ? Complete<E>[] : T extends object ? { [K in keyof T]-?: Complete<T[K]> } : T;

/** Whether two unions have the same members. */
type Same<A, B> = [A, B] extends [B, A] ? true : false;

interface Page extends Pick<SessionPage, "nextCursor" | "totalCount"> {
  sessions: SessionData[];
}

/** Without what a session can be told to do, which is not on the wire. */
interface Release extends Omit<ReleaseAnswer, "session"> {
  session: SessionData;
}
`;

const CREATE = { ...fixture("create_honoured"), ...fixture("create_refused") };
const UPDATE = fixture("update");
const LIST = fixture("list");
const EVENTS = fixture("events");
const FILTER = fixture("release_all_filter");
const { id: ID } = fixture("session");

/** Values that have every field, and their types. */
const COMPLETE = [
  [fixture("session"), "SessionData"],
  [fixture("release_all"), "ReleaseAllAnswer"],
  [fixture("live_details"), "LiveDetails"],
  [fixture("event"), "SessionEvent"],
  [fixture("usage"), "Usage"],
  [fixture("usage").periods[0], "UsagePeriod"],
  [fixture("usage_options"), "UsageOptions"],
  [fixture("problem_of_values").errors[0], "InvalidValue"],
  [fixture("problem_of_limit").holders[0], "SlotHolder"],
  [CREATE, "CreateOptions"],
  [UPDATE, "UpdateOptions"],
  [LIST, "ListOptions"],
  [EVENTS, "RecordedEventsOptions"],
  [FILTER, "ReleaseAllFilter"],
];

/** Values that lack what is optional, and their types. */
const PARTIAL = [
  [fixture("session_page"), "Page"],
  [fixture("release"), "Release"],
  [fixture("problem_of_limit").holders, "SlotHolder[]"],
];

/** @type {[name: string, codes: string[]][]} */
const CODES = Object.entries(fixture("codes"));

/** The options of a create that the service refuses. */
export const REFUSED = Object.keys(fixture("create_refused"));

/** The calls with every option, and what is sent of them: a body, or the parameters of a query. */
export const CALLS = [
  {
    name: "create",
    make: (/** @type {Sessions} */ sessions) => sessions.create(CREATE),
    expected: CREATE,
  },
  {
    name: "update",
    make: (/** @type {Sessions} */ sessions) => sessions.update(ID, UPDATE),
    expected: UPDATE,
  },
  {
    name: "list",
    make: (/** @type {Sessions} */ sessions) => sessions.list(LIST),
    expected: asQuery(LIST),
  },
  {
    name: "events",
    make: (/** @type {Sessions} */ sessions) => sessions.events(ID, EVENTS),
    expected: asQuery(EVENTS),
  },
  {
    name: "releaseAll",
    make: (/** @type {Sessions} */ sessions) => sessions.releaseAll(FILTER),
    expected: asQuery(FILTER),
  },
];

/** The program that holds each fixture against its type. */
export function everyFixture() {
  const values = [...COMPLETE.map(([value, type]) => [value, `Complete<${type}>`]), ...PARTIAL];
  const lines = values.map(([value, type]) => has(value, type));
  return program([...lines, ...CODES.map(([name, codes]) => areAll(name, codes))]);
}

/** One with a mistake in every line: each field of a fixture left out, one added to each, each code left out. */
export function everyMistake() {
  const lines = COMPLETE.flatMap(([value, type]) => [
    ...Object.keys(value).map((left) => has({ ...value, [left]: undefined }, `Complete<${type}>`)),
    has({ ...value, unheardOf: 1 }, `Complete<${type}>`),
  ]);
  const codes = CODES.flatMap(([name, all]) => [
    ...all.map((left) =>
      areAll(
        name,
        all.filter((/** @type {string} */ code) => code !== left),
      ),
    ),
    areAll(name, [...all, "unheard_of"]),
  ]);
  return { text: program([...lines, ...codes]), mistakes: lines.length + codes.length };
}

/** @param {string[]} lines */
const program = (lines) =>
  `${PREAMBLE}${lines.map((line, index) => `export const is${index} = ${line};`).join("\n")}\n`;

/**
 * @param {unknown} value
 * @param {string} type
 */
const has = (value, type) => `${JSON.stringify(value)} satisfies ${type}`;

function asQuery({ metadata = {}, ...filters }) {
  const pairs = Object.entries(metadata).map(([key, value]) => [`metadata[${key}]`, value]);
  const texts = Object.entries(filters).map(([name, value]) => [name, String(value)]);
  return Object.fromEntries([...texts, ...pairs]);
}

/**
 * @param {string} name
 * @param {string[]} codes
 */
function areAll(name, codes) {
  const type = name === "Outcome" ? 'ReleaseOutcome["outcome"]' : name;
  return `true satisfies Same<${codes.map((/** @type {string} */ code) => JSON.stringify(code)).join(" | ")}, ${type}>`;
}
