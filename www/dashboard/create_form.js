// The fields of the new-session form, and how their values become the options of a create.

/** @import { CreateOptions, InvalidValue } from "tidewatch" */

import { formatDuration } from "../page/format.js";

/**
 * A field of the form.
 *
 * @typedef {object} Field
 * @property {string} name
 * @property {string} pointer the JSON pointer that the service's errors use for it
 * @property {string} label
 * @property {string} [unit]
 * @property {string} [hint]
 * @property {string} [example] shown while the field is empty
 * @property {string} [value] the initial value
 * @property {number} [rows] makes it a text area
 * @property {Record<string, string>} [choices] makes it a select: label by value
 * @property {Record<string, string | number | boolean>} [attributes] of its `<input>`
 *
 * @typedef {object} Switch a checkbox
 * @property {string} name
 * @property {string} pointer
 * @property {string} label
 * @property {boolean} on the initial value
 */

const MINUTES = { type: "number", min: "0.02", step: "any" };
const PIXELS = { type: "number", step: "1" };

/** @type {readonly Field[]} */
export const FIELDS = [
  {
    name: "owner",
    pointer: "/owner",
    label: "Owner",
    hint: "An agent, a run or a person",
    attributes: { maxlength: 256 },
  },
  {
    name: "timeout",
    pointer: "/timeout",
    label: "Timeout",
    unit: "minutes",
    value: "5",
    attributes: { ...MINUTES, required: true },
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
    label: "Idle timeout",
    unit: "minutes",
    example: "never",
    attributes: MINUTES,
  },
  {
    name: "onDisconnect",
    pointer: "/onDisconnect",
    label: "When the last client disconnects",
    choices: { keep: "Keep", release: "End session" },
  },
];

/** The width and height of the window. They are shown side by side. @type {readonly Field[]} */
export const SIZE_FIELDS = [
  { name: "width", pointer: "/dimensions/width", label: "Width", unit: "px", example: "1280", attributes: PIXELS },
  { name: "height", pointer: "/dimensions/height", label: "Height", unit: "px", example: "800", attributes: PIXELS },
];

/** @type {readonly Switch[]} */
export const SWITCHES = [
  { name: "recording", pointer: "/recording", label: "Record session", on: true },
  { name: "showInputs", pointer: "/recording", label: "Record typed text (unmasked)", on: false },
  { name: "interactive", pointer: "/debugConfig/interactive", label: "Let viewers take control", on: true },
];

const MINUTE_MS = 60_000;

/**
 * The options of a create. Options that have their default value are left out.
 *
 * @param {Record<string, FormDataEntryValue>} values the form's values by name; an unchecked switch has none
 * @returns {{options: CreateOptions, errors: InvalidValue[]}} the errors that only the form can detect
 */
export function readForm(values) {
  /** @type {InvalidValue[]} */
  const errors = [];
  /** @type {CreateOptions} */
  const options = {};
  const text = (/** @type {string} */ name) => String(values[name] ?? "").trim();
  const milliseconds = (/** @type {string} */ name) => Math.round(Number(text(name)) * MINUTE_MS);
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

/**
 * @param {string} text
 * @param {InvalidValue[]} errors
 * @returns {Record<string, string>}
 */
function readPairs(text, errors) {
  const metadata = Object.create(null);
  for (const line of text.split("\n").filter((each) => each.trim())) {
    const at = line.indexOf("=");
    if (at < 1) errors.push({ pointer: "/metadata", detail: `“${line.trim()}” must be key=value` });
    else metadata[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  return { ...metadata };
}

/**
 * @param {(name: string) => string} text
 * @param {InvalidValue[]} errors
 */
function readSize(text, errors) {
  for (const name of ["width", "height"]) {
    if (!text(name)) errors.push({ pointer: `/dimensions/${name}`, detail: "Width and height are both required" });
  }
  return { width: Number(text("width")), height: Number(text("height")) };
}

/**
 * The service's message about a field, with its range as durations: the service counts milliseconds, the form minutes.
 *
 * @param {string} detail
 */
export function formatDetail(detail) {
  return detail.replace(
    /(?:a )?whole (?:number of )?milliseconds from (\d+) to (\d+)/,
    (_, from, to) => `from ${formatDuration(Number(from))} to ${formatDuration(Number(to))}`,
  );
}

/**
 * The name of the field that an error's pointer is about; undefined if there is none.
 *
 * @param {string} pointer
 */
export function fieldOf(pointer) {
  const field = [...FIELDS, ...SIZE_FIELDS, ...SWITCHES].find(
    (each) => pointer === each.pointer || pointer.startsWith(`${each.pointer}/`),
  );
  return field?.name ?? (pointer === "/dimensions" ? "width" : undefined);
}
