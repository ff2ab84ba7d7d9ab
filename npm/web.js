// What a page loads. It is bundled into one file with its imports, as each further file costs a round trip.

export { default, initSync, Tidewatch, TidewatchError } from "./web/tidewatch.js";
