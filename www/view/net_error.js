// Why Chrome could not open an address, in words.

/** @type {Map<string, string>} by Chrome's name for the error */
const REASONS = new Map([
  ["ERR_ADDRESS_UNREACHABLE", "The server can't be reached."],
  ["ERR_BLOCKED_BY_CLIENT", "The browser blocks this address."],
  ["ERR_CONNECTION_CLOSED", "The server closed the connection."],
  ["ERR_CONNECTION_REFUSED", "The server refused the connection."],
  ["ERR_CONNECTION_RESET", "The server closed the connection."],
  ["ERR_CONNECTION_TIMED_OUT", "The server did not answer in time."],
  ["ERR_EMPTY_RESPONSE", "The server sent nothing."],
  ["ERR_INTERNET_DISCONNECTED", "The browser has no network connection."],
  ["ERR_INVALID_URL", "The address is not valid."],
  ["ERR_NAME_NOT_RESOLVED", "The server's name was not found."],
  ["ERR_SSL_PROTOCOL_ERROR", "The server does not answer over https."],
  ["ERR_TIMED_OUT", "The server did not answer in time."],
  ["ERR_TOO_MANY_REDIRECTS", "The server redirects too often."],
  ["ERR_UNSAFE_PORT", "The browser blocks this port."],
]);

/**
 * @param {string} error Chrome's text, `net::ERR_UNSAFE_PORT` for example
 */
export function describeNetError(error) {
  const name = error.replace(/^net::/, "");
  if (name.startsWith("ERR_CERT_")) return "The server's certificate is not valid.";
  return REASONS.get(name) ?? `The browser reported ${name}.`;
}
