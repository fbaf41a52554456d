// What each SignatureScheme means: parameters, the key it needs, and where it may stand (RFC 9846 §4.2.3).

import { TlsError } from '../base/errors.ts';
import type { HashName } from '../crypto/hash.ts';
import type { EcCurveName, MlDsaName, PublicKey, SignatureParameters } from '../crypto/signature.ts';
import { SignatureScheme } from '../registry/signature_schemes.ts';

export interface SchemeMeaning {
  readonly parameters: SignatureParameters;
  /** The one curve of this scheme in TLS 1.3; in TLS 1.2 any curve goes with any hash (RFC 9846 §4.2.3). */
  readonly curve?: EcCurveName;
  /** May sign a CertificateVerify of TLS 1.3; the others stand for certificates only, or for TLS 1.2. */
  readonly handshake13: boolean;
  /** May sign in TLS 1.2: ML-DSA may not. */
  readonly tls12: boolean;
}

const ecdsa = (hash: HashName, curve?: EcCurveName): SchemeMeaning => ({
  parameters: { type: 'ecdsa', hash },
  curve,
  handshake13: curve !== undefined,
  tls12: true,
});
const pkcs1 = (hash: HashName): SchemeMeaning => ({
  parameters: { type: 'rsa-pkcs1', hash },
  handshake13: false,
  tls12: true,
});
// RFC 9846 §4.2.3: the salt is as long as the hash, MGF1 uses the same hash.
const pss = (hash: HashName, saltLength: number): SchemeMeaning => ({
  parameters: { type: 'rsa-pss', hash, mgfHash: hash, saltLength },
  handshake13: true,
  tls12: true,
});
const mldsa = (parameterSet: MlDsaName): SchemeMeaning => ({
  parameters: { type: 'mldsa', parameterSet },
  handshake13: true,
  tls12: false,
});

const meanings: ReadonlyMap<number, SchemeMeaning> = new Map<number, SchemeMeaning>([
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
  [SignatureScheme.ed25519, { parameters: { type: 'ed25519' }, handshake13: true, tls12: true }],
  [SignatureScheme.ed448, { parameters: { type: 'ed448' }, handshake13: true, tls12: true }],
  [SignatureScheme.rsa_pss_pss_sha256, pss('sha256', 32)],
  [SignatureScheme.rsa_pss_pss_sha384, pss('sha384', 48)],
  [SignatureScheme.rsa_pss_pss_sha512, pss('sha512', 64)],
  [SignatureScheme.mldsa44, mldsa('ML-DSA-44')],
  [SignatureScheme.mldsa65, mldsa('ML-DSA-65')],
  [SignatureScheme.mldsa87, mldsa('ML-DSA-87')],
]);

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
