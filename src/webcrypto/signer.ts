// Signers over CryptoKeys, also those that cannot be exported. WebCrypto binds an RSA key to one padding and one hash,
// returns ECDSA as r || s, and signs messages, never digests.

import { encodeEcdsaSignature } from '../asn1/ecdsa_signature.ts';
import { isObject, unsharedBytes } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import type { Signer } from '../crypto/signature.ts';
import { SignatureScheme } from '../registry/signature_schemes.ts';
import { hostSubtle, plain } from './algorithms.ts';
import type { HostCryptoKey, HostSubtle } from './host_types.ts';

/** A scheme that a key can sign, and how WebCrypto is asked. */
interface Way {
  readonly scheme: number;
  readonly algorithm: AlgorithmIdentifier | EcdsaParams | RsaPssParams;
  readonly ecdsa: boolean;
}

/**
 * A Signer over a private CryptoKey with the usage "sign". Its schemes follow from the key: ECDSA by its curve;
 * RSA-PSS and RSASSA-PKCS1-v1_5 by the hash the key is bound to; Ed25519.
 * A key of RSASSA-PKCS1-v1_5 signs in TLS 1.2 and in certificates only (RFC 9846 §4.2.3).
 * @param privateKey stays the caller's @param host the host's SubtleCrypto
 * @throws ERR_INVALID_PRIVATE_KEY for a key that cannot sign, ERR_UNSUPPORTED_ALGORITHM for one of another algorithm;
 * `sign` rejects with the reason of its signal once that is aborted
 */
export function webCryptoSigner(privateKey: HostCryptoKey, host: HostSubtle = hostSubtle()): Signer {
  const key = privateKey as unknown as CryptoKey;
  const subtle = host as unknown as SubtleCrypto;
  if (!isObject(key) || key.type !== 'private' || !key.usages?.includes('sign') || !isObject(key.algorithm)) {
    throw new TlsError('ERR_INVALID_PRIVATE_KEY', 'a Signer needs a private CryptoKey with the usage "sign"');
  }
  const ways = waysOf(key);
  return {
    schemes: ways.map(way => way.scheme),
    async sign(scheme, message, signal) {
      const way = ways.find(w => w.scheme === scheme);
      if (way === undefined)
        throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', 'this CryptoKey does not sign that scheme');
      const own = unsharedBytes(message, 'the message');
      signal?.throwIfAborted();
      const signature = new Uint8Array(await subtle.sign(way.algorithm, key, plain(own)));
      return way.ecdsa ? encodeEcdsaSignature(signature) : signature;
    },
  };
}

function waysOf(key: CryptoKey): Way[] {
  const { name } = key.algorithm;
  if (name === 'ECDSA') return ecdsaWays((key.algorithm as EcKeyAlgorithm).namedCurve);
  if (name === 'RSA-PSS') return [pssWay((key.algorithm as RsaHashedKeyAlgorithm).hash.name)];
  if (name === 'RSASSA-PKCS1-v1_5') return [pkcs1Way((key.algorithm as RsaHashedKeyAlgorithm).hash.name)];
  if (name === 'Ed25519') return [{ scheme: SignatureScheme.ed25519, algorithm: 'Ed25519', ecdsa: false }];
  throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `no signature scheme for a CryptoKey of ${name}`);
}

const ecdsaSchemes: Record<string, { scheme: number; hash: string }> = {
  'P-256': { scheme: SignatureScheme.ecdsa_secp256r1_sha256, hash: 'SHA-256' },
  'P-384': { scheme: SignatureScheme.ecdsa_secp384r1_sha384, hash: 'SHA-384' },
  'P-521': { scheme: SignatureScheme.ecdsa_secp521r1_sha512, hash: 'SHA-512' },
};

/** The curve's own scheme alone: it serves TLS 1.3 and 1.2. */
function ecdsaWays(curve: string): Way[] {
  const own = ecdsaSchemes[curve];
  if (own === undefined) throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `no signature scheme for the curve ${curve}`);
  return [{ scheme: own.scheme, algorithm: { name: 'ECDSA', hash: own.hash }, ecdsa: true }];
}

function pssWay(hash: string): Way {
  const schemes: Record<string, [scheme: number, saltLength: number]> = {
    'SHA-256': [SignatureScheme.rsa_pss_rsae_sha256, 32],
    'SHA-384': [SignatureScheme.rsa_pss_rsae_sha384, 48],
    'SHA-512': [SignatureScheme.rsa_pss_rsae_sha512, 64],
  };
  const found = schemes[hash];
  if (found === undefined) throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `no RSA-PSS scheme with ${hash}`);
  return { scheme: found[0], algorithm: { name: 'RSA-PSS', saltLength: found[1] }, ecdsa: false };
}

function pkcs1Way(hash: string): Way {
  const schemes: Record<string, number> = {
    'SHA-256': SignatureScheme.rsa_pkcs1_sha256,
    'SHA-384': SignatureScheme.rsa_pkcs1_sha384,
    'SHA-512': SignatureScheme.rsa_pkcs1_sha512,
  };
  const scheme = schemes[hash];
  if (scheme === undefined) throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `no PKCS#1 v1.5 scheme with ${hash}`);
  return { scheme, algorithm: 'RSASSA-PKCS1-v1_5', ecdsa: false };
}
