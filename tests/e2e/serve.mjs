// The service in a process of its own, for tests that kill it. Told what to open over the channel; ends when that
// closes.

import { once } from "node:events";

import { openPlatform } from "../../scripts/serve/platform.mjs";

process.on("disconnect", () => process.exit());
const [options] = await once(process, "message");
const { url, run } = await openPlatform(options);
process.send?.({ url, run });
