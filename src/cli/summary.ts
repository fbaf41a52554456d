// What a command tells of a connection: one JSON object, or lines for people.

import { createHash } from 'node:crypto';
import type { TLSSocket } from '../node.ts';
import { type Certificate, generalNameText, readCertificate } from '../x509.ts';

export interface CertificateSummary {
  readonly subject: string;
  readonly issuer: string;
  readonly serialNumber: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly names: readonly string[];
  readonly fingerprint256: string;
}

export interface Summary {
  readonly protocol: string | null;
  readonly cipher: string | null;
  readonly group: string | null;
  readonly signatureAlgorithm: string | null;
  readonly alpn: string | null;
  readonly serverName: string | null;
  readonly resumed: boolean;
  readonly earlyData: boolean;
  readonly helloRetried: boolean;
  readonly authorized: boolean;
  readonly authorizationError: string | null;
  readonly peerCertificates: readonly CertificateSummary[];
  /** "sha256/" and base64: what a peer without a certificate showed (RFC 7250). */
  readonly peerRawPublicKey: string | null;
  readonly delegatedCredential: boolean;
  /** Milliseconds. */
  readonly times: Readonly<Record<string, number>>;
}

export function summaryOf(socket: TLSSocket, times: Readonly<Record<string, number>>): Summary {
  const { info } = socket;
  return {
    protocol: info?.protocolVersion ?? null,
    cipher: info?.cipherSuite?.name ?? null,
    group: info?.group?.name ?? null,
    signatureAlgorithm: info?.signatureScheme ?? null,
    alpn: info?.alpn ?? null,
    serverName: info?.serverName ?? null,
    resumed: info?.resumed ?? false,
    earlyData: socket.earlyData === 'accepted',
    helloRetried: info?.helloRetried ?? false,
    authorized: socket.authorized,
    authorizationError: socket.authorizationError,
    peerCertificates: (info?.peerCertificates ?? []).map(certificateSummary),
    peerRawPublicKey: pinOf(info?.peerRawPublicKey ?? null),
    delegatedCredential: info?.delegatedCredential ?? false,
    times,
  };
}

/** As --pinned-key takes it. */
function pinOf(spki: Uint8Array | null): string | null {
  return spki === null ? null : `sha256/${createHash('sha256').update(spki).digest('base64')}`;
}

/** Of any certificate that a peer sent: what cannot be read is in brackets why. */
function certificateSummary(der: Uint8Array): CertificateSummary {
  const fingerprint256 = createHash('sha256').update(der).digest('hex');
  let certificate: Certificate;
  try {
    certificate = readCertificate(der, 'partial');
  } catch (error) {
    const why = `(unreadable: ${(error as Error).message})`;
    return { subject: why, issuer: why, serialNumber: '', notBefore: '', notAfter: '', names: [], fingerprint256 };
  }
  return {
    subject: attempt(() => certificate.subject.toString()),
    issuer: attempt(() => certificate.issuer.toString()),
    serialNumber: Buffer.from(certificate.serialNumber).toString('hex'),
    notBefore: attempt(() => timeOf(certificate.notBefore)),
    notAfter: attempt(() => timeOf(certificate.notAfter)),
    names: namesOf(certificate),
    fingerprint256,
  };
}

function timeOf(time: number): string {
  return Number.isNaN(time) ? '(unreadable)' : new Date(time).toISOString();
}

function namesOf(certificate: Certificate): readonly string[] {
  try {
    return (certificate.subjectAltName ?? []).map(generalNameText);
  } catch (error) {
    return [`(${(error as Error).message})`];
  }
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch (error) {
    return `(${(error as Error).message})`;
  }
}

/** Lines for people. */
export function summaryText(summary: Summary): string {
  const { peerCertificates, times } = summary;
  const trust = summary.authorized
    ? 'verified'
    : `not verified (${summary.authorizationError ?? 'nothing was asked for'})`;
  const lines = [
    `${summary.protocol}, ${summary.cipher}, ${summary.group ?? 'no key exchange'}, ${summary.signatureAlgorithm ?? 'no signature'}`,
    `resumed: ${summary.resumed ? 'yes' : 'no'}, ALPN: ${summary.alpn ?? 'none'}, peer: ${trust}`,
    summary.peerRawPublicKey === null ? '' : `raw public key: ${summary.peerRawPublicKey}`,
    summary.delegatedCredential ? 'by a delegated credential' : '',
    ...peerCertificates.map((each, i) => `${i}: ${each.subject}; by ${each.issuer}; until ${each.notAfter}`),
    Object.entries(times)
      .map(([name, value]) => `${name} ${value.toFixed(1)} ms`)
      .join(', '),
  ];
  return lines.filter(line => line !== '').join('\n');
}
