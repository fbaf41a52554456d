// ACVP SHA-1, SHA-2, SHA-3 and SHAKE: single messages, Monte Carlo and large data. Messages of odd bits run for Keccak,
// whose padding takes them; SHA-2 here hashes bytes.

import type { HashAlgorithm } from '../../../src/crypto/hash.ts';
import { shake, wasmHash } from '../../../src/wasm/hash.ts';
import { testCore } from '../../support/core.ts';
import { hex } from '../../support/hex.ts';
import { caseSuite, listIn, Skip, unhex, VectorError } from '../cases.ts';
import type { Report } from '../report.ts';
import { acvpHash } from './hashes.ts';

const core = testCore();

// FIPS 202 §6.1, §6.2, §B.2: domain bits and the first bit of the padding, least significant bit first.
const keccakSuffix = { sha3: { bits: 0x06, length: 3 }, shake: { bits: 0x1f, length: 5 } };

interface Group {
  readonly testType: 'AFT' | 'MCT' | 'VOT' | 'LDT';
  readonly mctVersion?: 'standard' | 'alternate';
  readonly minOutLen?: number;
  readonly maxOutLen?: number;
}

interface Case {
  readonly tcId: number;
  readonly msg: string;
  readonly len: number;
  readonly md: string;
  readonly outLen?: number;
  readonly resultsArray?: readonly { md: string; outLen?: number }[];
  readonly largeMsg?: { content: string; fullLength: number };
}

export const hashSuite = caseSuite<HashAlgorithm>({
  files: /^acvp\/(SHA-1|SHA[23]-\d+)-[\d.]+\.json$/,
  open(_group, file) {
    const hash = acvpHash(file.algorithm);
    return hash instanceof Skip ? hash : wasmHash(core, hash);
  },
  judge(test: Case, report, hash, group: Group) {
    if (group.testType === 'MCT') monteCarlo(hash, group, test, report);
    else if (group.testType === 'LDT') largeData(hash, test, report);
    else oneMessage(hash, test, report);
  },
});

export const shakeSuite = caseSuite<128 | 256>({
  files: /^acvp\/SHAKE-(128|256)-[\d.]+\.json$/,
  open(_group, file) {
    if (file.algorithm === 'SHAKE-128') return 128;
    return file.algorithm === 'SHAKE-256' ? 256 : new Skip(`${file.algorithm} is no SHAKE`);
  },
  judge(test: Case, report, strength, group: Group) {
    if (group.testType === 'MCT') shakeMonteCarlo(strength, group, test, report);
    else {
      const out = keccakBits(200 - strength / 4, keccakSuffix.shake, test, positive(test.outLen));
      report.check(test.tcId, hex(out) === hex(unhex(test.md)), 'wrong output');
    }
  },
});

/** A length that a case cannot do without. */
function positive(value: number | undefined): number {
  if (typeof value === 'number' && value > 0) return value;
  throw new VectorError('a length is missing');
}

function oneMessage(hash: HashAlgorithm, test: Case, report: Report): void {
  const expected = hex(unhex(test.md));
  if (typeof test.len !== 'number') throw new VectorError('the length of the message is missing');
  if (hash.name.startsWith('sha3-')) {
    const digest = keccakBits(hash.blockLength, keccakSuffix.sha3, test, 8 * hash.outputLength);
    report.check(test.tcId, hex(digest) === expected, 'wrong digest');
    if (test.len % 8 !== 0) return;
  } else if (test.len % 8 !== 0) {
    report.skip('SHA-2 of messages that are not whole bytes: no protocol here has them');
    return;
  }
  report.check(test.tcId, hex(hash.digest(unhex(test.msg).subarray(0, test.len / 8))) === expected, 'wrong digest');
}

/** The sponge over a message of `test.len` bits. */
function keccakBits(rate: number, suffix: { bits: number; length: number }, test: Case, outBits: number): Uint8Array {
  const message = unhex(test.msg);
  if (message.length < test.len / 8) throw new VectorError('the message is shorter than its length');
  const whole = test.len >> 3;
  const rest = test.len & 7;
  const { abi, exchange } = core;
  const data = exchange + 256;
  abi.keccakInit(exchange, rate);
  core.bytes.set(message.subarray(0, whole), data);
  abi.keccakAbsorb(exchange, data, whole);
  // ACVP gives the odd bits in the upper part of their byte; Keccak has them in the lower (FIPS 202 §B.1).
  let last = suffix.bits << rest;
  if (rest > 0) last |= message[whole] >> (8 - rest);
  if (rest + suffix.length >= 8) {
    core.bytes[data] = last & 0xff;
    abi.keccakAbsorb(exchange, data, 1);
    last >>= 8;
  }
  abi.keccakFinish(exchange, last);
  const length = Math.ceil(outBits / 8);
  abi.keccakSqueeze(exchange, data, length);
  const out = core.bytes.slice(data, data + length);
  if (outBits % 8 !== 0) out[length - 1] = firstBits(out[length - 1], outBits % 8);
  return out;
}

// The first `count` bits of a Keccak byte as ACVP writes them.
function firstBits(byte: number, count: number): number {
  return byte & ((1 << count) - 1);
}

// ACVP SHA-2 §6.2.1 and SHA-3 §6.2.1: 100 times 1000 digests, each of earlier ones.
function monteCarlo(hash: HashAlgorithm, group: Group, test: Case, report: Report): void {
  let seed: Uint8Array = unhex(test.msg);
  const fixedLength = group.mctVersion === 'alternate' ? seed.length : undefined;
  const parts = hash.name.startsWith('sha3-') ? 1 : 3;
  const results = listIn(test, 'resultsArray').map(result => {
    let last: Uint8Array[] = new Array(parts).fill(seed);
    for (let i = 0; i < 1000; i++) {
      const joined = Buffer.concat(last);
      const message =
        fixedLength === undefined
          ? joined
          : Buffer.concat([joined, Buffer.alloc(fixedLength)]).subarray(0, fixedLength);
      last = [...last.slice(1), hash.digest(message)];
    }
    seed = last[parts - 1];
    return hex(seed) === hex(unhex(result.md));
  });
  report.check(
    test.tcId,
    results.length > 0 && results.every(ok => ok),
    `wrong digest in round ${results.indexOf(false)}`,
  );
}

// ACVP SHA-3 §6.2.2: the last 16 bits of an output say how long the next one is.
function shakeMonteCarlo(strength: 128 | 256, group: Group, test: Case, report: Report): void {
  const least = Math.ceil(positive(group.minOutLen) / 8);
  const most = Math.floor(positive(group.maxOutLen) / 8);
  let output: Uint8Array = unhex(test.msg);
  let length = most;
  const results = listIn(test, 'resultsArray').map(result => {
    for (let i = 0; i < 1000; i++) {
      const message = new Uint8Array(16);
      message.set(output.subarray(0, 16));
      output = shake(core, strength, message, length);
      const bits = (output[output.length - 2] << 8) | output[output.length - 1];
      length = least + (bits % (most - least + 1));
    }
    return hex(output) === hex(unhex(result.md));
  });
  report.check(
    test.tcId,
    results.length > 0 && results.every(ok => ok),
    `wrong output in round ${results.indexOf(false)}`,
  );
}

const LARGEST = 2 ** 30;

// ACVP SHA-2 §6.2.3: a short content repeated to gigabytes.
function largeData(hash: HashAlgorithm, test: Case, report: Report): void {
  if (test.largeMsg === undefined) throw new VectorError('no large message');
  const { content, fullLength } = test.largeMsg;
  const length = fullLength / 8;
  if (length > LARGEST) {
    report.skip('large data tests over 1 GiB: minutes of work for nothing new');
    return;
  }
  const once = unhex(content);
  if (once.length === 0) throw new VectorError('a large message of nothing');
  const piece = new Uint8Array(Buffer.alloc(once.length * Math.max(1, Math.floor(65536 / once.length)), once));
  const state = hash.start();
  for (let at = 0; at < length; at += piece.length)
    state.update(piece.subarray(0, Math.min(piece.length, length - at)));
  report.check(test.tcId, hex(state.digest()) === hex(unhex(test.md)), 'wrong digest');
  state.dispose();
}
