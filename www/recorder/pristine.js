// What rrweb 2.1.6 takes from a page's own world, and does not find in an isolated one.

// It adds iframes to each document, to take prototypes from them that no script has altered. In an isolated world no
// script has, and it takes those that are there where it gets no iframe.
const { createElement } = Document.prototype;

Document.prototype.createElement = function (name, options) {
  if (name === "iframe") throw new TypeError("a recorder adds nothing to a page");
  return createElement.call(this, name, options);
};

// It asks of each element whether its name is defined, and catches the TypeError: nine tenths of the time that a whole
// picture takes.
Object.defineProperty(globalThis, "customElements", { value: { get: () => undefined } });
