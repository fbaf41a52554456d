// Secrets joined and cut inside the core's memory, and made together: all or none.

import { TlsError } from '../base/errors.ts';
import { randomBytes } from '../crypto/random.ts';
import type { RandomSource, Secret } from '../crypto/secret.ts';
import type { WasmCore, WasmSecret } from './core.ts';

/** `first` followed by `second`, a secret that the caller owns. Both stay the caller's. */
export function concatSecrets(core: WasmCore, first: Secret, second: Secret): Secret {
  const from = [core.pointerOf(first), core.pointerOf(second)];
  const joined = core.createSecret(first.length + second.length);
  const at = joined.pointer();
  core.bytes.copyWithin(at, from[0], from[0] + first.length);
  core.bytes.copyWithin(at + first.length, from[1], from[1] + second.length);
  return joined;
}

/** `length` bytes of `secret` from `offset`. @throws ERR_BAD_LENGTH */
export function sliceSecret(core: WasmCore, secret: Secret, offset: number, length: number): Secret {
  const from = core.pointerOf(secret);
  const whole = Number.isInteger(offset) && Number.isInteger(length);
  if (!whole || offset < 0 || length < 0 || offset + length > secret.length) {
    throw new TlsError('ERR_BAD_LENGTH', `a secret of ${secret.length} bytes has no such part`);
  }
  const part = core.createSecret(length);
  core.bytes.copyWithin(part.pointer(), from + offset, from + offset + length);
  return part;
}

/** `length` fresh random bytes as a secret. The copy that the random source filled is wiped. */
export function randomSecret(core: WasmCore, length: number, random: RandomSource): WasmSecret {
  const bytes = randomBytes(random, length);
  try {
    return core.importSecret(bytes);
  } finally {
    bytes.fill(0);
  }
}

/** What the makers make, in their order. If one of them throws, the secrets of those before it are disposed of. */
export function makeSecrets<const T extends readonly (() => Secret)[]>(makers: T): { [K in keyof T]: Secret } {
  const made: Secret[] = [];
  try {
    for (const make of makers) made.push(make());
    return made as { [K in keyof T]: Secret };
  } catch (error) {
    for (const secret of made) secret.dispose();
    throw error;
  }
}

/** Calls `use`; disposes of `owned` only if that throws. */
export function disposingOnError<T>(owned: { dispose(): void }, use: () => T): T {
  try {
    return use();
  } catch (error) {
    owned.dispose();
    throw error;
  }
}
