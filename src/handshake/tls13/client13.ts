// The TLS 1.3 client behind its ServerHello (RFC 9846 §2, §4). Reads as the message flow does.

import { equalVartime, fromLatin1 } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import type { KeyExchange } from '../../crypto/key_exchange.ts';
import type { CipherSuite13 } from '../../crypto/record_protection.ts';
import { CompressionMethod } from '../../registry/compression_methods.ts';
import { ExtensionCarrier } from '../../registry/extension_legality.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import { HandshakeType } from '../../registry/handshake_types.ts';
import { parseServerKeyShare, parseSupportedGroups } from '../../wire/extensions/key_exchange.ts';
import { parseSelectedAlpn } from '../../wire/extensions/names.ts';
import { parseEmptyExtension, parseRecordSizeLimit, parseTicketCount } from '../../wire/extensions/negotiation.ts';
import { checkExtensions, type Extension, findExtension } from '../../wire/extensions.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import { parseEncryptedExtensions, type ServerHello } from '../../wire/server_hello.ts';
import { encodeFinished, parseFinished } from '../../wire/session_messages.ts';
import { verifyPeer } from '../authentication/peer.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { Answer, ClientOffer, ClientSettings, PskOffer } from '../flow/roles.ts';
import { chargeHalf } from '../flow/work.ts';
import { readCertificateTypes } from '../hello/certificate_types.ts';
import { readMaxFragmentLength } from '../hello/fragment_length.ts';
import { checkVerifyData, KeySchedule13, type TrafficSecrets, verifyData } from '../key_schedule/key_schedule13.ts';
import { ApplicationKeys13, Exporter13 } from './application_keys13.ts';
import { checkCertificateVerify13, readCertificate13, readDelegation } from './authentication13.ts';
import { declined13 } from './certificate_request13.ts';

/** Plaintext of a record without record_size_limit. */
const MAX_PLAINTEXT = 16384;

type Hs = Handshake<ClientSettings>;

/** From the ServerHello to the client's Finished. */
export function* clientHandshake13(
  hs: Hs,
  offer: ClientOffer,
  hello: ServerHello,
  message: HandshakeMessage,
): Steps<void> {
  const { suite, exchange, share, psk } = readServerHello(hs, offer, hello);
  const { resumption, earlyData } = hs.settings.features;
  if (!hs.transcript.chosen) hs.transcript.choose(suite.keyDerivation.hash);
  hs.accept(message);
  const schedule = hs.owned.add(new KeySchedule13(suite.keyDerivation, psk?.key ?? null));
  chargeHalf(hs.work, exchange.group);
  const sharedSecret = hs.owned.add(yield* hs.flow.settle(() => exchange.complete(share)));
  schedule.enterHandshake(sharedSecret);
  hs.owned.drop(sharedSecret);
  for (const other of offer.keyExchanges) hs.owned.drop(other);
  const traffic = enterHandshakeKeys(hs, offer, suite, schedule);
  const extensions = yield* readEncryptedExtensions(hs, offer);
  if (offer.early !== null) earlyData?.readAnswer(hs, offer.early, extensions, suite, psk, traffic.client);
  const answer = psk === null ? yield* readServerAuthentication(hs, offer) : null;
  if (psk !== null) resumption?.use(hs, psk);
  yield* readServerFinished(hs, suite, traffic);
  schedule.enterMain();
  const application = ownPair(hs, schedule.applicationTraffic(hs.transcript.digest()));
  const exporter = hs.owned.add(schedule.exporter(hs.transcript.digest()));
  hs.logSecret('CLIENT_TRAFFIC_SECRET_0', application.client);
  hs.logSecret('SERVER_TRAFFIC_SECRET_0', application.server);
  hs.logSecret('EXPORTER_SECRET', exporter);
  earlyData?.end(hs, suite, traffic.client);
  const answering = answer?.() ?? null;
  if (answering !== null) yield* answering;
  hs.send(encodeFinished(verifyData(suite.keyDerivation, traffic.client, hs.transcript.digest())));
  const { negotiated } = hs;
  negotiated.keys13 = new ApplicationKeys13(
    suite,
    hs.owned.release(application.server),
    hs.owned.release(application.client),
  );
  negotiated.exporter = new Exporter13(suite, hs.owned.release(exporter));
  if (resumption) {
    if (psk === null) resumption.noteAuthentication(hs, answer !== null);
    negotiated.resumptionSecret = schedule.resumption(hs.transcript.digest());
  }
  if (hs.settings.postHandshakeAuth) negotiated.postHandshakeTranscript = hs.transcript.fork();
  negotiated.keys13.install(hs.carrier, 'write');
  negotiated.keys13.install(hs.carrier, 'read');
  hs.events.onEstablished();
}

interface ServerChoice {
  readonly suite: CipherSuite13;
  readonly exchange: KeyExchange;
  readonly share: Uint8Array;
  readonly psk: PskOffer | null;
}

/** RFC 9846 §4.1.3: the ServerHello may choose only among what was offered. */
function readServerHello(hs: Hs, offer: ClientOffer, hello: ServerHello): ServerChoice {
  checkExtensions(hello.extensions, ExtensionCarrier.SH, offer.extensionTypes);
  checkEcho(offer, hello);
  const suite = suiteOfServerHello(hs.settings, hello);
  const pskData = findExtension(hello.extensions, ExtensionType.pre_shared_key);
  const psk = (pskData && hs.settings.features.resumption?.selected(offer.psks, pskData, suite)) ?? null;
  // RFC 9846 §9.2: a server that would show a certificate has seen that no signature is taken.
  if (psk === null && hs.settings.signatureSchemes.length === 0) {
    throw new TlsError('ERR_MISSING_EXTENSION', 'the server takes no PSK, and nothing else will do');
  }
  const shareData = findExtension(hello.extensions, ExtensionType.key_share);
  // RFC 9846 §9.2; psk_ke was not offered, so a PSK alone will not do (§4.2.9).
  if (shareData === undefined) throw new TlsError('ERR_MISSING_EXTENSION', 'ServerHello without key_share');
  const share = parseServerKeyShare(shareData);
  const exchange = offer.keyExchanges.find(candidate => candidate.group.id === share.group);
  if (exchange === undefined) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', `ServerHello with a share of group 0x${share.group.toString(16)}`);
  }
  const { negotiated } = hs;
  negotiated.cipherSuite = { id: suite.id, name: suite.name, keyLength: suite.keyLength };
  negotiated.group = { id: exchange.group.id, name: exchange.group.name };
  return { suite, exchange, share: share.keyExchange, psk };
}

/** The suite of a ServerHello or HelloRetryRequest. @throws ERR_ILLEGAL_PARAMETER if it was not offered */
export function suiteOfServerHello(settings: ClientSettings, hello: ServerHello): CipherSuite13 {
  const suite = settings.cipherSuites13.find(candidate => candidate.id === hello.cipherSuite);
  if (suite === undefined) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', `suite 0x${hello.cipherSuite.toString(16)} was not offered`);
  }
  return suite;
}

/** What a 1.3 ServerHello and a HelloRetryRequest echo (RFC 9846 §4.1.3). @throws ERR_ILLEGAL_PARAMETER */
export function checkEcho(offer: ClientOffer, hello: ServerHello): void {
  if (!equalVartime(hello.legacySessionId, offer.legacySessionId)) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', 'legacy_session_id_echo is not what was sent');
  }
  if (hello.legacyCompressionMethod !== CompressionMethod.null) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', 'legacy_compression_method is not null');
  }
}

/** Both directions change to handshake keys; the ChangeCipherSpec for middleboxes goes before them (§D.4). */
function enterHandshakeKeys(hs: Hs, offer: ClientOffer, suite: CipherSuite13, schedule: KeySchedule13): TrafficSecrets {
  const { carrier, negotiated } = hs;
  const traffic = ownPair(hs, schedule.handshakeTraffic(hs.transcript.digest()));
  hs.logSecret('CLIENT_HANDSHAKE_TRAFFIC_SECRET', traffic.client);
  hs.logSecret('SERVER_HANDSHAKE_TRAFFIC_SECRET', traffic.server);
  carrier.changeKeys('read', 'handshake', suite, traffic.server);
  // With early data on offer the write keys wait for the answer, and the ChangeCipherSpec went before.
  if (offer.early !== null) return traffic;
  if (carrier.traits.middleboxCompatibility && !negotiated.helloRetried) carrier.records?.sendChangeCipherSpec();
  carrier.changeKeys('write', 'handshake', suite, traffic.client);
  return traffic;
}

function* readEncryptedExtensions(hs: Hs, offer: ClientOffer): Steps<readonly Extension[]> {
  const { settings, negotiated, carrier } = hs;
  const message = yield* hs.read(HandshakeType.encrypted_extensions);
  const { extensions } = parseEncryptedExtensions(message.body);
  checkExtensions(extensions, ExtensionCarrier.EE, offer.extensionTypes);
  const name = findExtension(extensions, ExtensionType.server_name);
  if (name !== undefined) parseEmptyExtension(name, 'server_name');
  // RFC 9846 §4.2.7: what the server prefers, for another time; castls only reads whether it is well-formed.
  const groups = findExtension(extensions, ExtensionType.supported_groups);
  if (groups !== undefined) parseSupportedGroups(groups);
  readCertificateTypes(hs, extensions);
  const alpn = findExtension(extensions, ExtensionType.application_layer_protocol_negotiation);
  if (alpn !== undefined) {
    negotiated.alpn = fromLatin1(parseSelectedAlpn(alpn));
    // RFC 7301 §3.2: the answer is one of the protocols on offer.
    if (!settings.alpn.includes(negotiated.alpn)) {
      throw new TlsError('ERR_ILLEGAL_PARAMETER', 'the server chose a protocol that was not offered');
    }
  }
  const limit = findExtension(extensions, ExtensionType.record_size_limit);
  if (limit !== undefined) {
    const theirs = parseRecordSizeLimit(limit);
    // RFC 8449 §4: in TLS 1.3 the limit counts the content type.
    carrier.records?.limitRecords('write', Math.min(theirs - 1, MAX_PLAINTEXT));
    carrier.records?.limitRecords('read', Math.min((settings.recordSizeLimit ?? MAX_PLAINTEXT + 1) - 1, MAX_PLAINTEXT));
  }
  readMaxFragmentLength(hs, extensions);
  const tickets = findExtension(extensions, ExtensionType.ticket_request);
  if (tickets !== undefined) parseTicketCount(tickets);
  carrier.records?.padRecords(settings.recordPadding ?? null);
  hs.accept(message);
  return extensions;
}

/** Certificate and CertificateVerify; returns what answers the server's CertificateRequest, if there was one. */
function* readServerAuthentication(hs: Hs, offer: ClientOffer): Steps<Answer | null> {
  const { settings, negotiated } = hs;
  const { clientCertificates, compressedCertificates } = settings.features;
  const types = compressedCertificates?.types(hs) ?? [HandshakeType.certificate];
  let message = yield* hs.read(HandshakeType.certificate_request, ...types);
  let answer: Answer | null = null;
  if (message.type === HandshakeType.certificate_request) {
    answer = (clientCertificates?.requested ?? declined13)(hs, message);
    hs.accept(message);
    message = yield* hs.read(...types);
  }
  const presented = readCertificate13(
    compressedCertificates ? yield* compressedCertificates.decompressed(hs, message) : message,
    new Uint8Array(0),
    offer.extensionTypes,
    negotiated.peerCertificateType,
  );
  // RFC 9846 §4.4.2.4: an empty Certificate of a server is a decode_error.
  if (presented.certificates.length === 0) throw new TlsError('ERR_DECODE_ERROR', 'the server sent no certificate');
  hs.accept(message);
  negotiated.peerCertificates = presented.certificates;
  negotiated.peerOcspResponse = presented.ocspResponse ?? null;
  negotiated.peerTimestamps = presented.signedCertificateTimestamps ?? [];
  const serverName = settings.serverName ?? undefined;
  const { delegated, ...shown } = presented;
  const identity = yield* verifyPeer(hs, { role: 'server', serverName, ...shown, keyUse: 'signature' });
  const delegation = yield* readDelegation(hs, identity.publicKey, presented);
  const verify = yield* hs.read(HandshakeType.certificate_verify);
  negotiated.serverSignatureScheme = yield* checkCertificateVerify13(
    hs,
    verify,
    'server',
    delegation?.publicKey ?? identity.publicKey,
    delegation?.schemes ?? settings.signatureSchemes,
    hs.transcript,
  );
  negotiated.delegatedUntil = delegation?.until ?? null;
  hs.accept(verify);
  negotiated.peer = identity;
  return answer;
}

function* readServerFinished(hs: Hs, suite: CipherSuite13, traffic: TrafficSecrets): Steps<void> {
  const { keyDerivation } = suite;
  const message = yield* hs.read(HandshakeType.finished);
  const received = parseFinished(message.body, keyDerivation.hash.outputLength);
  if (!checkVerifyData(keyDerivation, traffic.server, hs.transcript.digest(), received)) {
    throw new TlsError('ERR_BAD_FINISHED', "the server's Finished is wrong");
  }
  hs.accept(message);
}

function ownPair(hs: Hs, pair: TrafficSecrets): TrafficSecrets {
  hs.owned.add(pair.client);
  hs.owned.add(pair.server);
  return pair;
}
