// Compiles one AssemblyScript binary: what it consists of and nothing else, the same bytes wherever the sources lie.

import { execFile } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { families, variants } from './memory_map.mjs';

const run = promisify(execFile);
const asc = join(dirname(fileURLToPath(import.meta.url)), '../node_modules/assemblyscript/bin/asc.js');

/**
 * Compiles family `name` from the checkout at `root` to `out`, with its source map beside it at `${out}.map`.
 * @param {string} root @param {string} name @param {'release' | 'debug'} target @param {string} out
 * @returns {Promise<Buffer>} the binary
 */
export async function compile(root, name, target, out) {
  const { entry, base } = families[name] ?? variants[name];
  const use = variants[name]?.use ?? [];
  const temporary = `${out}.${process.pid}`;
  const defined = use.flatMap(each => ['--use', each]);
  const options = [
    '--config',
    'asconfig.json',
    '--target',
    target,
    '--memoryBase',
    String(base),
    '--sourceMap',
    ...defined,
  ];
  try {
    await run(process.execPath, [asc, entry, ...options, '-o', `${temporary}.tmp`], { cwd: root, maxBuffer: 1 << 26 });
  } catch (error) {
    process.stderr.write(`${error.stdout ?? ''}${error.stderr ?? error}\n`);
    throw new Error(`asc failed for ${name}`);
  }
  const bytes = withoutMapAddress(readFileSync(`${temporary}.tmp`));
  writeFileSync(`${temporary}.tmp`, bytes);
  renameSync(`${temporary}.tmp`, out);
  renameSync(`${temporary}.wasm.map`, `${out}.map`); // asc puts it in the extension's place
  return bytes;
}

/** The compiler names the source map in a section at the very end, which is not shipped. @param {Buffer} bytes */
function withoutMapAddress(bytes) {
  const name = bytes.lastIndexOf('\x10sourceMappingURL');
  // 0x00, the section's size, the name's length and the name
  if (name < 2 || bytes[name - 2] !== 0 || name + bytes[name - 1] !== bytes.length) {
    throw new Error('the binary does not end with the address of its source map');
  }
  return bytes.subarray(0, name - 2);
}
