// The address bar's input.

const IS_LOCAL = /^(localhost|\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:]+\])(:\d+)?([/?#]|$)/i;
const IS_HOST = /^[^\s/?#:@]+\.[^\s/?#:@.]{2,}(:\d+)?([/?#]|$)/;

/**
 * The address that a person means; undefined if it may not be opened. Web addresses and the blank page may.
 *
 * @param {string} text
 */
export function readAddress(text) {
  const address = text.trim();
  if (address === "about:blank" || /^https?:\/\/[^\s/]/i.test(address)) return address;
  if (IS_LOCAL.test(address)) return `http://${address}`;
  return IS_HOST.test(address) ? `https://${address}` : undefined;
}
