// The one of a program's threads and processes that keeps what all share, in its memory, and answers for it. All are on one
// machine and have one clock.

import type { RandomSource } from '../../crypto/secret.ts';
import { MemorySessionStore } from '../../handshake/sessions/memory_sessions.ts';
import { MemorySingleUseRegister } from '../../handshake/sessions/single_use.ts';
import type { SingleUseRegister } from '../../handshake/sessions/stores.ts';
import { MemoryTicketKeyStore } from '../../handshake/sessions/ticket_key_ring.ts';
import type { ClaimOutcome, FleetListener } from '../events.ts';
import { base64, fromBase64, type Question } from './messages.ts';

export interface HubOptions {
  readonly random: RandomSource;
  /** Seconds. */
  readonly rotation: number;
  readonly lifetime: number;
  /** Milliseconds. */
  readonly freshness: number;
  /** Claims remembered. Default that of MemorySingleUseRegister. */
  readonly claims?: number;
}

export class Hub {
  readonly keys: MemoryTicketKeyStore;
  readonly sessions: MemorySessionStore = new MemorySessionStore();
  readonly #register: MemorySingleUseRegister;
  readonly #freshness: number;

  constructor({ random, rotation, lifetime, freshness, claims }: HubOptions) {
    this.#register = new MemorySingleUseRegister({ capacity: claims });
    this.keys = new MemoryTicketKeyStore({ random, rotation, lifetime });
    this.#freshness = freshness;
  }

  /** What early data that was sent at `expires - 2 * freshness - 1` comes to. @param freshness of who asks */
  claim(id: Uint8Array, expires: number, freshness: number): ClaimOutcome {
    // With another freshness an id would be forgotten while it is still good there.
    if (freshness !== this.#freshness) return 'unavailable';
    const sent = expires - 2 * freshness - 1;
    if (sent < this.#register.since + freshness) return 'warming';
    if (Math.abs(Date.now() - sent) > freshness) return 'stale';
    const outcome = this.#register.outcome(id, expires);
    return outcome === 'full' ? 'unavailable' : outcome;
  }

  /** The answer to a member's question. @throws what keeps it from answering */
  answer({ operation, given }: Question): unknown {
    const [a, b, c] = given;
    switch (operation) {
      case 'ping':
        return true;
      case 'keys':
        return this.keys.load().map(({ key, from, until }) => {
          const told = { key: base64(key), from, until };
          key.fill(0);
          return told;
        });
      case 'replaceKeys':
        return this.keys.replaceAll();
      case 'set':
        return this.sessions.set(fromBase64(a), fromBase64(b), Number(c));
      case 'get':
        return told(this.sessions.get(fromBase64(a)));
      case 'take':
        return told(this.sessions.take(fromBase64(a)));
      case 'claim':
        return this.claim(fromBase64(a), Number(b), Number(c));
      default:
        throw new Error('another version of castls asks');
    }
  }
}

function told(state: Uint8Array | null): string | null {
  return state === null ? null : base64(state);
}

/** The register of the hub's own servers. */
export function hubRegister(hub: Hub, freshness: number, onEvent: FleetListener): SingleUseRegister {
  return {
    freshness,
    claim(id, expires) {
      const outcome = hub.claim(id, expires, freshness);
      onEvent({ kind: 'claim', outcome });
      return outcome === 'accepted';
    },
  };
}
