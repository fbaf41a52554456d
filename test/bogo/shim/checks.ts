// What a flag says the shim has to find once the handshake is over. Whatever is not so is a failure of the run.

import { equalVartime } from '../../../src/base/bytes.ts';
import type { Connection } from '../../../src/index.ts';
import { CertificateType } from '../../../src/registry/certificate_types.ts';
import { ProtocolVersion, type ProtocolVersionName } from '../../../src/registry/protocol_versions.ts';
import { SignatureScheme } from '../../../src/registry/signature_schemes.ts';
import { certificatesIn, listOf } from './credentials.ts';
import type { Flags } from './flags.ts';
import { namesIn, protocolsIn, type Seen, sameNames } from './setup.ts';

/** A check of the shim's own: its text may be one the runner expects. */
export class CheckFailed extends Error {}

export function versionOf(tls: Connection): number {
  return ProtocolVersion[tls.info.protocolVersion as ProtocolVersionName];
}

/** @param sessions how many sessions the client was given so far */
export function checkHandshake(flags: Flags, tls: Connection, seen: Seen, resumes: boolean, sessions: number): void {
  checkChoice(flags, tls, resumes);
  checkResumption(flags, tls, seen, resumes, sessions);
  checkPeer(flags, tls, seen);
  checkNames(flags, tls, seen);
}

function checkChoice(flags: Flags, tls: Connection, resumes: boolean): void {
  const { info } = tls;
  same('version', flags['expect-version'] || undefined, versionOf(tls));
  const suite = info.cipherSuite?.id;
  same('cipher', flags['expect-cipher'] || undefined, suite);
  // castls prefers AES wherever it runs.
  same('cipher', flags['expect-cipher-aes'] || undefined, suite);
  checkHandshakeOnly(flags, tls, resumes && info.resumed);
  if (flags['expect-hrr'] && !info.helloRetried) throw new CheckFailed('no HelloRetryRequest');
  if (flags['expect-no-hrr'] && info.helloRetried) throw new CheckFailed('a HelloRetryRequest');
  // What the extension brings is part of TLS 1.3, which does not name it.
  const bound = info.extendedMasterSecret || versionOf(tls) === ProtocolVersion['TLSv1.3'];
  if (flags['expect-extended-master-secret'] && !bound) {
    throw new CheckFailed('no extended master secret');
  }
  // RFC 5746 says nothing of TLS 1.3, which has no renegotiation.
  if (flags['expect-secure-renegotiation'] && versionOf(tls) < ProtocolVersion['TLSv1.3']) {
    throw new CheckFailed('nobody knows of secure renegotiation');
  }
  same('renegotiations', flags['expect-total-renegotiations'], 0);
}

/** castls tells of the handshake that was made: a resumed one has no signature, and in TLS 1.2 no key exchange. */
function checkHandshakeOnly(flags: Flags, { info }: Connection, resumed: boolean): void {
  if (!resumed || info.group !== null) same('group', flags['expect-curve-id'] || undefined, info.group?.id);
  const name = flags.server ? info.clientSignatureScheme : info.signatureScheme;
  const scheme = Object.entries(SignatureScheme).find(([known]) => known === name)?.[1];
  if (!resumed) same('signature scheme', flags['expect-peer-signature-algorithm'] || undefined, scheme);
}

/** What went over the wire, once all is said. */
export function checkMessages(flags: Flags, { trace }: Seen): void {
  if (trace !== null) same('the messages', flags['expect-msg-callback'], trace.text());
}

export function checkEarlyData(flags: Flags, tls: Connection, offersSession: boolean): void {
  const { info } = tls;
  if (flags['expect-accept-early-data'] && info.earlyData !== 'accepted')
    throw new CheckFailed('no early data accepted');
  if (flags['expect-reject-early-data'] && info.earlyData === 'accepted') throw new CheckFailed('early data accepted');
  const reason = flags['expect-early-data-reason'];
  if (reason !== undefined) same('early data', reason, earlyDataReason(flags, tls, offersSession));
}

/** BoringSSL tells why there was no early data where castls, too, has nothing to tell: none was on offer. */
function earlyDataReason(flags: Flags, tls: Connection, offersSession: boolean): string {
  const { info } = tls;
  if (!flags['enable-early-data']) return 'disabled';
  if (versionOf(tls) < ProtocolVersion['TLSv1.3']) return 'protocol_version';
  if (info.earlyData === 'accepted') return 'accept';
  if (info.earlyDataRefusal !== null) return refusals[info.earlyDataRefusal];
  if (info.earlyData === 'none') {
    if (flags.server) return info.resumed ? 'peer_declined' : 'no_session_offered';
    return offersSession ? 'unsupported_for_session' : 'no_session_offered';
  }
  if (info.helloRetried) return 'hello_retry_request';
  return info.resumed ? 'peer_declined' : 'session_not_resumed';
}

const refusals: Readonly<Record<string, string>> = {
  disabled: 'disabled',
  'hello-retry-request': 'hello_retry_request',
  'not-resumed': 'session_not_resumed',
  'unsupported-by-session': 'unsupported_for_session',
  alpn: 'alpn_mismatch',
  'ticket-age': 'ticket_age_skew',
};

function checkResumption(flags: Flags, tls: Connection, seen: Seen, resumes: boolean, sessions: number): void {
  const { info } = tls;
  if (info.resumed !== (resumes && !flags['expect-session-miss'])) {
    throw new CheckFailed(`the session was${info.resumed ? '' : ' not'} resumed`);
  }
  if (!flags.server && versionOf(tls) < ProtocolVersion['TLSv1.3']) {
    const wanted = !flags['expect-no-session'] && (!info.resumed || flags['expect-ticket-renewal'] === true);
    if (wanted !== sessions > 0) throw new CheckFailed(`${sessions} sessions to resume`);
  }
  const skew = info.ticketAgeSkew;
  if (skew !== null) same('the skew of the age', flags['expect-ticket-age-skew'], Math.round(skew / 1000));
  if (resumes) return;
  if (flags['expect-session-id'] && !seen.sessionIdStored) throw new CheckFailed('no session was stored by its ID');
  if (flags['expect-no-session-id'] && seen.sessionIdStored) throw new CheckFailed('a session was stored by its ID');
}

function checkPeer(flags: Flags, { info }: Connection, seen: Seen): void {
  const peerCertificates = info.peerRawPublicKey === null ? info.peerCertificates : [info.peerRawPublicKey];
  const type = info.peerRawPublicKey === null ? 'X509' : 'RawPublicKey';
  same('certificate type', flags['expect-peer-certificate-type'], CertificateType[type]);
  if (flags['expect-no-peer-cert']) {
    if (peerCertificates.length > 0) throw new CheckFailed('a certificate of the peer');
  } else if (info.externalPsk) {
    if (peerCertificates.length > 0) throw new CheckFailed('a certificate beside a PSK');
  } else if ((!flags.server || flags['require-any-client-certificate']) && peerCertificates.length === 0) {
    throw new CheckFailed('no certificate of the peer');
  }
  const file = flags['expect-peer-cert-file'];
  if (file !== undefined && file !== '' && !sameNames(certificatesIn(file), peerCertificates)) {
    throw new CheckFailed('another certificate of the peer');
  }
  const staple = flags['expect-ocsp-response'];
  if (staple !== undefined && (info.peerOcspResponse === null || !equalVartime(staple, info.peerOcspResponse))) {
    throw new CheckFailed('another OCSP response');
  }
  const timestamps = flags['expect-signed-cert-timestamps'];
  const sent = seen.verifier.presented?.signedCertificateTimestamps;
  if (timestamps !== undefined && (sent === undefined || !equalVartime(timestamps, listOf(sent)))) {
    throw new CheckFailed('other certificate timestamps');
  }
  const types = flags['expect-certificate-types'];
  if (types !== undefined) same('the types of certificates', types.join(), seen.certificateTypes?.join());
  const schemes = flags['expect-peer-verify-pref'];
  if (schemes !== undefined) same("the peer's schemes", schemes.join(), seen.peerSchemes?.join());
  const authorities = flags['expect-client-ca-list'];
  if (authorities !== undefined) {
    const wanted = /^<.*>$/.test(authorities) ? [] : namesIn(authorities);
    if (!sameNames(wanted, seen.authorities ?? [])) throw new CheckFailed('other authorities in CertificateRequest');
  }
  const identity = info.externalPskIdentity;
  const psk = identity && seen.psks.find(each => equalVartime(each.psk.identity, identity));
  same('credential', flags['expect-selected-credential'], psk?.number ?? seen.selectedCredential);
}

function checkNames(flags: Flags, { info }: Connection, seen: Seen): void {
  if (flags.server) same('server name', flags['expect-server-name'], info.serverName);
  const wanted = (flags.server ? flags['select-alpn'] : flags['expect-alpn']) || null;
  if (info.alpn !== wanted) throw new CheckFailed(`the protocol ${info.alpn} in the place of ${wanted}`);
  const offered = flags['expect-advertised-alpn'];
  if (offered !== undefined) same('protocols on offer', protocolsIn(offered).join('\0'), seen.peerAlpn?.join('\0'));
}

function same(what: string, wanted: unknown, found: unknown): void {
  if (wanted !== undefined && wanted !== found) throw new CheckFailed(`${what}: ${found} in the place of ${wanted}`);
}
