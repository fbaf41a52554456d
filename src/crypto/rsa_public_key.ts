// Which RSA public keys and PSS parameters are used at all, whoever does the arithmetic. Public data: variable time.

import { isObject, requireBytes, requireInteger } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import type { PublicKey } from './signature.ts';

export type RsaPublicKey = PublicKey & { readonly type: 'rsa' };

/** Which public keys are used. */
export interface RsaPolicy {
  /**
   * Accept moduli of this many bits and more (1-8192), and of sizes that are no multiple of 8, instead of 2048. For old
   * protocols and test vectors.
   */
  readonly dangerousMinimumBits?: number;
}

/** Sizes of RSA public keys. */
export const rsaLimits = {
  /** SP 800-131A, CA/Browser Forum Baseline Requirements §6.1.5. */
  minimumBits: 2048,
  /** Go's crypto/tls and ring stop here as well (CVE-2023-29409): the time to verify grows with the square. */
  maximumBits: 8192,
  /** And with the length of the exponent, which is 65537 nearly everywhere; OpenSSL stops at 64 bits, too. */
  maximumExponentBytes: 8,
} as const;

/** @throws ERR_INVALID_ARGUMENT for a policy that names no size */
export function requireRsaPolicy(policy: RsaPolicy): void {
  const minimum = isObject(policy) ? policy.dangerousMinimumBits : null;
  if (minimum !== undefined) requireInteger(minimum, 1, rsaLimits.maximumBits, 'dangerousMinimumBits');
}

/**
 * Bits of a modulus that may be used.
 * @throws ERR_INVALID_PUBLIC_KEY for an even modulus, leading zeros, an exponent that is even, 1 or over 64 bits;
 * ERR_WEAK_KEY for a size outside the policy; ERR_INVALID_ARGUMENT for parts that are no bytes
 */
export function checkRsaPublicKey(key: RsaPublicKey, policy: RsaPolicy = {}): number {
  const { modulus, exponent } = key;
  requireBytes(modulus, 'an RSA modulus');
  requireBytes(exponent, 'an RSA public exponent');
  if (modulus.length === 0 || modulus[0] === 0 || (modulus[modulus.length - 1] & 1) === 0) {
    throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'an RSA modulus is an odd integer without leading zeros');
  }
  // RFC 8017 §3.1: e is at least 3. With e = 1 an encoded message would be its own signature.
  const small = exponent.length === 1 && exponent[0] < 3;
  if (exponent.length === 0 || exponent[0] === 0 || small || (exponent[exponent.length - 1] & 1) === 0) {
    throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'an RSA public exponent is an odd integer of at least 3');
  }
  if (exponent.length > rsaLimits.maximumExponentBytes) {
    throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'RSA public exponents over 64 bits are not supported');
  }
  const bits = bitsOf(modulus);
  const { dangerousMinimumBits } = policy;
  const minimum = dangerousMinimumBits ?? rsaLimits.minimumBits;
  if (bits < minimum || bits > rsaLimits.maximumBits) {
    throw new TlsError(
      'ERR_WEAK_KEY',
      `an RSA key of ${bits} bits; allowed are ${minimum} to ${rsaLimits.maximumBits}`,
    );
  }
  if (dangerousMinimumBits === undefined && bits % 8 !== 0) {
    throw new TlsError('ERR_WEAK_KEY', `an RSA key of ${bits} bits, which is no multiple of 8`);
  }
  return bits;
}

/** Bits of an integer without leading zeros, big-endian. */
function bitsOf(integer: Uint8Array): number {
  return integer.length * 8 - (Math.clz32(integer[0]) - 24);
}

/** Passes salt lengths, however long. @throws ERR_INVALID_ARGUMENT */
export function requireSaltLength(saltLength: number): void {
  requireInteger(saltLength, 0, Number.MAX_SAFE_INTEGER, 'the length of a PSS salt');
}

/**
 * True if hash, salt and the least padding fit in an encoded message of modulusBits - 1 bits (RFC 8017 §9.1.1, step 3).
 * Lengths in bytes.
 */
export function pssFits(modulusBits: number, hashLength: number, saltLength: number): boolean {
  return Math.ceil((modulusBits - 1) / 8) >= hashLength + saltLength + 2;
}
