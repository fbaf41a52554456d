// castls/redis: sessions, ticket keys and early data over many processes and machines, on Redis, for Node. The package
// "redis" is to be installed beside castls.

import type { CryptoProvider } from './crypto/provider.ts';
import { connect } from './node.ts';
import type { SharedFleet } from './stores/fleet.ts';
import { openRedisFleet } from './stores/redis/fleet.ts';
import type * as options from './stores/redis/options.ts';
import * as wrapping from './stores/wrapper.ts';
import { passwordProvider } from './wasm/password_provider.ts';

export type { Fleet, FleetHandshake } from './connection/fleet.ts';
export type { ClaimOutcome, FleetEvent, FleetListener, StoreOperation } from './stores/events.ts';
export type { SharedFleet } from './stores/fleet.ts';
export type { LocalWrapper, Wrapper } from './stores/wrapper.ts';

export type RedisFleetOptions = Omit<options.RedisFleetOptions, 'provider'> & { readonly provider?: CryptoProvider };

/**
 * What servers share by way of a Redis: give it to `createServer` of castls/node as `fleet`, or its parts to `serverConfig`.
 * Begins to connect and does not wait: handshakes go on without it.
 * @throws ERR_INVALID_ARGUMENT; ERR_UNSUPPORTED_OPTION without the package "redis"
 */
export function redisFleet(given: RedisFleetOptions): Promise<SharedFleet> {
  return openRedisFleet({ provider: passwordProvider(), ...given }, target => connect(target));
}

/**
 * A wrapper with a key in this process, which every process of the fleet has: AES-256-GCM.
 * @param key 32 random bytes - no password -, which stay the caller's to wipe
 * @throws ERR_BAD_LENGTH
 */
export function localWrapper(key: Uint8Array, provider: CryptoProvider = passwordProvider()): wrapping.LocalWrapper {
  return wrapping.localWrapper(provider, key);
}
