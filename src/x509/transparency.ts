// Certificate transparency (RFC 6962): was the leaf shown to enough of the logs that the caller knows? Timestamps may
// stand in the certificate, in the TLS extension, and in a stapled OCSP response.

import { DerReader, tags } from '../asn1/der.ts';
import { TlsError } from '../base/errors.ts';
import type { Certificate } from './certificate.ts';
import { CertificateError, fault } from './certificate_error.ts';
import { equalBytes } from './name.ts';
import { parseOcspResponse } from './ocsp.ts';
import type { BuiltPath, CheckContext, PathCheck, StapledStatus } from './path_builder.ts';
import { parsePublicKey } from './public_key.ts';
import type { Waiting } from './settle.ts';
import { usableKey, verifySignature } from './signature_check.ts';
import { parseTimestamp, parseTimestampList, signedCertificateEntry, signedPrecertificateEntry } from './timestamps.ts';

/** Timestamps in a SingleResponse (RFC 6962 §3.3). */
const OCSP_TIMESTAMPS = '1.3.6.1.4.1.11129.2.4.5';

/** A log whose word counts. */
export interface TransparencyLog {
  readonly name: string;
  /** DER SubjectPublicKeyInfo. */
  readonly key: Uint8Array;
}

export interface TransparencyOptions {
  readonly logs: readonly TransparencyLog[];
  /** Different logs that must have seen the certificate; default 1. */
  readonly minimum?: number;
}

/**
 * A check that enough logs have seen the leaf. Throws ERR_CERT_TRANSPARENCY.
 * @throws ERR_INVALID_ARGUMENT when it runs without SHA-256 among the hashes
 */
export function transparency(options: TransparencyOptions): PathCheck {
  return { check: (found, context) => checkTransparency(found, options, context) };
}

function* checkTransparency(
  { path, anchor }: BuiltPath,
  { logs, minimum = 1 }: TransparencyOptions,
  { builder, rules, hashes, stapled }: CheckContext,
): Waiting<void> {
  const sha256 = hashes.find(hash => hash.name === 'sha256');
  if (sha256 === undefined)
    throw new TlsError('ERR_INVALID_ARGUMENT', 'certificate transparency needs SHA-256 in `hashes`');
  const leaf = path[0];
  const issuer = path[1] ?? anchor;
  const known = logs.map(log => ({ log, id: sha256.digest(log.key) }));
  const seen = new Set<TransparencyLog>();
  for (const { bytes, embedded } of timestampsOf(leaf, stapled)) {
    if (seen.size >= minimum) break;
    const sct = attempt(() => parseTimestamp(bytes));
    const match = sct && known.find(({ id }) => equalBytes(id, sct.logId));
    // §5.2: a timestamp from the future does not count.
    if (!sct || !match || seen.has(match.log) || sct.parameters === undefined || sct.timestamp > rules.time) continue;
    const key = usableKey(() => parsePublicKey(match.log.key));
    if ('code' in key) continue;
    const message = embedded
      ? signedPrecertificateEntry(sct, leaf.tbs, sha256.digest(issuer.spki))
      : signedCertificateEntry(sct, leaf.der);
    builder.budget.take('signatures');
    const wrong = yield* verifySignature(builder.verifiers, key, sct.parameters, '', message, sct.signature);
    if (wrong === null) seen.add(match.log);
  }
  if (seen.size >= minimum) return;
  throw new CertificateError(
    fault(
      'ERR_CERT_TRANSPARENCY',
      `it has valid timestamps of ${seen.size} known logs where ${minimum} must be`,
      'RFC 6962 §5.2',
      'Use a certificate that its CA has logged, or give the logs it was shown to.',
    ),
    0,
    leaf,
  );
}

/** All timestamps; a malformed source counts as none. */
function timestampsOf(
  leaf: Certificate,
  stapled: StapledStatus | undefined,
): { bytes: Uint8Array; embedded: boolean }[] {
  const list = attempt(() => parseTimestampList(leaf.timestampList ?? Uint8Array.of(0, 0))) ?? [];
  const response = stapled?.ocspResponse;
  const fromOcsp = response === undefined ? [] : (attempt(() => ocspTimestamps(leaf, response)) ?? []);
  return [
    ...list.map(bytes => ({ bytes, embedded: true })),
    ...[...(stapled?.timestamps ?? []), ...fromOcsp].map(bytes => ({ bytes, embedded: false })),
  ];
}

/** The logs' signatures protect these: that the response itself is good does not matter here. */
function ocspTimestamps(leaf: Certificate, response: Uint8Array): Uint8Array[] {
  const { basic } = parseOcspResponse(response);
  return (basic?.responses ?? []).flatMap(single => {
    const extension = single.extensions.get(OCSP_TIMESTAMPS);
    if (extension === undefined || !equalBytes(single.serialNumber, leaf.serialNumber)) return [];
    return parseTimestampList(new DerReader(extension.value).content(tags.OCTET_STRING));
  });
}

function attempt<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof TlsError) return undefined;
    throw error;
  }
}
