// 0-RTT data (RFC 9846 §2.3, §4.2.10, §8): what a connection knows of it, and what a server is told about taking it. It
// can be replayed by whoever sees it and has no forward secrecy, which is why it never mixes with the rest.

import type { Awaitable } from '../../crypto/secret.ts';
import type { SingleUseRegister } from '../sessions/stores.ts';
import type { Exporter } from './exporter.ts';
import type { Disposable } from './owned.ts';
import type { ClientHelloInfo } from './settings.ts';

/**
 * Where 0-RTT stands: nothing was offered; a client offered and waits for the answer; the server takes it; or does not,
 * and what was sent is lost.
 */
export type EarlyDataState = 'none' | 'offered' | 'accepted' | 'rejected';

/** Why a server took no early data, in the order in which it looks. */
export type EarlyDataRefusal =
  /** The config has no `earlyData`. */
  | 'disabled'
  /** No ticket was resumed, or not the first on offer. */
  | 'not-resumed'
  /** The ticket was given without early data, or with more than is taken now. */
  | 'unsupported-by-session'
  /** The ClientHello had to be sent again (RFC 9846 §4.2.10). */
  | 'hello-retry-request'
  /** Another suite than that of the session. */
  | 'suite'
  /** Another protocol than that of the session. */
  | 'alpn'
  /** The age that the client tells is not that of the ticket: it may be a replay (RFC 9846 §8.3). */
  | 'ticket-age'
  /** The hook of the config said no. */
  | 'refused'
  /** The ticket brought early data before, or the register cannot say that it did not. */
  | 'replay';

/** How a server takes early data. */
export interface EarlyDataPolicy {
  /** max_early_data_size of the tickets, and most bytes taken; 1-4,294,967,295. */
  readonly maxSize: number;
  readonly register: SingleUseRegister;
  /** Milliseconds by which the client's idea of its ticket's age may differ. */
  readonly freshness: number;
  /** Asked last but for the register; false refuses. Null to ask nobody. */
  readonly accept: ((hello: ClientHelloInfo, signal: AbortSignal) => Awaitable<boolean>) | null;
}

/** What a connection knows of its early data. */
export class EarlyDataFacts implements Disposable {
  state: EarlyDataState = 'none';
  /** Server: why it was not taken. */
  refusal: EarlyDataRefusal | null = null;
  /** Server: milliseconds by which the client's idea of its ticket's age differs from ours; null if the first on offer was not resumed. */
  ticketAgeSkew: number | null = null;
  /** Bytes that may still be sent, or still come. */
  left = 0;
  /** True while keys are in use that only early data and EndOfEarlyData go under. */
  open = false;
  /** Server: true once data may be answered, before the client's Finished (RFC 9846 §4.4.4). */
  answerable = false;
  exporter: Exporter | null = null;

  dispose(): void {
    this.exporter?.dispose();
    this.exporter = null;
  }
}
