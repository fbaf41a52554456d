// Binaries with leaks in them, each a line put into a copy of assembly/, compiled as the product is; and a list of leaks in
// the core that one variant alone has: a hash, a tag length, a key length, an order of MAC and cipher.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(fileURLToPath(new URL('.', import.meta.url)), '../..');

type Families = Record<string, { readonly entry: string; readonly base: number }>;
const { families } = (await import(join(root, 'scripts/memory_map.mjs'))) as { families: Families };

export interface Mutation {
  readonly what: string;
  /** Below assembly/. */
  readonly file: string;
  /** The leak goes behind the first place that this matches. */
  readonly behind: RegExp;
  readonly leak: string;
  /** Names of the subjects that must see it. */
  readonly seen: RegExp;
  /** Names of subjects of the same function in another variant, which must not: the leak is that narrow. */
  readonly unseen: RegExp;
}

/** Behind the head of a function. */
export function inside(name: string): RegExp {
  return new RegExp(`function ${name}\\([^)]*\\): \\w+ \\{\\n`);
}

export const mutations: readonly Mutation[] = [
  {
    what: 'an early exit in the MAC over a secret length, with SHA-256 alone (Lucky 13)',
    file: 'core/record/record_mac.ts',
    behind: /for \(let index = firstOpen; index <= lastOpen; index\+\+\) \{\n/,
    leak: 'if (hash == MAC_SHA256 && <u32>index > lastIndex) break;',
    // With 48 and 64 bytes the message ends in its first block, whatever the padding: there is no exit to see.
    seen: /^judge 1\.2 AES_\d+_CBC_SHA256, (?!48 |64 )\d+ bytes/,
    unseen: /^judge 1\.2 AES_\d+_CBC_SHA(384)?,/,
  },
  {
    what: 'a branch on the key in CCM with tags of 8 bytes',
    file: 'core/aead/ccm.ts',
    behind: inside('ccmOpenGeneral'),
    leak: 'if (tagLength == 8 && (load<u8>(key) & 1) != 0) store<u8>(lanes, 1);',
    seen: /^open 1\.[23] AES_\d+_CCM_8\b/,
    unseen: /^open 1\.[23] AES_\d+_CCM(_SHA256)?,/,
  },
  {
    what: 'a branch on the MAC key of encrypt-then-MAC with SHA-1',
    file: 'core/record/cbc.ts',
    behind: inside('openEncryptThenMac'),
    leak: 'if (macLengthOf(context) == 20 && (load<u8>(context + MAC_KEY) & 1) != 0) store<u8>(chain, 1);',
    seen: /^open (forged )?1\.2 AES_\d+_CBC_SHA, encrypt-then-MAC,/,
    unseen: /^open (forged )?1\.2 AES_\d+_CBC_SHA(256|384), encrypt-then-MAC,/,
  },
  {
    what: 'a branch on the key of AES-256-GCM in TLS 1.2 records',
    file: 'core/record/aead.ts',
    behind: inside('sealAead'),
    leak:
      'if (formatOf(context) == FORMAT_12_EXPLICIT && cipherOf(context) == AES_GCM && keyLengthOf(context) == 32 && ' +
      '(load<u8>(context) & 1) != 0) store<u8>(nonce, 1);',
    seen: /^seal 1\.2 AES_256_GCM/,
    unseen: /^seal 1\.(2 AES_128|3 AES_256)_GCM/,
  },
  {
    what: 'a branch on the key of HMAC with SHA3-224',
    file: 'core/mac/hmac.ts',
    behind: inside('hmacInit'),
    leak: 'if (algorithm == 5 && (load<u8>(key) & 1) != 0) store<u8>(innerDigest, 1);',
    seen: /^HMAC-SHA3-224, key/,
    unseen: /^HMAC-SHA3-256, key/,
  },
];

/** What a planted leak needs to be compiled. */
export type Planted = Pick<Mutation, 'what' | 'file' | 'behind' | 'leak'>;

/**
 * The release binary of a family with all of `list` in it.
 * @param inspect is given the folder, from the repository's root, that holds assembly/ with the leaks and mutant.wasm.map;
 *   afterwards it is removed
 */
export function compileMutant(
  list: readonly Planted[],
  family = 'core',
  inspect: (folder: string) => void = () => {},
): Uint8Array {
  const folder = join('build', `mutant-${process.pid}`);
  try {
    mkdirSync(join(root, folder), { recursive: true });
    cpSync(join(root, 'assembly'), join(root, folder, 'assembly'), { recursive: true });
    for (const mutation of list) mutate(join(root, folder, 'assembly', mutation.file), mutation);
    const { entry, base } = families[family];
    const out = join(folder, 'mutant.wasm');
    const asc = 'node_modules/assemblyscript/bin/asc.js';
    const options = ['--config', 'asconfig.json', '--target', 'release', '--memoryBase', String(base), '--sourceMap'];
    execFileSync(process.execPath, [asc, join(folder, entry), ...options, '-o', out], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    inspect(folder);
    return new Uint8Array(readFileSync(join(root, out)));
  } finally {
    rmSync(join(root, folder), { recursive: true, force: true });
  }
}

function mutate(path: string, { behind, leak, what }: Planted): void {
  const text = readFileSync(path, 'utf8');
  const place = behind.exec(text);
  if (place === null) throw new Error(`${path} has no place for ${what}: the mutation has to follow the code`);
  const end = place.index + place[0].length;
  writeFileSync(path, `${text.slice(0, end)}${leak}\n${text.slice(end)}`);
}
