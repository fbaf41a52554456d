// Runs every vector suite over a directory: a row a file, the reasons below it, then the plain closing line.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { attempted, explain, listIn, VectorError } from './cases.ts';
import { Report } from './report.ts';
import { suites } from './suites/index.ts';

/** What the process exits with. A directory of nothing but skips is no failure; one without any file is a mistake. */
export const exitCodes = { noFailure: 0, failure: 1, nothingToRun: 2 } as const;

/** Data that another file's suite names, and text for people. */
const notVectors = /(\.(crt|crl|der|pem)|(^|\/)(README|LICENSE)[^/]*)$/i;

/**
 * @param directory laid out as ../shared/vectors @param words only files whose path contains one of them, if any
 * @param print gets each line @returns one of exitCodes
 */
export async function runVectors(
  directory: string,
  words: readonly string[],
  print: (line: string) => void,
): Promise<number> {
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    print(`vectors: ${directory} is no directory`);
    return exitCodes.nothingToRun;
  }
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map(file => file.replaceAll('\\', '/'))
    .filter(file => statSync(join(directory, file), { throwIfNoEntry: false })?.isFile() && !notVectors.test(file))
    .filter(file => words.length === 0 || words.some(word => file.includes(word)))
    .sort();
  if (files.length === 0) {
    const wanted = words.length > 0 ? ` whose path contains ${words.join(' or ')}` : '';
    print(`vectors: ${directory} has no file${wanted}`);
  }

  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const file of files) {
    const started = performance.now();
    const report = await runFile(directory, file);
    total.passed += report.passed;
    total.failed += report.failed;
    total.skipped += report.skips;
    const state = report.failed > 0 ? 'FAIL' : report.passed > 0 ? 'ok  ' : 'skip';
    const counts = `${report.passed} passed, ${report.failed} failed, ${report.skips} skipped`;
    print(`${state} ${file}: ${counts} (${Math.round(performance.now() - started)} ms)`);
    for (const line of report.details()) print(`       ${line}`);
  }
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  print(`${total.passed} passed, ${total.failed} failed${skipped}`);
  if (total.failed > 0) return exitCodes.failure;
  return files.length === 0 ? exitCodes.nothingToRun : exitCodes.noFailure;
}

async function runFile(directory: string, file: string): Promise<Report> {
  const report = new Report();
  const path = join(directory, file);
  const suite = suites.find(s => s.files.test(file));
  await attempted(report, 'file', async () => {
    if (suite === undefined) skipUnknown(path, report);
    else await suite.run(path, report, file);
    if (report.passed + report.failed + report.skips === 0) report.skip('the file has no cases');
  });
  return report;
}

/** A file of an algorithm that castls has no suite for: named if the file names it, each of its cases a skip. */
function skipUnknown(path: string, report: Report): void {
  let algorithm: unknown;
  let tests = 0;
  try {
    const file = JSON.parse(readFileSync(path, 'utf8'));
    algorithm = file?.algorithm;
    for (const group of listIn(file, 'testGroups')) tests += listIn(group, 'tests').length;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof VectorError)) throw new VectorError(explain(error));
  }
  const reason =
    typeof algorithm === 'string' ? `no suite of castls reads ${algorithm} files` : 'no suite reads this file';
  for (let i = 0; i < Math.max(1, tests); i++) report.skip(reason);
}
