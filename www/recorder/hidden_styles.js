// Rules that scripts of the page insert into style sheets: rrweb, in a world of its own, does not see the calls.

/** How many rules there are that no text in the document shows. */
export function countHiddenRules() {
  let rules = 0;
  for (const sheet of [...document.styleSheets, ...document.adoptedStyleSheets]) {
    // An element with text is most likely as its text says, and one with an address as its file says.
    if (sheet.ownerNode?.firstChild || sheet.href) continue;
    rules += countRules(sheet);
  }
  return rules;
}

function countRules(sheet) {
  try {
    return sheet.cssRules.length;
  } catch {
    return 0; // Another origin's.
  }
}
