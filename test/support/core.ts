// The WASM core that tests share: core.wasm, or the build of it that CASTLS_CORE names (`npm run vectors`).

import { readFileSync } from 'node:fs';

import { WasmCore } from '../../src/wasm/core.ts';

let shared: WasmCore | undefined;

export function hostRandom(target: Uint8Array): void {
  for (let at = 0; at < target.length; at += 65536)
    crypto.getRandomValues(target.subarray(at, at + 65536) as Uint8Array<ArrayBuffer>);
}

export function testCore(): WasmCore {
  const build = process.env.CASTLS_CORE;
  shared ??= new WasmCore(hostRandom, build === undefined ? {} : { binary: readFileSync(`build/wasm/${build}.wasm`) });
  return shared;
}
