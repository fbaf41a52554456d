// X448 (RFC 7748) on the ec448 family: the function itself, and the TLS group x448 (RFC 9846 §4.2.7).

import type { Ec448Exports } from '../../build/generated/abi.ts';
import { bytes } from '../../build/generated/ec448_wasm.ts';
import { TlsError } from '../base/errors.ts';
import type { KeyExchangeGroup } from '../crypto/key_exchange.ts';
import type { Secret } from '../crypto/secret.ts';
import type { Family, WasmCore } from './core.ts';
import { montgomeryGroup } from './montgomery_group.ts';
import { disposingOnError } from './secrets.ts';

const family: Family = { name: 'ec448', binary: bytes };
const LENGTH = 56;

/**
 * The shared secret of a private scalar and a peer's u-coordinate; the caller owns it. Non-canonical u-coordinates are
 * accepted (RFC 7748 §5).
 * @param scalar 56 bytes, clamped here @param u 56 bytes
 * @throws ERR_INVALID_PUBLIC_KEY for a wrong length, and for an all-zero result (RFC 9846 §7.4.2, RFC 8422 §5.11)
 */
export function x448(core: WasmCore, scalar: Secret, u: Uint8Array): Secret {
  checkScalar(core, scalar);
  u = core.input(u, 'the public key');
  if (u.length !== LENGTH) throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'an X448 public key has 56 bytes');
  const abi = core.family<Ec448Exports>(family);
  const shared = core.createSecret(LENGTH);
  return disposingOnError(shared, () => {
    const valid = core.withExchange(LENGTH, at => {
      core.bytes.set(u, at);
      return abi.x448(core.pointerOf(shared), core.pointerOf(scalar), at) === 1;
    });
    if (valid) return shared;
    throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'the X448 public key is a point of small order');
  });
}

/** The 56-byte public key of a private scalar (56 bytes, clamped here). */
export function x448PublicKey(core: WasmCore, scalar: Secret): Uint8Array {
  checkScalar(core, scalar);
  const abi = core.family<Ec448Exports>(family);
  return core.withExchange(LENGTH, at => {
    abi.x448PublicKey(at, core.pointerOf(scalar));
    return core.bytes.slice(at, at + LENGTH);
  });
}

/** The TLS group x448 over `core`. */
export function x448Group(core: WasmCore): KeyExchangeGroup {
  return montgomeryGroup(core, {
    id: 0x001e,
    name: 'x448',
    length: LENGTH,
    publicKey: x448PublicKey,
    sharedSecret: x448,
  });
}

function checkScalar(core: WasmCore, scalar: Secret): void {
  core.pointerOf(scalar);
  if (scalar.length !== LENGTH) throw new TlsError('ERR_BAD_LENGTH', 'an X448 scalar has 56 bytes');
}
