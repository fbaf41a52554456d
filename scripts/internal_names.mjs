// Names of properties that nobody outside of castls knows, for builds that shorten them: those of the sources that stand in
// no document of the public API, in no declaration of a host or of the language, in no string, in no table - code may
// look up what it reads in one, or list it - and are no export of a binary.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'acorn';
import { full, fullAncestor } from 'acorn-walk';
import { build } from 'esbuild';
import { root } from './set_up.mjs';

/** Shorter names are not worth it. */
const SHORTEST = 4;

/**
 * @param {string[]} entryPoints
 * @returns {Promise<{ files: string[], names: RegExp }>} the files below src/ that they need; the names, for esbuild's mangleProps
 */
export async function internalNames(entryPoints) {
  const { outputFiles, metafile } = await build({
    entryPoints,
    outdir: '/',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    packages: 'external',
    write: false,
    metafile: true,
    absWorkingDir: root,
  });
  const used = new Set();
  const known = publicNames();
  for (const { text } of outputFiles) {
    const module = parse(text, { ecmaVersion: 'latest', sourceType: 'module' });
    for (const name of namesInTables(module)) known.add(name);
    full(module, (/** @type {any} */ node) => {
      if (node.type === 'MemberExpression' && !node.computed && node.property.type === 'Identifier')
        used.add(node.property.name);
      if (/^(Property|PropertyDefinition|MethodDefinition)$/.test(node.type) && node.key.type === 'Identifier')
        used.add(node.key.name);
      if (node.type === 'Literal' && typeof node.value === 'string') known.add(node.value);
    });
  }
  const names = [...used].filter(name => name.length >= SHORTEST && !known.has(name));
  const files = Object.keys(metafile.inputs).filter(file => file.startsWith('src/'));
  return { files, names: new RegExp(`^(?:${names.map(name => name.replaceAll('$', '\\$')).join('|')})$`) };
}

/** Keys of objects outside of functions, and of what the function of a constant returns. @param {import('acorn').Program} module */
function namesInTables(module) {
  /** @type {string[]} */
  const names = [];
  fullAncestor(module, (/** @type {any} */ node, _, /** @type {any[]} */ ancestors) => {
    if (node.type !== 'Property' || node.computed || node.key.type !== 'Identifier') return;
    const inside = ancestors.filter(({ type }) => /Function|Class/.test(type));
    const ofConstant =
      inside.length === 1 && inside[0].type === 'ArrowFunctionExpression' && inside[0].params.length === 0;
    const pattern = ancestors.some(({ type }) => type === 'ObjectPattern');
    if (!pattern && (inside.length === 0 || ofConstant)) names.push(node.key.name);
  });
  return names;
}

function publicNames() {
  const documents = ['docs', 'docs/api'].flatMap(folder =>
    readdirSync(join(root, folder))
      .filter(file => file.endsWith('.md'))
      .map(file => join(root, folder, file)),
  );
  // TypeScript 7 has them in the package of the platform.
  const packages = [
    'typescript',
    ...readdirSync(join(root, 'node_modules/@typescript')).map(name => `@typescript/${name}`),
  ];
  const declarations = packages.flatMap(name => {
    const library = join(root, 'node_modules', name, 'lib');
    return readdirSync(library)
      .filter(file => /^lib\..*\.d\.ts$/.test(file))
      .map(file => join(library, file));
  });
  if (declarations.length === 0) throw new Error('no declarations of the language beside the compiler');
  const files = [...documents, ...declarations, join(root, 'README.md'), join(root, 'build/generated/abi.ts')];
  return new Set(files.flatMap(file => codeOf(file).match(/[A-Za-z_$][\w$]*/g) ?? []));
}

/** What of a file names something: the code of a document, a declaration without its comments. @param {string} file */
function codeOf(file) {
  const text = readFileSync(file, 'utf8');
  if (file.endsWith('.md')) return text.match(/^```[\s\S]*?^```|`[^`\n]+`/gm)?.join('\n') ?? '';
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
}
