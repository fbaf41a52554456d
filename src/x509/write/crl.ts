// Writes certificate revocation lists (RFC 5280 §5).

import { tags } from '../../asn1/der.ts';
import * as asn1 from '../../asn1/writer.ts';
import { TlsError } from '../../base/errors.ts';
import {
  instant,
  listOf,
  objectWith,
  oneOf,
  readOptions,
  required,
  rule,
  unchecked,
  withDefault,
} from '../../base/options.ts';
import type { HashAlgorithm } from '../../crypto/hash.ts';
import { type Crl, parseCrl, revocationReasons } from '../crl.ts';
import { extensionOids as ids, keyUsages } from '../extensions.ts';
import { type CertificateInput, certificateFrom } from '../input.ts';
import { authorityKeyIdentifier, keyIdentifierOf, writeExtension } from './extensions.ts';
import type { Issuer } from './issue.ts';
import { signed, signingAlgorithm } from './signed.ts';

/** A certificate that is revoked. Times are milliseconds since the epoch or Dates. */
export interface Revocation {
  /** The certificate (also PEM or DER), or its serial number, big-endian and unsigned, of at most 20 octets. */
  readonly certificate: CertificateInput;
  readonly revocationDate: number | Date;
  /** See `revocationReasons`. Unspecified is not written (§5.3.1). */
  readonly reason?: number;
  /** When the key is thought to have been compromised (§5.3.2). */
  readonly invalidityDate?: number | Date;
}

export interface CrlContent {
  readonly thisUpdate: number | Date;
  readonly nextUpdate: number | Date;
  /** Grows with every list (§5.2.3); at most 20 octets. */
  readonly number: number | bigint;
  readonly revoked: readonly Revocation[];
  /** Makes a delta CRL against the list of this number (§5.2.4). */
  readonly baseNumber?: number | bigint;
}

const count = rule<number | bigint>(
  'an integer from 0',
  value => (typeof value === 'bigint' || Number.isSafeInteger(value)) && (value as number | bigint) >= 0,
);

const contentTable = {
  thisUpdate: required(instant),
  nextUpdate: required(instant),
  number: required(count),
  revoked: required(listOf(objectWith<Revocation>('a revocation', 'certificate'))),
  baseNumber: count,
};

const entryTable = {
  certificate: required(unchecked<CertificateInput>()),
  revocationDate: required(instant),
  reason: withDefault(oneOf(...Object.values<number>(revocationReasons)), 0),
  invalidityDate: instant,
};

/**
 * A list signed by the CA that issued the certificates.
 * @throws ERR_INVALID_ARGUMENT if the CA may not sign lists or the content cannot be, ERR_INVALID_SIGNATURE
 */
export async function createCrl(
  given: CrlContent,
  issuer: Issuer,
  tools: { readonly sha256: HashAlgorithm },
): Promise<Crl> {
  const content = readOptions('createCrl', contentTable, given);
  const ca = issuer.certificate;
  if (ca.keyUsage !== undefined && (ca.keyUsage & keyUsages.cRLSign) === 0) {
    throw new TlsError('ERR_INVALID_ARGUMENT', `the key of "${ca.subject}" may not sign CRLs (RFC 5280 §4.2.1.3)`);
  }
  if (!(content.thisUpdate < content.nextUpdate)) {
    throw new TlsError('ERR_INVALID_ARGUMENT', 'nextUpdate does not lie behind thisUpdate');
  }
  const algorithm = signingAlgorithm(issuer.options);
  const entries = content.revoked.map(writeEntry);
  const authority = ca.subjectKeyIdentifier ?? keyIdentifierOf(ca.spki, tools.sha256);
  const extensions = [authorityKeyIdentifier(authority), writeExtension(ids.crlNumber, asn1.integer(content.number))];
  if (content.baseNumber !== undefined) {
    extensions.push(writeExtension(ids.deltaCrlIndicator, asn1.integer(content.baseNumber), true));
  }
  const tbs = asn1.sequence(
    asn1.integer(1),
    algorithm.identifier,
    ca.subject.der,
    asn1.time(Number(content.thisUpdate)),
    asn1.time(Number(content.nextUpdate)),
    // §5.1.2.6: absent if nothing is revoked.
    ...(entries.length > 0 ? [asn1.sequence(...entries)] : []),
    asn1.tagged(0, asn1.sequence(...extensions)),
  );
  return parseCrl(await signed(tbs, algorithm, issuer.options, ca.publicKey));
}

/** RFC 5280 §4.1.2.2; no certificate is that short. */
const LONGEST_SERIAL = 20;

/** INTEGER of a certificate's serial number, which may be negative in old ones. @param given or the number itself */
export function serialNumberOf(given: CertificateInput): Uint8Array {
  if (given instanceof Uint8Array && given.length <= LONGEST_SERIAL) return asn1.integer(given);
  return asn1.element(tags.INTEGER, certificateFrom(given).serialNumber);
}

function writeEntry(given: Revocation): Uint8Array {
  const entry = readOptions('a revocation of createCrl', entryTable, given);
  const { certificate, revocationDate, reason, invalidityDate } = entry;
  const extensions: Uint8Array[] = [];
  if (reason !== 0) extensions.push(writeExtension(ids.reasonCode, asn1.enumerated(reason)));
  if (invalidityDate !== undefined) {
    extensions.push(writeExtension(ids.invalidityDate, asn1.generalizedTime(Number(invalidityDate))));
  }
  const more = extensions.length > 0 ? [asn1.sequence(...extensions)] : [];
  return asn1.sequence(serialNumberOf(certificate), asn1.time(Number(revocationDate)), ...more);
}
