// A program that `require`s the package.

import tidewatch = require("tidewatch");

export async function list(): Promise<string[]> {
  await tidewatch.default();
  const client = new tidewatch.Tidewatch({ baseUrl: "http://127.0.0.1:8787", apiKey: "tw_key" });
  const sessions = await client.sessions.list();
  return sessions.map(({ id }) => id);
}
