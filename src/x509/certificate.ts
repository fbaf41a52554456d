// A certificate (RFC 5280 §4.1) as an immutable value over its DER. One pass finds the fields and checks their structure;
// names, the key and extensions are decoded when first asked. Whether it is any good is the verifier's question.

import { contextTag, DerReader, malformed, tags } from '../asn1/der.ts';
import type { Leniency } from '../asn1/leniencies.ts';
import { readTime } from '../asn1/time.ts';
import { isObject } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import type { HashAlgorithm, HashName } from '../crypto/hash.ts';
import type { PublicKey, SignatureParameters } from '../crypto/signature.ts';
import { type AlgorithmIdentifier, readAlgorithm, signatureParametersOf } from './algorithm.ts';
import { certificateText } from './certificate_text.ts';
import type { DistributionPoint } from './distribution_point.ts';
import * as read from './extensions.ts';
import { type Extension, extensionOids as ids } from './extensions.ts';
import type { GeneralName } from './general_name.ts';
import { means } from './means.ts';
import { equalBytes, hex, Name } from './name.ts';
import { parsePublicKey } from './public_key.ts';

/** Largest certificate that is read; a TLS certificate_list has three octets of length for all of its certificates. */
const MAX_BYTES = 0xffffff;

/**
 * How much is read. `lenient` is what the world writes: the leniencies of docs/x509.md, which `Certificate.deviations` lists.
 * `strict` is DER and RFC 5280 to the letter, for those who issue and for certificate transparency. `partial` is for showing:
 * also what no path may have, `Certificate.faults`.
 */
export type Reading = 'strict' | 'lenient' | 'partial';

/**
 * Reads one DER certificate as the world writes them.
 * @param der copied, so that the value stays what it is
 * @throws ERR_CERT_MALFORMED naming the offset
 */
export function parseCertificate(der: Uint8Array): Certificate {
  return readCertificate(der, 'lenient');
}

/**
 * Reads one DER certificate, as strictly as `reading` says.
 * @param der copied, so that the value stays what it is
 * @throws ERR_CERT_MALFORMED naming the offset; in a strict reading also for what is in names and known extensions
 */
export function readCertificate(der: Uint8Array, reading: Reading): Certificate {
  return decoding('certificate', () => {
    const certificate = new Certificate(new Uint8Array(der), reading);
    return reading === 'strict' ? certificate.decodeAll() : certificate;
  });
}

/**
 * A certificate. Byte strings it gives are views of its own copy: read them only. A getter of a name, the key or an
 * extension throws ERR_CERT_MALFORMED (the key also ERR_INVALID_PUBLIC_KEY or ERR_UNSUPPORTED_ALGORITHM) if what it
 * decodes is malformed; all other fields were checked by `parseCertificate`, which makes all certificates.
 */
export class Certificate {
  /** The certificate as it came. */
  readonly der: Uint8Array;
  /** TBSCertificate, header included: what the issuer signed. */
  readonly tbs: Uint8Array;
  readonly version: 1 | 2 | 3;
  /** Content octets of the INTEGER: two's complement, big-endian. */
  readonly serialNumber: Uint8Array;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly issuer: Name;
  readonly subject: Name;
  /** Milliseconds since the epoch, inclusive. */
  readonly notBefore: number;
  /** Milliseconds since the epoch, inclusive. */
  readonly notAfter: number;
  /** A date before 2050 stands as GeneralizedTime, which RFC 5280 §4.1.2.5 forbids to issuers. */
  readonly hasEarlyGeneralizedTime: boolean;
  /** SubjectPublicKeyInfo, header included. */
  readonly spki: Uint8Array;
  readonly signature: Uint8Array;
  /** By identifier, in their order. */
  readonly extensions: ReadonlyMap<string, Extension>;
  /** What keeps it out of every path, though it can be shown: an extension twice, a signature that is not whole octets. */
  readonly faults: readonly TlsError[];
  readonly #deviations: Set<Leniency> | undefined;
  /** Values and failures of extensions: each is decoded once. */
  readonly #decoded = new Map<string, { readonly value: unknown } | { readonly failure: unknown }>();
  #publicKey: PublicKey | undefined;
  #selfIssued: boolean | undefined;

  /** For `parseCertificate`. */
  constructor(bytes: Uint8Array, reading: Reading) {
    if (bytes.length > MAX_BYTES) malformed(0, `a certificate over ${MAX_BYTES} bytes`);
    this.der = bytes;
    this.#deviations = reading === 'strict' ? undefined : new Set();
    const faults = new Faults(reading);
    this.faults = faults.found;
    const der = new DerReader(bytes, 0, bytes.length, this.#deviations);
    der.enter(tags.SEQUENCE);
    const tbsStart = der.at;
    const certificateEnd = der.enter(tags.SEQUENCE);

    this.version = readVersion(der);
    this.serialNumber = der.integer();
    const innerAlgorithm = der.element(tags.SEQUENCE);
    this.issuer = new Name(der.element(tags.SEQUENCE), this.#deviations);
    const validityEnd = der.enter(tags.SEQUENCE);
    const beforeTag = der.peek();
    this.notBefore = faults.time(der);
    const afterTag = der.peek();
    this.notAfter = faults.time(der);
    this.hasEarlyGeneralizedTime =
      (beforeTag === tags.GENERALIZED_TIME && this.notBefore < YEAR_2050) ||
      (afterTag === tags.GENERALIZED_TIME && this.notAfter < YEAR_2050);
    der.leave(validityEnd);
    this.subject = new Name(der.element(tags.SEQUENCE), this.#deviations);
    this.spki = der.element(tags.SEQUENCE);
    this.extensions = readTail(der, this.version, faults);
    der.leave(certificateEnd);
    this.tbs = bytes.subarray(tbsStart, der.at);

    const algorithmStart = der.at;
    this.signatureAlgorithm = readAlgorithm(der);
    // RFC 5280 §4.1.1.2: both fields MUST contain the same algorithm identifier.
    if (!equalBytes(innerAlgorithm, bytes.subarray(algorithmStart, der.at))) {
      faults.add(
        algorithmStart,
        'signatureAlgorithm differs from the signature field of the TBSCertificate (§4.1.1.2)',
      );
    }
    this.signature = faults.bits(der);
    der.finish();
    if (der.at !== bytes.length) malformed(der.at, 'bytes after the certificate');
    Object.freeze(this);
  }

  /** @throws ERR_INVALID_PUBLIC_KEY, ERR_UNSUPPORTED_ALGORITHM, ERR_CERT_MALFORMED */
  get publicKey(): PublicKey {
    return (this.#publicKey ??= decoding('public key', () => parsePublicKey(this.spki, this.#note)));
  }

  /** What the signature was made with; undefined for an algorithm castls does not know. */
  get signatureParameters(): SignatureParameters | undefined {
    return decoding('signature algorithm', () => signatureParametersOf(this.signatureAlgorithm, this.#note));
  }

  /** RFC 5280 §6.1: issuer and subject are the same entity by name. */
  get selfIssued(): boolean {
    return (this.#selfIssued ??= this.issuer.equals(this.subject));
  }

  get authorityKeyIdentifier(): read.AuthorityKeyIdentifier | undefined {
    return this.#extension(ids.authorityKeyIdentifier);
  }

  get subjectKeyIdentifier(): Uint8Array | undefined {
    return this.#extension(ids.subjectKeyIdentifier);
  }

  /** Bits of `keyUsages`. */
  get keyUsage(): number | undefined {
    return this.#extension(ids.keyUsage);
  }

  get certificatePolicies(): readonly read.PolicyInformation[] | undefined {
    return this.#extension(ids.certificatePolicies);
  }

  get policyMappings(): readonly read.PolicyMapping[] | undefined {
    return this.#extension(ids.policyMappings);
  }

  get subjectAltName(): readonly GeneralName[] | undefined {
    return this.#extension(ids.subjectAltName);
  }

  get issuerAltName(): readonly GeneralName[] | undefined {
    return this.#extension(ids.issuerAltName);
  }

  get subjectDirectoryAttributes(): ReturnType<typeof read.readDirectoryAttributes> | undefined {
    return this.#extension(ids.subjectDirectoryAttributes);
  }

  get basicConstraints(): read.BasicConstraints | undefined {
    return this.#extension(ids.basicConstraints);
  }

  get nameConstraints(): read.NameConstraints | undefined {
    return this.#extension(ids.nameConstraints);
  }

  get policyConstraints(): read.PolicyConstraints | undefined {
    return this.#extension(ids.policyConstraints);
  }

  /** Identifiers of KeyPurposeId, see `purposes`. */
  get extendedKeyUsage(): readonly string[] | undefined {
    return this.#extension(ids.extendedKeyUsage);
  }

  get crlDistributionPoints(): readonly DistributionPoint[] | undefined {
    return this.#extension(ids.crlDistributionPoints);
  }

  get inhibitAnyPolicy(): number | undefined {
    return this.#extension(ids.inhibitAnyPolicy);
  }

  get freshestCrl(): readonly DistributionPoint[] | undefined {
    return this.#extension(ids.freshestCrl);
  }

  get authorityInfoAccess(): readonly read.AccessDescription[] | undefined {
    return this.#extension(ids.authorityInfoAccess);
  }

  get subjectInfoAccess(): readonly read.AccessDescription[] | undefined {
    return this.#extension(ids.subjectInfoAccess);
  }

  /** RFC 7633: 5 stands for "must-staple". */
  get tlsFeature(): readonly number[] | undefined {
    return this.#extension(ids.tlsFeature);
  }

  /** A SignedCertificateTimestampList (RFC 6962 §3.3), for `parseTimestampList`. */
  get timestampList(): Uint8Array | undefined {
    return this.#extension(ids.signedCertificateTimestamps);
  }

  /**
   * Leniencies that reading needed, by the names in docs/x509.md; none in a certificate that follows the standards. Decodes
   * names and extensions, as far as they can be.
   */
  get deviations(): readonly Leniency[] {
    const parts = [
      () => this.issuer.rdns,
      () => this.subject.rdns,
      () => this.signatureParameters,
      () => this.publicKey,
      () => this.decodeExtensions(),
    ];
    for (const decode of parts) {
      try {
        decode();
      } catch (error) {
        if (!(error instanceof TlsError)) throw error;
      }
    }
    return [...(this.#deviations ?? [])];
  }

  /** Decodes names and extensions now. @throws ERR_CERT_MALFORMED for the first that is malformed */
  decodeAll(): this {
    decoding('name', () => [this.issuer.rdns, this.subject.rdns, this.signatureParameters]);
    return this.decodeExtensions();
  }

  /**
   * Decodes every known extension now.
   * @throws ERR_CERT_MALFORMED for the first that is malformed, and for one of `faults`
   */
  decodeExtensions(): this {
    if (this.faults.length > 0) throw this.faults[0];
    for (const oid of this.extensions.keys()) if (readers.has(oid)) this.#extension(oid);
    return this;
  }

  /**
   * Digest of the whole certificate as upper-case hex with colons. @param hash by name, such as "sha256", or itself
   * @throws ERR_UNSUPPORTED_ALGORITHM
   */
  fingerprint(hash: HashName | HashAlgorithm = 'sha256'): string {
    const algorithm = typeof hash === 'string' ? means().hash(hash) : hash;
    return hex(algorithm.digest(this.der), ':').toUpperCase();
  }

  /**
   * True if this certificate names `issuer` as its issuer and bears its signature; with a key, if it bears the signature of
   * that. Nothing else is looked at - dates, rights, constraints, revocation: that is `verifyCertificateChain`. False for
   * signatures that are worth nothing, too (MD5, SHA-1, keys that are too short), and for a certificate with `faults`.
   * @throws ERR_INVALID_PUBLIC_KEY, ERR_UNSUPPORTED_ALGORITHM, ERR_CERT_MALFORMED for what cannot be read
   */
  verify(issuer: Certificate | PublicKey): boolean {
    if (!isObject(issuer)) throw new TlsError('ERR_INVALID_ARGUMENT', 'the issuer is a certificate or a public key');
    if (this.faults.length > 0) return false;
    const certified = issuer instanceof Certificate;
    if (certified && !this.issuer.equals(issuer.subject)) return false;
    const { signatureParameters, signatureAlgorithm, tbs, signature } = this;
    const key = certified ? issuer.publicKey : issuer;
    return means().verifySignature(key, signatureParameters, signatureAlgorithm.oid, tbs, signature);
  }

  /** A summary for people, without a newline at its end; `describeCertificate` has all extensions. */
  toString(): string {
    return certificateText(this);
  }

  readonly #note = (leniency: Leniency, why: string): void => {
    if (this.#deviations === undefined) malformed(0, why);
    this.#deviations.add(leniency);
  };

  #extension<T>(oid: string): T | undefined {
    const extension = this.extensions.get(oid);
    if (extension === undefined) return undefined;
    let known = this.#decoded.get(oid);
    if (known === undefined) this.#decoded.set(oid, (known = this.#decode(oid, extension.value)));
    if ('failure' in known) throw known.failure;
    return known.value as T;
  }

  #decode(oid: string, bytes: Uint8Array): { value: unknown } | { failure: unknown } {
    try {
      const der = new DerReader(bytes, 0, bytes.length, this.#deviations);
      const value = readers.get(oid)!(der);
      der.finish();
      return { value };
    } catch (error) {
      return { failure: asMalformed(`extension ${oid}`, error) };
    }
  }
}

/** Reader of each known extension; its result is what the getter's type says. */
const readers: ReadonlyMap<string, (der: DerReader) => unknown> = new Map<string, (der: DerReader) => unknown>([
  [ids.authorityKeyIdentifier, read.readAuthorityKeyIdentifier],
  [ids.subjectKeyIdentifier, read.readSubjectKeyIdentifier],
  [ids.keyUsage, read.readKeyUsage],
  [ids.certificatePolicies, read.readPolicies],
  [ids.policyMappings, read.readPolicyMappings],
  [ids.subjectAltName, read.readAltNames],
  [ids.issuerAltName, read.readAltNames],
  [ids.subjectDirectoryAttributes, read.readDirectoryAttributes],
  [ids.basicConstraints, read.readBasicConstraints],
  [ids.nameConstraints, read.readNameConstraints],
  [ids.policyConstraints, read.readPolicyConstraints],
  [ids.extendedKeyUsage, read.readExtendedKeyUsage],
  [ids.crlDistributionPoints, read.readDistributionPoints],
  [ids.inhibitAnyPolicy, read.readInhibitAnyPolicy],
  [ids.freshestCrl, read.readDistributionPoints],
  [ids.authorityInfoAccess, read.readInfoAccess],
  [ids.subjectInfoAccess, read.readInfoAccess],
  [ids.tlsFeature, read.readTlsFeature],
  [ids.signedCertificateTimestamps, read.readTimestampList],
]);

const YEAR_2050 = Date.UTC(2050, 0, 1);

/** RFC 5280 §4.1.2.1: v1 is the default, which DER does not encode. */
function readVersion(der: DerReader): 1 | 2 | 3 {
  if (der.peek() !== contextTag(0, true)) return 1;
  const outer = der.enter(contextTag(0, true));
  const version = der.small(2);
  if (version === 0) der.deviate('encoded-default', der.at, 'the default version v1 is encoded');
  der.leave(outer);
  return version === 0 ? 1 : version === 1 ? 2 : 3;
}

const none: ReadonlyMap<string, Extension> = new Map();

/** Unique identifiers (v2, v3) and extensions (v3), RFC 5280 §4.1.2.8 and §4.1.2.9. */
function readTail(der: DerReader, version: number, faults: Faults): ReadonlyMap<string, Extension> {
  for (const number of [1, 2]) {
    const tag = contextTag(number, false);
    if (der.peek() !== tag) continue;
    if (version === 1)
      der.deviate('later-fields', der.at, 'a unique identifier in a version 1 certificate (RFC 5280 §4.1.2.8)');
    der.skip(tag);
  }
  if (der.done) return none;
  if (version !== 3) faults.add(der.at, `extensions in a version ${version} certificate (RFC 5280 §4.1.2.9)`);
  const outer = der.enter(contextTag(3, true));
  const extensions = read.readExtensions(der, (_, at, why) => faults.add(at, why));
  der.leave(outer);
  return extensions;
}

const MAX_FAULTS = 20;

/** What is wrong with a certificate that can be read all the same; a strict reading ends at the first. */
class Faults {
  readonly found: TlsError[] = [];
  readonly #reading: Reading;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  add(at: number, why: string): void {
    if (this.#reading === 'strict') malformed(at, why);
    // A few show what it is like; a stranger can make thousands.
    if (this.found.length === MAX_FAULTS) return;
    this.found.push(new TlsError('ERR_CERT_MALFORMED', `certificate: malformed DER at offset ${at}: ${why}`));
  }

  /** NaN, in a partial reading, for a time that is none. */
  time(der: DerReader): number {
    const start = der.at;
    try {
      return readTime(der);
    } catch (error) {
      if (this.#reading !== 'partial' || !(error instanceof TlsError)) throw error;
      this.found.push(new TlsError('ERR_CERT_MALFORMED', `certificate: ${error.message}`, { cause: error }));
      der.at = start;
      der.skipValue();
      return Number.NaN;
    }
  }

  /** The octets of a BIT STRING, without the last bits where they are not whole. */
  bits(der: DerReader): Uint8Array {
    const content = der.content(tags.BIT_STRING);
    if (content.length === 0 || content[0] > 7) malformed(der.at, 'a BIT STRING without its bits');
    if (content[0] !== 0) this.add(der.at - content.length, 'a signature that is not whole octets');
    return content.subarray(1);
  }
}

/** Runs a decoder; what is wrong with the DER becomes a fault of the certificate. */
export function decoding<T>(what: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw asMalformed(what, error);
  }
}

function asMalformed(what: string, error: unknown): unknown {
  if (!(error instanceof TlsError) || error.code !== 'ERR_MALFORMED_DER') return error;
  return new TlsError('ERR_CERT_MALFORMED', `${what}: ${error.message}`, { cause: error });
}
