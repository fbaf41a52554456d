// castls/fleet: sessions, ticket keys and early data over the processes of node:cluster and worker threads, for Node. Over
// machines it is castls/redis.

import type { CryptoProvider } from './crypto/provider.ts';
import type { SharedFleet } from './stores/fleet.ts';
import { type ProcessFleetOptions as Options, openProcessFleet } from './stores/process/fleet.ts';
import { passwordProvider } from './wasm/password_provider.ts';

export type { Fleet, FleetHandshake } from './connection/fleet.ts';
export type { ClaimOutcome, FleetEvent, FleetListener, StoreOperation } from './stores/events.ts';
export type { SharedFleet } from './stores/fleet.ts';

export type ProcessFleetOptions = Omit<Options, 'provider'> & { readonly provider?: CryptoProvider };

/**
 * What the processes of node:cluster and the threads of each share, by way of the primary: give it to `createServer` of
 * castls/node as `fleet`. To be called in the primary, too, before it forks, and in the main thread of a process whose
 * threads take part.
 * @throws ERR_INVALID_ARGUMENT
 */
export function processFleet(given: ProcessFleetOptions = {}): SharedFleet {
  return openProcessFleet({ provider: passwordProvider(), ...given });
}
