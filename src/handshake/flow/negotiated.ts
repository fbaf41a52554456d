// What a connection knows once its handshake is over: what was negotiated, who the peer is, and the secrets that live as
// long as the connection does. The handshake fills it in as it goes; the connection's getters read it and it owns it.

import type { CostBudget } from '../../base/cost.ts';
import type { PeerIdentity } from '../../crypto/peer_verifier.ts';
import type { CipherSuite13 } from '../../crypto/record_protection.ts';
import type { Secret } from '../../crypto/secret.ts';
import type { CertificateTypeName } from '../../registry/certificate_types.ts';
import type { Authentication } from '../sessions/authentication.ts';
import type { Session } from '../sessions/session.ts';
import type { Carrier, Direction } from './carrier.ts';
import { EarlyDataFacts } from './early_data.ts';
import type { Exporter } from './exporter.ts';
import type { Disposable } from './owned.ts';
import type { Transcript } from './transcript.ts';

/** The application traffic secrets of TLS 1.3 (ApplicationKeys13), as those see them who did not make them. */
export interface ApplicationKeys extends Disposable {
  readonly suite: CipherSuite13;
  /** Puts the present secret of a direction to use. */
  install(carrier: Carrier, direction: Direction): void;
  /** Goes on to the next generation of a direction. @returns the new secret, which stays here */
  update(carrier: Carrier, direction: Direction): Secret;
  verifyData(direction: Direction, transcript: Uint8Array): Uint8Array;
  checkVerifyData(direction: Direction, transcript: Uint8Array, received: Uint8Array): boolean;
}

const none: readonly Uint8Array[] = [];

export class Negotiated implements Disposable {
  readonly role: 'client' | 'server';
  /** ProtocolVersion. */
  /** What the peer may cause. */
  readonly work: CostBudget;
  version: number | null = null;
  cipherSuite: { readonly id: number; readonly name: string; readonly keyLength: number } | null = null;
  group: { readonly id: number; readonly name: string } | null = null;
  /** SignatureScheme of the server's and of the client's proof of possession. */
  serverSignatureScheme: number | null = null;
  clientSignatureScheme: number | null = null;
  alpn: string | null = null;
  serverName: string | null = null;
  /** A session was resumed. */
  resumed = false;
  /** A key both sides knew from elsewhere stands for the certificates. */
  externalPsk = false;
  /** The server asked for another ClientHello. */
  helloRetried = false;
  /** Server, TLS 1.3: most plaintext bytes of the client's records, once it has seen the answer; null without a limit. */
  readLimit: number | null = null;
  extendedMasterSecret = false;
  peer: PeerIdentity | null = null;
  /** What the peer presents, and what this side does (RFC 7250). */
  peerCertificateType: CertificateTypeName = 'X509';
  localCertificateType: CertificateTypeName = 'X509';
  /**
   * As presented, DER, the end entity first; of a raw public key its SubjectPublicKeyInfo. These and the two below are only read,
   * and users get copies: other connections may have the same arrays.
   */
  peerCertificates: readonly Uint8Array[] = none;
  peerOcspResponse: Uint8Array | null = null;
  peerTimestamps: readonly Uint8Array[] = none;
  /** How the peer was authenticated: now, or in the full handshake that a resumed session began with. */
  authentication: Authentication | null = null;
  /** When the delegated credential that the peer proved itself by ends; null without one. */
  delegatedUntil: number | null = null;
  /** Leaf this side presented, DER. */
  localCertificate: Uint8Array | null = null;
  /** First Finished of a TLS 1.2 connection, for tls-unique (RFC 5929 §3). */
  firstFinished: Uint8Array | null = null;
  /** verify_data of this side's Finished, then of the peer's, of one length in every version: one array, as long as a connection lives. */
  #finished: Uint8Array | null = null;
  #localSent = false;
  #peerSent = false;
  exporter: Exporter | null = null;
  readonly earlyData: EarlyDataFacts = new EarlyDataFacts();
  /** Traffic secrets of TLS 1.3. */
  keys13: ApplicationKeys | null = null;
  /** resumption_secret, at a client for tickets to come. */
  resumptionSecret: Secret | null = null;
  /** Transcript up to the client's Finished, where authentication after the handshake was agreed on. */
  postHandshakeTranscript: Transcript | null = null;
  /** Tickets a client took so far, and requests for its certificate after the handshake. */
  ticketsReceived = 0;
  certificateRequests = 0;

  /** @param work what the peer may cause */
  constructor(role: 'client' | 'server', work: CostBudget) {
    this.role = role;
    this.work = work;
  }

  /** verify_data of the last Finished this side sent, a copy; null before. Setting copies. */
  get localFinished(): Uint8Array | null {
    return this.#localSent && this.#finished ? this.#finished.slice(0, this.#finished.length / 2) : null;
  }

  set localFinished(data: Uint8Array) {
    this.#finishedPair(data.length).set(data);
    this.#localSent = true;
  }

  /** verify_data of the last Finished of the peer, a copy; null before. Setting copies. */
  get peerFinished(): Uint8Array | null {
    return this.#peerSent && this.#finished ? this.#finished.slice(this.#finished.length / 2) : null;
  }

  set peerFinished(data: Uint8Array) {
    this.#finishedPair(data.length).set(data, data.length);
    this.#peerSent = true;
  }

  #finishedPair(length: number): Uint8Array {
    return (this.#finished ??= new Uint8Array(2 * length));
  }

  /** Takes over all that a session says of its peer. @param peer who that is, by the trust of today */
  resume(session: Session, peer: PeerIdentity | null): void {
    this.resumed = true;
    this.externalPsk = session.authentication.proof === 'psk';
    this.peer = peer;
    // At a client the ServerHello says what it will be asked for.
    if (this.role === 'server') this.localCertificateType = session.localCertificateType ?? 'X509';
    this.peerCertificateType = session.peerCertificateType ?? 'X509';
    this.peerCertificates = session.peerCertificates;
    this.peerOcspResponse = session.peerOcspResponse;
    this.peerTimestamps = session.peerTimestamps;
    this.authentication = session.authentication;
  }

  /** What a session to come says of the peer, and of what it saw. For one that a user gets: `copiedFacts`. */
  get sessionFacts(): Pick<
    Session,
    'localCertificateType' | 'peerCertificateType' | 'peerCertificates' | 'peerOcspResponse' | 'peerTimestamps'
  > {
    const { localCertificateType, peerCertificateType, peerCertificates, peerOcspResponse, peerTimestamps } = this;
    return { localCertificateType, peerCertificateType, peerCertificates, peerOcspResponse, peerTimestamps };
  }

  /** Wipes all secrets; the facts stay. Idempotent. */
  dispose(): void {
    this.exporter?.dispose();
    this.earlyData.dispose();
    this.keys13?.dispose();
    this.resumptionSecret?.dispose();
    this.postHandshakeTranscript?.dispose();
    this.exporter = null;
    this.keys13 = null;
    this.resumptionSecret = null;
    this.postHandshakeTranscript = null;
  }
}
