// Signature verification by the host's WebCrypto; answers arrive later.

import { parseEcdsaSignature } from '../asn1/ecdsa_signature.ts';
import { TlsError } from '../base/errors.ts';
import type { PublicKey, SignatureParameters, SignatureVerifier } from '../crypto/signature.ts';
import { integerLengths, plain, rsaJwk, webHashNames } from './algorithms.ts';

const MINIMUM_RSA_BYTES = 256; // 2048 bits, as the WASM provider

/** ECDSA, RSA and Ed25519 as the host verifies them. PSS only where the mask's hash is the message's. */
export function webCryptoVerifiers(subtle: SubtleCrypto): SignatureVerifier[] {
  return [
    {
      name: 'WebCrypto',
      handles: (key, parameters) => handles(key, parameters),
      verify: (key, parameters, message, signature) => verify(subtle, key, parameters, message, signature),
    },
  ];
}

function handles(key: PublicKey, parameters: SignatureParameters): boolean {
  switch (parameters.type) {
    case 'ecdsa':
      return key.type === 'ec' && webHashNames[parameters.hash] !== undefined;
    case 'rsa-pkcs1':
      return key.type === 'rsa' && webHashNames[parameters.hash] !== undefined;
    case 'rsa-pss':
      return (
        key.type === 'rsa' && webHashNames[parameters.hash] !== undefined && parameters.mgfHash === parameters.hash
      );
    case 'ed25519':
      return key.type === 'ed25519';
    default:
      return false;
  }
}

async function verify(
  subtle: SubtleCrypto,
  key: PublicKey,
  parameters: SignatureParameters,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (parameters.type === 'ecdsa' && key.type === 'ec') {
    const pair = parseEcdsaSignature(signature, integerLengths[key.curve]);
    if (pair === null) return false;
    const algorithm = { name: 'ECDSA', namedCurve: key.curve };
    const imported = await importKey(() => subtle.importKey('raw', plain(key.point), algorithm, false, ['verify']));
    const hash = webHashNames[parameters.hash] as string;
    return subtle.verify({ name: 'ECDSA', hash }, imported, plain(pair), plain(message));
  }
  if ((parameters.type === 'rsa-pkcs1' || parameters.type === 'rsa-pss') && key.type === 'rsa') {
    if (key.modulus.length < MINIMUM_RSA_BYTES || key.modulus[0] < 0x80) {
      throw new TlsError('ERR_WEAK_KEY', `an RSA key of fewer than ${MINIMUM_RSA_BYTES * 8} bits, or of an odd size`);
    }
    const pss = parameters.type === 'rsa-pss';
    const name = pss ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5';
    const algorithm = { name, hash: webHashNames[parameters.hash] as string };
    const imported = await importKey(() => subtle.importKey('jwk', rsaJwk(key), algorithm, false, ['verify']));
    const how = pss ? { name, saltLength: parameters.saltLength } : name;
    return subtle.verify(how, imported, plain(signature), plain(message));
  }
  if (parameters.type === 'ed25519' && key.type === 'ed25519') {
    const imported = await importKey(() => subtle.importKey('raw', plain(key.key), 'Ed25519', false, ['verify']));
    return subtle.verify('Ed25519', imported, plain(signature), plain(message));
  }
  throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `WebCrypto does not verify ${parameters.type} by a ${key.type} key`);
}

async function importKey(run: () => Promise<CryptoKey>): Promise<CryptoKey> {
  try {
    return await run();
  } catch (cause) {
    throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'the host does not import this public key', { cause });
  }
}
