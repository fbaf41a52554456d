// Configs: what a user says, checked and completed once, then immutable and shared by all connections. Sensible with
// nothing set but a provider: TLS 1.3 and 1.2, verification on, no certificate of one's own.

import { toHex } from '../base/bytes.ts';
import { TlsError } from '../base/errors.ts';
import { loopPace } from '../base/pace.ts';
import { finiteFieldLimits, minimumPrimeBits } from '../crypto/finite_field_policy.ts';
import type { PeerVerifier } from '../crypto/peer_verifier.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import type { Awaitable, RandomSource } from '../crypto/secret.ts';
import { credentialsFingerprint, requestFingerprint } from '../handshake/authentication/fingerprints.ts';
import { clientHandshake } from '../handshake/client.ts';
import type { RecordPadding } from '../handshake/flow/carrier.ts';
import type {
  ClientCertificates,
  ClientFeatures,
  ClientHelloShape,
  ClientSettings,
  DelegatedCredentials,
  OlderClient,
  OlderServer,
  PskClient12,
  PskServer12,
  ServerSettings,
} from '../handshake/flow/roles.ts';
import type {
  CertificateCompression,
  CertificateRequestInfo,
  ClientHelloInfo,
  Credential,
  ExternalPsk,
  HandshakeLimits,
  HandshakeSettings,
} from '../handshake/flow/settings.ts';
import { serverHandshake } from '../handshake/server.ts';
import { dangerousSerializeSession, type Session } from '../handshake/sessions/session.ts';
import { shareFacts } from '../handshake/sessions/shared_facts.ts';
import type { SessionIdStore, TicketStore } from '../handshake/sessions/stores.ts';
import { tls12Client } from '../handshake/tls12/client12.ts';
import { tls12Server } from '../handshake/tls12/server12.ts';
import { lateAuthentication13 } from '../handshake/tls13/late_authentication13.ts';
import type { CertificateTypeName } from '../registry/certificate_types.ts';
import type { ProtocolVersionName } from '../registry/protocol_versions.ts';
import type { TicketRequest } from '../wire/extensions/negotiation.ts';
import { clientFeatures } from './client_features.ts';
import {
  checkClientOptions,
  checkServerOptions,
  checkTarget,
  HANDSHAKE_TIMEOUT,
  readLimits,
  requireFeatures,
} from './config_options.ts';
import { type EarlyDataOptions, earlyDataPolicy } from './early_data.ts';
import { allExporters } from './keying_material.ts';
import { keyShareGroups, negotiable, type Wishes } from './negotiable.ts';
import { firstThatFits } from './server_credentials.ts';
import { dangerouslyAcceptAnyPeer, nobody } from './unverified.ts';

/** Servers choose DHE groups themselves, and many have 4,096 bits: about 20 handshakes' worth of work. */
const MAXIMUM_DHE_BITS = 4096;

/** What both roles may set. Everything has a default but the provider. */
export interface CommonOptions {
  /** Cryptography: its lists are what can be negotiated at all. */
  readonly provider: CryptoProvider;
  /** Default "TLSv1.2". */
  readonly minVersion?: ProtocolVersionName;
  /** Default "TLSv1.3". */
  readonly maxVersion?: ProtocolVersionName;
  /**
   * IANA's or OpenSSL's names, in order of preference; a version without any is not spoken. Default: the provider's,
   * without CCM_8, CBC, and key exchange without ECDHE.
   */
  readonly cipherSuites?: readonly string[];
  /** IANA names, in order of preference. Default: the provider's but for finite fields, which are taken by name, up to 3,072 bits. */
  readonly groups?: readonly string[];
  /**
   * Take finite-field groups of more than 3,072 bits where `groups` names them, and at a client of more than 4,096 from TLS
   * 1.2 servers: a message of a kilobyte then costs this side as much as a hundred handshakes.
   */
  readonly dangerousLargeFiniteFields?: boolean;
  /** SignatureScheme values, in order of preference, that the provider can verify. Default: all of them but SHA-1. */
  readonly signatureSchemes?: readonly number[];
  /** SignatureScheme values for certificates, where they differ. */
  readonly certificateSchemes?: readonly number[];
  /** Protocol names, in order of preference. */
  readonly alpn?: readonly string[];
  /** Decides who the peer is. A client without one accepts nobody. */
  readonly verifier?: PeerVerifier;
  /**
   * What is taken of the peer, in order of preference: certificates, raw public keys (RFC 7250). The verifier has to know such
   * keys, as `pinnedKeyVerifier` does. Default `['X509']`.
   */
  readonly peerCertificateTypes?: readonly CertificateTypeName[];
  /** Go on when the verifier refuses the peer: `info.peer` then carries the failure. Anybody can be in the middle. */
  readonly dangerouslyContinueUnverified?: boolean;
  /** Milliseconds since the epoch. Default Date.now. */
  readonly now?: () => number;
  /** Default: the provider's. */
  readonly random?: RandomSource;
  /** Gets the lines of a key log (RFC 9850): with them others read the connection. */
  readonly keyLog?: (line: string) => void;
  /** record_size_limit (RFC 8449), 64-16,385. Default: not sent. */
  readonly recordSizeLimit?: number;
  /** Most plaintext bytes of a record that goes out, 512-16,384, whatever the peer takes. Default 16,384. */
  readonly maxSendFragment?: number;
  /**
   * TLS 1.3: records of application data are made longer, so that their lengths tell less (RFC 9846 §5.4): to a multiple of as
   * many bytes (2-16,384), or by what a function says. Not those of early data, which servers skip up to a limit. Default: not
   * at all.
   */
  readonly recordPadding?: number | RecordPadding;
  /** Sessions are resumed only under the same context, 0-32 bytes. */
  readonly sessionContext?: Uint8Array;
  readonly limits?: Partial<HandshakeLimits>;
  /**
   * How certificates may come compressed (RFC 8879), and go where the peer can undo it, in order of preference; the first
   * of each id counts. Default: none.
   */
  readonly certificateCompression?: readonly CertificateCompression[];
  /** Take delegated credentials of the peer (RFC 9345) in TLS 1.3: what `delegatedCredentials` made. Default: none. */
  readonly delegatedCredentials?: DelegatedCredentials;
  /** Milliseconds, 1 to 2^31 - 1. Default 120,000. */
  readonly handshakeTimeout?: number;
  /**
   * Milliseconds, 1 to 2^31 - 1, for which handshakes may hold the loop of the host: longer work - RSA keys of 4,096 bits, chains
   * of certificates - is done in slices, with other work between, and the connection goes on by `onProgress`. All connections
   * share the slice of a turn; a piece that is not cut ends it late. Default: handshakes wait for nothing but hooks, and
   * no clock is read.
   */
  readonly maxBlockMs?: number;
}

export interface ClientOptions extends CommonOptions {
  /** Versions before TLS 1.3, each with its code. Default: `[tls12Client]`; in castls/parts none. */
  readonly olderVersions?: readonly OlderClient[];
  /**
   * What this client can do beside a handshake that stands on the server's certificate: `resumption`, `earlyData`,
   * `clientCertificates`, `compressedCertificates`, `exporters`. Default: all; in castls/parts none.
   */
  readonly features?: readonly ClientFeatures[];
  /** IANA names of the groups whose shares the first ClientHello brings. Default: the first hybrid and the first other. */
  readonly keyShares?: readonly string[];
  /** This client's certificate; several, of which the first that fits the request is shown; or a hook that chooses one. */
  readonly credential?:
    | Credential
    | readonly Credential[]
    | ((request: CertificateRequestInfo, signal: AbortSignal) => Awaitable<Credential | null>);
  /** What `credential` can show, in order of preference. Default: the types of the credentials; of a hook `['X509']`. */
  readonly certificateTypes?: readonly CertificateTypeName[];
  /** A key for TLS 1.3, or several in order of preference. Without a verifier they have to do: certificates are not asked for. */
  readonly externalPsk?: ExternalPsk | readonly ExternalPsk[];
  /** Offer the PSK suites of TLS 1.2 (RFC 4279, RFC 5489) that `cipherSuites` names, by default those with ECDHE and AEAD. */
  readonly psk12?: PskClient12;
  /**
   * Take Diffie-Hellman groups of this many bits and more from TLS 1.2 servers, 1,024-8,192. Default 2,048 (RFC 9325
   * §4.1); 4,096 at most but for `dangerousLargeFiniteFields`. Has a meaning only where `cipherSuites` names DHE suites.
   */
  readonly dangerousMinimumDheBits?: number;
  /** Ask for records of 512, 1,024, 2,048 or 4,096 bytes at most (RFC 6066 §4): for servers without record_size_limit. */
  readonly maxFragmentLength?: 512 | 1024 | 2048 | 4096;
  /** Tickets to ask TLS 1.3 servers for, 0-255 after a full handshake and after a resumption (RFC 9149). Default: as they like. */
  readonly ticketRequest?: TicketRequest;
  /** GREASE, padding, another order of the extensions: what `clientHelloShape` made. Default: none of it. */
  readonly clientHello?: ClientHelloShape;
  /** Offer authentication after the handshake. Default: false. */
  readonly postHandshakeAuth?: boolean;
  /** Offer to take tickets of TLS 1.2 and before (RFC 5077). Default true; with false sessions of these versions are resumed by ID. */
  readonly sessionTickets?: boolean;
  /** Default true, as the verifier can use them. */
  readonly requestOcspStaple?: boolean;
  readonly requestCertificateTimestamps?: boolean;
}

export interface ServerOptions extends CommonOptions {
  /** Versions before TLS 1.3, each with its code. Default: `[tls12Server]`; in castls/parts none. */
  readonly olderVersions?: readonly OlderServer[];
  /** Certificates: the first that fits the client is presented. Or a hook that chooses one, by name for instance. */
  readonly credentials:
    | readonly Credential[]
    | ((hello: ClientHelloInfo, signal: AbortSignal) => Awaitable<Credential | null>);
  /**
   * Another config for this client, by its name for instance; null for this one. It decides all: trust, certificates,
   * tickets, ALPN, suites and versions; this one's limits and handshake timeout stay.
   */
  readonly selectConfig?: (hello: ClientHelloInfo, signal: AbortSignal) => Awaitable<ServerConfig | null>;
  /** Ask clients for a certificate. Default "none". The other two need a verifier. */
  readonly clientAuth?: 'none' | 'request' | 'require';
  /** DER names of the authorities named in the request. */
  readonly certificateAuthorities?: readonly Uint8Array[];
  /** TicketKeys or a session cache. Default: no resumption. */
  readonly tickets?: TicketStore;
  /** TLS 1.2 sessions by ID, for clients without tickets. */
  readonly sessionIds?: SessionIdStore;
  /** Take early data (RFC 9846 §2.3, §8), and say so in tickets. Default: none is taken. */
  readonly earlyData?: EarlyDataOptions;
  /** Tickets after a full TLS 1.3 handshake, 0-8, where the client does not ask for another number (RFC 9149). Default 2. */
  readonly ticketCount?: number;
  /** The key of TLS 1.3 for an identity that is no ticket. */
  readonly findExternalPsk?: (identity: Uint8Array, signal: AbortSignal) => Awaitable<ExternalPsk | null>;
  /** Take the PSK suites of TLS 1.2 (RFC 4279, RFC 5489) that `cipherSuites` names, by default those with ECDHE and AEAD. */
  readonly psk12?: PskServer12;
  /** Choose suites in this side's order. Default true. */
  readonly preferServerOrder?: boolean;
  /** Chooses the protocol, in the place of `alpn`; null to go on without one. */
  readonly selectAlpn?: (hello: ClientHelloInfo, signal: AbortSignal) => Awaitable<string | null>;
  /** Send a cookie with a HelloRetryRequest. Default false: over a stream it proves nothing. */
  readonly sendCookie?: boolean;
  /** Refuse clients whose ALPN has nothing in common with ours (RFC 7301 §3.2). Default true. */
  readonly requireAlpnMatch?: boolean;
  /** TLS 1.3: reserved values in CertificateRequest and NewSessionTicket, which clients have to pass over (RFC 8701 §4.1). Default false. */
  readonly grease?: boolean;
}

/** What belongs to one connection of a client. */
export interface ClientTarget {
  /** DNS name or IP address: sent as SNI (names only) and verified. */
  readonly serverName?: string;
  /** Session to resume; stays the caller's. */
  readonly session?: Session;
  /**
   * Offer early data if the session allows it: `Connection.writeEarlyData` then takes bytes at once. Anybody who sees them
   * can send them to the server again: only what may happen twice belongs there (RFC 9846 §8). Default false.
   */
  readonly earlyData?: boolean;
}

/** A checked config of a client. Immutable; shared by connections. */
export interface ClientConfig {
  readonly handshakeTimeout: number;
  settings(target: ClientTarget): ClientSettings;
}

/** A checked config of a server. Immutable; shared by connections. */
export interface ServerConfig {
  readonly handshakeTimeout: number;
  settings(): ServerSettings;
}

/**
 * A client of TLS 1.3 and TLS 1.2.
 * @throws ERR_INVALID_ARGUMENT for options that make no sense, ERR_UNSUPPORTED_ALGORITHM for what nobody provides
 */
export function clientConfig(options: ClientOptions): ClientConfig {
  return bareClientConfig(
    { ...options, olderVersions: options.olderVersions ?? [tls12Client], features: options.features ?? clientFeatures },
    shareFacts,
  );
}

/** A client of TLS 1.3, and of those versions before it and those features that it names. @throws as clientConfig does */
export function bareClientConfig(options: ClientOptions, share?: HandshakeSettings['share']): ClientConfig {
  checkClientOptions(options);
  const features: ClientFeatures = Object.assign({}, ...(options.features ?? []));
  requireFeatures(options, features);
  const { resumption, clientCertificates, exporters = null } = features;
  const older = options.olderVersions ?? [];
  const { externalPsk, psk12 } = options;
  const hasPsk = externalPsk !== undefined || psk12 !== undefined;
  const pskAlone = hasPsk && peerVerifier(options) === null;
  const common = commonSettings({ ...options, pskAlone }, 'client', older);
  // RFC 9846 §9.2: only a PSK alone does without signature_algorithms, whose list is never empty.
  if (common.signatureSchemes.length === 0 && !hasPsk) {
    throw new TlsError('ERR_INVALID_ARGUMENT', 'a client checks signatures: the provider has no signature verifier');
  }
  const base: ClientSettings = Object.freeze<ClientSettings>({
    ...common,
    role: 'client',
    share,
    features,
    exporters,
    serializeSession: resumption?.serializeSession ?? null,
    handshake: clientHandshake,
    older,
    verifier: peerVerifier(options) ?? nobody,
    serverName: null,
    keyShareGroups: keyShareGroups(common.groups, options.keyShares),
    session: null,
    externalPsks: externalPsk === undefined ? [] : 'identity' in externalPsk ? [externalPsk] : externalPsk,
    psk12: psk12 ?? null,
    maxFragmentLength: options.maxFragmentLength ?? null,
    ticketRequest: options.ticketRequest ?? null,
    clientHelloShape: options.clientHello ?? null,
    delegatedCredentials: options.delegatedCredentials ?? null,
    maximumDheBits: options.dangerousLargeFiniteFields ? finiteFieldLimits.maximumBits : MAXIMUM_DHE_BITS,
    finiteFieldPolicy: {
      dangerousMinimumBits: minimumPrimeBits({ dangerousMinimumBits: options.dangerousMinimumDheBits }),
    },
    ...(clientCertificates?.credentials(options.provider, options.credential, options.certificateTypes, options.now) ??
      anonymous),
    postHandshakeAuth: options.postHandshakeAuth ?? false,
    earlyData: false,
    sessionTickets: resumption !== undefined && (options.sessionTickets ?? true),
    requestOcspStaple: options.requestOcspStaple ?? true,
    requestCertificateTimestamps: options.requestCertificateTimestamps ?? true,
  });
  return Object.freeze<ClientConfig>({
    handshakeTimeout: options.handshakeTimeout ?? HANDSHAKE_TIMEOUT,
    settings: target => {
      checkTarget(target);
      requireFeatures(target, features);
      const { serverName, session, earlyData } = target;
      return {
        ...base,
        earlyData: earlyData ?? false,
        serverName: serverName === undefined ? null : checkedName(serverName),
        session: session === undefined ? null : judgedBy(base.verifier, session),
      };
    },
  });
}

/** A client without certificates. */
const anonymous: ReturnType<ClientCertificates['credentials']> = {
  selectCredential: null,
  credentialsFingerprint: null,
  certificateTypes: ['X509'],
};

/** A server of TLS 1.3 and TLS 1.2. @throws as clientConfig does */
export function serverConfig(options: ServerOptions): ServerConfig {
  return bareServerConfig({ ...options, olderVersions: options.olderVersions ?? [tls12Server] }, shareFacts);
}

/** A server of TLS 1.3, and of those versions before it that it names. @throws as clientConfig does */
export function bareServerConfig(options: ServerOptions, share?: HandshakeSettings['share']): ServerConfig {
  checkServerOptions(options);
  const older = options.olderVersions ?? [];
  const common = commonSettings(options, 'server', older);
  const clientAuth = options.clientAuth ?? 'none';
  const verifier = peerVerifier(options);
  if (clientAuth !== 'none' && verifier === null) {
    throw new TlsError('ERR_INVALID_ARGUMENT', 'client certificates need a verifier');
  }
  if (clientAuth !== 'none' && common.signatureSchemes.length === 0) {
    throw new TlsError('ERR_INVALID_ARGUMENT', 'client certificates need a signature verifier of the provider');
  }
  const { credentials, selectConfig } = options;
  const settings = Object.freeze<ServerSettings>({
    ...common,
    role: 'server',
    share,
    exporters: allExporters,
    serializeSession: dangerousSerializeSession,
    handshake: serverHandshake,
    lateAuthentication: lateAuthentication13,
    older,
    forClient: selectConfig === undefined ? null : (hello, signal) => settingsOf(selectConfig(hello, signal)),
    verifier,
    selectCredential:
      typeof credentials === 'function' ? credentials : hello => firstThatFits(credentials, hello, common),
    ownFingerprints: typeof credentials === 'function' ? null : fingerprintsOf(options.provider, credentials),
    clientAuth,
    delegatedCredentials: options.delegatedCredentials ?? null,
    requestFingerprint: requestFingerprint(options.provider, options.certificateAuthorities ?? []),
    certificateAuthorities: options.certificateAuthorities ?? [],
    tickets: options.tickets ?? null,
    sessionIds: options.sessionIds ?? null,
    ticketCount: options.ticketCount ?? 2,
    earlyData: earlyDataPolicy(options.earlyData),
    findExternalPsk: options.findExternalPsk ?? null,
    psk12: options.psk12 ?? null,
    preferServerOrder: options.preferServerOrder ?? true,
    selectAlpn: options.selectAlpn ?? null,
    sendCookie: options.sendCookie ?? false,
    requireAlpnMatch: options.requireAlpnMatch ?? true,
    grease: options.grease ?? false,
  });
  return Object.freeze<ServerConfig>({
    handshakeTimeout: options.handshakeTimeout ?? HANDSHAKE_TIMEOUT,
    settings: () => settings,
  });
}

function peerVerifier({ verifier, dangerouslyContinueUnverified }: CommonOptions): PeerVerifier | null {
  return dangerouslyContinueUnverified ? dangerouslyAcceptAnyPeer(verifier ?? null) : (verifier ?? null);
}

type Common = Omit<HandshakeSettings, 'role' | 'verifier' | 'serializeSession'>;

function commonSettings(
  options: CommonOptions & Pick<Wishes, 'psk12' | 'externalPsk' | 'pskAlone'>,
  role: 'client' | 'server',
  older: readonly { readonly version: number }[],
): Common {
  const { provider } = options;
  return {
    provider,
    ...negotiable(options, role, older),
    certificateSchemes: options.certificateSchemes ?? null,
    alpn: options.alpn ?? [],
    peerCertificateTypes: options.peerCertificateTypes ?? ['X509'],
    now: options.now ?? Date.now,
    random: options.random ?? provider.random,
    keyLog: options.keyLog ?? null,
    recordSizeLimit: options.recordSizeLimit ?? null,
    maxSendFragment: options.maxSendFragment,
    recordPadding: paddingOf(options.recordPadding),
    sessionContext: options.sessionContext ?? new Uint8Array(0),
    certificateCompression: options.certificateCompression ?? [],
    limits: readLimits(options.limits),
    pace: options.maxBlockMs === undefined ? null : loopPace(options.maxBlockMs),
  };
}

function paddingOf(padding: CommonOptions['recordPadding']): RecordPadding | null {
  if (typeof padding !== 'number') return padding ?? null;
  return length => (padding - (length % padding)) % padding;
}

function settingsOf(config: Awaitable<ServerConfig | null>): Awaitable<ServerSettings | null> {
  return config instanceof Promise ? config.then(chosen => chosen?.settings() ?? null) : (config?.settings() ?? null);
}

function fingerprintsOf(provider: CryptoProvider, credentials: readonly Credential[]): ReadonlySet<string> {
  return new Set(credentials.map(credential => toHex(credentialsFingerprint(provider, [credential]))));
}

/** A session of another verifier keeps its certificates, not the judgement on them. */
function judgedBy(verifier: PeerVerifier | null, session: Session): Session {
  return session.verifiedBy === verifier ? session : { ...session, peer: null };
}

/** SNI is ASCII without a trailing dot (RFC 6066 §3). */
function checkedName(name: string): string {
  const plain = name.toLowerCase().replace(/\.$/, '');
  if (plain.length === 0 || plain.length > 253 || !/^[\x21-\x7e]+$/.test(plain)) {
    throw new TlsError('ERR_INVALID_ARGUMENT', 'serverName is an ASCII name (A-labels) or an IP address');
  }
  return plain;
}
