// The API reference: what each entry exports, with its docstrings, out of the declarations that the compiler emits.
// TypeScript 7 has no JavaScript API that a documentation generator could stand on, and declarations need none: they are a
// list of statements, each behind its docstring.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from './set_up.mjs';

/** Entries in the order of the index: [specifier, file of src/, what it is]. */
const entries = [
  ['castls', 'index', 'TLS over any byte stream'],
  ['castls/parts', 'parts', 'castls where nothing is there that is not named'],
  ['castls/node', 'node', 'TLS with the names of `node:tls`'],
  ['castls/https', 'https', 'HTTPS with the names of `node:https`'],
  ['castls/register', 'register', 'castls in the place of `node:tls` and `node:https`, for a whole process'],
  ['castls/x509', 'x509', 'Certificates, without a connection'],
  ['castls/inspect', 'inspect', 'What TLS bytes mean, field by field'],
  ['castls/roots', 'roots', "Mozilla's certification authorities"],
  ['castls/legacy', 'legacy', 'SSL 3.0, TLS 1.0 and TLS 1.1'],
  ['castls/legacy/keys', 'legacy_keys', 'Private keys and PKCS#12 under old encryption'],
  ['castls/legacy/register', 'legacy_register', '`castls/register` with TLS 1.0 and 1.1 for programs that name them'],
  ['castls/deno', 'deno', 'TLS with the names of Deno'],
  ['castls/bun', 'bun', 'TLS in the shape of Bun.connect and Bun.listen'],
  ['castls/workerd', 'workerd', 'TLS in the shape of cloudflare:sockets'],
  ['castls/browser', 'browser', 'TLS from a page, through a bridge'],
  ['castls/native', 'native', 'A provider on `node:crypto`'],
  ['castls/webcrypto', 'webcrypto', "Keys of the host's WebCrypto"],
  ['castls/fleet', 'fleet', 'Sessions, ticket keys and early data of the processes and threads of one program'],
  ['castls/redis', 'redis', 'Sessions, ticket keys and early data of a fleet, on Redis'],
];

/**
 * @typedef {{ name: string, doc: string, text: string }} Declaration
 * @typedef {{ declarations: Map<string, Declaration[]>, imports: Map<string, { path: string, name: string }>,
 *   exports: Map<string, { path: string | null, name: string }>, stars: string[] }} Module
 */

/** The pages by their path from the repository's root. @returns {Map<string, string>} */
export function apiReference() {
  const folder = mkdtempSync(join(tmpdir(), 'castls-types-'));
  try {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    execFileSync(process.execPath, [tsc, '-p', 'tsconfig.types.json', '--outDir', folder], { cwd: root });
    const present = entries.filter(([, file]) => existsSync(join(folder, `src/${file}.d.ts`)));
    const pages = present.map(([specifier, file, what]) => {
      const name = specifier.replaceAll('/', '_');
      return /** @type {const} */ ([
        `docs/api/${name}.md`,
        new Page(specifier, what, join(folder, `src/${file}.d.ts`)).text(),
      ]);
    });
    const list = present.map(
      ([specifier, , what]) => `| [${specifier}](${specifier.replaceAll('/', '_')}.md) | ${what} |`,
    );
    const index = [
      '# API reference',
      '',
      'Generated from the docstrings by `npm run docs`.',
      '',
      '| entry | |',
      '|---|---|',
    ];
    return new Map([...pages, ['docs/api/README.md', `${[...index, ...list].join('\n')}\n`]]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

class Page {
  /** @type {Map<string, Module>} */
  #modules = new Map();

  /** @param {string} specifier @param {string} what @param {string} file */
  constructor(specifier, what, file) {
    this.specifier = specifier;
    this.what = what;
    this.file = file;
  }

  text() {
    const exported = this.#exportsOf(this.file);
    const names = [...exported.keys()].sort((a, b) => a.localeCompare(b, 'en'));
    const lines = [`# ${this.specifier}`, '', `${this.what}. Generated from the docstrings by \`npm run docs\`.`, ''];
    /** @type {Map<string, number>} Headings that differ in case alone get a number. */
    const anchors = new Map();
    const links = names.map(name => {
      const [anchor, before] = [name.toLowerCase(), anchors.get(name.toLowerCase()) ?? 0];
      anchors.set(anchor, before + 1);
      return `[${name}](#${anchor}${before === 0 ? '' : `-${before}`})`;
    });
    lines.push(links.join(' · '));
    for (const name of names) lines.push('', ...this.#section(name, exported.get(name) ?? [], exported));
    return `${lines.join('\n')}\n`;
  }

  /** @param {string} name @param {{ declaration: Declaration, file: string }[]} found @param {Map<string, unknown>} exported */
  #section(name, found, exported) {
    const docs = found.map(({ declaration }) => declaration.doc).filter(doc => doc !== '');
    const code = found.map(({ declaration }) => declaration.text);
    const below = found.flatMap(({ declaration, file }) => this.#meant(declaration, file, exported, new Set([name])));
    return [`## ${name}`, '', ...docs.flatMap(doc => [doc, '']), '```ts', ...code, ...below, '```'];
  }

  /**
   * Declarations that a reader needs to understand one and that the entry does not name: what it extends or stands for.
   * @param {Declaration} declaration @param {string} file @param {Map<string, unknown>} exported @param {Set<string>} seen
   * @returns {string[]}
   */
  #meant(declaration, file, exported, seen) {
    const head = /^export (?:declare )?type/.test(declaration.text)
      ? declaration.text
      : (/\bextends ([\s\S]*?)\{/.exec(declaration.text)?.[1] ?? '');
    /** @type {string[]} */
    const texts = [];
    for (const [, space, name] of head.matchAll(/\b(?:(\w+)\.)?([A-Z]\w+)\b/g)) {
      const id = `${space ?? ''}.${name}`;
      if (seen.has(id) || (space === undefined && (exported.has(name) || seen.has(name)))) continue;
      seen.add(id);
      for (const found of this.#resolve(file, space, name)) {
        const { doc, text } = found.declaration;
        texts.push('', ...(doc === '' ? [] : [`// ${doc.replaceAll('\n', '\n// ')}`]), text.replace(/^export /, ''));
        texts.push(...this.#meant(found.declaration, found.file, exported, seen));
      }
    }
    return texts;
  }

  /** @param {string} file @param {string | undefined} space @param {string} name @returns {{ declaration: Declaration, file: string }[]} */
  #resolve(file, space, name) {
    const module = this.#module(file);
    const via = module.imports.get(space ?? name);
    if (via === undefined) return (module.declarations.get(name) ?? []).map(declaration => ({ declaration, file }));
    if (!via.path.startsWith('.')) return [];
    const target = pathOf(file, via.path);
    return this.#exportsOf(target).get(space === undefined ? via.name : name) ?? [];
  }

  /** @param {string} file @returns {Map<string, { declaration: Declaration, file: string }[]>} */
  #exportsOf(file) {
    const module = this.#module(file);
    /** @type {Map<string, { declaration: Declaration, file: string }[]>} */
    const all = new Map();
    for (const star of module.stars)
      for (const [name, found] of this.#exportsOf(pathOf(file, star))) all.set(name, found);
    for (const [name, declarations] of module.declarations) {
      const own = declarations.filter(({ text }) => text.startsWith('export '));
      if (own.length > 0)
        all.set(
          name,
          own.map(declaration => ({ declaration, file })),
        );
    }
    for (const [as, { path, name }] of module.exports) {
      if (path !== null && !path.startsWith('.')) continue;
      const found =
        path === null ? this.#resolve(file, undefined, name) : this.#exportsOf(pathOf(file, path)).get(name);
      if (found !== undefined) all.set(as, found);
    }
    return all;
  }

  /** @param {string} file */
  #module(file) {
    let module = this.#modules.get(file);
    if (module === undefined) this.#modules.set(file, (module = parseModule(readFileSync(file, 'utf8'))));
    return module;
  }
}

/** @param {string} from @param {string} specifier */
function pathOf(from, specifier) {
  return join(dirname(from), specifier.replace(/\.[jt]s$/, '.d.ts'));
}

/** @param {string} source @returns {Module} */
function parseModule(source) {
  /** @type {Module} */
  const module = { declarations: new Map(), imports: new Map(), exports: new Map(), stars: [] };
  for (const { doc, text } of statements(source)) {
    const list = /^(import|export) (?:type )?\{([\s\S]*?)\}(?: from '([^']+)')?;$/.exec(text);
    const star = /^export \* from '([^']+)';$/.exec(text);
    const space = /^import (?:type )?\* as (\w+) from '([^']+)';$/.exec(text);
    const name = /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type|function|const|let) (\w+)/.exec(
      text,
    )?.[1];
    if (star) module.stars.push(star[1]);
    else if (space) module.imports.set(space[1], { path: space[2], name: '*' });
    else if (list) {
      for (const item of list[2].split(',').map(part => part.trim().replace(/^type /, ''))) {
        if (item === '') continue;
        const [original, as = original] = item.split(' as ');
        if (list[1] === 'import') module.imports.set(as, { path: list[3], name: original });
        else module.exports.set(as, { path: list[3] ?? null, name: original });
      }
    } else if (name !== undefined) {
      const clean = tidy(text);
      module.declarations.set(name, [...(module.declarations.get(name) ?? []), { name, doc, text: clean }]);
    }
  }
  return module;
}

/** Two spaces a level, and without what only the compiler needs. @param {string} text */
function tidy(text) {
  return text
    .split('\n')
    .filter(line => !/^\s*(#private;|private .*;)$/.test(line))
    .map(line => line.replace(/^( {4})+/, indent => ' '.repeat(indent.length / 2)))
    .join('\n')
    .replace(/^export declare /, 'export ');
}

/** The statements of a declaration file, each with the docstring before it. @param {string} source */
function* statements(source) {
  let [at, start, depth, doc] = [0, -1, 0, ''];
  while (at < source.length) {
    const comment = /^\/\*[\s\S]*?\*\/|^\/\/.*/.exec(source.slice(at, at + 20_000));
    if (comment) {
      if (start < 0) doc = comment[0].startsWith('/**') ? docText(comment[0]) : doc;
      at += comment[0].length;
      continue;
    }
    const char = source[at];
    if (char === "'" || char === '"' || char === '`') at = source.indexOf(char, at + 1);
    if (start < 0 && /\S/.test(char)) start = at;
    if ('{(['.includes(char)) depth++;
    if ('})]'.includes(char)) depth--;
    at++;
    const ended = depth === 0 && (char === ';' || (char === '}' && /^\s*(?:\n|$)/.test(source.slice(at, at + 3))));
    if (start < 0 || !ended) continue;
    // "export { a } from" ends with its semicolon, an interface with its brace.
    const text = source.slice(start, at);
    if (char === '}' && /^(?:import|export) (?:type )?\{/.test(text)) continue;
    yield { doc, text };
    [start, doc] = [-1, ''];
  }
}

/** @param {string} comment */
function docText(comment) {
  return comment
    .slice(3, -2)
    .split('\n')
    .map(line => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim()
    .replace(/\s*@(param|returns|throws|see)\b/g, '\n\n@$1')
    .replace(/@param (?:\{[^}]*\} )?(\w+)/g, '**$1**')
    .replace(/@returns/g, '**Returns**')
    .replace(/@throws/g, '**Throws**')
    .replace(/@see/g, '**See**')
    .trim();
}
