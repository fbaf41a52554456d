// castls/roots against the package it was made from, where that is installed.

import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mozillaRoots, mozillaRootsSource } from '../../src/roots.ts';
import { parseCertificate } from '../../src/x509/certificate.ts';
import { purposes } from '../../src/x509/extensions.ts';
import { publicKeyText } from '../../src/x509/public_key.ts';

const DIRECTORY = '/usr/share/ca-certificates/mozilla';

test('every anchor has a name and a key that castls can use', () => {
  const anchors = mozillaRoots();
  assert.ok(anchors.length > 100);
  assert.is(mozillaRoots(), anchors);
  for (const anchor of anchors) {
    assert.ok(String(anchor.subject).length > 0);
    assert.match(publicKeyText(anchor.publicKey), /^(RSA (2048|3072|4096)|EC P-(256|384|521))$/);
    assert.equal(anchor.constraints.purposes, [purposes.serverAuth]);
    assert.is(anchor.certificate, undefined);
  }
  assert.match(mozillaRootsSource.date, /^\d{4}-\d{2}-\d{2}$/);
});

test('name and key are those of the certificates in the package', () => {
  if (!existsSync(DIRECTORY)) return console.log(`SKIPPED comparison: no ${DIRECTORY}`);
  const bySubject = new Map(mozillaRoots().map(anchor => [String(anchor.subject), anchor]));
  let same = 0;
  for (const file of readdirSync(DIRECTORY)) {
    const raw = new X509Certificate(readFileSync(join(DIRECTORY, file))).raw;
    const certificate = parseCertificate(new Uint8Array(raw));
    const anchor = bySubject.get(String(certificate.subject));
    if (anchor === undefined) continue;
    assert.equal(anchor.subject.der, certificate.subject.der);
    if (Buffer.compare(anchor.spki, certificate.spki) === 0) same++;
    assert.is(certificate.nameConstraints, undefined);
  }
  // Another version of the package has most of them, too.
  assert.ok(same > 0.7 * mozillaRoots().length, `${same} of ${mozillaRoots().length} are the same`);
});

test('the one authority that Mozilla confines is confined', () => {
  const confined = mozillaRoots().filter(anchor => anchor.constraints.nameConstraints !== undefined);
  assert.equal(
    confined.map(anchor => anchor.subject.attribute('2.5.4.3')),
    ['TUBITAK Kamu SM SSL Kok Sertifikasi - Surum 1'],
  );
  assert.is(confined[0].constraints.nameConstraints?.permitted.length, 9);
});

test.run();
