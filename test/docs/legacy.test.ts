// Runs the bridge of docs/legacy.md as it stands there, but for the ports: TLS 1.3 outside, SSL 3.0 inside.

import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { freePort, Program, root, runToEnd, snippets, stopAll } from '../support/examples.ts';

// Inside the package, so that its own name leads to it.
const programs = join(root, 'build', `legacy-${process.pid}`);
const folder = mkdtempSync(join(tmpdir(), 'castls-legacy-'));
mkdirSync(programs);
const fixture = (name: string) => join(root, 'test/fixtures', name);
copyFileSync(fixture('ca.crt'), join(folder, 'machine_ca.crt'));
for (const kind of ['crt', 'key']) copyFileSync(fixture(`server_p256.${kind}`), join(folder, `server.${kind}`));

test.after.each(stopAll);
test.after(() => {
  for (const path of [programs, folder]) rmSync(path, { recursive: true, force: true });
});

test('the bridge: TLS 1.3 outside, SSL 3.0 inside, data through both', async () => {
  const command = join(root, 'build/dist/castls.js');
  const [inner, outer] = [String(await freePort()), String(await freePort())];
  const identity = ['--cert', fixture('server_rsa.crt'), '--key', fixture('server_rsa.key')];
  const machine = new Program(
    [command, 'serve', '--port', inner, '--host', '127.0.0.1', ...identity, '--legacy', 'ssl3.0', '--echo'],
    folder,
  );
  await machine.until(/listening/);
  const file = join(programs, 'bridge.mjs');
  const source = snippets('docs/legacy.md').get('bridge') ?? '';
  assert.ok(source.trim().split('\n').length <= 22);
  writeFileSync(
    file,
    source.replace(/8443|4433/g, port => (port === '8443' ? outer : inner)),
  );
  const bridge = new Program([file], folder);
  await bridge.until(/listening/);
  const { out, err } = await runToEnd(
    [command, 'connect', `localhost:${outer}`, '--ca', fixture('ca.crt')],
    folder,
    'across',
  );
  assert.is(out, 'across');
  assert.match(err, /TLSv1\.3/);
  await bridge.stop();
  await machine.stop();
});

test.run();
