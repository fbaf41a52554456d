// What checkers say of the package: publint, attw, JSR's rules by Deno, and TypeScript without the DOM library.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installRuntimes, modules as runtimes } from '../runtimes/install.mjs';
import { root } from '../set_up.mjs';
import { command } from './bundlers.mjs';

/** Entries by the condition that TypeScript reads, without those that are no code. @param {string} castls */
function entriesOf(castls) {
  const { exports } = JSON.parse(readFileSync(join(castls, 'package.json'), 'utf8'));
  return Object.entries(exports).filter(([, value]) => typeof value === 'object');
}

/** @type {import('./bundlers.mjs').Check[]} */
export const checks = [
  {
    name: 'publint --strict',
    async run({ castls, modules }) {
      return command(join(modules, '.bin/publint'), ['--strict', castls], castls);
    },
  },
  {
    name: 'attw, for ESM alone',
    async run({ castls, folder, modules }) {
      const archive = readdirSync(folder).find(file => file.endsWith('.tgz'));
      const entries = entriesOf(castls).map(([name]) => name);
      const args = [join(folder, `${archive}`), '--profile', 'esm-only', '--entrypoints', ...entries];
      return command(join(modules, '.bin/attw'), args, castls, { FORCE_COLOR: '0' });
    },
  },
  {
    name: 'every entry has its conditions in order, and files for each',
    async run({ castls }) {
      const wrong = entriesOf(castls).flatMap(([name, conditions]) => {
        const keys = Object.keys(/** @type {object} */ (conditions));
        const ordered = keys[0] === 'types' && keys.at(-1) === 'default';
        const missing = Object.values(/** @type {Record<string, string>} */ (conditions)).filter(
          file => !existsSync(join(castls, file)),
        );
        return [...(ordered ? [] : [`${name}: ${keys}`]), ...missing.map(file => `${name}: there is no ${file}`)];
      });
      return wrong.length === 0 ? null : wrong.join('\n');
    },
  },
  {
    name: 'deno publish --dry-run, as JSR judges',
    async run({ folder }) {
      installRuntimes();
      const place = join(folder, 'jsr');
      mkdirSync(place);
      for (const name of ['src', 'build/generated', 'LICENSE', 'README.md', 'package.json']) {
        cpSync(join(root, name), join(place, name), { recursive: true });
      }
      writeFileSync(join(place, 'jsr.json'), JSON.stringify(jsrManifest(), null, 2));
      const deno = ['@deno/linux-x64-glibc/deno', '@deno/linux-arm64-glibc/deno']
        .map(path => join(runtimes, path))
        .find(path => existsSync(path));
      if (deno === undefined) return 'there is no Deno for this machine';
      // Its own resolution of packages: those of this checkout.
      return command(deno, ['publish', '--dry-run', '--allow-dirty', '--no-check'], place, { NO_COLOR: '1' });
    },
  },
  {
    name: 'types without the DOM library, skipLibCheck off',
    async run({ castls, folder }) {
      const place = join(folder, 'types');
      mkdirSync(place);
      const entries = entriesOf(castls).map(([name]) => name.replace(/^\./, 'castls'));
      writeFileSync(
        join(place, 'all.ts'),
        `${entries.map((name, i) => `import * as entry${i} from '${name}';\nvoid entry${i};`).join('\n')}\n`,
      );
      const options = {
        lib: ['es2023', 'esnext.disposable'],
        types: ['node'],
        strict: true,
        skipLibCheck: false,
        module: 'nodenext',
        target: 'es2022',
        noEmit: true,
      };
      writeFileSync(join(place, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['all.ts'] }));
      const tsc = join(root, 'node_modules/typescript/bin/tsc');
      const { stdout } = spawnSync(process.execPath, [tsc, '-p', place], {
        cwd: folder,
        encoding: 'utf8',
        timeout: 120_000,
      });
      const own = stdout.split('\n').filter(line => /castls|all\.ts/.test(line));
      return own.length === 0 ? null : own.join('\n');
    },
  },
];

/** The manifest of JSR, whose exports are sources. */
export function jsrManifest() {
  const { version, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const sources = Object.entries(exports).flatMap(([name, conditions]) => {
    const [, file] = /src\/(\w+)\.d\.ts$/.exec(/** @type {any} */ (conditions).types ?? '') ?? [];
    return file === undefined ? [] : [[name, `./src/${file}.ts`]];
  });
  return {
    name: '@castls/castls',
    version,
    license: 'MIT',
    exports: Object.fromEntries(sources),
    publish: {
      include: ['src/**/*.ts', 'build/generated/*.ts', 'LICENSE', 'README.md', 'jsr.json', 'package.json'],
      exclude: ['!build'],
    },
  };
}
