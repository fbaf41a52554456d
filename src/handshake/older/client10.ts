// The client of SSL 3.0, TLS 1.0 and TLS 1.1 (RFC 6101 §5.5, RFC 2246 §7.3, RFC 4346 §7.3): from its ClientHello to the last
// Finished. Reads as the message flow does: full handshake or resumption. Nothing newer is offered beside them.

import { concat } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import type { PeerIdentity } from '../../crypto/peer_verifier.ts';
import type { CipherSuite12 } from '../../crypto/record_protection.ts';
import { HandshakeType } from '../../registry/handshake_types.ts';
import { ProtocolVersion, versionName } from '../../registry/protocol_versions.ts';
import { parseCertificateStatus } from '../../wire/certificate.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import { readDheParams, readEcdheParams } from '../../wire/key_exchange12.ts';
import {
  encodeCertificateVerify10,
  parseCertificateRequest10,
  parseServerKeyExchangeSignature10,
} from '../../wire/older_messages.ts';
import { Reader } from '../../wire/reader.ts';
import { parseServerHello, type ServerHello } from '../../wire/server_hello.ts';
import { parseEmptyMessage } from '../../wire/session_messages.ts';
import { ownFingerprint } from '../authentication/fingerprints.ts';
import { verifyPeer } from '../authentication/peer.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { ClientOffer, ClientSettings, OfferedSession } from '../flow/roles.ts';
import type { CertificateRequestInfo, Credential } from '../flow/settings.ts';
import { requireRequestedType } from '../hello/certificate_types.ts';
import { copyMaster, masterSecret, type Randoms } from '../key_schedule/key_schedule12.ts';
import { authenticated } from '../sessions/authentication.ts';
import { certificateMessage12, readCertificate12, requireKeyFitsSuite } from '../tls12/authentication12.ts';
import { giveSession, readAndAccept, readTicketAndChangeKeys } from '../tls12/client_flight12.ts';
import { makeKeys12 } from '../tls12/finished12.ts';
import { answerKeyExchange, type ReceivedParams, requireOfferedCurve } from '../tls12/key_exchange12.ts';
import { readServerHello12, type ServerTerms } from '../tls12/server_hello12.ts';
import { checkSignature10, type KeyKind, kindOf, kindsOfTypes, schemesOfKinds, sign10 } from './authentication10.ts';
import { sendClientHello10 } from './hello10.ts';
import type { OlderProtocol } from './protocol.ts';

type Hs = Handshake<ClientSettings>;

/** @param protocols what is offered, the highest first @param fallback send TLS_FALLBACK_SCSV (RFC 7507) */
export function* olderClientHandshake(hs: Hs, protocols: readonly OlderProtocol[], fallback: boolean): Steps<void> {
  try {
    hs.negotiated.serverName = hs.settings.serverName;
    const offer = yield* sendClientHello10(hs, protocols, fallback);
    const message = yield* hs.read(HandshakeType.server_hello);
    const hello = parseServerHello(message.body);
    const protocol = protocols.find(({ version }) => version === hello.legacyVersion);
    if (protocol === undefined) {
      throw new TlsError('ERR_NO_SHARED_VERSION', `the server chose ${versionName(hello.legacyVersion)}`);
    }
    hs.negotiated.version = protocol.version;
    hs.records.useVersion(protocol.version);
    yield* clientHandshake10(hs, protocol, offer, hello, message);
  } finally {
    hs.dispose();
  }
}

/** From the ServerHello, which is not in the transcript yet, to the last Finished, in the version that was chosen. */
export function* clientHandshake10(
  hs: Hs,
  protocol: OlderProtocol,
  offer: ClientOffer,
  hello: ServerHello,
  message: HandshakeMessage,
): Steps<void> {
  // From here on there are the suites of this version and no others.
  hs.settings = { ...hs.settings, cipherSuites12: protocol.suites };
  const terms = readServerHello12(hs, offer, hello);
  hs.transcript.choose(protocol.cryptography.hash, true);
  hs.accept(message);
  const randoms: Randoms = { client: offer.random, server: hello.random.slice() };
  if (terms.resumed !== null) yield* resume(hs, protocol, terms, terms.resumed, randoms);
  else yield* fullHandshake(hs, protocol, terms, randoms, hello.legacySessionId.slice());
}

function* fullHandshake(
  hs: Hs,
  protocol: OlderProtocol,
  terms: ServerTerms,
  randoms: Randoms,
  sessionId: Uint8Array,
): Steps<void> {
  const { transcript, owned } = hs;
  const flight = yield* readServerFlight(hs, terms);
  const identity = yield* verifyServer(hs, terms, flight);
  if (flight.exchange !== null) yield* checkExchange(hs, protocol, identity, flight.exchange, randoms);
  hs.negotiated.peer = identity;
  const shown = flight.request === null ? null : yield* sendClientCertificate(hs, protocol, flight.request);
  // RFC 2246 §7.4.7.1: the version that was offered, whatever was chosen.
  const offered = Math.min(hs.settings.versions[0], ProtocolVersion['TLSv1.2']);
  const exchange = yield* answerKeyExchange(hs, flight.exchange?.received ?? null, identity.publicKey, offered);
  const rsa = terms.suite.keyExchange === 'rsa';
  hs.send(rsa ? protocol.toRsaExchange(exchange.message) : exchange.message);
  const sessionHash = terms.extendedMasterSecret ? transcript.digest() : null;
  const master = owned.add(masterSecret(terms.suite, exchange.premaster, randoms, sessionHash));
  owned.drop(exchange.premaster);
  if (shown !== null) {
    const digests = () => protocol.verifyDigests(hs, master);
    const signature = yield* sign10(hs, shown.credential, shown.kind, {
      digests,
      message: () => transcript.messages(),
    });
    hs.send(encodeCertificateVerify10(signature));
  }
  if (!protocol.keepsMessages) transcript.dropMessages();
  const keys = makeKeys12(hs, terms.suite, master, randoms, false);
  protocol.sendFinished(hs, keys);
  hs.negotiated.authentication = authenticated(hs.settings.now(), {
    proof: 'certificate',
    until: identity.validUntil,
    own: flight.request === null ? undefined : ownFingerprint(hs.settings),
  });
  const ticket = yield* readTicketAndChangeKeys(hs, terms, keys);
  yield* protocol.readFinished(hs, keys);
  // Before "established", so that whoever hears of that has the session, too.
  giveSession(hs, terms.suite, keys, terms, { sessionId, ticket });
  protocol.establish(hs, keys);
}

/** The abbreviated handshake: the server's Finished comes first. */
function* resume(
  hs: Hs,
  protocol: OlderProtocol,
  terms: ServerTerms,
  { session, peer }: OfferedSession,
  randoms: Randoms,
): Steps<void> {
  const { negotiated, owned, settings } = hs;
  negotiated.resume(session, peer);
  if (!protocol.keepsMessages) hs.transcript.dropMessages();
  const master = owned.add(copyMaster(settings.provider, session.secret));
  const keys = makeKeys12(hs, terms.suite, master, randoms, false);
  const ticket = yield* readTicketAndChangeKeys(hs, terms, keys);
  yield* protocol.readFinished(hs, keys);
  protocol.sendFinished(hs, keys);
  if (ticket !== null) giveSession(hs, terms.suite, keys, terms, { sessionId: session.sessionId, ticket });
  protocol.establish(hs, keys);
}

/** A ServerKeyExchange: the params, and the signature over them. */
interface ReceivedExchange {
  readonly received: ReceivedParams;
  readonly encodedParams: Uint8Array;
  readonly signature: Uint8Array;
}

/** What the server says between ServerHello and ServerHelloDone. */
interface ServerFlight {
  readonly certificates: readonly Uint8Array[];
  readonly ocspResponse: Uint8Array | null;
  readonly exchange: ReceivedExchange | null;
  readonly request: (CertificateRequestInfo & { readonly kinds: readonly KeyKind[] }) | null;
}

function* readServerFlight(hs: Hs, { suite, staple }: ServerTerms): Steps<ServerFlight> {
  const { certificate, certificate_status, certificate_request, server_key_exchange, server_hello_done } =
    HandshakeType;
  let message = yield* readAndAccept(hs, certificate);
  const certificates = readCertificate12(message.body, hs.negotiated.peerCertificateType);
  if (certificates.length === 0) throw new TlsError('ERR_DECODE_ERROR', 'the server sent no certificate');
  const behindStatus = suite.keyExchange === 'rsa' ? [certificate_request, server_hello_done] : [server_key_exchange];
  // RFC 6066 §8: a server that said it would staple may still not do so.
  message = yield* readAndAccept(hs, ...(staple ? [certificate_status] : []), ...behindStatus);
  let ocspResponse: Uint8Array | null = null;
  if (message.type === certificate_status) {
    ocspResponse = parseCertificateStatus(message.body).ocspResponse.slice();
    message = yield* readAndAccept(hs, ...behindStatus);
  }
  let exchange: ReceivedExchange | null = null;
  if (message.type === server_key_exchange) {
    exchange = readExchange(hs, suite, message);
    message = yield* readAndAccept(hs, certificate_request, server_hello_done);
  }
  let request: ServerFlight['request'] = null;
  if (message.type === certificate_request) {
    request = requestInfo(hs, message);
    message = yield* readAndAccept(hs, server_hello_done);
  }
  parseEmptyMessage(message.body, 'ServerHelloDone');
  return { certificates, ocspResponse, exchange, request };
}

function readExchange(hs: Hs, suite: CipherSuite12, { body }: HandshakeMessage): ReceivedExchange {
  const reader = new Reader(body, 'ServerKeyExchange');
  let received: ReceivedParams;
  if (suite.keyExchange === 'dhe') received = { kind: 'dhe', params: readDheParams(reader) };
  else {
    const params = readEcdheParams(reader);
    requireOfferedCurve(hs, params);
    received = { kind: 'ecdhe', params };
  }
  return { received, ...parseServerKeyExchangeSignature10(body, reader.offset) };
}

function requestInfo(hs: Hs, message: HandshakeMessage): ServerFlight['request'] {
  const { certificateTypes, certificateAuthorities } = parseCertificateRequest10(message.body);
  const kinds = kindsOfTypes(certificateTypes);
  const schemes = schemesOfKinds(kinds);
  return {
    version: hs.negotiated.version ?? 0,
    certificateType: requireRequestedType(hs),
    kinds,
    signatureSchemes: schemes,
    certificateSchemes: schemes,
    certificateTypes,
    certificateAuthorities: certificateAuthorities.map(name => name.slice()),
  };
}

function* verifyServer(hs: Hs, terms: ServerTerms, flight: ServerFlight): Steps<PeerIdentity> {
  const { suite, certificateTimestamps } = terms;
  const { certificates, ocspResponse } = flight;
  hs.negotiated.peerCertificates = certificates;
  hs.negotiated.peerOcspResponse = ocspResponse;
  hs.negotiated.peerTimestamps = certificateTimestamps ?? [];
  const identity = yield* verifyPeer(hs, {
    role: 'server',
    certificateType: hs.negotiated.peerCertificateType,
    certificates,
    serverName: hs.settings.serverName ?? undefined,
    ocspResponse: ocspResponse ?? undefined,
    signedCertificateTimestamps: certificateTimestamps ?? undefined,
    keyUse: suite.keyExchange === 'rsa' ? 'encipherment' : 'signature',
  });
  requireKeyFitsSuite(identity, suite);
  return identity;
}

/** RFC 2246 §7.4.3: the signature covers both randoms and the params as they were sent. */
function* checkExchange(
  hs: Hs,
  { cryptography }: OlderProtocol,
  identity: PeerIdentity,
  { encodedParams, signature }: ReceivedExchange,
  randoms: Randoms,
): Steps<void> {
  const content = concat([randoms.client, randoms.server, encodedParams]);
  yield* checkSignature10(hs, identity, signature, {
    digests: () => cryptography.hash.digest(content),
    message: () => content,
  });
}

/** Sends Certificate if there is one that fits; null if there is none, which is said as the version has it. */
function* sendClientCertificate(
  hs: Hs,
  protocol: OlderProtocol,
  request: NonNullable<ServerFlight['request']>,
): Steps<{ readonly credential: Credential; readonly kind: KeyKind } | null> {
  const { selectCredential } = hs.settings;
  const credential =
    selectCredential === null ? null : yield* hs.ask('client certificate', signal => selectCredential(request, signal));
  const kind = credential === null ? undefined : kindOf(credential);
  const fits = kind !== undefined && request.kinds.includes(kind) && (kind === 'rsa' || protocol.extensions);
  if (credential === null || !fits || credential.certificateChain.length === 0) {
    protocol.sendNoCertificate(hs);
    return null;
  }
  hs.send(certificateMessage12(credential));
  hs.negotiated.localCertificate = credential.certificateChain[0];
  return { credential, kind };
}
