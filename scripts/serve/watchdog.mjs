// Waits for the end of the process that started it, then ends what that process left behind.
// It is detached, in a session of its own: neither Ctrl-C nor a kill of the server's process group reaches it.

import { endRun } from "./run.mjs";

const folder = process.argv[2] ?? "";

process.stdin.resume();
process.stdin.on("error", end);
process.stdin.on("close", end);

let isEnding = false;
function end() {
  if (isEnding) return;
  isEnding = true;
  void endRun(folder);
}
