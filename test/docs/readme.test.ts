// Runs the snippets of README.md as they stand there, but for the port: the certificates first, then a server and a
// client over the files they made, a pipe in memory, and the command.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { freePort, Program, root, runToEnd, snippets, stopAll } from '../support/examples.ts';

const found = snippets('README.md');
// Inside the package, so that its own name leads to it.
const programs = join(root, 'build', `readme-${process.pid}`);
const folder = mkdtempSync(join(tmpdir(), 'castls-readme-'));
mkdirSync(programs);
const port = await freePort();

function snippet(name: string): string {
  const text = found.get(name);
  if (text === undefined) throw new Error(`README.md has no snippet ${name}`);
  return text.replaceAll('8443', String(port));
}

function program(name: string): string {
  const file = join(programs, `${name}.mjs`);
  writeFileSync(file, snippet(name));
  return file;
}

test.after.each(stopAll);

test.after(() => {
  for (const path of [programs, folder]) rmSync(path, { recursive: true, force: true });
});

test('the snippets are these', () => {
  // Those of other runtimes are run by npm run test:runtimes.
  const elsewhere = ['deno', 'bun', 'workerd', 'browser'];
  assert.equal([...found.keys()], ['client', 'server', 'stream', 'certificates', 'command', ...elsewhere]);
});

test('certificates: makes the files of the others', async () => {
  const { out } = await runToEnd([program('certificates')], folder);
  assert.match(out, /localhost/);
});

test('server and client: the server sends back what the client says', async () => {
  const server = new Program([program('server')], folder);
  await server.until(/listening/);
  const { out } = await runToEnd([program('client')], folder);
  assert.match(out, /^TLSv1\.3 TLS_\w+ X25519MLKEM768$/m);
  assert.match(out, /hello/);
  await server.stop();
});

test('stream: TLS over a pipe in memory', async () => {
  const { out } = await runToEnd([program('stream')], folder);
  assert.is(out, 'TLSv1.3 X25519MLKEM768\nround trip\n');
});

test('command: makes certificates, serves and connects', async () => {
  const lines = snippet('command')
    .split('\n')
    .filter(line => line !== '')
    .map(parseLine);
  const [ca, issue, verify, serve, connect] = lines;
  const empty = join(folder, 'command');
  mkdirSync(empty);
  for (const { args } of [ca, issue, verify]) await runToEnd(args, empty);
  const server = new Program(serve.args, empty);
  await server.until(/listening on/);
  const { out, err } = await runToEnd(connect.args, empty, connect.input);
  assert.match(err, /TLSv1\.3/);
  assert.match(out, /^HTTP\/1\.\d 200/);
  await server.stop();
});

/** "printf 'INPUT' | npx castls ARGS" as a call of the built command. */
function parseLine(line: string): { args: string[]; input: string } {
  const [, printed, command] = /^(?:printf '([^']*)' \| )?npx castls (.*)$/.exec(line) ?? [];
  if (command === undefined) throw new Error(`not a call of castls: ${line}`);
  const args = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);
  return {
    args: [join(root, 'build/dist/castls.js'), ...args],
    input: (printed ?? '').replaceAll('\\r', '\r').replaceAll('\\n', '\n'),
  };
}

test.run();
