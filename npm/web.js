// What a page loads: put into one file with all that it imports, as each more is one more way to the server.

export { default, initSync, Tidewatch, TidewatchError } from "./web/tidewatch.js";
