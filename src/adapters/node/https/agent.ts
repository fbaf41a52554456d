// Agent: http.Agent whose connections speak castls, with the session cache of https.Agent.

import type * as Http from 'node:http';
import { TlsError } from '../../../base/errors.ts';
import { adopting } from '../stream/adopt.ts';
import type { ConnectOptions } from '../tls/connect_arguments.ts';
import type { TlsSocketBase } from '../tls/tls_socket.ts';
import { http } from './http.ts';

export type AgentOptions = Http.AgentOptions &
  ConnectOptions & {
    /** Sessions kept for resumption. Default 100; 0 for none. */
    readonly maxCachedSessions?: number;
  };

export type Connect = (options: ConnectOptions) => TlsSocketBase;

type RequestOptions = AgentOptions & { readonly _agentKey?: string };

const MAX_CACHED_SESSIONS = 100;

/** Options that make a connection another one: each part of the key by which sockets and sessions are kept. */
const partsOfKey = [
  'ca',
  'cert',
  'clientCertEngine',
  'ciphers',
  'key',
  'pfx',
  'rejectUnauthorized',
  'servername',
  'minVersion',
  'maxVersion',
  'secureProtocol',
  'crl',
  'honorCipherOrder',
  'ecdhCurve',
  'dhparam',
  'secureOptions',
  'sessionIdContext',
  'sigalgs',
  'privateKeyIdentifier',
  'privateKeyEngine',
] as const;
/** Those of castls' own, said only where they are given: node's names are the same without. */
const ownParts = [
  'peerCertificateTypes',
  'pinnedKeys',
  'rawPublicKey',
  'delegatedCredential',
  'acceptDelegatedCredentials',
] as const;
/** Where false or 0 is not absent. */
const alsoFalse: ReadonlySet<string> = new Set(['rejectUnauthorized', 'honorCipherOrder', 'secureOptions']);

const HttpAgent = adopting(http.Agent) as unknown as new (
  options: object,
) => Omit<Http.Agent, 'createConnection' | 'getName'>;
/** What every http.Agent has and its types hide. */
const ofHttp = http.Agent.prototype as unknown as { getName(options?: object): string };

export class AgentBase extends HttpAgent {
  /** Sessions kept. */
  maxCachedSessions: number;
  /** @internal names of node's, which programs reach for */
  readonly _sessionCache: { map: Record<string, Buffer>; list: string[] } = { map: {}, list: [] };
  readonly #connect: Connect;

  constructor(connect: Connect, options: AgentOptions = {}) {
    const { defaultPort = 443, protocol = 'https:', proxyEnv } = options as Record<string, unknown>;
    super({ ...options, defaultPort, protocol });
    // The http.Agent of older Nodes does not look at these options.
    Object.assign(this, { defaultPort, protocol });
    if (proxyEnv !== undefined) {
      throw new TlsError(
        'ERR_UNSUPPORTED_OPTION',
        'the option proxyEnv is not supported: bring a socket to the proxy by createConnection',
      );
    }
    this.#connect = connect;
    this.maxCachedSessions = options.maxCachedSessions ?? MAX_CACHED_SESSIONS;
  }

  /** Opens a connection. The forms of arguments are https.Agent's: options, or port, host and options. */
  createConnection(...given: unknown[]): TlsSocketBase {
    let options = connectionOptions(given);
    const { _agentKey: key } = options;
    if (key === undefined) return this.#connect(options);
    const session = this._getSession(key);
    if (session !== undefined) options = { session, ...options };
    const socket = this.#connect(options);
    socket.on('session', (latest: Buffer) => this._cacheSession(key, latest));
    // What failed is not resumed.
    socket.once('close', (failed: boolean) => {
      if (failed) this._evictSession(key);
    });
    return socket;
  }

  getName(options: object = {}): string {
    const given = options as Record<string, unknown>;
    const base = ofHttp.getName.call(this, options);
    const parts = partsOfKey.map(name => {
      const value = given[name];
      if (alsoFalse.has(name) ? value === undefined : !value) return '';
      if (name === 'servername' && value === given['host']) return '';
      return name === 'sigalgs' ? JSON.stringify(value) : String(value);
    });
    const own = ownParts.filter(name => given[name] != null).map(name => `${name}=${identityOf(given[name])}`);
    return [base, ...parts, ...own].join(':');
  }

  /** @internal */
  _getSession(key: string): Buffer | undefined {
    return this._sessionCache.map[key];
  }

  /** @internal */
  _cacheSession(key: string, session: Buffer): void {
    const { map, list } = this._sessionCache;
    if (this.maxCachedSessions === 0) return;
    if (map[key] === undefined) {
      if (list.length >= this.maxCachedSessions) delete map[list.shift() as string];
      list.push(key);
    }
    map[key] = session;
  }

  /** @internal */
  _evictSession(key: string): void {
    const { map, list } = this._sessionCache;
    const index = list.indexOf(key);
    if (index === -1) return;
    list.splice(index, 1);
    delete map[key];
  }
}

const identities = new WeakMap<object, number>();
let objects = 0;

/** Words for words; what holds objects is itself and no other. */
function identityOf(value: unknown): string {
  if (Array.isArray(value)) return JSON.stringify(value.map(identityOf));
  if (typeof value !== 'object' || value === null) return String(value);
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
  const known = identities.get(value) ?? ++objects;
  identities.set(value, known);
  return `#${known}`;
}

function connectionOptions([first, second, third]: readonly unknown[]): RequestOptions & {
  port?: number;
  host?: string;
} {
  const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
  if (isObject(first)) return first as RequestOptions;
  const options: { port?: number; host?: string } = { ...(isObject(second) ? second : isObject(third) ? third : {}) };
  if (typeof first === 'number') options.port = first;
  if (typeof second === 'string') options.host = second;
  return options as RequestOptions;
}
