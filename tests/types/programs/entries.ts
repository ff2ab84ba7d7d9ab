// The other ways into the package.

import load, { initSync, Tidewatch as WebTidewatch, type InitSource } from "tidewatch/web";
import init, { Tidewatch as BundlerTidewatch } from "tidewatch/bundler";

export async function everyEntry(wasm: WebAssembly.Module): Promise<void> {
  const source: InitSource = wasm;
  await load();
  await load({ module_or_path: source });
  await load({ module_or_path: fetch("/tidewatch_bg.wasm") });
  initSync({ module: wasm });
  await init();
  const options = { baseUrl: "https://sessions.example.com", apiKey: "tw_key" };
  await new WebTidewatch(options).sessions.list();
  await new BundlerTidewatch(options).sessions.list();
}
