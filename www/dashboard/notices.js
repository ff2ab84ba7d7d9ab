// Short notices at the bottom of the page that disappear by themselves.

import { byId } from "../page/by_id.js";
import { h } from "../page/element.js";
import { failureOf, messageOf } from "../page/failure.js";

const SHOWN_MS = 6000;
const ERROR_SHOWN_MS = 12_000;

/**
 * Shows a notice for a while.
 *
 * @param {string} text
 * @param {{isError?: boolean}} [options]
 */
export function notice(text, { isError = false } = {}) {
  const line = h("p", { class: isError ? "notice bad" : "notice" }, text);
  byId("notices").append(line);
  setTimeout(() => line.remove(), isError ? ERROR_SHOWN_MS : SHOWN_MS);
}

/**
 * Shows why a call failed.
 *
 * @param {unknown} error
 */
export function noticeError(error) {
  const { requestId } = failureOf(error);
  const message = messageOf(error);
  notice(requestId ? `${message} (request ${requestId})` : message, { isError: true });
}
