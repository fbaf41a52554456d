// Trace subjects of assembly/legacy/: keys, what is hashed and what is decrypted are secret, lengths are not.

import { type Subject, secretBytes, type TraceContext } from '../subject.ts';

const SCHEDULE = 0x1000; // offsets from the scratch area; the secret stands first
const IV = 0x2000;
const DATA = 0x3000;
const LONG = 0x4000;
const LONG_LENGTH = 1024 + 136;
const SECRETS = 36;

function subject(name: string, length: number, run: (trace: TraceContext) => void): Subject {
  return {
    name,
    family: 'legacy',
    secrets: SECRETS,
    prepare(trace, index) {
      const { bytes, scratch } = trace;
      bytes.set(secretBytes(index, length), scratch);
      bytes.set(secretBytes(1000, 8), scratch + IV);
      bytes.set(secretBytes(index + 100, 40), scratch + DATA);
      return () => run(trace);
    },
  };
}

export const legacySubjects: readonly Subject[] = [
  subject('MD5 in pieces (message)', 300, ({ abi, scratch }) => {
    abi.md5Init(scratch + SCHEDULE);
    for (const [at, length] of [
      [0, 7],
      [7, 150],
      [157, 143],
    ]) {
      abi.md5Update(scratch + SCHEDULE, scratch + at, length);
    }
    abi.md5Peek(scratch + SCHEDULE, scratch + DATA);
    abi.md5Final(scratch + SCHEDULE, scratch + DATA);
    abi.md5Digest(scratch, 300, scratch + DATA);
  }),
  subject('triple DES (key, data)', 24, ({ abi, scratch }) => {
    abi.tripleDesExpand(scratch, scratch + SCHEDULE);
    abi.tripleDesCbcEncrypt(scratch + SCHEDULE, scratch + IV, scratch + DATA, 40);
    abi.tripleDesCbcDecrypt(scratch + SCHEDULE, scratch + IV, scratch + DATA, 40);
  }),
  // What is decrypted is public: JavaScript writes it, where no taint would follow.
  subject('triple DES, 128 blocks at once and a part of them (key)', 24, ({ abi, bytes, scratch }) => {
    for (let i = 0; i < LONG_LENGTH; i++) bytes[scratch + LONG + i] = 73 * i;
    abi.tripleDesExpand(scratch, scratch + SCHEDULE);
    abi.tripleDesCbcDecrypt(scratch + SCHEDULE, scratch + IV, scratch + LONG, LONG_LENGTH);
  }),
  ...[5, 16].map(length =>
    subject(`RC2, key of ${length} bytes (key, data)`, length, ({ abi, scratch }) => {
      abi.rc2Expand(scratch, length, 8 * length, scratch + SCHEDULE);
      abi.rc2CbcDecrypt(scratch + SCHEDULE, scratch + IV, scratch + DATA, 40);
    }),
  ),
];
