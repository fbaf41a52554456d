// Trace subjects of assembly/core/cipher/aes_*.ts and assembly/core/aead/{gcm,ccm,ghash*}.ts: every path by length, for
// states that are made and states that are found in the cache, right and wrong tags.

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
  /** GCM with a nonce that is hashed. */
  readonly nonceLength: number;
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
    16,
  );
}

function aeadSubjects(kind: Kind): Subject[] {
  const name = `${kind.mode}, ${8 * kind.keyLength}-bit key, nonce of ${kind.nonceLength}, ${kind.length} bytes`;
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
        trace.bytes[trace.scratch + TAG + (index % 16)] ^= 1 << (index % 8);
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

/** The record path's entry points: nonces of 12 bytes. */
function fixedNonceSubject(mode: 'gcm' | 'ccm'): Subject {
  return {
    name: `${mode}Seal and ${mode}Open, right and wrong tag (key, data)`,
    family: 'core',
    secrets: SECRETS,
    prepare(trace, index) {
      const { abi, bytes, scratch: at } = trace;
      place(trace, index, 16, 100);
      const call = (verb: string) =>
        abi[mode + verb](at, 16, 0, at + NONCE, at + AAD, AAD_LENGTH, at + DATA, 100, at + TAG, 16);
      return () => {
        call('Seal');
        call('Open');
        bytes[at + TAG + (index % 16)] ^= 1 << (index % 8);
        call('Open');
      };
    },
  };
}

// Nothing; single blocks; a bitsliced batch in part, with blocks ahead of the hash's batches; whole batches and a rest.
const gcm: Kind[] = [0, 50, 500, 1130].flatMap(length => [
  { mode: 'gcm', keyLength: 16, length, nonceLength: 12 },
  { mode: 'gcm', keyLength: 32, length, nonceLength: 12 },
]);
// A nonce that is hashed: then the counter is a secret.
const longNonce: Kind = { mode: 'gcm', keyLength: 16, length: 1130, nonceLength: 16 };
const ccm: Kind[] = [0, 50, 200].map(length => ({ mode: 'ccm', keyLength: 16, length, nonceLength: 12 }));
const ccm256: Kind = { mode: 'ccm', keyLength: 32, length: 100, nonceLength: 13 };

export const aesSubjects: readonly Subject[] = [
  ...[...gcm, longNonce, ...ccm, ccm256].flatMap(aeadSubjects),
  ...[16, 24, 32].flatMap(cbcSubjects),
  ...(['gcm', 'ccm'] as const).map(fixedNonceSubject),
];
