// The modules that the build makes, and that npm/ imports.

declare module "*/tidewatch.js" {
  export class Tidewatch {}
  export class TidewatchError extends Error {}
  export function initSync(source: { module: BufferSource | WebAssembly.Module }): unknown;
  export default function init(): Promise<unknown>;
}
