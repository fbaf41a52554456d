// Secrets made of parts, and sponges over them: what HPKE's labels need, without a secret leaving the core.

import { textOf } from '../../base/arguments.ts';
import { TlsError } from '../../base/errors.ts';
import type { Secret } from '../../crypto/secret.ts';
import { EXCHANGE_LENGTH, type WasmCore } from '../core.ts';

/** Public bytes or a secret. */
export type Part = Uint8Array | Secret;

/** Passes parts that can be read. @throws ERR_OVERLAPPING_BUFFERS, ERR_STALE_HANDLE, ERR_FOREIGN_HANDLE */
function requireParts(core: WasmCore, parts: readonly Part[]): void {
  for (const part of parts) {
    if (part instanceof Uint8Array) core.requireInput(part, 'an input of HPKE');
    else core.pointerOf(part);
  }
}

/** The parts one behind the other as a secret that the caller owns. */
export function joinParts(core: WasmCore, parts: readonly Part[]): Secret {
  requireParts(core, parts);
  const joined = core.createSecret(parts.reduce((sum, part) => sum + part.length, 0));
  let at = joined.pointer();
  for (const part of parts) {
    if (part instanceof Uint8Array) {
      core.bytes.set(part, at);
    } else {
      const from = core.pointerOf(part);
      core.bytes.copyWithin(at, from, from + part.length);
    }
    at += part.length;
  }
  return joined;
}

/** A sponge of FIPS 202: rate in bytes, domain suffix with the first padding bit. */
export interface SpongeParameters {
  readonly rate: number;
  readonly suffix: number;
}

/** SHAKE128, SHAKE256 and SHA3-256 (FIPS 202 §6.1, §6.2) as sponges. */
export const shake128: SpongeParameters = { rate: 168, suffix: 0x1f };
export const shake256: SpongeParameters = { rate: 136, suffix: 0x1f };
export const sha3256: SpongeParameters = { rate: 136, suffix: 0x06 };

// Length of the core's sponge state (assembly/shared/hash/keccak.ts), which stands in the exchange area.
const STATE_LENGTH = 208;

/** `length` bytes of the sponge over the parts: a secret that the caller owns. */
export function spongeOf(core: WasmCore, sponge: SpongeParameters, parts: readonly Part[], length: number): Secret {
  const { abi, exchange } = core;
  requireParts(core, parts);
  const out = core.createSecret(length);
  const pieceAt = exchange + STATE_LENGTH;
  const pieceLength = EXCHANGE_LENGTH - STATE_LENGTH;
  abi.keccakInit(exchange, sponge.rate);
  for (const part of parts) {
    if (!(part instanceof Uint8Array)) {
      abi.keccakAbsorb(exchange, core.pointerOf(part), part.length);
      continue;
    }
    for (let at = 0; at < part.length; at += pieceLength) {
      const piece = part.subarray(at, at + pieceLength);
      core.bytes.set(piece, pieceAt);
      abi.keccakAbsorb(exchange, pieceAt, piece.length);
    }
  }
  abi.keccakFinish(exchange, sponge.suffix);
  abi.keccakSqueeze(exchange, out.pointer(), length);
  const longest = parts.reduce((most, part) => (part instanceof Uint8Array ? Math.max(most, part.length) : most), 0);
  core.wipeExchange(STATE_LENGTH + Math.min(longest, pieceLength));
  return out;
}

/** I2OSP(n, 2) (RFC 8017 §4.1). @throws ERR_BAD_LENGTH for a length that has no two bytes */
export function twoBytes(n: number): Uint8Array {
  if (!Number.isInteger(n) || n < 0 || n > 0xffff)
    throw new TlsError('ERR_BAD_LENGTH', `${textOf(n)} is no 16-bit length`);
  return Uint8Array.of(n >> 8, n & 0xff);
}

/** The bytes of `parts`, all public, one behind the other. */
export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** ASCII text as bytes. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, c => c.charCodeAt(0));
}

/** Calls `use`, then disposes of the secrets, whatever happens. */
export function disposing<T>(secrets: readonly { dispose(): void }[], use: () => T): T {
  try {
    return use();
  } finally {
    for (const secret of secrets) secret.dispose();
  }
}
