// The pages of docs/ against the code: tables that repeat facts, links, and what is generated.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { refuseUnsupported } from '../../src/adapters/node/tls/context_options.ts';
import { alertOfError } from '../../src/base/alert_of_error.ts';
import { errorCodes } from '../../src/base/errors.ts';
import { alertName } from '../../src/registry/alerts.ts';
import { root } from '../support/examples.ts';

const read = (page: string): string => readFileSync(join(root, page), 'utf8');

/** Cells of the rows of all tables of a page. */
function rows(page: string): string[][] {
  return [...read(page).matchAll(/^\| (.*) \|$/gm)].map(([, row]) => row.split(' | ').map(cell => cell.trim()));
}

/** Names in backquotes. */
const quoted = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name);

test('docs/tls.md has the alert of every error', () => {
  const table = rows('docs/tls.md').filter(([code]) => /^`ERR_\w+`$/.test(code));
  const name = (alert: number | null) => (alert === null ? '-' : alertName(alert));
  const expected = errorCodes.map(code => [
    `\`${code}\``,
    name(alertOfError(code, '1.3')),
    name(alertOfError(code, '1.2')),
  ]);
  assert.equal(table, expected);
});

test('docs/node.md says of every option what becomes of it', () => {
  const table = rows('docs/node.md').filter(([, verdict]) => /^(supported|refused|not used)$/.test(verdict));
  for (const [names, verdict] of table) {
    for (const option of quoted(names)) {
      const set = (): void => refuseUnsupported({ [option]: {} });
      if (verdict === 'refused')
        assert.throws(set, (error: { code: string }) => error.code === 'ERR_UNSUPPORTED_OPTION');
      else assert.not.throws(set, undefined, `${option} is refused`);
    }
  }
  const source = read('src/adapters/node/tls/options.ts');
  const page = read('docs/node.md');
  const declared = [...source.matchAll(/^ {2}readonly (\w+)\?:|option: '(\w+)'/gm)].map(([, a, b]) => a ?? b);
  const missing = declared.filter(option => option !== 'harmless' && !page.includes(`\`${option}\``));
  assert.equal(missing, []);
});

test('docs/node.md has every option that node:tls declares', () => {
  const source = read('node_modules/@types/node/tls.d.ts').replace(/\/\*[\s\S]*?\*\//g, '');
  const interfaces =
    /interface (?:SecureContext|CommonConnection|Tls|TLSSocket|Connection)Options\b[^{]*\{([\s\S]*?)\n {4}\}/g;
  const declared = [...source.matchAll(interfaces)].flatMap(([, body]) =>
    [...body.matchAll(/^ {8}(\w+)\??[:(]/gm)].map(([, option]) => option),
  );
  assert.ok(declared.length > 40);
  const named = new Set(rows('docs/node.md').flatMap(([names]) => quoted(names)));
  assert.equal([...new Set(declared)].filter(option => !named.has(option)).sort(), []);
});

test('docs/dependencies.md names the run-time dependencies and who imports them', () => {
  const { dependencies } = JSON.parse(read('package.json'));
  const table = rows('docs/dependencies.md').filter(([name]) => name.startsWith('`'));
  assert.equal(table.map(([name]) => quoted(name)[0]).sort(), Object.keys(dependencies).sort());
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(f => f.endsWith('.ts'));
  for (const [name, place] of table) {
    const [[dependency], [allowed]] = [quoted(name), quoted(place)];
    for (const file of files.filter(file => read(join('src', file)).includes(`from '${dependency}`))) {
      assert.ok(`src/${file}`.startsWith(allowed), `src/${file} imports ${dependency}`);
    }
  }
});

test('docs/performance.md has the sizes of the binaries, to within 2%', () => {
  const sizes = rows('docs/performance.md').filter(
    ([name, , , zipped]) => /^\w+$/.test(name) && /^[\d,]+$/.test(zipped),
  );
  assert.is(sizes.length, 11);
  for (const [name, , bytes] of sizes) {
    const { size } = statSync(join(root, `build/wasm/${name}.wasm`));
    const stated = Number(bytes.replaceAll(',', ''));
    assert.ok(Math.abs(stated - size) < 0.02 * size, `${name}.wasm has ${size} bytes, not ${bytes}`);
  }
});

test('the package holds every entry and the command', () => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = spawnSync('npm', args, { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' });
  const packed = new Set((JSON.parse(stdout)[0].files as { path: string }[]).map(({ path }) => path));
  const { exports, bin } = JSON.parse(read('package.json'));
  const entries = Object.values(exports as Record<string, { default?: string }>).flatMap(entry => entry.default ?? []);
  const missing = [...entries, bin.castls].filter(path => !packed.has(path.replace('./', '')));
  assert.equal(missing, []);
  assert.ok(packed.has('build/wasm/core.wasm'));
});

test('links between pages lead somewhere', () => {
  const top = readdirSync(root).filter(file => file.endsWith('.md'));
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter(f => f.endsWith('.md'));
  const broken: string[] = [];
  for (const page of [...top, ...docs.map(file => join('docs', file))]) {
    const text = read(page).replace(/^```[\s\S]*?^```$/gm, '');
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?:|mailto:)/.test(target)) continue;
      const [path, anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(root, file))) broken.push(`${page}: ${target}`);
      else if (anchor && file.endsWith('.md') && !anchorsOf(read(file)).has(anchor)) broken.push(`${page}: ${target}`);
    }
  }
  assert.equal(broken, []);
});

/** Anchors that a Markdown page gets on the usual hosts. */
function anchorsOf(text: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, heading] of text.matchAll(/^#+ (.*)$/gm)) {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-');
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    anchors.add(before === 0 ? anchor : `${anchor}-${before}`);
  }
  return anchors;
}

test('what is generated is current (npm run docs)', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/docs.mjs', '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
});

test.run();
