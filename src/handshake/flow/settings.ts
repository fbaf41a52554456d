// What a handshake is told: settings that are complete and checked (connection/config.ts makes them from a config), and
// the shapes of the hooks. A hook answers at once or later; one runs at a time; a destroyed connection aborts its signal.

import type { LoopPace } from '../../base/pace.ts';
import type { HashName } from '../../crypto/hash.ts';
import type { KeyExchangeGroup } from '../../crypto/key_exchange.ts';
import type { PeerVerifier } from '../../crypto/peer_verifier.ts';
import type { CryptoProvider } from '../../crypto/provider.ts';
import type { CipherSuite12, CipherSuite13 } from '../../crypto/record_protection.ts';
import type { Awaitable, RandomSource, Secret } from '../../crypto/secret.ts';
import type { Decrypter, Signer } from '../../crypto/signature.ts';
import type { CertificateTypeName } from '../../registry/certificate_types.ts';
import type { OidFilter } from '../../wire/extensions/authentication.ts';
import type { PresentedFacts, Session } from '../sessions/session.ts';
import type { RecordPadding } from './carrier.ts';

/** A certificate chain, or a raw public key, and whoever owns its private key. Belongs to the config, is never changed. */
export interface Credential {
  /** What `certificateChain` holds. Absent: X509. */
  readonly certificateType?: CertificateTypeName;
  /** DER, the end entity first. With RawPublicKey one DER SubjectPublicKeyInfo (RFC 7250). */
  readonly certificateChain: readonly Uint8Array[];
  readonly signer: Signer;
  /** For RSA key exchange in TLS 1.2; without one it is not negotiated. */
  readonly decrypter?: Decrypter;
  /** DER OCSPResponse to staple (RFC 6066 §8). */
  readonly ocspResponse?: Uint8Array;
  /** SerializedSCTs to send (RFC 6962 §3.3), without the outer list length. */
  readonly signedCertificateTimestamps?: readonly Uint8Array[];
  /** `signer` is the owner of a key that the certificate delegates to (RFC 9345): for TLS 1.3 peers that take such keys. */
  readonly delegated?: DelegatedKeyUse;
}

/** A delegated credential at the side that uses it. */
export interface DelegatedKeyUse {
  /** DelegatedCredential, as it is sent. */
  readonly encoded: Uint8Array;
  /** SignatureScheme of the CertificateVerify, and of the signature by the certificate's key. */
  readonly scheme: number;
  readonly algorithm: number;
  /** Milliseconds since the epoch. */
  readonly until: number;
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
  /** What the client takes of a server (RFC 7250): a credential of another type cannot be shown. */
  readonly certificateTypes: readonly CertificateTypeName[];
  /** SignatureScheme values of keys that a certificate delegated to (RFC 9345); absent: it takes none. */
  readonly delegatedSchemes?: readonly number[];
}

/** What a client knows of a server that asks for its certificate. */
export interface CertificateRequestInfo {
  readonly version: number;
  /** What the server wants to see (RFC 7250). Another type is not shown. Absent: X509. */
  readonly certificateType?: CertificateTypeName;
  readonly signatureSchemes: readonly number[];
  readonly certificateSchemes: readonly number[];
  /** ClientCertificateType values (TLS 1.2 and before); absent in TLS 1.3, which has none. */
  readonly certificateTypes?: readonly number[];
  /** SignatureScheme values of keys that a certificate delegated to (RFC 9345); absent: the server takes none. */
  readonly delegatedSchemes?: readonly number[];
  /** DER names; empty if any authority will do. */
  readonly certificateAuthorities: readonly Uint8Array[];
  /** TLS 1.3: what extensions of the certificate have to say (RFC 9846 §4.2.5). What does not fit is not shown. */
  readonly oidFilters?: readonly OidFilter[];
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

/** One way to compress certificates (RFC 8879). Belongs to the config. */
export interface CertificateCompression {
  /** CertificateCompressionAlgorithm. */
  readonly id: number;
  /** The compressed form, or null to send the certificate as it is. Absent for what is only undone here. */
  compress?(body: Uint8Array, signal: AbortSignal): Awaitable<Uint8Array | null>;
  /**
   * Undoes it. Whoever sent it is not authenticated yet: no more than `length` bytes may be made.
   * @throws anything, if it is malformed or longer
   */
  decompress(compressed: Uint8Array, length: number, signal: AbortSignal): Awaitable<Uint8Array>;
}

/** Caps on what a peer may make this side hold or do. */
export interface HandshakeLimits {
  /** Bytes of a Certificate message, and of any other handshake message. */
  readonly maxCertificateMessage: number;
  readonly maxHandshakeMessage: number;
  /** KeyUpdates a peer may send at once; every 16 KiB of data, and every minute, are good for one more. */
  readonly maxKeyUpdates: number;
  /** Requests for its certificate that a client answers after the handshake. */
  readonly maxCertificateRequests: number;
  /**
   * Units of work a peer may cause in a connection, of which 1000 are a full handshake with P-256, beside one verification
   * of certificates, which has a budget of its own. Data and time pay it back (base/cost.ts).
   */
  readonly maxWork: number;
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
  /** What is taken of the peer, in order of preference (RFC 7250). */
  readonly peerCertificateTypes: readonly CertificateTypeName[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly random: RandomSource;
  /** Gets the lines of a key log (RFC 9850), without the line end. Dangerous by nature. */
  readonly keyLog: ((line: string) => void) | null;
  /** Most plaintext bytes of a record of this side's; absent for what the protocol allows. */
  readonly maxSendFragment?: number;
  /** How records of TLS 1.3 are made longer; null or absent for not at all. */
  readonly recordPadding?: RecordPadding | null;
  /** record_size_limit to send (RFC 8449); null to send none. */
  readonly recordSizeLimit: number | null;
  /** Bound into sessions: one that was made under another context is not resumed. */
  readonly sessionContext: Uint8Array;
  readonly limits: HandshakeLimits;
  /** Writes a session down. Null without the code for it. */
  readonly serializeSession: ((session: Session, provider: CryptoProvider) => Uint8Array) | null;
  /** How certificates may come, and go where the peer can undo it, in order of preference. */
  readonly certificateCompression: readonly CertificateCompression[];
  /** Lets connections hold once what they have in common, when they are established. Absent: each has its own. */
  readonly share?: (facts: PresentedFacts) => void;
  /** How long jobs may hold the loop; null for as long as they take. A connection keeps the one that it began with. */
  readonly pace: LoopPace | null;
}
