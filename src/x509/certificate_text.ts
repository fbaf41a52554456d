// The heart of a certificate as text for people. All of it, extensions included, is in describe.ts, which a page that
// only verifies does not carry.

import { TlsError } from '../base/errors.ts';
import type { PublicKey, SignatureParameters } from '../crypto/signature.ts';
import type { AlgorithmIdentifier } from './algorithm.ts';
import { type GeneralName, generalNameText } from './general_name.ts';
import { hex } from './name.ts';
import { publicKeyText } from './public_key.ts';

/** What of a certificate its text shows. */
export interface CertificateFields {
  readonly version: number;
  readonly subject: { toString(): string };
  readonly issuer: { toString(): string };
  readonly serialNumber: Uint8Array;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly publicKey: PublicKey;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signatureParameters: SignatureParameters | undefined;
  readonly subjectAltName: readonly GeneralName[] | undefined;
}

/** The lines of `Certificate.toString()`. */
export function certificateText(certificate: CertificateFields): string {
  const names = attempt(() => (certificate.subjectAltName ?? []).map(generalNameText).join(', ') || '(none)');
  return [...certificateLines(certificate), `  names: ${names}`].join('\n');
}

/** The fields that every certificate has. */
export function certificateLines(certificate: CertificateFields): string[] {
  return [
    `Certificate (version ${certificate.version})`,
    `  subject: ${attempt(() => certificate.subject.toString() || '(empty)')}`,
    `  issuer: ${attempt(() => certificate.issuer.toString() || '(empty)')}`,
    `  serial number: ${hex(certificate.serialNumber)}`,
    `  valid: ${timeText(certificate.notBefore)} to ${timeText(certificate.notAfter)}`,
    `  public key: ${attempt(() => publicKeyText(certificate.publicKey))}`,
    `  signature: ${attempt(() => signatureText(certificate))}`,
  ];
}

/** The text, or in brackets why there is none. */
export function attempt(text: () => string): string {
  try {
    return text();
  } catch (error) {
    if (error instanceof TlsError) return `(${error.message})`;
    throw error;
  }
}

/** RFC 3339 without fractions; NaN stands for a time that a partial reading could not read. */
export function timeText(time: number): string {
  return Number.isNaN(time) ? '(unreadable)' : new Date(time).toISOString().replace('.000Z', 'Z');
}

function signatureText(certificate: CertificateFields): string {
  const parameters = certificate.signatureParameters;
  if (parameters === undefined) return certificate.signatureAlgorithm.oid;
  if (parameters.type === 'mldsa') return parameters.parameterSet;
  return 'hash' in parameters ? `${parameters.type} with ${parameters.hash}` : parameters.type;
}
