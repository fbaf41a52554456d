// One WASM memory, the core binary over it, the families that share it, and the secrets that live there.

import { type CoreExports, heapBase } from '../../build/generated/abi.ts';
import { bytes as coreBinary } from '../../build/generated/core_wasm.ts';
import { TlsError } from '../base/errors.ts';
import type { RandomSource, Secret } from '../crypto/secret.ts';
import { instantiate, type WasmBinary } from './instantiate.ts';

const PAGE = 65536;

/** Length of the exchange area in bytes (assembly/core/exchange.ts). */
export const EXCHANGE_LENGTH = 0x48000;

/** A binary beside the core, which shares its memory. */
export interface Family {
  readonly name: string;
  readonly binary: WasmBinary;
}

export class WasmCore {
  readonly abi: CoreExports;
  readonly random: RandomSource;
  /** Address of the exchange area: inputs and outputs of a call, EXCHANGE_LENGTH bytes. */
  readonly exchange: number;
  readonly #memory: WebAssembly.Memory;
  readonly #families = new Map<string, unknown>();
  #view: Uint8Array;

  /** @param maximumBytes most memory the core may use; a multiple of 64 KiB above its fixed 2.6 MiB */
  constructor(random: RandomSource, options: { maximumBytes?: number; binary?: WasmBinary } = {}) {
    const initial = Math.ceil(heapBase / PAGE) + 1;
    const maximum = Math.max(initial, Math.floor((options.maximumBytes ?? 256 * 1024 * 1024) / PAGE));
    this.random = random;
    this.#memory = new WebAssembly.Memory({ initial, maximum });
    this.#view = new Uint8Array(this.#memory.buffer);
    this.abi = instantiate<CoreExports>(options.binary ?? coreBinary, this.#memory);
    this.abi.arenaInit(heapBase);
    this.exchange = this.abi.exchangePointer();
  }

  /** The memory as bytes. Never keep it across a call that may allocate: growing detaches it. */
  get bytes(): Uint8Array {
    if (this.#view.length === 0) this.#view = new Uint8Array(this.#memory.buffer);
    return this.#view;
  }

  /** Exports of a family over this core's memory; instantiated at its first use. */
  family<T>(family: Family): T {
    let exports = this.#families.get(family.name);
    if (exports === undefined) {
      exports = instantiate<T>(family.binary, this.#memory);
      this.#families.set(family.name, exports);
    }
    return exports as T;
  }

  /** A zeroed secret of `length` bytes that the caller owns. @throws ERR_OUT_OF_MEMORY */
  createSecret(length: number): WasmSecret {
    const pointer = this.abi.arenaAlloc(length);
    if (pointer === 0) throw new TlsError('ERR_OUT_OF_MEMORY', 'the WASM memory reached its configured maximum');
    return new WasmSecret(this, pointer, length);
  }

  /** Copies `bytes` into a new secret. @throws ERR_OUT_OF_MEMORY */
  importSecret(bytes: Uint8Array): WasmSecret {
    const secret = this.createSecret(bytes.length);
    this.bytes.set(bytes, this.pointerOf(secret));
    return secret;
  }

  /** A copy of the secret's bytes, outside the core. */
  dangerousReveal(secret: Secret): Uint8Array {
    const pointer = this.pointerOf(secret);
    return this.bytes.slice(pointer, pointer + secret.length);
  }

  /** Address of a secret. Valid until it is disposed of. @throws ERR_STALE_HANDLE, ERR_FOREIGN_HANDLE */
  pointerOf(secret: Secret): number {
    if (!(secret instanceof WasmSecret) || secret.core !== this) {
      throw new TlsError('ERR_FOREIGN_HANDLE', 'the secret belongs to another provider');
    }
    return secret.pointer();
  }
}

export class WasmSecret implements Secret {
  readonly core: WasmCore;
  readonly length: number;
  #pointer: number;

  constructor(core: WasmCore, pointer: number, length: number) {
    this.core = core;
    this.#pointer = pointer;
    this.length = length;
  }

  get disposed(): boolean {
    return this.#pointer === 0;
  }

  pointer(): number {
    if (this.#pointer === 0) throw new TlsError('ERR_STALE_HANDLE', 'the secret was disposed of');
    return this.#pointer;
  }

  dispose(): void {
    if (this.#pointer === 0) return;
    this.core.abi.arenaFree(this.#pointer, this.length);
    this.#pointer = 0;
  }
}
