// Hash functions over inputs of several sizes, one-shot as the handshake uses them.

import { createHash } from 'node:crypto';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { sha3_256 } from '@noble/hashes/sha3.js';
import { createSHA3, createSHA256, createSHA512, type IHasher } from 'hash-wasm';
import type { HashName } from '../../src/crypto/hash.ts';
import { wasmHash } from '../../src/wasm/hash.ts';
import { castls, core, native, peer, randomBytes } from '../core.ts';
import { type Candidate, equal, type Group } from '../suite.ts';

const sizes = [64, 1024, 16384];

interface Hash {
  readonly name: string;
  readonly own: HashName;
  readonly noble: (data: Uint8Array) => Uint8Array;
  readonly wasm: () => Promise<IHasher>;
}

const hashes: readonly Hash[] = [
  { name: 'SHA-256', own: 'sha256', noble: sha256, wasm: () => createSHA256() },
  { name: 'SHA-512', own: 'sha512', noble: sha512, wasm: () => createSHA512() },
  { name: 'SHA3-256', own: 'sha3-256', noble: sha3_256, wasm: () => createSHA3(256) },
];

async function candidatesOf(hash: Hash): Promise<Candidate[]> {
  const own = wasmHash(core(), hash.own);
  const hashWasm = await hash.wasm();
  return sizes.flatMap(bytes => {
    const data = randomBytes(bytes);
    const expected = createHash(hash.own).update(data).digest();
    const row = (who: { implementation: string; version: string }, run: () => Uint8Array): Candidate => ({
      name: hash.name,
      ...who,
      bytes,
      check: () => equal(run(), expected, who.implementation),
      run,
    });
    return [
      row(castls, () => own.digest(data)),
      row(native, () => createHash(hash.own).update(data).digest()),
      row(peer('@noble/hashes'), () => hash.noble(data)),
      row(peer('hash-wasm'), () => hashWasm.init().update(data).digest('binary')),
    ];
  });
}

export const hashesGroup: Group = {
  name: 'hashes',
  candidates: async () => (await Promise.all(hashes.map(candidatesOf))).flat(),
};
