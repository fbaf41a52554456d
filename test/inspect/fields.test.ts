// castls/inspect: trees of fields over whole, cut and changed messages of every version. The values themselves are compared
// with tshark's in tshark.test.ts.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Field,
  firstProblem,
  HandshakeInspector,
  inspectCertificate,
  inspectHandshake,
  inspectRecords,
  ja3,
  ja4,
  MAX_FIELDS,
  recognizeInput,
  TlsError,
} from '../../src/inspect.ts';
import { concatAll, makePair, pump } from '../support/pair.ts';
import { certificateDer } from '../support/pki.ts';

/** All fields of a tree, the outer ones first. */
function all(field: Field): Field[] {
  return [field, ...(field.children ?? []).flatMap(all)];
}

function clientHello(): Uint8Array {
  return concatAll(makePair({ client: { alpn: ['h2', 'http/1.1'] } }).client.takeOutput());
}

const find = (fields: readonly Field[], name: string): Field => {
  const found = fields.flatMap(all).find(field => field.name === name);
  assert.ok(found, `there is no field ${name}`);
  return found as Field;
};

test('a ClientHello as fields that lie inside one another, in order, and cover the message', () => {
  const message = clientHello().subarray(5);
  const hello = inspectHandshake(message);
  assert.is(firstProblem([hello]), undefined);
  assert.is(hello.name, 'ClientHello');
  assert.is(hello.length, message.length);
  for (const field of all(hello)) {
    let at = field.offset;
    for (const child of field.children ?? []) {
      assert.ok(child.offset >= at && child.offset + child.length <= field.offset + field.length, child.name);
      at = child.offset + child.length;
    }
    if (field.children !== undefined && field.children.length > 0)
      assert.is(at, field.offset + field.length, field.name);
    assert.ok(field.section, field.name);
  }
  assert.is(find([hello], 'host_name').value, 'example.test');
  assert.equal(
    all(hello)
      .filter(({ name }) => name === 'protocol_name')
      .map(({ value }) => value),
    ['h2', 'http/1.1'],
  );
  assert.is(find([hello], 'supported_versions').section, 'RFC 9846 §4.2.1');
});

test('records of a whole direction: messages in the clear are read, the rest is opaque', () => {
  const pair = makePair();
  const records: Uint8Array[] = [];
  pair.server.receive(concatAll(pair.client.takeOutput()));
  records.push(concatAll(pair.server.takeOutput()));
  const { fields, problem } = inspectRecords(concatAll(records));
  assert.is(problem, undefined);
  assert.is(firstProblem(fields), undefined);
  assert.is(find(fields, 'ServerHello').section, 'RFC 9846 §4.1.3');
  assert.ok(find(fields, 'encrypted_record').length > 100);
});

test('a message that is cut anywhere gives the fields that are there and one problem', () => {
  const message = clientHello().subarray(5);
  for (let length = 4; length < message.length; length += 3) {
    const cut = inspectHandshake(message.subarray(0, length));
    const problem = firstProblem([cut]);
    assert.is(problem?.code, 'ERR_DECODE_ERROR', `${length} bytes`);
    assert.ok((problem?.offset ?? 0) <= length);
    for (const field of all(cut)) assert.ok(field.offset + field.length <= length, `${field.name} at ${length}`);
  }
});

test('an extension that is not known is opaque, one that is malformed has its problem and the next is read', () => {
  const inside = (bytes: number[]) => Uint8Array.of(bytes.length >> 8, bytes.length & 0xff, ...bytes);
  // Unknown; supported_groups of an odd length; ALPN.
  const extensions = [...[0x12, 0x34, 0, 2, 7, 7], ...[0, 10, 0, 3, 0, 1, 9], ...[0, 16, 0, 5, 0, 3, 2, 0x68, 0x32]];
  const body = [3, 3, ...new Uint8Array(32), 0, 0, 2, 0x13, 1, 1, 0, ...inside(extensions)];
  const message = Uint8Array.of(1, 0, 0, body.length, ...body);
  const hello = inspectHandshake(message);
  assert.is(find([hello], 'extension').children?.[1].children?.[1].length, 2);
  assert.is(firstProblem([hello])?.code, 'ERR_DECODE_ERROR');
  assert.is(find([hello], 'protocol_name').value, 'h2');
});

test("what castls' own parsers refuse is a problem though every field can be read (illegal_parameter)", () => {
  const body = [3, 3, ...new Uint8Array(32), 0, 0, 2, 0x13, 1, 1, 1];
  const hello = inspectHandshake(Uint8Array.of(1, 0, 0, body.length, ...body));
  assert.is(firstProblem([hello])?.code, 'ERR_ILLEGAL_PARAMETER');
  assert.is(find([hello], 'CompressionMethod').value, 1);
});

test('no input throws, nor gives more fields than the limit', () => {
  const seeds = [clientHello(), certificateDer('server_p256')];
  let state = 7;
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  for (let round = 0; round < 1500; round++) {
    const bytes = seeds[round % 2].slice();
    for (let i = 0; i < 1 + random(6); i++) bytes[random(bytes.length)] = random(256);
    if (round % 2 === 0) {
      inspectRecords(bytes);
      inspectHandshake(bytes.subarray(5), {
        version: 0x0300 + random(5),
        cipherSuite: [0x1301, 0xc02b, 0x9e, 0x2f][random(4)],
      });
      for (let type = 0; type < 26; type++) {
        bytes[5] = type;
        inspectHandshake(bytes.subarray(5, 5 + random(400)), {
          version: 0x0300 + random(5),
          cipherSuite: [0x1301, 0xc02b, 0x9e, 0x2f][random(4)],
        });
      }
    } else inspectCertificate(bytes.subarray(0, bytes.length - random(40)));
  }
});

test('an input of nothing but fields ends at the limit with a problem (ERR_COST_LIMIT)', () => {
  const alerts = new Uint8Array(7 * 40_000);
  for (let at = 0; at < alerts.length; at += 7) alerts.set([21, 3, 3, 0, 2, 1, 0], at);
  const { fields, problem } = inspectRecords(alerts);
  assert.is(problem?.code, 'ERR_COST_LIMIT');
  assert.ok(fields.flatMap(all).length <= MAX_FIELDS);
  // DER that nests as deep as it is long.
  const deep = Uint8Array.from({ length: 5000 }, (_, i) => (i % 2 === 0 ? 0x30 : 0x80));
  assert.ok(firstProblem(inspectCertificate(deep).fields));
});

test('the messages of a connection are read by what its hellos say', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const lines: string[] = [];
    const pair = makePair({ client: { maxVersion: version, keyLog: line => void lines.push(line) } });
    pump(pair);
    assert.is(pair.client.info.protocolVersion, version);
  }
  const inspector = new HandshakeInspector({ version: 0x0303, cipherSuite: 0xc02b });
  const finished = inspector.inspect(Uint8Array.of(20, 0, 0, 12, ...new Uint8Array(12)));
  assert.is(finished.section, 'RFC 5246 §7.4.9');
  assert.is(find([finished], 'verify_data').length, 12);
});

test('a certificate as fields with the names of RFC 5280', () => {
  const { fields, problem } = inspectCertificate(certificateDer('server_p256'));
  assert.is(problem, undefined);
  assert.is(firstProblem(fields), undefined);
  assert.is(find(fields, 'notBefore').section, 'RFC 5280 §4.1.2.5');
  assert.equal(
    fields
      .flatMap(all)
      .filter(({ name }) => name === 'dNSName')
      .map(({ meaning }) => meaning),
    ['localhost', 'example.test'],
  );
});

test('JA3 and JA4 leave GREASE out and tell hellos apart', () => {
  const hello = clientHello();
  assert.is(ja4(hello).hash.slice(0, 10), ja4(hello.subarray(5)).hash.slice(0, 10));
  assert.match(ja4(hello).hash, /^t13d\d{4}h2_[0-9a-f]{12}_[0-9a-f]{12}$/);
  assert.match(ja3(hello).hash, /^[0-9a-f]{32}$/);
  assert.is(ja3(hello).text.split(',').length, 5);
  assert.throws(
    () => ja3(hello.subarray(0, 40)),
    (error: unknown) => error instanceof TlsError && error.code === 'ERR_DECODE_ERROR',
  );
});

test('what people paste is recognized: bytes, hex, dumps, base64, PEM', () => {
  const hello = clientHello();
  const hex = Buffer.from(hello).toString('hex');
  const forms: (Uint8Array | string)[] = [
    hello,
    hex,
    hex.replace(/../g, '$& ').toUpperCase(),
    (hex.match(/../g) as string[]).join(':'),
    Buffer.from(hello).toString('base64'),
    (hex.match(/.{1,32}/g) as string[])
      .map((line, i) => `${(i * 16).toString(16).padStart(8, '0')}  ${line.replace(/../g, '$& ').trim()}  |text|`)
      .join('\n'),
  ];
  for (const form of forms) {
    const { kind, bytes } = recognizeInput(form);
    assert.is(kind, 'records');
    assert.equal(new Uint8Array(bytes), new Uint8Array(hello));
  }
  assert.is(recognizeInput(hello.subarray(5)).kind, 'handshake');
  const pem = `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificateDer('ca')).toString('base64')}\n-----END CERTIFICATE-----\n`;
  assert.is(recognizeInput(pem).kind, 'certificate');
  assert.is(recognizeInput(certificateDer('ca')).kind, 'certificate');
  for (const nothing of ['', 'hello world', 'zz', Uint8Array.of(1, 2, 3)])
    assert.throws(
      () => recognizeInput(nothing),
      (error: unknown) => error instanceof TlsError && error.code === 'ERR_DECODE_ERROR',
    );
});

test.run();
