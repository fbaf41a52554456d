// The TLS 1.3 server behind the first ClientHello (RFC 9846 §2, §4). Reads as the message flow does.

import { equalVartime, latin1 } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import type { KeyExchangeGroup } from '../../crypto/key_exchange.ts';
import type { CipherSuite13 } from '../../crypto/record_protection.ts';
import { CompressionMethod } from '../../registry/compression_methods.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import { HandshakeType } from '../../registry/handshake_types.ts';
import { ProtocolVersion } from '../../registry/protocol_versions.ts';
import { retryKeyShareExtension, serverKeyShareExtension } from '../../wire/extensions/key_exchange.ts';
import { alpnExtension } from '../../wire/extensions/names.ts';
import {
  cookieExtension,
  emptyExtension,
  maxFragmentLengthExtension,
  recordSizeLimitExtension,
  serverSupportedVersionsExtension,
  ticketCountExtension,
} from '../../wire/extensions/negotiation.ts';
import { selectedPskExtension } from '../../wire/extensions/pre_shared_key.ts';
import type { Extension } from '../../wire/extensions.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import { encodeEncryptedExtensions, encodeServerHello, helloRetryRequestRandom } from '../../wire/server_hello.ts';
import { encodeFinished, parseFinished } from '../../wire/session_messages.ts';
import { byPsk } from '../authentication/fingerprints.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import { checkHello13, checkSecondHello, type ReceivedHello, readClientHello } from '../flow/received_hello.ts';
import { type ServerSettings, sessionTime } from '../flow/roles.ts';
import type { ClientHelloInfo, Credential } from '../flow/settings.ts';
import { chargeExchange } from '../flow/work.ts';
import { chooseClientCertificateType, chosenCertificateTypes } from '../hello/certificate_types.ts';
import { chooseAlpn, chooseCredential, helloInfo, noteClient } from '../hello/negotiate.ts';
import { checkVerifyData, KeySchedule13, type TrafficSecrets, verifyData } from '../key_schedule/key_schedule13.ts';
import { ApplicationKeys13, Exporter13 } from './application_keys13.ts';
import { certificateMessage13, certificateVerifyMessage13, chooseScheme13 } from './authentication13.ts';
import { compressed } from './certificate_compression13.ts';
import {
  judgeEarlyData,
  limitReads,
  readToEndOfEarlyData,
  readWithEarlyKeys,
  skipEarlyData,
} from './early_data_server13.ts';
import { certificateRequestMessage, readClientAuthentication } from './server_authentication13.ts';
import { type ChosenPsk, choosePsk, confirmPsk } from './server_psk13.ts';
import { sendTickets13, ticketCount13 } from './tickets13.ts';

const TLS12 = ProtocolVersion['TLSv1.2'];
const TLS13 = ProtocolVersion['TLSv1.3'];
const MAX_PLAINTEXT = 16384;
const COOKIE_LENGTH = 32;

type Hs = Handshake<ServerSettings>;

/** From the ClientHello to the tickets. */
export function* serverHandshake13(hs: Hs, first: ReceivedHello, message: HandshakeMessage): Steps<void> {
  checkHello13(first);
  const suites = commonSuites13(hs.settings, first);
  const group = chooseGroup(hs.settings, first);
  const offered = yield* choosePsk(hs, first, suites);
  const suite = offered?.suite ?? suites[0];
  const received = yield* settleShare(hs, first, message, suite, group, offered);
  const info = helloInfo(received, TLS13);
  const pskIndex = offered === null ? null : yield* confirmPsk(hs, received, offered);
  const psk = pskIndex === null ? null : offered;
  hs.negotiated.alpn = yield* chooseAlpn(hs, info);
  const early = yield* judgeEarlyData(hs, { received: first, info, suite, psk, pskIndex });
  const authentication = psk === null ? yield* chooseAuthentication(hs, received, info) : null;
  enterHello(hs, received, suite);
  const schedule = hs.owned.add(new KeySchedule13(suite.keyDerivation, psk?.key ?? null));
  if (early) readWithEarlyKeys(hs, suite, schedule);
  yield* sendServerHello(hs, received, suite, group, schedule, pskIndex);
  const traffic = enterHandshakeKeys(hs, received, suite, schedule, psk);
  if (psk !== null) usePsk(hs, psk);
  sendEncryptedExtensions(hs, received);
  const requested = psk === null && hs.settings.clientAuth !== 'none';
  if (authentication !== null) yield* authenticate(hs, received, authentication, requested);
  hs.send(encodeFinished(verifyData(suite.keyDerivation, traffic.server, hs.transcript.digest())));
  hs.owned.drop(traffic.server);
  schedule.enterMain();
  const toFinished = hs.transcript.digest();
  const application = ownPair(hs, schedule.applicationTraffic(toFinished));
  const exporter = hs.owned.add(schedule.exporter(toFinished));
  hs.logSecret('CLIENT_TRAFFIC_SECRET_0', application.client);
  hs.logSecret('SERVER_TRAFFIC_SECRET_0', application.server);
  hs.logSecret('EXPORTER_SECRET', exporter);
  const { negotiated } = hs;
  negotiated.keys13 = new ApplicationKeys13(
    suite,
    hs.owned.release(application.client),
    hs.owned.release(application.server),
  );
  negotiated.exporter = new Exporter13(suite, hs.owned.release(exporter));
  negotiated.keys13.install(hs.carrier, 'write');
  if (early) yield* readToEndOfEarlyData(hs, suite, traffic);
  if (requested) yield* readClientAuthentication(hs, hs.transcript, new Uint8Array(0), message => hs.accept(message));
  yield* readClientFinished(hs, suite, traffic);
  if (authentication !== null) noteClient(hs, authentication.credential);
  negotiated.keys13.install(hs.carrier, 'read');
  const resumption = hs.owned.add(schedule.resumption(hs.transcript.digest()));
  if (received.postHandshakeAuth) negotiated.postHandshakeTranscript = hs.transcript.fork();
  hs.events.onEstablished();
  yield* sendTickets13(hs, suite, resumption, received);
}

/** The suites both sides have, the preferred first. @throws ERR_NO_SHARED_CIPHER_SUITE */
function commonSuites13(settings: ServerSettings, { hello }: ReceivedHello): CipherSuite13[] {
  const { cipherSuites13, preferServerOrder } = settings;
  const suites = preferServerOrder
    ? cipherSuites13.filter(candidate => hello.cipherSuites.includes(candidate.id))
    : [...new Set(hello.cipherSuites)].flatMap(id => cipherSuites13.find(candidate => candidate.id === id) ?? []);
  if (suites.length === 0) throw new TlsError('ERR_NO_SHARED_CIPHER_SUITE', 'no TLS 1.3 suite in common');
  return suites;
}

/** The first group of ours with a share, else the first the client has at all. @throws ERR_NO_SHARED_GROUP */
function chooseGroup({ groups }: ServerSettings, { keyShares, groups: offered }: ReceivedHello): KeyExchangeGroup {
  // psk_ke is not spoken, so a ClientHello without groups has nothing for us.
  if (offered === null) throw new TlsError('ERR_MISSING_EXTENSION', 'ClientHello without supported_groups');
  const shared = groups.find(group => keyShares?.some(share => share.group === group.id));
  const group = shared ?? groups.find(candidate => offered.includes(candidate.id));
  if (group === undefined) throw new TlsError('ERR_NO_SHARED_GROUP', 'no group in common');
  return group;
}

/** Makes sure of a share: at most one HelloRetryRequest (RFC 9846 §4.1.4). Returns the ClientHello that counts. */
function* settleShare(
  hs: Hs,
  first: ReceivedHello,
  message: HandshakeMessage,
  suite: CipherSuite13,
  group: KeyExchangeGroup,
  offered: ChosenPsk | null,
): Steps<ReceivedHello> {
  if (first.keyShares?.some(share => share.group === group.id)) return first;
  if (first.earlyData) skipEarlyData(hs, offered);
  hs.accept(message);
  hs.transcript.choose(suite.keyDerivation.hash);
  hs.transcript.foldFirstHello();
  hs.negotiated.helloRetried = true;
  const { hello } = first;
  const cookie = hs.settings.sendCookie ? hs.random(COOKIE_LENGTH) : null;
  const extensions = [serverSupportedVersionsExtension(TLS13), retryKeyShareExtension(group.id)];
  if (cookie !== null) extensions.push(cookieExtension(cookie));
  hs.send(
    encodeServerHello({
      legacyVersion: TLS12,
      random: helloRetryRequestRandom,
      legacySessionId: hello.legacySessionId,
      cipherSuite: suite.id,
      legacyCompressionMethod: CompressionMethod.null,
      extensions,
    }),
  );
  if (middleboxes(hs, first)) hs.carrier.records?.sendChangeCipherSpec();
  const second = readClientHello(yield* hs.read(HandshakeType.client_hello));
  checkHello13(second);
  checkSecondHello(first, second, group.id);
  if (cookie !== null) checkCookie(second, cookie);
  return second;
}

/** RFC 9846 §4.2.2: a client MUST send back the cookie it got. */
function checkCookie({ cookie }: ReceivedHello, expected: Uint8Array): void {
  if (cookie === null) throw new TlsError('ERR_MISSING_EXTENSION', 'second ClientHello without the cookie');
  if (!equalVartime(cookie, expected))
    throw new TlsError('ERR_ILLEGAL_PARAMETER', 'second ClientHello: another cookie');
}

/** RFC 9846 §D.4: a client that sent a session ID gets a ChangeCipherSpec. */
function middleboxes(hs: Hs, { hello }: ReceivedHello): boolean {
  return hs.carrier.traits.middleboxCompatibility && hello.legacySessionId.length > 0;
}

function enterHello(hs: Hs, received: ReceivedHello, suite: CipherSuite13): void {
  const { negotiated } = hs;
  hs.transcript.add(hs.carrier.transcriptEntry(received.raw));
  if (!hs.transcript.chosen) hs.transcript.choose(suite.keyDerivation.hash);
  negotiated.cipherSuite = { id: suite.id, name: suite.name, keyLength: suite.keyLength };
}

function* sendServerHello(
  hs: Hs,
  received: ReceivedHello,
  suite: CipherSuite13,
  group: KeyExchangeGroup,
  schedule: KeySchedule13,
  pskIndex: number | null,
): Steps<void> {
  const peerShare = received.keyShares?.find(share => share.group === group.id)?.keyExchange as Uint8Array;
  chargeExchange(hs.work, group);
  const { share, sharedSecret } = yield* hs.flow.settle(() => group.respond(peerShare, hs.settings.random));
  hs.owned.add(sharedSecret);
  schedule.enterHandshake(sharedSecret);
  hs.owned.drop(sharedSecret);
  hs.negotiated.group = { id: group.id, name: group.name };
  const extensions: Extension[] = [
    serverKeyShareExtension({ group: group.id, keyExchange: share }),
    serverSupportedVersionsExtension(TLS13),
  ];
  if (pskIndex !== null) extensions.push(selectedPskExtension(pskIndex));
  hs.send(
    encodeServerHello({
      legacyVersion: TLS12,
      random: hs.random(32),
      legacySessionId: received.hello.legacySessionId,
      cipherSuite: suite.id,
      legacyCompressionMethod: CompressionMethod.null,
      extensions,
    }),
  );
}

function enterHandshakeKeys(
  hs: Hs,
  received: ReceivedHello,
  suite: CipherSuite13,
  schedule: KeySchedule13,
  psk: ChosenPsk | null,
): TrafficSecrets {
  const { carrier } = hs;
  const traffic = ownPair(hs, schedule.handshakeTraffic(hs.transcript.digest()));
  hs.logSecret('CLIENT_HANDSHAKE_TRAFFIC_SECRET', traffic.client);
  hs.logSecret('SERVER_HANDSHAKE_TRAFFIC_SECRET', traffic.server);
  if (middleboxes(hs, received) && !hs.negotiated.helloRetried) carrier.records?.sendChangeCipherSpec();
  carrier.changeKeys('write', 'handshake', suite, traffic.server);
  if (hs.negotiated.earlyData.open) return traffic;
  if (received.earlyData) skipEarlyData(hs, psk);
  carrier.changeKeys('read', 'handshake', suite, traffic.client);
  return traffic;
}

function sendEncryptedExtensions(hs: Hs, received: ReceivedHello): void {
  const { settings, negotiated, carrier } = hs;
  const extensions: Extension[] = [];
  // RFC 6066 §3: tells the client that the name was used; not in a resumption, whose name is that of the session.
  if (received.serverName !== null && !negotiated.resumed) extensions.push(emptyExtension(ExtensionType.server_name));
  if (negotiated.alpn !== null) extensions.push(alpnExtension([latin1(negotiated.alpn)]));
  if (received.recordSizeLimit !== null) {
    // RFC 8449 §4: in TLS 1.3 the limit counts the content type.
    extensions.push(recordSizeLimitExtension(settings.recordSizeLimit ?? MAX_PLAINTEXT + 1));
    carrier.records?.limitRecords('write', Math.min(received.recordSizeLimit - 1, MAX_PLAINTEXT));
    negotiated.readLimit = Math.min((settings.recordSizeLimit ?? MAX_PLAINTEXT + 1) - 1, MAX_PLAINTEXT);
  } else if (received.maxFragmentLength !== null) {
    // RFC 6066 §4: what the client asks for, in both directions.
    extensions.push(maxFragmentLengthExtension(received.maxFragmentLength));
    carrier.records?.limitRecords('write', received.maxFragmentLength);
    negotiated.readLimit = received.maxFragmentLength;
  }
  limitReads(hs);
  if (received.ticketRequest !== null && settings.tickets !== null) {
    extensions.push(ticketCountExtension(ticketCount13(hs, received)));
  }
  if (!negotiated.externalPsk) extensions.push(...chosenCertificateTypes(hs, received));
  if (negotiated.earlyData.state === 'accepted') extensions.push(emptyExtension(ExtensionType.early_data));
  carrier.records?.padRecords(settings.recordPadding ?? null);
  hs.send(encodeEncryptedExtensions({ extensions }));
}

/** A certificate and the scheme its key will sign with. */
interface Authentication {
  readonly credential: Credential;
  readonly scheme: number;
}

/** Chosen before the ServerHello goes out: a client that takes none of it gets an alert in plaintext it can read. */
function* chooseAuthentication(hs: Hs, received: ReceivedHello, info: ClientHelloInfo): Steps<Authentication> {
  // RFC 9846 §9.2: it may be missing only where a PSK was chosen, and is where nothing but a PSK will do (§6.2).
  if (received.signatureSchemes === null) {
    if (received.psks !== null && hs.settings.findExternalPsk !== null) {
      throw new TlsError('ERR_UNKNOWN_PSK_IDENTITY', 'no PSK of the client is known, and it takes no certificate');
    }
    throw new TlsError('ERR_MISSING_EXTENSION', 'ClientHello without signature_algorithms');
  }
  chooseClientCertificateType(hs, received);
  const credential = yield* chooseCredential(hs, info, received.psks !== null);
  // RFC 9345 §4.1.3: a delegated key that has ended would be refused.
  const ended = credential.delegated !== undefined && credential.delegated.until <= hs.settings.now();
  const scheme = ended
    ? undefined
    : chooseScheme13(credential, received.signatureSchemes, received.delegatedSchemes ?? []);
  if (scheme === undefined) {
    throw new TlsError('ERR_NO_SHARED_SIGNATURE_SCHEME', 'the client takes no signature of this certificate');
  }
  return { credential, scheme };
}

/** CertificateRequest where one is wanted, Certificate and CertificateVerify. */
function* authenticate(
  hs: Hs,
  received: ReceivedHello,
  { credential, scheme }: Authentication,
  request: boolean,
): Steps<void> {
  if (request) hs.send(certificateRequestMessage(hs, new Uint8Array(0)));
  const asked = new Set(received.hello.extensions.map(extension => extension.type));
  if (!received.wantsOcspStaple) asked.delete(ExtensionType.status_request);
  const message = certificateMessage13(new Uint8Array(0), credential, asked);
  hs.send(yield* compressed(hs, message, received.certificateCompression));
  hs.send(yield* certificateVerifyMessage13(hs, 'server', credential, scheme, hs.transcript));
  hs.negotiated.serverSignatureScheme = scheme;
  hs.negotiated.localCertificate = credential.certificateChain[0];
}

function usePsk({ negotiated, settings }: Hs, { source, peer }: ChosenPsk): void {
  if ('ticket' in source) negotiated.resume(source, peer);
  else {
    negotiated.externalPsk = true;
    negotiated.authentication = byPsk(settings.provider, source, sessionTime(settings));
  }
}

function* readClientFinished(hs: Hs, suite: CipherSuite13, traffic: TrafficSecrets): Steps<void> {
  const { keyDerivation } = suite;
  const message = yield* hs.read(HandshakeType.finished);
  const received = parseFinished(message.body, keyDerivation.hash.outputLength);
  if (!checkVerifyData(keyDerivation, traffic.client, hs.transcript.digest(), received)) {
    throw new TlsError('ERR_BAD_FINISHED', "the client's Finished is wrong");
  }
  hs.accept(message);
}

function ownPair(hs: Hs, pair: TrafficSecrets): TrafficSecrets {
  hs.owned.add(pair.client);
  hs.owned.add(pair.server);
  return pair;
}
