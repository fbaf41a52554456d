// TLS 1.0 and 1.1 under castls/register: not unless they are named, and then as node:tls has them. In processes of their own,
// against each other and against node's own TLS.

import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withPeer } from '../support/peers.ts';

const folder = mkdtempSync(join(tmpdir(), 'castls-register-legacy-'));
test.after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
await build({
  entryPoints: ['register', 'legacy_register', 'legacy_for_node'].map(name => `src/${name}.ts`),
  outdir: folder,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'es2022',
  logLevel: 'warning',
});
const entry = (name: string) => pathToFileURL(join(folder, `${name}.js`)).href;
const fixtures = join(process.cwd(), 'test/fixtures');

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly failed: boolean;
}

/** Runs a program; a variable that is absent in `env` is absent in the process. */
function run(preload: string | null, text: string, env: Record<string, string> = {}): Promise<Ran> {
  const file = join(folder, 'program.cjs');
  writeFileSync(file, prelude + text);
  const { CASTLS_LEGACY: _, NODE_OPTIONS: __, ...outer } = process.env;
  return new Promise(resolve => {
    const options = { env: { ...outer, FIXTURES: fixtures, ...env }, timeout: 20_000 };
    const args = [...(preload === null ? [] : ['--import', entry(preload)]), file];
    execFile(process.execPath, args, options, (error, stdout, stderr) =>
      resolve({ stdout, stderr, failed: error !== null }),
    );
  });
}

const prelude = `
const fs = require('fs');
const tls = require('tls');
const https = require('https');
const read = name => fs.readFileSync(process.env.FIXTURES + '/' + name);
const pair = { cert: read('server_rsa.crt'), key: read('server_rsa.key') };
const trust = { ca: read('ca.crt'), servername: 'example.test' };
/** What both agree on: the version, or the code of whoever complains first. */
const spoken = (server, client) => new Promise(resolve => {
  let open;
  const done = text => { open.close(); resolve(text); };
  try { open = tls.createServer({ ...pair, ...server }, socket => socket.on('error', () => {}).end('x')); }
  catch (error) { return resolve(error.code); }
  open.on('tlsClientError', () => {});
  open.listen(0, () => {
    try {
      const socket = tls.connect({ port: open.address().port, ...trust, ...client }, () => {
        const text = [socket.getProtocol(), socket.getCipher().name].join(' ');
        socket.resume().on('close', () => done(text));
      });
      socket.on('error', error => done(error.code));
    } catch (error) { done(error.code); }
  });
});
`;

const refused = (name: string) => new RegExp(`--import castls/legacy/register.*CASTLS_LEGACY=${name}`);

test('unless they are named, TLS 1.0 and 1.1 are refused with the line that names them, and ranges end at TLS 1.2', async () => {
  const { stdout, stderr } = await run(
    'register',
    `
for (const options of [{ secureProtocol: 'TLSv1_method' }, { secureProtocol: 'TLSv1_1_method' }, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }]) {
  for (const call of [() => tls.createSecureContext(options), () => tls.createServer(options), () => tls.connect({ port: 1, ...options })]) {
    try { call(); console.log('taken'); } catch (error) { console.log(error.code, error.message); }
  }
}
spoken({ minVersion: 'TLSv1' }, { minVersion: 'TLSv1', maxVersion: 'TLSv1.2' }).then(console.log);`,
  );
  const lines = stdout.trim().split('\n');
  assert.is(lines.length, 10, stderr);
  for (const line of lines.slice(0, 3)) assert.match(line, refused('tls1.0'));
  for (const line of lines.slice(3, 9)) assert.match(line, refused('tls1.1'));
  assert.match(lines[9], /^TLSv1\.2 ECDHE/);
  assert.is(stderr, '');
});

test('CASTLS_LEGACY names versions, for the process and its children, with one warning for each', async () => {
  const program = `
const { execFileSync } = require('child_process');
(async () => {
  console.log(await spoken({ secureProtocol: 'TLSv1_method' }, { minVersion: 'TLSv1' }));
  console.log(await spoken({ minVersion: 'TLSv1' }, { secureProtocol: 'TLSv1_method' }));
  console.log(await spoken({ minVersion: 'TLSv1' }, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }));
  console.log(await spoken({ minVersion: 'TLSv1' }, { minVersion: 'TLSv1' }));
  console.log(await spoken({}, { secureProtocol: 'TLSv1_method' }));
  console.log(await spoken({}, { secureProtocol: 'TLSv1_1_method' }));
  if (process.argv[2] !== 'child') process.stdout.write(execFileSync(process.execPath, [__filename, 'child'], { stdio: ['ignore', 'pipe', 'ignore'] }));
})();`;
  const { stdout, stderr } = await run('register', program, { CASTLS_LEGACY: 'tls1.0' });
  const once = [
    'TLSv1 ECDHE-RSA-AES128-SHA',
    'TLSv1 ECDHE-RSA-AES128-SHA',
    'TLSv1 ECDHE-RSA-AES128-SHA',
    'TLSv1.3 TLS_CHACHA20_POLY1305_SHA256',
    'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    'ERR_UNSUPPORTED_OPTION',
  ];
  assert.equal(stdout.trim().split('\n'), [...once, ...once], stderr);
  assert.is(stderr.match(/CastlsLegacyWarning: TLSv1 is spoken, which RFC 8996 forbids/g)?.length, 1, stderr);
});

test('castls/legacy/register: ranges meet as those of node:tls do', async () => {
  const program = `
const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
const ranges = versions.flatMap((minVersion, i) => versions.slice(i).map(maxVersion => ({ minVersion, maxVersion })));
const ciphers = process.env.OF_NODE && 'DEFAULT@SECLEVEL=0';
(async () => {
  for (const server of ranges) for (const client of ranges) {
    const found = await spoken({ ciphers, ...server }, { ciphers, ...client });
    console.log(Object.values(server).join('-'), Object.values(client).join('-'), found.split(' ')[0]);
  }
  for (const method of ['TLS_method', 'SSLv23_method', 'TLSv1_method', 'TLSv1_1_method', 'TLSv1_2_method']) {
    console.log(method, (await spoken({ ciphers, minVersion: 'TLSv1' }, { ciphers, secureProtocol: method })).split(' ')[0]);
  }
})();`;
  const own = await run('legacy_register', program);
  const ofNode = await run(null, program, { OF_NODE: '1' });
  assert.is(own.stdout.trim().split('\n').length, 105);
  assert.equal(own.stdout.split('\n'), ofNode.stdout.split('\n'), own.stderr);
});

test("castls/legacy/register and node's own TLS 1.0 and 1.1, both roles, with resumption", async () => {
  // The process is castls'; node's own connect and server are what it finds in a child that CASTLS=off leaves alone.
  const child = `
const ciphers = 'DEFAULT@SECLEVEL=0';
const [role, port, version] = process.argv.slice(2);
if (role === 'server') {
  const server = tls.createServer({ ...pair, ciphers, minVersion: version, maxVersion: version }, socket => socket.on('error', () => {}).pipe(socket));
  server.listen(0, () => console.log(server.address().port));
  setTimeout(() => process.exit(), 15_000).unref();
  process.stdin.resume().on('end', () => process.exit());
} else {
  let session;
  const connect = left => {
    const socket = tls.connect({ port, ...trust, ciphers, minVersion: version, maxVersion: version, session }, () => socket.write('ping'));
    let text = '';
    socket.on('session', each => (session ??= each)).on('data', data => {
      text += data;
      if (text.length < 4) return;
      console.log(text, socket.getProtocol(), socket.isSessionReused());
      socket.end();
    });
    socket.on('error', error => console.log(error)).on('close', () => { if (left > 0) connect(left - 1); });
  };
  connect(1);
}`;
  const file = join(folder, 'child.cjs');
  writeFileSync(file, prelude + child);
  const { stdout, stderr } = await run(
    'legacy_register',
    `
const { spawn } = require('child_process');
const child = (...args) => spawn(process.execPath, [${JSON.stringify(file)}, ...args], { env: { ...process.env, CASTLS: 'off', NODE_OPTIONS: '' }, stdio: ['pipe', 'pipe', 'inherit'] });
const line = stream => new Promise(done => stream.once('data', data => done(String(data).trim())));
const asClient = async version => {
  const other = child('server', '0', version);
  const port = Number(await line(other.stdout));
  let session;
  for (const _ of [1, 2]) {
    await new Promise(done => {
      const socket = tls.connect({ port, ...trust, minVersion: 'TLSv1', session }, () => socket.write('hello'));
      socket.on('session', each => (session = each)).on('error', error => { console.log(error); done(); });
      let text = '';
      socket.on('data', data => {
        text += data;
        if (text.length < 5) return;
        console.log('client', version, text, socket.getProtocol(), socket.isSessionReused());
        socket.end();
      }).on('close', done);
    });
  }
  other.stdin.end();
};
const asServer = version => new Promise(done => {
  const server = tls.createServer({ ...pair, minVersion: 'TLSv1' }, socket => socket.on('error', () => {}).pipe(socket));
  server.listen(0, () => {
    const other = child('client', String(server.address().port), version);
    other.stdout.on('data', data => process.stdout.write('server ' + version + ' ' + data));
    other.on('close', () => { server.close(); done(); });
  });
});
(async () => {
  for (const version of ['TLSv1', 'TLSv1.1', 'TLSv1.2']) { await asClient(version); await asServer(version); }
})();`,
  );
  const expected = ['TLSv1', 'TLSv1.1', 'TLSv1.2'].flatMap(version => [
    ...[false, true].map(again => `client ${version} hello ${version} ${again}`),
    ...[false, true].map(again => `server ${version} ping ${version} ${again}`),
  ]);
  assert.equal(stdout.trim().split('\n'), expected, stderr);
});

test('triple DES and RC4 are spoken by name, and beside nothing newer', async () => {
  const { stdout, stderr } = await run(
    'legacy_register',
    `(async () => {
  const only = { secureProtocol: 'TLSv1_method' };
  for (const ciphers of ['DES-CBC3-SHA', '3DES', 'RC4-MD5:RC4-SHA', 'RC4', 'ALL', 'ALL:!AES'])
    console.log(ciphers, await spoken({ ...only, ciphers }, { ...only, ciphers }));
  console.log(await spoken({ ciphers: 'ALL', minVersion: 'TLSv1' }, { minVersion: 'TLSv1', maxVersion: 'TLSv1.2', ciphers: 'AES256-SHA:DES-CBC3-SHA' }));
  console.log(await spoken({ ciphers: 'ALL', minVersion: 'TLSv1' }, { minVersion: 'TLSv1', maxVersion: 'TLSv1.2', ciphers: 'DES-CBC3-SHA' }));
})();`,
  );
  assert.equal(
    stdout.trim().split('\n'),
    [
      'DES-CBC3-SHA TLSv1 DES-CBC3-SHA',
      '3DES TLSv1 ECDHE-RSA-DES-CBC3-SHA',
      'RC4-MD5:RC4-SHA TLSv1 RC4-MD5',
      'RC4 TLSv1 ECDHE-RSA-RC4-SHA',
      'ALL TLSv1 ECDHE-RSA-AES128-SHA',
      'ALL:!AES ERR_INVALID_ARGUMENT',
      'TLSv1.2 AES256-SHA',
      'ERR_INVALID_ARGUMENT',
    ],
    stderr,
  );
});

test('bits of secureOptions take versions out of a range, --tls-min-v1.0 puts them in', async () => {
  const { stdout, stderr } = await run(
    'legacy_register',
    `
const { SSL_OP_NO_TLSv1_3: no13, SSL_OP_NO_TLSv1_2: no12, SSL_OP_NO_TLSv1_1: no11, SSL_OP_NO_TLSv1: no10 } = require('crypto').constants;
(async () => {
  for (const secureOptions of [0, no13, no13 | no12, no13 | no12 | no11, no11, no13 | no12 | no11 | no10])
    console.log(await spoken({ minVersion: 'TLSv1' }, { minVersion: 'TLSv1', secureOptions }));
  console.log(await spoken({ secureProtocol: 'TLSv1_method' }, {}));
})();`,
    { NODE_OPTIONS: '--tls-min-v1.0' },
  );
  assert.equal(
    stdout
      .trim()
      .split('\n')
      .map(line => line.split(' ')[0]),
    ['TLSv1.3', 'TLSv1.2', 'TLSv1.1', 'TLSv1', 'TLSv1.3', 'ERR_INVALID_ARGUMENT', 'TLSv1'],
    stderr,
  );
});

test('SSL 3.0 is spoken where CASTLS_LEGACY names it, and nowhere else', async () => {
  const program = `const only = { secureProtocol: 'SSLv3_method' };
spoken(only, { ...only, ciphers: 'AES128-SHA' }).then(console.log);`;
  assert.is((await run('register', program, { CASTLS_LEGACY: 'ssl3.0' })).stdout, 'SSLv3 AES128-SHA\n');
  assert.is((await run('legacy_register', program)).stdout, 'ERR_TLS_INVALID_PROTOCOL_METHOD\n');
});

test('with castls/native, too: alone and beside newer versions', async () => {
  const program = `(async () => {
  for (const server of [{ secureProtocol: 'TLSv1_method' }, { minVersion: 'TLSv1' }])
    for (const client of [{ secureProtocol: 'TLSv1_method' }, { minVersion: 'TLSv1' }, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'AES128-SHA' }])
      console.log(await spoken(server, client));
})();`;
  const expected = (await run('legacy_register', program)).stdout;
  const native = await run('legacy_register', program, { CASTLS_PROVIDER: 'native' });
  assert.equal(
    native.stdout.replaceAll(/TLSv1.3 \w+/g, 'TLSv1.3'),
    expected.replaceAll(/TLSv1.3 \w+/g, 'TLSv1.3'),
    native.stderr,
  );
  assert.match(expected, /TLSv1 ECDHE-RSA-AES128-SHA\n.*\nTLSv1 AES128-SHA/);
});

test('https, and contexts of names that allow less', async () => {
  const { stdout, stderr } = await run(
    'legacy_register',
    `
const options = { ...pair, minVersion: 'TLSv1' };
const server = https.createServer(options, (request, response) => response.end(request.socket.getProtocol()));
server.addContext('old.test', { ...pair, secureProtocol: 'TLSv1_1_method' });
server.listen(0, async () => {
  const { port } = server.address();
  for (const [servername, maxVersion] of [['example.test', 'TLSv1'], ['old.test', 'TLSv1.3'], ['example.test', 'TLSv1.3']]) {
    await new Promise(done => {
      const checkServerIdentity = () => undefined;
      https.get({ port, ...trust, servername, minVersion: 'TLSv1', maxVersion, agent: false, checkServerIdentity }, async response => {
        for await (const data of response) console.log(servername, String(data));
        done();
      }).on('error', error => { console.log(error); done(); });
    });
  }
  server.close();
});`,
  );
  assert.equal(stdout.trim().split('\n'), ['example.test TLSv1', 'old.test TLSv1.1', 'example.test TLSv1.3'], stderr);
});

withPeer('openssl, which makes small keys', ['openssl'], () => {
  test('small keys and chains with SHA-1 are taken by name, in contexts that speak nothing newer', async () => {
    const bits = 1024;
    // castls' word, or node's own, whichever says it.
    const tooWeak = /^ERR_(WEAK_KEY|SSL_\w+_(WEAK|SMALL))$/;
    const make = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
    const subject = ['-subj', '/CN=example.test', '-addext', 'subjectAltName=DNS:example.test', '-days', '30', '-sha1'];
    make('req', '-x509', '-newkey', `rsa:${bits}`, '-nodes', '-keyout', 'root.key', '-out', 'root.crt', ...subject);
    const by = ['-CA', 'root.crt', '-CAkey', 'root.key', '-addext', 'basicConstraints=CA:FALSE'];
    make(
      'req',
      '-x509',
      '-newkey',
      `rsa:${bits}`,
      '-nodes',
      '-keyout',
      'old.key',
      '-out',
      'old.crt',
      ...subject,
      ...by,
    );
    const program = `
  const at = name => fs.readFileSync(${JSON.stringify(folder)} + '/' + name);
  const own = { cert: at('old.crt'), key: at('old.key') };
  const only = { secureProtocol: 'TLSv1_method' };
  (async () => {
    console.log(await spoken({ ...own, ...only }, { ca: at('root.crt'), ...only }));
    console.log(await spoken({ ...own, minVersion: 'TLSv1' }, { ca: at('root.crt'), ...only }));
  })();`;
    const weak = await run('register', program, { CASTLS_LEGACY: 'tls1.0' });
    for (const line of weak.stdout.trim().split('\n')) assert.match(line, tooWeak);
    const taken = await run('register', program, { CASTLS_LEGACY: `tls1.0,dangerous-rsa-${bits},dangerous-sha1` });
    const [first, second] = taken.stdout.trim().split('\n');
    assert.is(first, 'TLSv1 ECDHE-RSA-AES128-SHA', taken.stderr);
    assert.match(second, tooWeak);
  });
});

test('a misspelt version ends the program before it begins', async () => {
  for (const name of ['register', 'legacy_register']) {
    const { failed, stdout, stderr } = await run(name, `console.log('ran')`, { CASTLS_LEGACY: 'tls1' });
    assert.ok(failed);
    assert.is(stdout, '');
    assert.match(stderr, /CASTLS_LEGACY: "tls1" is none of ssl3\.0, tls1\.0, tls1\.1, dangerous/);
  }
});

test('small keys and old chains turn on no version: who names none is told so', async () => {
  for (const setting of ['dangerous-rsa-1024', 'dangerous-sha1,dangerous-rsa-1024', ',']) {
    for (const name of ['register', 'legacy_register']) {
      const { failed, stdout, stderr } = await run(name, `console.log('ran')`, { CASTLS_LEGACY: setting });
      assert.ok(failed, `${name} ${setting}`);
      assert.is(stdout, '');
      assert.ok(stderr.includes(`CASTLS_LEGACY: "${setting}" names no version to speak`), stderr);
    }
  }
});

test.run();
