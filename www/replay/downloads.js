// Saves the recording as a file: all events as JSON, or its network requests as HAR.

/**
 * Starts the download of a file.
 *
 * @param {string} name
 * @param {string} type the MIME type
 * @param {string[]} parts the content
 */
export function download(name, type, parts) {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads the URL shortly after the click.
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/**
 * The events as parts of one JSON array: all of them in one string could exceed its maximum length.
 *
 * @param {unknown[]} events
 */
export function* jsonParts(events) {
  yield "[";
  for (const [index, event] of events.entries()) yield `${index > 0 ? ",\n" : ""}${JSON.stringify(event)}`;
  yield "]";
}
