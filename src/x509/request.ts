// Certification requests (PKCS#10, RFC 2986) as values over their DER, and their proof of possession.

import { contextTag, DerReader, malformed, tags } from '../asn1/der.ts';
import type { Leniency } from '../asn1/leniencies.ts';
import { readOid } from '../asn1/oid.ts';
import { readString } from '../asn1/strings.ts';
import { TlsError } from '../base/errors.ts';
import type { Awaitable } from '../crypto/secret.ts';
import type { PublicKey, SignatureParameters, SignatureVerifier } from '../crypto/signature.ts';
import { type AlgorithmIdentifier, readAlgorithm, signatureParametersOf } from './algorithm.ts';
import { decoding } from './certificate.ts';
import { type Extension, extensionOids, readAltNames, readExtensions } from './extensions.ts';
import type { GeneralName } from './general_name.ts';
import { equalBytes, Name } from './name.ts';
import { parsePublicKey } from './public_key.ts';
import { run, type Waiting } from './settle.ts';
import { verifySignature } from './signature_check.ts';

/** Attribute types of PKCS#9 (RFC 2985 §5.4), and szOID_CERT_EXTENSIONS of Windows. */
export const requestAttributes = {
  challengePassword: '1.2.840.113549.1.9.7',
  extensionRequest: '1.2.840.113549.1.9.14',
  microsoftExtensions: '1.3.6.1.4.1.311.2.1.14',
} as const;

/** Reads one DER request. @param der copied @throws ERR_CERT_MALFORMED */
export function parseCertificateRequest(der: Uint8Array): CertificateRequest {
  return decoding('certification request', () => new CertificateRequest(new Uint8Array(der)));
}

/**
 * A request, read as the world writes them (docs/x509.md). Byte strings it gives are views of its own copy: read them only.
 * A getter of the key, an attribute or an extension throws if what it decodes is malformed or not supported; all other
 * fields were checked by `parseCertificateRequest`.
 */
export class CertificateRequest {
  readonly der: Uint8Array;
  /** CertificationRequestInfo, header included: what was signed. */
  readonly tbs: Uint8Array;
  readonly subject: Name;
  readonly spki: Uint8Array;
  /** DER values by type. */
  readonly attributes: ReadonlyMap<string, readonly Uint8Array[]>;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  readonly #deviations = new Set<Leniency>();
  #publicKey: PublicKey | undefined;
  #extensions: ReadonlyMap<string, Extension> | undefined;

  /** For `parseCertificateRequest`. */
  constructor(bytes: Uint8Array) {
    this.der = bytes;
    const der = this.#reader(bytes);
    der.enter(tags.SEQUENCE);
    const start = der.at;
    const requestEnd = der.enter(tags.SEQUENCE);
    // RFC 2986 §4.1: 0 stands for v1, the only version there is; OpenSSL wrote others.
    if (der.small(2) !== 0) der.deviate('later-fields', der.at, 'a request of another version than v1');
    this.subject = new Name(der.element(tags.SEQUENCE), this.#deviations);
    this.spki = der.element(tags.SEQUENCE);
    this.attributes = readAttributes(der);
    der.leave(requestEnd);
    this.tbs = bytes.subarray(start, der.at);
    this.signatureAlgorithm = readAlgorithm(der);
    this.signature = der.bitStringOctets();
    der.finish();
    if (der.at !== bytes.length) malformed(der.at, 'bytes after the request');
    void this.subject.rdns;
  }

  /** @throws ERR_INVALID_PUBLIC_KEY, ERR_UNSUPPORTED_ALGORITHM, ERR_CERT_MALFORMED */
  get publicKey(): PublicKey {
    return (this.#publicKey ??= decoding('public key', () => parsePublicKey(this.spki, this.#note)));
  }

  /** What the request was signed with; undefined for an algorithm castls does not know. */
  get signatureParameters(): SignatureParameters | undefined {
    return decoding('signature algorithm', () => signatureParametersOf(this.signatureAlgorithm, this.#note));
  }

  /**
   * What is asked for by extensionRequest and by Microsoft's attribute of the same content, which its tools write instead
   * or beside it. @throws ERR_CERT_MALFORMED if both have an extension and do not agree
   */
  get extensions(): ReadonlyMap<string, Extension> {
    return (this.#extensions ??= decoding('certification request', () => {
      const all = new Map(this.#attribute(requestAttributes.extensionRequest, readExtensions) ?? []);
      for (const [oid, extension] of this.#attribute(requestAttributes.microsoftExtensions, readExtensions) ?? []) {
        const other = all.get(oid);
        if (
          other !== undefined &&
          (other.critical !== extension.critical || !equalBytes(other.value, extension.value))
        ) {
          malformed(0, `the extension ${oid} in extensionRequest and in Microsoft's attribute, not the same`);
        }
        all.set(oid, extension);
      }
      return all;
    }));
  }

  get subjectAltName(): readonly GeneralName[] | undefined {
    const names = this.extensions.get(extensionOids.subjectAltName);
    if (names === undefined) return undefined;
    const found = decoding('subjectAltName', () => finished(this.#reader(names.value), readAltNames));
    // An empty list asks for nothing.
    return found.length === 0 ? undefined : found;
  }

  get challengePassword(): string | undefined {
    return decoding('challengePassword', () => this.#attribute(requestAttributes.challengePassword, readString));
  }

  /** Leniencies that reading needed so far, by the names in docs/x509.md. */
  get deviations(): readonly Leniency[] {
    return [...this.#deviations];
  }

  #attribute<T>(type: string, read: (der: DerReader) => T): T | undefined {
    const values = this.attributes.get(type);
    if (values === undefined || values.length === 0) return undefined;
    if (values.length !== 1) malformed(0, `the attribute ${type} does not have one value (RFC 2985 §5.4)`);
    return finished(this.#reader(values[0]), read);
  }

  #reader(bytes: Uint8Array): DerReader {
    return new DerReader(bytes, 0, bytes.length, this.#deviations);
  }

  readonly #note = (leniency: Leniency): void => {
    this.#deviations.add(leniency);
  };
}

function finished<T>(der: DerReader, read: (der: DerReader) => T): T {
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
    const set = der.enter(tags.SET);
    const values = der.list('attribute values', each => each.anyElement());
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
