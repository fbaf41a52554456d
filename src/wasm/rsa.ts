// RSA signature verification (RFC 8017 §8): PKCS#1 v1.5 and PSS. Signing is in rsa_private.ts, in a binary of its own.

import type { RsaExports } from '../../build/generated/abi.ts';
import { bytes as binary } from '../../build/generated/rsa_wasm.ts';
import { TlsError } from '../base/errors.ts';
import type { HashName } from '../crypto/hash.ts';
import {
  checkRsaPublicKey,
  pssFits,
  type RsaPolicy,
  type RsaPublicKey,
  requireRsaPolicy,
  requireSaltLength,
} from '../crypto/rsa_public_key.ts';
import type { SignatureVerifier } from '../crypto/signature.ts';
import { makeVerifier, type ParametersOf } from '../crypto/signature_verifier.ts';
import type { Family, WasmCore } from './core.ts';
import { wasmHash } from './hash.ts';
import { encodePkcs1, requireDigests, verifyPss } from './rsa_encoding.ts';

const family: Family = { name: 'rsa', binary };

/** Verifies PKCS#1 v1.5 and PSS signatures. @throws ERR_INVALID_ARGUMENT for a policy that names no size */
export function rsaVerifier(core: WasmCore, policy: RsaPolicy = {}): SignatureVerifier {
  requireRsaPolicy(policy);
  return makeVerifier({
    name: 'RSA',
    keyType: 'rsa',
    signatureTypes: ['rsa-pkcs1', 'rsa-pss', 'rsa-pkcs1-md5-sha1'],
    verify(key, parameters, message, signature) {
      key = rsaInput(core, key);
      message = core.input(message, 'the message');
      signature = core.input(signature, 'the signature');
      const bits = checkRsaPublicKey(key, policy);
      if (parameters.type === 'rsa-pkcs1-md5-sha1') return verifyDigests(core, key, message, signature);
      return parameters.type === 'rsa-pkcs1'
        ? verifyPkcs1(core, key, parameters, message, signature)
        : verifyRsaPss(core, key, bits, parameters, message, signature);
    },
  });
}

function verifyPkcs1(
  core: WasmCore,
  key: RsaPublicKey,
  { hash }: ParametersOf<'rsa-pkcs1'>,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  return verifyEncoded(core, key, hash, wasmHash(core, hash).digest(message), signature);
}

/** @param digests MD5 and SHA-1, one behind the other */
function verifyDigests(core: WasmCore, key: RsaPublicKey, digests: Uint8Array, signature: Uint8Array): boolean {
  requireDigests(digests);
  return verifyEncoded(core, key, null, digests, signature);
}

function verifyEncoded(
  core: WasmCore,
  key: RsaPublicKey,
  hash: HashName | null,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const encoded = rsaPublicPower(core, key, signature);
  if (encoded === null) return false;
  // Compares whole encodings, as RFC 8017 §8.2.2 says; parsing them has led to forgeries (Bleichenbacher 2006).
  const expected = tryEncodePkcs1(hash, digest, encoded.length);
  return expected?.every((byte, i) => byte === encoded[i]) ?? false;
}

function verifyRsaPss(
  core: WasmCore,
  key: RsaPublicKey,
  bits: number,
  parameters: ParametersOf<'rsa-pss'>,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  requireSaltLength(parameters.saltLength);
  const hash = wasmHash(core, parameters.hash);
  const mgfHash = wasmHash(core, parameters.mgfHash);
  if (!pssFits(bits, hash.outputLength, parameters.saltLength)) return false;
  const encoded = rsaPublicPower(core, key, signature);
  if (encoded === null) return false;
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
  const { modulus, exponent } = rsaInput(core, key);
  data = core.input(data, 'the number to raise');
  if (data.length !== modulus.length) return null;
  const abi = core.family<RsaExports>(family);
  return core.withExchange(2 * modulus.length + exponent.length, at => {
    const exponentAt = at + modulus.length;
    const dataAt = exponentAt + exponent.length;
    core.bytes.set(modulus, at);
    core.bytes.set(exponent, exponentAt);
    core.bytes.set(data, dataAt);
    if (!abi.rsaPublicVartime(at, modulus.length, exponentAt, exponent.length, dataAt)) return null;
    return core.bytes.slice(dataAt, dataAt + data.length);
  });
}

/** The numbers of a key as inputs (`WasmCore.input`). */
export function rsaInput(core: WasmCore, key: RsaPublicKey): RsaPublicKey {
  const modulus = core.input(key.modulus, 'the modulus');
  return { ...key, modulus, exponent: core.input(key.exponent, 'the public exponent') };
}
