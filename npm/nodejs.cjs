// The same for programs that `require` it; both ways lead to the same classes.

Object.defineProperty(exports, "__esModule", { value: true });
Object.assign(exports, require("./nodejs/tidewatch.js"));
exports.default = async function init() {};
