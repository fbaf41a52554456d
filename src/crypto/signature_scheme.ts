// What an IANA SignatureScheme number means, which ones a key can make, and a Signer over a PrivateKey. Where a scheme may
// stand in a handshake is the handshake's affair.

import { requireFunction, requireObject } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import { SignatureScheme } from '../registry/signature_schemes.ts';
import type { HashName } from './hash.ts';
import type { RandomSource } from './secret.ts';
import type { EcCurveName, MlDsaName, PrivateKey, PublicKey, SignatureParameters, Signer } from './signature.ts';

export interface SchemeAlgorithm {
  readonly parameters: SignatureParameters;
  /** The one curve of this scheme in TLS 1.3; elsewhere any curve goes with any hash (RFC 9846 §4.2.3). */
  readonly curve?: EcCurveName;
}

const ecdsa = (hash: HashName, curve?: EcCurveName): SchemeAlgorithm => ({
  parameters: { type: 'ecdsa', hash },
  curve,
});
const pkcs1 = (hash: HashName): SchemeAlgorithm => ({ parameters: { type: 'rsa-pkcs1', hash } });
// RFC 9846 §4.2.3: the salt is as long as the hash, MGF1 uses the same hash.
const pss = (hash: HashName, saltLength: number): SchemeAlgorithm => ({
  parameters: { type: 'rsa-pss', hash, mgfHash: hash, saltLength },
});
const mldsa = (parameterSet: MlDsaName): SchemeAlgorithm => ({ parameters: { type: 'mldsa', parameterSet } });

/** Every scheme castls knows, in registry order. */
export const schemeAlgorithms: ReadonlyMap<number, SchemeAlgorithm> = /* @__PURE__ */ new Map<number, SchemeAlgorithm>([
  [SignatureScheme.rsa_pkcs1_sha1, pkcs1('sha1')],
  [SignatureScheme.ecdsa_sha1, ecdsa('sha1')],
  [SignatureScheme.rsa_pkcs1_sha224, pkcs1('sha224')],
  [SignatureScheme.ecdsa_sha224, ecdsa('sha224')],
  [SignatureScheme.rsa_pkcs1_sha256, pkcs1('sha256')],
  [SignatureScheme.ecdsa_secp256r1_sha256, ecdsa('sha256', 'P-256')],
  [SignatureScheme.rsa_pkcs1_sha384, pkcs1('sha384')],
  [SignatureScheme.ecdsa_secp384r1_sha384, ecdsa('sha384', 'P-384')],
  [SignatureScheme.rsa_pkcs1_sha512, pkcs1('sha512')],
  [SignatureScheme.ecdsa_secp521r1_sha512, ecdsa('sha512', 'P-521')],
  [SignatureScheme.rsa_pss_rsae_sha256, pss('sha256', 32)],
  [SignatureScheme.rsa_pss_rsae_sha384, pss('sha384', 48)],
  [SignatureScheme.rsa_pss_rsae_sha512, pss('sha512', 64)],
  [SignatureScheme.ed25519, { parameters: { type: 'ed25519' } }],
  [SignatureScheme.ed448, { parameters: { type: 'ed448' } }],
  [SignatureScheme.rsa_pss_pss_sha256, pss('sha256', 32)],
  [SignatureScheme.rsa_pss_pss_sha384, pss('sha384', 48)],
  [SignatureScheme.rsa_pss_pss_sha512, pss('sha512', 64)],
  [SignatureScheme.mldsa44, mldsa('ML-DSA-44')],
  [SignatureScheme.mldsa65, mldsa('ML-DSA-65')],
  [SignatureScheme.mldsa87, mldsa('ML-DSA-87')],
]);

/**
 * Stands for MD5 and SHA-1 with PKCS#1 v1.5, which RSA keys sign by before TLS 1.2 (RFC 2246 §4.7) and which has no number in
 * the registry: one of its private use. In no list of schemes that is offered or taken.
 */
export const rsaPkcs1Md5Sha1 = 0xff01;

const ecSchemes = (): Readonly<Record<EcCurveName, number>> => ({
  'P-256': SignatureScheme.ecdsa_secp256r1_sha256,
  'P-384': SignatureScheme.ecdsa_secp384r1_sha384,
  'P-521': SignatureScheme.ecdsa_secp521r1_sha512,
});
const mlDsaSchemes = (): Readonly<Record<MlDsaName, number>> => ({
  'ML-DSA-44': SignatureScheme.mldsa44,
  'ML-DSA-65': SignatureScheme.mldsa65,
  'ML-DSA-87': SignatureScheme.mldsa87,
});

/** Schemes that a key makes, in order of preference: PSS before PKCS#1 v1.5, no SHA-1. Empty for a key that signs nothing. */
export function schemesOfKey(key: PublicKey): readonly number[] {
  switch (key.type) {
    case 'ec':
      return [ecSchemes()[key.curve]];
    case 'ed25519':
      return [SignatureScheme.ed25519];
    case 'ed448':
      return [SignatureScheme.ed448];
    case 'mldsa':
      return [mlDsaSchemes()[key.parameterSet]];
    case 'rsa':
      return rsaSchemes(key);
    default:
      return [];
  }
}

/** What a key signs by before TLS 1.2. */
function olderSchemesOfKey(key: PublicKey): readonly number[] {
  if (key.type === 'ec') return [SignatureScheme.ecdsa_sha1];
  return key.type === 'rsa' && key.pss === undefined ? [rsaPkcs1Md5Sha1] : [];
}

/** The algorithm of one of these. */
export function olderParameters(scheme: number): SignatureParameters {
  return scheme === rsaPkcs1Md5Sha1 ? { type: 'rsa-pkcs1-md5-sha1' } : { type: 'ecdsa', hash: 'sha1' };
}

function rsaSchemes({ pss: limits }: Extract<PublicKey, { type: 'rsa' }>): number[] {
  if (limits === undefined) {
    return [
      SignatureScheme.rsa_pss_rsae_sha256,
      SignatureScheme.rsa_pss_rsae_sha384,
      SignatureScheme.rsa_pss_rsae_sha512,
      SignatureScheme.rsa_pkcs1_sha256,
      SignatureScheme.rsa_pkcs1_sha384,
      SignatureScheme.rsa_pkcs1_sha512,
    ];
  }
  // RFC 4055 §3.1: hash and mask generation as in the key, a salt at least as long.
  const candidates = [
    SignatureScheme.rsa_pss_pss_sha256,
    SignatureScheme.rsa_pss_pss_sha384,
    SignatureScheme.rsa_pss_pss_sha512,
  ];
  return candidates.filter(scheme => {
    const { parameters } = schemeAlgorithms.get(scheme)!;
    if (parameters.type !== 'rsa-pss') return false;
    const { hash = parameters.hash, mgfHash = parameters.mgfHash, minimumSaltLength = 0 } = limits;
    return hash === parameters.hash && mgfHash === parameters.mgfHash && parameters.saltLength >= minimumSaltLength;
  });
}

/**
 * A Signer over a private key, which stays the caller's and must outlive it.
 * @param random hedges ECDSA, salts PSS, blinds RSA, randomises ML-DSA
 * @throws ERR_INVALID_ARGUMENT; from `sign` ERR_UNSUPPORTED_ALGORITHM for a scheme that the key does not make
 */
export function keySigner(key: PrivateKey, random: RandomSource): Signer {
  requireObject(key, 'the private key');
  requireObject(key.publicKey, "the private key's public key");
  requireFunction(random, 'the random source');
  const schemes = schemesOfKey(key.publicKey);
  const olderSchemes = olderSchemesOfKey(key.publicKey);
  return {
    schemes,
    olderSchemes,
    sign(scheme, message, _signal, pace) {
      if (olderSchemes.includes(scheme)) return key.sign(olderParameters(scheme), message, random, pace);
      const algorithm = schemeAlgorithms.get(scheme);
      if (algorithm === undefined || !schemes.includes(scheme)) {
        const text = typeof scheme === 'number' ? `0x${scheme.toString(16)}` : typeof scheme;
        throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `the key makes no signatures of the scheme ${text}`);
      }
      return key.sign(algorithm.parameters, message, random, pace);
    },
  };
}
