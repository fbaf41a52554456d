// What the groups share: the WASM core, random bytes, versions of the peers.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WasmCore } from '../src/wasm/core.ts';
import { PROTOTYPE } from './judge.ts';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

export function random(target: Uint8Array): void {
  for (let at = 0; at < target.length; at += 65536) {
    crypto.getRandomValues(target.subarray(at, at + 65536) as Uint8Array<ArrayBuffer>);
  }
}

export function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  random(bytes);
  return bytes;
}

let shared: WasmCore | undefined;

export function core(): WasmCore {
  shared ??= new WasmCore(random);
  return shared;
}

/** Version of this repository's package. */
export const ownVersion: string = JSON.parse(readFileSync(join(here, '../package.json'), 'utf8')).version;

export const native = { implementation: 'node:crypto', version: `OpenSSL ${process.versions.openssl}` };
export const webcrypto = { implementation: 'WebCrypto', version: `Node ${process.versions.node}` };
export const castls = { implementation: 'castls', version: ownVersion };
/** The least there could be of castls in the place: bench/prototypes. */
export const prototype = { implementation: PROTOTYPE, version: ownVersion };

/** Name and installed version of a peer in bench/node_modules. */
export function peer(name: string): { implementation: string; version: string } {
  const path = join(here, 'node_modules', name, 'package.json');
  return { implementation: name, version: require(path).version };
}
