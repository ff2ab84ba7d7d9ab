// Versions: MAJOR.MINOR.PATCH, optionally with a pre-release, as semantic versioning defines them.

const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;

/**
 * Whether a text is a version.
 *
 * @param {string} text
 */
export const isVersion = (text) => VERSION.test(text);

/**
 * Whether one version is greater than another. Both must be versions.
 *
 * @param {string} one
 * @param {string} other
 */
export function isGreater(one, other) {
  return compare(one, other) > 0;
}

/**
 * @param {string} one
 * @param {string} other
 */
function compare(one, other) {
  const [core, preRelease] = parse(one);
  const [otherCore, otherPreRelease] = parse(other);
  const difference = compareParts(core, otherCore);
  if (difference !== 0) return difference;
  // A pre-release comes before its version.
  if (preRelease.length === 0 || otherPreRelease.length === 0) return otherPreRelease.length - preRelease.length;
  return compareParts(preRelease, otherPreRelease);
}

/**
 * The three numbers, and the parts of the pre-release.
 *
 * @param {string} version
 * @returns {[core: string[], preRelease: string[]]}
 */
function parse(version) {
  const [, major = "", minor = "", patch = "", preRelease] = VERSION.exec(version) ?? [];
  return [[major, minor, patch], preRelease?.split(".") ?? []];
}

/**
 * Compares numbers as numbers, and all else as text. A number comes before a text, and fewer parts before more.
 *
 * @param {string[]} one
 * @param {string[]} other
 */
function compareParts(one, other) {
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const difference = comparePart(one[at], other[at]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * @param {string | undefined} one
 * @param {string | undefined} other
 */
function comparePart(one, other) {
  if (one === other) return 0;
  if (one === undefined) return -1;
  if (other === undefined) return 1;
  const [isNumber, isOtherNumber] = [one, other].map((part) => /^\d+$/.test(part));
  if (isNumber && isOtherNumber) return Number(one) - Number(other);
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  return one < other ? -1 : 1;
}
