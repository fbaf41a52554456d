// Trace subjects of MAC-then-encrypt (assembly/core/record/cbc.ts, record_mac.ts): for each MAC, every padding length with
// a good and a bad MAC and with padding that lies, at record lengths on both sides of every edge of the MAC's blocks.

import { createHash, createHmac } from 'node:crypto';
import { recordMacHash } from '../../../src/wasm/record_protection.ts';
import { isMacThenEncrypt, type RecordKind, registeredRecordKinds } from '../registered.ts';
import { type Subject, secretBytes } from '../subject.ts';
import { macKeyOf, makeContext } from './record.ts';

const CONTEXT = 0; // offsets from the scratch area
const KEYS = 0x400;
const RECORD = 0x1000;
const CHAIN = 0x20000;
const HEADER = 5;
const BLOCK = 16; // of AES, so that lengths come in steps of it
const LONGEST_PADDING = 255;

/** Blocks of the MAC's hash in bytes: 64 or 128. */
export function macBlockLength(kind: RecordKind): number {
  return kind.macHash === recordMacHash.sha384 ? 128 : 64;
}

function hashOf(kind: RecordKind): string {
  const found = Object.entries(recordMacHash).find(([, number]) => number === kind.macHash);
  if (found === undefined || createHash(found[0]).digest().length !== kind.macLength) {
    throw new Error(`no hash for MAC ${kind.macHash} of ${kind.macLength} bytes`);
  }
  return found[0];
}

/**
 * Lengths behind header and IV. Short ones begin at the shortest record there is: every block may hold the end of the
 * message. Long ones begin where one block of it cannot (recordMacSecretLength's firstOpen): the longest padding leaves
 * more than that block. Both go on through a whole block of the hash, so that each way of the end to lie in a block occurs.
 */
function lengthsOf(kind: RecordKind): number[] {
  const steps = macBlockLength(kind) / BLOCK;
  const from = (least: number): number[] =>
    Array.from({ length: steps }, (_, i) => BLOCK * (Math.ceil(least / BLOCK) + i));
  const overhead = kind.macLength + 1;
  return [...from(overhead), ...from(overhead + LONGEST_PADDING + macBlockLength(kind))];
}

/** Three faults in turn: none, one bit of the MAC, one byte of the padding; in each, every padding length. */
function judgeSubject(kind: RecordKind, length: number): Subject {
  const paddings = Math.min(LONGEST_PADDING, length - kind.macLength - 1) + 1;
  const hash = hashOf(kind);
  return {
    name: `judge ${kind.name}, ${length} bytes (every padding length, good and bad MAC and padding)`,
    family: 'core',
    secrets: paddings * 3,
    prepare: (trace, index) => {
      const { abi, bytes, scratch } = trace;
      const context = makeContext(trace, kind, CONTEXT, index);
      const padding = index % paddings;
      const fault = Math.floor(index / paddings);
      const contentLength = length - kind.macLength - 1 - padding;
      const record = new Uint8Array(HEADER + BLOCK + length);
      record.set([23, 3, 3, (BLOCK + length) >> 8, (BLOCK + length) & 0xff]);
      const content = secretBytes(index, contentLength);
      const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 23, 3, 3, contentLength >> 8, contentLength & 0xff]);
      const mac = createHmac(hash, macKeyOf(kind, index)).update(header).update(content).digest();
      if (fault === 1) mac[index % mac.length] ^= 0x40;
      const data = HEADER + BLOCK;
      record.set(content, data);
      record.set(mac, data + contentLength);
      record.fill(padding, data + contentLength + kind.macLength);
      if (fault === 2) record[record.length - 1 - (index % (padding + 1))] ^= 0x11;
      const at = scratch + RECORD;
      bytes.set(record, at);
      abi.aesCbcEncryptBlocks(scratch + KEYS, kind.keyLength, 0, scratch + CHAIN, at + data, length);
      return () => {
        const judged = abi.judgeMacThenEncrypt(context, 0, 0, at, length);
        const right = fault === 0 ? judged === contentLength : judged === -1;
        if (!right) throw new Error(`record ${index}, fault ${fault}: judged ${judged}`);
      };
    },
  };
}

export const recordCbcSubjects: readonly Subject[] = registeredRecordKinds()
  .filter(isMacThenEncrypt)
  .flatMap(kind => lengthsOf(kind).map(length => judgeSubject(kind, length)));
