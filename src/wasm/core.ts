// One WASM memory, the core binary over it, the families that share it, and the secrets that live there.

import { type CoreExports, heapBase } from '../../build/generated/abi.ts';
import { bytes as coreBinary } from '../../build/generated/core_wasm.ts';
import { TlsError } from '../base/errors.ts';
import type { RandomSource, Secret } from '../crypto/secret.ts';
import { instantiate, type WasmBinary } from './instantiate.ts';

const PAGE = 65536;
/** One less than 32-bit addresses reach, so that the end of the memory has an address too. */
const MAXIMUM_PAGES = 65535;
/** The largest slot that the arena makes, header included (assembly/core/arena.ts). */
const LARGEST_SLOT = 32 * 1024 * 1024;

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
  readonly #registry?: FinalizationRegistry<{ pointer: number; generation: number }>;
  #abandoned = 0;
  #view: Uint8Array;

  /** @param maximumBytes most memory the core may use; a multiple of 64 KiB above its fixed 2.6 MiB */
  constructor(random: RandomSource, options: { maximumBytes?: number; binary?: WasmBinary } = {}) {
    const initial = Math.ceil(heapBase / PAGE) + 1;
    const wanted = Math.floor((options.maximumBytes ?? 256 * 1024 * 1024) / PAGE);
    const maximum = Math.max(initial, Math.min(wanted, MAXIMUM_PAGES));
    this.random = random;
    this.#memory = new WebAssembly.Memory({ initial, maximum });
    this.#view = new Uint8Array(this.#memory.buffer);
    this.abi = instantiate<CoreExports>(options.binary ?? coreBinary, this.#memory);
    this.abi.arenaInit(heapBase);
    this.exchange = this.abi.exchangePointer();
    if (typeof FinalizationRegistry === 'function') {
      this.#registry = new FinalizationRegistry(({ pointer, generation }) => {
        if (this.abi.arenaFree(pointer, generation)) this.#abandoned++;
      });
    }
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
    return new WasmSecret(this, this.allocate(length), length);
  }

  /** Copies `bytes` into a new secret. @throws ERR_OUT_OF_MEMORY */
  importSecret(bytes: Uint8Array): WasmSecret {
    const secret = this.createSecret(bytes.length);
    this.bytes.set(bytes, secret.pointer());
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

  /** Address of a zeroed slot of at least `length` bytes; for scratch and contexts. @throws ERR_OUT_OF_MEMORY, ERR_BAD_LENGTH */
  allocate(length: number): number {
    // Checked here because a call into WASM takes a length modulo 2^32.
    if (!Number.isInteger(length) || length < 0) {
      throw new TlsError('ERR_BAD_LENGTH', `${length} is no number of bytes`);
    }
    const pointer = length < LARGEST_SLOT ? this.abi.arenaAlloc(length) : 0;
    if (pointer === 0) {
      throw new TlsError('ERR_OUT_OF_MEMORY', `no room for ${length} bytes: the WASM memory reached its maximum`);
    }
    return pointer;
  }

  /** Wipes and frees a slot of `allocate`. */
  free(pointer: number): void {
    this.abi.arenaFree(pointer, this.abi.arenaGeneration(pointer));
  }

  /** Slots in use: secrets, record contexts, running hashes. */
  get liveSlots(): number {
    return this.abi.arenaLive();
  }

  /** Slots that the FinalizationRegistry had to free because their owner forgot to. Tests expect zero. */
  get abandonedSlots(): number {
    return this.#abandoned;
  }

  /** Frees the slot with the handle if `owner` is collected without having freed it. @internal */
  watch(owner: object, pointer: number, generation: number): void {
    this.#registry?.register(owner, { pointer, generation }, owner);
  }

  /** The owner freed its slot itself. @internal */
  unwatch(owner: object): void {
    this.#registry?.unregister(owner);
  }
}

/** A slot of the arena that one JavaScript object owns: address and generation make the handle. */
export class Slot {
  readonly core: WasmCore;
  #pointer: number;
  readonly #generation: number;

  constructor(core: WasmCore, pointer: number) {
    this.core = core;
    this.#pointer = pointer;
    this.#generation = core.abi.arenaGeneration(pointer);
    core.watch(this, pointer, this.#generation);
  }

  get disposed(): boolean {
    return this.#pointer === 0;
  }

  /** Address of the payload, valid until `dispose`. @throws ERR_STALE_HANDLE */
  pointer(): number {
    if (this.#pointer === 0 || this.core.abi.arenaGeneration(this.#pointer) !== this.#generation) {
      throw new TlsError('ERR_STALE_HANDLE', 'this was disposed of');
    }
    return this.#pointer;
  }

  /** Wipes and frees the slot. Idempotent. */
  dispose(): void {
    if (this.#pointer === 0) return;
    this.core.abi.arenaFree(this.#pointer, this.#generation);
    this.core.unwatch(this);
    this.#pointer = 0;
  }
}

/** A Secret in the arena. */
export class WasmSecret extends Slot implements Secret {
  readonly length: number;

  constructor(core: WasmCore, pointer: number, length: number) {
    super(core, pointer);
    this.length = length;
  }
}
