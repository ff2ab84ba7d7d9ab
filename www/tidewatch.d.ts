// The client, under the name that pages import. The site's build puts the WebAssembly client in its place.

export * from "../src/client/types.ts";

/** Loads the client's WebAssembly, once. Calling it again does nothing. */
export default function init(source?: { module_or_path: string }): Promise<unknown>;
