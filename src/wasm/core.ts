// One WASM memory, the core binary over it, the families that share it, and the secrets that live there.

import { type CoreExports, heapBase } from '../../build/generated/abi.ts';
import { bytes as coreBinary } from '../../build/generated/core_wasm.ts';
import {
  requireBytes,
  requireFunction,
  requireInteger,
  requireObject,
  textOf,
  unsharedBytes,
} from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import { OLDER } from '../base/variant.ts';
import type { RandomSource, Secret } from '../crypto/secret.ts';
import { instantiate, makeMemory, type WasmBinary, type WasmMemory } from './instantiate.ts';
import { completed } from './missing_exports.ts';

const PAGE = 65536;
/** Below 2 GiB: addresses are positive numbers in JavaScript too, and no sum in the arena passes 2^32. */
const MAXIMUM_PAGES = 32767;
/** The binaries use no address below (scripts/memory_map.mjs). */
const FIRST_ADDRESS = 1024;
/** The largest slot that the arena makes, header included (assembly/core/arena.ts). */
const LARGEST_SLOT = 32 * 1024 * 1024;

/** Length of the exchange area in bytes (assembly/core/exchange.ts). */
export const EXCHANGE_LENGTH = 0x48000;

/** A binary beside the core, which shares its memory. */
export interface Family {
  readonly name: string;
  readonly binary: WasmBinary;
}

/**
 * The memory of a provider with everything in it: the core binary, the families that share it, and the slots of the arena,
 * in which secrets, record contexts and running hashes live. Inputs and outputs of a call go through its exchange area.
 * Handles of one core are foreign to another (ERR_FOREIGN_HANDLE).
 */
export class WasmCore {
  /** Exports of the core binary. */
  readonly abi: CoreExports;
  /** Where functions without a random source of their own take random bytes from: blinding, IVs of CBC records. */
  readonly random: RandomSource;
  /** Address of the exchange area: inputs and outputs of a call, EXCHANGE_LENGTH bytes. */
  readonly exchange: number;
  readonly #memory: WasmMemory;
  readonly #families = new Map<string, unknown>();
  readonly #registry?: FinalizationRegistry<{ pointer: number; generation: number }>;
  /** Owners of slots that the work under way made: those still in use when it is over are registered. Most are gone by then. */
  #young: Slot[] = [];
  #abandoned = 0;
  #view: Uint8Array;

  /**
   * @param maximumBytes most memory the core may use, at least 2,752,512 (its tables and scratch), counted in whole
   * 64 KiB and never 2 GiB or more; 256 MiB if nothing is said @param binary the core binary, where the host compiles none from bytes
   * @throws ERR_INVALID_ARGUMENT; ERR_UNSUPPORTED_ALGORITHM if the host has no WebAssembly with SIMD or forbids to compile it;
   * ERR_OUT_OF_MEMORY
   */
  constructor(random: RandomSource, options: { maximumBytes?: number; binary?: WasmBinary } = {}) {
    requireFunction(random, 'the random source');
    requireObject(options, 'the options of a core');
    const initial = Math.ceil(heapBase / PAGE) + 1;
    const { maximumBytes = 256 * 1024 * 1024 } = options;
    requireInteger(maximumBytes, initial * PAGE, Number.MAX_SAFE_INTEGER, 'maximumBytes');
    const maximum = Math.min(Math.floor(maximumBytes / PAGE), MAXIMUM_PAGES);
    this.random = random;
    this.#memory = makeMemory(initial, maximum);
    this.#view = new Uint8Array(this.#memory.buffer);
    const exports = instantiate<CoreExports>(options.binary ?? coreBinary, this.#memory);
    this.abi = OLDER ? exports : completed(exports);
    if (typeof this.abi.arenaInit !== 'function') {
      throw new TlsError('ERR_INVALID_ARGUMENT', 'the binary of the core is that of something else');
    }
    this.abi.arenaInit(heapBase);
    this.exchange = this.abi.exchangePointer();
    if (typeof FinalizationRegistry === 'function') {
      this.#registry = new FinalizationRegistry(({ pointer, generation }) => {
        if (!this.abi.arenaFree(pointer, generation)) return;
        this.abi.aesCacheDropKey(pointer);
        this.#abandoned++;
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

  /**
   * Passes what can be an input of a call: bytes that are no view of this core's memory, where the call writes while it
   * reads. Every function of src/wasm that is given bytes asks here before it does anything. @param what names the argument
   * @throws ERR_OVERLAPPING_BUFFERS, ERR_INVALID_ARGUMENT for what is no Uint8Array or has lost its buffer
   */
  requireInput(bytes: Uint8Array, what: string): void {
    requireBytes(bytes, what);
    // Engines make a small array's buffer when it is first asked for: not for what ends below all that is in use.
    if (bytes.byteOffset + bytes.length > FIRST_ADDRESS && bytes.buffer === this.bytes.buffer) {
      throw new TlsError('ERR_OVERLAPPING_BUFFERS', `${what} is a view of the memory of the core`);
    }
  }

  /**
   * As `requireInput`, and the bytes themselves: those of a SharedArrayBuffer as a copy, because they are judged before they are
   * used and another thread may write between. For public-key operations; what is hashed, authenticated or sealed is read once.
   */
  input(bytes: Uint8Array, what: string): Uint8Array {
    const own = unsharedBytes(bytes, what);
    this.requireInput(own, what);
    return own;
  }

  /** Zeros the first `length` bytes of the exchange area. Whoever put something there does so before the call returns. */
  wipeExchange(length: number): void {
    this.abi.exchangeWipe(length);
  }

  /** Runs `work` on the exchange area, of which it uses `length` bytes, and zeros these whatever happens. */
  withExchange<T>(length: number, work: (exchange: number) => T): T {
    try {
      return work(this.exchange);
    } finally {
      this.wipeExchange(length);
    }
  }

  /** A zeroed secret of `length` bytes that the caller owns. @throws ERR_OUT_OF_MEMORY */
  createSecret(length: number): WasmSecret {
    return new WasmSecret(this, this.allocate(length), length);
  }

  /** Copies `bytes` into a new secret. @throws ERR_OUT_OF_MEMORY, ERR_INVALID_ARGUMENT, ERR_OVERLAPPING_BUFFERS */
  importSecret(bytes: Uint8Array): WasmSecret {
    this.requireInput(bytes, 'the secret');
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
      throw new TlsError('ERR_BAD_LENGTH', `${textOf(length)} is no number of bytes`);
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

  /**
   * Frees the slot if `owner` is collected without having freed it. To register costs more than the whole life of most slots:
   * hence not before the work that made them is over. @internal
   */
  watch(owner: Slot): void {
    if (this.#registry === undefined) return;
    if (this.#young.push(owner) === 1) void Promise.resolve().then(() => this.#registerYoung());
  }

  #registerYoung(): void {
    const young = this.#young;
    this.#young = [];
    for (const slot of young) if (!slot.disposed) this.#registry?.register(slot, slot.register(), slot);
  }

  /** The owner, which was registered, freed its slot itself. @internal */
  unwatch(owner: Slot): void {
    this.#registry?.unregister(owner);
  }
}

/** A slot of the arena that one JavaScript object owns: address and generation make the handle. */
export class Slot {
  readonly core: WasmCore;
  #pointer: number;
  readonly #generation: number;
  #registered = false;

  constructor(core: WasmCore, pointer: number) {
    this.core = core;
    this.#pointer = pointer;
    this.#generation = core.abi.arenaGeneration(pointer);
    core.watch(this);
  }

  get disposed(): boolean {
    return this.#pointer === 0;
  }

  /** The handle, for the registry. @internal */
  register(): { pointer: number; generation: number } {
    this.#registered = true;
    return { pointer: this.#pointer, generation: this.#generation };
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
    if (this.#registered) this.core.unwatch(this);
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
