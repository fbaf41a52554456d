// Long inputs, beyond what the trace check runs: whole records and more, long additional data, streams of all hashes. A
// branch that only a message of 4096 bytes reaches is reached here.

import { hashParameters } from '../../../src/wasm/hash.ts';
import { isMacThenEncrypt, registeredRecordKinds } from '../registered.ts';
import { type Subject, secretBytes, type TraceContext } from '../subject.ts';
import { makeContext } from '../subjects/record.ts';
import { hashNames } from '../variants.ts';

const SECRETS = 24;
const NONCE = 64; // offsets from the scratch area; the key stands first
const TAG = 96;
const AAD = 0x1000;
const DATA = 0x20000;
const CONTEXT = 0;
const RECORD = 0x20000;

type Abi = TraceContext['abi'];

/** A subject of the core: key of 64 bytes and `length` bytes of data are secret, nonce and additional data public. */
function long(name: string, length: number, run: (abi: Abi, at: (place: number) => number) => void): Subject {
  return {
    name: `${name} (key, data)`,
    family: 'core',
    secrets: SECRETS,
    prepare({ abi, bytes, scratch }, index) {
      bytes.set(secretBytes(index, 64), scratch);
      bytes.set(secretBytes(1000, 16), scratch + NONCE);
      bytes.set(secretBytes(1001, DATA - AAD), scratch + AAD);
      bytes.set(secretBytes(index + 100, length), scratch + DATA);
      return () => run(abi, place => scratch + place);
    },
  };
}

const gcm = [351, 352, 511, 880, 4096, 16384, 16401, 100_000].flatMap(length =>
  [5, 300].map(aadLength =>
    long(`gcm, ${length} bytes and ${aadLength} of additional data`, length, (abi, at) => {
      const rest = [at(AAD), aadLength, at(DATA), length, at(TAG), 16];
      abi.gcmSealGeneral(at(0), 32, 0, at(NONCE), 12, ...rest);
      abi.gcmOpenGeneral(at(0), 32, 0, at(NONCE), 12, ...rest);
    }),
  ),
);

const gcmHashedNonce = long('gcm with a nonce of 8, 5000 bytes', 5000, (abi, at) => {
  abi.gcmSealGeneral(at(0), 32, 0, at(NONCE), 8, at(AAD), 13, at(DATA), 5000, at(TAG), 16);
});

const ccm = [16384, 60_000].flatMap(length =>
  // From 65280 bytes on the length of additional data is encoded in six bytes (RFC 3610 §2.2).
  [13, 70_000].map(aadLength =>
    long(`ccm, ${length} bytes and ${aadLength} of additional data`, length, (abi, at) => {
      const rest = [at(AAD), aadLength, at(DATA), length, at(TAG), 16];
      abi.ccmSealGeneral(at(0), 16, 0, at(NONCE), 12, ...rest);
      abi.ccmOpenGeneral(at(0), 16, 0, at(NONCE), 12, ...rest);
    }),
  ),
);

const chacha = [16384, 100_001].map(length =>
  long(`chacha20-poly1305, ${length} bytes`, length, (abi, at) => {
    abi.chachaSeal(at(0), at(NONCE), at(AAD), 13, at(DATA), length, at(TAG));
    abi.chachaOpen(at(0), at(NONCE), at(AAD), 13, at(DATA), length, at(TAG));
  }),
);

const hashes = hashNames.flatMap(name =>
  [1000, 100_000].map(length =>
    long(`${name}, ${length} bytes`, length, (abi, at) =>
      abi.hashDigest(hashParameters(name).number, at(DATA), length, at(TAG)),
    ),
  ),
);

const hkdf = (['sha256', 'sha384'] as const).map(name =>
  long(`HKDF-Expand with ${name}, 5000 bytes`, 5000, (abi, at) => {
    const { number, outputLength } = hashParameters(name);
    abi.hkdfExpand(number, at(0), outputLength, at(NONCE), 16, at(DATA), 5000);
  }),
);

/** Whole records of MAC-then-encrypt: what decrypts to noise is judged like everything else. */
const judged = registeredRecordKinds()
  .filter(isMacThenEncrypt)
  .flatMap(kind =>
    [16384, 16640].map(
      (length): Subject => ({
        name: `judge ${kind.name}, ${length} bytes (keys, record)`,
        family: 'core',
        secrets: SECRETS,
        prepare(trace, index) {
          const context = makeContext(trace, kind, CONTEXT, index);
          const at = trace.scratch + RECORD;
          trace.bytes.set([23, 3, 3, length >> 8, length & 0xff], at);
          trace.bytes.set(secretBytes(index, 16 + length), at + 5);
          return () => trace.abi.judgeMacThenEncrypt(context, 0, 0, at, length);
        },
      }),
    ),
  );

export const longSubjects: readonly Subject[] = [
  ...gcm,
  gcmHashedNonce,
  ...ccm,
  ...chacha,
  ...hashes,
  ...hkdf,
  ...judged,
];
