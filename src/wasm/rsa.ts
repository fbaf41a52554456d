// RSA signature verification (RFC 8017 §8): PKCS#1 v1.5 and PSS. Signing is in rsa_private.ts, in a binary of its own.

import type { RsaExports } from '../../build/generated/abi.ts';
import { bytes as binary } from '../../build/generated/rsa_wasm.ts';
import { TlsError } from '../base/errors.ts';
import type { PublicKey, SignatureParameters, SignatureVerifier } from '../crypto/signature.ts';
import type { Family, WasmCore } from './core.ts';
import { wasmHash } from './hash.ts';
import { encodePkcs1, verifyPss } from './rsa_encoding.ts';

type RsaPublicKey = PublicKey & { readonly type: 'rsa' };

const family: Family = { name: 'rsa', binary };

/** Which public keys are used at all. */
export interface RsaPolicy {
  /**
   * Accept moduli of this many bits and more, and of sizes that are no multiple of 8, instead of 2048. For old
   * protocols and test vectors.
   */
  readonly dangerousMinimumBits?: number;
}

const MINIMUM_BITS = 2048; // SP 800-131A, CA/Browser Forum Baseline Requirements §6.1.5
const MAXIMUM_BITS = 8192;
const MAXIMUM_EXPONENT_BYTES = 8;

/** Verifies PKCS#1 v1.5 and PSS signatures. */
export function rsaVerifier(core: WasmCore, policy: RsaPolicy = {}): SignatureVerifier {
  return {
    name: 'RSA',
    handles: (key, parameters) =>
      key.type === 'rsa' && (parameters.type === 'rsa-pkcs1' || parameters.type === 'rsa-pss'),
    verify(key, parameters, message, signature) {
      if (key.type !== 'rsa') throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `not an RSA key: ${key.type}`);
      const bits = checkRsaPublicKey(key, policy);
      return verifyRsa(core, key, bits, parameters, message, signature);
    },
  };
}

function verifyRsa(
  core: WasmCore,
  key: RsaPublicKey,
  bits: number,
  parameters: SignatureParameters,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const encoded = rsaPublicPower(core, key, signature);
  if (encoded === null) return false;
  if (parameters.type === 'rsa-pkcs1') {
    // Compares whole encodings, as RFC 8017 §8.2.2 says; parsing them has led to forgeries (Bleichenbacher 2006).
    const digest = wasmHash(core, parameters.hash).digest(message);
    const expected = tryEncodePkcs1(parameters.hash, digest, encoded.length);
    return expected?.every((byte, i) => byte === encoded[i]) ?? false;
  }
  if (parameters.type !== 'rsa-pss') return false;
  const hash = wasmHash(core, parameters.hash);
  const mgfHash = wasmHash(core, parameters.mgfHash);
  // The encoded message has bits - 1 bits: one byte less than the modulus if that is a multiple of 8.
  const length = Math.ceil((bits - 1) / 8);
  if (encoded.length > length && encoded[0] !== 0) return false;
  const block = encoded.subarray(encoded.length - length);
  return verifyPss(block, hash.digest(message), parameters.saltLength, bits - 1, { hash, mgfHash });
}

function tryEncodePkcs1(
  hash: Parameters<typeof encodePkcs1>[0],
  digest: Uint8Array,
  length: number,
): Uint8Array | null {
  try {
    return encodePkcs1(hash, digest, length);
  } catch (error) {
    if (error instanceof TlsError && error.code === 'ERR_WEAK_KEY') return null;
    throw error;
  }
}

/**
 * data^e mod n, as long as n; null if data is not as long as n or not below it.
 * @param data big-endian, as a signature stands on the wire
 */
export function rsaPublicPower(core: WasmCore, key: RsaPublicKey, data: Uint8Array): Uint8Array | null {
  const { modulus, exponent } = key;
  if (data.length !== modulus.length) return null;
  const abi = core.family<RsaExports>(family);
  const at = core.exchange;
  const exponentAt = at + modulus.length;
  const dataAt = exponentAt + exponent.length;
  core.bytes.set(modulus, at);
  core.bytes.set(exponent, exponentAt);
  core.bytes.set(data, dataAt);
  if (!abi.rsaPublicVartime(at, modulus.length, exponentAt, exponent.length, dataAt)) return null;
  return core.bytes.slice(dataAt, dataAt + data.length);
}

/**
 * Bits of a modulus that may be used. @throws ERR_INVALID_PUBLIC_KEY for an even modulus, leading zeros, an exponent
 * that is even, 1 or over 64 bits; ERR_WEAK_KEY for a size outside the policy
 */
export function checkRsaPublicKey(key: RsaPublicKey, policy: RsaPolicy = {}): number {
  const { modulus, exponent } = key;
  if (modulus.length === 0 || modulus[0] === 0 || (modulus[modulus.length - 1] & 1) === 0) {
    throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'an RSA modulus is an odd integer without leading zeros');
  }
  const small = exponent.length === 1 && exponent[0] < 3;
  if (exponent.length === 0 || exponent[0] === 0 || small || (exponent[exponent.length - 1] & 1) === 0) {
    throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'an RSA public exponent is an odd integer of at least 3');
  }
  if (exponent.length > MAXIMUM_EXPONENT_BYTES) {
    throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'RSA public exponents over 64 bits are not supported');
  }
  const bits = modulus.length * 8 - (Math.clz32(modulus[0]) - 24);
  const minimum = policy.dangerousMinimumBits ?? MINIMUM_BITS;
  if (bits < minimum || bits > MAXIMUM_BITS) {
    throw new TlsError('ERR_WEAK_KEY', `an RSA key of ${bits} bits; allowed are ${minimum} to ${MAXIMUM_BITS}`);
  }
  if (policy.dangerousMinimumBits === undefined && bits % 8 !== 0) {
    throw new TlsError('ERR_WEAK_KEY', `an RSA key of ${bits} bits, which is no multiple of 8`);
  }
  return bits;
}
