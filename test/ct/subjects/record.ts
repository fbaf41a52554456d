// Trace subjects of assembly/core/record/: sealing and opening of every kind of record that castls' suites use. What
// MAC-then-encrypt does with padding and MAC: record_cbc.ts.

import { recordFormat } from '../../../src/wasm/record_protection.ts';
import { isMacThenEncrypt, type RecordKind, registeredRecordKinds } from '../registered.ts';
import { type Subject, secretBytes, type TraceContext } from '../subject.ts';

const CONTEXT = 0; // offsets from the scratch area
const OTHER_CONTEXT = 0x200;
const KEYS = 0x400; // key, then iv, then MAC key
const IV = 64;
const MAC_KEY = 128;
const RECORD = 0x1000;
const CONTENT = 0x20000;
const APPLICATION_DATA = 23;
const SECRETS = 32;

// A record of single blocks, one of whole batches and a rest (aead/gcm.ts, cipher/aes_ctr.ts, aead/chacha20_poly1305.ts).
const lengths = [40, 1000];

/** A context at `scratch + at` whose keys come from secret `index`; they also stand at `scratch + KEYS`. */
export function makeContext(
  { abi, bytes, scratch }: TraceContext,
  kind: RecordKind,
  at: number,
  index: number,
): number {
  const context = scratch + at;
  const keys = scratch + KEYS;
  bytes.set(secretBytes(index, kind.keyLength), keys);
  bytes.set(secretBytes(index + 100, kind.ivLength), keys + IV);
  bytes.set(secretBytes(index + 200, kind.macLength), keys + MAC_KEY);
  const { cipher, format, keyLength, tagLength, macHash, macLength } = kind;
  abi.recordInit(context, cipher, format, keyLength, tagLength, macHash, macLength, -1, 0);
  abi.recordSetKeys(context, keys, keys + IV, kind.ivLength, keys + MAC_KEY);
  return context;
}

/** The MAC key of secret `index`, as makeContext puts it in place. */
export function macKeyOf(kind: RecordKind, index: number): Uint8Array {
  return secretBytes(index + 200, kind.macLength);
}

/** Seals `length` bytes of secret content from one context, padded in TLS 1.3, in fragments of `fragment`. */
function seal({ abi, scratch }: TraceContext, context: number, length: number, fragment = 16384, padding = 0): number {
  const [content, ivs, record] = [scratch + CONTENT, scratch + KEYS, scratch + RECORD];
  return abi.recordSeal(context, APPLICATION_DATA, content, length, fragment, padding, ivs, record);
}

function sealSubject(kind: RecordKind, length: number): Subject {
  return {
    name: `seal ${kind.name}, ${length} bytes (key, content)`,
    family: 'core',
    secrets: SECRETS,
    prepare: (trace, index) => {
      const context = makeContext(trace, kind, CONTEXT, index);
      trace.bytes.set(secretBytes(index, length), trace.scratch + CONTENT);
      return () => {
        if (seal(trace, context, length) === 0) throw new Error('nothing was sealed');
      };
    },
  };
}

/** Good records, and records with one wrong byte where the tag or the MAC of encrypt-then-MAC stands. */
function openSubject(kind: RecordKind, length: number, forged: boolean): Subject {
  return {
    name: `open ${forged ? 'forged ' : ''}${kind.name}, ${length} bytes (key, content${forged ? ', which byte is wrong' : ''})`,
    family: 'core',
    secrets: SECRETS,
    prepare: (trace, index) => {
      const { abi, bytes, scratch } = trace;
      const sealer = makeContext(trace, kind, CONTEXT, index);
      bytes.set(secretBytes(index, length), scratch + CONTENT);
      const size = seal(trace, sealer, length);
      const opener = makeContext(trace, kind, OTHER_CONTEXT, index);
      const checked = kind.tagLength || kind.macLength;
      if (forged) bytes[scratch + RECORD + size - 1 - (index % checked)] ^= 1 << (index & 7);
      return () => {
        abi.recordOpen(opener, scratch + RECORD, size, 16384);
        if ((abi.recordFailure() !== 0) !== forged) throw new Error(`record ${index}: failure ${abi.recordFailure()}`);
      };
    },
  };
}

/** Three records a call, in TLS 1.3 with padding inside. */
function severalSubject(kind: RecordKind): Subject {
  const padding = kind.format === recordFormat.tls13 ? 7 : 0;
  return {
    name: `seal and open ${kind.name}, three records a call${padding > 0 ? ', padded' : ''} (key, content)`,
    family: 'core',
    secrets: SECRETS,
    prepare: (trace, index) => {
      const { abi, bytes, scratch } = trace;
      const sealer = makeContext(trace, kind, CONTEXT, index);
      const opener = makeContext(trace, kind, OTHER_CONTEXT, index);
      bytes.set(secretBytes(index, 250), scratch + CONTENT);
      return () => {
        const size = seal(trace, sealer, 250, 100, padding);
        const length = abi.recordOpen(opener, scratch + RECORD, size, 16384);
        if (abi.recordCount() !== 3 || length !== 250) throw new Error(`the records of secret ${index} do not open`);
      };
    },
  };
}

/** The same for datagrams, whose caller chooses the sequence number; with the keys put in place under the trace. */
function datagramSubject(kind: RecordKind): Subject {
  return {
    name: `dangerousSealAt and openAt ${kind.name} (key, content)`,
    family: 'core',
    secrets: SECRETS,
    prepare: (trace, index) => {
      const { abi, bytes, scratch } = trace;
      const sealer = makeContext(trace, kind, CONTEXT, index);
      const opener = makeContext(trace, kind, OTHER_CONTEXT, index);
      bytes.set(secretBytes(index, 100), scratch + CONTENT);
      const [keys, record] = [scratch + KEYS, scratch + RECORD];
      return () => {
        abi.recordSetKeys(sealer, keys, keys + IV, kind.ivLength, keys + MAC_KEY);
        const size = abi.recordSealAt(sealer, 77, 1, APPLICATION_DATA, scratch + CONTENT, 100, keys, record);
        abi.recordOpenAt(opener, 77, 1, record, size, 16384);
        if (abi.recordFailure() !== 0) throw new Error(`the record of secret ${index} does not open`);
      };
    },
  };
}

/** Equal, or different in one place. */
const comparison: Subject = {
  name: 'equalBytes (both strings, place of the difference)',
  family: 'core',
  secrets: 66,
  prepare: ({ abi, bytes, scratch }, index) => {
    bytes.set(secretBytes(index, 32), scratch);
    bytes.set(secretBytes(index, 32), scratch + 64);
    if (index % 2 === 1) bytes[scratch + (index >> 1)] ^= 1 << (index & 7);
    return () => abi.equalBytes(scratch, scratch + 64, 32);
  },
};

function subjectsOf(kind: RecordKind): Subject[] {
  // Of a forged MAC-then-encrypt record the outcome is public and padding and MAC are judged before it: record_cbc.ts.
  const forgeries = isMacThenEncrypt(kind) ? [] : lengths.map(length => openSubject(kind, length, true));
  return [
    ...lengths.flatMap(length => [sealSubject(kind, length), openSubject(kind, length, false)]),
    ...forgeries,
    severalSubject(kind),
    datagramSubject(kind),
  ];
}

export const recordSubjects: readonly Subject[] = [...registeredRecordKinds().flatMap(subjectsOf), comparison];
