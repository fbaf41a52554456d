// The core's hash functions as HashAlgorithm objects, and SHAKE. MD5 is not here: it belongs to the legacy family.

import { entryOf, requireInteger, textOf } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import { OLDER } from '../base/variant.ts';
import type { HashAlgorithm, HashName, HashState } from '../crypto/hash.ts';
import { EXCHANGE_LENGTH, Slot, type WasmCore } from './core.ts';

/** What the core knows of a hash: its number in assembly/core/hash/hash.ts and its lengths in bytes. */
export interface HashParameters {
  readonly number: number;
  readonly outputLength: number;
  readonly blockLength: number;
}

const parameters: Partial<Record<HashName, HashParameters>> = {
  ...(OLDER ? { sha1: { number: 0, outputLength: 20, blockLength: 64 } } : {}),
  sha224: { number: 1, outputLength: 28, blockLength: 64 },
  sha256: { number: 2, outputLength: 32, blockLength: 64 },
  sha384: { number: 3, outputLength: 48, blockLength: 128 },
  sha512: { number: 4, outputLength: 64, blockLength: 128 },
  ...(OLDER
    ? {
        'sha3-224': { number: 5, outputLength: 28, blockLength: 144 },
        'sha3-256': { number: 6, outputLength: 32, blockLength: 136 },
        'sha3-384': { number: 7, outputLength: 48, blockLength: 104 },
        'sha3-512': { number: 8, outputLength: 64, blockLength: 72 },
      }
    : {}),
};

// The exchange area of a call: the result first, then the data.
const DATA = 64;
const DATA_LENGTH = EXCHANGE_LENGTH - DATA;

/** Parameters of a hash of the core. @throws ERR_UNSUPPORTED_ALGORITHM */
export function hashParameters(name: HashName): HashParameters {
  const found = entryOf(parameters, name);
  if (found === undefined)
    throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `the core has no hash named ${textOf(name)}`);
  return found;
}

/** The hash function `name` (FIPS 180-4, FIPS 202) in `core`. @throws ERR_UNSUPPORTED_ALGORITHM */
export function wasmHash(core: WasmCore, name: HashName): HashAlgorithm {
  return new WasmHash(core, name);
}

class WasmHash implements HashAlgorithm {
  readonly name: HashName;
  readonly outputLength: number;
  readonly blockLength: number;
  readonly #core: WasmCore;
  readonly #parameters: HashParameters;

  constructor(core: WasmCore, name: HashName) {
    this.#core = core;
    this.#parameters = hashParameters(name);
    this.name = name;
    this.outputLength = this.#parameters.outputLength;
    this.blockLength = this.#parameters.blockLength;
  }

  digest(data: Uint8Array): Uint8Array {
    this.#core.requireInput(data, 'what is hashed');
    if (data.length > DATA_LENGTH) return this.#digestInPieces(data);
    const { abi, bytes, exchange } = this.#core;
    bytes.set(data, exchange + DATA);
    abi.hashDigest(this.#parameters.number, exchange + DATA, data.length, exchange);
    const digest = bytes.slice(exchange, exchange + this.outputLength);
    this.#core.wipeExchange(DATA + data.length); // PKCS#12 hashes passwords
    return digest;
  }

  start(): HashState {
    const slot = new Slot(this.#core, this.#core.allocate(this.#core.abi.hashStateLength()));
    this.#core.abi.hashInit(this.#parameters.number, slot.pointer());
    return new WasmHashState(this.#core, this.#parameters, slot);
  }

  #digestInPieces(data: Uint8Array): Uint8Array {
    const state = this.start();
    try {
      state.update(data);
      return state.digest();
    } finally {
      state.dispose();
    }
  }
}

class WasmHashState implements HashState {
  readonly #core: WasmCore;
  readonly #parameters: HashParameters;
  readonly #slot: Slot;

  constructor(core: WasmCore, parameters: HashParameters, slot: Slot) {
    this.#core = core;
    this.#parameters = parameters;
    this.#slot = slot;
  }

  update(data: Uint8Array): void {
    const state = this.#slot.pointer();
    this.#core.requireInput(data, 'what is hashed');
    const { abi, bytes, exchange } = this.#core;
    for (let at = 0; at < data.length; at += DATA_LENGTH) {
      const piece = data.length <= DATA_LENGTH ? data : data.subarray(at, at + DATA_LENGTH);
      bytes.set(piece, exchange + DATA);
      abi.hashUpdate(this.#parameters.number, state, exchange + DATA, piece.length);
    }
    this.#core.wipeExchange(DATA + Math.min(data.length, DATA_LENGTH));
  }

  digest(): Uint8Array {
    const { abi, bytes, exchange } = this.#core;
    abi.hashPeek(this.#parameters.number, this.#slot.pointer(), exchange);
    const digest = bytes.slice(exchange, exchange + this.#parameters.outputLength);
    this.#core.wipeExchange(DATA);
    return digest;
  }

  clone(): HashState {
    const from = this.#slot.pointer();
    const length = this.#core.abi.hashStateLength();
    const slot = new Slot(this.#core, this.#core.allocate(length));
    this.#core.bytes.copyWithin(slot.pointer(), from, from + length);
    return new WasmHashState(this.#core, this.#parameters, slot);
  }

  dispose(): void {
    this.#slot.dispose();
  }
}

// FIPS 202 §6.2; length of the core's sponge state (assembly/shared/hash/keccak.ts).
const SHAKE_SUFFIX = 0x1f;
const SPONGE_LENGTH = 208;

/** SHAKE128 or SHAKE256 (FIPS 202 §6.2) of `data`, `outputLength` bytes, at most 2^25. @throws ERR_BAD_LENGTH */
export function shake(core: WasmCore, strength: 128 | 256, data: Uint8Array, outputLength: number): Uint8Array {
  core.requireInput(data, 'what is hashed');
  requireInteger(outputLength, 0, 2 ** 25, 'the length of the output', 'ERR_BAD_LENGTH');
  const out = new Uint8Array(outputLength);
  const { abi, bytes, exchange } = core;
  const most = Math.max(data.length, outputLength);
  const piece = exchange + SPONGE_LENGTH;
  const pieceLength = EXCHANGE_LENGTH - SPONGE_LENGTH;
  abi.keccakInit(exchange, 200 - strength / 4);
  for (let at = 0; at < data.length; at += pieceLength) {
    const part = data.subarray(at, at + pieceLength);
    bytes.set(part, piece);
    abi.keccakAbsorb(exchange, piece, part.length);
  }
  abi.keccakFinish(exchange, SHAKE_SUFFIX);
  for (let at = 0; at < outputLength; at += pieceLength) {
    const length = Math.min(pieceLength, outputLength - at);
    abi.keccakSqueeze(exchange, piece, length);
    out.set(bytes.subarray(piece, piece + length), at);
  }
  core.wipeExchange(SPONGE_LENGTH + Math.min(most, pieceLength));
  return out;
}
