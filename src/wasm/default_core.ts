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

/** Bytes that are drawn at once: those of a few handshakes. */
const AHEAD = 2048;
/** Milliseconds. What is drawn ahead is for the next moment alone: a copy of the process (a snapshot) draws anew. */
const MOMENT = 5;

let ahead: Uint8Array<ArrayBuffer> | undefined;
let used = AHEAD;
let drawnAt = 0;

/** Fills `target` by the host's crypto.getRandomValues, called once for many small draws of one moment. @throws ERR_UNSUPPORTED_ALGORITHM if the host has none */
export const hostRandom: RandomSource = target => {
  if (typeof globalThis.crypto?.getRandomValues !== 'function') {
    throw new TlsError(
      'ERR_UNSUPPORTED_ALGORITHM',
      'this host has no crypto.getRandomValues: set globalThis.crypto, or give wasmCore of castls/parts a random source',
    );
  }
  if (target.length <= AHEAD / 8) {
    const now = Date.now();
    ahead ??= new Uint8Array(AHEAD);
    if (used + target.length > AHEAD || now - drawnAt > MOMENT || now < drawnAt) {
      crypto.getRandomValues(ahead);
      used = 0;
      drawnAt = now;
    }
    target.set(ahead.subarray(used, used + target.length));
    ahead.fill(0, used, used + target.length);
    used += target.length;
    return;
  }
  for (let at = 0; at < target.length; at += RANDOM_CALL) {
    crypto.getRandomValues(target.subarray(at, at + RANDOM_CALL) as Uint8Array<ArrayBuffer>);
  }
};
