// Traces of castls/node and the command: no secrets unless they were asked for by their dangerous name.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { messageName, readTraces, type Trace } from '../../src/inspect.ts';
import { connect, createServer, type TLSSocket, TlsError } from '../../src/node.ts';
import { castls as command, workDirectory } from '../support/command.ts';
import { ca, cleanUp, event, fixture, keyPair, later, listening, readAll } from '../support/node_tls.ts';
import { serve } from '../support/programs.ts';

test.after.each(cleanUp);

const DATA = 'what nobody is to see';

interface Traced {
  readonly client: string;
  readonly server: string;
  readonly secrets: readonly string[];
}

/** One connection, traced on both sides. */
async function traced(
  dangerousSecrets: boolean,
  options: { maxVersion?: 'TLSv1.2' | 'TLSv1.3'; ca?: string } = {},
): Promise<Traced> {
  const lines: Record<'client' | 'server', string[]> = { client: [], server: [] };
  const server = createServer(
    {
      ...keyPair('server_p256'),
      trace: { write: line => void lines.server.push(line), format: 'json', dangerousSecrets },
    },
    socket => {
      socket.on('error', () => {});
      socket.pipe(socket);
    },
  );
  const over = new Promise<void>(resolve =>
    server.on('connection', raw => raw.on('close', () => setTimeout(resolve, 20))),
  );
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  later(() => void server.close());
  await event(server, 'listening');
  const { port } = server.address() as { port: number };
  const secrets: string[] = [];
  const socket = connect({ port, host: '127.0.0.1', servername: 'example.test', ca, ...options });
  socket.traceTo(line => void lines.client.push(line), { format: 'json', dangerousSecrets });
  socket.on('keylog', (line: Buffer) => secrets.push(String(line).trim().split(' ')[2]));
  socket.on('error', () => {});
  socket.end(DATA);
  socket.resume();
  await event(socket, 'close').catch(() => {});
  await over;
  return { client: `${lines.client.join('\n')}\n`, server: `${lines.server.join('\n')}\n`, secrets };
}

const messagesOf = ({ records }: Trace): string[] =>
  records.flatMap(({ innerType, content }) => {
    const names: string[] = [];
    for (let at = 0; innerType === 22 && content !== null && at + 4 <= content.length; ) {
      names.push(messageName(content[at]));
      at += 4 + ((content[at + 1] << 16) | (content[at + 2] << 8) | content[at + 3]);
    }
    return names;
  });

for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
  test(`${maxVersion}: both sides trace every message, opened, and neither a secret nor data`, async () => {
    const { client, server, secrets } = await traced(false, { maxVersion });
    assert.ok(secrets.length > 0);
    for (const text of [client, server]) {
      const [trace, ...more] = readTraces(text);
      assert.is(more.length, 0);
      const messages = messagesOf(trace);
      for (const name of ['ClientHello', 'ServerHello', 'Certificate', 'Finished'])
        assert.ok(messages.includes(name), `${name} of ${messages}`);
      assert.is(messages.filter(name => name === 'Finished').length, 2);
      assert.not.ok(trace.header.dangerousSecrets);
      assert.ok(trace.notes.some(note => note.event === 'established' && note.info.protocol === maxVersion));
      assert.ok(trace.notes.some(note => note.event === 'closed' && note.error === null));
      for (const secret of secrets) assert.not.ok(text.includes(secret));
      assert.not.ok(text.includes(Buffer.from(DATA).toString('hex')));
      assert.not.ok(text.includes(DATA));
    }
  });
}

test('dangerousSecrets: secrets and data are in it', async () => {
  const { client, server, secrets } = await traced(true);
  for (const text of [client, server]) {
    for (const secret of secrets) assert.ok(text.includes(secret));
    assert.ok(text.includes(Buffer.from(DATA).toString('hex')));
    assert.ok(readTraces(text)[0].header.dangerousSecrets);
  }
});

test('a handshake that fails: the alert, opened, and why (unknown_ca)', async () => {
  const { client, server } = await traced(false, { ca: fixture('server_p384.crt') });
  const closedBy = (text: string) => readTraces(text)[0].notes.find(note => note.event === 'closed');
  const mine = closedBy(client);
  assert.is(mine?.event === 'closed' ? mine.error?.code : client, 'ERR_CERT_NO_TRUST_ANCHORS');
  const theirs = closedBy(server);
  assert.ok(theirs?.event === 'closed' && theirs.error?.code === 'ERR_ALERT_RECEIVED');
  const alerts = readTraces(server)[0].records.filter(({ innerType }) => innerType === 21);
  assert.equal(
    alerts.map(({ content }) => content?.[1]),
    [48],
  );
});

for (const format of ['text', 'json'] as const) {
  test(`a trace that throws at each line loses no byte of the connection: ${format}`, async () => {
    const faults = new Set<unknown>();
    const heard = (error: unknown): void => void faults.add(error);
    process.on('uncaughtException', heard);
    later(() => process.removeListener('uncaughtException', heard));
    const fault = new Error('of a trace');
    const trace = {
      format,
      write: () => {
        throw fault;
      },
    };
    const server = createServer({ ...keyPair('server_p256'), trace }, socket => void socket.pipe(socket));
    const socket = connect({ port: await listening(server), host: '127.0.0.1', servername: 'example.test', ca, trace });
    socket.end(DATA);
    assert.is(String(await readAll(socket)), DATA);
    assert.equal([...faults], [fault]);
  });
}

test('traceTo refuses what it does not know, and "json" after the beginning', async () => {
  const refuses = (socket: TLSSocket, options: object, code: string) =>
    assert.throws(
      () => socket.traceTo(() => {}, options),
      (error: unknown) => error instanceof TlsError && error.code === code,
    );
  const { port } = await serve(
    '--cert',
    'test/fixtures/server_p256.crt',
    '--key',
    'test/fixtures/server_p256.key',
    '--echo',
  );
  const socket = connect({ port, host: '127.0.0.1', servername: 'example.test', ca });
  later(() => void socket.destroy());
  refuses(socket, { formt: 'json' }, 'ERR_INVALID_ARGUMENT');
  refuses(socket, { format: 'xml' }, 'ERR_INVALID_ARGUMENT');
  refuses(socket, { dangerousSecrets: true }, 'ERR_INVALID_ARGUMENT');
  refuses(socket, { format: 'json', dangerousSecrets: null }, 'ERR_INVALID_ARGUMENT');
  await event(socket, 'secureConnect');
  refuses(socket, { format: 'json' }, 'ERR_INVALID_STATE');
  socket.traceTo(() => {});
  socket.destroy();
});

test('castls connect --trace-file, castls inspect: what happened, in a file of its owner alone', async () => {
  const { port } = await serve(
    '--cert',
    'test/fixtures/server_p256.crt',
    '--key',
    'test/fixtures/server_p256.key',
    '--echo',
  );
  const file = join(workDirectory(), 'a.jsonl');
  const args = [
    'connect',
    `127.0.0.1:${port}`,
    '--servername',
    'example.test',
    '--ca',
    join(process.cwd(), 'test/fixtures/ca.crt'),
  ];
  assert.is((await command(...args, '--trace-file', file)).code, 0);
  assert.is(statSync(file).mode & 0o777, 0o600);
  const [trace] = readTraces(readFileSync(file, 'utf8'));
  assert.ok(messagesOf(trace).includes('EncryptedExtensions'));
  const shown = await command('inspect', file);
  assert.is(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /EncryptedExtensions, Certificate, CertificateVerify, Finished/);
  assert.is(JSON.parse((await command('inspect', file, '--json')).stdout)[0].records.length, trace.records.length);
  const alone = await command(...args, '--dangerous-trace-secrets');
  assert.is(alone.code, 1);
  assert.match(alone.stderr, /^castls: ERR_INVALID_ARGUMENT: --dangerous-trace-secrets goes with --trace-file/);
  assert.is((await command(...args, '--trace', '--trace-file', file)).code, 1);
});

test('castls inspect: certificates and hellos, JA3 and JA4; what is malformed is shown up to there, exit 1', async () => {
  const certificate = await command('inspect', join(process.cwd(), 'test/fixtures/server_p256.crt'));
  assert.is(certificate.code, 0);
  assert.match(certificate.stdout, /subjectAltName/);
  const { port } = await serve(
    '--cert',
    'test/fixtures/server_p256.crt',
    '--key',
    'test/fixtures/server_p256.key',
    '--echo',
  );
  const file = join(workDirectory(), 'b.jsonl');
  await command(
    'connect',
    `127.0.0.1:${port}`,
    '--servername',
    'example.test',
    '--ca',
    join(process.cwd(), 'test/fixtures/ca.crt'),
    '--trace-file',
    file,
  );
  const hello = readTraces(readFileSync(file, 'utf8'))[0].records[0].bytes as Uint8Array;
  const { writeFileSync } = await import('node:fs');
  const hex = join(workDirectory(), 'hello.hex');
  writeFileSync(hex, Buffer.from(hello).toString('hex'));
  const shown = await command('inspect', hex);
  assert.is(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /host_name: example\.test/);
  assert.match(shown.stdout, /JA3: [0-9a-f]{32}\n/);
  assert.match(shown.stdout, /JA4: t13d\d{4}\w\w_[0-9a-f]{12}_[0-9a-f]{12}\n/);
  writeFileSync(hex, Buffer.from(hello.subarray(0, 200)).toString('base64'));
  const cut = await command('inspect', hex);
  assert.is(cut.code, 1);
  assert.match(cut.stdout, /cipher_suites/);
  assert.match(cut.stderr, /^castls: ERR_DECODE_ERROR: at offset \d+/);
  writeFileSync(hex, 'hello');
  assert.match((await command('inspect', hex)).stderr, /^castls: ERR_DECODE_ERROR: neither TLS records/);
});

test.run();
