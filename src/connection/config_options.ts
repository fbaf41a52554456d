// The options of configs as tables: names, kinds, values. A name that is unknown or a value that makes no sense is refused
// when the config is made, not when a peer is met. Functions, so that a page with clients carries no table of servers.

import { TlsError } from '../base/errors.ts';
import * as o from '../base/options.ts';
import { finiteFieldLimits } from '../crypto/finite_field_policy.ts';
import type { ClientFeatures } from '../handshake/flow/roles.ts';
import type { HandshakeLimits } from '../handshake/flow/settings.ts';
import { ProtocolVersion } from '../registry/protocol_versions.ts';
import type { TicketRequest } from '../wire/extensions/negotiation.ts';

/** As node:tls. */
export const HANDSHAKE_TIMEOUT = 120_000;
/** What timers of JavaScript take. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;
const LARGEST = 2 ** 32 - 1;

const limits = () => ({
  // Chains of post-quantum certificates reach 64 KiB; OpenSSL stops at 100 KiB.
  maxCertificateMessage: o.withDefault(o.integer(1, 0xff_ffff), 100 * 1024),
  // A NewSessionTicket may have 64 KiB; nothing else comes near.
  maxHandshakeMessage: o.withDefault(o.integer(1, 0xff_ffff), 68 * 1024),
  // Each costs about as much as opening a full record. BoringSSL allows 32 in a row, OpenSSL any number.
  maxKeyUpdates: o.withDefault(o.integer(0, LARGEST), 128),
  maxTickets: o.withDefault(o.integer(0, LARGEST), 8),
  // An honest handshake of any kind takes 500 to 5,000.
  maxWork: o.withDefault(o.integer(0, LARGEST), 40_000),
  // Each is answered by a signature. Servers ask once for a resource that needs it.
  maxCertificateRequests: o.withDefault(o.integer(0, LARGEST), 8),
});

/** @throws ERR_INVALID_ARGUMENT */
export function readLimits(given: Partial<HandshakeLimits> | undefined): HandshakeLimits {
  return o.readOptions('limits', limits(), given ?? {});
}

function distinct<T extends string>(
  kind: o.OptionRule<readonly T[] | undefined>,
): o.OptionRule<readonly T[] | undefined> {
  return o.rule(`${kind.expected}, none of it twice`, value => {
    return kind.accepts(value) && new Set(value as string[]).size === (value as string[]).length;
  });
}

function filled<T>(kind: o.OptionRule<readonly T[] | undefined>): o.OptionRule<readonly T[] | undefined> {
  return o.rule(`${kind.expected}, at least one`, value => kind.accepts(value) && (value as T[]).length > 0);
}

const certificateTypes = () => filled(distinct(o.listOf(o.oneOf('X509', 'RawPublicKey'))));

/** What both roles have. */
function common() {
  const version = o.oneOf(...(Object.keys(ProtocolVersion) as (keyof typeof ProtocolVersion)[]));
  /** RFC 7301 §3.1: 1-255 bytes, one a character. */
  const protocol = o.rule<string>('a protocol name of 1-255 bytes, one a character', value => {
    return typeof value === 'string' && value.length >= 1 && value.length <= 255 && !/[^\0-\xff]/.test(value);
  });
  const schemes = filled(o.listOf(o.integer(0, 0xffff)));
  const context = o.rule<Uint8Array>('a Uint8Array of 0-32 bytes', value => {
    return o.bytes.accepts(value) && (value as Uint8Array).length <= 32;
  });
  const older = o.listOf(o.objectWith('a version such as tls12Client', 'version', 'handshake'));
  return {
    provider: o.required(o.objectWith('a CryptoProvider', 'keyDerivation', 'cipherSuites13')),
    minVersion: version,
    maxVersion: version,
    cipherSuites: o.listOf(o.text),
    groups: distinct(o.listOf(o.text)),
    dangerousLargeFiniteFields: o.flag,
    signatureSchemes: schemes,
    certificateSchemes: schemes,
    alpn: o.listOf(protocol),
    verifier: o.objectWith('a PeerVerifier', 'verify'),
    peerCertificateTypes: certificateTypes(),
    dangerouslyContinueUnverified: o.flag,
    now: o.callable(),
    random: o.callable(),
    keyLog: o.callable(),
    recordSizeLimit: o.integer(64, 16_385),
    maxSendFragment: o.integer(512, 16_384),
    recordPadding: o.either(o.integer(2, 16_384), o.callable<(length: number, most: number) => number>()),
    sessionContext: context,
    limits: o.objectWith('an object of limits'),
    certificateCompression: o.listOf(o.objectWith('a CertificateCompression', 'id', 'decompress')),
    delegatedCredentials: o.objectWith('what delegatedCredentials made', 'schemes', 'check'),
    handshakeTimeout: o.integer(1, LONGEST_TIMEOUT),
    maxBlockMs: o.integer(1, LONGEST_TIMEOUT),
    olderVersions: older,
  };
}

const credential = () => o.objectWith('a Credential', 'certificateChain', 'signer');

const externalPsk = () => o.objectWith('an ExternalPsk', 'identity', 'key', 'hash');

const ticketRequest = () => {
  const count = (value: unknown) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255;
  return o.rule<TicketRequest>('newSessions and resumptions, integers from 0 to 255', value => {
    if (typeof value !== 'object' || value === null) return false;
    const { newSessions, resumptions, ...rest } = value as Record<string, unknown>;
    return count(newSessions) && count(resumptions) && Object.keys(rest).length === 0;
  });
};

const client = () => ({
  ...common(),
  features: o.listOf(o.objectWith('a feature such as resumption')),
  keyShares: distinct(o.listOf(o.text)),
  credential: o.either(o.either(credential(), o.listOf(credential())), o.callable()),
  certificateTypes: certificateTypes(),
  externalPsk: o.either(externalPsk(), filled(o.listOf(externalPsk()))),
  psk12: o.objectWith('what psk12Client made', 'exchange', 'knows'),
  maxFragmentLength: o.oneOf(512, 1024, 2048, 4096),
  ticketRequest: ticketRequest(),
  clientHello: o.objectWith('what clientHelloShape made', 'encode'),
  dangerousMinimumDheBits: o.integer(finiteFieldLimits.dangerousMinimumBits, finiteFieldLimits.maximumBits),
  postHandshakeAuth: o.flag,
  sessionTickets: o.flag,
  requestOcspStaple: o.flag,
  requestCertificateTimestamps: o.flag,
});

const server = () => ({
  ...common(),
  credentials: o.required(o.either(o.listOf(credential()), o.callable())),
  selectConfig: o.callable(),
  clientAuth: o.oneOf('none', 'request', 'require'),
  certificateAuthorities: o.listOf(o.bytes),
  tickets: o.objectWith('a TicketStore', 'seal', 'open', 'lifetime'),
  sessionIds: o.objectWith('a SessionIdStore', 'store', 'load', 'lifetime'),
  earlyData: o.objectWith('how early data is taken'),
  ticketCount: o.integer(0, 8),
  findExternalPsk: o.callable(),
  psk12: o.objectWith('what psk12Server made', 'exchange', 'knows'),
  preferServerOrder: o.flag,
  selectAlpn: o.callable(),
  sendCookie: o.flag,
  requireAlpnMatch: o.flag,
  grease: o.flag,
});

const target = () => ({
  serverName: o.text,
  session: o.objectWith('a Session', 'secret', 'authentication'),
  earlyData: o.flag,
});

/** @throws ERR_INVALID_ARGUMENT */
export function checkClientOptions(options: object): void {
  o.readOptions('clientConfig', client(), options);
}

/** @throws ERR_INVALID_ARGUMENT */
export function checkServerOptions(options: object): void {
  o.readOptions('serverConfig', server(), options);
  o.refuseBeside('serverConfig', options, 'selectAlpn', ['alpn']);
}

/** @throws ERR_INVALID_ARGUMENT */
export function checkTarget(given: object): void {
  o.readOptions('settings', target(), given);
}

/** Options of a client, and of its target, that mean nothing without a feature. */
const featureOf: Readonly<Record<string, keyof ClientFeatures>> = {
  session: 'resumption',
  externalPsk: 'resumption',
  ticketRequest: 'resumption',
  earlyData: 'earlyData',
  credential: 'clientCertificates',
  certificateTypes: 'clientCertificates',
  postHandshakeAuth: 'clientCertificates',
  certificateCompression: 'compressedCertificates',
};

/** @throws ERR_INVALID_ARGUMENT for an option whose feature the config does not name */
export function requireFeatures(options: object, features: ClientFeatures): void {
  for (const [name, value] of Object.entries(options)) {
    const feature = Object.hasOwn(featureOf, name) ? featureOf[name] : undefined;
    if (!value || feature === undefined || features[feature]) continue;
    throw new TlsError('ERR_INVALID_ARGUMENT', `${name} needs a feature of the config: ${feature}`);
  }
}
