// `await using`, in a project whose own `lib` does not have it.

import type { Tidewatch } from "tidewatch";

export async function visit(client: Tidewatch): Promise<string> {
  await using session = await client.sessions.create();
  return session.websocketUrl;
}
