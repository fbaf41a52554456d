// scrypt (RFC 7914) by node:crypto: a program that reads no key under it loads no library for it.

import { nodeCrypto } from './stream/of_node.ts';

/** @throws RangeError where there is no room */
export function hostScrypt(
  password: Uint8Array,
  salt: Uint8Array,
  { N, r, p, dkLen, maxmem }: { N: number; r: number; p: number; dkLen: number; maxmem: number },
): Uint8Array {
  // Node.js counts a little more memory than RFC 7914 does.
  return nodeCrypto().scryptSync(password, salt, dkLen, { N, r, p, maxmem: 2 * maxmem });
}
