// The server's choices that both versions make alike: protocol, certificate, and what hooks learn of the client.

import { TlsError } from '../../base/errors.ts';
import { credentialFingerprint } from '../authentication/fingerprints.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { ReceivedHello } from '../flow/received_hello.ts';
import { type ServerSettings, sessionTime } from '../flow/roles.ts';
import type { ClientHelloInfo, Credential } from '../flow/settings.ts';
import { authenticated } from '../sessions/authentication.ts';
import { typesOf } from './certificate_types.ts';

/** What hooks learn of the client. */
export function helloInfo(received: ReceivedHello, version: number): ClientHelloInfo {
  const signatureSchemes = received.signatureSchemes ?? [];
  return {
    version,
    serverName: received.serverName,
    alpn: received.alpn ?? [],
    signatureSchemes,
    certificateSchemes: received.certificateSchemes ?? signatureSchemes,
    certificateAuthorities: received.certificateAuthorities.map(name => name.slice()),
    cipherSuites: received.hello.cipherSuites,
    groups: received.groups ?? [],
    certificateTypes: typesOf(received.serverCertificateTypes),
    ...(received.delegatedSchemes !== null && { delegatedSchemes: received.delegatedSchemes }),
  };
}

/** Before anything else is chosen: whom this client is for decides by which trust it is judged, and by which sessions. */
export function* chooseSettings(hs: Handshake<ServerSettings>, info: ClientHelloInfo): Steps<void> {
  const { forClient } = hs.settings;
  if (!forClient) return;
  const chosen = yield* hs.ask('settings', signal => forClient(info, signal));
  if (chosen === null || chosen === hs.settings) return;
  // What bounds the connection, and who listens to its secrets, was settled when it began.
  const { limits, keyLog } = hs.settings;
  hs.settings = { ...chosen, limits, keyLog: keyLog ?? chosen.keyLog };
  hs.events.onSettings(hs.settings);
}

/** The protocol to speak (RFC 7301 §3.2); null without ALPN. @throws ERR_NO_APPLICATION_PROTOCOL */
export function* chooseAlpn(hs: Handshake<ServerSettings>, info: ClientHelloInfo): Steps<string | null> {
  const { alpn, selectAlpn, requireAlpnMatch } = hs.settings;
  if (info.alpn.length === 0 || (alpn.length === 0 && selectAlpn === null)) return null;
  const chosen =
    selectAlpn === null
      ? alpn.find(protocol => info.alpn.includes(protocol))
      : yield* hs.ask('ALPN', signal => selectAlpn(info, signal));
  if (chosen != null) {
    if (info.alpn.includes(chosen)) return chosen;
    throw new TlsError('ERR_HOOK_FAILED', 'the ALPN hook chose a protocol the client does not offer');
  }
  if (requireAlpnMatch) throw new TlsError('ERR_NO_APPLICATION_PROTOCOL', 'no protocol in common');
  return null;
}

/**
 * The certificate for this client.
 * @param offeredPsk the client offered PSKs, of which none was taken
 * @throws ERR_UNSUPPORTED_CERTIFICATE, ERR_UNKNOWN_PSK_IDENTITY, ERR_UNRECOGNIZED_NAME, ERR_NO_SHARED_SIGNATURE_SCHEME if there is none
 */
export function* chooseCredential(
  hs: Handshake<ServerSettings>,
  info: ClientHelloInfo,
  offeredPsk = false,
): Steps<Credential> {
  const credential = yield* findCredential(hs, info);
  if (credential !== null) return credential;
  // RFC 9846 §6.2: a PSK is wanted here, and none that was offered will do.
  if (offeredPsk && hs.settings.findExternalPsk !== null) {
    throw new TlsError('ERR_UNKNOWN_PSK_IDENTITY', 'no PSK of the client is known, and there is no certificate');
  }
  // RFC 6066 §3: unrecognized_name is about a name that was sent, and that another would have done instead of.
  if (hs.settings.ownFingerprints?.size === 0) {
    throw new TlsError('ERR_NO_SHARED_SIGNATURE_SCHEME', 'there is no certificate for any client');
  }
  if (info.serverName === null) {
    throw new TlsError('ERR_NO_SHARED_SIGNATURE_SCHEME', 'there is no certificate for a client that names no server');
  }
  throw new TlsError('ERR_UNRECOGNIZED_NAME', 'there is no certificate for this name');
}

/** The same; null if there is none. @throws ERR_UNSUPPORTED_CERTIFICATE */
export function* findCredential(hs: Handshake<ServerSettings>, info: ClientHelloInfo): Steps<Credential | null> {
  const credential = yield* hs.ask('certificate', signal => hs.settings.selectCredential(info, signal));
  if (credential === null) return null;
  const { certificateType = 'X509' } = credential;
  // RFC 7250 §4.2: no type in common ends the handshake with unsupported_certificate.
  if (!info.certificateTypes.includes(certificateType)) {
    throw new TlsError('ERR_UNSUPPORTED_CERTIFICATE', `the client does not take ${certificateType}`);
  }
  hs.negotiated.localCertificateType = certificateType;
  return credential;
}

/** A full handshake with certificates is over: who the client is, and what of ours it saw. */
export function noteClient({ negotiated, settings }: Handshake<ServerSettings>, credential: Credential): void {
  const { peer, delegatedUntil } = negotiated;
  negotiated.authentication = authenticated(sessionTime(settings), {
    proof: peer === null ? 'nobody' : 'certificate',
    until: Math.min(peer?.validUntil ?? Number.POSITIVE_INFINITY, delegatedUntil ?? Number.POSITIVE_INFINITY),
    own: credentialFingerprint(settings.provider, credential),
    request: settings.clientAuth === 'none' ? undefined : settings.requestFingerprint,
  });
}
