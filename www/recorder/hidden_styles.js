// Rules that the page's scripts insert into style sheets. rrweb works in an isolated world and does not see those
// calls.

/** The number of rules that no text in the document contains. */
export function countHiddenRules() {
  let rules = 0;
  for (const sheet of [...document.styleSheets, ...document.adoptedStyleSheets]) {
    // A sheet with text or an address most likely has the rules of that text or file.
    if (sheet.ownerNode?.firstChild || sheet.href) continue;
    rules += countRules(sheet);
  }
  return rules;
}

/** @param {CSSStyleSheet} sheet */
function countRules(sheet) {
  try {
    return sheet.cssRules.length;
  } catch {
    return 0; // The sheet is of another origin.
  }
}
