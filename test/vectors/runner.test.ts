// The vectors runner itself, on small directories made for it: what counts, what is skipped and why, what it exits with,
// and that damaged files and cases make rows instead of ending the run.

import { createHmac } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { externalVectors } from '../support/vectors.ts';
import type { Json } from './cases.ts';
import { Report } from './report.ts';
import { exitCodes, runVectors } from './run.ts';
import { suites } from './suites/index.ts';

interface Run {
  readonly code: number;
  readonly lines: readonly string[];
  /** The closing line. */
  readonly closing: string;
}

/** Runs a directory of these files, by path; objects are written as JSON. */
async function run(files: Readonly<Record<string, unknown>>, words: readonly string[] = []): Promise<Run> {
  const directory = mkdtempSync(join(tmpdir(), 'castls-vectors-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(directory, dirname(path)), { recursive: true });
      const raw = typeof content === 'string' || content instanceof Uint8Array;
      writeFileSync(join(directory, path), raw ? content : JSON.stringify(content));
    }
    return await runDirectory(directory, words);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function runDirectory(directory: string, words: readonly string[] = []): Promise<Run> {
  const lines: string[] = [];
  const code = await runVectors(directory, words, line => lines.push(line));
  return { code, lines, closing: lines.at(-1) ?? '' };
}

function hmacTest(tcId: number, result: string, tag?: string): Json {
  const [key, msg] = ['00'.repeat(32), 'abcd'];
  const right = createHmac('sha256', Buffer.from(key, 'hex')).update(Buffer.from(msg, 'hex')).digest('hex');
  return { tcId, comment: 'made here', flags: ['MadeHere'], key, msg, tag: tag ?? right, result };
}

function hmacFile(tests: readonly Json[], algorithm = 'HMACSHA256'): Json {
  return { algorithm, testGroups: [{ keySize: 256, tagSize: 256, type: 'MacTest', tests }] };
}

const hmac = 'wycheproof/hmac_sha256_test.json';
const wrong = '00'.repeat(32);

test('what passes is counted and exits with 0', async () => {
  const { code, lines, closing } = await run({
    [hmac]: hmacFile([hmacTest(1, 'valid'), hmacTest(2, 'invalid', wrong)]),
  });
  assert.is(code, exitCodes.noFailure);
  assert.is(closing, '2 passed, 0 failed');
  assert.match(lines[0], /^ok {3}wycheproof\/hmac_sha256_test\.json: 2 passed, 0 failed, 0 skipped/);
});

test('a wrong result is a failure with its case, and exits with 1', async () => {
  const file = hmacFile([hmacTest(1, 'valid'), hmacTest(7, 'valid', wrong), hmacTest(8, 'invalid')]);
  const { code, lines, closing } = await run({ [hmac]: file });
  assert.is(code, exitCodes.failure);
  assert.is(closing, '1 passed, 2 failed');
  assert.match(lines.join('\n'), /^FAIL .*\n +7: valid, but refused.*\n +8: invalid, but accepted/m);
});

test('decisions on acceptable cases are counted for each flag, with their reason', async () => {
  const cases = [hmacTest(1, 'acceptable'), hmacTest(2, 'acceptable', wrong), hmacTest(3, 'acceptable', wrong)];
  const { code, lines } = await run({ [hmac]: hmacFile(cases) });
  assert.is(code, exitCodes.noFailure);
  assert.match(lines.join('\n'), /acceptable MadeHere, 1 accepted: \w.*\n +acceptable MadeHere, 2 refused: \w/);
});

test('what a file holds of another suite is counted by itself', () => {
  const report = new Report();
  report.pass();
  report.part = 'BetterTLS';
  report.pass();
  report.fail('bettertls::1', 'refused');
  report.skip('made here');
  report.part = undefined;
  report.fail('rfc5280::1', 'accepted');
  assert.equal([report.passed, report.failed, report.skips], [2, 2, 1]);
  assert.is(report.details()[0], 'of it BetterTLS: 1 passed, 1 failed, 1 skipped');
});

test('files of algorithms that castls lacks are skipped by name; nothing but skips exits with 0', async () => {
  const hkdf = { algorithm: 'HKDF-SM3', testGroups: [{ type: 'HkdfTest', tests: [{ tcId: 1, result: 'valid' }] }] };
  const { code, lines, closing } = await run({
    'wycheproof/hmac_sha512_256_test.json': hmacFile([hmacTest(1, 'valid')], 'HMACSHA512/256'),
    'wycheproof/hmac_sm3_test.json': hmacFile([hmacTest(1, 'valid'), hmacTest(2, 'valid')], 'HMACSM3'),
    'wycheproof/hkdf_sm3_test.json': hkdf,
    'wycheproof/pbkdf2_hmacsm3_test.json': { ...hkdf, algorithm: 'PBKDF2-HMACSM3' },
    'wycheproof/pbes2_hmacsm3_aes_128_test.json': { ...hkdf, algorithm: 'PbeWithHmacSm3AndAes_128' },
    'wycheproof/aegis128_test.json': { algorithm: 'AEGIS128', testGroups: [{ tests: [{}, {}, {}] }] },
    'acvp/HMAC-SHA2-999-2.0.json': { algorithm: 'HMAC-SHA2-999', testGroups: [{ tests: [{ tcId: 1 }] }] },
    'elsewhere/notes.txt': 'no vectors',
  });
  assert.is(code, exitCodes.noFailure);
  assert.is(closing, '0 passed, 0 failed, 11 skipped');
  const text = lines.join('\n');
  for (const reason of [
    'HMACSHA512/256: castls does not implement this hash',
    'skipped 2: HMACSM3: castls does not implement this hash',
    'HKDF-SM3: castls',
    'PBKDF2-HMACSM3: castls',
    'PbeWithHmacSm3: castls',
    'skipped 3: no suite of castls reads AEGIS128 files',
    'SHA2-999: castls does not implement this hash',
    'no suite reads this file',
  ]) {
    assert.ok(text.includes(reason), `${reason} in:\n${text}`);
  }
});

test('groups of curves and parameter sets that castls lacks are skipped, the others run', async () => {
  const group = (curve: string) => ({ curve, encoding: 'ecpoint', tests: [{ tcId: 1, result: 'valid' }] });
  const { code, lines } = await run({
    'wycheproof/ecdh_secp256k1_ecpoint_test.json': { algorithm: 'ECDH', testGroups: [group('secp256k1')] },
    'wycheproof/mlkem_2048_test.json': {
      algorithm: 'ML-KEM',
      testGroups: [{ parameterSet: 'ML-KEM-2048', tests: [{}] }],
    },
    'acvp/ML-DSA-keyGen-FIPS204.json': { testGroups: [{ parameterSet: 'ML-DSA-9', tests: [{ tcId: 1 }] }] },
  });
  assert.is(code, exitCodes.noFailure);
  assert.match(lines.join('\n'), /ML-DSA-9: castls has[\s\S]*secp256k1: castls has[\s\S]*ML-KEM-2048: castls has/);
});

test('empty lists say so, and are no failure', async () => {
  const { code, lines, closing } = await run({
    [hmac]: { algorithm: 'HMACSHA256', testGroups: [] },
    'wycheproof/hmac_sha1_test.json': hmacFile([], 'HMACSHA1'),
    'hpke/rfc9180.json': [],
  });
  assert.is(code, exitCodes.noFailure);
  assert.is(closing, '0 passed, 0 failed, 3 skipped');
  assert.match(lines.join('\n'), /the file has no cases[\s\S]*a group without tests[\s\S]*the file has no test groups/);
});

test('damaged files are failures that say what is wrong with them', async () => {
  const { code, lines, closing } = await run({
    [hmac]: JSON.stringify(hmacFile([hmacTest(1, 'valid')])).slice(0, 100),
    'wycheproof/hmac_sha1_test.json': '',
    'wycheproof/hmac_sha224_test.json': '[]',
    'wycheproof/hmac_sha384_test.json': 'null',
    'wycheproof/hmac_sha512_test.json': { algorithm: 'HMACSHA512', testGroups: [{ tagSize: 1 }, null] },
    'cctv/ML-KEM/modulus/ML-KEM-512.txt.gz': 'no gzip',
    'cctv/ML-KEM/strcmp/ML-KEM-768.txt': 'dk = 00',
    'x509/limbo.json': { testcases: [{ id: 'one' }, null] },
    'x509/pkits/vectors.json': [{ Name: 'one', ShouldValidate: true, CertPath: ['A.crt'], CRLPath: [] }],
  });
  assert.is(code, exitCodes.failure);
  assert.is(closing, '0 passed, 11 failed');
  const text = lines.join('\n');
  for (const reason of [
    'the file is no JSON',
    'the file is empty',
    'no list named testGroups',
    'no list named tests',
    'no gzip',
  ]) {
    assert.ok(text.includes(reason), `${reason} in:\n${text}`);
  }
});

test('a case that lacks something is a failure of its own, and the next one runs', async () => {
  const { tag, ...withoutTag } = hmacTest(2, 'valid');
  const { result, ...withoutResult } = hmacTest(3, 'valid');
  const file = hmacFile([
    hmacTest(1, 'valid'),
    withoutTag,
    withoutResult,
    null,
    { ...hmacTest(5, 'valid'), key: 'xy' },
  ]);
  const { code, lines, closing } = await run({ [hmac]: file });
  assert.ok(tag !== undefined && result !== undefined);
  assert.is(code, exitCodes.failure);
  assert.is(closing, '1 passed, 4 failed');
  const text = lines.join('\n');
  assert.match(text, /2: a field is missing where hexadecimal bytes have to be/);
  assert.match(text, /3: the result is undefined: not valid, invalid or acceptable/);
  assert.match(text, /5: a field is "xy"/);
  assert.not.match(text, / at .*\.ts/);
});

test('words choose files; a directory that is missing or has no file exits with 2', async () => {
  const files = { [hmac]: hmacFile([hmacTest(1, 'valid')]), 'README.md': '# text', 'x509/pkits/certs/A.crt': 'data' };
  assert.is((await run(files, ['hmac'])).closing, '1 passed, 0 failed');
  const nothing = await run(files, ['hkdf']);
  assert.is(nothing.code, exitCodes.nothingToRun);
  assert.match(nothing.lines[0], /no file whose path contains hkdf/);
  assert.is((await run({ 'README.md': '# text' })).code, exitCodes.nothingToRun);
  const missing = await runDirectory(join(tmpdir(), 'castls-no-such-directory'));
  assert.is(missing.code, exitCodes.nothingToRun);
  assert.match(missing.lines[0], /is no directory/);
});

/** One file of the external vectors for each suite, by path. */
function samples(directory: string): Map<string, string> {
  const found = new Map<string, string>();
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  for (const suite of suites) {
    const file = files.find(name => suite.files.test(name));
    if (file !== undefined) found.set(file, join(directory, file));
  }
  return found;
}

/** The file with one group of one case, as JSON; undefined for what is no JSON. */
function reduced(path: string): Json | undefined {
  if (!path.endsWith('.json')) return undefined;
  const file = JSON.parse(readFileSync(path, 'utf8'));
  if (Array.isArray(file)) return file.slice(0, 1);
  if (Array.isArray(file.testcases)) return { ...file, testcases: file.testcases.slice(0, 1) };
  const [group] = file.testGroups;
  return { ...file, testGroups: [{ ...group, tests: group.tests.slice(0, 1) }] };
}

/** Every object below `value` with the ways to it. */
function* objects(value: Json): Generator<Record<string, Json>> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value;
  for (const inner of Object.values(value)) yield* objects(inner);
}

test('external vectors with a field taken away or of another type make rows, whatever suite reads them', async () => {
  const directory = externalVectors('');
  if (directory === undefined) return;
  for (const [name, path] of samples(directory)) {
    const file = reduced(path);
    if (file === undefined) continue;
    for (const object of [...objects(file)].slice(0, 8)) {
      for (const [field, value] of Object.entries(object).slice(0, 40)) {
        for (const replacement of [undefined, 17, 'zz']) {
          if (replacement === undefined) delete object[field];
          else object[field] = replacement;
          const { code, closing, lines } = await run({ [name]: file });
          object[field] = value;
          const counts = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(closing);
          const where = `${name} without ${field} (${replacement})`;
          assert.ok(counts !== null, `${where}: ${closing}`);
          assert.is(code, Number(counts[2]) > 0 ? exitCodes.failure : exitCodes.noFailure, where);
          assert.ok(Number(counts[1]) + Number(counts[2]) + Number(counts[3] ?? 0) > 0, where);
          assert.is(lines.filter(line => /^(ok {2}|FAIL|skip) /.test(line)).length, 1, where);
        }
      }
    }
  }
});

test('external vectors cut short are failures', async () => {
  const directory = externalVectors('');
  if (directory === undefined) return;
  for (const [name, path] of samples(directory)) {
    const whole = readFileSync(path);
    const { code, lines } = await run({ [name]: whole.subarray(0, Math.floor(whole.length / 2) + 1) });
    assert.is(code, exitCodes.failure, `${name}: ${lines.join('\n')}`);
  }
});

test('the certificates of PKITS are missed by name', async () => {
  const directory = externalVectors('x509/pkits');
  if (directory === undefined) return;
  const cases = JSON.parse(readFileSync(join(directory, 'vectors.json'), 'utf8')).slice(0, 3);
  const { code, lines, closing } = await run({ 'x509/pkits/vectors.json': cases });
  assert.is(code, exitCodes.failure);
  assert.is(closing, '0 passed, 3 failed');
  assert.match(lines.join('\n'), /no file certs\/.*\.crt beside vectors\.json/);
});

test('compressed vectors are read', async () => {
  const path = externalVectors('cctv/ML-KEM/modulus/ML-KEM-512.txt.gz');
  if (path === undefined || !existsSync(path)) return;
  const [line] = gunzipSync(readFileSync(path)).toString().split('\n');
  const { code, closing } = await run({ 'cctv/ML-KEM/modulus/ML-KEM-512.txt': `${line}\nabcd\n` });
  assert.is(code, exitCodes.failure);
  assert.is(closing, '1 passed, 1 failed');
});

test.run();
