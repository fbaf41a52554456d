// The server of SSL 3.0, TLS 1.0 and TLS 1.1 (RFC 6101 §5.5, RFC 2246 §7.3, RFC 4346 §7.3): from the ClientHello to the last
// Finished. Reads as the message flow does: full handshake or resumption. Nothing newer is spoken beside them.

import { concat } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import type { CipherSuite12 } from '../../crypto/record_protection.ts';
import type { Secret } from '../../crypto/secret.ts';
import { ClientCertificateType } from '../../registry/certificate_types.ts';
import { SignalingCipherSuite } from '../../registry/cipher_suites.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import { HandshakeType } from '../../registry/handshake_types.ts';
import { ProtocolVersion } from '../../registry/protocol_versions.ts';
import { encodeCertificateStatus } from '../../wire/certificate.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import {
  encodeCertificateRequest10,
  encodeServerKeyExchange10,
  parseCertificateVerify10,
} from '../../wire/older_messages.ts';
import { encodeServerHelloDone } from '../../wire/session_messages.ts';
import { verifyPeer } from '../authentication/peer.ts';
import { changeCipherSpecMessage } from '../flow/carrier.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import { type ReceivedHello, readClientHello } from '../flow/received_hello.ts';
import type { ServerSettings } from '../flow/roles.ts';
import type { ClientHelloInfo, Credential } from '../flow/settings.ts';
import { chooseClientCertificateType, chosenCertificateTypes } from '../hello/certificate_types.ts';
import { markedRandom } from '../hello/downgrade.ts';
import { chooseAlpn, chooseCredential, chooseSettings, helloInfo, noteClient } from '../hello/negotiate.ts';
import { copyMaster, masterSecret, type Randoms } from '../key_schedule/key_schedule12.ts';
import { certificateMessage12, readCertificate12 } from '../tls12/authentication12.ts';
import { changeReadKeys12, type Keys12, makeKeys12 } from '../tls12/finished12.ts';
import { finishKeyExchange, type ServerExchange, startKeyExchange } from '../tls12/key_exchange12.ts';
import { chooseKeeping, findSession12, type Keeping, keepSession12, type Resumed12 } from '../tls12/resumption12.ts';
import {
  checkPointFormats,
  checkRenegotiationInfo,
  isPresent,
  serverHelloMessage12,
  timestampsFor,
} from '../tls12/server_hello12.ts';
import { checkSignature10, schemesOfKinds, sign10 } from './authentication10.ts';
import { type Choice10, chooseSuite10, chooseVersion10 } from './negotiation10.ts';
import type { OlderProtocol } from './protocol.ts';

type Hs = Handshake<ServerSettings>;

/** What the extensions of the ClientHello come to, whatever suite is chosen. */
interface Basics {
  readonly secureRenegotiation: boolean;
  readonly pointFormats: boolean;
  readonly extendedMasterSecret: boolean;
  readonly serverName: boolean;
  readonly alpn: string | null;
}

/** @param protocols what is spoken, the highest first */
export function* olderServerHandshake(hs: Hs, protocols: readonly OlderProtocol[]): Steps<void> {
  try {
    const message = yield* hs.read(HandshakeType.client_hello);
    const received = readClientHello(message);
    hs.clientRandom = received.hello.random.slice();
    hs.negotiated.serverName = received.serverName;
    const protocol = chooseVersion10(protocols, received);
    hs.negotiated.version = protocol.version;
    hs.records.useVersion(protocol.version);
    yield* chooseSettings(hs, infoOf(protocol, received));
    yield* serverHandshake10(hs, protocol, received, message);
  } finally {
    hs.dispose();
  }
}

/** From the ClientHello, which is not in the transcript yet, to the last Finished, in the version that was chosen. */
export function* serverHandshake10(
  hs: Hs,
  protocol: OlderProtocol,
  received: ReceivedHello,
  message: HandshakeMessage,
): Steps<void> {
  const info = infoOf(protocol, received);
  // From here on there are the suites of this version and no others.
  hs.settings = { ...hs.settings, cipherSuites12: protocol.suites };
  const basics = yield* readBasics(hs, protocol, received, info);
  hs.accept(message);
  const resumed = yield* findSession12(hs, received);
  if (resumed !== null) yield* resume(hs, protocol, received, basics, resumed);
  else yield* fullHandshake(hs, protocol, received, basics, info);
}

/** What hooks learn of the client: nobody names signature schemes before TLS 1.2. */
function infoOf({ version, extensions }: OlderProtocol, received: ReceivedHello): ClientHelloInfo {
  return {
    ...helloInfo(received, version),
    signatureSchemes: schemesOfKinds(extensions ? ['rsa', 'ecdsa'] : ['rsa']),
    ...(!extensions && { certificateTypes: ['X509'] }),
  };
}

function* readBasics(
  hs: Hs,
  { extensions: allowed }: OlderProtocol,
  received: ReceivedHello,
  info: ClientHelloInfo,
): Steps<Basics> {
  const { cipherSuites } = received.hello;
  const signaled = cipherSuites.includes(SignalingCipherSuite.TLS_EMPTY_RENEGOTIATION_INFO_SCSV);
  // RFC 5746 §3.6: the one extension that SSL 3.0 servers answer with, too.
  const secureRenegotiation = checkRenegotiationInfo(received.hello.extensions) || signaled;
  // What a client says that would rather speak TLS is passed over in SSL 3.0.
  const extensions = allowed ? received.hello.extensions : [];
  const basics = {
    secureRenegotiation,
    pointFormats: checkPointFormats(extensions),
    extendedMasterSecret: isPresent(extensions, ExtensionType.extended_master_secret),
    serverName: allowed && received.serverName !== null,
    alpn: allowed ? yield* chooseAlpn(hs, info) : null,
  };
  hs.negotiated.alpn = basics.alpn;
  hs.negotiated.extendedMasterSecret = basics.extendedMasterSecret;
  return basics;
}

function* fullHandshake(
  hs: Hs,
  protocol: OlderProtocol,
  received: ReceivedHello,
  basics: Basics,
  info: ClientHelloInfo,
): Steps<void> {
  const { settings, transcript, owned } = hs;
  if (protocol.extensions) chooseClientCertificateType(hs, received);
  const credential = yield* chooseCredential(hs, info);
  const choice = chooseSuite10(settings, protocol, received, credential);
  const { suite } = choice;
  const asksClient = settings.clientAuth !== 'none';
  transcript.choose(protocol.cryptography.hash, asksClient || protocol.keepsMessages);
  const keeping = keepingOf(hs, protocol, received);
  const randoms: Randoms = { client: hs.clientRandom, server: markedRandom(hs) };
  const stapled = protocol.extensions && received.wantsOcspStaple ? (credential.ocspResponse ?? null) : null;
  const timestamps = protocol.extensions ? timestampsFor(received, credential) : null;
  sendServerHello(hs, received, { ...basics, staple: stapled !== null, timestamps }, suite, randoms, keeping);
  hs.send(certificateMessage12(credential));
  if (stapled !== null) hs.send(encodeCertificateStatus({ ocspResponse: stapled }));
  hs.negotiated.localCertificate = credential.certificateChain[0] ?? null;
  const exchange = yield* sendKeyExchange(hs, protocol, choice, credential, randoms);
  if (asksClient) sendCertificateRequest(hs, protocol);
  hs.send(encodeServerHelloDone());

  const { certificates, message } = yield* readClientCertificate(hs, protocol, asksClient);
  hs.accept(message);
  const clientVersion = received.hello.legacyVersion;
  const readable = exchange === null ? protocol.fromRsaExchange(message) : message;
  const premaster = yield* finishKeyExchange(hs, exchange, credential, readable, clientVersion);
  const sessionHash = basics.extendedMasterSecret ? transcript.digest() : null;
  const master = owned.add(masterSecret(suite, premaster, randoms, sessionHash));
  owned.drop(premaster);
  if (certificates.length > 0) yield* readCertificateVerify(hs, protocol, certificates, master);
  if (!protocol.keepsMessages) transcript.dropMessages();
  const keys = makeKeys12(hs, suite, master, randoms, false);
  yield* readClientFinished(hs, protocol, keys);
  noteClient(hs, credential);
  yield* keepSession12(hs, suite, master, keeping, null);
  protocol.sendFinished(hs, keys);
  protocol.establish(hs, keys);
}

/** The abbreviated handshake: this side's Finished goes first. */
function* resume(
  hs: Hs,
  protocol: OlderProtocol,
  received: ReceivedHello,
  basics: Basics,
  { session, suite, peer }: Resumed12,
): Steps<void> {
  const { negotiated, settings, owned } = hs;
  hs.transcript.choose(protocol.cryptography.hash, protocol.keepsMessages);
  negotiated.resume(session, peer);
  const randoms: Randoms = { client: hs.clientRandom, server: markedRandom(hs) };
  // RFC 5077 §3.3: one ticket for the one that was used up; a session ID stays as it is.
  const chosen = keepingOf(hs, protocol, received);
  const keeping = chosen?.kind === 'ticket' ? chosen : null;
  sendServerHello(hs, received, { ...basics, staple: false, timestamps: null }, suite, randoms, keeping);
  const master = owned.add(copyMaster(settings.provider, session.secret));
  owned.drop(session.secret);
  const keys = makeKeys12(hs, suite, master, randoms, false);
  yield* keepSession12(hs, suite, master, keeping, session);
  protocol.sendFinished(hs, keys);
  yield* readClientFinished(hs, protocol, keys);
  protocol.establish(hs, keys);
}

/** Where there are no extensions there are no tickets. */
function keepingOf(hs: Hs, { extensions }: OlderProtocol, received: ReceivedHello): Keeping {
  if (extensions) return chooseKeeping(hs, received);
  return hs.settings.sessionIds ? { kind: 'id', id: hs.random(32) } : null;
}

function* readClientFinished(hs: Hs, protocol: OlderProtocol, keys: Keys12): Steps<void> {
  yield* hs.read(changeCipherSpecMessage);
  changeReadKeys12(hs, keys);
  yield* protocol.readFinished(hs, keys);
}

/** What the ServerHello says of the certificate; nothing in a resumption. */
interface AboutCertificate {
  /** A CertificateStatus follows. */
  readonly staple: boolean;
  readonly timestamps: readonly Uint8Array[] | null;
}

function sendServerHello(
  hs: Hs,
  received: ReceivedHello,
  { staple, timestamps, ...basics }: Basics & AboutCertificate,
  suite: CipherSuite12,
  randoms: Randoms,
  keeping: Keeping,
): void {
  const { negotiated } = hs;
  negotiated.cipherSuite = { id: suite.id, name: suite.name, keyLength: suite.keyLength };
  const own = keeping?.kind === 'id' ? keeping.id : new Uint8Array(0);
  hs.send(
    serverHelloMessage12({
      ...basics,
      version: negotiated.version ?? 0,
      random: randoms.server,
      // RFC 5077 §3.4: the ID of a resumed session is echoed; a ticket needs none.
      sessionId: negotiated.resumed ? received.hello.legacySessionId : own,
      suite,
      encryptThenMac: false,
      pointFormats: basics.pointFormats && suite.keyExchange === 'ecdhe',
      // RFC 6066 §3: not in a resumption.
      serverName: basics.serverName && !negotiated.resumed,
      ticket: keeping?.kind === 'ticket',
      staple,
      certificateTimestamps: timestamps,
      recordSizeLimit: null,
      certificateTypes: negotiated.version === ProtocolVersion.SSLv3 ? [] : chosenCertificateTypes(hs, received),
    }),
  );
}

/** ServerKeyExchange, whose signature covers both randoms and the params; null with RSA key exchange. */
function* sendKeyExchange(
  hs: Hs,
  { cryptography }: OlderProtocol,
  { suite, ephemeral }: Choice10,
  credential: Credential,
  randoms: Randoms,
): Steps<ServerExchange | null> {
  if (ephemeral === null) return null;
  const exchange = yield* startKeyExchange(hs, suite, ephemeral.group);
  const content = concat([randoms.client, randoms.server, exchange.encodedParams]);
  const signature = yield* sign10(hs, credential, ephemeral.kind, {
    digests: () => cryptography.hash.digest(content),
    message: () => content,
  });
  hs.send(encodeServerKeyExchange10({ encodedParams: exchange.encodedParams, signature }));
  return exchange;
}

function sendCertificateRequest(hs: Hs, { extensions }: OlderProtocol): void {
  const { rsa_sign, ecdsa_sign } = ClientCertificateType;
  const certificateTypes = extensions ? [rsa_sign, ecdsa_sign] : [rsa_sign];
  hs.send(encodeCertificateRequest10({ certificateTypes, certificateAuthorities: hs.settings.certificateAuthorities }));
}

interface ClientFlight {
  /** Empty if the client has none. */
  readonly certificates: readonly Uint8Array[];
  /** ClientKeyExchange, not in the transcript yet. */
  readonly message: HandshakeMessage;
}

/** The client's chain, if it was asked for, and its ClientKeyExchange. @throws ERR_CERTIFICATE_REQUIRED */
function* readClientCertificate(hs: Hs, { omitsCertificate }: OlderProtocol, asked: boolean): Steps<ClientFlight> {
  const { certificate, client_key_exchange } = HandshakeType;
  let certificates: Uint8Array[] = [];
  // RFC 6101 §5.6.6: a client of SSL 3.0 without a certificate leaves the message out, and sends a warning instead.
  const expected = [...(asked ? [certificate] : []), ...(asked && !omitsCertificate ? [] : [client_key_exchange])];
  let message = yield* hs.read(...expected);
  if (message.type === certificate) {
    certificates = readCertificate12(message.body, hs.negotiated.peerCertificateType);
    hs.accept(message);
  }
  if (asked && certificates.length === 0 && hs.settings.clientAuth === 'require') {
    throw new TlsError('ERR_CERTIFICATE_REQUIRED', 'the client has no certificate');
  }
  if (message.type === certificate) message = yield* hs.read(client_key_exchange);
  return { certificates, message };
}

/** The signature covers all messages before it; in SSL 3.0 the master secret as well. */
function* readCertificateVerify(
  hs: Hs,
  protocol: OlderProtocol,
  certificates: readonly Uint8Array[],
  master: Secret,
): Steps<void> {
  const { negotiated, transcript } = hs;
  const identity = yield* verifyPeer(hs, {
    role: 'client',
    certificateType: negotiated.peerCertificateType,
    certificates,
    keyUse: 'signature',
  });
  const message = yield* hs.read(HandshakeType.certificate_verify);
  const signature = parseCertificateVerify10(message.body);
  yield* checkSignature10(hs, identity, signature, {
    digests: () => protocol.verifyDigests(hs, master),
    message: () => transcript.messages(),
  });
  hs.accept(message);
  negotiated.peerCertificates = certificates;
  negotiated.peer = identity;
}
