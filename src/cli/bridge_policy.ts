// Who may use a bridge, for what, and how much: an allow list of targets, a token, origins, and limits of number, rate, time
// and bytes. Nothing is allowed that was not named.

import { createHash, timingSafeEqual } from 'node:crypto';
import { TlsError } from '../node.ts';
import { closeCodes } from './bridge_codes.ts';

/** Limits of a bridge. */
export interface BridgeLimits {
  /** Connections at one time, of all clients and of one address. */
  readonly connections: number;
  readonly connectionsOfClient: number;
  /** New connections of one address a minute. */
  readonly rate: number;
  /** Seconds a connection may last, and may be without traffic. */
  readonly seconds: number;
  readonly idleSeconds: number;
  /** Bytes in both directions together. */
  readonly bytes: number;
}

export interface Target {
  readonly host: string;
  readonly port: number;
}

/** Why a connection is refused, as a WebSocket close code and a reason of at most 123 bytes (RFC 6455 §5.5). */
export interface Refusal {
  readonly code: number;
  readonly reason: string;
}

/** What a client shows when it asks. */
export interface Request {
  /** Address of the client. */
  readonly from: string;
  /** Its Origin header: a browser always sends one, others need not. */
  readonly origin: string | undefined;
  readonly token: string | undefined;
  readonly host: string | null;
  readonly port: string | null;
}

const MINUTE = 60_000;
/** Addresses that rates are kept of: the oldest go first. */
const MOST_ADDRESSES = 10_000;

export class BridgePolicy {
  readonly limits: BridgeLimits;
  readonly #allowed: readonly AllowedTarget[];
  readonly #token: Buffer | null;
  readonly #origins: ReadonlySet<string>;
  readonly #now: () => number;
  readonly #recent = new Map<string, number[]>();
  readonly #open = new Map<string, number>();
  #total = 0;

  /**
   * @param allowed "HOST:PORT" or "HOST:*", IPv6 addresses in brackets
   * @param token null to ask for none @param now milliseconds
   * @throws ERR_INVALID_ARGUMENT
   */
  constructor(
    allowed: readonly string[],
    token: string | null,
    origins: readonly string[],
    limits: BridgeLimits,
    now: () => number = () => performance.now(),
  ) {
    this.#allowed = allowed.map(allowedTarget);
    this.#token = token === null ? null : digest(token);
    this.#origins = new Set(origins.map(originOf));
    this.limits = limits;
    this.#now = now;
  }

  /** What the client may connect to, or why not. Counts the attempt against its rate either way. */
  admit(request: Request): Target | Refusal {
    if (!this.#withinRate(request.from))
      return { code: closeCodes.busy, reason: 'too many connections a minute: try again later' };
    if (request.origin !== undefined && !this.#origins.has(request.origin))
      return { code: closeCodes.origin, reason: 'this origin is not allowed' };
    if (this.#token !== null && !this.#knows(request.token))
      return { code: closeCodes.token, reason: 'the token is missing or wrong' };
    const port = Number(request.port);
    const host = request.host?.toLowerCase() ?? '';
    if (!this.#allowed.some(target => target.host === host && (target.port === null || target.port === port)))
      return { code: closeCodes.target, reason: 'this target is not allowed' };
    if (!Number.isInteger(port) || port < 1 || port > 65535)
      return { code: closeCodes.target, reason: 'there is no such port' };
    if (
      this.#total >= this.limits.connections ||
      (this.#open.get(request.from) ?? 0) >= this.limits.connectionsOfClient
    )
      return { code: closeCodes.busy, reason: 'too many connections: try again later' };
    return { host, port };
  }

  /** A connection of `from` begins. @returns to be called once, when it is over */
  begin(from: string): () => void {
    this.#total++;
    this.#open.set(from, (this.#open.get(from) ?? 0) + 1);
    return () => {
      this.#total--;
      const left = (this.#open.get(from) ?? 1) - 1;
      if (left > 0) this.#open.set(from, left);
      else this.#open.delete(from);
    };
  }

  #withinRate(from: string): boolean {
    const now = this.#now();
    const times = (this.#recent.get(from) ?? []).filter(time => time > now - MINUTE);
    const within = times.length < this.limits.rate;
    if (within) times.push(now);
    this.#recent.delete(from);
    this.#recent.set(from, times);
    if (this.#recent.size > MOST_ADDRESSES) this.#recent.delete(this.#recent.keys().next().value as string);
    return within;
  }

  #knows(token: string | undefined): boolean {
    return token !== undefined && timingSafeEqual(digest(token), this.#token as Buffer);
  }
}

interface AllowedTarget {
  readonly host: string;
  /** null for any. */
  readonly port: number | null;
}

function allowedTarget(text: string): AllowedTarget {
  const [, address, name, port] = /^(?:\[([\da-fA-F:.]+)\]|([^:[\]*/\s]+)):(\d{1,5}|\*)$/.exec(text) ?? [];
  const host = address ?? name;
  if (host === undefined || Number(port) > 65535)
    throw new TlsError('ERR_INVALID_ARGUMENT', `--allow ${text}: it is HOST:PORT, HOST:* or [ADDRESS]:PORT`);
  return { host: host.toLowerCase(), port: port === '*' ? null : Number(port) };
}

function originOf(text: string): string {
  try {
    return new URL(text).origin;
  } catch {
    throw new TlsError('ERR_INVALID_ARGUMENT', `--origin ${text}: it is an origin such as https://app.example`);
  }
}

/** Digests have one length, so that comparing them takes one time. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
