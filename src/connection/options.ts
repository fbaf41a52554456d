// What the driver of a Connection says beside the settings of the config.

import type { PlaintextMemory } from '../crypto/record_protection.ts';
import type { OutputBuffers } from '../record/record_writer.ts';

export interface ConnectionOptions {
  /** Milliseconds until a handshake that is not over fails. */
  readonly handshakeTimeout: number;
  /** Memory for the records of `write`. Default: each output has its own. */
  readonly buffers?: OutputBuffers;
  /** Memory for the data of events, which then is no Uint8Array of its own, perhaps. Not every provider asks. Default: each has a fresh one. */
  readonly dataMemory?: PlaintextMemory;
  /** Called when a job that answered later made progress: there may be output and events. Never from inside a call. */
  readonly onProgress?: () => void;
  /**
   * The end of the transport without close_notify is an end that says so (`closeNotify: false`), not ERR_TRUNCATED: for
   * protocols that see by themselves whether all came. Default false.
   */
  readonly allowTruncation?: boolean;
}
