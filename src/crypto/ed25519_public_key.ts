// Is this an Ed25519 public key? Hosts answer false for a signature by one that is none; castls says so. With BigInt, in
// variable time: public keys are public.

import { requireBytes } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import { isSmallOrderVartime } from './edwards_public_key.ts';

const LENGTH = 32;
const p = 2n ** 255n - 19n;
/** d of the curve (RFC 8032 §5.1). */
const d = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/**
 * The checks of RFC 8032 §5.1.3: a canonical y for which there is an x; no sign on x = 0. And no point of small order.
 * @param key 32 bytes
 * @throws ERR_INVALID_PUBLIC_KEY, ERR_INVALID_ARGUMENT for what is no bytes
 */
export function checkEd25519Key(key: Uint8Array): void {
  requireBytes(key, 'an Ed25519 public key');
  if (key.length !== LENGTH || !isPointVartime(key) || isSmallOrderVartime('ed25519', key)) {
    throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'the bytes are no Ed25519 public key');
  }
}

function isPointVartime(key: Uint8Array): boolean {
  let y = 0n;
  for (let i = LENGTH - 1; i >= 0; i--) y = (y << 8n) | BigInt(i === LENGTH - 1 ? key[i] & 0x7f : key[i]);
  if (y >= p) return false;
  // x^2 = u / v, a square if u v is one; v is never 0, as -1/d is no square.
  const u = (y * y - 1n + p) % p;
  const v = (d * y * y + 1n) % p;
  if (u === 0n) return key[LENGTH - 1] < 0x80;
  return power((u * v) % p, (p - 1n) / 2n) === 1n;
}

/** Euler's criterion needs base^exponent mod p. */
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let bit = BigInt(exponent.toString(2).length - 1); bit >= 0n; bit--) {
    result = (result * result) % p;
    if ((exponent >> bit) & 1n) result = (result * base) % p;
  }
  return result;
}
