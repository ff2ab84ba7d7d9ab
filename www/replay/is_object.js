/**
 * Whether a value from a recording has properties. Recordings come from strangers: each value is checked before it is
 * used.
 *
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export const isObject = (value) => typeof value === "object" && value !== null;
