// Signed certificate timestamps (RFC 6962): embedded, in the TLS extension, in OCSP; against logs that the test runs.

import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as x509 from '../../src/x509/index.ts';
import { precertificateTbs } from '../../src/x509/timestamps.ts';
import * as d from '../support/der.ts';
import * as make from '../support/x509_maker.ts';
import { rejects, verify } from '../support/x509_verify.ts';

const SCT_LIST = '1.3.6.1.4.1.11129.2.4.2';
const sha256 = (data: Uint8Array) => new Uint8Array(createHash('sha256').update(data).digest());
const root = make.makeRoot('ct root');
const logKeys = [make.testKey('p256', 'log 0'), make.testKey('rsa', 'log 1')];
const logs = logKeys.map((key, i) => ({ name: `log ${i}`, key: key.spki }));

function vector(octets: number, content: Uint8Array): Uint8Array {
  const length = Uint8Array.from(
    { length: octets },
    (_, i) => Math.floor(content.length / 256 ** (octets - 1 - i)) & 0xff,
  );
  return d.join(length, content);
}

/** A SerializedSCT over `entry` (type and content of RFC 6962 §3.2). */
function timestamp(log: number, entry: Uint8Array, time = make.NOW - 1000, forged = false): Uint8Array {
  const stamp = new Uint8Array(8);
  new DataView(stamp.buffer).setBigUint64(0, BigInt(time));
  const message = d.join(Uint8Array.of(0, 0), stamp, entry, Uint8Array.of(0, 0));
  const signed = make.signature(message, logKeys[log], 'sha256', forged);
  const head = d.join(Uint8Array.of(0), sha256(logKeys[log].spki), stamp, Uint8Array.of(0, 0, 4, log === 0 ? 3 : 1));
  return d.join(head, vector(2, signed));
}

const listOf = (...timestamps: Uint8Array[]) => vector(2, d.join(...timestamps.map(each => vector(2, each))));
const x509Entry = (der: Uint8Array) => d.join(Uint8Array.of(0, 0), vector(3, der));
const fixed = { serial: 5, extensions: [] as Uint8Array[] };

/** A leaf with embedded timestamps, made as a CA does: sign the precertificate's TBS at the logs, then the certificate. */
function logged(timestamps: (entry: Uint8Array) => Uint8Array[], others = [make.altName(make.dns('host.example'))]) {
  const base = make.makeLeaf('host.example', root, { ...fixed, extensions: others });
  const tbs = x509.parseCertificate(base).tbs;
  const entry = d.join(Uint8Array.of(0, 1), sha256(root.key.spki), vector(3, tbs));
  const list = make.extension(SCT_LIST, d.octets(listOf(...timestamps(entry))));
  return make.makeLeaf('host.example', root, { ...fixed, extensions: [...others, list] });
}

test('takes the timestamps out of a TBSCertificate and gets the precertificate back', () => {
  for (const others of [
    [make.altName(make.dns('host.example'))],
    [make.altName(make.dns(`${'a'.repeat(63)}.example`)), make.keyUsage(0)],
  ]) {
    const plain = x509.parseCertificate(make.makeLeaf('host.example', root, { ...fixed, extensions: others }));
    const stamped = x509.parseCertificate(logged(entry => [timestamp(0, entry), timestamp(1, entry)], others));
    assert.equal([...precertificateTbs(stamped.tbs)], [...plain.tbs]);
  }
});

test('counts embedded timestamps of known logs', () => {
  const both = logged(entry => [timestamp(0, entry), timestamp(1, entry)]);
  const check =
    (der: Uint8Array, transparency: x509.TransparencyOptions, more = {}) =>
    () =>
      verify(der, root, { transparency, ...more });
  check(both, { logs })();
  check(both, { logs, minimum: 2 })();
  rejects(check(both, { logs, minimum: 3 }), 'ERR_CERT_TRANSPARENCY', /2 known logs where 3/, 0);
  rejects(check(both, { logs: [] }), 'ERR_CERT_TRANSPARENCY', /0 known logs/, 0);
  const twice = logged(entry => [timestamp(0, entry), timestamp(0, entry, make.NOW - 5)]);
  rejects(check(twice, { logs, minimum: 2 }), 'ERR_CERT_TRANSPARENCY', /1 known logs where 2/, 0);
  const refused: ((entry: Uint8Array) => Uint8Array)[] = [
    entry => timestamp(0, entry, make.NOW - 1000, true),
    entry => timestamp(0, entry, make.NOW + 1000),
    entry => timestamp(0, d.join(entry, Uint8Array.of(0))),
    entry => timestamp(0, entry).slice(0, -1),
    entry => d.join(Uint8Array.of(1), timestamp(0, entry).subarray(1)),
  ];
  for (const make1 of refused) {
    rejects(
      check(
        logged(entry => [make1(entry)]),
        { logs },
      ),
      'ERR_CERT_TRANSPARENCY',
      /0 known logs/,
      0,
    );
  }
  const none = make.makeLeaf('host.example', root);
  rejects(check(none, { logs }), 'ERR_CERT_TRANSPARENCY', /0 known logs/, 0);
});

test('counts timestamps of the TLS extension and of the stapled response', () => {
  const der = make.makeLeaf('host.example', root, { serial: 9 });
  const check = (stapled: x509.StapledStatus) => () => verify(der, root, { transparency: { logs }, stapled });
  check({ timestamps: [timestamp(0, x509Entry(der))] })();
  rejects(check({ timestamps: [timestamp(0, x509Entry(root.der))] }), 'ERR_CERT_TRANSPARENCY', /0 known/, 0);
  const extension = make.extension('1.3.6.1.4.1.11129.2.4.5', d.octets(listOf(timestamp(1, x509Entry(der)))));
  const response = (serial: number) =>
    make.makeOcsp(serial, root, { responder: root.key, singleExtensions: [extension] });
  check({ ocspResponse: response(9) })();
  rejects(check({ ocspResponse: response(10) }), 'ERR_CERT_TRANSPARENCY', /0 known/, 0);
});

test.run();
