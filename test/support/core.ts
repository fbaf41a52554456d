// The WASM core that tests share.

import { WasmCore } from '../../src/wasm/core.ts';

let shared: WasmCore | undefined;

export function hostRandom(target: Uint8Array): void {
  for (let at = 0; at < target.length; at += 65536)
    crypto.getRandomValues(target.subarray(at, at + 65536) as Uint8Array<ArrayBuffer>);
}

export function testCore(): WasmCore {
  shared ??= new WasmCore(hostRandom);
  return shared;
}
