// The house of DESIGN.md: floors import strictly downward; neighbours do not import each other.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Folder -> folders it may import besides itself. */
const below: Record<string, readonly string[]> = {
  'src/registry': [],
  'src/base': ['src/registry'],
  'src/crypto': ['src/base', 'src/registry'],
  'src/wire': ['src/base', 'src/registry'],
  'src/asn1': ['src/base', 'src/registry'],
  'src/record': ['src/wire', 'src/crypto', 'src/base', 'src/registry'],
  'src/x509': ['src/asn1', 'src/crypto', 'src/base', 'src/registry'],
  'src/handshake': ['src/record', 'src/x509', 'src/wire', 'src/asn1', 'src/crypto', 'src/base', 'src/registry'],
  'src/wasm': ['src/wire', 'src/asn1', 'src/crypto', 'src/base', 'src/registry', 'build/generated'],
  'src/webcrypto': ['src/wire', 'src/asn1', 'src/crypto', 'src/base', 'src/registry'],
};
below['src/connection'] = ['src/handshake', ...below['src/handshake']];
below['src/adapters'] = ['src/inspect', 'src/connection', ...below['src/connection']];
below['src/stores'] = below['src/adapters'];
below['src/inspect'] = ['src/wire', 'src/asn1', 'src/crypto', 'src/base', 'src/registry'];
// A lift beside src/wasm: a provider on node:crypto.
below['src/native'] = below['src/webcrypto'];

const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts'))
  .map(file => join('src', file));

function folderOf(file: string): string {
  const parts = file.split('/');
  return parts[0] === 'src' && parts.length === 2 ? 'src' : parts.slice(0, 2).join('/');
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [
    ...text.matchAll(/(?:^|\s)(?:import|export)\b[^'";]*?from\s*'([^']+)'|import\('([^']+)'\)|^import '([^']+)'/gm),
  ].map(m => m[1] ?? m[2] ?? m[3]);
}

test('floors import strictly downward', () => {
  const wrong: string[] = [];
  for (const file of files) {
    const own = folderOf(file);
    for (const specifier of importsOf(file)) {
      if (!specifier.startsWith('.')) continue;
      const target = folderOf(normalize(join(dirname(file), specifier)));
      const allowed = below[own];
      if (own === 'src') continue; // entries are where floors meet
      if (own === 'src/cli') {
        if (target !== 'src' && target !== own)
          wrong.push(`${file} imports ${specifier}: the command uses public entries only`);
        continue;
      }
      if (!allowed) wrong.push(`${file}: folder ${own} is on no floor`);
      else if (target !== own && !allowed.includes(target))
        wrong.push(`${file} imports ${specifier} (${own} -> ${target})`);
    }
  }
  assert.equal(wrong, []);
});

/** Rooms of a floor, the lowest first: a room imports those before it. What stands beside the rooms is above them all. */
const rooms: Record<string, readonly string[]> = {
  'src/handshake': ['sessions', 'flow', 'key_schedule', 'authentication', 'hello', 'tls13', 'tls12', 'older'],
  'src/adapters/node': ['stream', 'tls', 'https', 'register'],
};

test('rooms of a floor are entered from above only', () => {
  const wrong: string[] = [];
  for (const [floor, order] of Object.entries(rooms)) {
    const roomOf = (file: string): string | undefined => {
      const inside = relative(floor, file);
      if (inside.startsWith('..')) return undefined;
      return inside.includes('/') ? inside.split('/')[0] : '(beside the rooms)';
    };
    const height = (room: string) => (order.includes(room) ? order.indexOf(room) : order.length);
    for (const file of files) {
      const own = roomOf(file);
      if (own === undefined) continue;
      for (const specifier of importsOf(file).filter(name => name.startsWith('.'))) {
        const target = roomOf(normalize(join(dirname(file), specifier)));
        if (target !== undefined && target !== own && height(target) >= height(own))
          wrong.push(`${file} imports ${specifier} (${own} -> ${target})`);
      }
    }
  }
  assert.equal(wrong, []);
});

test('no file imports itself, by whatever way round', () => {
  const imports = new Map(
    files.map(file => [
      file,
      importsOf(file)
        .filter(specifier => specifier.startsWith('.'))
        .map(specifier => normalize(join(dirname(file), specifier))),
    ]),
  );
  const over = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(' -> '));
    if (way.includes(file) || over.has(file)) return;
    for (const target of imports.get(file) ?? []) visit(target, [...way, file]);
    over.add(file);
  };
  for (const file of files) visit(file, []);
  assert.equal(circles, []);
});

test('runtime APIs are named in the adapters only', () => {
  const wrong = files.filter(file => {
    if (file.startsWith('src/adapters/') || file.startsWith('src/cli/') || file.startsWith('src/stores/')) return false;
    if (file.startsWith('src/native/'))
      return importsOf(file).some(name => /^(node:(?!crypto$)|cloudflare:)/.test(name));
    return importsOf(file).some(specifier => /^(node:|cloudflare:)/.test(specifier));
  });
  assert.equal(wrong, []);
});

test('one file imports asn1js, and the loader of AssemblyScript serves tests alone', () => {
  const importers = (name: string) => files.filter(file => importsOf(file).includes(name)).map(f => relative('src', f));
  assert.equal(importers('@assemblyscript/loader'), []);
  assert.ok(importers('asn1js').length <= 1);
});

test('the memory ranges of the binaries do not overlap', async () => {
  const { families, heapBase } = await import(join(root, 'scripts/memory_map.mjs'));
  const ranges = (Object.values(families) as { base: number; size: number }[]).sort((a, b) => a.base - b.base);
  for (let i = 1; i < ranges.length; i++) assert.ok(ranges[i - 1].base + ranges[i - 1].size <= ranges[i].base);
  const last = ranges[ranges.length - 1];
  assert.ok(last.base + last.size <= heapBase);
});

test.run();
