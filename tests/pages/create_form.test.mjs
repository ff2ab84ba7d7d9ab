// What the form of a new session sends.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fieldOf, readForm, formatDetail } from "../../www/dashboard/create_form.js";

const EMPTY = {
  owner: "",
  timeout: "5",
  metadata: "",
  inactivity: "",
  onDisconnect: "keep",
  width: "",
  height: "",
  recording: "on",
  interactive: "on",
};

test("fields with their default are not sent", () => {
  assert.deepEqual(readForm(EMPTY), { options: { timeout: 300_000 }, errors: [] });
});

test("every option of the form is sent", () => {
  const { interactive, ...rest } = EMPTY;
  const { options, errors } = readForm({
    ...rest,
    owner: " me ",
    timeout: "1.5",
    metadata: "run=17\n\nurl = http://x/?a=b",
    inactivity: "2",
    onDisconnect: "release",
    width: "800",
    height: "600",
    showInputs: "on",
  });
  assert.deepEqual(errors, []);
  assert.deepEqual(options, {
    timeout: 90_000,
    owner: "me",
    metadata: { run: "17", url: "http://x/?a=b" },
    inactivityTimeout: 120_000,
    onDisconnect: "release",
    dimensions: { width: 800, height: 600 },
    recording: { maskInputs: false },
    debugConfig: { interactive: false },
  });
});

test("a session without recording is requested explicitly", () => {
  const { recording, ...rest } = EMPTY;
  assert.equal(readForm({ ...rest, showInputs: "on" }).options.recording, false);
});

test("problems that the form finds itself are shown at their fields", () => {
  const { errors } = readForm({ ...EMPTY, metadata: "run 17", width: "800" });
  assert.deepEqual(
    errors.map(({ pointer }) => pointer),
    ["/metadata", "/dimensions/height"],
  );
});

test("a JSON pointer leads to its field", () => {
  const fields = {
    "/owner": "owner",
    "/metadata/run": "metadata",
    "/timeout": "timeout",
    "/inactivityTimeout": "inactivity",
    "/dimensions/height": "height",
    "/dimensions": "width",
    "/recording/maskInputs": "recording",
    "/debugConfig/interactive": "interactive",
    "/unheard": undefined,
    "/ownership": undefined,
  };
  for (const [pointer, name] of Object.entries(fields)) assert.equal(fieldOf(pointer), name, pointer);
});

test("milliseconds in a problem are shown in the form's unit", () => {
  assert.equal(formatDetail("must be whole milliseconds from 1000 to 86400000"), "must be from 1 s to 1 d");
  assert.equal(formatDetail("is too long"), "is too long");
});
