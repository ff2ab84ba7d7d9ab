// What a viewer's link says.

/** Reads the address of the page: `?session=ID&token=T[&page=TARGET][&fullscreen=true]`. */
export function readLink(search) {
  const parameters = new URLSearchParams(search);
  const text = (name) => parameters.get(name) ?? "";
  const token = text("token");
  return {
    path: `/v1/sessions/${encodeURIComponent(text("session"))}/view?token=${encodeURIComponent(token)}`,
    // Only a first guess, to show no controls that do nothing: what a viewer may do is the service's to say.
    looksOnly: token.startsWith("view."),
    tab: parameters.get("page"),
    fullscreen: text("fullscreen") === "true",
  };
}
