// A list that is made when it is read is what the list would be, and makes nothing before.

import { readFileSync } from 'node:fs';
import { rootCertificates as ofNode } from 'node:tls';
import { inspect } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { whenRead } from '../../src/adapters/node/tls/when_read.ts';
import { checkServerIdentity, rootCertificates } from '../../src/node.ts';

const uses: Readonly<Record<string, (list: readonly number[]) => unknown>> = {
  length: list => list.length,
  index: list => list[1],
  spread: list => [...list].join(),
  json: list => JSON.stringify(list),
  inspect: list => inspect(list),
  keys: list => Object.keys(list).join(),
  'is it an array': list => Array.isArray(list),
  'is it frozen': list => Object.isFrozen(list),
  includes: list => list.includes(3),
  concat: list => [0].concat(list as number[]).join(),
  'own keys': list => Reflect.ownKeys(list).map(String).join(),
  'a write': list => Reflect.set(list, 0, 9),
};

for (const [name, use] of Object.entries(uses)) {
  test(`a list that is made when it is read, by ${name}, is as the list`, () => {
    let made = 0;
    const list = whenRead(() => {
      made++;
      return [1, 2, 3];
    });
    assert.is(made, 0);
    assert.equal(use(list), use(Object.freeze([1, 2, 3])));
    assert.equal([...list], [1, 2, 3]);
    assert.is(made, 1);
  });
}

test("rootCertificates is node's", () => {
  assert.equal([...rootCertificates], [...ofNode]);
  assert.ok(Array.isArray(rootCertificates) && Object.isFrozen(rootCertificates));
});

test('checkServerIdentity is what node says', () => {
  const cert = { subject: { CN: 'a.example' }, subjectaltname: 'DNS:a.example' } as never;
  assert.is(checkServerIdentity('a.example', cert), undefined);
  assert.is((checkServerIdentity('b.example', cert) as { code?: string }).code, 'ERR_TLS_CERT_ALTNAME_INVALID');
});

test('the import of castls/node loads neither node:tls nor asn1js', () => {
  for (const file of ['chunk-base.js', 'chunk-tls.js', 'chunk-node.js', 'node.js']) {
    const text = readFileSync(new URL(`../../build/dist/${file}`, import.meta.url), 'utf8');
    assert.not.match(text, /from"(node:(tls|crypto|zlib|https?)|asn1js)"/, file);
  }
});

test.run();
