// Replaces what rrweb 2.1.6 expects from a page's own world and does not find in an isolated one.

// rrweb adds iframes to each document to get prototypes that no script has changed. In an isolated world no script has
// changed them, and rrweb uses the existing ones if it gets no iframe.
const { createElement } = Document.prototype;

/**
 * @this {Document}
 * @param {string} name
 * @param {ElementCreationOptions} [options]
 */
function createElementExceptIframe(name, options) {
  if (name === "iframe") throw new TypeError("a recorder adds nothing to a page");
  return createElement.call(this, name, options);
}

Object.defineProperty(Document.prototype, "createElement", {
  value: createElementExceptIframe,
  configurable: true,
  writable: true,
});

// rrweb asks for each element whether its name is a custom element, and catches the TypeError. That took nine tenths of
// the time of a full snapshot.
Object.defineProperty(globalThis, "customElements", { value: { get: () => undefined } });
