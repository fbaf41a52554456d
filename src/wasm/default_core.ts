// The core that everything in a program shares unless it makes one of its own, on the host's random source. Made at its
// first use, because importing a module has no effect.

import { TlsError } from '../base/errors.ts';
import type { RandomSource } from '../crypto/secret.ts';
import { WasmCore } from './core.ts';

/** Most bytes that crypto.getRandomValues gives in one call (Web Cryptography §10.1.1). */
const RANDOM_CALL = 65536;

let core: WasmCore | undefined;

/** The same core each time. */
export function defaultCore(): WasmCore {
  return (core ??= new WasmCore(hostRandom));
}

/** Fills `target` by the host's crypto.getRandomValues. @throws ERR_UNSUPPORTED_ALGORITHM if the host has none */
export const hostRandom: RandomSource = target => {
  if (typeof globalThis.crypto?.getRandomValues !== 'function') {
    throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', 'this host has no crypto.getRandomValues: name a random source');
  }
  for (let at = 0; at < target.length; at += RANDOM_CALL) {
    crypto.getRandomValues(target.subarray(at, at + RANDOM_CALL) as Uint8Array<ArrayBuffer>);
  }
};
