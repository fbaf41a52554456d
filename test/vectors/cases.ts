// Files of groups of tests, as Wycheproof and ACVP have them, read case by case: a file that is damaged, a case that lacks
// a field or a group of something that castls does not have makes a row that says so, and the next case is run.

import { readFileSync } from 'node:fs';
import { TlsError } from '../../src/base/errors.ts';
import type { Report, Suite } from './report.ts';

/** Groups and tests as they stand in the file. */
// biome-ignore lint/suspicious/noExplicitAny: vector files are read as they are
export type Json = any;

/** Something about a vector file, not about castls: no stack helps whoever reads it. */
export class VectorError extends Error {}

/** What a group's `open` answers if castls has nothing to run its cases on. */
export class Skip {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** How to judge the cases of a file. */
export interface CaseSuite<Shared> {
  readonly files: RegExp;
  /** What the cases of a group share: a key, a hash. A Skip is the reason why none of them is run. */
  open?(group: Json, file: Json, name: string): Shared | Skip;
  judge(test: Json, report: Report, shared: Shared, group: Json): void | Promise<void>;
  close?(shared: Shared): void;
}

/** A suite that reads groups of tests. */
export function caseSuite<Shared = undefined>(suite: CaseSuite<Shared>): Suite {
  return {
    files: suite.files,
    async run(path, report, name) {
      const file = readVectors(path);
      const groups = listIn(file, 'testGroups');
      if (groups.length === 0) report.skip('the file has no test groups');
      for (const [i, group] of groups.entries()) await runGroup(suite, report, name, file, group, i);
    },
  };
}

async function runGroup<Shared>(
  suite: CaseSuite<Shared>,
  report: Report,
  name: string,
  file: Json,
  group: Json,
  index: number,
): Promise<void> {
  const id = `group ${group?.tgId ?? index}`;
  await attempted(report, id, async () => {
    const tests = listIn(group, 'tests');
    if (tests.length === 0) report.skip('a group without tests');
    const shared = suite.open?.(group, file, name) as Shared | Skip;
    for (const [i, test] of tests.entries()) {
      if (shared instanceof Skip) report.skip(shared.reason);
      else {
        await attempted(report, test?.tcId ?? `${id}, test ${i}`, () => {
          if (typeof test !== 'object' || test === null) throw new VectorError('no object');
          return suite.judge(test, report, shared, group);
        });
      }
    }
    if (!(shared instanceof Skip)) suite.close?.(shared);
  });
}

/** Runs `judge`; what it throws is a failure of case `id`. */
export async function attempted(report: Report, id: string | number, judge: () => unknown): Promise<void> {
  try {
    await judge();
  } catch (error) {
    report.fail(id, explain(error));
  }
}

/** What went wrong in one line, with the place in the code if neither the file nor castls says it. */
export function explain(error: unknown): string {
  if (error instanceof VectorError) return error.message;
  if (error instanceof TlsError) return `castls threw ${error.code}: ${error.message}`;
  const [what, where = ''] = String((error as Error)?.stack ?? error).split('\n');
  return `${what}, ${where.trim()}: a field of another type than the suite knows, or a fault of the suite`;
}

/** A vector file as JSON. @throws VectorError */
export function readVectors(path: string): Json {
  const text = readFileSync(path, 'utf8');
  if (text.trim() === '') throw new VectorError('the file is empty');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new VectorError(`the file is no JSON: ${(error as Error).message}`);
  }
}

/** The list that `object` has under `field`, or that it is. @throws VectorError */
export function listIn(object: Json, field?: string): Json[] {
  const list = field === undefined ? object : object?.[field];
  if (Array.isArray(list)) return list;
  throw new VectorError(field === undefined ? 'the file is no list' : `no list named ${field}`);
}

/** Bytes of hexadecimal digits. @throws VectorError for a field that is missing or something else */
export function unhex(text: unknown): Uint8Array {
  if (typeof text !== 'string' || !/^([0-9a-f]{2})*$/i.test(text)) {
    throw new VectorError(`a field is ${shown(text)} where hexadecimal bytes have to be`);
  }
  return new Uint8Array(Buffer.from(text, 'hex'));
}

function shown(value: unknown): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

/** What `run` gives, or null where castls refuses with a TlsError; any other error is one of the suite or the file. */
export function unlessRefused<T>(run: () => T): T | null {
  try {
    return run();
  } catch (error) {
    if (error instanceof TlsError) return null;
    throw error;
  }
}
