// Finite-field Diffie-Hellman: the named groups of RFC 7919 for TLS 1.3, and for TLS 1.2 whatever odd modulus a server
// sends, within the policy.

import type { RsaPrivateExports } from '../../build/generated/abi.ts';
import { copyOfBytes } from '../base/bytes.ts';
import { TlsError } from '../base/errors.ts';
import { finiteFieldLimits, minimumPrimeBits } from '../crypto/finite_field_policy.ts';
import type { FiniteFieldDh, KeyExchange, KeyExchangeGroup } from '../crypto/key_exchange.ts';
import type { RandomSource, Secret } from '../crypto/secret.ts';
import { NamedGroup } from '../registry/named_groups.ts';
import type { WasmCore } from './core.ts';
import { ffdhePrime, modpPrime } from './ffdh_primes.ts';
import { rsaPrivateFamily } from './rsa_family.ts';
import { disposingOnError, randomSecret, sliceSecret } from './secrets.ts';

/** A group and how its values are written. */
interface Field {
  readonly id: number;
  readonly name: string;
  readonly prime: Uint8Array;
  /** As long as the prime. */
  readonly generator: Uint8Array;
  /** Bytes of an exponent: at least the bits that RFC 7919 appendix A names for the group. */
  readonly exponentLength: number;
  /** TLS 1.2 takes leading zeros off the secret (RFC 5246 §8.1.2), TLS 1.3 keeps them (RFC 9846 §7.4.1). */
  readonly stripSecret: boolean;
}

const exponentLengths: Record<number, number> = { 2048: 32, 3072: 40, 4096: 48, 6144: 48, 8192: 56 };
/** For a group nothing is known about. */
const UNKNOWN_EXPONENT_LENGTH = 64;

/** ffdhe2048 to ffdhe8192 (RFC 7919) as TLS 1.3 uses them. */
export function ffdheGroup(core: WasmCore, bits: 2048 | 3072 | 4096 | 6144 | 8192): KeyExchangeGroup {
  const name = `ffdhe${bits}` as const;
  let field: Field | undefined; // the prime is computed at its first use
  return group(core, NamedGroup[name], name, false, () => {
    field ??= {
      id: NamedGroup[name],
      name,
      prime: ffdhePrime(bits),
      generator: padded(Uint8Array.of(2), bits / 8),
      exponentLength: exponentLengths[bits],
      stripSecret: false,
    };
    return field;
  });
}

/** Explicit groups of TLS 1.2 servers. Those of RFC 7919 and RFC 3526 are recognised and named. */
export function finiteFieldDh(core: WasmCore): FiniteFieldDh {
  return {
    group(prime, generator, policy) {
      prime = core.input(prime, 'the prime');
      generator = core.input(generator, 'the generator');
      const bits = checkPrime(prime, minimumPrimeBits(policy));
      const g = padded(generator, prime.length);
      const { id, name } = recognise(prime, g, bits);
      const exponentLength = id === 0 && name === '' ? UNKNOWN_EXPONENT_LENGTH : exponentLengths[bits];
      const field: Field = {
        id,
        name: name || `dhe${bits}`,
        prime: copyOfBytes(prime),
        generator: g,
        exponentLength,
        stripSecret: true,
      };
      checkGenerator(core, field);
      return group(core, id, field.name, true, () => field);
    },
  };
}

/** Bits of a prime that may be used. @throws ERR_WEAK_KEY, ERR_INVALID_PUBLIC_KEY */
function checkPrime(prime: Uint8Array, minimumBits: number): number {
  if (prime.length === 0 || prime[0] === 0 || (prime[prime.length - 1] & 1) === 0) {
    throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'a Diffie-Hellman modulus is odd and has no leading zeros');
  }
  const bits = prime.length * 8 - (Math.clz32(prime[0]) - 24);
  const { maximumBits } = finiteFieldLimits;
  if (bits < minimumBits || bits > maximumBits) {
    const allowed = `allowed are ${minimumBits} to ${maximumBits}`;
    throw new TlsError('ERR_WEAK_KEY', `a Diffie-Hellman group of ${bits} bits; ${allowed}`);
  }
  return bits;
}

/** The generator must be in 2..p-2: one power of it says so. */
function checkGenerator(core: WasmCore, field: Field): void {
  const one = core.importSecret(Uint8Array.of(1));
  try {
    power(core, field, field.generator, one).dispose();
  } finally {
    one.dispose();
  }
}

/** The named group, all of which have the generator 2 (RFC 7919 appendix A, RFC 3526). @param generator as long as the prime */
function recognise(prime: Uint8Array, generator: Uint8Array, bits: number): { id: number; name: string } {
  const two = generator.every((byte, i) => byte === (i === generator.length - 1 ? 2 : 0));
  if (!two || exponentLengths[bits] === undefined) return { id: 0, name: '' };
  const same = (other: Uint8Array) => other.every((byte, i) => byte === prime[i]);
  const ffdhe = `ffdhe${bits}` as keyof typeof NamedGroup;
  if (same(ffdhePrime(bits))) return { id: NamedGroup[ffdhe], name: ffdhe };
  return { id: 0, name: same(modpPrime(bits)) ? `modp${bits}` : '' };
}

function group(core: WasmCore, id: number, name: string, tls12: boolean, field: () => Field): KeyExchangeGroup {
  const made: KeyExchangeGroup = {
    id,
    name,
    tls12,
    get finiteField() {
      const { prime, generator } = field();
      return { prime, generator: generator.subarray(generator.findIndex(byte => byte !== 0)) };
    },
    generate: random => new FfdhKeyExchange(core, made, field(), random),
    respond(peerShare, random) {
      peerShare = core.input(peerShare, "the peer's share");
      const own = new FfdhKeyExchange(core, made, field(), random);
      try {
        return { share: own.share, sharedSecret: own.complete(peerShare) };
      } finally {
        own.dispose();
      }
    },
  };
  return made;
}

class FfdhKeyExchange implements KeyExchange {
  readonly group: KeyExchangeGroup;
  readonly share: Uint8Array;
  readonly #core: WasmCore;
  readonly #field: Field;
  readonly #exponent: Secret;

  constructor(core: WasmCore, group: KeyExchangeGroup, field: Field, random: RandomSource) {
    this.group = group;
    this.#core = core;
    this.#field = field;
    this.#exponent = randomSecret(core, field.exponentLength, random);
    try {
      const share = power(core, field, field.generator, this.#exponent);
      this.share = core.dangerousReveal(share); // the public value
      share.dispose();
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  complete(peerShare: Uint8Array): Secret {
    if (this.#exponent.disposed) throw new TlsError('ERR_INVALID_STATE', 'a key exchange completes once');
    try {
      const { prime, stripSecret } = this.#field;
      peerShare = this.#core.input(peerShare, "the peer's share");
      if (!stripSecret && peerShare.length !== prime.length) throw invalidShare('it is not as long as the prime');
      const secret = power(this.#core, this.#field, padded(peerShare, prime.length), this.#exponent);
      return stripSecret ? stripped(this.#core, secret) : secret;
    } finally {
      this.dispose();
    }
  }

  dispose(): void {
    this.#exponent.dispose();
  }
}

/** base^exponent mod prime, as long as the prime. @throws ERR_INVALID_PUBLIC_KEY for a base outside 2..p-2 */
function power(core: WasmCore, field: Field, base: Uint8Array, exponent: Secret): Secret {
  const abi = core.family<RsaPrivateExports>(rsaPrivateFamily);
  const { length } = field.prime;
  const exponentAt = core.pointerOf(exponent);
  const result = core.createSecret(length);
  return disposingOnError(result, () =>
    core.withExchange(2 * length, at => {
      core.bytes.set(field.prime, at);
      core.bytes.set(base, at + length);
      const valid = abi.ffdhPower(result.pointer(), at, length, at + length, exponentAt, exponent.length);
      if (!valid) throw invalidShare('it is not in 2..p-2 (RFC 7919 §5.1)');
      return result;
    }),
  );
}

/**
 * RFC 5246 §8.1.2: the premaster secret is Z without leading zeros. Their number is not hidden, here and in what the PRF
 * hashes (Raccoon): exponents are fresh, so each Z shows its length once. Listed in docs/security.md. Disposes of `secret`
 * unless it is the result.
 */
function stripped(core: WasmCore, secret: Secret): Secret {
  const at = core.pointerOf(secret);
  let zeros = 0;
  while (zeros < secret.length - 1 && core.bytes[at + zeros] === 0) zeros++;
  if (zeros === 0) return secret;
  try {
    return sliceSecret(core, secret, zeros, secret.length - zeros);
  } finally {
    secret.dispose();
  }
}

/** An integer at a fixed length. @throws ERR_INVALID_PUBLIC_KEY if it is longer */
function padded(value: Uint8Array, length: number): Uint8Array {
  let start = 0;
  while (start < value.length && value[start] === 0) start++;
  const digits = value.subarray(start);
  if (digits.length > length) throw invalidShare('it is longer than the prime');
  const out = new Uint8Array(length);
  out.set(digits, length - digits.length);
  return out;
}

function invalidShare(why: string): TlsError {
  return new TlsError('ERR_INVALID_PUBLIC_KEY', `not a valid Diffie-Hellman value: ${why}`);
}
