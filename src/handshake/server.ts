// The server's handshake up to the version (RFC 9846 §4.2.1): reads the ClientHello, then the flow of the highest version
// both sides speak.

import { TlsError } from '../base/errors.ts';
import { SignalingCipherSuite } from '../registry/cipher_suites.ts';
import { HandshakeType } from '../registry/handshake_types.ts';
import { ProtocolVersion, versionName } from '../registry/protocol_versions.ts';
import type { Steps } from './flow/flow.ts';
import type { Handshake } from './flow/handshake.ts';
import { olderVersion } from './flow/older_version.ts';
import { type ReceivedHello, readClientHello } from './flow/received_hello.ts';
import type { ServerSettings } from './flow/roles.ts';
import { chooseSettings, helloInfo } from './hello/negotiate.ts';
import { serverHandshake13 } from './tls13/server13.ts';

const TLS13 = ProtocolVersion['TLSv1.3'];

/** The whole handshake of a server. */
export function* serverHandshake(hs: Handshake<ServerSettings>): Steps<void> {
  try {
    const message = yield* hs.read(HandshakeType.client_hello);
    const received = readClientHello(message);
    hs.clientRandom = received.hello.random.slice();
    hs.negotiated.serverName = received.serverName;
    if (hs.settings.forClient) yield* chooseSettings(hs, helloInfo(received, chooseVersion(hs.settings, received)));
    const version = chooseVersion(hs.settings, received);
    hs.negotiated.version = version;
    hs.carrier.records?.useVersion(version);
    if (version === TLS13) yield* serverHandshake13(hs, received, message);
    else yield* olderVersion(hs.settings.older, version).handshake(hs, received, message);
    const { afterHandshake, keyLog } = hs.settings;
    if (afterHandshake !== undefined && afterHandshake.keyLog === keyLog) hs.events.onSettings(afterHandshake);
  } finally {
    hs.dispose();
  }
}

/** @throws ERR_NO_SHARED_VERSION, ERR_INAPPROPRIATE_FALLBACK */
function chooseVersion(settings: ServerSettings, { hello, supportedVersions }: ReceivedHello): number {
  const { versions } = settings;
  // RFC 9846 §D.5: a ClientHello that says SSL 3.0 or less MUST NOT get TLS, whatever supported_versions says.
  if (hello.legacyVersion <= ProtocolVersion.SSLv3 && !versions.includes(ProtocolVersion.SSLv3)) {
    throw new TlsError('ERR_NO_SHARED_VERSION', `a ClientHello of ${versionName(hello.legacyVersion)}`);
  }
  // RFC 9846 §4.2.1: with supported_versions legacy_version says nothing; without, TLS 1.2 is the most it can say.
  const version =
    supportedVersions === null
      ? versions.find(candidate => candidate < TLS13 && candidate <= hello.legacyVersion)
      : versions.find(candidate => supportedVersions.includes(candidate));
  if (version === undefined) throw new TlsError('ERR_NO_SHARED_VERSION', 'the client speaks no version of ours');
  // RFC 7507 §3: a client that fell back, though both could do better.
  if (version < versions[0] && hello.cipherSuites.includes(SignalingCipherSuite.TLS_FALLBACK_SCSV)) {
    throw new TlsError('ERR_INAPPROPRIATE_FALLBACK', `the client fell back to ${versionName(version)}`);
  }
  return version;
}
