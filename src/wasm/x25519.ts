// X25519 (RFC 7748) on the x25519 family: the function itself, and the TLS group x25519 (RFC 9846 §4.2.7).

import type { X25519Exports } from '../../build/generated/abi.ts';
import { bytes } from '../../build/generated/x25519_wasm.ts';
import { TlsError } from '../base/errors.ts';
import type { KeyExchangeGroup } from '../crypto/key_exchange.ts';
import type { Secret } from '../crypto/secret.ts';
import type { Family, WasmCore } from './core.ts';
import { montgomeryGroup } from './montgomery_group.ts';
import { disposingOnError } from './secrets.ts';

const family: Family = { name: 'x25519', binary: bytes };
const LENGTH = 32;

/**
 * The shared secret of a private scalar and a peer's u-coordinate; the caller owns it. Non-canonical u-coordinates are
 * accepted and the top bit is ignored (RFC 7748 §5).
 * @param scalar 32 bytes, clamped here @param u 32 bytes
 * @throws ERR_INVALID_PUBLIC_KEY for a wrong length, and for an all-zero result (RFC 9846 §7.4.2, RFC 8422 §5.11)
 */
export function x25519(core: WasmCore, scalar: Secret, u: Uint8Array): Secret {
  checkScalar(core, scalar);
  u = core.input(u, 'the public key');
  if (u.length !== LENGTH) throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'an X25519 public key has 32 bytes');
  const abi = core.family<X25519Exports>(family);
  const shared = core.createSecret(LENGTH);
  return disposingOnError(shared, () => {
    const valid = core.withExchange(LENGTH, at => {
      core.bytes.set(u, at);
      return abi.x25519(core.pointerOf(shared), core.pointerOf(scalar), at) === 1;
    });
    if (valid) return shared;
    throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'the X25519 public key is a point of small order');
  });
}

/** The 32-byte public key of a private scalar (32 bytes, clamped here). */
export function x25519PublicKey(core: WasmCore, scalar: Secret): Uint8Array {
  checkScalar(core, scalar);
  const abi = core.family<X25519Exports>(family);
  return core.withExchange(LENGTH, at => {
    abi.x25519PublicKey(at, core.pointerOf(scalar));
    return core.bytes.slice(at, at + LENGTH);
  });
}

/** A comb costs about as much time as it spares in eight keys: a process with one connection never builds it. */
const LADDERS_BEFORE_COMB = 8;

/**
 * The TLS group x25519 over `core`.
 * @param byComb `x25519PublicKeyByComb`, from the ninth key on
 */
export function x25519Group(core: WasmCore, byComb?: typeof x25519PublicKey): KeyExchangeGroup {
  let keys = 0;
  return montgomeryGroup(core, {
    id: 0x001d,
    name: 'x25519',
    length: LENGTH,
    publicKey: (over, scalar) =>
      byComb !== undefined && ++keys > LADDERS_BEFORE_COMB ? byComb(over, scalar) : x25519PublicKey(over, scalar),
    sharedSecret: x25519,
  });
}

/** @throws ERR_BAD_LENGTH, ERR_STALE_HANDLE, ERR_FOREIGN_HANDLE */
export function checkScalar(core: WasmCore, scalar: Secret): void {
  core.pointerOf(scalar);
  if (scalar.length !== LENGTH) throw new TlsError('ERR_BAD_LENGTH', 'an X25519 scalar has 32 bytes');
}
