// Configs of SSL 3.0, TLS 1.0 and TLS 1.1. A config speaks these or the newer versions, never both: what an attacker can do to
// the old ones then ends with them (RFC 7568, RFC 8996).

import { TlsError } from '../base/errors.ts';
import * as o from '../base/options.ts';
import type { OlderCryptography } from '../crypto/older_cryptography.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import type { CipherSuite12 } from '../crypto/record_protection.ts';
import type { ClientSettings, ServerSettings } from '../handshake/flow/roles.ts';
import type { ClientHelloInfo, Credential } from '../handshake/flow/settings.ts';
import { olderClientHandshake } from '../handshake/older/client10.ts';
import { servesOlder } from '../handshake/older/negotiation10.ts';
import type { OlderProtocol } from '../handshake/older/protocol.ts';
import { olderServerHandshake, serverHandshake10 } from '../handshake/older/server10.ts';
import { shareFacts } from '../handshake/sessions/shared_facts.ts';
import { isFiniteFieldGroup } from '../registry/named_groups.ts';
import { parseSslv2Hello, sslv2HelloLength } from '../wire/sslv2_hello.ts';
import { clientFeatures } from './client_features.ts';
import {
  bareClientConfig,
  bareServerConfig,
  type ClientConfig,
  type ClientOptions,
  type ServerConfig,
  type ServerOptions,
} from './config.ts';

/** A version before TLS 1.2, to be named in a config. */
export interface OlderVersion {
  /** ProtocolVersion. */
  readonly version: number;
  /** In the spelling of node:tls and OpenSSL. */
  readonly name: string;
  /** @internal */
  protocol(cryptography: OlderCryptography, suites: readonly CipherSuite12[]): OlderProtocol;
}

/** A cipher with its MACs, to be named in a config. */
export interface OlderCipher {
  readonly name: string;
  /** True for the part of a suite's IANA name behind WITH, or for the whole name. @internal */
  has(bulk: string, suite: string): boolean;
}

/** What there is no meaning for before TLS 1.2, or a choice that is made here. */
const newer = [
  'minVersion',
  'maxVersion',
  'cipherSuites',
  'signatureSchemes',
  'certificateSchemes',
  'recordSizeLimit',
  'recordPadding',
  'certificateCompression',
  'delegatedCredentials',
  'olderVersions',
  'psk12',
] as const;
export const newerClientOptions = [
  ...newer,
  'features',
  'keyShares',
  'externalPsk',
  'postHandshakeAuth',
  'requestOcspStaple',
  'requestCertificateTimestamps',
  'maxFragmentLength',
  'ticketRequest',
  'clientHello',
] as const;
export const newerServerOptions = [
  ...newer,
  'selectConfig',
  'earlyData',
  'findExternalPsk',
  'sendCookie',
  'ticketCount',
  'grease',
] as const;

export interface OlderOptions {
  /** The versions to speak, one at least. */
  readonly versions: readonly OlderVersion[];
  /** The ciphers to offer or take. */
  readonly ciphers: readonly OlderCipher[];
  readonly cryptography: OlderCryptography;
}

export type OlderClientOptions = OlderOptions &
  Omit<ClientOptions, (typeof newerClientOptions)[number]> & {
    /** A connection of a better version was tried and failed: the ClientHello says so (TLS_FALLBACK_SCSV, RFC 7507). */
    readonly fallback?: boolean;
  };

export type OlderServerOptions = OlderOptions &
  Omit<ServerOptions, (typeof newerServerOptions)[number]> & {
    /** Take a ClientHello of SSL 2.0's form (RFC 5246 §E.2), for SSL 3.0 and later. Default: false. */
    readonly sslv2Hello?: boolean;
  };

/**
 * What `legacy()` of castls/legacy made, for functions that take ordinary options: it makes the configs in the place of
 * clientConfig and serverConfig. What their options say of newer versions does not count.
 */
export interface Legacy {
  client(options: ClientOptions): ClientConfig;
  server(options: ServerOptions): ServerConfig;
  /** What reads keys and judges chains in the place of `provider`, where others than usual are taken. */
  providerOver<P extends CryptoProvider>(provider: P): P;
}

const own = () => ({
  versions: o.required(
    o.rule<readonly OlderVersion[]>('a list of versions such as tls10, at least one', value => {
      return Array.isArray(value) && value.length > 0 && value.every(each => typeof each?.protocol === 'function');
    }),
  ),
  ciphers: o.required(
    o.rule<readonly OlderCipher[]>('a list of ciphers such as aesCbc, at least one', value => {
      return Array.isArray(value) && value.length > 0 && value.every(each => typeof each?.has === 'function');
    }),
  ),
  cryptography: o.required(o.objectWith<OlderCryptography>('an OlderCryptography', 'cipherSuites', 'ssl3Digest')),
  fallback: o.flag,
  sslv2Hello: o.flag,
});

/** A client of the versions it names. @throws as clientConfig does */
export function olderClientConfig(options: OlderClientOptions): ClientConfig {
  const { versions, ciphers, cryptography, fallback, ...rest } = options;
  o.readOptions('the legacy config', own(), { versions, ciphers, cryptography, fallback });
  refuseNewer(rest, newerClientOptions);
  const base = bareClientConfig({ ...rest, features: clientFeatures }, shareFacts);
  const { provider } = options;
  // DHE with what the server chooses; RSA with what can encrypt.
  const can = {
    ecdhe: true,
    dhe: provider.finiteFieldDh !== undefined,
    rsa: provider.rsaKeyTransport !== undefined,
    psk: false,
  };
  const protocols = protocolsOf(options, ({ keyExchange }) => can[keyExchange]);
  const handshake: ClientSettings['handshake'] = hs => olderClientHandshake(hs, protocols, fallback ?? false);
  return Object.freeze<ClientConfig>({
    handshakeTimeout: base.handshakeTimeout,
    settings: target => ({ ...base.settings(target), ...olderSettings(protocols), handshake, earlyData: false }),
  });
}

/** A server of the versions it names. @throws as clientConfig does */
export function olderServerConfig(options: OlderServerOptions): ServerConfig {
  const { versions, ciphers, cryptography, sslv2Hello, ...rest } = options;
  o.readOptions('the legacy config', own(), { versions, ciphers, cryptography, sslv2Hello });
  refuseNewer(rest, newerServerOptions);
  const { credentials } = options;
  const base = bareServerConfig(rest, shareFacts);
  const dhe = options.provider.finiteFieldDh !== undefined && hasFiniteField(base.settings());
  const protocols = protocolsOf(options, ({ keyExchange }) => keyExchange !== 'dhe' || dhe);
  const selectCredential =
    typeof credentials === 'function'
      ? credentials
      : (hello: ClientHelloInfo) => firstThatServes(credentials, protocols, hello);
  const settings = Object.freeze<ServerSettings>({
    ...base.settings(),
    ...olderSettings(protocols),
    // Where these settings are chosen by another config's server, by the name of a host for instance.
    older: protocols.map(protocol => ({
      version: protocol.version,
      handshake: (hs, received, message) => serverHandshake10(hs, protocol, received, message),
    })),
    selectCredential,
    ...(sslv2Hello && { foreignHello: { length: sslv2HelloLength, parse: parseSslv2Hello } }),
    handshake: hs => olderServerHandshake(hs, protocols),
  });
  return Object.freeze<ServerConfig>({ handshakeTimeout: base.handshakeTimeout, settings: () => settings });
}

/** @throws ERR_INVALID_ARGUMENT for an option that would have no effect */
function refuseNewer(options: object, names: readonly string[]): void {
  const given = options as Readonly<Record<string, unknown>>;
  const name = names.find(each => given[each] !== undefined);
  if (name === undefined) return;
  throw new TlsError('ERR_INVALID_ARGUMENT', `the legacy config: ${name} has no meaning before TLS 1.2`);
}

function hasFiniteField({ groups }: ServerSettings): boolean {
  return groups.some(({ id }) => isFiniteFieldGroup(id));
}

/** The versions that have suites which are named and can be done, the highest first. @throws ERR_INVALID_ARGUMENT for none */
function protocolsOf(
  { versions, ciphers, cryptography }: OlderOptions,
  feasible: (suite: CipherSuite12) => boolean,
): OlderProtocol[] {
  const sorted = [...new Set(versions)].sort((a, b) => b.version - a.version);
  const spoken = sorted.flatMap(version => {
    const suites = cryptography.cipherSuites(version.version).filter(feasible);
    const named = ciphers.flatMap(cipher => suites.filter(({ name }) => cipher.has(name.split('_WITH_')[1], name)));
    return named.length === 0 ? [] : [version.protocol(cryptography, named)];
  });
  if (spoken.length > 0) return spoken;
  throw new TlsError(
    'ERR_INVALID_ARGUMENT',
    `no cipher suite of ${sorted.map(({ name }) => name).join(', ')} is named that can be done`,
  );
}

/** Nothing of what a newer version would be spoken with is left. */
function olderSettings(protocols: readonly OlderProtocol[]) {
  return { versions: protocols.map(({ version }) => version), cipherSuites13: [], cipherSuites12: [], older: [] };
}

function firstThatServes(
  credentials: readonly Credential[],
  protocols: readonly OlderProtocol[],
  hello: ClientHelloInfo,
): Credential | null {
  const protocol = protocols.find(({ version }) => version === hello.version) ?? protocols[0];
  const found = credentials.find(credential => servesOlder(credential, protocol, hello.cipherSuites));
  return found ?? credentials[0] ?? null;
}
