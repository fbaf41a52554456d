// Signature verification by the host's WebCrypto; answers arrive later. Keys and parameters are judged here, by the same
// checks as in the WASM provider: what a host makes of a malformed key differs from host to host.

import { parseEcdsaSignature } from '../asn1/ecdsa_signature.ts';
import { entryOf, unsharedBytes } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import { checkEd25519Key } from '../crypto/ed25519_public_key.ts';
import { checkRsaPublicKey, pssFits, type RsaPublicKey, requireSaltLength } from '../crypto/rsa_public_key.ts';
import type { SignatureVerifier } from '../crypto/signature.ts';
import { type KeyOf, makeVerifier, type ParametersOf } from '../crypto/signature_verifier.ts';
import { integerLengths, plain, rsaJwk, webHashes } from './algorithms.ts';

/** ECDSA, RSA and Ed25519 as the host verifies them. PSS only where the mask's hash is the message's. */
export function webCryptoVerifiers(subtle: SubtleCrypto): SignatureVerifier[] {
  return [
    makeVerifier({
      name: 'WebCrypto ECDSA',
      keyType: 'ec',
      signatureTypes: ['ecdsa'],
      fits: ({ curve }, { hash }) =>
        entryOf(integerLengths, curve) !== undefined && entryOf(webHashes, hash) !== undefined,
      verify: (key, parameters, message, signature) => verifyEcdsa(subtle, key, parameters, message, signature),
    }),
    makeVerifier({
      name: 'WebCrypto RSA',
      keyType: 'rsa',
      signatureTypes: ['rsa-pkcs1', 'rsa-pss'],
      fits: (_key, parameters) =>
        entryOf(webHashes, parameters.hash) !== undefined &&
        (parameters.type === 'rsa-pkcs1' || parameters.mgfHash === parameters.hash),
      verify: (key, parameters, message, signature) => verifyRsa(subtle, key, parameters, message, signature),
    }),
    makeVerifier({
      name: 'WebCrypto Ed25519',
      keyType: 'ed25519',
      signatureTypes: ['ed25519'],
      async verify({ key: given }, _parameters, message, signature) {
        const key = unsharedBytes(given, 'an Ed25519 public key');
        checkEd25519Key(key);
        const imported = await importKey(() => subtle.importKey('raw', plain(key), 'Ed25519', false, ['verify']));
        return onHost(() => subtle.verify('Ed25519', imported, plain(signature), plain(message)));
      },
    }),
  ];
}

async function verifyEcdsa(
  subtle: SubtleCrypto,
  { curve, point: given }: KeyOf<'ec'>,
  { hash }: ParametersOf<'ecdsa'>,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const point = unsharedBytes(given, 'an EC point');
  // Uncompressed alone (RFC 5480 §2.2 leaves the rest optional); whether it is on the curve the host says.
  if (point.length !== 1 + 2 * integerLengths[curve] || point[0] !== 4) {
    throw new TlsError('ERR_INVALID_PUBLIC_KEY', `the public key is no uncompressed point of ${curve}`);
  }
  const pair = parseEcdsaSignature(signature, integerLengths[curve]);
  if (pair === null) return false;
  const algorithm = { name: 'ECDSA', namedCurve: curve };
  const imported = await importKey(() => subtle.importKey('raw', plain(point), algorithm, false, ['verify']));
  const how = { name: 'ECDSA', hash: webHashes[hash]!.name };
  return onHost(() => subtle.verify(how, imported, plain(pair), plain(message)));
}

async function verifyRsa(
  subtle: SubtleCrypto,
  given: RsaPublicKey,
  parameters: ParametersOf<'rsa-pkcs1' | 'rsa-pss'>,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const key = {
    ...given,
    modulus: unsharedBytes(given.modulus, 'an RSA modulus'),
    exponent: unsharedBytes(given.exponent, 'an RSA public exponent'),
  };
  const bits = checkRsaPublicKey(key);
  const { name: hash, length } = webHashes[parameters.hash]!;
  let how: AlgorithmIdentifier | RsaPssParams = 'RSASSA-PKCS1-v1_5';
  if (parameters.type === 'rsa-pss') {
    const { saltLength } = parameters;
    requireSaltLength(saltLength);
    if (!pssFits(bits, length, saltLength)) return false;
    how = { name: 'RSA-PSS', saltLength };
  }
  const algorithm = { name: typeof how === 'string' ? how : how.name, hash };
  const imported = await importKey(() => subtle.importKey('jwk', rsaJwk(key), algorithm, false, ['verify']));
  return onHost(() => subtle.verify(how, imported, plain(signature), plain(message)));
}

/** @throws ERR_INVALID_PUBLIC_KEY; ERR_UNSUPPORTED_ALGORITHM if the host has no such keys */
async function importKey(run: () => Promise<CryptoKey>): Promise<CryptoKey> {
  try {
    return await run();
  } catch (cause) {
    if ((cause as Error | undefined)?.name === 'NotSupportedError') throw unsupported(cause);
    throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'the host does not import this public key', { cause });
  }
}

async function onHost(run: () => Promise<boolean>): Promise<boolean> {
  try {
    return await run();
  } catch (cause) {
    throw unsupported(cause);
  }
}

function unsupported(cause: unknown): TlsError {
  return new TlsError('ERR_UNSUPPORTED_ALGORITHM', "the host's WebCrypto does not verify such signatures", { cause });
}
