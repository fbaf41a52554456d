// The options of TLS itself that castls/deno, castls/workerd, castls/bun and castls/browser share, whatever their hosts call
// the rest: whom to trust, what to present, what to negotiate. They become a config; one that is given is used as it is.

import {
  callable,
  either,
  flag,
  integer,
  listOf,
  type OptionValues,
  objectWith,
  oneOf,
  refuseBeside,
  rule,
  text,
  unchecked,
} from '../base/options.ts';
import { type ClientConfig, clientConfig, type ServerConfig, serverConfig } from '../connection/config.ts';
import type { PeerVerifier } from '../crypto/peer_verifier.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import type { Credential } from '../handshake/flow/settings.ts';
import type { Session } from '../handshake/sessions/session.ts';
import { TicketKeys } from '../handshake/sessions/ticket_keys.ts';
import type { ProtocolVersionName } from '../registry/protocol_versions.ts';
import { type TrustAnchor, trustAnchor } from '../x509/trust_anchor.ts';
import { createPeerVerifier } from '../x509/verify.ts';
import { listOf as asList, type KeyInput, type PemInput, readCredentials, readTrustList } from './credentials.ts';

/** What an entry gives its adapter: the cryptography, and whom its host trusts where nothing else is said. */
export interface HostTls {
  readonly provider: CryptoProvider;
  readonly anchors: () => readonly TrustAnchor[];
}

const pem = rule<PemInput>(
  'PEM text, or PEM or DER bytes',
  value => typeof value === 'string' || value instanceof Uint8Array,
);
const pems = either(pem, listOf(pem));
const key = unchecked<KeyInput | readonly KeyInput[]>();
const version = oneOf('TLSv1.2', 'TLSv1.3');

/** Options of both roles. */
const commonTable = {
  cert: pems,
  key,
  passphrase: text,
  alpn: listOf(text),
  minVersion: version,
  maxVersion: version,
  cipherSuites: listOf(text),
  groups: listOf(text),
  verifier: objectWith<PeerVerifier>('a PeerVerifier', 'verify'),
  keyLog: callable<(line: string) => void>(),
  handshakeTimeout: integer(0, 0x7fffffff),
  maxBlockMs: integer(1, 0x7fffffff),
  now: callable<() => number>(),
} as const;

/** Options of a client, beside what its host calls them. */
export const clientTable = {
  ...commonTable,
  ca: pems,
  anchors: listOf(objectWith<TrustAnchor>('a TrustAnchor', 'subject')),
  serverName: text,
  session: objectWith<Session>('a Session'),
  onSession: callable<(session: Session) => void>(),
  dangerousAnyServerName: flag,
  dangerouslyContinueUnverified: flag,
  config: objectWith<ClientConfig>('what clientConfig made', 'settings'),
} as const;

/** Options of a server. */
export const serverTable = {
  ...commonTable,
  credentials: unchecked<readonly Credential[]>(),
  clientCa: pems,
  requireClientCertificate: flag,
  tickets: objectWith<TicketKeys>('TicketKeys or another store of tickets', 'seal', 'open'),
  config: objectWith<ServerConfig>('what serverConfig made', 'settings'),
} as const;

/** What a client may say of its TLS. */
export interface TlsClientOptions {
  /** Whom to trust, in the place of the host's authorities. */
  readonly ca?: PemInput | readonly PemInput[];
  /** The same as trust anchors, such as `mozillaRoots()` of castls/roots. */
  readonly anchors?: readonly TrustAnchor[];
  /** The client's certificates, one chain an entry, and their keys, or whoever signs for them. */
  readonly cert?: PemInput | readonly PemInput[];
  readonly key?: KeyInput | readonly KeyInput[];
  readonly passphrase?: string;
  /** Protocol names, in order of preference. */
  readonly alpn?: readonly string[];
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
  readonly cipherSuites?: readonly string[];
  readonly groups?: readonly string[];
  /** The name to send and to verify. Default: the host that is connected to. */
  readonly serverName?: string;
  /** Decides in the place of certificate chains. */
  readonly verifier?: PeerVerifier;
  /** Session to resume; stays the caller's. */
  readonly session?: Session;
  /** Gets sessions to resume later, and owns them. */
  readonly onSession?: (session: Session) => void;
  readonly keyLog?: (line: string) => void;
  /** Milliseconds. Default 120,000. */
  readonly handshakeTimeout?: number;
  /** Milliseconds for which handshakes may hold the loop before they go on in its next turn. Not in workerd. */
  readonly maxBlockMs?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Accepts a certificate whatever name it is for. The chain is verified all the same. */
  readonly dangerousAnyServerName?: boolean;
  /** Goes on when the peer is refused: anybody can be in the middle. */
  readonly dangerouslyContinueUnverified?: boolean;
  /** Made by `clientConfig`, in the place of all options above but `serverName`, `session` and `onSession`. */
  readonly config?: ClientConfig;
}

/** What a server may say of its TLS. */
export interface TlsServerOptions {
  readonly cert?: PemInput | readonly PemInput[];
  readonly key?: KeyInput | readonly KeyInput[];
  readonly passphrase?: string;
  /** Made by `credential`, in the place of cert and key. */
  readonly credentials?: readonly Credential[];
  readonly alpn?: readonly string[];
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
  readonly cipherSuites?: readonly string[];
  readonly groups?: readonly string[];
  /** Asks clients for a certificate of these authorities. */
  readonly clientCa?: PemInput | readonly PemInput[];
  /** Refuses clients without one. Default true where `clientCa` or `verifier` is given. */
  readonly requireClientCertificate?: boolean;
  /** Judges clients in the place of `clientCa`. */
  readonly verifier?: PeerVerifier;
  /** Default: keys of this process alone. */
  readonly tickets?: TicketKeys;
  readonly keyLog?: (line: string) => void;
  /** Milliseconds. Default 120,000. */
  readonly handshakeTimeout?: number;
  /** Milliseconds for which handshakes may hold the loop before they go on in its next turn. Not in workerd. */
  readonly maxBlockMs?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Made by `serverConfig`, in the place of all options above. */
  readonly config?: ServerConfig;
}

type ClientValues = OptionValues<typeof clientTable>;
type ServerValues = OptionValues<typeof serverTable>;

const beside = Object.keys(commonTable);

/**
 * The config of a client's options.
 * @param what the function, as messages name it
 * @throws ERR_INVALID_ARGUMENT for options that contradict each other; what readCredentials and clientConfig throw
 */
export function clientConfigOf(what: string, values: ClientValues, host: HostTls): ClientConfig {
  if (values.config !== undefined) {
    refuseBeside(what, values, 'config', [
      ...beside,
      'ca',
      'anchors',
      'dangerousAnyServerName',
      'dangerouslyContinueUnverified',
    ]);
    return values.config;
  }
  refuseBeside(what, values, 'verifier', ['ca', 'anchors', 'dangerousAnyServerName']);
  const { provider } = host;
  const [credential] = credentialsOf(values, provider);
  return clientConfig({
    ...negotiation(values, provider),
    verifier: values.verifier ?? verifierOf(values, host),
    credential,
    dangerouslyContinueUnverified: values.dangerouslyContinueUnverified,
  });
}

/** The config of a server's options. @throws as clientConfigOf does; ERR_INVALID_ARGUMENT without a certificate */
export function serverConfigOf(
  what: string,
  values: ServerValues,
  { provider }: Pick<HostTls, 'provider'>,
): ServerConfig {
  if (values.config !== undefined) {
    refuseBeside(what, values, 'config', [...beside, 'credentials', 'clientCa', 'requireClientCertificate', 'tickets']);
    return values.config;
  }
  refuseBeside(what, values, 'credentials', ['cert', 'key', 'passphrase']);
  refuseBeside(what, values, 'verifier', ['clientCa']);
  const authorities = values.clientCa === undefined ? [] : anchorsOf(values.clientCa);
  const verifier = values.verifier ?? (authorities.length > 0 ? chainVerifier(authorities, provider) : undefined);
  const asked = verifier === undefined ? 'none' : values.requireClientCertificate === false ? 'request' : 'require';
  return serverConfig({
    ...negotiation(values, provider),
    credentials: values.credentials ?? credentialsOf(values, provider),
    verifier,
    clientAuth: asked,
    certificateAuthorities: authorities.map(anchor => anchor.subject.der),
    tickets: values.tickets ?? new TicketKeys({ provider }),
  });
}

function negotiation(values: ClientValues | ServerValues, provider: CryptoProvider) {
  const { minVersion, maxVersion, cipherSuites, groups, alpn, keyLog, handshakeTimeout, maxBlockMs, now } = values;
  return {
    provider,
    minVersion: minVersion as ProtocolVersionName | undefined,
    maxVersion: maxVersion as ProtocolVersionName | undefined,
    cipherSuites,
    groups,
    alpn,
    keyLog,
    handshakeTimeout,
    maxBlockMs,
    now,
  };
}

function credentialsOf(values: ClientValues | ServerValues, provider: CryptoProvider): readonly Credential[] {
  const { cert, key, passphrase } = values;
  return asList(cert).length === 0 ? [] : readCredentials(provider, { cert, key, passphrase }).credentials;
}

function verifierOf(values: ClientValues, host: HostTls): PeerVerifier {
  const given = values.anchors ?? [];
  const named = values.ca === undefined ? [] : anchorsOf(values.ca);
  const anchors = values.ca === undefined && values.anchors === undefined ? host.anchors() : [...named, ...given];
  return chainVerifier(anchors, host.provider, values.dangerousAnyServerName);
}

function anchorsOf(input: PemInput | readonly PemInput[]): TrustAnchor[] {
  return readTrustList(input, 'ca').map(each => trustAnchor(each));
}

function chainVerifier(anchors: readonly TrustAnchor[], provider: CryptoProvider, anyServerName = false): PeerVerifier {
  return createPeerVerifier({
    anchors,
    verifiers: provider.signatureVerifiers,
    hashes: [provider.keyDerivation('sha1').hash, provider.keyDerivation('sha256').hash],
    dangerousAnyServerName: anyServerName,
  });
}
