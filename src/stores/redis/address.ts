// Where a Redis is: one server, a primary that sentinels name, or a cluster. As a URL:
//
//   redis://[user:password@]host[:6379][/database]
//   redis+sentinel://[user:password@]host[:26379],host...[:26379]/NAME
//   redis+cluster://[user:password@]host[:6379],host...
//
// and with "rediss" for TLS.

import { TlsError } from '../../base/errors.ts';

export type RedisKind = 'single' | 'sentinel' | 'cluster';

export interface RedisAddress {
  readonly kind: RedisKind;
  readonly tls: boolean;
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly username?: string;
  readonly password?: string;
  /** Of a single server. */
  readonly database?: number;
  /** What the sentinels call the primary. */
  readonly name?: string;
}

const FORM = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?#]+)(?:\/([^/?#]*))?$/;
const DEFAULT_PORT = { single: 6379, sentinel: 26_379, cluster: 6379 } as const;

/** @throws ERR_INVALID_ARGUMENT, without the URL: it may hold a password */
export function parseRedisUrl(url: string): RedisAddress {
  const parts = FORM.exec(url);
  if (parts === null) throw invalid('it is redis[s][+sentinel|+cluster]://[user:password@]host[:port][,...][/...]');
  const [, secure, what, credentials, list, path = ''] = parts;
  const kind: RedisKind = what === undefined ? 'single' : (what as RedisKind);
  const nodes = list.split(',').map(node => parseNode(node, DEFAULT_PORT[kind]));
  if (kind === 'single' && nodes.length > 1) throw invalid('several hosts are sentinels or a cluster: say which');
  if (kind === 'sentinel' && path === '') throw invalid('the path is what the sentinels call the primary');
  if (kind === 'cluster' && path !== '') throw invalid('a cluster has one database');
  if (kind === 'single' && !/^\d{0,5}$/.test(path)) throw invalid('the path is the number of a database');
  const [username, password] = parseCredentials(credentials);
  return {
    kind,
    tls: secure === 's',
    nodes,
    username,
    password,
    database: kind === 'single' && path !== '' ? Number(path) : undefined,
    name: kind === 'sentinel' ? decode(path) : undefined,
  };
}

function parseNode(text: string, defaultPort: number): RedisAddress['nodes'][number] {
  const parts = /^(?:\[([0-9A-Fa-f:.%]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(text);
  const port = parts?.[3] === undefined ? defaultPort : Number(parts[3]);
  if (parts === null || port < 1 || port > 65_535) throw invalid('a node is host, or host:port, IPv6 in brackets');
  return { host: parts[1] ?? parts[2], port };
}

/** "user:password", ":password" or "user". */
function parseCredentials(text: string | undefined): [string | undefined, string | undefined] {
  if (text === undefined || text === '') return [undefined, undefined];
  const at = text.indexOf(':');
  const user = decode(at < 0 ? text : text.slice(0, at));
  return [user === '' ? undefined : user, at < 0 ? undefined : decode(text.slice(at + 1))];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('"%" begins an escaped character');
  }
}

function invalid(detail: string): TlsError {
  return new TlsError('ERR_INVALID_ARGUMENT', `the URL of the Redis: ${detail}`);
}
