// The Worker in a process of its own, so that all it writes can be read: `served.mjs OPTIONS`, as JSON. It tells its
// URL in its first line on stdout, and ends with its stdin.

import { openPlatform } from "../../scripts/serve/platform.mjs";

const { dispose, url } = await openPlatform(JSON.parse(process.argv[2]));
console.log(JSON.stringify({ url }));
process.stdin.on("end", async () => {
  await dispose();
  process.exit();
});
process.stdin.resume();
