// 200 mutants of the shipped binaries: a branch, a load, clz or a division on a local, wherever chance puts it among the
// places where what a local holds differs from secret to secret. The tracer must find each of them. Where values differ is
// found without the tracer (differing_values.ts). The seed comes from the binaries: same binaries, same mutants;
// CASTLS_TAINT_SEED=HEX tries others.

import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Subject } from '../subject.ts';
import { subjects } from '../subjects/index.ts';
import { binaryNames, readBinary, subjectsOf } from './binaries.ts';
import { DifferingValues, isMeasure } from './differing_values.ts';
import { insertBehind, leakCode, leakKinds, type Place, placesOf } from './insertions.ts';
import { isLeak, type Site } from './sites.ts';
import { Tracer } from './tracer.ts';

const MUTANTS = 200;
/** Places that are watched for each mutant that is wanted: not all are reached, and not all hold a secret. */
const WATCHED = 8;
/** Of the core, which has many subjects of a kind, so many by chance. */
const MOST_SUBJECTS = 60;
const SECRET = 9; // one of the two that are compared

const families = binaryNames.filter(name => subjectsOf(name, subjects).length > 0);
const seed = process.env.CASTLS_TAINT_SEED ?? seedOf(families);
console.log(`seed ${seed}`);

function seedOf(names: readonly string[]): string {
  const hash = createHash('sha256');
  for (const name of names) hash.update(readBinary(name));
  return hash.digest('hex').slice(0, 16);
}

/** Numbers from 0 to below 1 that the seed and a name decide. */
function chance(name: string): () => number {
  let count = 0;
  return () => createHash('sha256').update(`${seed} ${name} ${count++}`).digest().readUInt32LE() / 2 ** 32;
}

function pick<T>(from: readonly T[], count: number, random: () => number): T[] {
  const rest = [...from];
  const taken: T[] = [];
  while (taken.length < count && rest.length > 0) taken.push(...rest.splice(Math.floor(random() * rest.length), 1));
  return taken;
}

interface Mutant {
  readonly kind: (typeof leakKinds)[number];
  readonly place: Place;
  /** Differs in what it puts there. */
  readonly subject: Subject;
}

/** Mutants of a binary, no two behind one instruction. */
function mutantsOf(binary: Uint8Array, own: readonly Subject[], count: number, random: () => number): Mutant[] {
  const watched = pick(placesOf(binary), WATCHED * count, random);
  const values = new DifferingValues(binary, watched);
  const differing = new Map<number, { place: Place; by: Subject[] }>();
  for (const subject of own) {
    for (const place of values.of(subject)) {
      const known = differing.get(place.offset) ?? { place, by: [] };
      if (known.place === place) known.by.push(subject);
      differing.set(place.offset, known);
    }
  }
  return pick([...differing.values()], count, random).map(({ place, by }) => ({
    kind: pick(leakKinds, 1, random)[0],
    place,
    subject: pick(by, 1, random)[0],
  }));
}

/** The mutants that the tracer does not report, in the code that was put in for them. */
function missed(binary: Uint8Array, mutants: readonly Mutant[]): Mutant[] {
  const codes = new Map(mutants.map(({ kind, place }) => [place.offset, leakCode(kind, place)]));
  const { binary: mutated, codeBehind } = insertBehind(binary, codes);
  const tracer = new Tracer(mutated);
  const leaks = new Map<Subject, Site[]>();
  for (const { subject } of mutants)
    leaks.set(subject, leaks.get(subject) ?? tracer.trace(subject, [SECRET]).filter(isLeak));
  return mutants.filter(({ place, subject }) => {
    const { begin, end } = codeBehind.get(place.offset)!;
    return !leaks.get(subject)!.some(({ offset }) => offset >= begin && offset < end);
  });
}

let planted = 0;

families.forEach((name, at) => {
  const wanted = Math.ceil((MUTANTS - planted) / (families.length - at));
  const random = chance(name);
  const own = pick(subjectsOf(name, subjects).filter(isMeasure), MOST_SUBJECTS, random);
  const binary = readBinary(name);
  const mutants = mutantsOf(binary, own, wanted, random);
  planted += mutants.length;
  test(`${name}: ${mutants.length} mutants are found`, () => {
    assert.equal(
      missed(binary, mutants).map(({ kind, place, subject }) => `${kind} behind ${place.offset}: ${subject.name}`),
      [],
    );
  });
});

test(`there are ${MUTANTS} mutants`, () => {
  assert.ok(planted >= MUTANTS, `${planted}, with seed ${seed}`);
});

test.run();
