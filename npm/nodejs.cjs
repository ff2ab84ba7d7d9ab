// The same for programs that `require` it; both ways lead to the same classes.

const { Tidewatch, TidewatchError } = require("./nodejs/tidewatch.js");

Object.defineProperty(exports, "__esModule", { value: true });
exports.Tidewatch = Tidewatch;
exports.TidewatchError = TidewatchError;
exports.default = async function init() {};
