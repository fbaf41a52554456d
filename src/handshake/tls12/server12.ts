// The TLS 1.2 server behind the ClientHello (RFC 5246 §7.3; RFC 5077, 5746, 6066, 7366, 7627, 8422). Reads as the message
// flow does: full handshake or resumption.

import { concat } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import type { CipherSuite12 } from '../../crypto/record_protection.ts';
import type { Secret } from '../../crypto/secret.ts';
import { ClientCertificateType } from '../../registry/certificate_types.ts';
import { SignalingCipherSuite } from '../../registry/cipher_suites.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import { HandshakeType } from '../../registry/handshake_types.ts';
import { ProtocolVersion } from '../../registry/protocol_versions.ts';
import { encodeCertificateRequest12, encodeCertificateStatus, parseCertificateVerify } from '../../wire/certificate.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import { encodeServerKeyExchange } from '../../wire/key_exchange12.ts';
import { encodeServerHelloDone } from '../../wire/session_messages.ts';
import { verifyPeer } from '../authentication/peer.ts';
import { schemeMeaning } from '../authentication/signature_schemes.ts';
import { changeCipherSpecMessage } from '../flow/carrier.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { ReceivedHello } from '../flow/received_hello.ts';
import type { OlderServer, ServerSettings } from '../flow/roles.ts';
import type { ClientHelloInfo, Credential } from '../flow/settings.ts';
import { chooseClientCertificateType, chosenCertificateTypes } from '../hello/certificate_types.ts';
import { markedRandom } from '../hello/downgrade.ts';
import { chooseAlpn, chooseCredential, findCredential, helloInfo, noteClient } from '../hello/negotiate.ts';
import { copyMaster, masterSecret, type Randoms } from '../key_schedule/key_schedule12.ts';
import type { Authentication } from '../sessions/authentication.ts';
import { certificateMessage12, checkSignature12, readCertificate12, sign12 } from './authentication12.ts';
import {
  changeReadKeys12,
  establish12,
  type Keys12,
  makeKeys12,
  readFinished12,
  sendFinished12,
} from './finished12.ts';
import { finishKeyExchange, type ServerExchange, startKeyExchange } from './key_exchange12.ts';
import { type Choice12, chooseSuite12 } from './negotiation12.ts';
import { chooseKeeping, findSession12, type Keeping, keepSession12, type Resumed12 } from './resumption12.ts';
import {
  checkPointFormats,
  checkRenegotiationInfo,
  isPresent,
  limitRecords12,
  ownRecordLimit12,
  type ServerAnswer,
  serverHelloMessage12,
  timestampsFor,
} from './server_hello12.ts';

type Hs = Handshake<ServerSettings>;

/** What the extensions of the ClientHello come to, whatever suite is chosen. */
type Basics = Pick<
  ServerAnswer,
  'secureRenegotiation' | 'extendedMasterSecret' | 'serverName' | 'alpn' | 'recordSizeLimit'
> & { readonly pointFormats: boolean; readonly encryptThenMac: boolean };

/** TLS 1.2 at a server. */
// The version as a number, because bundlers keep a constant that reads a property, and with it this whole flow.
export const tls12Server: OlderServer = { version: 0x0303, handshake: serverHandshake12 };

/** From the ClientHello to the last Finished. @param message the ClientHello, not in the transcript yet */
function* serverHandshake12(hs: Hs, received: ReceivedHello, message: HandshakeMessage): Steps<void> {
  const info = helloInfo(received, ProtocolVersion['TLSv1.2']);
  const basics = yield* readHello12(hs, received, info);
  hs.accept(message);
  const resumed = yield* findSession12(hs, received);
  if (resumed !== null) yield* resume(hs, received, basics, resumed);
  else yield* fullHandshake(hs, received, basics, info);
}

function* readHello12(hs: Hs, received: ReceivedHello, info: ClientHelloInfo): Steps<Basics> {
  const { extensions, cipherSuites } = received.hello;
  const signaled = cipherSuites.includes(SignalingCipherSuite.TLS_EMPTY_RENEGOTIATION_INFO_SCSV);
  const basics = {
    secureRenegotiation: checkRenegotiationInfo(extensions) || signaled,
    pointFormats: checkPointFormats(extensions),
    extendedMasterSecret: isPresent(extensions, ExtensionType.extended_master_secret),
    encryptThenMac: isPresent(extensions, ExtensionType.encrypt_then_mac),
    serverName: received.serverName !== null,
    recordSizeLimit: received.recordSizeLimit === null ? null : ownRecordLimit12(hs.settings),
  };
  const alpn = yield* chooseAlpn(hs, info);
  hs.negotiated.alpn = alpn;
  hs.negotiated.extendedMasterSecret = basics.extendedMasterSecret;
  return { ...basics, alpn };
}

function* fullHandshake(hs: Hs, received: ReceivedHello, basics: Basics, info: ClientHelloInfo): Steps<void> {
  const { settings, transcript, owned } = hs;
  const { choice, credential } = yield* choose(hs, received, info);
  const { suite } = choice;
  const asksClient = credential !== null && settings.clientAuth !== 'none';
  // TLS 1.2 signs the messages themselves: they are kept until the client's CertificateVerify.
  transcript.choose(suite.keyDerivation.hash, asksClient);
  const keeping = chooseKeeping(hs, received);
  const randoms: Randoms = { client: hs.clientRandom, server: markedRandom(hs) };
  const encryptThenMac = basics.encryptThenMac && suite.mode === 'cbc';
  sendServerHello(hs, received, { ...basics, encryptThenMac }, suite, randoms, credential, keeping);
  const { premaster, clientCertificates, authentication } =
    credential === null
      ? yield* exchangeByPsk(hs, choice)
      : yield* exchangeByCertificate(hs, received, choice, credential, randoms);
  const sessionHash = basics.extendedMasterSecret ? transcript.digest() : null;
  const master = owned.add(masterSecret(suite, premaster, randoms, sessionHash));
  owned.drop(premaster);
  if (clientCertificates.length > 0) yield* readCertificateVerify(hs, clientCertificates);
  transcript.dropMessages();
  const keys = makeKeys12(hs, suite, master, randoms, encryptThenMac);
  yield* readClientFinished(hs, keys);
  if (credential !== null) noteClient(hs, credential);
  else hs.negotiated.authentication = authentication;
  yield* keepSession12(hs, suite, master, keeping, null);
  sendFinished12(hs, keys);
  establish12(hs, keys);
}

/** Suite and certificate; no certificate where a PSK stands for it. @throws what `chooseCredential` and `chooseSuite12` do */
function* choose(
  hs: Hs,
  received: ReceivedHello,
  info: ClientHelloInfo,
): Steps<{ readonly choice: Choice12; readonly credential: Credential | null }> {
  const { settings } = hs;
  if (!settings.psk12) {
    chooseClientCertificateType(hs, received);
    const credential = yield* chooseCredential(hs, info);
    return { choice: chooseSuite12(settings, received, credential), credential };
  }
  const credential = yield* findCredential(hs, info);
  const choice = chooseSuite12(settings, received, credential);
  if (choice.suite.authentication === 'psk') return { choice, credential: null };
  chooseClientCertificateType(hs, received);
  return { choice, credential };
}

/** What the messages up to ClientKeyExchange come to. */
interface Exchanged {
  readonly premaster: Secret;
  /** Whose key a CertificateVerify will show. */
  readonly clientCertificates: readonly Uint8Array[];
  /** Null where it follows from certificates. */
  readonly authentication: Authentication | null;
}

function* exchangeByCertificate(
  hs: Hs,
  received: ReceivedHello,
  choice: Choice12,
  credential: Credential,
  randoms: Randoms,
): Steps<Exchanged> {
  const asksClient = hs.settings.clientAuth !== 'none';
  sendCertificate(hs, received, credential);
  const exchange = yield* sendKeyExchange(hs, choice, credential, randoms);
  if (asksClient) sendCertificateRequest(hs);
  hs.send(encodeServerHelloDone());

  const clientCertificates = asksClient ? yield* readClientCertificate(hs) : [];
  const message = yield* hs.read(HandshakeType.client_key_exchange);
  hs.accept(message);
  const clientVersion = received.hello.legacyVersion;
  const premaster = yield* finishKeyExchange(hs, exchange, credential, message, clientVersion);
  return { premaster, clientCertificates, authentication: null };
}

/** A key of both sides stands for the certificates. */
function* exchangeByPsk(hs: Hs, { suite, group }: Choice12): Steps<Exchanged> {
  const { psk12 } = hs.settings;
  if (!psk12) throw new TlsError('ERR_INVALID_STATE', `${suite.name} without a PSK`);
  const exchanged = yield* psk12.exchange(hs, suite, group);
  hs.negotiated.externalPsk = true;
  return { ...exchanged, clientCertificates: [] };
}

/** The abbreviated handshake (RFC 5246 §7.3): this side's Finished goes first. */
function* resume(hs: Hs, received: ReceivedHello, basics: Basics, { session, suite, peer }: Resumed12): Steps<void> {
  const { negotiated, settings, owned } = hs;
  hs.transcript.choose(suite.keyDerivation.hash);
  negotiated.resume(session, peer);
  const randoms: Randoms = { client: hs.clientRandom, server: markedRandom(hs) };
  const encryptThenMac = basics.encryptThenMac && suite.mode === 'cbc';
  // RFC 5077 §3.3: one ticket for the one that was used up; a session ID stays as it is.
  const chosen = chooseKeeping(hs, received);
  const keeping = chosen?.kind === 'ticket' ? chosen : null;
  sendServerHello(hs, received, { ...basics, encryptThenMac }, suite, randoms, null, keeping);
  const master = owned.add(copyMaster(settings.provider, session.secret));
  owned.drop(session.secret);
  const keys = makeKeys12(hs, suite, master, randoms, encryptThenMac);
  yield* keepSession12(hs, suite, master, keeping, session);
  sendFinished12(hs, keys);
  yield* readClientFinished(hs, keys);
  establish12(hs, keys);
}

function* readClientFinished(hs: Hs, keys: Keys12): Steps<void> {
  yield* hs.read(changeCipherSpecMessage);
  changeReadKeys12(hs, keys);
  yield* readFinished12(hs, keys);
}

/** @param credential null in a resumption and with a PSK, where nothing about certificates is said */
function sendServerHello(
  hs: Hs,
  received: ReceivedHello,
  basics: Basics,
  suite: CipherSuite12,
  randoms: Randoms,
  credential: Credential | null,
  keeping: Keeping,
): void {
  const { negotiated } = hs;
  negotiated.cipherSuite = { id: suite.id, name: suite.name, keyLength: suite.keyLength };
  // RFC 5077 §3.4: the ID of a resumed session is echoed; a ticket needs none.
  const sessionId = negotiated.resumed ? received.hello.legacySessionId : idOf(keeping);
  const answer: ServerAnswer = {
    ...basics,
    version: ProtocolVersion['TLSv1.2'],
    random: randoms.server,
    sessionId,
    suite,
    maxFragmentLength: received.maxFragmentLength,
    pointFormats: basics.pointFormats && suite.keyExchange === 'ecdhe',
    // RFC 6066 §3: not in a resumption.
    serverName: basics.serverName && !negotiated.resumed,
    ticket: keeping?.kind === 'ticket',
    staple: credential?.ocspResponse !== undefined && received.wantsOcspStaple,
    certificateTypes: suite.authentication === 'psk' ? [] : chosenCertificateTypes(hs, received),
    certificateTimestamps: timestampsFor(received, credential),
  };
  hs.send(serverHelloMessage12(answer));
  if (answer.recordSizeLimit !== null && received.recordSizeLimit !== null) {
    limitRecords12(hs.records, received.recordSizeLimit, answer.recordSizeLimit);
  } else if (received.maxFragmentLength !== null) {
    hs.records.limitFragments(received.maxFragmentLength);
  }
}

function idOf(keeping: Keeping): Uint8Array {
  return keeping?.kind === 'id' ? keeping.id : new Uint8Array(0);
}

function sendCertificate(hs: Hs, received: ReceivedHello, credential: Credential): void {
  hs.send(certificateMessage12(credential));
  hs.negotiated.localCertificate = credential.certificateChain[0] ?? null;
  const { ocspResponse } = credential;
  if (ocspResponse && received.wantsOcspStaple) hs.send(encodeCertificateStatus({ ocspResponse }));
}

/** ServerKeyExchange, whose signature covers both randoms and the params; null with RSA key exchange. */
function* sendKeyExchange(
  hs: Hs,
  { suite, group, scheme }: Choice12,
  credential: Credential,
  randoms: Randoms,
): Steps<ServerExchange | null> {
  if (group === null || scheme === null) return null;
  const exchange = yield* startKeyExchange(hs, suite, group);
  const content = concat([randoms.client, randoms.server, exchange.encodedParams]);
  const signature = yield* sign12(hs, credential, scheme, content);
  hs.negotiated.serverSignatureScheme = scheme;
  hs.send(encodeServerKeyExchange(exchange.encodedParams, scheme, signature));
  return exchange;
}

function sendCertificateRequest(hs: Hs): void {
  const { signatureSchemes, certificateAuthorities } = hs.settings;
  const message = encodeCertificateRequest12({
    certificateTypes: [ClientCertificateType.rsa_sign, ClientCertificateType.ecdsa_sign],
    signatureAlgorithms: signatureSchemes.filter(scheme => schemeMeaning(scheme)?.tls12),
    certificateAuthorities,
  });
  hs.send(message);
}

/** The client's chain, empty if it has none. @throws ERR_CERTIFICATE_REQUIRED */
function* readClientCertificate(hs: Hs): Steps<readonly Uint8Array[]> {
  const message = yield* hs.read(HandshakeType.certificate);
  const certificates = readCertificate12(message.body, hs.negotiated.peerCertificateType);
  hs.accept(message);
  if (certificates.length === 0 && hs.settings.clientAuth === 'require') {
    throw new TlsError('ERR_CERTIFICATE_REQUIRED', 'the client has no certificate');
  }
  return certificates;
}

/** RFC 5246 §7.4.8: the signature covers all messages before it. */
function* readCertificateVerify(hs: Hs, certificates: readonly Uint8Array[]): Steps<void> {
  const { settings, negotiated, transcript } = hs;
  const identity = yield* verifyPeer(hs, {
    role: 'client',
    certificateType: negotiated.peerCertificateType,
    certificates,
    keyUse: 'signature',
  });
  const message = yield* hs.read(HandshakeType.certificate_verify);
  const verify = parseCertificateVerify(message.body);
  yield* checkSignature12(hs, identity, settings.signatureSchemes, verify, transcript.messages());
  hs.accept(message);
  negotiated.clientSignatureScheme = verify.algorithm;
  negotiated.peerCertificates = certificates;
  negotiated.peer = identity;
}
