// scrypt (RFC 7914) for PBES2, by @noble/hashes: it is memory-hard by design, so no memory of the core is spent on it.
// The password and the result are on the JavaScript heap for the length of the call; both copies are wiped.

import { scrypt } from '@noble/hashes/scrypt.js';
import type { PasswordEncryption } from '../crypto/password_encryption.ts';
import type { WasmCore } from './core.ts';

/** scrypt as `PasswordEncryption` has it. */
export function wasmScrypt(core: WasmCore): NonNullable<PasswordEncryption['scrypt']> {
  return (password, salt, { cost, blockSize, parallelization }, length) => {
    const revealed = core.dangerousReveal(password);
    let derived: Uint8Array | undefined;
    try {
      const memory = 128 * blockSize * (cost + parallelization) + 64 * 1024;
      const options = { N: cost, r: blockSize, p: parallelization, dkLen: length, maxmem: memory };
      derived = scrypt(revealed, salt, options);
      return core.importSecret(derived);
    } finally {
      revealed.fill(0);
      derived?.fill(0);
    }
  };
}
