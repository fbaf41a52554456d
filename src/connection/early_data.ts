// Early data as a connection and its config see it: the options of a server, and how many bytes may go or come.

import { TlsError } from '../base/errors.ts';
import { callable, integer, objectWith, readOptions, required, withDefault } from '../base/options.ts';
import type { Awaitable } from '../crypto/secret.ts';
import type { EarlyDataPolicy } from '../handshake/flow/early_data.ts';
import type { Negotiated } from '../handshake/flow/negotiated.ts';
import type { ClientSettings, ServerSettings } from '../handshake/flow/roles.ts';
import type { ClientHelloInfo } from '../handshake/flow/settings.ts';
import type { SingleUseRegister } from '../handshake/sessions/stores.ts';

/** As OpenSSL's recommendation and BoringSSL's fixed value: what fits one record. */
const DEFAULT_MAX_SIZE = 16_384;
/** RFC 9846 §8.3: clients on the Internet need about 10 seconds. */
const DEFAULT_FRESHNESS = 10_000;

/** How a server takes early data. */
export interface EarlyDataOptions {
  /** Remembers which tickets brought early data: `MemorySingleUseRegister` for one server, one that all ask for a fleet. */
  readonly register: SingleUseRegister;
  /** Most bytes of one connection, 1-4,294,967,295. Default 16,384. */
  readonly maxSize?: number;
  /** Milliseconds by which a client's clock and ours may differ since its ticket, 0-600,000. Default: the register's, or 10,000. */
  readonly freshness?: number;
  /** Asked where all else allows it. Default: nobody is asked. */
  readonly accept?: (hello: ClientHelloInfo, signal: AbortSignal) => Awaitable<boolean>;
}

const table = () => ({
  register: required(objectWith<SingleUseRegister>('a SingleUseRegister', 'claim')),
  maxSize: withDefault(integer(1, 0xffff_ffff), DEFAULT_MAX_SIZE),
  freshness: integer(0, 600_000),
  accept: callable<NonNullable<EarlyDataOptions['accept']>>(),
});

/** @throws ERR_INVALID_ARGUMENT */
export function earlyDataPolicy(options: EarlyDataOptions | undefined): EarlyDataPolicy | null {
  if (options === undefined) return null;
  const { accept = null, register, maxSize, ...given } = readOptions('earlyData', table(), options);
  const freshness = given.freshness ?? register.freshness ?? DEFAULT_FRESHNESS;
  // Another one than its other servers have would have it forget a ticket while it is still good here.
  if (register.freshness !== undefined && freshness !== register.freshness) {
    throw new TlsError('ERR_INVALID_ARGUMENT', `earlyData: the freshness of its register is ${register.freshness}`);
  }
  return { register, maxSize, freshness, accept };
}

/** For a server that has nowhere to hand early data to: none is taken, whatever config is chosen for the client. */
export function withoutEarlyData<S extends ClientSettings | ServerSettings>(settings: S): S {
  if (settings.role === 'client') return settings;
  const { forClient } = settings;
  const without = (chosen: ServerSettings | null) => chosen && withoutEarlyData(chosen);
  return {
    ...settings,
    earlyData: null,
    forClient:
      forClient &&
      ((hello: ClientHelloInfo, signal: AbortSignal) => {
        const chosen = forClient(hello, signal);
        return chosen instanceof Promise ? chosen.then(without) : without(chosen);
      }),
  };
}

/** Server: true once early data may be answered, though its handshake is not over. */
export function mayAnswer({ earlyData }: Negotiated, state: string): boolean {
  return state === 'handshake' && earlyData.answerable;
}

/** Client: how many of `length` bytes may still go as early data, which are counted as gone. @param room bytes of output */
export function takeEarlyOutput({ role, earlyData }: Negotiated, length: number, room: number): number {
  if (role !== 'client' || !earlyData.open) return 0;
  const accepted = Math.min(length, earlyData.left, Math.max(0, room));
  earlyData.left -= accepted;
  return accepted;
}

/** Server: early data came. @throws ERR_TOO_MUCH_EARLY_DATA (RFC 9846 §4.2.10) */
export function takeEarlyInput({ earlyData }: Negotiated, length: number): void {
  earlyData.left -= length;
  if (earlyData.left < 0) throw new TlsError('ERR_TOO_MUCH_EARLY_DATA', 'more early data than max_early_data_size');
}
