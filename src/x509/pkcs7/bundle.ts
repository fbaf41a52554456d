// Bundles of certificates and CRLs in PKCS#7 (".p7b", ".p7c"): SignedData without content and without signers (RFC 5652 §5,
// RFC 8551 §3.2.2, RFC 2315 §9). What they hold is not signed by anybody: it is material for a path, nothing to trust.

import { derOfBer } from '../../asn1/ber.ts';
import { contextTag, DerReader, malformed, tags } from '../../asn1/der.ts';
import { readOid } from '../../asn1/oid.ts';
import * as asn1 from '../../asn1/writer.ts';
import { TlsError } from '../../base/errors.ts';
import { listOf, readOptions, required, unchecked } from '../../base/options.ts';
import { type Certificate, decoding, parseCertificate } from '../certificate.ts';
import { type Crl, parseCrl } from '../crl.ts';
import {
  type CertificateInput,
  type CrlInput,
  certificatesFrom,
  crlsFrom,
  derOf,
  type Encoded,
  pemLabels,
} from '../input.ts';

const DATA = '1.2.840.113549.1.7.1';
const SIGNED_DATA = '1.2.840.113549.1.7.2';

/** What a bundle holds, in its order. */
export interface Pkcs7Content {
  readonly certificates: readonly Certificate[];
  readonly crls: readonly Crl[];
}

/**
 * Reads a bundle; the signatures of a message that has some are passed over.
 * @param input PEM ("PKCS7", "CMS"), DER or BER; stays the caller's
 * @throws ERR_MALFORMED_DER, ERR_CERT_MALFORMED, ERR_MALFORMED_PEM, ERR_INVALID_ARGUMENT for content of another type
 */
export function parsePkcs7(input: Encoded): Pkcs7Content {
  // Streams are written with lengths left open.
  const bytes = derOfBer(derOf(input, pemLabels.pkcs7, 'a PKCS#7 bundle')[0]);
  const der = new DerReader(bytes);
  der.enter(tags.SEQUENCE);
  const type = readOid(der);
  if (type !== SIGNED_DATA) {
    throw new TlsError('ERR_INVALID_ARGUMENT', `PKCS#7 content of the type ${type} holds no bundle of certificates`);
  }
  const wrapper = der.enter(contextTag(0, true));
  const content = decoding('PKCS#7 bundle', () => readSignedData(der));
  der.leave(wrapper);
  der.finish();
  if (der.at !== bytes.length) malformed(der.at, 'bytes after the PKCS#7 bundle');
  return content;
}

/** SignedData (RFC 5652 §5.1). */
function readSignedData(der: DerReader): Pkcs7Content {
  const outer = der.enter(tags.SEQUENCE);
  der.small(5);
  der.skip(tags.SET);
  der.skip(tags.SEQUENCE);
  const certificates = readSet(der, 0).map(parseCertificate);
  const crls = readSet(der, 1).map(parseCrl);
  der.skip(tags.SET);
  der.leave(outer);
  return { certificates, crls };
}

/** `[number]` IMPLICIT SET OF: the members that are SEQUENCEs; the other choices are older or other than X.509. */
function readSet(der: DerReader, number: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  if (der.done || der.peek() !== contextTag(number, true)) return found;
  const outer = der.enter(contextTag(number, true));
  while (!der.done) {
    const isX509 = der.peek() === tags.SEQUENCE;
    const member = der.anyElement();
    if (isX509) found.push(member);
  }
  der.leave(outer);
  return found;
}

/** What to put into a bundle: values, PEM (which may hold several) or DER. */
export interface Pkcs7Contents {
  readonly certificates: readonly CertificateInput[];
  readonly crls?: readonly CrlInput[];
}

const table = {
  certificates: required(listOf(unchecked<CertificateInput>())),
  crls: listOf(unchecked<CrlInput>()),
} as const;

/**
 * DER of a bundle, its members in the order given: a SET has none, but people read these files and expect the chain.
 * @throws ERR_INVALID_ARGUMENT, ERR_CERT_MALFORMED, ERR_MALFORMED_PEM
 */
export function writePkcs7(contents: Pkcs7Contents): Uint8Array {
  const { certificates, crls = [] } = readOptions('writePkcs7', table, contents);
  const members = (number: number, list: readonly { readonly der: Uint8Array }[]) =>
    list.length === 0 ? [] : [asn1.tagged(number, ...list.map(({ der }) => der))];
  const signedData = asn1.sequence(
    asn1.integer(1),
    asn1.setOf(),
    asn1.sequence(asn1.objectIdentifier(DATA)),
    ...members(0, certificatesFrom(certificates)),
    ...members(1, crlsFrom(crls)),
    asn1.setOf(),
  );
  return asn1.sequence(asn1.objectIdentifier(SIGNED_DATA), asn1.tagged(0, signedData));
}
