// Signed certificate timestamps (RFC 6962 §3): the list, one timestamp, and the bytes a log signed, which for a
// timestamp inside a certificate are those of its precertificate.

import { contextTag, DerReader, tags } from '../asn1/der.ts';
import { readOid } from '../asn1/oid.ts';
import { requireBytes } from '../base/arguments.ts';
import { concat as concatAll } from '../base/bytes.ts';
import { TlsError } from '../base/errors.ts';
import type { SignatureParameters } from '../crypto/signature.ts';
import { concat, header } from './distribution_point.ts';
import { extensionOids } from './extensions.ts';

/** A SignedCertificateTimestamp of version 1. Byte strings are views of what it was read from. */
export interface SignedTimestamp {
  /** SHA-256 of the log's SubjectPublicKeyInfo, 32 bytes. */
  readonly logId: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly extensions: Uint8Array;
  /** Undefined for an algorithm that RFC 6962 §2.1.4 does not have. */
  readonly parameters: SignatureParameters | undefined;
  readonly signature: Uint8Array;
}

/** SerializedSCTs of a SignedCertificateTimestampList (§3.3). @throws ERR_CERT_MALFORMED */
export function parseTimestampList(list: Uint8Array): Uint8Array[] {
  requireBytes(list, 'a list of timestamps');
  const reader = new Cursor(list);
  const inner = new Cursor(reader.vector(2));
  reader.finish();
  const found: Uint8Array[] = [];
  while (!inner.done) found.push(inner.vector(2));
  return found;
}

/** One SerializedSCT; undefined for a version castls does not know, which is to be ignored (§3.3). @throws ERR_CERT_MALFORMED */
export function parseTimestamp(bytes: Uint8Array): SignedTimestamp | undefined {
  requireBytes(bytes, 'a signed certificate timestamp');
  const reader = new Cursor(bytes);
  if (reader.number(1) !== 0) return undefined;
  const logId = reader.bytes(32);
  const timestamp = reader.number(8);
  const extensions = reader.vector(2);
  const hash = reader.number(1);
  const algorithm = reader.number(1);
  const signature = reader.vector(2);
  reader.finish();
  // §2.1.4: ECDSA on P-256 or RSA PKCS#1 v1.5, both with SHA-256 (4 in RFC 5246's HashAlgorithm).
  const known: Record<number, SignatureParameters> = {
    1: { type: 'rsa-pkcs1', hash: 'sha256' },
    3: { type: 'ecdsa', hash: 'sha256' },
  };
  return { logId, timestamp, extensions, parameters: hash === 4 ? known[algorithm] : undefined, signature };
}

/** What stands in digitally-signed (§3.2) for a timestamp of the certificate itself: from the TLS extension or OCSP. */
export function signedCertificateEntry(sct: SignedTimestamp, certificate: Uint8Array): Uint8Array {
  return signedEntry(sct, concat(Uint8Array.of(0, 0), uint24(certificate.length), certificate));
}

/**
 * The same for a timestamp inside the certificate.
 * @param precertificate see `precertificateTbs` @param issuerKeyHash SHA-256 of the issuer's SubjectPublicKeyInfo
 */
export function signedPrecertificateEntry(
  sct: SignedTimestamp,
  precertificate: Uint8Array,
  issuerKeyHash: Uint8Array,
): Uint8Array {
  return signedEntry(sct, concat(Uint8Array.of(0, 1), issuerKeyHash, uint24(precertificate.length), precertificate));
}

function signedEntry({ timestamp, extensions }: SignedTimestamp, entry: Uint8Array): Uint8Array {
  const head = new Uint8Array(10);
  const view = new DataView(head.buffer);
  view.setUint32(2, Math.floor(timestamp / 0x100000000));
  view.setUint32(6, timestamp % 0x100000000);
  return concat(head, entry, Uint8Array.of(extensions.length >> 8, extensions.length & 0xff), extensions);
}

function uint24(value: number): Uint8Array {
  return Uint8Array.of(value >> 16, (value >> 8) & 0xff, value & 0xff);
}

/** The TBSCertificate without its timestamps, lengths corrected (§3.2): what the log saw, its poison taken out. */
export function precertificateTbs(tbs: Uint8Array): Uint8Array {
  const der = new DerReader(tbs);
  der.enter(tags.SEQUENCE);
  const start = der.at;
  while (der.peek() !== contextTag(3, true)) der.skipValue();
  const fields = tbs.subarray(start, der.at);
  der.enter(contextTag(3, true));
  const kept: Uint8Array[] = [];
  const outer = der.enter(tags.SEQUENCE);
  while (!der.done) {
    const element = der.element(tags.SEQUENCE);
    const inner = new DerReader(element);
    inner.enter(tags.SEQUENCE);
    if (readOid(inner) !== extensionOids.signedCertificateTimestamps) kept.push(element);
  }
  der.leave(outer);
  if (kept.length === 0) return concat(header(tags.SEQUENCE, fields.length), fields);
  const extensions = concatAll(kept);
  const sequence = concat(header(tags.SEQUENCE, extensions.length), extensions);
  const wrapper = concat(header(contextTag(3, true), sequence.length), sequence);
  return concat(header(tags.SEQUENCE, fields.length + wrapper.length), fields, wrapper);
}

/** Big-endian fields and vectors of RFC 5246 §4, as far as timestamps need them. */
class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  bytes(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) malformedTimestamp('is cut off');
    return this.#bytes.subarray(this.#at, (this.#at += length));
  }

  /** At most eight octets; over 2^53 a timestamp is in no time that a log has seen, and its last digits do not matter. */
  number(octets: number): number {
    return this.bytes(octets).reduce((value, octet) => value * 256 + octet, 0);
  }

  vector(lengthOctets: number): Uint8Array {
    return this.bytes(this.number(lengthOctets));
  }

  finish(): void {
    if (!this.done) malformedTimestamp('has trailing bytes');
  }
}

function malformedTimestamp(why: string): never {
  throw new TlsError('ERR_CERT_MALFORMED', `a signed certificate timestamp ${why} (RFC 6962 §3.2)`);
}
