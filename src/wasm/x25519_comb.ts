// Public keys of X25519 by the comb of edwards25519, on the ed25519 family: for who makes many.

import type { Ed25519Exports } from '../../build/generated/abi.ts';
import { bytes } from '../../build/generated/ed25519_wasm.ts';
import type { Secret } from '../crypto/secret.ts';
import type { Family, WasmCore } from './core.ts';
import { checkScalar } from './x25519.ts';

const family: Family = { name: 'ed25519', binary: bytes };
const LENGTH = 32;

/** As `x25519PublicKey`, in half the time once the table of the comb is there. */
export function x25519PublicKeyByComb(core: WasmCore, scalar: Secret): Uint8Array {
  checkScalar(core, scalar);
  const abi = core.family<Ed25519Exports>(family);
  return core.withExchange(LENGTH, at => {
    abi.x25519PublicKeyByComb(at, core.pointerOf(scalar));
    return core.bytes.slice(at, at + LENGTH);
  });
}
