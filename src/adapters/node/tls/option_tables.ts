// The options of node:tls, and castls' own beside them, as one table: values of a known name that make no sense are refused,
// a name that is nearly a known one warns once. All others belong to whoever passes them: http, agents, drivers.

import * as o from '../../../base/options.ts';
import { warnOnce } from '../../warn_once.ts';

const LONGEST_TIMEOUT = 2 ** 31 - 1;
const version = o.oneOf('TLSv1.3', 'TLSv1.2', 'TLSv1.1', 'TLSv1');
const milliseconds = o.integer(0, LONGEST_TIMEOUT);
/** A Buffer, a Uint8Array, or what node:tls takes beside them. */
const view = o.rule<Uint8Array>('a Buffer or a Uint8Array', value => ArrayBuffer.isView(value));

const oneOrMany = <T>(kind: o.OptionRule<T | undefined>) => o.either(kind, o.listOf(kind));

/** What a context is made of. Certificates, keys and lists are checked by those who read them. */
const context = {
  ca: o.unchecked(),
  cert: o.unchecked(),
  key: o.unchecked(),
  pfx: o.unchecked(),
  crl: o.unchecked(),
  passphrase: o.unchecked(),
  ciphers: o.text,
  ecdhCurve: o.text,
  sigalgs: o.text,
  minVersion: version,
  maxVersion: version,
  secureProtocol: o.text,
  secureOptions: o.unchecked(),
  honorCipherOrder: o.flag,
  sessionIdContext: o.text,
  sessionTimeout: milliseconds,
  ticketKeys: view,
  allowPartialTrustChain: o.flag,
  certificateCompression: o.listOf(o.oneOf('zlib', 'brotli', 'zstd')),
  peerCertificateTypes: o.listOf(o.oneOf('X509', 'RawPublicKey')),
  pinnedKeys: o.listOf(o.either(o.text, view)),
  rawPublicKey: oneOrMany(o.objectWith('an object with key', 'key')),
  delegatedCredential: oneOrMany(o.objectWith('an object with cert, delegated and key', 'cert', 'delegated', 'key')),
  acceptDelegatedCredentials: o.flag,
  dhparam: o.unchecked(),
  provider: o.objectWith('a CryptoProvider', 'keyDerivation'),
  now: o.callable(),
} as const;

const socket = {
  ...context,
  secureContext: o.objectWith('a SecureContext of castls', 'ticketStore', 'chainVerifier'),
  isServer: o.flag,
  requestCert: o.flag,
  rejectUnauthorized: o.flag,
  ALPNProtocols: o.unchecked(),
  ALPNCallback: o.callable(),
  SNICallback: o.callable(),
  session: view,
  requestOCSP: o.flag,
  enableTrace: o.flag,
  trace: o.objectWith('an object with write, format and dangerousSecrets', 'write'),
  highWaterMark: o.integer(0, Number.MAX_SAFE_INTEGER),
  allowHalfOpen: o.flag,
  handshakeTimeout: milliseconds,
  maxBlockMs: o.integer(1, LONGEST_TIMEOUT),
  dynamicRecordSizing: o.flag,
  halfOpenTimeout: milliseconds,
  requireCloseNotify: o.flag,
  servername: o.text,
  minDHSize: o.unchecked(),
  checkServerIdentity: o.callable(),
  pskCallback: o.callable(),
  pskIdentityHint: o.text,
  signal: o.objectWith('an AbortSignal', 'aborted'),
  postHandshakeAuth: o.flag,
  earlyData: view,
  legacy: o.objectWith('what legacy() of castls/legacy made', 'client', 'server'),
  starttls: o.unchecked(),
  onread: o.unchecked(),
  server: o.objectWith('an EventEmitter', 'on'),
} as const;

const server = {
  ...socket,
  maxHandshakes: o.integer(1, 1_000_000),
  fleet: o.objectWith('a fleet, such as redisFleet makes', 'tickets', 'sessionIds', 'register'),
  acceptEarlyData: o.either(o.flag, o.objectWith('options of early data')),
} as const;

const tables = { createSecureContext: context, TLSSocket: socket, createServer: server } as const;

/** Names of net's own, and those that were looked at and are nobody's near miss: http and agents pass the same ones for each connection. */
const foreign = new Set<string>(['host', 'port', 'path', 'socket', 'isServer', 'timeout', 'h2session']);
const MAX_FOREIGN = 1000;

/**
 * The options without those that are null, which is absent here.
 * @throws ERR_INVALID_ARGUMENT for a value that a known name cannot have
 */
export function checkedOptions<T extends object>(what: keyof typeof tables, options: T): T {
  o.readHostOptions(what, tables[what], options, warnOnce, foreign);
  for (const name in options) {
    if (!Object.hasOwn(tables[what], name) && foreign.size < MAX_FOREIGN) foreign.add(name);
  }
  if (!Object.values(options).includes(null)) return options;
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null)) as T;
}
