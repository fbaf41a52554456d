// Options, read through one table per function: which names there are, what each may be, what stands in for an absent one.
// Two readers: readOptions for castls' own functions, which refuse a name they do not know, and readHostOptions for
// functions in the shape of a host's (node:tls, Deno, Bun), whose callers put keys of their own beside the known ones.
// Each property is read once, so what was checked is what is used.

import { TlsError } from './errors.ts';

/** What an option may be. Made by the functions below. */
export interface OptionRule<T> {
  /** What fits, for people: "an integer from 1 to 7". */
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
  /** What an absent option stands for; undefined without one. */
  readonly fallback: T;
  readonly required?: boolean;
}

/** The options of one function by name. */
export type OptionTable = Readonly<Record<string, OptionRule<unknown>>>;

/** The values of a table, absent ones replaced. */
export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends OptionRule<infer T> ? T : never;
};

/**
 * The options of one of castls' own functions. undefined is absent; null is a value like any other.
 * @param what the function, as messages name it
 * @throws ERR_INVALID_ARGUMENT naming the option: unknown (with the nearest known name), missing or of another kind
 */
export function readOptions<const Table extends OptionTable>(
  what: string,
  table: Table,
  given: unknown,
): OptionValues<Table> {
  const source = objectOf(what, given);
  // Inherited names too: a caller's defaults may stand in a prototype.
  for (const name in source) {
    if (!Object.hasOwn(table, name)) throw unknownOption(what, table, name);
  }
  return valuesOf(what, table, source, false);
}

/**
 * The options of a function in the shape of a host's. Names that are in no table belong to other code and pass; null is
 * absent.
 * @param warn gets a sentence for each name that is nearly a known one; whoever passes it says each sentence once
 * @param foreign names of the host that are known here to belong to others
 * @throws ERR_INVALID_ARGUMENT for a known name with a value that does not fit
 */
export function readHostOptions<const Table extends OptionTable>(
  what: string,
  table: Table,
  given: unknown,
  warn: (sentence: string) => void,
  foreign: ReadonlySet<string> = new Set(),
): OptionValues<Table> {
  const source = objectOf(what, given ?? {});
  for (const name in source) {
    if (Object.hasOwn(table, name) || foreign.has(name)) continue;
    const nearest = nearestName(name, Object.keys(table));
    if (nearest !== undefined) warn(`${what}: the option ${name} is not known and has no effect; is ${nearest} meant?`);
  }
  return valuesOf(what, table, source, true);
}

/** Refuses options that contradict each other or of which one would be ignored. @throws ERR_INVALID_ARGUMENT */
export function refuseBeside(what: string, values: object, one: string, others: readonly string[]): void {
  const given = values as Record<string, unknown>;
  if (given[one] === undefined || given[one] === null) return;
  for (const other of others) {
    if (given[other] === undefined || given[other] === null) continue;
    throw new TlsError('ERR_INVALID_ARGUMENT', `${what}: ${other} has no effect beside ${one}: give one of them`);
  }
}

function objectOf(what: string, given: unknown): Record<string, unknown> {
  if ((typeof given === 'object' || typeof given === 'function') && given !== null && !Array.isArray(given))
    return given as Record<string, unknown>;
  throw new TlsError('ERR_INVALID_ARGUMENT', `${what}: the options are ${described(given)}, not an object`);
}

function valuesOf<Table extends OptionTable>(
  what: string,
  table: Table,
  source: Record<string, unknown>,
  nullIsAbsent: boolean,
): OptionValues<Table> {
  const values: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(table)) {
    const value = source[name];
    const absent = value === undefined || (nullIsAbsent && value === null);
    if (absent && rule.required)
      throw new TlsError('ERR_INVALID_ARGUMENT', `${what}: the option ${name} is missing: ${rule.expected}`);
    if (!absent && !rule.accepts(value)) {
      throw new TlsError('ERR_INVALID_ARGUMENT', `${what}: ${name} is ${misfit(value, rule)}, not ${rule.expected}`);
    }
    values[name] = absent ? rule.fallback : value;
  }
  return values as OptionValues<Table>;
}

function unknownOption(what: string, table: OptionTable, name: string): TlsError {
  return new TlsError('ERR_INVALID_ARGUMENT', `${what} has no option ${name}: ${hintOf(name, Object.keys(table))}`);
}

function hintOf(name: string, names: readonly string[]): string {
  const nearest = nearestName(name, names);
  return nearest === undefined ? `it has ${names.join(', ') || 'none'}` : `did you mean ${nearest}?`;
}

function misfit(value: unknown, { expected }: OptionRule<unknown>): string {
  return Array.isArray(value) && expected.startsWith('an array') ? 'another array' : described(value);
}

/** A value for people. Never its content where it may be a secret: only short words and numbers are shown. */
function described(value: unknown): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return `${value}`;
  if (typeof value === 'string') return /^[\w.-]{0,24}$/.test(value) ? `'${value}'` : 'a string';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`;
}

// --- Kinds

/** A rule whose option is undefined where it is absent. */
export function rule<T>(expected: string, accepts: (value: unknown) => boolean): OptionRule<T | undefined> {
  return { expected, accepts, fallback: undefined };
}

/** The same with a value for an absent option. */
export function withDefault<T, D extends T>(kind: OptionRule<T | undefined>, fallback: D): OptionRule<T> {
  return { ...kind, fallback } as OptionRule<T>;
}

/** The same for an option that may not be absent. */
export function required<T>(kind: OptionRule<T | undefined>): OptionRule<T> {
  return { ...kind, required: true } as unknown as OptionRule<T>;
}

/** A value of `kind`, or null, which means something of its own. */
export function orNull<T>(kind: OptionRule<T | undefined>): OptionRule<T | null | undefined> {
  return rule(`${kind.expected} or null`, value => value === null || kind.accepts(value));
}

/** A value of one of two kinds. */
export function either<A, B>(
  a: OptionRule<A | undefined>,
  b: OptionRule<B | undefined>,
): OptionRule<A | B | undefined> {
  return rule(`${a.expected} or ${b.expected}`, value => a.accepts(value) || b.accepts(value));
}

/** An array whose members are all of `kind`. */
export function listOf<T>(kind: OptionRule<T | undefined>): OptionRule<readonly T[] | undefined> {
  return rule(`an array, each of it ${kind.expected}`, value => Array.isArray(value) && value.every(kind.accepts));
}

/** One of `words`. */
export function oneOf<const T extends string | number | boolean>(...words: readonly T[]): OptionRule<T | undefined> {
  return rule(alternatives(words), value => (words as readonly unknown[]).includes(value));
}

function alternatives(words: readonly unknown[]): string {
  return words.map(word => (typeof word === 'string' ? `'${word}'` : `${word}`)).join(' or ');
}

/** An integer from `least` to `most`. */
export function integer(least: number, most: number): OptionRule<number | undefined> {
  const fits = (value: unknown) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
  return rule(`an integer from ${least} to ${most}`, fits);
}

export const flag: OptionRule<boolean | undefined> = rule('true or false', value => typeof value === 'boolean');
export const text: OptionRule<string | undefined> = rule('a string', value => typeof value === 'string');
export const bytes: OptionRule<Uint8Array | undefined> = rule('a Uint8Array', isBytes);
/** Milliseconds since the epoch, or a Date, which must be a valid one. */
export const instant: OptionRule<number | Date | undefined> = rule('a Date or milliseconds since the epoch', value =>
  Number.isFinite(value instanceof Date ? value.getTime() : value),
);

/** A function. `T` says which. */
export function callable<T>(): OptionRule<T | undefined> {
  return rule('a function', value => typeof value === 'function');
}

/** An object that is no array. `T` says which; `has` are properties that it must have. */
export function objectWith<T>(expected: string, ...has: readonly string[]): OptionRule<T | undefined> {
  return rule(
    expected,
    value => typeof value === 'object' && value !== null && !Array.isArray(value) && has.every(name => name in value),
  );
}

/** An object of the class that `global` names on this host; of none where the host has no such class. */
export function instantiated<T>(expected: string, global: string): OptionRule<T | undefined> {
  return rule(expected, value => {
    const type = (globalThis as Record<string, unknown>)[global];
    return typeof type === 'function' && value instanceof type;
  });
}

/** Anything: whoever reads it checks it. */
export function unchecked<T>(): OptionRule<T | undefined> {
  return rule('anything', () => true);
}

/** A Uint8Array of any realm. */
function isBytes(value: unknown): boolean {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]';
}

// --- The nearest name

/**
 * The known name that a wrong one stands for: the same but for case and separators, or a few letters away - none for
 * names of up to three letters, one up to five, two above.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const plain = normalized(name);
  const most = plain.length <= 3 ? 0 : plain.length <= 5 ? 1 : 2;
  let best: string | undefined;
  let bestDistance = most + 1;
  for (const candidate of known) {
    const other = normalized(candidate);
    if (Math.abs(other.length - plain.length) >= bestDistance) continue;
    const distance = editDistance(plain, other);
    if (distance >= bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

function normalized(name: string): string {
  return name.slice(0, 64).replace(/[-_]/g, '').toLowerCase();
}

/** Insertions, deletions, replacements and swaps of neighbours (the optimal string alignment distance). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.length];
}
