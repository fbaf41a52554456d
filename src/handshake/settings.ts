// What a handshake is told: settings that are complete and checked (connection/config.ts makes them from a config), and
// the shapes of the hooks. A hook answers at once or later; one runs at a time; a destroyed connection aborts its signal.

import type { FiniteFieldPolicy } from '../crypto/finite_field_policy.ts';
import type { HashName } from '../crypto/hash.ts';
import type { KeyExchangeGroup } from '../crypto/key_exchange.ts';
import type { PeerVerifier } from '../crypto/peer_verifier.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import type { CipherSuite12, CipherSuite13 } from '../crypto/record_protection.ts';
import type { Awaitable, RandomSource, Secret } from '../crypto/secret.ts';
import type { Decrypter, Signer } from '../crypto/signature.ts';
import type { Steps } from './flow.ts';
import type { Handshake } from './handshake.ts';
import type { OlderClient, OlderServer } from './older_version.ts';
import type { Session } from './session.ts';

/** A certificate chain and whoever owns its private key. Belongs to the config, is never changed. */
export interface Credential {
  /** DER, the end entity first. */
  readonly certificateChain: readonly Uint8Array[];
  readonly signer: Signer;
  /** For RSA key exchange in TLS 1.2; without one it is not negotiated. */
  readonly decrypter?: Decrypter;
  /** DER OCSPResponse to staple (RFC 6066 §8). */
  readonly ocspResponse?: Uint8Array;
  /** SerializedSCTs to send (RFC 6962 §3.3), without the outer list length. */
  readonly signedCertificateTimestamps?: readonly Uint8Array[];
}

/** What a server knows of a client when it chooses a certificate. */
export interface ClientHelloInfo {
  /** ProtocolVersion that will be spoken. */
  readonly version: number;
  /** SNI, lower case, without a trailing dot; null if the client sent none. */
  readonly serverName: string | null;
  /** Protocols the client offers, in its order. */
  readonly alpn: readonly string[];
  /** SignatureScheme values the client takes in handshake signatures. */
  readonly signatureSchemes: readonly number[];
  /** SignatureScheme values the client takes in certificates. */
  readonly certificateSchemes: readonly number[];
  /** DER names of the authorities the client trusts, if it says so. */
  readonly certificateAuthorities: readonly Uint8Array[];
  readonly cipherSuites: readonly number[];
  readonly groups: readonly number[];
}

/** What a client knows of a server that asks for its certificate. */
export interface CertificateRequestInfo {
  readonly version: number;
  readonly signatureSchemes: readonly number[];
  readonly certificateSchemes: readonly number[];
  /** DER names; empty if any authority will do. */
  readonly certificateAuthorities: readonly Uint8Array[];
}

/** A key both sides know from elsewhere (RFC 9846 §2.2, §4.2.11). */
export interface ExternalPsk {
  readonly identity: Uint8Array;
  /** Belongs to the config. */
  readonly key: Secret;
  /** Hash the key is bound to; SHA-256 if nothing else is said (RFC 9846 §4.2.11). */
  readonly hash: HashName;
  /** Made by importPsk (RFC 9258), which gives its binder another label. */
  readonly imported?: boolean;
}

/** What keeps the state that tickets stand for: TicketKeys (in the ticket itself) or a session cache. */
export interface TicketStore {
  /** A ticket for `state`, 1-65,535 bytes, or null to give none. `state` holds a secret: it is wiped after the call. */
  seal(state: Uint8Array, signal: AbortSignal): Awaitable<Uint8Array | null>;
  /** The state a ticket stands for; null if it is unknown, forged or too old. The caller wipes it. */
  open(ticket: Uint8Array, signal: AbortSignal): Awaitable<Uint8Array | null>;
  /** Seconds a client may keep a ticket, at most 604,800 (RFC 9846 §4.6.1). */
  readonly lifetime: number;
}

/** Keeps TLS 1.2 sessions by their ID, for clients without tickets (RFC 5246 §7.4.1.2). */
export interface SessionIdStore {
  /** Keeps `state`, which holds a secret and is wiped after the call, under a 32-byte ID. */
  store(id: Uint8Array, state: Uint8Array, signal: AbortSignal): Awaitable<void>;
  /** The state of an ID; null if it is unknown or too old. The caller wipes it. */
  load(id: Uint8Array, signal: AbortSignal): Awaitable<Uint8Array | null>;
  /** Seconds a session may be resumed. */
  readonly lifetime: number;
}

/** Caps on what a peer may make this side hold or do. */
export interface HandshakeLimits {
  /** Bytes of a Certificate message, and of any other handshake message. */
  readonly maxCertificateMessage: number;
  readonly maxHandshakeMessage: number;
  /** KeyUpdates a peer may send before application data comes between. */
  readonly maxKeyUpdates: number;
  /** Tickets a client keeps of one connection. */
  readonly maxTickets: number;
}

/** What both roles share. */
export interface HandshakeSettings {
  readonly role: 'client' | 'server';
  readonly provider: CryptoProvider;
  /** ProtocolVersion values, the highest first. */
  readonly versions: readonly number[];
  /** In order of preference. */
  readonly cipherSuites13: readonly CipherSuite13[];
  readonly cipherSuites12: readonly CipherSuite12[];
  readonly groups: readonly KeyExchangeGroup[];
  /** SignatureScheme values taken in handshakes, in order of preference. */
  readonly signatureSchemes: readonly number[];
  /** Those taken in certificates, when they differ (signature_algorithms_cert). */
  readonly certificateSchemes: readonly number[] | null;
  /** Protocol names, one byte a character, in order of preference; empty without ALPN. */
  readonly alpn: readonly string[];
  /** Decides who the peer is; null where no peer certificate is asked for. */
  readonly verifier: PeerVerifier | null;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly random: RandomSource;
  /** Gets the lines of a key log (RFC 9850), without the line end. Dangerous by nature. */
  readonly keyLog: ((line: string) => void) | null;
  /** record_size_limit to send (RFC 8449); null to send none. */
  readonly recordSizeLimit: number | null;
  /** Bound into sessions: one that was made under another context is not resumed. */
  readonly sessionContext: Uint8Array;
  readonly limits: HandshakeLimits;
}

export interface ClientSettings extends HandshakeSettings {
  readonly role: 'client';
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
  /** Session to resume; it stays the caller's. */
  readonly session: Session | null;
  readonly externalPsk: ExternalPsk | null;
  /** The client's certificate; null to have none. */
  readonly selectCredential:
    | ((request: CertificateRequestInfo, signal: AbortSignal) => Awaitable<Credential | null>)
    | null;
  /** Offer authentication after the handshake (RFC 9846 §4.2.6). */
  readonly postHandshakeAuth: boolean;
  /** Ask for a stapled OCSP response, for certificate timestamps. */
  readonly requestOcspStaple: boolean;
  readonly requestCertificateTimestamps: boolean;
}

export interface ServerSettings extends HandshakeSettings {
  readonly role: 'server';
  /** The whole handshake of this role. */
  readonly handshake: (hs: Handshake<ServerSettings>) => Steps<void>;
  /** The versions before TLS 1.3 that there is code for; `versions` says which are spoken. */
  readonly older: readonly OlderServer[];
  /** The certificate for a client; null if there is none for this name (unrecognized_name). */
  readonly selectCredential: (hello: ClientHelloInfo, signal: AbortSignal) => Awaitable<Credential | null>;
  readonly clientAuth: 'none' | 'request' | 'require';
  /** DER names sent in CertificateRequest. */
  readonly certificateAuthorities: readonly Uint8Array[];
  /** Null to give no tickets and take none. */
  readonly tickets: TicketStore | null;
  /** Null or absent to give no TLS 1.2 session IDs and know none. */
  readonly sessionIds?: SessionIdStore | null;
  /** Tickets sent after a full handshake. */
  readonly ticketCount: number;
  /** The key for an identity that is no ticket; null for an unknown one. */
  readonly findExternalPsk: ((identity: Uint8Array, signal: AbortSignal) => Awaitable<ExternalPsk | null>) | null;
  /** Choose suites in the server's order rather than the client's. */
  readonly preferServerOrder: boolean;
  /** Chooses the protocol in the place of `alpn`; null to go on without one. */
  readonly selectAlpn: ((hello: ClientHelloInfo, signal: AbortSignal) => Awaitable<string | null>) | null;
  /** Have the client send back a cookie with its second ClientHello (RFC 9846 §4.2.2). */
  readonly sendCookie: boolean;
  /** Refuse a client that offers ALPN with nothing in common (RFC 7301 §3.2). False: go on without. */
  readonly requireAlpnMatch: boolean;
}
