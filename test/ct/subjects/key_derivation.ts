// Trace subjects of assembly/core/hash/, mac/hmac.ts and kdf/: keys, messages and passwords are secret, lengths are not.

import { hashParameters } from '../../../src/wasm/hash.ts';
import { type Subject, secretBytes, type TraceContext } from '../subject.ts';
import { hashNames } from '../variants.ts';

const STATE = 0x1000; // offsets from the scratch area; the secret stands first
const PUBLIC = 0x2000;
const PUBLIC_LENGTH = 40;
const OUT = 0x3000;
const SECRETS = 36;

/** Longer than a block of any hash: as a key, HMAC hashes it first. */
const LONG_KEY = 200;

interface Hash {
  readonly name: string;
  /** As assembly/core/hash/hash.ts numbers it. */
  readonly number: number;
  readonly outputLength: number;
}

const hashes: readonly Hash[] = hashNames.map(name => ({ name: name.toUpperCase(), ...hashParameters(name) }));

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
    ...[32, LONG_KEY].map(length =>
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
    ...[48, LONG_KEY].map(length =>
      subject(`HKDF-${name} Extract (salt of ${length} bytes)`, length, ({ abi, scratch }) =>
        abi.hkdfExtract(number, scratch, length, 0, 0, scratch + OUT),
      ),
    ),
    subject(`HKDF-${name} Expand (key)`, outputLength, ({ abi, scratch }) =>
      abi.hkdfExpand(number, scratch, outputLength, scratch + PUBLIC, PUBLIC_LENGTH, scratch + OUT, 100),
    ),
    subject(`HKDF-${name} Expand-Label (secret)`, outputLength, ({ abi, scratch }) =>
      abi.hkdfExpandLabel(number, scratch, outputLength, scratch + PUBLIC, 7, scratch + PUBLIC, 32, scratch + OUT, 48),
    ),
    // A premaster secret of finite-field Diffie-Hellman is longer than a block.
    ...[48, LONG_KEY].map(length =>
      subject(`P_${name} (secret of ${length} bytes)`, length, ({ abi, scratch }) =>
        abi.prf12(number, scratch, length, scratch + PUBLIC, PUBLIC_LENGTH, scratch + OUT, 104),
      ),
    ),
    ...[20, LONG_KEY].map(length =>
      subject(`PBKDF2-HMAC-${name} (password of ${length} bytes)`, length, ({ abi, scratch }) =>
        abi.pbkdf2(number, scratch, length, scratch + PUBLIC, PUBLIC_LENGTH, 3, scratch + OUT, 70),
      ),
    ),
  ];
}

export const keyDerivationSubjects: readonly Subject[] = [
  ...hashes.flatMap(subjectsFor),
  ...hashes.map(({ name, number, outputLength }) =>
    subject(`HMAC-${name} verified with the right MAC (key)`, 32, ({ abi, scratch }) => {
      for (const end of ['hmacFinal', 'hmacVerify']) {
        abi.hmacInit(number, scratch + STATE, scratch, 32);
        abi.hmacUpdate(number, scratch + STATE, scratch + PUBLIC, PUBLIC_LENGTH);
        abi[end](number, scratch + STATE, scratch + OUT, outputLength);
      }
    }),
  ),
  ...[128, 256].map(strength =>
    subject(`SHAKE${strength} (message and output)`, 300, ({ abi, scratch }) => {
      abi.keccakInit(scratch + STATE, 200 - strength / 4);
      abi.keccakAbsorb(scratch + STATE, scratch, 300);
      abi.keccakFinish(scratch + STATE, 0x1f);
      abi.keccakSqueeze(scratch + STATE, scratch + OUT, 500);
    }),
  ),
];
