// castls/legacy: SSL 3.0 (RFC 6101), TLS 1.0 (RFC 2246) and TLS 1.1 (RFC 4346), for peers that nothing else reaches any more. All
// three are forbidden (RFC 7568, RFC 8996) and none keeps what newer versions do: docs/legacy.md says what is weak. A config
// made here speaks what it names and nothing newer; no other entry carries this code.

import { warnOfVersions } from './adapters/legacy_warning.ts';
import { flag, integer, readOptions } from './base/options.ts';
import type { ClientConfig, ServerConfig } from './connection/config.ts';
import {
  type Legacy,
  newerClientOptions,
  newerServerOptions,
  type OlderCipher,
  type OlderClientOptions,
  type OlderServerOptions,
  type OlderVersion,
  olderClientConfig,
  olderServerConfig,
} from './connection/older_config.ts';
import type { OlderCryptography } from './crypto/older_cryptography.ts';
import type { CryptoProvider } from './crypto/provider.ts';
import { rsaLimits } from './crypto/rsa_public_key.ts';
import { ssl3Protocol } from './handshake/older/ssl3.ts';
import { tls10Protocol } from './handshake/older/tls10.ts';
import { ServerSessionCache } from './handshake/sessions/session_cache.ts';
import { TicketKeys } from './handshake/sessions/ticket_keys.ts';
import { defaultCore } from './wasm/default_core.ts';
import { defaultProvider } from './wasm/default_provider.ts';
import { wasmOlderCryptography } from './wasm/older_cryptography.ts';
import { withWeakRsa } from './wasm/weak_rsa.ts';

export { type ErrorCode, TlsError } from './base/errors.ts';
export type { ClientConfig, ServerConfig } from './connection/config.ts';
export type { Legacy, OlderCipher as LegacyCipher, OlderVersion as LegacyVersion } from './connection/older_config.ts';
export { fallBack as dangerouslyFallBack } from './connection/older_fallback.ts';

/** SSL 3.0. Its padding is not authenticated: whoever can make a client send and watch reads a byte in 256 tries (POODLE). */
export const ssl30: OlderVersion = { version: 0x0300, name: 'SSLv3', protocol: ssl3Protocol };

/** TLS 1.0. */
export const tls10: OlderVersion = {
  version: 0x0301,
  name: 'TLSv1',
  protocol: (cryptography, suites) => tls10Protocol(0x0301, cryptography, suites),
};

/** TLS 1.1. */
export const tls11: OlderVersion = {
  version: 0x0302,
  name: 'TLSv1.1',
  protocol: (cryptography, suites) => tls10Protocol(0x0302, cryptography, suites),
};

/** AES-128 and AES-256 in CBC mode with HMAC-SHA-1. */
export const aesCbc: OlderCipher = { name: 'AES-CBC', has: bulk => bulk.startsWith('AES_') };

/** Triple DES in CBC mode: blocks of 64 bits (Sweet32, CVE-2016-2183); a connection ends after 2^18 records. */
export const tripleDes: OlderCipher = { name: '3DES', has: bulk => bulk.startsWith('3DES_') };

/** RC4, whose key stream is biased; RFC 7465 forbids it. */
export const rc4: OlderCipher = { name: 'RC4', has: bulk => bulk.startsWith('RC4_') };

/** What both roles have. */
export interface LegacyOptions {
  /** `ssl30`, `tls10`, `tls11`: what is spoken, and nothing else is. */
  readonly versions: readonly OlderVersion[];
  /** `aesCbc`, `tripleDes`, `rc4`, in order of preference. Default: `[aesCbc]`. */
  readonly ciphers?: readonly OlderCipher[];
  /** Default: everything castls can do. */
  readonly provider?: CryptoProvider;
  /** Take RSA keys of this many bits and more, 512-8192. Default 2048. Own ones are read by `legacyProvider`. */
  readonly dangerousMinimumRsaBits?: number;
  /** Take certificates that are signed with SHA-1: others can be made that have the same signature (RFC 9155). Default: false. */
  readonly dangerousSha1Certificates?: boolean;
  /** Say nothing about RFC 7568 and RFC 8996. */
  readonly dangerouslySilent?: boolean;
  /** Gets the warning, once for each version in a program. Default: process.emitWarning where there is one, else console.warn. */
  readonly onWarning?: (sentence: string) => void;
}

type Of<T> = LegacyOptions & Omit<T, keyof LegacyOptions | 'cryptography'>;
export type LegacyClientOptions = Of<OlderClientOptions>;
export type LegacyServerOptions = Of<OlderServerOptions>;

/**
 * A client of SSL 3.0, TLS 1.0 or TLS 1.1, for whatever takes a ClientConfig: Connection, startTls, castls/node.
 * @throws ERR_INVALID_ARGUMENT for options that make no sense
 */
export function legacyClientConfig(options: LegacyClientOptions): ClientConfig {
  const config = olderClientConfig(completed(options));
  warnOfVersions(options);
  return config;
}

/** A server of SSL 3.0, TLS 1.0 or TLS 1.1. @throws as legacyClientConfig does */
export function legacyServerConfig(options: LegacyServerOptions): ServerConfig {
  const config = olderServerConfig(completed(options));
  warnOfVersions(options);
  return config;
}

/**
 * What the option `legacy` of castls/node takes: there, versions and suites of newer protocols do not count.
 * @param sslv2Hello a server takes a ClientHello of SSL 2.0's form
 * @param fallback a client's retry with a lower version (TLS_FALLBACK_SCSV); see `dangerouslyFallBack`
 * @throws ERR_INVALID_ARGUMENT for options that make no sense
 */
export function legacy({
  fallback,
  sslv2Hello,
  ...options
}: LegacyOptions & Pick<LegacyClientOptions, 'fallback'> & Pick<LegacyServerOptions, 'sslv2Hello'>): Legacy {
  let sessions: ServerSessionCache | undefined;
  const providers = new WeakMap<CryptoProvider, CryptoProvider>();
  const providerOver = <P extends CryptoProvider>(provider: P): P => {
    if (!isWeak(options)) return provider;
    const { dangerousMinimumRsaBits, dangerousSha1Certificates } = options;
    const known =
      providers.get(provider) ?? legacyProvider({ dangerousMinimumRsaBits, dangerousSha1Certificates }, provider);
    providers.set(provider, known);
    return known as P;
  };
  return {
    providerOver,
    client({ provider, ...given }) {
      const kept = without(given, newerClientOptions);
      return legacyClientConfig({ provider: providerOver(provider), ...kept, ...options, fallback });
    },
    server({ provider, ...given }) {
      const kept = without(given, newerServerOptions);
      // SSL 3.0 has no tickets: sessions by ID, as many as a cache holds.
      const sessionIds = kept.sessionIds ?? (sessions ??= newSessionCache());
      return legacyServerConfig({ provider: providerOver(provider), ...kept, sessionIds, sslv2Hello, ...options });
    },
  };
}

function newSessionCache(): ServerSessionCache {
  const provider = defaultProvider();
  return new ServerSessionCache({ keys: new TicketKeys({ provider }), random: provider.random });
}

type Weaknesses = Pick<LegacyOptions, 'dangerousMinimumRsaBits' | 'dangerousSha1Certificates'>;

function isWeak({ dangerousMinimumRsaBits, dangerousSha1Certificates }: Weaknesses): boolean {
  return dangerousMinimumRsaBits !== undefined || dangerousSha1Certificates === true;
}

/** Bits: with less there is no room for what SSL signs and encrypts. */
const SMALLEST_RSA = 512;

const weaknessTable = () => ({
  dangerousMinimumRsaBits: integer(SMALLEST_RSA, rsaLimits.maximumBits),
  dangerousSha1Certificates: flag,
});

/**
 * A provider that takes RSA keys of so many bits and more: the peer's, those in its chain, and one's own; and chains with SHA-1. For
 * `credential` and `peerVerifier` of castls/parts and the option `provider` of configs; `legacy()` brings it to castls/node.
 * @param over the provider to change, on the default core. Default: everything castls can do
 * @throws ERR_INVALID_ARGUMENT
 */
export function legacyProvider<P extends CryptoProvider = CryptoProvider>(
  options: Weaknesses,
  over: P = defaultProvider() as P,
): P {
  const { dangerousMinimumRsaBits, dangerousSha1Certificates } = readOptions(
    'legacyProvider',
    weaknessTable(),
    options,
  );
  return withWeakRsa(over, defaultCore(), {
    dangerousMinimumBits: dangerousMinimumRsaBits,
    dangerousSha1: dangerousSha1Certificates,
  });
}

function without<T extends object, K extends PropertyKey>(options: T, names: readonly K[]): Omit<T, K> {
  const entries = Object.entries(options).filter(([name]) => !(names as readonly PropertyKey[]).includes(name));
  return Object.fromEntries(entries) as Omit<T, K>;
}

let cryptography: OlderCryptography | undefined;

function completed<T extends LegacyOptions>(options: T) {
  const { dangerousMinimumRsaBits, dangerousSha1Certificates, dangerouslySilent: _, onWarning: __, ...rest } = options;
  const weaknesses = { dangerousMinimumRsaBits, dangerousSha1Certificates };
  const { provider = defaultProvider() } = options;
  cryptography ??= wasmOlderCryptography(defaultCore());
  return {
    ...rest,
    ciphers: options.ciphers ?? [aesCbc],
    provider: isWeak(weaknesses) ? legacyProvider(weaknesses, provider) : provider,
    cryptography,
  };
}
