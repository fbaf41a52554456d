// Signature verification by node:crypto, at once. Keys and parameters are judged here, by the same checks as in the WASM
// provider: what OpenSSL makes of a malformed key differs from version to version.

import { constants, type SignKeyObjectInput, type VerifyKeyObjectInput, verify } from 'node:crypto';
import { parseEcdsaSignature } from '../asn1/ecdsa_signature.ts';
import { entryOf, unsharedBytes } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import { checkEd25519Key } from '../crypto/ed25519_public_key.ts';
import type { HashName } from '../crypto/hash.ts';
import { checkRsaPublicKey, pssFits, type RsaPublicKey, requireSaltLength } from '../crypto/rsa_public_key.ts';
import type { SignatureVerifier } from '../crypto/signature.ts';
import { makeVerifier, type ParametersOf } from '../crypto/signature_verifier.ts';
import { fieldLengths, publicKeyObject } from './public_keys.ts';

/** The hashes that are left to node, with the lengths of their digests in bytes. */
export const nativeHashes: Partial<Record<HashName, number>> = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 };

/** ECDSA, RSA and Ed25519. PSS only where the mask's hash is the message's. */
export function nativeVerifiers(): SignatureVerifier[] {
  return [
    makeVerifier({
      name: 'node ECDSA',
      keyType: 'ec',
      signatureTypes: ['ecdsa'],
      fits: ({ curve }, { hash }) =>
        entryOf(fieldLengths, curve) !== undefined && entryOf(nativeHashes, hash) !== undefined,
      verify(key, { hash }, message, signature) {
        const own = { ...key, point: unsharedBytes(key.point, 'an EC point') };
        const object = publicKeyObject(own);
        // The same strictness about DER, whatever OpenSSL takes.
        const pair = parseEcdsaSignature(signature, fieldLengths[key.curve]);
        return pair !== null && verified(hash, message, { key: object, dsaEncoding: 'ieee-p1363' }, pair);
      },
    }),
    makeVerifier({
      name: 'node RSA',
      keyType: 'rsa',
      signatureTypes: ['rsa-pkcs1', 'rsa-pss'],
      fits: (_key, parameters) =>
        entryOf(nativeHashes, parameters.hash) !== undefined &&
        (parameters.type === 'rsa-pkcs1' || parameters.mgfHash === parameters.hash),
      verify: (key, parameters, message, signature) => verifyRsa(key, parameters, message, signature),
    }),
    makeVerifier({
      name: 'node Ed25519',
      keyType: 'ed25519',
      signatureTypes: ['ed25519'],
      verify({ type, key: given }, _parameters, message, signature) {
        const key = unsharedBytes(given, 'an Ed25519 public key');
        checkEd25519Key(key);
        return signature.length === 64 && verified(null, message, { key: publicKeyObject({ type, key }) }, signature);
      },
    }),
  ];
}

function verifyRsa(
  given: RsaPublicKey,
  parameters: ParametersOf<'rsa-pkcs1' | 'rsa-pss'>,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const key = {
    ...given,
    modulus: unsharedBytes(given.modulus, 'an RSA modulus'),
    exponent: unsharedBytes(given.exponent, 'an RSA public exponent'),
  };
  const bits = checkRsaPublicKey(key);
  if (parameters.type === 'rsa-pss') {
    requireSaltLength(parameters.saltLength);
    if (!pssFits(bits, nativeHashes[parameters.hash]!, parameters.saltLength)) return false;
  }
  if (signature.length !== key.modulus.length) return false;
  return verified(parameters.hash, message, { key: publicKeyObject(key), ...paddingOf(parameters) }, signature);
}

/** As node's sign and verify take it. */
export function paddingOf(
  parameters: ParametersOf<'rsa-pkcs1' | 'rsa-pss'>,
): Pick<SignKeyObjectInput, 'padding' | 'saltLength'> {
  if (parameters.type === 'rsa-pkcs1') return { padding: constants.RSA_PKCS1_PADDING };
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: parameters.saltLength };
}

function verified(
  hash: HashName | null,
  message: Uint8Array,
  key: VerifyKeyObjectInput,
  signature: Uint8Array,
): boolean {
  try {
    return verify(hash, message, key, signature);
  } catch (cause) {
    throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', 'node does not verify such signatures', { cause });
  }
}
