// The frame of a dialog: a title, a close button, and the content.

/** @import { Child } from "../page/element.js" */

import { h, icon } from "../page/element.js";
import * as icons from "../page/icons.js";

/**
 * Fills a `<dialog>`. Its title gets the id `<the dialog's id>-title`. A click on the backdrop closes it.
 *
 * @param {HTMLDialogElement} dialog
 * @param {string} title
 * @param {...Child} content
 */
export function fillDialog(dialog, title, ...content) {
  const close = h(
    "button",
    { type: "button", class: "close", "aria-label": "Close", onclick: () => dialog.close() },
    icon(icons.CLOSE),
  );
  dialog.replaceChildren(
    h("header", { class: "dialog-head" }, h("h2", { id: `${dialog.id}-title` }, title), close),
    ...content.filter((child) => typeof child === "string" || child instanceof Node),
  );
  dialog.onclick = ({ target }) => {
    if (target === dialog) dialog.close();
  };
}
