// What each source file of assembly/ costs in the shipped binaries: compiles the release once more with names, and adds up
// the bodies of the functions by the file they come from. What the compiler inlined counts where it was put; "data" is
// what the tables take. Prints Markdown. Usage: kernel_bytes.mjs [NAME ...]

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { families } from './memory_map.mjs';
import { root } from './set_up.mjs';

const CODE = 10;
const DATA = 11;
const wanted = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'castls-bytes-'));
try {
  for (const [name, { entry, base }] of Object.entries(families)) {
    if (!existsSync(join(root, entry)) || (wanted.length > 0 && !wanted.includes(name))) continue;
    const file = join(folder, `${name}.wasm`);
    const asc = join(root, 'node_modules/assemblyscript/bin/asc.js');
    const args = [entry, '--config', 'asconfig.json', '--target', 'release', '--debug', '--memoryBase', String(base)];
    execFileSync(process.execPath, [asc, ...args, '-o', file], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    report(name, readFileSync(file));
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** @param {string} name @param {Buffer} binary */
function report(name, binary) {
  const { bodies, names, dataBytes } = read(binary);
  /** @type {Map<string, number>} */
  const files = new Map([['data', dataBytes]]);
  bodies.forEach((bytes, i) => {
    const file = fileOf(names.get(i) ?? '?');
    files.set(file, (files.get(file) ?? 0) + bytes);
  });
  console.log(`\n### ${name}\n\n| source | bytes |\n|---|---:|`);
  for (const [file, bytes] of [...files].sort((a, b) => b[1] - a[1])) {
    if (bytes >= 200) console.log(`| ${file} | ${bytes.toLocaleString('en')} |`);
  }
}

/** "assembly/core/aead/gcm/sealGcm" -> "core/aead/gcm". @param {string} name */
function fileOf(name) {
  const [path] = name.replace(/^export:/, '').split(/[<#~]/);
  const parts = path.split('/');
  return parts.length > 1 ? parts.slice(parts[0] === 'assembly' ? 1 : 0, -1).join('/') : path;
}

/** @param {Buffer} binary */
function read(binary) {
  let at = 8;
  const u = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = binary[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const text = () => {
    const length = u();
    at += length;
    return binary.toString('utf8', at - length, at);
  };
  /** @type {number[]} */
  const bodies = [];
  /** @type {Map<number, string>} No function is imported (asconfig.json), so that indices count bodies. */
  const names = new Map();
  let dataBytes = 0;
  while (at < binary.length) {
    const id = binary[at++];
    const length = u();
    const end = at + length;
    if (id === DATA) dataBytes = length;
    if (id === CODE) {
      for (let count = u(); count > 0; count--) {
        const size = u();
        bodies.push(size);
        at += size;
      }
    } else if (id === 0 && text() === 'name') {
      while (at < end) {
        const kind = binary[at++];
        const size = u();
        const after = at + size;
        if (kind === 1) for (let count = u(); count > 0; count--) names.set(u(), text());
        at = after;
      }
    }
    at = end;
  }
  return { bodies, names, dataBytes };
}
