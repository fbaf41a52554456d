// Certification requests (PKCS#10, RFC 2986) as values over their DER, and their proof of possession.

import { contextTag, DerReader, malformed, tags } from '../asn1/der.ts';
import { readOid } from '../asn1/oid.ts';
import { readString } from '../asn1/strings.ts';
import { TlsError } from '../base/errors.ts';
import type { Awaitable } from '../crypto/secret.ts';
import type { PublicKey, SignatureParameters, SignatureVerifier } from '../crypto/signature.ts';
import { type AlgorithmIdentifier, readAlgorithm, signatureParametersOf } from './algorithm.ts';
import { decoding } from './certificate.ts';
import { type Extension, extensionOids, readAltNames, readExtensions } from './extensions.ts';
import type { GeneralName } from './general_name.ts';
import { Name } from './name.ts';
import { parsePublicKey } from './public_key.ts';
import { run, type Waiting } from './settle.ts';
import { verifySignature } from './signature_check.ts';

/** Attribute types of PKCS#9 (RFC 2985 §5.4). */
export const requestAttributes = {
  challengePassword: '1.2.840.113549.1.9.7',
  extensionRequest: '1.2.840.113549.1.9.14',
} as const;

/** Reads one DER request. @param der copied @throws ERR_CERT_MALFORMED */
export function parseCertificateRequest(der: Uint8Array): CertificateRequest {
  return decoding('certification request', () => new CertificateRequest(new Uint8Array(der)));
}

/** A request. Byte strings it gives are views of its own copy: read them only. */
export class CertificateRequest {
  readonly der: Uint8Array;
  /** CertificationRequestInfo, header included: what was signed. */
  readonly tbs: Uint8Array;
  readonly subject: Name;
  readonly spki: Uint8Array;
  readonly publicKey: PublicKey;
  /** DER values by type. */
  readonly attributes: ReadonlyMap<string, readonly Uint8Array[]>;
  /** What extensionRequest asks for. */
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly subjectAltName: readonly GeneralName[] | undefined;
  readonly challengePassword: string | undefined;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signatureParameters: SignatureParameters | undefined;
  readonly signature: Uint8Array;

  /** For `parseCertificateRequest`. */
  constructor(bytes: Uint8Array) {
    this.der = bytes;
    const der = new DerReader(bytes);
    der.enter(tags.SEQUENCE);
    const start = der.at;
    const requestEnd = der.enter(tags.SEQUENCE);
    der.small(0);
    this.subject = new Name(der.element(tags.SEQUENCE));
    this.spki = der.element(tags.SEQUENCE);
    this.attributes = readAttributes(der);
    der.leave(requestEnd);
    this.tbs = bytes.subarray(start, der.at);
    this.signatureAlgorithm = readAlgorithm(der);
    this.signature = der.bitStringOctets();
    der.finish();
    if (der.at !== bytes.length) malformed(der.at, 'bytes after the request');

    void this.subject.rdns;
    this.publicKey = parsePublicKey(this.spki);
    this.signatureParameters = signatureParametersOf(this.signatureAlgorithm);
    this.extensions = this.#attribute(requestAttributes.extensionRequest, readExtensions) ?? new Map();
    this.challengePassword = this.#attribute(requestAttributes.challengePassword, readString);
    const names = this.extensions.get(extensionOids.subjectAltName);
    this.subjectAltName = names && finished(names.value, readAltNames);
  }

  #attribute<T>(type: string, read: (der: DerReader) => T): T | undefined {
    const values = this.attributes.get(type);
    if (values === undefined) return undefined;
    if (values.length !== 1) malformed(0, `the attribute ${type} does not have one value (RFC 2985 §5.4)`);
    return finished(values[0], read);
  }
}

function finished<T>(bytes: Uint8Array, read: (der: DerReader) => T): T {
  const der = new DerReader(bytes);
  const value = read(der);
  der.finish();
  return value;
}

/** attributes [0] IMPLICIT SET OF Attribute; some tools leave the empty set out. */
function readAttributes(der: DerReader): Map<string, readonly Uint8Array[]> {
  const found = new Map<string, readonly Uint8Array[]>();
  if (der.done) return found;
  const outer = der.enter(contextTag(0, true));
  while (!der.done) {
    const inner = der.enter(tags.SEQUENCE);
    const type = readOid(der);
    const values: Uint8Array[] = [];
    const set = der.enter(tags.SET);
    while (!der.done) values.push(der.anyElement());
    der.leave(set);
    der.leave(inner);
    if (found.has(type)) malformed(der.at, `the attribute ${type} stands there twice`);
    found.set(type, values);
  }
  der.leave(outer);
  return found;
}

/**
 * Checks that whoever asks holds the key (RFC 2986 §3, note 2). The answer is a Promise only if a verifier's is.
 * @throws ERR_INVALID_SIGNATURE, ERR_WEAK_KEY, ERR_UNSUPPORTED_ALGORITHM
 */
export function verifyCertificateRequest(
  request: CertificateRequest,
  verifiers: readonly SignatureVerifier[],
): Awaitable<CertificateRequest> {
  return run(verify(request, verifiers));
}

function* verify(request: CertificateRequest, verifiers: readonly SignatureVerifier[]): Waiting<CertificateRequest> {
  const { publicKey, signatureParameters, signatureAlgorithm, tbs, signature } = request;
  const args = [verifiers, publicKey, signatureParameters, signatureAlgorithm.oid, tbs, signature] as const;
  const wrong = yield* verifySignature(...args);
  if (wrong === null) return request;
  const code =
    wrong.code === 'ERR_CERT_WEAK'
      ? 'ERR_WEAK_KEY'
      : wrong.code === 'ERR_CERT_UNSUPPORTED_ALGORITHM'
        ? 'ERR_UNSUPPORTED_ALGORITHM'
        : 'ERR_INVALID_SIGNATURE';
  throw new TlsError(code, `certification request: ${wrong.problem}`);
}
