// A dialog's frame: a title, a way to close it, what is in it.

import { h, icon } from "./element.js";
import * as icons from "./icons.js";

/** Fills a `<dialog>` whose title has the id `<its id>-title`. A click beside it closes it. */
export function fillDialog(dialog, title, ...content) {
  const close = h(
    "button",
    { type: "button", class: "close", "aria-label": "Close", onclick: () => dialog.close() },
    icon(icons.CLOSE),
  );
  dialog.replaceChildren(
    h("header", { class: "dialog-head" }, h("h2", { id: `${dialog.id}-title` }, title), close),
    ...content,
  );
  dialog.onclick = ({ target }) => {
    if (target === dialog) dialog.close();
  };
}
