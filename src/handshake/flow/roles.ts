// What differs between the roles: the settings of a client and of a server, the versions before TLS 1.3 that they bring
// along, and what a client's first flight leaves for the flow of the version that is chosen.

import type { FiniteFieldPolicy } from '../../crypto/finite_field_policy.ts';
import type { HashName } from '../../crypto/hash.ts';
import type { KeyExchange, KeyExchangeGroup } from '../../crypto/key_exchange.ts';
import type { PeerIdentity, PresentedPeer } from '../../crypto/peer_verifier.ts';
import type { CryptoProvider } from '../../crypto/provider.ts';
import type { CipherSuite12, CipherSuite13 } from '../../crypto/record_protection.ts';
import type { Awaitable, Secret } from '../../crypto/secret.ts';
import type { PublicKey } from '../../crypto/signature.ts';
import type { ForeignHello } from '../../record/record_reader.ts';
import type { CertificateTypeName } from '../../registry/certificate_types.ts';
import type { ClientHello } from '../../wire/client_hello.ts';
import type { TicketRequest } from '../../wire/extensions/negotiation.ts';
import type { Extension } from '../../wire/extensions.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import type { ServerHello } from '../../wire/server_hello.ts';
import type { Authentication } from '../sessions/authentication.ts';
import type { Session } from '../sessions/session.ts';
import type { SessionIdStore, TicketStore } from '../sessions/stores.ts';
import type { EarlyDataPolicy } from './early_data.ts';
import type { Exporters } from './exporters.ts';
import type { Steps } from './flow.ts';
import type { Handshake } from './handshake.ts';
import type { ReceivedHello } from './received_hello.ts';
import type {
  CertificateRequestInfo,
  ClientHelloInfo,
  Credential,
  ExternalPsk,
  HandshakeSettings,
} from './settings.ts';
import type { Transcript } from './transcript.ts';

/** Sessions and keys from elsewhere at a client (RFC 9846 §2.2, §4.6.1), and the sessions of older versions. */
export interface ClientResumption {
  /** The PSKs to offer. */
  offers(hs: Handshake<ClientSettings>): Steps<PskOffer[]>;
  /** The ClientHello with them and their binders. */
  encode(hs: Handshake<ClientSettings>, hello: ClientHello, offers: readonly PskOffer[]): Uint8Array;
  /** The one that pre_shared_key of a ServerHello selects. @throws ERR_ILLEGAL_PARAMETER */
  selected(offers: readonly PskOffer[], data: Uint8Array, suite: CipherSuite13): PskOffer;
  /** With a PSK no certificate is sent: who the server is follows from the session. */
  use(hs: Handshake<ClientSettings>, psk: PskOffer): void;
  /** The server is who its certificate says: tickets will stand for that. @param requested it asked for one of ours */
  noteAuthentication(hs: Handshake<ClientSettings>, requested: boolean): void;
  takeTicket(hs: Handshake<ClientSettings>, message: HandshakeMessage): void;
  /** Who the server of a session is, null for a PSK. Undefined: make a full handshake. */
  serverOfSession(
    hs: Handshake<ClientSettings>,
    session: Session,
    keyUse: NonNullable<PresentedPeer['keyUse']>,
  ): Steps<PeerIdentity | null | undefined>;
  readonly serializeSession: NonNullable<HandshakeSettings['serializeSession']>;
}

/** Early data at a client (RFC 9846 §4.2.10). */
export interface ClientEarlyData {
  offer(settings: ClientSettings, psks: readonly PskOffer[]): EarlyOffer | null;
  /** Behind the ClientHello, which is encoded: its keys take over. */
  begin(hs: Handshake<ClientSettings>, early: EarlyOffer, hello: Uint8Array): void;
  /** A HelloRetryRequest refuses it. */
  retry(hs: Handshake<ClientSettings>, offer: ClientOffer): void;
  /** What EncryptedExtensions say of it. */
  readAnswer(
    hs: Handshake<ClientSettings>,
    early: EarlyOffer,
    extensions: readonly Extension[],
    suite: CipherSuite13,
    psk: PskOffer | null,
    writeSecret: Secret,
  ): void;
  end(hs: Handshake<ClientSettings>, suite: CipherSuite13, writeSecret: Secret): void;
}

/** What answers a CertificateRequest once it is time: a flow, or null if it is done at once. */
export type Answer = () => Steps<void> | null;

/** Certificates of a client (RFC 9846 §4.3.2, §4.6.2). Without them a client answers with an empty Certificate. */
export interface ClientCertificates {
  credentials(
    provider: CryptoProvider,
    given: Credential | readonly Credential[] | NonNullable<ClientSettings['selectCredential']> | undefined,
    types: readonly CertificateTypeName[] | undefined,
    now: (() => number) | undefined,
  ): Pick<ClientSettings, 'selectCredential' | 'credentialsFingerprint' | 'certificateTypes'>;
  /** Reads a CertificateRequest of the handshake. @returns what answers it later */
  requested(hs: Handshake<ClientSettings>, message: HandshakeMessage): Answer;
  /** After the handshake. @param base the transcript of it */
  authenticateLate(hs: Handshake<ClientSettings>, message: HandshakeMessage, base: Transcript): Steps<void>;
}

/** Certificates that come compressed (RFC 8879). */
export interface CompressedCertificates {
  /** Types that a Certificate may come as. */
  types(hs: Handshake): number[];
  /** The Certificate message that came, or that a CompressedCertificate holds. */
  decompressed(hs: Handshake, message: HandshakeMessage): Steps<HandshakeMessage>;
}

/**
 * What a client can do beside a handshake that stands on the server's certificate. Each comes with its code from the config,
 * so that a page carries what it names; what is absent is not offered.
 */
export interface ClientFeatures {
  readonly resumption?: ClientResumption;
  readonly earlyData?: ClientEarlyData;
  readonly clientCertificates?: ClientCertificates;
  readonly compressedCertificates?: CompressedCertificates;
  readonly exporters?: Exporters;
}

export interface ClientSettings extends HandshakeSettings {
  readonly role: 'client';
  readonly features: ClientFeatures;
  /** Null without the code for it. */
  readonly exporters: Exporters | null;
  /** The whole handshake of this role: it comes with the settings, so that a bundle with clients has no server. */
  readonly handshake: (hs: Handshake<ClientSettings>) => Steps<void>;
  /** The versions before TLS 1.3 that there is code for; `versions` says which are spoken. */
  readonly older: readonly OlderClient[];
  /** DNS name or IP address of the server; null to send no SNI and verify no name. */
  readonly serverName: string | null;
  /** Groups whose shares go into the first ClientHello: some of `groups`, in their order. */
  readonly keyShareGroups: readonly KeyExchangeGroup[];
  /** Groups taken from TLS 1.2 servers with DHE. */
  readonly finiteFieldPolicy: FiniteFieldPolicy;
  readonly maximumDheBits: number;
  /** Session to resume; it stays the caller's. */
  readonly session: Session | null;
  /** Keys of TLS 1.3, in order of preference. */
  readonly externalPsks: readonly ExternalPsk[];
  /** The PSK suites of TLS 1.2; null or absent for none. */
  readonly psk12?: PskClient12 | null;
  /** max_fragment_length to ask for, in bytes (RFC 6066 §4); null or absent for none. */
  readonly maxFragmentLength?: number | null;
  /** Tickets to ask for (RFC 9149); null or absent to leave it to the server. */
  readonly ticketRequest?: TicketRequest | null;
  /** Null or absent for a ClientHello that says what it has to. */
  readonly clientHelloShape?: ClientHelloShape | null;
  /** Null or absent to take no delegated credential. */
  readonly delegatedCredentials?: DelegatedCredentials | null;
  /** The client's certificate; null to have none. */
  readonly selectCredential:
    | ((request: CertificateRequestInfo, signal: AbortSignal) => Awaitable<Credential | null>)
    | null;
  /** Fingerprint of what `selectCredential` chooses from: sessions that rest on it are offered only with the same. Null for nothing. */
  readonly credentialsFingerprint: Uint8Array | null;
  /** What `selectCredential` can choose, in order of preference (RFC 7250). */
  readonly certificateTypes: readonly CertificateTypeName[];
  /** Offer authentication after the handshake (RFC 9846 §4.2.6). */
  readonly postHandshakeAuth: boolean;
  /** Offer early data where the session allows it (RFC 9846 §4.2.10). */
  readonly earlyData: boolean;
  /** Offer to take tickets of versions before TLS 1.3 (RFC 5077); without, sessions are resumed by ID. */
  readonly sessionTickets: boolean;
  /** Ask for a stapled OCSP response, for certificate timestamps. */
  readonly requestOcspStaple: boolean;
  readonly requestCertificateTimestamps: boolean;
}

/** A server's request for a certificate after the handshake that is not answered yet. */
export interface PendingRequest {
  readonly context: Uint8Array;
  /** Up to the CertificateRequest. */
  readonly transcript: Transcript;
  /** A client that shows no certificate is refused. */
  readonly required: boolean;
}

/** How a server asks for a certificate after the handshake (RFC 9846 §4.6.2). */
export interface LateAuthentication {
  /** Asks a client that offered it. @throws ERR_INVALID_STATE if it did not */
  request(hs: Handshake<ServerSettings>, required: boolean): PendingRequest;
  /** From the client's Certificate to its Finished. */
  read(hs: Handshake<ServerSettings>, message: HandshakeMessage, pending: PendingRequest): Steps<void>;
}

export interface ServerSettings extends HandshakeSettings {
  readonly role: 'server';
  readonly exporters: Exporters;
  /** The whole handshake of this role. */
  readonly handshake: (hs: Handshake<ServerSettings>) => Steps<void>;
  readonly lateAuthentication: LateAuthentication;
  /** The versions before TLS 1.3 that there is code for; `versions` says which are spoken. */
  readonly older: readonly OlderServer[];
  /**
   * Other settings for this client, by its name for instance, which decide all from here on: trust, certificates, sessions,
   * suites and versions. Null for these ones. Absent: these for all.
   */
  readonly forClient?: ((hello: ClientHelloInfo, signal: AbortSignal) => Awaitable<ServerSettings | null>) | null;
  /** What is kept when the handshake is over: the same without what serves one connection alone. Absent: all. */
  readonly afterHandshake?: ServerSettings;
  /** The certificate for a client; null if there is none for this name (unrecognized_name). */
  readonly selectCredential: (hello: ClientHelloInfo, signal: AbortSignal) => Awaitable<Credential | null>;
  /** Fingerprints, in hex, of the leaves `selectCredential` chooses from; null if nobody knows. Sessions under others end. */
  readonly ownFingerprints: ReadonlySet<string> | null;
  /** What the first bytes of a client may be instead of a record; absent for nothing. */
  readonly foreignHello?: ForeignHello;
  readonly clientAuth: 'none' | 'request' | 'require';
  /** Null or absent to take no delegated credential of a client. */
  readonly delegatedCredentials?: DelegatedCredentials | null;
  /** Fingerprint of what a CertificateRequest asks for. */
  readonly requestFingerprint: Uint8Array;
  /** DER names sent in CertificateRequest. */
  readonly certificateAuthorities: readonly Uint8Array[];
  /** Null to give no tickets and take none. */
  readonly tickets: TicketStore | null;
  /** Null or absent to give no TLS 1.2 session IDs and know none. */
  readonly sessionIds?: SessionIdStore | null;
  /** Tickets sent after a full handshake. */
  readonly ticketCount: number;
  /** False: a client that resumes keeps its ticket, as OpenSSL has it. Absent: it gets a new one (RFC 9846 §C.4). */
  readonly renewTickets?: boolean;
  /** Null to take no early data, and to give no ticket that allows any. */
  readonly earlyData: EarlyDataPolicy | null;
  /** The key for an identity that is no ticket; null for an unknown one. */
  readonly findExternalPsk: ((identity: Uint8Array, signal: AbortSignal) => Awaitable<ExternalPsk | null>) | null;
  /** The PSK suites of TLS 1.2; null or absent for none. */
  readonly psk12?: PskServer12 | null;
  /** Choose suites in the server's order rather than the client's. */
  readonly preferServerOrder: boolean;
  /** Chooses the protocol in the place of `alpn`; null to go on without one. */
  readonly selectAlpn: ((hello: ClientHelloInfo, signal: AbortSignal) => Awaitable<string | null>) | null;
  /** Have the client send back a cookie with its second ClientHello (RFC 9846 §4.2.2). */
  readonly sendCookie: boolean;
  /** Refuse a client that offers ALPN with nothing in common (RFC 7301 §3.2). False: go on without. */
  readonly requireAlpnMatch: boolean;
  /** Reserved values in CertificateRequest and NewSessionTicket (RFC 8701 §4.1). Absent: none. */
  readonly grease?: boolean;
}

/**
 * When it is for sessions, milliseconds since the epoch: by the clock that those who open the tickets share, else by this
 * server's. Certificates are judged by `now`.
 */
export function sessionTime({ tickets, now }: ServerSettings): number {
  return tickets?.now === undefined ? now() : tickets.now();
}

/** A version before TLS 1.3 at a client, such as `tls12Client`. */
export interface OlderClient {
  /** ProtocolVersion. */
  readonly version: number;
  /** From the ServerHello that chose this version, which is not in the transcript yet, to the last Finished. @internal */
  handshake(
    hs: Handshake<ClientSettings>,
    offer: ClientOffer,
    hello: ServerHello,
    message: HandshakeMessage,
  ): Steps<void>;
}

/** A version before TLS 1.3 at a server, such as `tls12Server`. */
export interface OlderServer {
  /** ProtocolVersion. */
  readonly version: number;
  /** From the ClientHello, which is not in the transcript yet, to the last Finished. @internal */
  handshake(hs: Handshake<ServerSettings>, received: ReceivedHello, message: HandshakeMessage): Steps<void>;
}

/** What `clientHelloShape` makes. */
export interface ClientHelloShape {
  /** The message as it is sent. @param encode puts the PSKs behind the extensions @internal */
  encode(
    hs: Handshake<ClientSettings>,
    offer: ClientOffer,
    plain: ClientHello,
    encode: (hello: ClientHello) => Uint8Array,
  ): Uint8Array;
}

/** A key that stands for that of the peer's certificate (RFC 9345). */
export interface Delegation {
  readonly publicKey: PublicKey;
  /** SignatureScheme values that its CertificateVerify may have. */
  readonly schemes: readonly number[];
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** What `delegatedCredentials` makes. */
export interface DelegatedCredentials {
  /** SignatureScheme values to offer. @internal */
  schemes(settings: Pick<HandshakeSettings, 'signatureSchemes'>): readonly number[];
  /** @param leaf DER @param leafKey as it was verified @throws ERR_ILLEGAL_PARAMETER @internal */
  check(hs: Handshake, leaf: Uint8Array, encoded: Uint8Array, leafKey: PublicKey): Steps<Delegation>;
}

/** What a PSK suite of TLS 1.2 came to. */
export interface PskExchanged12 {
  /** Owned by the handshake. */
  readonly premaster: Secret;
  readonly authentication: Authentication;
}

/** The PSK suites of TLS 1.2 at a client: what `psk12Client` makes. */
export interface PskClient12 {
  /** From behind the ServerHello to the ClientKeyExchange. @internal */
  exchange(hs: Handshake<ClientSettings>, suite: CipherSuite12): Steps<PskExchanged12>;
  /** Whether the PSK that a session began with would be used today. @internal */
  knows(hs: Handshake<ClientSettings>, authentication: Authentication): Steps<boolean>;
}

/** The PSK suites of TLS 1.2 at a server: what `psk12Server` makes. */
export interface PskServer12 {
  /** From behind the ServerHello to the ClientKeyExchange. @param group null with a PSK alone @internal */
  exchange(hs: Handshake<ServerSettings>, suite: CipherSuite12, group: KeyExchangeGroup | null): Steps<PskExchanged12>;
  /** Whether the PSK that a session began with is taken today. @internal */
  knows(hs: Handshake<ServerSettings>, authentication: Authentication): Steps<boolean>;
}

/** Where a PSK comes from: a ticket, elsewhere (RFC 9846 §4.2.11), elsewhere through the importer (RFC 9258). */
export type PskKind = 'resumption' | 'external' | 'imported';

/** A PSK on offer. The key belongs to its session or config. */
export interface PskOffer {
  readonly kind: PskKind;
  readonly identity: Uint8Array;
  readonly key: Secret;
  readonly hash: HashName;
  /** The session it stands for, and who the server was. */
  readonly session: Session | null;
  readonly peer: PeerIdentity | null;
  /** The key from elsewhere that it is; null for a session. */
  readonly external: ExternalPsk | null;
}

/** A session that a full handshake of today would end like. */
export interface OfferedSession {
  readonly session: Session;
  /** Null where a PSK stands for certificates. */
  readonly peer: PeerIdentity | null;
}

/** Early data on offer: with the first PSK, under the suite of its session. */
export interface EarlyOffer {
  readonly psk: PskOffer;
  readonly suite: CipherSuite13;
}

/** What a client offered: all that its answers are checked against, and the private halves of its shares. */
export interface ClientOffer {
  readonly random: Uint8Array;
  readonly legacySessionId: Uint8Array;
  /** Replaced by the one share a HelloRetryRequest asks for. The offer owns them. */
  keyExchanges: KeyExchange[];
  /** The PSKs that pre_shared_key lists, in its order; the offer owns their secrets. */
  psks: PskOffer[];
  /** Null if none is offered, or not any more. */
  early: EarlyOffer | null;
  cookie: Uint8Array | null;
  /** TLS 1.2 session on offer, by ticket or by ID, and who its server is. */
  readonly session12: OfferedSession | null;
  /** Types of the extensions that were sent last. */
  extensionTypes: ReadonlySet<number>;
}
