// TicketKeys: a TicketStore that puts the sealed state into the ticket itself (RFC 9846 §4.6.1, RFC 5077 §4), under keys
// that rotate. Every ticket has a key of its own, derived with a salt, so no nonce is ever used twice. The salt is made of
// the ticket's content as well as of random bytes: where these repeat - a virtual machine that was started twice from one
// snapshot, a source that is broken in a way nobody sees - two contents still have two salts, and equal ones equal tickets.
//
//   ticket  = key name (16) | salt (32) | record(s) sealed under HKDF-Expand(ticket key, "castls ticket" | salt)
//   content = length of the state (4) | state. The length is what a ticket cut between two records lacks.
//   salt    = the first 32 bytes of HMAC(HKDF-Expand(ticket key, "castls ticket salt"), random (32) | content)

import { requireBytes } from '../../base/arguments.ts';
import { concat, copyOfBytes, equalVartime } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import {
  bytes as byteArray,
  callable,
  integer,
  listOf,
  objectWith,
  readOptions,
  refuseBeside,
  required,
} from '../../base/options.ts';
import type { CryptoProvider } from '../../crypto/provider.ts';
import { fillRandom, randomBytes } from '../../crypto/random.ts';
import type { CipherSuite13, RecordProtection } from '../../crypto/record_protection.ts';
import type { RandomSource, Secret } from '../../crypto/secret.ts';
import { ContentType } from '../../registry/content_types.ts';
import { MAX_TICKET_LIFETIME } from './session.ts';
import type { TicketStore, TimedTicketKey } from './stores.ts';

const NAME_LENGTH = 16;
const SALT_LENGTH = 32;
const RANDOM_LENGTH = 32;
const KEY_LENGTH = 32;
const LENGTH_LENGTH = 4;
const FRAGMENT = 16384;
/** The vector of a ticket has a length of two bytes (RFC 9846 §4.6.1). */
const MAX_TICKET = 65535;
/** ChaCha20-Poly1305 where there is a choice, as in records (docs/performance.md): TLS_CHACHA20_POLY1305_SHA256. */
const PREFERRED_SUITE = 0x1303;

export interface TicketKeysOptions {
  readonly provider: CryptoProvider;
  /** Seconds a ticket is good for, at most 604,800. Default 7,200. */
  readonly lifetime?: number;
  /** Seconds after which a new key seals; an old one opens for `lifetime` more. Default 3,600. Not beside `keys`. */
  readonly rotation?: number;
  /** Milliseconds since the epoch; Date.now if nothing else is said. */
  readonly now?: () => number;
  readonly random?: RandomSource;
  /**
   * 48-byte keys (name and key) shared by a fleet, the first one seals. They stay in use until `replace` brings others:
   * nothing rotates by itself any more. The arrays stay the caller's to wipe.
   */
  readonly keys?: readonly Uint8Array[];
}

const table = () => ({
  provider: required(objectWith('a CryptoProvider', 'keyDerivation', 'cipherSuites13')),
  lifetime: integer(1, MAX_TICKET_LIFETIME),
  rotation: integer(1, Number.MAX_SAFE_INTEGER),
  now: callable(),
  random: callable(),
  keys: listOf(byteArray),
});

const utf8 = new TextEncoder();
const ticketLabel = utf8.encode('castls ticket');
const saltLabel = utf8.encode('castls ticket salt');

interface TicketKey {
  readonly name: Uint8Array;
  readonly secret: Secret;
  /** What salts are made with, derived of `secret` once. */
  readonly salting: Secret;
  /** Milliseconds since the epoch: it seals from `from` until a lifetime before `until`, and opens until then. */
  readonly from: number;
  readonly until: number;
}

/** Ticket keys of one server, or of a fleet. Stateful: a config refers to it. */
export class TicketKeys implements TicketStore {
  readonly lifetime: number;
  readonly #provider: CryptoProvider;
  readonly #suite: CipherSuite13;
  /** Seconds. */
  readonly #rotation: number;
  /** Keys that were given: none is made here. */
  #given = false;
  readonly #now: () => number;
  readonly #random: RandomSource;
  #keys: TicketKey[] = [];

  constructor(options: TicketKeysOptions) {
    readOptions('TicketKeys', table(), options);
    refuseBeside('TicketKeys', options, 'keys', ['rotation']);
    this.#provider = options.provider;
    const suites = options.provider.cipherSuites13;
    const suite = suites.find(s => s.id === PREFERRED_SUITE) ?? suites[0];
    if (suite === undefined) throw new TlsError('ERR_INVALID_ARGUMENT', 'the provider has no TLS 1.3 suite');
    this.#suite = suite;
    this.lifetime = options.lifetime ?? 7200;
    this.#now = options.now ?? Date.now;
    this.#random = options.random ?? options.provider.random;
    this.#rotation = options.rotation ?? 3600;
    if (options.keys) this.replace(options.keys);
  }

  /**
   * Puts other keys in the place of all there are, until the next call: keys that were given do not rotate.
   * @param keys 48 bytes each (name and key), the first one seals
   */
  replace(keys: readonly Uint8Array[]): void {
    if (keys.length === 0) throw new TlsError('ERR_BAD_LENGTH', 'there is at least one ticket key');
    this.#adopt(
      keys.map(key => ({ key, from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY })),
      false,
    );
  }

  /**
   * Puts the keys that a fleet shares in the place of all there are, until the next call. The one that began last seals,
   * until a lifetime before its end: from then on there are no tickets, unless others came meanwhile.
   * @param keys 48 bytes each; they stay the caller's to wipe
   */
  hold(keys: readonly TimedTicketKey[]): void {
    this.#adopt(
      [...keys].sort((a, b) => b.from - a.from),
      true,
    );
    this.dropEnded();
  }

  seal(state: Uint8Array): Uint8Array | null {
    const key = this.#sealingKey();
    if (key === null) return null;
    // Random bytes, then the content. A source may be the caller's own: it is asked before the state is copied.
    const salted = new Uint8Array(RANDOM_LENGTH + LENGTH_LENGTH + state.length);
    fillRandom(this.#random, salted.subarray(0, RANDOM_LENGTH));
    new DataView(salted.buffer).setUint32(RANDOM_LENGTH, state.length);
    salted.set(state, RANDOM_LENGTH + LENGTH_LENGTH);
    let protection: RecordProtection | undefined;
    try {
      const salt = this.#suite.keyDerivation.hmac(key.salting, salted).subarray(0, SALT_LENGTH);
      protection = this.#protect(key, salt);
      const content = salted.subarray(RANDOM_LENGTH);
      const ticket = concat([key.name, salt, protection.sealNext(ContentType.application_data, content, FRAGMENT)]);
      return ticket.length <= MAX_TICKET ? ticket : null;
    } finally {
      protection?.dispose();
      salted.fill(0);
    }
  }

  open(ticket: Uint8Array): Uint8Array | null {
    if (ticket.length < NAME_LENGTH + SALT_LENGTH) return null;
    this.dropEnded();
    const name = ticket.subarray(0, NAME_LENGTH);
    const key = this.#keys.find(candidate => equalVartime(candidate.name, name));
    if (key === undefined) return null;
    const protection = this.#protect(key, ticket.subarray(NAME_LENGTH, NAME_LENGTH + SALT_LENGTH));
    try {
      const sealed = ticket.subarray(NAME_LENGTH + SALT_LENGTH);
      const opened = protection.openNext(sealed, FRAGMENT);
      const whole = opened.failure === null && opened.consumed === sealed.length;
      const state = whole ? stateOf(opened.plaintext) : null;
      if (state === null) opened.plaintext.fill(0);
      return state;
    } finally {
      protection.dispose();
    }
  }

  /** Wipes the keys whose time is over, which sealing and opening do, too. @returns how many are left */
  dropEnded(): number {
    const now = this.#now();
    for (const key of this.#keys) if (key.until <= now) wipe(key);
    this.#keys = this.#keys.filter(key => !key.secret.disposed);
    return this.#keys.length;
  }

  /** Wipes all keys: every ticket becomes worthless. The next `seal` makes a key of its own, which rotates. */
  dispose(): void {
    for (const key of this.#keys) wipe(key);
    this.#keys = [];
    this.#given = false;
  }

  #sealingKey(): TicketKey | null {
    const now = this.#now();
    const last = now + this.lifetime * 1000;
    const key = this.#keys.find(({ from, until }) => from <= now && last < until);
    if (key !== undefined) return key;
    return this.#given ? null : this.#makeKey(now);
  }

  #makeKey(now: number): TicketKey {
    this.dropEnded();
    const bytes = randomBytes(this.#random, NAME_LENGTH + KEY_LENGTH);
    try {
      const key = this.#import({ key: bytes, from: now, until: now + (this.#rotation + this.lifetime) * 1000 });
      this.#keys.unshift(key);
      return key;
    } finally {
      bytes.fill(0);
    }
  }

  /** Takes these keys, the first that may seals. @param keep the secrets of those that are here already */
  #adopt(keys: readonly TimedTicketKey[], keep: boolean): void {
    for (const { key } of keys) {
      requireBytes(key, 'a ticket key');
      if (key.length !== NAME_LENGTH + KEY_LENGTH)
        throw new TlsError('ERR_BAD_LENGTH', 'ticket keys are 48 bytes long');
    }
    const known = keep && this.#given ? this.#keys : [];
    const next = keys.map(given => {
      const name = given.key.subarray(0, NAME_LENGTH);
      const here = known.find(candidate => equalVartime(candidate.name, name));
      return here === undefined ? this.#import(given) : { ...here, from: given.from, until: given.until };
    });
    const stays = new Set(next.map(({ secret }) => secret));
    for (const key of this.#keys) if (!stays.has(key.secret)) wipe(key);
    this.#keys = next;
    this.#given = true;
  }

  #import({ key, from, until }: TimedTicketKey): TicketKey {
    const { keyDerivation } = this.#suite;
    const secret = this.#provider.importSecret(key.subarray(NAME_LENGTH));
    try {
      const salting = keyDerivation.expand(secret, saltLabel, keyDerivation.hash.outputLength);
      return { name: copyOfBytes(key.subarray(0, NAME_LENGTH)), secret, salting, from, until };
    } catch (error) {
      secret.dispose();
      throw error;
    }
  }

  #protect(key: TicketKey, salt: Uint8Array): RecordProtection {
    const { keyDerivation } = this.#suite;
    const info = concat([ticketLabel, salt]);
    const secret = keyDerivation.expand(key.secret, info, keyDerivation.hash.outputLength);
    try {
      return this.#suite.protect(secret);
    } finally {
      secret.dispose();
    }
  }
}

function wipe({ secret, salting }: TicketKey): void {
  secret.dispose();
  salting.dispose();
}

/** What stands behind the length, a view; null if it is not all of it. */
function stateOf(content: Uint8Array): Uint8Array | null {
  if (content.length < LENGTH_LENGTH) return null;
  const length = new DataView(content.buffer, content.byteOffset).getUint32(0);
  return content.length === LENGTH_LENGTH + length ? content.subarray(LENGTH_LENGTH) : null;
}
