// castls connect and castls serve as scripts use them: output, exit codes, files, STARTTLS.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TLSSocket } from '../../src/node.ts';
import { cleanUp, keyPair, later, rawServer } from '../support/node_tls.ts';
import { castls, type Finished, serve } from '../support/programs.ts';

test.after.each(cleanUp);

const identity = ['--cert', 'test/fixtures/server_p256.crt', '--key', 'test/fixtures/server_p256.key'];
const trust = ['--ca', 'test/fixtures/ca.crt', '--servername', 'example.test'];

/** Runs the command to its end. @param input null to leave stdin open */
async function run(args: string[], input: string | null): Promise<Finished> {
  const command = await castls(...args);
  if (input !== null) command.end(input);
  return command.finished();
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'castls-cli-'));
  later(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

test('echo: stdin goes there, comes back to stdout, the summary goes to stderr, exit 0', async () => {
  const { server, port } = await serve(...identity, '--echo', '--alpn', 'a,b');
  const { code, stdout, stderr } = await run(
    ['connect', `127.0.0.1:${port}`, ...trust, '--alpn', 'b,c'],
    'hello castls',
  );
  assert.is(code, 0);
  assert.is(stdout, 'hello castls');
  assert.match(
    stderr,
    /^TLSv1\.3, TLS_\w+, X25519MLKEM768, ecdsa_secp256r1_sha256\nresumed: no, ALPN: b, peer: verified/,
  );
  assert.match(server.stderr, /^TLSv1\.3/);
  assert.is((await server.stop()).code, 0);
});

test('--json: one object with all that was negotiated', async () => {
  const { port } = await serve(...identity, '--echo');
  const { code, stderr } = await run(['connect', `127.0.0.1:${port}`, ...trust, '--json'], 'x');
  assert.is(code, 0);
  const summary = JSON.parse(stderr);
  for (const name of ['protocol', 'cipher', 'group', 'signatureAlgorithm', 'alpn', 'resumed', 'earlyData', 'times']) {
    assert.ok(name in summary, name);
  }
  assert.is(summary.peerCertificates[0].subject, 'CN=localhost');
  assert.is(summary.authorized, true);
  assert.ok(summary.times.handshake > 0);
});

test('--session saves and resumes, --keylog logs; both files are their owner’s alone', async () => {
  const files = folder();
  const [session, keylog] = [join(files, 'session'), join(files, 'keys')];
  const { port } = await serve(...identity, '--echo', '--keylog', join(files, 'server'));
  for (const resumed of [false, true]) {
    const secrets = ['--session', session, '--keylog', keylog];
    const { code, stderr } = await run(['connect', `127.0.0.1:${port}`, ...trust, '--json', ...secrets], 'x');
    assert.is(code, 0);
    assert.is(JSON.parse(stderr).resumed, resumed);
  }
  for (const file of [session, keylog, join(files, 'server')]) assert.is(statSync(file).mode & 0o777, 0o600);
  assert.equal(
    readFileSync(keylog, 'utf8').split('\n').sort(),
    readFileSync(join(files, 'server'), 'utf8').split('\n').sort(),
  );
});

test('versions, groups and suites by IANA’s and OpenSSL’s names', async () => {
  const { port } = await serve(...identity, '--echo');
  const negotiated = async (...flags: string[]) => {
    const { code, stderr } = await run(['connect', `127.0.0.1:${port}`, ...trust, '--json', ...flags], 'x');
    assert.is(code, 0, stderr);
    return JSON.parse(stderr);
  };
  const tls12 = await negotiated(
    '--max-version',
    '1.2',
    '--ciphers',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    '--groups',
    'secp384r1',
  );
  assert.is(tls12.protocol, 'TLSv1.2');
  assert.is(tls12.cipher, 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384');
  assert.is(tls12.group, 'secp384r1');
  const tls13 = await negotiated(
    '--min-version',
    '1.3',
    '--ciphers',
    'TLS_AES_128_GCM_SHA256',
    '--groups',
    'x448,x25519',
  );
  assert.is(tls13.cipher, 'TLS_AES_128_GCM_SHA256');
});

test('failures: exit 1 and one line "castls: CODE: message"', async () => {
  const { port } = await serve(...identity, '--echo', '--min-version', '1.3');
  const target = `127.0.0.1:${port}`;
  const cases: [string[], RegExp][] = [
    [[target], /^castls: ERR_CERT_UNKNOWN_ISSUER: /],
    [[target, '--ca', 'test/fixtures/ca.crt', '--servername', 'other.test'], /^castls: ERR_CERT_NAME_MISMATCH: /],
    [[target, ...trust, '--max-version', '1.2'], /^castls: ERR_ALERT_RECEIVED: .*protocol_version/],
    [[target, '--early-data', 'no-such-file'], /^castls: ERR_INVALID_ARGUMENT: no-such-file/],
    [[target, '--legacy', 'tls1.3'], /argument 'tls1.3' is invalid/],
    [[target, '--dangerous-rc4'], /^castls: ERR_INVALID_ARGUMENT: --dangerous-rc4/],
    [[target, '--ca', 'no-such-file'], /^castls: ERR_INVALID_ARGUMENT: no-such-file/],
    [['127.0.0.1:1'], /^castls: ECONNREFUSED: /],
    [['127.0.0.1'], /^castls: ERR_INVALID_ARGUMENT: .*HOST:PORT/],
    [[target, '--starttls', 'gopher'], /^castls: ERR_INVALID_ARGUMENT: .*gopher/],
    [[target, '--no-such-flag'], /^castls: ERR_INVALID_ARGUMENT: .*--no-such-flag/],
  ];
  for (const [args, expected] of cases) {
    const { code, stdout, stderr } = await run(['connect', ...args], 'x');
    assert.is(code, 1, args.join(' '));
    assert.match(stderr, expected);
    assert.is(stderr.trim().split('\n').length, 1);
    assert.is(stdout, '');
  }
});

test('--early-data: the file goes with the first flight of a resumed session, once a ticket', async () => {
  const { server, port } = await serve(...identity, '--echo', '--early-data');
  const made = folder();
  const [session, file] = [join(made, 'session'), join(made, 'early')];
  writeFileSync(file, 'early bird');
  const args = ['connect', `127.0.0.1:${port}`, ...trust, '--json', '--session', session, '--early-data', file];
  const first = await run(args, 'first');
  assert.is(first.code, 0, first.stderr);
  assert.is(first.stdout, 'first', 'without a session nothing goes early');
  assert.is(JSON.parse(first.stderr).earlyData, false);
  const ticket = readFileSync(session);
  const second = await run(args, 'second');
  assert.is(second.stdout, 'early birdsecond');
  assert.is(JSON.parse(second.stderr).earlyData, true);
  writeFileSync(session, ticket);
  const third = await run(args, 'third');
  assert.is(third.stdout, 'third', 'what was refused is not sent again');
  assert.is(JSON.parse(third.stderr).earlyData, false);
  await server.stop();
});

test('--dangerous-no-verify talks to anybody and says so', async () => {
  const { port } = await serve(...identity, '--echo');
  const { code, stdout, stderr } = await run(['connect', `127.0.0.1:${port}`, '--dangerous-no-verify', '--json'], 'x');
  assert.is(code, 0);
  assert.is(stdout, 'x');
  assert.is(JSON.parse(stderr).authorizationError, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
});

test('client certificates: required, given, refused', async () => {
  const { port } = await serve(...identity, '--echo', '--client-ca', 'test/fixtures/ca.crt', '--require-client-cert');
  const own = ['--cert', 'test/fixtures/client_rsa.crt', '--key', 'test/fixtures/client_rsa.key'];
  const good = await run(['connect', `127.0.0.1:${port}`, ...trust, ...own], 'x');
  assert.is(good.stdout, 'x');
  const bad = await run(['connect', `127.0.0.1:${port}`, ...trust], 'x');
  assert.is(bad.code, 1);
  assert.match(bad.stderr, /castls: ERR_ALERT_RECEIVED: .*certificate_required/);
});

test('a peer that breaks off is a failure: what came was cut off; --allow-truncation takes it', async () => {
  const port = await rawServer(socket => {
    const tls = new TLSSocket(socket, { isServer: true, ...keyPair('server_p256') });
    tls.on('error', () => {});
    tls.on('secure', () => {
      tls.write('half');
      setTimeout(() => socket.end(), 50);
    });
  });
  const { code, stdout, stderr } = await run(['connect', `127.0.0.1:${port}`, ...trust], null);
  assert.is(code, 1);
  assert.is(stdout, 'half');
  assert.match(stderr, /castls: ERR_TRUNCATED: /);
  // With our own end before it, as with servers that just leave; and where that is wanted.
  const ended = await run(['connect', `127.0.0.1:${port}`, ...trust], 'question');
  assert.is(ended.code, 1);
  assert.match(ended.stderr, /castls: ERR_TRUNCATED: /);
  const allowed = await run(['connect', `127.0.0.1:${port}`, ...trust, '--allow-truncation'], 'question');
  assert.is(allowed.code, 0);
  assert.is(allowed.stdout, 'half');
  assert.match(allowed.stderr, /without close_notify/);
});

/** What the client says, how its message begins; the answer; length of the message where it is longer. */
type Step = readonly [request: string, answer: string, length?: number];

/** Protocol::Handshake of MySQL 8, with CLIENT_SSL among its capabilities. */
function mysqlGreeting(): string {
  const payload = `\x0a8.0.36\0\x01\0\0\0saltsalt\0\x00\x8a\x21\x02\0\x00\x00\x15${'\0'.repeat(10)}${'s'.repeat(12)}\0native\0`;
  return `${String.fromCharCode(payload.length)}\0\0\0${payload}`;
}

/** What a server says in the clear, step by step. */
const plainServers: Record<string, { readonly greeting?: string; readonly steps: readonly Step[] }> = {
  smtp: {
    greeting: '220-mail.test hello\r\n220 ESMTP\r\n',
    steps: [
      ['EHLO castls.invalid\r\n', '250-mail.test\r\n250-SIZE 1000\r\n250-STARTTLS\r\n250 HELP\r\n'],
      ['STARTTLS\r\n', '220 go\r\n'],
    ],
  },
  imap: {
    greeting: '* OK ready\r\n',
    steps: [['castls1 STARTTLS\r\n', '* some news\r\ncastls1 OK go\r\n']],
  },
  pop3: { greeting: '+OK ready\r\n', steps: [['STLS\r\n', '+OK go\r\n']] },
  postgres: { steps: [['\0\0\0\x08\x04\xd2\x16\x2f', 'S']] },
  mysql: {
    greeting: mysqlGreeting(),
    steps: [['\x20\0\0\x01\x00\x8a\0\0', '', 36]],
  },
  ldap: {
    steps: [
      [
        '\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037',
        '\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00',
      ],
    ],
  },
  xmpp: {
    steps: [
      [
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='example.test' version='1.0'>",
        "<?xml version='1.0'?><stream:stream><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>",
      ],
      ["<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"],
    ],
  },
};

function plainServer(protocol: string, tail = ''): Promise<number> {
  const { greeting, steps } = plainServers[protocol];
  return rawServer(socket => {
    const left = [...steps];
    let heard = '';
    if (greeting !== undefined) socket.write(Buffer.from(greeting, 'latin1'));
    const listen = (chunk: Buffer): void => {
      heard += chunk.toString('latin1');
      const [request, answer, length = request.length] = left[0];
      if (heard.length < length) return;
      assert.ok(heard.startsWith(request), heard);
      const rest = heard.slice(length);
      heard = '';
      left.shift();
      if (left.length === 0) {
        socket.off('data', listen);
        socket.pause();
        if (rest !== '') socket.unshift(Buffer.from(rest, 'latin1'));
      }
      socket.write(Buffer.from(answer + (left.length === 0 ? tail : ''), 'latin1'));
      if (left.length > 0) return;
      const tls = new TLSSocket(socket as Duplex, { isServer: true, ...keyPair('server_p256') });
      tls.on('error', () => {});
      tls.pipe(tls);
    };
    socket.on('data', listen);
  });
}

for (const protocol of Object.keys(plainServers)) {
  test(`--starttls ${protocol}`, async () => {
    const port = await plainServer(protocol);
    const { code, stdout, stderr } = await run(
      ['connect', `127.0.0.1:${port}`, ...trust, '--starttls', protocol],
      'inside',
    );
    assert.is(stdout, 'inside', stderr);
    assert.is(code, 0);
  });
}

test('--starttls: plain text slipped in behind the reply is refused, and so is a server without TLS', async () => {
  const injected = await plainServer('smtp', '250 injected\r\n');
  const first = await run(['connect', `127.0.0.1:${injected}`, ...trust, '--starttls', 'smtp'], 'x');
  assert.match(first.stderr, /^castls: ERR_UNEXPECTED_MESSAGE: there is plain text where TLS has to begin/);
  const without = await rawServer(
    socket => socket.write('+OK\r\n') && socket.once('data', () => socket.write('-ERR no\r\n')),
  );
  const second = await run(['connect', `127.0.0.1:${without}`, ...trust, '--starttls', 'pop3'], 'x');
  assert.is(second.code, 1);
  assert.match(second.stderr, /^castls: ERR_UNEXPECTED_MESSAGE: the server answers "-ERR no"/);
});

test('an encrypted key by --passphrase, several certificates', async () => {
  const { createPrivateKey } = await import('node:crypto');
  const files = folder();
  const pem = createPrivateKey(keyPair('server_rsa').key).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'open sesame',
  });
  writeFileSync(join(files, 'key'), pem, { mode: 0o600 });
  const rsa = ['--cert', 'test/fixtures/server_rsa.crt', '--key', join(files, 'key'), '--passphrase', 'open sesame'];
  const { port } = await serve(...identity, ...rsa, '--echo');
  const flags = ['--max-version', '1.2', '--ciphers', 'ECDHE-RSA-AES128-GCM-SHA256'];
  const { code, stderr } = await run(['connect', `127.0.0.1:${port}`, ...trust, '--json', ...flags], 'x');
  assert.is(code, 0, stderr);
  assert.is(JSON.parse(stderr).signatureAlgorithm, 'rsa_pss_rsae_sha256');
});

test.run();
