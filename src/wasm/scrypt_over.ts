// scrypt (RFC 7914) for PBES2 over whatever computes it: it is memory-hard by design, so no memory of the core is spent on
// it. The password and the result are on the JavaScript heap for the length of the call; both copies are wiped.

import { requireInteger, requireObject } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import type { PasswordEncryption, ScryptCost } from '../crypto/password_encryption.ts';
import type { WasmCore } from './core.ts';

/** Computes scrypt at costs that were checked. @throws RangeError where there is no room */
export type ScryptFunction = (
  password: Uint8Array,
  salt: Uint8Array,
  costs: { N: number; r: number; p: number; dkLen: number; maxmem: number },
) => Uint8Array;

/**
 * scrypt as `PasswordEncryption` has it. The function
 * @throws ERR_INVALID_ARGUMENT for costs outside RFC 7914 §2, ERR_STALE_HANDLE, ERR_FOREIGN_HANDLE, ERR_OUT_OF_MEMORY
 */
export function scryptOver(core: WasmCore, scrypt: ScryptFunction): NonNullable<PasswordEncryption['scrypt']> {
  return function runScrypt(password, salt, costs, length) {
    core.requireInput(salt, 'the salt');
    checkCosts(costs);
    requireInteger(length, 1, 2 ** 25, 'the length of a key from scrypt');
    const { cost, blockSize, parallelization } = costs;
    const revealed = core.dangerousReveal(password);
    let derived: Uint8Array | undefined;
    try {
      // V, B and a block to work in.
      const maxmem = 128 * blockSize * (cost + parallelization + 1);
      derived = scrypt(revealed, salt, { N: cost, r: blockSize, p: parallelization, dkLen: length, maxmem });
      return core.importSecret(derived);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new TlsError('ERR_OUT_OF_MEMORY', 'the host has no room for scrypt at this cost', { cause });
    } finally {
      revealed.fill(0);
      derived?.fill(0);
    }
  };
}

/** RFC 7914 §2: N is a power of 2 over 1, p at most (2^32 - 1) * 32 / (128 r). The memory for it is the host's to have. */
function checkCosts(costs: ScryptCost): void {
  requireObject(costs, 'the costs of scrypt');
  const { cost, blockSize, parallelization } = costs;
  requireInteger(blockSize, 1, 2 ** 30, 'the block size of scrypt');
  requireInteger(cost, 2, 2 ** 32, 'the cost of scrypt');
  requireInteger(parallelization, 1, Math.floor((2 ** 32 - 1) / (4 * blockSize)), 'the parallelization of scrypt');
  if (!Number.isInteger(Math.log2(cost))) {
    throw new TlsError('ERR_INVALID_ARGUMENT', 'the cost of scrypt is a power of 2');
  }
}
