// The recording as a file: everything as JSON, its network requests as HAR.

/** Gives a person a file. */
export function download(name, type, parts) {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser takes it over within this turn, or the next.
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** The events of a recording as the parts of one JSON array, so that no string has to hold them all. */
export function* jsonParts(events) {
  yield "[";
  for (const [index, event] of events.entries()) yield `${index > 0 ? ",\n" : ""}${JSON.stringify(event)}`;
  yield "]";
}
