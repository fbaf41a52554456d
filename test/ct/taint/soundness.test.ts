// The tracer misses nothing that differs: for every subject, each local of the binary whose values differ between two
// secrets, at each instruction that sets it, has its shadow set there.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { subjects } from '../subjects/index.ts';
import { binaryNames, readBinary, subjectsOf } from './binaries.ts';
import { DifferingValues, isMeasure } from './differing_values.ts';
import { placesOf } from './insertions.ts';
import { Tracer } from './tracer.ts';

const SECRET = 9; // one of the two that are compared

/** Every EVERYth subject of the core, which has many of a kind. */
const EVERY = 5;

for (const name of binaryNames) {
  const all = subjectsOf(name, subjects).filter(isMeasure);
  const own = name === 'core' ? all.filter((_, i) => i % EVERY === 0) : all;
  if (own.length === 0) continue;
  test(`${name}: what differs from secret to secret is tainted`, () => {
    const binary = readBinary(name);
    const tracer = new Tracer(binary, { observe: true });
    const places = placesOf(binary);
    const values = new DifferingValues(binary, places);
    let seen = 0;
    for (const subject of own) {
      const tainted = new Set(
        tracer.trace(subject, [SECRET]).flatMap(site => (site.kind === 'flow' ? site.offset : [])),
      );
      const differing = values.of(subject);
      const missed = differing.filter(({ offset }) => !tainted.has(offset));
      assert.equal(missed, [], subject.name);
      seen += differing.length;
    }
    console.log(`${name}: ${places.length} places; over ${own.length} subjects ${seen} times what one holds differs`);
    assert.ok(seen > 0);
  });
}

test.run();
