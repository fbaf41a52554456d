// Trace subjects of SSL 3.0, TLS 1.0 and TLS 1.1 (assembly/legacy/older_*.ts, rc4.ts): MAC-then-encrypt with every padding
// length, good and bad, on both sides of every edge of the MAC's blocks; key derivation; RC4.

import { recordMac } from '../../twins/older.ts';
import { type Subject, secretBytes, type TraceContext } from '../subject.ts';

const KEY = 0; // offsets from the scratch area
const OUT = 0x400;
const DATA = 0x1000;
const SECRETS = 36;

interface Kind {
  readonly name: string;
  /** As assembly/legacy/older_mac.ts numbers them. */
  readonly kind: number;
  readonly hash: 'md5' | 'sha1';
  /** Null in SSL 3.0. */
  readonly version: number | null;
}

export const olderKinds: readonly Kind[] = [
  { name: 'TLS 1.0 HMAC-MD5', kind: 0, hash: 'md5', version: 0x301 },
  { name: 'TLS 1.0 HMAC-SHA-1', kind: 1, hash: 'sha1', version: 0x301 },
  { name: 'SSL 3.0 MD5', kind: 2, hash: 'md5', version: null },
  { name: 'SSL 3.0 SHA-1', kind: 3, hash: 'sha1', version: null },
];

const macLengthOf = ({ hash }: Kind): number => (hash === 'md5' ? 16 : 20);

/** Three faults in turn: none, one bit of the MAC, a padding that lies; in each, every padding length. */
function judgeSubject(kind: Kind, block: number, length: number): Subject {
  const macLength = macLengthOf(kind);
  const widest = kind.version === null ? block - 1 : 255;
  const paddings = Math.min(widest, length - macLength - 1) + 1;
  return {
    name: `judge ${kind.name}, blocks of ${block}, ${length} bytes (every padding length, good and bad MAC and padding)`,
    family: 'legacy',
    secrets: Math.max(SECRETS, paddings * 3),
    prepare(trace, index) {
      const { abi, bytes, scratch } = trace;
      const padding = index % paddings;
      const fault = Math.floor(index / paddings) % 3;
      const key = secretBytes(index, macLength);
      const content = secretBytes(index + 500, length - macLength - 1 - padding);
      const mac = recordMac(kind.hash, key, 7n, 23, kind.version, content);
      if (fault === 1) mac[index % macLength] ^= 0x40;
      const record = new Uint8Array(length).fill(padding);
      record.set(content);
      record.set(mac, content.length);
      // Longer than there is room for: no padding, whatever the MAC.
      if (fault === 2) record[length - 1] = 255;
      bytes.set(key, scratch + KEY);
      bytes.set(record, scratch + DATA);
      return () => {
        const version = kind.version ?? 0;
        const at = scratch + DATA;
        const judged = abi.olderJudgeBlocks(kind.kind, scratch + KEY, 7, 0, 23, version, at, length, block);
        if (fault === 0 && judged !== content.length) throw new Error(`record ${index}: judged ${judged}`);
        if (fault === 1 && judged !== -1) throw new Error(`record ${index}, bad MAC: judged ${judged}`);
      };
    },
  };
}

/** Lengths through a whole block of the hash, from the shortest, and where the longest padding leaves more than that. */
function lengthsOf(kind: Kind, block: number): number[] {
  const least = Math.ceil((macLengthOf(kind) + 1) / block) * block;
  const steps = 64 / block;
  const from = (start: number) => Array.from({ length: steps + 1 }, (_, i) => start + i * block);
  const long = kind.version === null ? least + 128 : least + 320;
  return [...from(least), ...from(long)];
}

function sealSubject(kind: Kind, block: number): Subject {
  return subject(`seal ${kind.name}, blocks of ${block} (key, content)`, 512, ({ abi, scratch }) => {
    for (const length of [0, 1, 100, 300]) {
      abi.olderSeal(kind.kind, scratch + KEY, 1, 2, 23, kind.version ?? 0, scratch + DATA, length, block);
    }
  });
}

function streamSubject(kind: Kind): Subject {
  const macLength = macLengthOf(kind);
  return {
    name: `judge ${kind.name}, a stream cipher (good and bad MAC)`,
    family: 'legacy',
    secrets: SECRETS,
    prepare({ abi, bytes, scratch }, index) {
      const key = secretBytes(index, macLength);
      const content = secretBytes(index + 500, 120);
      const mac = recordMac(kind.hash, key, 7n, 23, kind.version, content);
      if (index % 2 === 1) mac[index % macLength] ^= 1;
      bytes.set(key, scratch + KEY);
      bytes.set(content, scratch + DATA);
      bytes.set(mac, scratch + DATA + 120);
      return () => {
        const at = scratch + DATA;
        const judged = abi.olderJudgeStream(kind.kind, scratch + KEY, 7, 0, 23, kind.version ?? 0, at, 120 + macLength);
        if (judged !== (index % 2 === 1 ? -1 : 120)) throw new Error(`record ${index}: judged ${judged}`);
      };
    },
  };
}

function subject(name: string, length: number, run: (trace: TraceContext) => void): Subject {
  return {
    name,
    family: 'legacy',
    secrets: SECRETS,
    prepare(trace, index) {
      const { bytes, scratch } = trace;
      bytes.set(secretBytes(index, length), scratch + KEY);
      bytes.set(secretBytes(index + 100, 400), scratch + DATA);
      return () => run(trace);
    },
  };
}

export const olderSubjects: readonly Subject[] = [
  ...olderKinds.flatMap(kind =>
    [8, 16].flatMap(block => [
      ...lengthsOf(kind, block).map(length => judgeSubject(kind, block, length)),
      sealSubject(kind, block),
    ]),
  ),
  ...olderKinds.map(streamSubject),
  ...[5, 16].map(length =>
    subject(`RC4, key of ${length} bytes (key, data)`, length, ({ abi, scratch }) => {
      abi.rc4Init(scratch + KEY, length, scratch + OUT);
      abi.rc4Apply(scratch + OUT, scratch + DATA, 100);
      abi.rc4Apply(scratch + OUT, scratch + DATA + 100, 31);
    }),
  ),
  ...[47, 48, 256].map(length =>
    subject(`PRF of TLS 1.0, secret of ${length} bytes (secret)`, length, ({ abi, scratch }) => {
      abi.prf10(scratch + KEY, length, scratch + DATA, 77, scratch + OUT, 104);
    }),
  ),
  subject('derivation of SSL 3.0 (secret)', 48, ({ abi, scratch }) => {
    abi.ssl3Derive(scratch + KEY, 48, scratch + DATA, 64, scratch + OUT, 136);
  }),
  subject('digests of SSL 3.0 (master secret)', 48, ({ abi, scratch }) => {
    abi.ssl3Digest(scratch + KEY, scratch + DATA, 200, scratch + OUT);
  }),
];
