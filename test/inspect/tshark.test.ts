// castls/inspect against tshark, field by field and by value: each row of the map says which of our fields are which of
// tshark's. On recordings of every version, decrypted on both sides by the same key log. What tshark shows and no row
// names is listed with its reason, or fails.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withPeer } from '../support/peers.ts';
import { pdmlOf, recordings } from './recordings.ts';
import { map, seenOf, size, unmapped } from './tshark_map.ts';

/** tshark's fields by name: bytes in hex, or their number. */
function tsharkFields(pdml: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [, attributes] of pdml.matchAll(/<field ([^>]*?)\/?>/g)) {
    const of = Object.fromEntries([...attributes.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
    const { name = '', value, show, size: length } = of;
    if (!/^(tls|x509|pkcs1|pkix1|ocsp|ber)/.test(name)) continue;
    // The type of what is inside of a record of TLS 1.3 stands in no byte of it that tshark points at.
    const inner = name === 'tls.record.content_type' ? Number(show).toString(16).padStart(2, '0') : null;
    const text =
      inner !== null
        ? inner
        : name.startsWith('tls.handshake.ja3')
          ? show
          : value === undefined || value === ''
            ? size(Number(length))
            : value;
    found.set(name, [...(found.get(name) ?? []), text]);
  }
  return found;
}

withPeer('tshark', ['tshark'], () => {
  test('the map names at least 150 fields', () => {
    assert.ok(Object.keys(map).length >= 150, `${Object.keys(map).length} rows`);
  });

  test('every mapped field has the values that tshark shows, on recordings of every version', async () => {
    const met = new Set<string>();
    const wrong: string[] = [];
    for (const recording of await recordings()) {
      const theirs = tsharkFields(await pdmlOf(recording));
      const ours = seenOf(recording);
      for (const [name, values] of theirs) {
        const row = map[name];
        if (row === undefined) {
          if (!Object.hasOwn(unmapped, name))
            wrong.push(`${recording.name}: ${name} has no row: ${values.slice(0, 3)}`);
          continue;
        }
        met.add(name);
        const [a, b] = [values, row(ours)].map(list => [...list].sort());
        if (JSON.stringify(a) === JSON.stringify(b)) continue;
        const extra = (list: string[], other: string[]) =>
          list
            .filter(value => !other.includes(value))
            .map(value => value.slice(0, 60))
            .slice(0, 4);
        wrong.push(
          `${recording.name}: ${name}: tshark has ${a.length}, ${extra(a, b)}; we have ${b.length}, ${extra(b, a)}`,
        );
      }
    }
    assert.equal(wrong, []);
    const never = Object.keys(map).filter(name => !met.has(name));
    assert.equal(never, [], 'rows that no recording has');
    console.log(`${met.size} fields agree; not mapped: ${Object.keys(unmapped).join(', ')}`);
  });
});

test.run();
