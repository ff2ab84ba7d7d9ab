// What the form of a new session asks for, and how it becomes the options of a create.

import { spanInWords } from "./words.js";

/** A field: its name, the pointer under which the service speaks of it, and how it is asked for. */
export const FIELDS = [
  { name: "owner", pointer: "/owner", label: "Owner", hint: "An agent, a run, a person", maxlength: 256 },
  {
    name: "timeout",
    pointer: "/timeout",
    label: "Lives for",
    unit: "minutes",
    type: "number",
    value: "5",
    min: "0.02",
    step: "any",
    required: true,
  },
  {
    name: "metadata",
    pointer: "/metadata",
    label: "Metadata",
    hint: "One key=value on each line",
    rows: 3,
    example: "run=17",
  },
  {
    name: "inactivity",
    pointer: "/inactivityTimeout",
    label: "End it when nobody uses it for",
    unit: "minutes",
    type: "number",
    min: "0.02",
    step: "any",
    example: "never",
  },
  {
    name: "onDisconnect",
    pointer: "/onDisconnect",
    label: "When its last client is gone",
    choices: { keep: "Keep it", release: "Release it" },
  },
  {
    name: "width",
    pointer: "/dimensions/width",
    label: "Width",
    unit: "px",
    type: "number",
    step: "1",
    example: "1280",
    pair: true,
  },
  {
    name: "height",
    pointer: "/dimensions/height",
    label: "Height",
    unit: "px",
    type: "number",
    step: "1",
    example: "800",
    pair: true,
  },
];

/** What can be on or off, and what is sent where it differs from the service's own. */
export const SWITCHES = [
  { name: "recording", pointer: "/recording", label: "Record what happens", on: true },
  { name: "showInputs", pointer: "/recording", label: "Show in the recording what is typed", on: false },
  { name: "interactive", pointer: "/debugConfig/interactive", label: "Let viewers take over", on: true },
];

const MINUTE_MS = 60_000;

/**
 * The options of a create.
 *
 * @param {Record<string, string | boolean>} values what the form holds, by name
 * @returns {{options: object, errors: {pointer: string, detail: string}[]}} errors that only the form can know of
 */
export function readForm(values) {
  const errors = [];
  const options = {};
  const text = (name) => String(values[name] ?? "").trim();
  const milliseconds = (name) => Math.round(Number(text(name)) * MINUTE_MS);
  if (text("owner")) options.owner = text("owner");
  if (text("timeout")) options.timeout = milliseconds("timeout");
  if (text("inactivity")) options.inactivityTimeout = milliseconds("inactivity");
  if (values.onDisconnect === "release") options.onDisconnect = "release";
  const metadata = readPairs(text("metadata"), errors);
  if (Object.keys(metadata).length > 0) options.metadata = metadata;
  if (text("width") || text("height")) options.dimensions = readSize(text, errors);
  if (!values.recording) options.recording = false;
  else if (values.showInputs) options.recording = { maskInputs: false };
  if (!values.interactive) options.debugConfig = { interactive: false };
  return { options, errors };
}

function readPairs(text, errors) {
  const metadata = Object.create(null);
  for (const line of text.split("\n").filter((each) => each.trim())) {
    const at = line.indexOf("=");
    if (at < 1) errors.push({ pointer: "/metadata", detail: `“${line.trim()}” is not of the form key=value` });
    else metadata[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  return { ...metadata };
}

function readSize(text, errors) {
  for (const name of ["width", "height"]) {
    if (!text(name)) errors.push({ pointer: `/dimensions/${name}`, detail: "is needed beside the other" });
  }
  return { width: Number(text("width")), height: Number(text("height")) };
}

/** What the service says of a field, in the form's own unit: it speaks of milliseconds, the form of minutes. */
export function troubleInWords(detail) {
  return detail.replace(
    /whole milliseconds from (\d+) to (\d+)/,
    (_, from, to) => `from ${spanInWords(Number(from))} to ${spanInWords(Number(to))}`,
  );
}

/** The name of the field that a pointer speaks of; undefined if there is none. */
export function fieldOf(pointer) {
  const all = [...FIELDS, ...SWITCHES];
  const fits = (field) => pointer === field.pointer || pointer.startsWith(`${field.pointer}/`);
  return all.find(fits)?.name ?? (pointer === "/dimensions" ? "width" : undefined);
}
