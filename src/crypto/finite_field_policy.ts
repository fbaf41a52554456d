// Which explicit finite-field groups are taken in TLS 1.2, as data. The arithmetic is the providers'.

import { isObject, requireInteger } from '../base/arguments.ts';

export interface FiniteFieldPolicy {
  /**
   * Take primes of this many bits and more, 1024-8192, instead of 2048. Primes of 1024 bits are in reach of states, and
   * many servers share theirs (Adrian et al., "Imperfect Forward Secrecy", 2015).
   */
  readonly dangerousMinimumBits?: number;
}

/** Sizes of primes in bits. */
export const finiteFieldLimits = {
  /** RFC 9325 §4.1. */
  minimumBits: 2048,
  /** The least that `dangerousMinimumBits` can say. */
  dangerousMinimumBits: 1024,
  maximumBits: 8192,
} as const;

/** Bits of the smallest prime that the policy takes. @throws ERR_INVALID_ARGUMENT for a policy that names no size */
export function minimumPrimeBits(policy: FiniteFieldPolicy = {}): number {
  const minimum = isObject(policy) ? policy.dangerousMinimumBits : null;
  if (minimum === undefined) return finiteFieldLimits.minimumBits;
  const { dangerousMinimumBits, maximumBits } = finiteFieldLimits;
  requireInteger(minimum, dangerousMinimumBits, maximumBits, 'the smallest size of a Diffie-Hellman group');
  return minimum;
}
