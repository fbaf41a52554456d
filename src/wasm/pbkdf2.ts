// PBKDF2 (RFC 8018 §5.2) in the core, for PBES2 keys and PKCS#12.

import { requireInteger, textOf } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import type { HashName } from '../crypto/hash.ts';
import type { Secret } from '../crypto/secret.ts';
import type { WasmCore } from './core.ts';
import { hashParameters } from './hash.ts';
import { withInput } from './key_derivation.ts';

/**
 * PBKDF2 with HMAC over `hash`. Synchronous: a caller that reads `iterations` from a file caps it first.
 * @param password stays the caller's @param iterations 1 to 2^32 - 1 @param length of the result in bytes
 * @throws ERR_INVALID_ARGUMENT, ERR_UNSUPPORTED_ALGORITHM, ERR_OUT_OF_MEMORY
 */
export function pbkdf2(
  core: WasmCore,
  hash: HashName,
  password: Secret,
  salt: Uint8Array,
  iterations: number,
  length: number,
): Secret {
  const { number } = hashParameters(hash);
  requireInteger(iterations, 1, 0xffff_ffff, 'the number of iterations of PBKDF2');
  if (!Number.isInteger(length) || length < 1) {
    throw new TlsError('ERR_INVALID_ARGUMENT', `PBKDF2 derives at least one byte, not ${textOf(length)}`);
  }
  const passwordAt = core.pointerOf(password);
  return withInput(core, [salt], at => {
    const secret = core.createSecret(length);
    const out = secret.pointer();
    core.abi.pbkdf2(number, passwordAt, password.length, at, salt.length, iterations, out, length);
    return secret;
  });
}
