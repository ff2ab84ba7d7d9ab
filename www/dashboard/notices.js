// Short notices at the page's foot, which go by themselves.

import { h } from "./element.js";

const SHOWN_MS = 6000;
const TROUBLE_SHOWN_MS = 12_000;

/** Says something, for a while. */
export function notice(text, { isTrouble = false } = {}) {
  const line = h("p", { class: isTrouble ? "notice bad" : "notice" }, text);
  document.getElementById("notices").append(line);
  setTimeout(() => line.remove(), isTrouble ? TROUBLE_SHOWN_MS : SHOWN_MS);
}

/** Says what went wrong with a call. */
export function noticeTrouble(error) {
  const { message, requestId } = error;
  notice(requestId ? `${message} (request ${requestId})` : message, { isTrouble: true });
}
