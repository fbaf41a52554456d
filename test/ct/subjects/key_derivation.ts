// Trace subjects of assembly/core/hash/, mac/hmac.ts and kdf/: keys, messages and passwords are secret, lengths are not.

import { type Subject, secretBytes, type TraceContext } from '../subject.ts';

const STATE = 0x1000; // offsets from the scratch area; the secret stands first
const PUBLIC = 0x2000;
const PUBLIC_LENGTH = 40;
const OUT = 0x3000;
const SECRETS = 36;

// The numbers of assembly/core/hash/hash.ts; one for each compression function.
const hashes = [
  { name: 'SHA-1', number: 0, outputLength: 20 },
  { name: 'SHA-224', number: 1, outputLength: 28 },
  { name: 'SHA-256', number: 2, outputLength: 32 },
  { name: 'SHA-384', number: 3, outputLength: 48 },
  { name: 'SHA-512', number: 4, outputLength: 64 },
  { name: 'SHA3-256', number: 6, outputLength: 32 },
];

type Hash = (typeof hashes)[number];

function subject(name: string, length: number, run: (trace: TraceContext) => void): Subject {
  return {
    name,
    family: 'core',
    secrets: SECRETS,
    prepare(trace, index) {
      const { bytes, scratch } = trace;
      bytes.set(secretBytes(index, length), scratch);
      bytes.set(secretBytes(1000, PUBLIC_LENGTH), scratch + PUBLIC);
      return () => run(trace);
    },
  };
}

function subjectsFor({ name, number, outputLength }: Hash): Subject[] {
  return [
    subject(`${name} in pieces (message)`, 300, ({ abi, scratch }) => {
      abi.hashInit(number, scratch + STATE);
      for (const [at, length] of [
        [0, 7],
        [7, 150],
        [157, 143],
      ]) {
        abi.hashUpdate(number, scratch + STATE, scratch + at, length);
      }
      abi.hashPeek(number, scratch + STATE, scratch + OUT);
      abi.hashFinal(number, scratch + STATE, scratch + OUT);
      abi.hashDigest(number, scratch, 300, scratch + OUT);
    }),
    ...[32, 200].map(length =>
      subject(`HMAC-${name}, key of ${length} bytes (key)`, length, ({ abi, scratch }) => {
        abi.hmacInit(number, scratch + STATE, scratch, length);
        abi.hmacUpdate(number, scratch + STATE, scratch + PUBLIC, PUBLIC_LENGTH);
        abi.hmacFinal(number, scratch + STATE, scratch + OUT);
      }),
    ),
    subject(`HMAC-${name} verified (key, place of the difference)`, outputLength, ({ abi, scratch }) => {
      abi.hmacInit(number, scratch + STATE, scratch, outputLength);
      abi.hmacUpdate(number, scratch + STATE, scratch + PUBLIC, PUBLIC_LENGTH);
      abi.hmacVerify(number, scratch + STATE, scratch, outputLength);
    }),
    subject(`HKDF-${name} Extract (input keying material)`, 48, ({ abi, scratch }) =>
      abi.hkdfExtract(number, scratch + PUBLIC, PUBLIC_LENGTH, scratch, 48, scratch + OUT),
    ),
    subject(`HKDF-${name} Extract (salt)`, 48, ({ abi, scratch }) =>
      abi.hkdfExtract(number, scratch, 48, 0, 0, scratch + OUT),
    ),
    subject(`HKDF-${name} Expand (key)`, outputLength, ({ abi, scratch }) =>
      abi.hkdfExpand(number, scratch, outputLength, scratch + PUBLIC, PUBLIC_LENGTH, scratch + OUT, 100),
    ),
    subject(`HKDF-${name} Expand-Label (secret)`, outputLength, ({ abi, scratch }) =>
      abi.hkdfExpandLabel(number, scratch, outputLength, scratch + PUBLIC, 7, scratch + PUBLIC, 32, scratch + OUT, 48),
    ),
    subject(`P_${name} (secret)`, 48, ({ abi, scratch }) =>
      abi.prf12(number, scratch, 48, scratch + PUBLIC, PUBLIC_LENGTH, scratch + OUT, 104),
    ),
    subject(`PBKDF2-HMAC-${name} (password)`, 20, ({ abi, scratch }) =>
      abi.pbkdf2(number, scratch, 20, scratch + PUBLIC, PUBLIC_LENGTH, 3, scratch + OUT, 70),
    ),
  ];
}

export const keyDerivationSubjects: readonly Subject[] = [
  ...hashes.flatMap(subjectsFor),
  subject('HMAC-SHA-256 verified with the right MAC (key)', 32, ({ abi, scratch }) => {
    for (const end of ['hmacFinal', 'hmacVerify']) {
      abi.hmacInit(2, scratch + STATE, scratch, 32);
      abi.hmacUpdate(2, scratch + STATE, scratch + PUBLIC, PUBLIC_LENGTH);
      abi[end](2, scratch + STATE, scratch + OUT, 32);
    }
  }),
  subject('SHAKE256 (message and output)', 300, ({ abi, scratch }) => {
    abi.keccakInit(scratch + STATE, 136);
    abi.keccakAbsorb(scratch + STATE, scratch, 300);
    abi.keccakFinish(scratch + STATE, 0x1f);
    abi.keccakSqueeze(scratch + STATE, scratch + OUT, 500);
  }),
];
