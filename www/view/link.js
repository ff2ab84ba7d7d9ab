// The parameters of a viewer's link.

/**
 * @typedef {object} Link
 * @property {string} path the socket's path, from `/v1` on
 * @property {boolean} isViewOnly whether the token looks like a view-only one. The service decides; this only avoids
 *   showing controls that do nothing
 * @property {string | null} tab the one tab that the link is for; null for all
 * @property {boolean} fullscreen
 */

/**
 * Reads the page's address: `?session=ID&token=T[&page=TARGET][&fullscreen=true]`.
 *
 * @param {string} search
 * @returns {Link}
 */
export function readLink(search) {
  const parameters = new URLSearchParams(search);
  const text = (/** @type {string} */ name) => parameters.get(name) ?? "";
  const token = text("token");
  return {
    path: `/v1/sessions/${encodeURIComponent(text("session"))}/view?token=${encodeURIComponent(token)}`,
    isViewOnly: token.startsWith("view."),
    tab: parameters.get("page"),
    fullscreen: text("fullscreen") === "true",
  };
}
