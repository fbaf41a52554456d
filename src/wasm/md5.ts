// MD5 (RFC 1321) as a HashAlgorithm, over the legacy family. For keys from passwords in old files and for TLS before 1.2;
// it resists no collisions.

import type { LegacyExports } from '../../build/generated/abi.ts';
import type { HashAlgorithm, HashState } from '../crypto/hash.ts';
import { EXCHANGE_LENGTH, Slot, type WasmCore } from './core.ts';
import { legacyFamily } from './legacy_family.ts';

const OUTPUT_LENGTH = 16;
// The exchange area of a call: the result first, then the data.
const DATA = 64;
const DATA_LENGTH = EXCHANGE_LENGTH - DATA;

/** MD5 in `core`. */
export function wasmMd5(core: WasmCore): HashAlgorithm {
  const start = () => {
    const abi = core.family<LegacyExports>(legacyFamily);
    const slot = new Slot(core, core.allocate(abi.md5StateLength()));
    abi.md5Init(slot.pointer());
    return new Md5State(core, abi, slot);
  };
  return {
    name: 'md5',
    outputLength: OUTPUT_LENGTH,
    blockLength: 64,
    start,
    digest(data) {
      core.requireInput(data, 'what is hashed');
      const state = start();
      try {
        state.update(data);
        return state.digest();
      } finally {
        state.dispose();
      }
    },
  };
}

class Md5State implements HashState {
  readonly #core: WasmCore;
  readonly #abi: LegacyExports;
  readonly #slot: Slot;

  constructor(core: WasmCore, abi: LegacyExports, slot: Slot) {
    this.#core = core;
    this.#abi = abi;
    this.#slot = slot;
  }

  update(data: Uint8Array): void {
    const state = this.#slot.pointer();
    this.#core.requireInput(data, 'what is hashed');
    const { bytes, exchange } = this.#core;
    for (let at = 0; at < data.length; at += DATA_LENGTH) {
      const piece = data.subarray(at, at + DATA_LENGTH);
      bytes.set(piece, exchange + DATA);
      this.#abi.md5Update(state, exchange + DATA, piece.length);
      bytes.fill(0, exchange + DATA, exchange + DATA + piece.length); // keys from passwords go through here
    }
  }

  digest(): Uint8Array {
    const { bytes, exchange } = this.#core;
    this.#abi.md5Peek(this.#slot.pointer(), exchange);
    const digest = bytes.slice(exchange, exchange + OUTPUT_LENGTH);
    bytes.fill(0, exchange, exchange + OUTPUT_LENGTH);
    return digest;
  }

  clone(): HashState {
    const from = this.#slot.pointer();
    const length = this.#abi.md5StateLength();
    const slot = new Slot(this.#core, this.#core.allocate(length));
    this.#core.bytes.copyWithin(slot.pointer(), from, from + length);
    return new Md5State(this.#core, this.#abi, slot);
  }

  dispose(): void {
    this.#slot.dispose();
  }
}
