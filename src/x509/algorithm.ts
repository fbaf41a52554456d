// AlgorithmIdentifier (RFC 5280 §4.1.1.2) and what signature algorithms it names: RFC 3279, 4055, 5758, 8410, 8692, 9881
// and NIST's SHA-3 identifiers.

import { contextTag, DerReader, malformed, tags } from '../asn1/der.ts';
import type { Leniency } from '../asn1/leniencies.ts';
import { readOid } from '../asn1/oid.ts';
import type { HashName } from '../crypto/hash.ts';
import type { MlDsaName, SignatureParameters } from '../crypto/signature.ts';

export interface AlgorithmIdentifier {
  readonly oid: string;
  /** DER of the parameters, header included; undefined if absent. */
  readonly parameters: Uint8Array | undefined;
}

/** Reads an AlgorithmIdentifier. @throws ERR_MALFORMED_DER */
export function readAlgorithm(der: DerReader, tag: number = tags.SEQUENCE): AlgorithmIdentifier {
  const outer = der.enter(tag);
  const oid = readOid(der);
  const parameters = der.done ? undefined : der.anyElement();
  der.leave(outer);
  return { oid, parameters };
}

export const hashOids: Readonly<Record<string, HashName>> = {
  '1.2.840.113549.2.5': 'md5',
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.7': 'sha3-224',
  '2.16.840.1.101.3.4.2.8': 'sha3-256',
  '2.16.840.1.101.3.4.2.9': 'sha3-384',
  '2.16.840.1.101.3.4.2.10': 'sha3-512',
};

export const oids = {
  rsaEncryption: '1.2.840.113549.1.1.1',
  rsaPss: '1.2.840.113549.1.1.10',
  mgf1: '1.2.840.113549.1.1.8',
  ecPublicKey: '1.2.840.10045.2.1',
  x25519: '1.3.101.110',
  x448: '1.3.101.111',
  ed25519: '1.3.101.112',
  ed448: '1.3.101.113',
} as const;

export const mlDsaOids: Readonly<Record<string, MlDsaName>> = {
  '2.16.840.1.101.3.4.3.17': 'ML-DSA-44',
  '2.16.840.1.101.3.4.3.18': 'ML-DSA-65',
  '2.16.840.1.101.3.4.3.19': 'ML-DSA-87',
};

const rsa = (hash: HashName): SignatureParameters => ({ type: 'rsa-pkcs1', hash });
const ecdsa = (hash: HashName): SignatureParameters => ({ type: 'ecdsa', hash });

/** Signature algorithms without parameters of their own. */
const signatureOids: Readonly<Record<string, SignatureParameters>> = {
  '1.2.840.113549.1.1.4': rsa('md5'),
  '1.2.840.113549.1.1.5': rsa('sha1'),
  '1.2.840.113549.1.1.11': rsa('sha256'),
  '1.2.840.113549.1.1.12': rsa('sha384'),
  '1.2.840.113549.1.1.13': rsa('sha512'),
  '1.2.840.113549.1.1.14': rsa('sha224'),
  '2.16.840.1.101.3.4.3.13': rsa('sha3-224'),
  '2.16.840.1.101.3.4.3.14': rsa('sha3-256'),
  '2.16.840.1.101.3.4.3.15': rsa('sha3-384'),
  '2.16.840.1.101.3.4.3.16': rsa('sha3-512'),
  '1.2.840.10045.4.1': ecdsa('sha1'),
  '1.2.840.10045.4.3.1': ecdsa('sha224'),
  '1.2.840.10045.4.3.2': ecdsa('sha256'),
  '1.2.840.10045.4.3.3': ecdsa('sha384'),
  '1.2.840.10045.4.3.4': ecdsa('sha512'),
  '2.16.840.1.101.3.4.3.9': ecdsa('sha3-224'),
  '2.16.840.1.101.3.4.3.10': ecdsa('sha3-256'),
  '2.16.840.1.101.3.4.3.11': ecdsa('sha3-384'),
  '2.16.840.1.101.3.4.3.12': ecdsa('sha3-512'),
  [oids.ed25519]: { type: 'ed25519' },
  [oids.ed448]: { type: 'ed448' },
  '2.16.840.1.101.3.4.3.17': { type: 'mldsa', parameterSet: 'ML-DSA-44' },
  '2.16.840.1.101.3.4.3.18': { type: 'mldsa', parameterSet: 'ML-DSA-65' },
  '2.16.840.1.101.3.4.3.19': { type: 'mldsa', parameterSet: 'ML-DSA-87' },
};

/** Takes the leniencies that reading needs; a strict reader throws from it. */
export type NoteLeniency = (leniency: Leniency, why: string) => void;

/** Reads leniently and tells nobody. */
export const noted: NoteLeniency = () => {};

/**
 * The signature algorithm that `algorithm` names, or undefined for one castls does not know.
 * @throws ERR_MALFORMED_DER for parameters the algorithm does not have
 */
export function signatureParametersOf(
  algorithm: AlgorithmIdentifier,
  note: NoteLeniency = noted,
): SignatureParameters | undefined {
  if (algorithm.oid === oids.rsaPss) return readPssParameters(algorithm.parameters);
  const found = signatureOids[algorithm.oid];
  if (found === undefined || algorithm.parameters === undefined) return found;
  // RFC 4055 §5: NULL, and verifiers accept its absence; all others have none (RFC 5758 §3.2, RFC 8410 §3, RFC 9881 §2).
  if (found.type === 'mldsa' || !isNull(algorithm.parameters)) {
    malformed(0, `parameters that the signature algorithm ${algorithm.oid} does not have`);
  }
  if (found.type !== 'rsa-pkcs1')
    note('null-parameters', `NULL parameters of the signature algorithm ${algorithm.oid}`);
  return found;
}

/** True for the DER of NULL. */
export function isNull(parameters: Uint8Array): boolean {
  return parameters.length === 2 && parameters[0] === tags.NULL && parameters[1] === 0;
}

/**
 * RSASSA-PSS-params (RFC 4055 §3.1).
 * @throws ERR_MALFORMED_DER if they are absent (they must be there in a signature) or name something unknown
 */
export function readPssParameters(
  parameters: Uint8Array | undefined,
): Extract<SignatureParameters, { type: 'rsa-pss' }> {
  if (parameters === undefined) malformed(0, 'RSASSA-PSS without parameters');
  const der = new DerReader(parameters);
  let hash: HashName = 'sha1';
  let mgfHash: HashName = 'sha1';
  let saltLength = 20;
  der.enter(tags.SEQUENCE);
  if (der.peek() === contextTag(0, true)) {
    const outer = der.enter(contextTag(0, true));
    hash = readHash(der);
    der.leave(outer);
  }
  if (der.peek() === contextTag(1, true)) {
    const outer = der.enter(contextTag(1, true));
    const sequence = der.enter(tags.SEQUENCE);
    if (readOid(der) !== oids.mgf1) malformed(der.at, 'a mask generation function that is not MGF1');
    mgfHash = readHash(der);
    der.leave(sequence);
    der.leave(outer);
  }
  if (der.peek() === contextTag(2, true)) {
    const outer = der.enter(contextTag(2, true));
    saltLength = der.small(512);
    der.leave(outer);
  }
  if (der.peek() === contextTag(3, true)) {
    const outer = der.enter(contextTag(3, true));
    if (der.small(1) !== 1) malformed(der.at, 'a trailer field that is not 1');
    der.leave(outer);
  }
  der.finish();
  return { type: 'rsa-pss', hash, mgfHash, saltLength };
}

function readHash(der: DerReader): HashName {
  const { oid, parameters } = readAlgorithm(der);
  const hash = hashOids[oid];
  if (hash === undefined || (parameters !== undefined && !isNull(parameters))) malformed(der.at, 'an unknown hash');
  return hash;
}
