// Where each SignatureScheme may stand and which keys it fits (RFC 9846 §4.2.3). What it means: src/crypto/signature_scheme.ts.

import { TlsError } from '../../base/errors.ts';
import type { PublicKey, SignatureParameters } from '../../crypto/signature.ts';
import { type SchemeAlgorithm, schemeAlgorithms } from '../../crypto/signature_scheme.ts';
import { SignatureScheme } from '../../registry/signature_schemes.ts';

/** A scheme (see src/crypto) and where it may stand. */
export interface SchemeMeaning extends SchemeAlgorithm {
  /** May sign a CertificateVerify of TLS 1.3; the others stand for certificates only, or for TLS 1.2. */
  readonly handshake13: boolean;
  /** May sign in TLS 1.2: ML-DSA may not. */
  readonly tls12: boolean;
}

const meanings: ReadonlyMap<number, SchemeMeaning> = /* @__PURE__ */ new Map(
  Array.from(schemeAlgorithms, ([scheme, algorithm]) => [scheme, placed(algorithm)] as const),
);

function placed(algorithm: SchemeAlgorithm): SchemeMeaning {
  const { type } = algorithm.parameters;
  // RFC 9846 §4.2.3: PKCS#1 v1.5 and ECDSA without a curve of its own are for certificates and TLS 1.2.
  const handshake13 = type !== 'rsa-pkcs1' && (type !== 'ecdsa' || algorithm.curve !== undefined);
  return { ...algorithm, handshake13, tls12: type !== 'mldsa' };
}

/** Undefined for a scheme castls does not know: peers send GREASE. */
export function schemeMeaning(scheme: number): SchemeMeaning | undefined {
  return meanings.get(scheme);
}

/** The schemes a side offers when its config names none, in order of preference. SHA-1 is not among them. */
export const defaultSignatureSchemes: readonly number[] = [
  SignatureScheme.ecdsa_secp256r1_sha256,
  SignatureScheme.ed25519,
  SignatureScheme.rsa_pss_rsae_sha256,
  SignatureScheme.ecdsa_secp384r1_sha384,
  SignatureScheme.rsa_pss_rsae_sha384,
  SignatureScheme.ecdsa_secp521r1_sha512,
  SignatureScheme.rsa_pss_rsae_sha512,
  SignatureScheme.ed448,
  SignatureScheme.rsa_pss_pss_sha256,
  SignatureScheme.rsa_pss_pss_sha384,
  SignatureScheme.rsa_pss_pss_sha512,
  SignatureScheme.mldsa44,
  SignatureScheme.mldsa65,
  SignatureScheme.mldsa87,
  SignatureScheme.rsa_pkcs1_sha256,
  SignatureScheme.rsa_pkcs1_sha384,
  SignatureScheme.rsa_pkcs1_sha512,
];

/** True if `key` can have made a signature of `scheme` in TLS 1.3 (the curve counts) or TLS 1.2 (it does not). */
export function schemeFitsKey(scheme: number, key: PublicKey, version: '1.3' | '1.2'): boolean {
  const meaning = meanings.get(scheme);
  if (meaning === undefined) return false;
  const { parameters, curve } = meaning;
  if (version === '1.3' ? !meaning.handshake13 : !meaning.tls12) return false;
  switch (parameters.type) {
    case 'ecdsa':
      return key.type === 'ec' && (version === '1.2' || key.curve === curve);
    case 'rsa-pkcs1':
      return key.type === 'rsa' && key.pss === undefined;
    case 'rsa-pss':
      return key.type === 'rsa' && pssFits(scheme, parameters, key.pss);
    case 'mldsa':
      return key.type === 'mldsa' && key.parameterSet === parameters.parameterSet;
    default:
      return key.type === parameters.type;
  }
}

/** RFC 9846 §4.2.3: rsae schemes are for rsaEncryption keys, pss schemes for RSASSA-PSS keys and what they allow. */
function pssFits(
  scheme: number,
  { hash, mgfHash, saltLength }: Extract<SignatureParameters, { type: 'rsa-pss' }>,
  limits: Extract<PublicKey, { type: 'rsa' }>['pss'],
): boolean {
  if (limits === undefined) return rsaeSchemes.has(scheme);
  if (rsaeSchemes.has(scheme)) return false;
  const allowed = (limits.hash ?? hash) === hash && (limits.mgfHash ?? mgfHash) === mgfHash;
  return allowed && saltLength >= (limits.minimumSaltLength ?? 0);
}

const rsaeSchemes: ReadonlySet<number> = new Set([
  SignatureScheme.rsa_pss_rsae_sha256,
  SignatureScheme.rsa_pss_rsae_sha384,
  SignatureScheme.rsa_pss_rsae_sha512,
]);

/** @throws ERR_ILLEGAL_PARAMETER for a scheme that does not fit the peer's key or this version */
export function requireSchemeFitsKey(scheme: number, key: PublicKey, version: '1.3' | '1.2'): SignatureParameters {
  if (!schemeFitsKey(scheme, key, version)) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', `signature scheme 0x${scheme.toString(16)} does not fit the key`);
  }
  return (meanings.get(scheme) as SchemeMeaning).parameters;
}
