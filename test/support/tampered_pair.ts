// A pair of connections whose plaintext handshake messages can be changed on their way: a peer that breaks the rules of
// TLS 1.2. After the ChangeCipherSpec of a direction its bytes pass untouched.

import type { Connection } from '../../src/connection/connection.ts';
import { concatAll, drain, makePair, type Pair, type PairOptions } from './pair.ts';

/** Gives what arrives in the place of a message, header included; a ChangeCipherSpec is `[20, 1]`. */
export type Change = (message: Uint8Array) => Uint8Array | readonly Uint8Array[];

export interface TamperedOptions extends PairOptions {
  readonly toServer?: Change;
  readonly toClient?: Change;
}

export const CCS: Uint8Array = Uint8Array.of(20, 1);

/** Runs a handshake to its end, or to the first error. */
export function tamperedHandshake({ toServer, toClient, ...options }: TamperedOptions): Pair {
  const pair = makePair({ ...options, client: { maxVersion: 'TLSv1.2', ...options.client } });
  const up = new Wire(pair.client, pair.server, toServer ?? (message => message));
  const down = new Wire(pair.server, pair.client, toClient ?? (message => message));
  for (let moved = 1; moved > 0; ) moved = up.move() + down.move();
  drain(pair.client, pair.clientEvents);
  drain(pair.server, pair.serverEvents);
  return pair;
}

class Wire {
  readonly #from: Connection;
  readonly #to: Connection;
  readonly #change: Change;
  #protected = false;

  constructor(from: Connection, to: Connection, change: Change) {
    this.#from = from;
    this.#to = to;
    this.#change = change;
  }

  move(): number {
    const output = concatAll(this.#from.takeOutput());
    for (let at = 0; at < output.length; ) {
      const length = 5 + ((output[at + 3] << 8) | output[at + 4]);
      this.#record(output.subarray(at, at + length));
      at += length;
    }
    return output.length;
  }

  #record(record: Uint8Array): void {
    if (this.#protected || record[0] === 21) {
      this.#to.receive(record);
      return;
    }
    if (record[0] === 20) {
      this.#protected = true;
      this.#deliver(CCS);
      return;
    }
    for (let at = 5; at < record.length; ) {
      const length = 4 + ((record[at + 1] << 16) | (record[at + 2] << 8) | record[at + 3]);
      this.#deliver(record.slice(at, at + length));
      at += length;
    }
  }

  #deliver(message: Uint8Array): void {
    const changed = this.#change(message);
    for (const one of changed instanceof Uint8Array ? [changed] : changed) {
      const isCcs = one.length === 2 && one[0] === 20;
      const content = isCcs ? one.subarray(1) : one;
      const header = [isCcs ? 20 : 22, 3, 3, content.length >> 8, content.length & 255];
      this.#to.receive(Uint8Array.of(...header, ...content));
    }
  }
}
