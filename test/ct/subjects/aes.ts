// Trace subjects of assembly/core/cipher/aes_*.ts and assembly/core/aead/{gcm,ccm,ghash*}.ts: every path by length, for
// states that are made and states that are found in the cache, right and wrong tags.

import { aeadAlgorithms } from '../../../src/wasm/aead.ts';
import { type Subject, secretBytes, type TraceContext } from '../subject.ts';

const NONCE = 32; // offsets from the scratch area; the key stands first
const TAG = 64;
const AAD = 128;
const AAD_LENGTH = 13;
const DATA = 1024;
const SECRETS = 34;
const ID = 7;

interface Kind {
  readonly mode: 'gcm' | 'ccm';
  readonly keyLength: number;
  readonly length: number;
  /** GCM hashes one that has not 12 bytes. */
  readonly nonceLength: number;
  readonly tagLength: number;
}

function place({ bytes, scratch }: TraceContext, index: number, keyLength: number, length: number): void {
  bytes.set(secretBytes(index, keyLength), scratch);
  bytes.set(secretBytes(1000, 16), scratch + NONCE);
  bytes.set(secretBytes(1001, AAD_LENGTH), scratch + AAD);
  bytes.set(secretBytes(index + 100, length), scratch + DATA);
}

function run({ abi, scratch: at }: TraceContext, verb: 'Seal' | 'Open', kind: Kind, id: number): void {
  abi[`${kind.mode}${verb}General`](
    at,
    kind.keyLength,
    id,
    at + NONCE,
    kind.nonceLength,
    at + AAD,
    AAD_LENGTH,
    at + DATA,
    kind.length,
    at + TAG,
    kind.tagLength,
  );
}

function aeadSubjects(kind: Kind): Subject[] {
  const name = `${kind.mode}, ${8 * kind.keyLength}-bit key, nonce of ${kind.nonceLength}, tag of ${kind.tagLength}, ${kind.length} bytes`;
  const common = { family: 'core', secrets: SECRETS };
  return [
    {
      ...common,
      name: `seal ${name}, new key (key, data)`,
      prepare(trace, index) {
        place(trace, index, kind.keyLength, kind.length);
        return () => run(trace, 'Seal', kind, 0);
      },
    },
    {
      ...common,
      name: `open ${name}, cached key, and drop it (key, data)`,
      prepare(trace, index) {
        place(trace, index, kind.keyLength, kind.length);
        run(trace, 'Seal', kind, ID);
        return () => {
          run(trace, 'Open', kind, ID);
          trace.abi.aesCacheDrop(ID);
        };
      },
    },
    {
      ...common,
      name: `open ${name}, wrong tag (key, data, which byte is wrong)`,
      prepare(trace, index) {
        place(trace, index, kind.keyLength, kind.length);
        run(trace, 'Seal', kind, ID);
        trace.bytes[trace.scratch + TAG + (index % kind.tagLength)] ^= 1 << (index % 8);
        return () => run(trace, 'Open', kind, ID);
      },
    },
  ];
}

function cbcSubjects(keyLength: number): Subject[] {
  return (['Encrypt', 'Decrypt'] as const).map(verb => ({
    name: `aesCbc${verb}Blocks, ${8 * keyLength}-bit key (key, data)`,
    family: 'core',
    secrets: SECRETS,
    prepare(trace, index) {
      const { abi, scratch: at } = trace;
      place(trace, index, keyLength, 112);
      return () => abi[`aesCbc${verb}Blocks`](at, keyLength, 0, at + NONCE, at + DATA, 112);
    },
  }));
}

/** The entry points with nonces of 12 bytes, as the AEADs of src/wasm/aead.ts and the records call them. */
function fixedNonceSubject(name: string, mode: 'gcm' | 'ccm', keyLength: number, tagLength: number): Subject {
  return {
    name: `${mode}Seal and ${mode}Open as ${name}, right and wrong tag (key, data)`,
    family: 'core',
    secrets: SECRETS,
    prepare(trace, index) {
      const { abi, bytes, scratch: at } = trace;
      place(trace, index, keyLength, 100);
      const call = (verb: string) =>
        abi[mode + verb](at, keyLength, 0, at + NONCE, at + AAD, AAD_LENGTH, at + DATA, 100, at + TAG, tagLength);
      return () => {
        call('Seal');
        call('Open');
        bytes[at + TAG + (index % tagLength)] ^= 1 << (index % 8);
        call('Open');
      };
    },
  };
}

/** Of the AEADs by name, those of AES. */
const fixedNonceSubjects = Object.entries(aeadAlgorithms).flatMap(([name, { keyLength, tagLength }]) => {
  const mode = /^aes-\d+-(gcm|ccm)/.exec(name)?.[1] as 'gcm' | 'ccm' | undefined;
  return mode === undefined ? [] : [fixedNonceSubject(name, mode, keyLength, tagLength)];
});

const keyLengths = [16, 24, 32];

// Nothing; single blocks; a bitsliced batch in part, with blocks ahead of the hash's batches; whole batches and a rest.
const gcm: Kind[] = keyLengths.flatMap(keyLength => [
  ...[0, 50, 500, 1130].map((length): Kind => ({ mode: 'gcm', keyLength, length, nonceLength: 12, tagLength: 16 })),
  // A nonce that is hashed: then the counter is a secret.
  { mode: 'gcm', keyLength, length: 1130, nonceLength: 16, tagLength: 12 },
]);
const ccm: Kind[] = keyLengths.flatMap(keyLength => [
  ...[0, 50, 200].map((length): Kind => ({ mode: 'ccm', keyLength, length, nonceLength: 12, tagLength: 16 })),
  { mode: 'ccm', keyLength, length: 100, nonceLength: 13, tagLength: 8 },
]);

export const aesSubjects: readonly Subject[] = [
  ...[...gcm, ...ccm].flatMap(aeadSubjects),
  ...keyLengths.flatMap(cbcSubjects),
  ...fixedNonceSubjects,
];
