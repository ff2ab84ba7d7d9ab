// Waits for the end of the process that started it, then ends what that left behind.
// Detached, in a session of its own: neither Ctrl-C nor a kill of the server's process group reaches it.

import { endRun } from "./run.mjs";

const [folder] = process.argv.slice(2);

process.stdin.resume();
process.stdin.on("error", end);
process.stdin.on("close", end);

let ending;
function end() {
  ending ??= endRun(folder);
}
