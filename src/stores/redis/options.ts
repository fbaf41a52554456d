// The options of a fleet on Redis, checked.

import { TlsError } from '../../base/errors.ts';
import {
  callable,
  either,
  flag,
  integer,
  listOf,
  type OptionValues,
  objectWith,
  readOptions,
  required,
  text,
  withDefault,
} from '../../base/options.ts';
import type { CryptoProvider } from '../../crypto/provider.ts';
import { MAX_TICKET_LIFETIME } from '../../handshake/sessions/session.ts';
import type { FleetListener } from '../events.ts';
import { DEFAULT_DEADLINE } from '../guard.ts';
import { fleetName } from '../name.ts';
import type { Wrapper } from '../wrapper.ts';

export interface RedisFleetOptions {
  /**
   * `redis://[user:password@]host[:port][/database]`; `redis+sentinel://[user:password@]host[:port],.../NAME`;
   * `redis+cluster://[user:password@]host[:port],...`; with "rediss" over TLS, by castls.
   */
  readonly url: string;
  /**
   * Seals what leaves the process; several while the wrapping key changes: the first one wraps, all unwrap. Stays the
   * caller's.
   */
  readonly wrapper: Wrapper | readonly Wrapper[];
  /** What the keys in Redis begin with, 1-64 characters: one fleet, one prefix. Default "castls". */
  readonly prefix?: string;
  /** Over TLS: options of `connect` of castls/node, such as `ca`, `cert` and `key`. */
  readonly tls?: Readonly<Record<string, unknown>>;
  readonly sentinelPassword?: string;
  /** Seconds that a ticket is good for, 1-604,800. Default 7,200. */
  readonly lifetime?: number;
  /** Seconds that a ticket key seals, 1-604,800. Default 3,600. It is wiped `lifetime` later. */
  readonly rotation?: number;
  /**
   * Keep sessions in Redis, and give tickets of 32 bytes that name them: TLS 1.3 tickets are then good for one use. Default
   * false: tickets hold the session.
   */
  readonly storeSessions?: boolean;
  /** Milliseconds by which a client's idea of its ticket's age may be off in early data, 100-600,000. Default 10,000. */
  readonly freshness?: number;
  /** Replicas that have to be in touch with the primary for early data to be taken. Default 0. */
  readonly replicas?: number;
  /** Milliseconds that a handshake waits for Redis at most, 1-10,000. Default 40. */
  readonly deadline?: number;
  /** Milliseconds between two looks at the ticket keys, 10-3,600,000. Default 30,000, and no more than half a rotation. */
  readonly poll?: number;
  /** Metrics. Whatever it throws is ignored. */
  readonly onEvent?: FleetListener;
  readonly provider: CryptoProvider;
}

const wrapper = objectWith<Wrapper>('a Wrapper', 'id', 'wrap', 'unwrap');

const table = {
  url: required(text),
  wrapper: required(either(wrapper, listOf(wrapper))),
  prefix: fleetName,
  tls: objectWith<Readonly<Record<string, unknown>>>('options of a TLS connection'),
  sentinelPassword: text,
  lifetime: withDefault(integer(1, MAX_TICKET_LIFETIME), 7200),
  rotation: withDefault(integer(1, MAX_TICKET_LIFETIME), 3600),
  storeSessions: withDefault(flag, false),
  freshness: withDefault(integer(100, 600_000), 10_000),
  replicas: withDefault(integer(0, 100), 0),
  deadline: withDefault(integer(1, 10_000), DEFAULT_DEADLINE),
  poll: integer(10, 3_600_000),
  onEvent: callable<FleetListener>(),
  provider: required(objectWith<CryptoProvider>('a CryptoProvider', 'keyDerivation', 'cipherSuites13')),
} as const;

export type CheckedRedisOptions = Omit<OptionValues<typeof table>, 'wrapper' | 'poll'> & {
  readonly wrappers: readonly Wrapper[];
  readonly poll: number;
};

/** @throws ERR_INVALID_ARGUMENT */
export function checkedRedisOptions(options: RedisFleetOptions): CheckedRedisOptions {
  const { wrapper: given, poll, ...rest } = readOptions('redisFleet', table, options);
  const wrappers = Array.isArray(given) ? (given as readonly Wrapper[]) : [given as Wrapper];
  if (wrappers.length === 0) throw new TlsError('ERR_INVALID_ARGUMENT', 'redisFleet: there is no wrapper');
  for (const { id } of wrappers) {
    if (typeof id === 'string' && id.length >= 1 && id.length <= 128) continue;
    throw new TlsError('ERR_INVALID_ARGUMENT', 'redisFleet: the id of a wrapper has 1-128 characters');
  }
  if (new Set(wrappers.map(({ id }) => id)).size < wrappers.length) {
    throw new TlsError('ERR_INVALID_ARGUMENT', 'redisFleet: two wrappers have one id');
  }
  return { ...rest, wrappers, poll: poll ?? Math.min(30_000, rest.rotation * 500) };
}
