// Lists of certificates to trust, as files have them: one odd certificate does not end the others, and is not passed over in
// silence.

import { DerReader, isDer, trimmedDer } from '../asn1/der.ts';
import { pemText, readPem } from '../asn1/pem.ts';
import { TlsError } from '../base/errors.ts';
import { type Certificate, decoding, parseCertificate } from './certificate.ts';

/** A certificate of a list that cannot be read. */
export interface OddCertificate {
  /** Its number among the blocks of the list, from 1 on. */
  readonly number: number;
  /** The line of its BEGIN, from 1 on; undefined in DER. */
  readonly line: number | undefined;
  readonly error: TlsError;
}

/** Where a certificate stands. */
export type TrustListPlace = Pick<OddCertificate, 'number' | 'line'>;

export interface TrustList {
  readonly certificates: readonly Certificate[];
  /** Where each of `certificates` stands. */
  readonly places: readonly TrustListPlace[];
  /** What was left out. */
  readonly odd: readonly OddCertificate[];
}

/** RFC 7468 §5.1, a name that old tools write, and OpenSSL's own form with trust settings behind the certificate. */
const TRUSTED = 'TRUSTED CERTIFICATE';
export const certificateLabels = ['CERTIFICATE', 'X509 CERTIFICATE', TRUSTED] as const;

/** All certificates of PEM, as text or as the octets of a file, or of DER; with those that cannot be read beside them. */
export function parseTrustList(input: string | Uint8Array): TrustList {
  const certificates: Certificate[] = [];
  const places: TrustListPlace[] = [];
  const odd: OddCertificate[] = [];
  const add = (der: Uint8Array, number: number, line: number | undefined) => {
    try {
      certificates.push(readRoot(der));
      places.push({ number, line });
    } catch (error) {
      if (!(error instanceof TlsError)) throw error;
      odd.push({ number, line, error });
    }
  };
  if (typeof input !== 'string' && isDer(input)) add(trimmedDer(input), 1, undefined);
  else {
    const { blocks, faults } = readPem(typeof input === 'string' ? input : pemText(input), certificateLabels);
    for (const { label, bytes, number, line } of blocks) add(certificateDer(label, bytes), number, line);
    for (const { error, number, line } of faults) odd.push({ error, number, line });
  }
  return { certificates, places, odd: odd.sort((a, b) => a.number - b.number) };
}

/** An issuer is found by its name. */
function readRoot(der: Uint8Array): Certificate {
  const certificate = parseCertificate(der);
  decoding('name', () => [certificate.subject.key, certificate.issuer.key]);
  return certificate;
}

/** The DER of a certificate in a PEM block: of OpenSSL's trusted form what stands before the trust settings. */
export function certificateDer(label: string, bytes: Uint8Array): Uint8Array {
  if (label !== TRUSTED) return bytes;
  try {
    return bytes.subarray(0, new DerReader(bytes).anyHeader());
  } catch (error) {
    if (error instanceof TlsError) return bytes;
    throw error;
  }
}

/** "FILE: certificate 3 (line 41) is left out: ..." @param source the file or option */
export function oddCertificateText(source: string, odd: OddCertificate): string {
  return `${source}: ${placeText(odd)} is left out: ${odd.error.message}`;
}

/** "certificate 3 (line 41)" */
export function placeText({ number, line }: TrustListPlace): string {
  return `certificate ${number}${line === undefined ? '' : ` (line ${line})`}`;
}
