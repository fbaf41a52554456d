// Runs the snippets of docs/parts.md as they stand there, but for the port.

import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { freePort, Program, root, runToEnd, snippets, stopAll } from '../support/examples.ts';

const found = snippets('docs/parts.md');
// Inside the package, so that its own name leads to it.
const programs = join(root, 'build', `parts-${process.pid}`);
const folder = mkdtempSync(join(tmpdir(), 'castls-parts-'));
mkdirSync(programs);
copyFileSync(join(root, 'test/fixtures/ca.crt'), join(folder, 'ca.crt'));
for (const kind of ['crt', 'key']) {
  copyFileSync(join(root, `test/fixtures/server_p256.${kind}`), join(folder, `server.${kind}`));
}
const port = await freePort();

function program(name: string): string {
  const file = join(programs, `${name}.mjs`);
  writeFileSync(file, (found.get(name) ?? '').replaceAll('8443', String(port)));
  return file;
}

test.after.each(stopAll);

test.after(() => {
  for (const path of [programs, folder]) rmSync(path, { recursive: true, force: true });
});

test('the client reaches the server, and castls reaches it with TLS 1.2', async () => {
  assert.equal([...found.keys()], ['client', 'server']);
  const server = new Program([program('server')], folder);
  await server.until(/listening/);
  const { out } = await runToEnd([program('client')], folder);
  assert.is(out, 'TLSv1.3 x25519\nhello\n');
  const command = [join(root, 'build/dist/castls.js'), 'connect', `localhost:${port}`, '--ca', 'ca.crt'];
  const older = await runToEnd([...command, '--max-version', '1.2'], folder);
  assert.match(older.err, /TLSv1\.2/);
  await server.stop();
});

test.run();
