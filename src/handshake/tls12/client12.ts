// The TLS 1.2 client behind its ServerHello (RFC 5246 §7.3; RFC 5077, 5746, 6066, 7366, 7627, 8422). Reads as the message
// flow does: full handshake or resumption.

import { concat } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import type { PeerIdentity } from '../../crypto/peer_verifier.ts';
import type { CipherSuite12 } from '../../crypto/record_protection.ts';
import type { Secret } from '../../crypto/secret.ts';
import { HandshakeType } from '../../registry/handshake_types.ts';
import { ProtocolVersion } from '../../registry/protocol_versions.ts';
import { parseCertificateRequest12, parseCertificateStatus } from '../../wire/certificate.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import type { ServerHello } from '../../wire/server_hello.ts';
import { parseEmptyMessage } from '../../wire/session_messages.ts';
import { ownFingerprint } from '../authentication/fingerprints.ts';
import { verifyPeer } from '../authentication/peer.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { ClientOffer, ClientSettings, OfferedSession, OlderClient } from '../flow/roles.ts';
import { requireRequestedType } from '../hello/certificate_types.ts';
import { copyMaster, masterSecret, type Randoms } from '../key_schedule/key_schedule12.ts';
import { type Authentication, authenticated } from '../sessions/authentication.ts';
import { checkSignature12, readCertificate12, requireKeyFitsSuite } from './authentication12.ts';
import {
  type CertificateRequest12Info,
  type ChosenCredential,
  sendCertificateVerify,
  sendClientCertificate,
} from './client_authentication12.ts';
import { giveSession, readAndAccept, readTicketAndChangeKeys } from './client_flight12.ts';
import { establish12, makeKeys12, readFinished12, sendFinished12 } from './finished12.ts';
import { answerKeyExchange, type ReceivedKeyExchange, readServerKeyExchange } from './key_exchange12.ts';
import { readServerHello12, type ServerTerms } from './server_hello12.ts';

type Hs = Handshake<ClientSettings>;

/** TLS 1.2 at a client. */
// The version as a number, because bundlers keep a constant that reads a property, and with it this whole flow.
export const tls12Client: OlderClient = { version: 0x0303, handshake: clientHandshake12 };

/** From the ServerHello to the last Finished. @param message the ServerHello, not in the transcript yet */
function* clientHandshake12(hs: Hs, offer: ClientOffer, hello: ServerHello, message: HandshakeMessage): Steps<void> {
  const terms = readServerHello12(hs, offer, hello);
  // The messages themselves are kept for a CertificateVerify, which TLS 1.2 signs over all of them.
  hs.transcript.choose(terms.suite.keyDerivation.hash, true);
  hs.accept(message);
  const randoms: Randoms = { client: offer.random, server: hello.random.slice() };
  if (terms.resumed !== null) yield* resume(hs, terms, terms.resumed, randoms);
  else yield* fullHandshake(hs, terms, randoms, hello.legacySessionId.slice());
}

function* fullHandshake(hs: Hs, terms: ServerTerms, randoms: Randoms, sessionId: Uint8Array): Steps<void> {
  const { transcript, owned } = hs;
  const { premaster, credential, authentication } =
    terms.suite.authentication === 'psk'
      ? yield* exchangeByPsk(hs, terms.suite)
      : yield* exchangeByCertificate(hs, terms, randoms);
  const sessionHash = terms.extendedMasterSecret ? transcript.digest() : null;
  const master = owned.add(masterSecret(terms.suite, premaster, randoms, sessionHash));
  owned.drop(premaster);
  if (credential !== null) yield* sendCertificateVerify(hs, credential);
  transcript.dropMessages();
  const keys = makeKeys12(hs, terms.suite, master, randoms, terms.encryptThenMac);
  sendFinished12(hs, keys);
  hs.negotiated.authentication = authentication;
  const ticket = yield* readTicketAndChangeKeys(hs, terms, keys);
  yield* readFinished12(hs, keys);
  // Before "established", so that whoever hears of that has the session, too.
  giveSession(hs, terms.suite, keys, terms, { sessionId, ticket });
  establish12(hs, keys);
}

/** What the messages up to ClientKeyExchange come to. */
interface Exchanged {
  readonly premaster: Secret;
  /** What a CertificateVerify will show the key of. */
  readonly credential: ChosenCredential | null;
  readonly authentication: Authentication;
}

function* exchangeByCertificate(hs: Hs, terms: ServerTerms, randoms: Randoms): Steps<Exchanged> {
  const flight = yield* readServerFlight(hs, terms);
  const identity = yield* verifyServer(hs, terms, flight);
  if (flight.keyExchange !== null) yield* checkKeyExchange(hs, identity, flight.keyExchange, randoms);
  hs.negotiated.peer = identity;
  const credential = flight.request === null ? null : yield* sendClientCertificate(hs, flight.request);
  const version = ProtocolVersion['TLSv1.2'];
  const { message, premaster } = yield* answerKeyExchange(hs, flight.keyExchange, identity.publicKey, version);
  hs.send(message);
  const authentication = authenticated(hs.settings.now(), {
    proof: 'certificate',
    until: identity.validUntil,
    own: flight.request === null ? undefined : ownFingerprint(hs.settings),
  });
  return { premaster, credential, authentication };
}

/** A key of both sides stands for the certificates. */
function* exchangeByPsk(hs: Hs, suite: CipherSuite12): Steps<Exchanged> {
  const { psk12 } = hs.settings;
  if (!psk12) throw new TlsError('ERR_INVALID_STATE', `${suite.name} without a PSK`);
  const exchanged = yield* psk12.exchange(hs, suite);
  hs.negotiated.externalPsk = true;
  return { ...exchanged, credential: null };
}

/** The abbreviated handshake (RFC 5246 §7.3): the server's Finished comes first. */
function* resume(hs: Hs, terms: ServerTerms, { session, peer }: OfferedSession, randoms: Randoms): Steps<void> {
  const { negotiated, owned, settings } = hs;
  negotiated.resume(session, peer);
  hs.transcript.dropMessages();
  const master = owned.add(copyMaster(settings.provider, session.secret));
  const keys = makeKeys12(hs, terms.suite, master, randoms, terms.encryptThenMac);
  const ticket = yield* readTicketAndChangeKeys(hs, terms, keys);
  yield* readFinished12(hs, keys);
  sendFinished12(hs, keys);
  // RFC 5077 §3.3: a new ticket replaces the one that was used.
  if (ticket !== null) giveSession(hs, terms.suite, keys, terms, { sessionId: session.sessionId, ticket });
  establish12(hs, keys);
}

/** What the server says between ServerHello and ServerHelloDone. */
interface ServerFlight {
  readonly certificates: readonly Uint8Array[];
  readonly ocspResponse: Uint8Array | null;
  readonly keyExchange: ReceivedKeyExchange | null;
  readonly request: CertificateRequest12Info | null;
}

function* readServerFlight(hs: Hs, terms: ServerTerms): Steps<ServerFlight> {
  const { certificate, certificate_status, certificate_request, server_key_exchange, server_hello_done } =
    HandshakeType;
  let message = yield* readAndAccept(hs, certificate);
  const certificates = readCertificate12(message.body, hs.negotiated.peerCertificateType);
  if (certificates.length === 0) throw new TlsError('ERR_DECODE_ERROR', 'the server sent no certificate');
  const needsExchange = terms.suite.keyExchange !== 'rsa';
  const behindStatus = needsExchange ? [server_key_exchange] : [certificate_request, server_hello_done];
  // RFC 6066 §8: a server that said it would staple may still not do so.
  message = yield* readAndAccept(hs, ...(terms.staple ? [certificate_status] : []), ...behindStatus);
  let ocspResponse: Uint8Array | null = null;
  if (message.type === certificate_status) {
    ocspResponse = parseCertificateStatus(message.body).ocspResponse.slice();
    message = yield* readAndAccept(hs, ...behindStatus);
  }
  let keyExchange: ReceivedKeyExchange | null = null;
  if (message.type === server_key_exchange) {
    keyExchange = readServerKeyExchange(hs, terms.suite, message);
    message = yield* readAndAccept(hs, certificate_request, server_hello_done);
  }
  let request: CertificateRequest12Info | null = null;
  if (message.type === certificate_request) {
    request = requestInfo(hs, message);
    message = yield* readAndAccept(hs, server_hello_done);
  }
  parseEmptyMessage(message.body, 'ServerHelloDone');
  return { certificates, ocspResponse, keyExchange, request };
}

function requestInfo(hs: Hs, message: HandshakeMessage): CertificateRequest12Info {
  const { certificateTypes, signatureAlgorithms, certificateAuthorities } = parseCertificateRequest12(message.body);
  return {
    version: ProtocolVersion['TLSv1.2'],
    certificateType: requireRequestedType(hs),
    certificateTypes,
    signatureSchemes: signatureAlgorithms,
    certificateSchemes: signatureAlgorithms,
    certificateAuthorities: certificateAuthorities.map(name => name.slice()),
  };
}

function* verifyServer(hs: Hs, terms: ServerTerms, flight: ServerFlight): Steps<PeerIdentity> {
  const { negotiated, settings } = hs;
  negotiated.peerCertificates = flight.certificates;
  negotiated.peerOcspResponse = flight.ocspResponse;
  negotiated.peerTimestamps = terms.certificateTimestamps ?? [];
  const identity = yield* verifyPeer(hs, {
    role: 'server',
    certificateType: negotiated.peerCertificateType,
    certificates: flight.certificates,
    serverName: settings.serverName ?? undefined,
    ocspResponse: flight.ocspResponse ?? undefined,
    signedCertificateTimestamps: terms.certificateTimestamps ?? undefined,
    keyUse: terms.suite.keyExchange === 'rsa' ? 'encipherment' : 'signature',
  });
  requireKeyFitsSuite(identity, terms.suite);
  return identity;
}

/** RFC 5246 §7.4.3: the signature covers both randoms and the params as they were sent. */
function* checkKeyExchange(
  hs: Hs,
  identity: PeerIdentity,
  exchange: ReceivedKeyExchange,
  randoms: Randoms,
): Steps<void> {
  const content = concat([randoms.client, randoms.server, exchange.encodedParams]);
  yield* checkSignature12(hs, identity, hs.settings.signatureSchemes, exchange, content);
  hs.negotiated.serverSignatureScheme = exchange.algorithm;
}
