// KeyDerivation over the core's hashes: HMAC, HKDF, HKDF-Expand-Label, the TLS 1.2 PRF. Secrets stay in the memory;
// labels, contexts and data go through the exchange area.

import { requireString, textOf } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import { OLDER } from '../base/variant.ts';
import type { HashAlgorithm, HashName, KeyDerivation } from '../crypto/hash.ts';
import type { Secret } from '../crypto/secret.ts';
import { EXCHANGE_LENGTH, type WasmCore } from './core.ts';
import { hashParameters, wasmHash } from './hash.ts';
import { refuse } from './missing_exports.ts';

const utf8 = new TextEncoder();
/** Labels as bytes: handshakes have the same again and again, an exporter's user may have others without an end. */
const labels = new Map<string, Uint8Array>();
const KEPT_LABELS = 64;

function bytesOfLabel(label: string): Uint8Array {
  let bytes = labels.get(label);
  if (bytes === undefined) {
    bytes = utf8.encode(label);
    if (labels.size < KEPT_LABELS) labels.set(label, bytes);
  }
  return bytes;
}

/** Key derivation over the hash `name`. @throws ERR_UNSUPPORTED_ALGORITHM */
export function wasmKeyDerivation(core: WasmCore, name: HashName): WasmKeyDerivation {
  return new WasmKeyDerivation(core, name);
}

export class WasmKeyDerivation implements KeyDerivation {
  readonly hash: HashAlgorithm;
  readonly #core: WasmCore;
  readonly #number: number;

  constructor(core: WasmCore, name: HashName) {
    this.hash = wasmHash(core, name);
    this.#core = core;
    this.#number = hashParameters(name).number;
  }

  hmac(key: Secret, data: Uint8Array): Uint8Array {
    const state = this.#runHmac(key, data);
    const { abi, bytes, exchange } = this.#core;
    const out = exchange + abi.hmacStateLength();
    abi.hmacFinal(this.#number, state, out);
    const mac = bytes.slice(out, out + this.hash.outputLength);
    this.#wipeHmac(data.length);
    return mac;
  }

  verifyHmac(key: Secret, data: Uint8Array, expected: Uint8Array): boolean {
    this.#core.requireInput(expected, 'the expected MAC');
    if (expected.length !== this.hash.outputLength) return false;
    const state = this.#runHmac(key, data);
    const { abi, bytes, exchange } = this.#core;
    const at = exchange + abi.hmacStateLength();
    bytes.set(expected, at);
    const equal = abi.hmacVerify(this.#number, state, at, expected.length) === 1;
    this.#wipeHmac(data.length);
    return equal;
  }

  extract(salt: Secret | null, inputKeyingMaterial: Secret | null): Secret {
    // An HMAC key is filled with zeros, so that no salt and a salt of zeros are the same (RFC 5869 §2.2).
    const saltAt = salt === null ? 0 : this.#core.pointerOf(salt);
    const materialAt = inputKeyingMaterial === null ? 0 : this.#core.pointerOf(inputKeyingMaterial);
    const materialLength = inputKeyingMaterial?.length ?? 0;
    return this.#derive(this.hash.outputLength, (out, abi) =>
      abi.hkdfExtract(this.#number, saltAt, salt?.length ?? 0, materialAt, materialLength, out),
    );
  }

  expand(pseudorandomKey: Secret, info: Uint8Array, length: number): Secret {
    this.#checkExpanded(length);
    const key = this.#core.pointerOf(pseudorandomKey);
    return withInput(this.#core, [info], (at, infoLength) =>
      this.#derive(length, (out, abi) =>
        abi.hkdfExpand(this.#number, key, pseudorandomKey.length, at, infoLength, out, length),
      ),
    );
  }

  expandLabel(secret: Secret, label: string, context: Uint8Array, length: number): Secret {
    this.#checkExpanded(length);
    this.#core.pointerOf(secret);
    const labelBytes = this.#labelOf(label, context);
    // Before anything is put down: what has no room leaves nothing behind.
    const derived = this.#core.createSecret(length);
    this.#expandLabel(secret, labelBytes, context, derived.pointer(), length);
    return derived;
  }

  /** As `expandLabel`, to an address: `length` bytes that are the caller's. @internal */
  expandLabelTo(out: number, secret: Secret, label: string, context: Uint8Array, length: number): void {
    this.#checkExpanded(length);
    this.#expandLabel(secret, this.#labelOf(label, context), context, out, length);
  }

  /** RFC 9846 §7.1: opaque label<7..255> holds "tls13 " too; opaque context<0..255>. */
  #labelOf(label: string, context: Uint8Array): Uint8Array {
    requireString(label, 'the label');
    this.#core.requireInput(context, 'the context');
    const bytes = bytesOfLabel(label);
    if (bytes.length <= 249 && context.length <= 255) return bytes;
    throw new TlsError('ERR_BAD_LENGTH', 'a label has at most 249 bytes, its context at most 255');
  }

  #expandLabel(secret: Secret, label: Uint8Array, context: Uint8Array, out: number, length: number): void {
    const key = this.#core.pointerOf(secret);
    const { abi, bytes, exchange } = this.#core;
    const contextAt = exchange + label.length;
    bytes.set(label, exchange);
    bytes.set(context, contextAt);
    abi.hkdfExpandLabel(
      this.#number,
      key,
      secret.length,
      exchange,
      label.length,
      contextAt,
      context.length,
      out,
      length,
    );
    this.#core.wipeExchange(label.length + context.length);
  }

  prf12(secret: Secret, label: string, seed: Uint8Array, length: number): Secret {
    if (!OLDER) return refuse();
    checkLength(length, 0xffff_ffff);
    const key = this.#core.pointerOf(secret);
    requireString(label, 'the label');
    return withInput(this.#core, [bytesOfLabel(label), seed], (at, seedLength) =>
      this.#derive(length, (out, abi) => abi.prf12(this.#number, key, secret.length, at, seedLength, out, length)),
    );
  }

  // Address of a running HMAC that took all of `data`. It stands at the start of the exchange area, and the
  // functions that end it wipe it.
  #runHmac(key: Secret, data: Uint8Array): number {
    const keyAt = this.#core.pointerOf(key);
    this.#core.requireInput(data, 'what is authenticated');
    const { abi, bytes, exchange } = this.#core;
    const stateLength = abi.hmacStateLength();
    const pieceAt = exchange + stateLength;
    const pieceLength = EXCHANGE_LENGTH - stateLength;
    abi.hmacInit(this.#number, exchange, keyAt, key.length);
    for (let at = 0; at < data.length; at += pieceLength) {
      const piece = data.length <= pieceLength ? data : data.subarray(at, at + pieceLength);
      bytes.set(piece, pieceAt);
      abi.hmacUpdate(this.#number, exchange, pieceAt, piece.length);
    }
    return exchange;
  }

  /** Wipes what an HMAC over `length` bytes left: its state, the last pieces of the data, the MAC. */
  #wipeHmac(length: number): void {
    const used = this.#core.abi.hmacStateLength() + Math.max(length, this.hash.outputLength);
    this.#core.wipeExchange(Math.min(used, EXCHANGE_LENGTH));
  }

  #derive(length: number, write: (out: number, abi: WasmCore['abi']) => void): Secret {
    const secret = this.#core.createSecret(length);
    write(secret.pointer(), this.#core.abi);
    return secret;
  }

  // RFC 5869 §2.3: L is at most 255 * HashLen.
  #checkExpanded(length: number): void {
    checkLength(length, 255 * this.hash.outputLength);
  }
}

function checkLength(length: number, most: number): void {
  if (!Number.isInteger(length) || length < 0 || length > most) {
    throw new TlsError('ERR_BAD_LENGTH', `cannot derive ${textOf(length)} bytes, at most ${most}`);
  }
}

/** Calls `use` with the address of `parts`, one behind the other: in the exchange area, or in a slot if they are long. */
export function withInput<T>(core: WasmCore, parts: readonly Uint8Array[], use: (at: number, length: number) => T): T {
  for (const part of parts) core.requireInput(part, 'an input of the derivation');
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const long = length > EXCHANGE_LENGTH;
  const start = long ? core.allocate(length) : core.exchange;
  try {
    let at = start;
    for (const part of parts) {
      core.bytes.set(part, at);
      at += part.length;
    }
    return use(start, length);
  } finally {
    if (long) core.free(start);
    else core.wipeExchange(length);
  }
}
