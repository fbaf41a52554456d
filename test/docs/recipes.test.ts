// The recipes of docs/x509.md and docs/moving.md, each run as it stands, in their order in one directory; then what other
// programs make of the files.

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../support/examples.ts';
import { hasPeer } from '../support/programs.ts';

interface Recipe {
  readonly title: string;
  readonly language: string;
  readonly code: string;
}

/** Blocks marked "recipe", each under the last bold title before it. */
function recipesOf(page: string): Recipe[] {
  const text = readFileSync(join(root, page), 'utf8');
  const found: Recipe[] = [];
  let title = page;
  for (const [, bold, language, code] of text.matchAll(
    /^\*\*(\d+\. [^*]+)\*\*|^```(sh|js) recipe\n([\s\S]*?)^```$/gm,
  )) {
    if (bold !== undefined) title = bold;
    else found.push({ title, language, code });
  }
  return found;
}

// Inside of the package, so that "castls/x509" is the built package itself.
const home = join(root, 'build', `recipes-${process.pid}`);
const path = (name: string) => join(home, name);

test.before(() => {
  if (!existsSync(join(root, 'build/dist/castls.js'))) throw new Error('there is no build: node scripts/build.mjs');
  mkdirSync(path('bin'), { recursive: true });
  writeFileSync(
    path('bin/castls'),
    `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'build/dist/castls.js')}" "$@"\n`,
  );
  chmodSync(path('bin/castls'), 0o755);
});
test.after(() => rmSync(home, { recursive: true, force: true }));

function execute(program: string, args: readonly string[]) {
  const env = { ...process.env, PATH: `${path('bin')}:${process.env['PATH']}` };
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: home, env, encoding: 'utf8', timeout: 60_000 });
  return { status, output: `${stdout}${stderr}` };
}

const recipes = [...recipesOf('docs/x509.md'), ...recipesOf('docs/moving.md')];

test('docs/x509.md has recipes for the 26 tasks', () => {
  const numbers = new Set(recipes.map(({ title }) => Number(/^(\d+)\./.exec(title)?.[1])));
  for (let number = 1; number <= 26; number++) assert.ok(numbers.has(number), `recipe ${number}`);
});

recipes.forEach(({ title, language, code }, number) => {
  test(`${title} (${language})`, () => {
    const file = path(`recipe-${number}.${language === 'js' ? 'mjs' : 'sh'}`);
    // bash does not end for a "!" that should not have been.
    writeFileSync(file, code.replace(/^! (.*)$/gm, 'if $1; then exit 1; fi'));
    const { status, output } =
      language === 'js' ? execute(process.execPath, [file]) : execute('bash', ['-euo', 'pipefail', file]);
    assert.is(status, 0, `${code}\n${output}`);
  });
});

test('what the recipes wrote is read by openssl, Java, NSS and GnuTLS', () => {
  const succeeds = (program: string, ...args: string[]): string => {
    const { status, output } = execute(program, args);
    assert.is(status, 0, `${program} ${args.join(' ')}\n${output}`);
    return output;
  };
  const verify = ['verify', '-x509_strict', '-CAfile', 'ca.crt'];
  for (const file of ['www.example.com.crt', 'api.crt', 'api2.crt', 'worker.crt', 'mail.crt', 'card.crt']) {
    assert.match(succeeds('openssl', ...verify, file), /OK/);
  }
  assert.match(succeeds('openssl', ...verify, '-untrusted', 'chain.crt', 'chain.crt'), /OK/);
  for (const store of ['api.p12', 'api2.p12']) {
    const text = succeeds('openssl', 'pkcs12', '-in', store, '-passin', 'pass:sesame', '-nodes');
    assert.is([...text.matchAll(/BEGIN/g)].length, 3, store);
  }
  if (hasPeer('keytool', 'stores of the recipes with Java')) {
    const list = (store: string) => succeeds('keytool', '-list', '-keystore', store, '-storepass', 'sesame');
    assert.match(list('api.p12'), /api key, .*PrivateKeyEntry/);
    assert.is([...list('truststore.p12').matchAll(/trustedCertEntry/g)].length, 2);
  }
  if (hasPeer('pk12util', 'stores of the recipes with NSS')) {
    mkdirSync(path('nss'));
    succeeds('certutil', '-N', '-d', 'sql:nss', '--empty-password');
    assert.match(succeeds('pk12util', '-i', 'api.p12', '-d', 'sql:nss', '-W', 'sesame'), /SUCCESSFUL/);
  }
  if (hasPeer('certtool', 'bundles of the recipes with GnuTLS')) {
    assert.match(succeeds('certtool', '--p7-info', '--infile', 'chain.p7b'), /BEGIN CERTIFICATE/);
  }
});

test.run();
