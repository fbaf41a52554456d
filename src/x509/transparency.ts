// Certificate transparency (RFC 6962): was the leaf shown to enough of the logs that the caller knows? Timestamps may
// stand in the certificate, in the TLS extension, and in a stapled OCSP response.

import { DerReader, tags } from '../asn1/der.ts';
import { TlsError } from '../base/errors.ts';
import { bytes, integer, listOf, readOptions, required, rule, withDefault } from '../base/options.ts';
import type { Certificate } from './certificate.ts';
import { CertificateError, fault } from './certificate_error.ts';
import { equalBytes } from './name.ts';
import { parseOcspResponse } from './ocsp.ts';
import type { BuiltPath, CheckContext, PathCheck, StapledStatus } from './path_builder.ts';
import { parsePublicKey } from './public_key.ts';
import type { Waiting } from './settle.ts';
import { usableKey, verifySignature } from './signature_check.ts';
import {
  parseTimestamp,
  parseTimestampList,
  precertificateTbs,
  signedCertificateEntry,
  signedPrecertificateEntry,
} from './timestamps.ts';

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
  const checked = readOptions('transparency', transparencyTable, options);
  return { check: (found, context) => checkTransparency(found, checked, context) };
}

const logRule = rule<TransparencyLog>('a log: { name, key }', value => {
  const log = value as Partial<TransparencyLog> | null;
  return typeof log === 'object' && typeof log?.name === 'string' && bytes.accepts(log.key);
});

const transparencyTable = {
  logs: required(listOf(logRule)),
  minimum: withDefault(integer(1, 1000), 1),
};

function* checkTransparency(
  { path, anchor }: BuiltPath,
  { logs, minimum }: Required<TransparencyOptions>,
  { builder, rules, hashes, stapled }: CheckContext,
): Waiting<void> {
  const sha256 = hashes.find(hash => hash.name === 'sha256');
  if (sha256 === undefined)
    throw new TlsError('ERR_INVALID_ARGUMENT', 'certificate transparency needs SHA-256 in `hashes`');
  const leaf = path[0];
  const issuer = path[1] ?? anchor;
  builder.budget.takeItems(logs.length);
  const issuerKeyHash = sha256.digest(issuer.spki);
  const known = logs.map(log => ({ log, id: sha256.digest(log.key) }));
  const seen = new Set<TransparencyLog>();
  builder.budget.takeReading((leaf.timestampList?.length ?? 0) + (stapled?.ocspResponse?.length ?? 0));
  let precertificate: Uint8Array | undefined;
  for (const { sctBytes, embedded } of timestampsOf(leaf, stapled)) {
    if (seen.size >= minimum) break;
    builder.budget.takeItems(1 + (logs.length >> 2));
    const sct = attempt(() => parseTimestamp(sctBytes));
    const match = sct && known.find(({ id }) => equalBytes(id, sct.logId));
    // §5.2: a timestamp from the future does not count.
    if (!sct || !match || seen.has(match.log) || sct.parameters === undefined || sct.timestamp > rules.time) continue;
    const key = usableKey(() => parsePublicKey(match.log.key));
    if ('code' in key) continue;
    if (embedded) precertificate ??= precertificateTbs(leaf.tbs);
    builder.budget.takeSignature(key, sct.parameters, 2 * leaf.der.length);
    const message = embedded
      ? signedPrecertificateEntry(sct, precertificate!, issuerKeyHash)
      : signedCertificateEntry(sct, leaf.der);
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
): { sctBytes: Uint8Array; embedded: boolean }[] {
  const list = attempt(() => parseTimestampList(leaf.timestampList ?? Uint8Array.of(0, 0))) ?? [];
  const response = stapled?.ocspResponse;
  const fromOcsp = response === undefined ? [] : (attempt(() => ocspTimestamps(leaf, response)) ?? []);
  return [
    ...list.map(sctBytes => ({ sctBytes, embedded: true })),
    ...[...(stapled?.timestamps ?? []), ...fromOcsp].map(sctBytes => ({ sctBytes, embedded: false })),
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
