// Trace subjects of assembly/core/record/: sealing and opening of every kind of record.

import { createHmac } from 'node:crypto';
import { type Subject, secretBytes, type TraceContext } from '../subject.ts';

const CONTEXT = 0; // offsets from the scratch area
const KEYS = 0x400;
const RECORD = 0x1000;
const CONTENT = 0x20000;

interface Kind {
  readonly name: string;
  readonly cipher: number;
  readonly format: number;
  readonly keyLength: number;
  readonly tagLength: number;
  readonly macHash: number;
  readonly macLength: number;
}

const kinds: readonly Kind[] = [
  { name: '1.3 AES-128-GCM', cipher: 0, format: 0, keyLength: 16, tagLength: 16, macHash: 0, macLength: 0 },
  { name: '1.3 AES-256-GCM', cipher: 0, format: 0, keyLength: 32, tagLength: 16, macHash: 0, macLength: 0 },
  { name: '1.3 ChaCha20-Poly1305', cipher: 2, format: 0, keyLength: 32, tagLength: 16, macHash: 0, macLength: 0 },
  { name: '1.3 AES-128-CCM', cipher: 1, format: 0, keyLength: 16, tagLength: 16, macHash: 0, macLength: 0 },
  { name: '1.2 AES-128-GCM', cipher: 0, format: 1, keyLength: 16, tagLength: 16, macHash: 0, macLength: 0 },
  { name: '1.2 ChaCha20-Poly1305', cipher: 2, format: 2, keyLength: 32, tagLength: 16, macHash: 0, macLength: 0 },
  { name: '1.2 AES-128-CBC-SHA', cipher: 3, format: 3, keyLength: 16, tagLength: 0, macHash: 1, macLength: 20 },
  { name: '1.2 AES-256-CBC-SHA384', cipher: 3, format: 3, keyLength: 32, tagLength: 0, macHash: 3, macLength: 48 },
  { name: '1.2 AES-128-CBC-SHA256 EtM', cipher: 3, format: 4, keyLength: 16, tagLength: 0, macHash: 2, macLength: 32 },
];

/** A context at `scratch + at` whose keys come from secret `index`. */
function makeContext({ abi, bytes, scratch }: TraceContext, kind: Kind, at: number, index: number): number {
  const context = scratch + at;
  const keys = scratch + KEYS;
  bytes.set(secretBytes(index, kind.keyLength), keys);
  bytes.set(secretBytes(index + 100, 12), keys + 64);
  bytes.set(secretBytes(index + 200, kind.macLength), keys + 128);
  abi.recordInit(
    context,
    kind.cipher,
    kind.format,
    kind.keyLength,
    kind.tagLength,
    kind.macHash,
    kind.macLength,
    -1,
    0,
  );
  abi.recordSetKeys(context, keys, keys + 64, kind.format === 1 ? 4 : 12, keys + 128);
  return context;
}

function sealSubject(kind: Kind, length: number): Subject {
  return {
    name: `seal ${kind.name}, ${length} bytes (key, content)`,
    family: 'core',
    secrets: 32,
    prepare: (trace, index) => {
      const { abi, bytes, scratch } = trace;
      const context = makeContext(trace, kind, CONTEXT, index);
      bytes.set(secretBytes(index, length), scratch + CONTENT);
      return () => abi.recordSeal(context, 23, scratch + CONTENT, length, 16384, 0, scratch + KEYS, scratch + RECORD);
    },
  };
}

function openSubject(kind: Kind, length: number): Subject {
  return {
    name: `open ${kind.name}, ${length} bytes (key, content)`,
    family: 'core',
    secrets: 32,
    prepare: (trace, index) => {
      const { abi, bytes, scratch } = trace;
      const sealer = makeContext(trace, kind, CONTEXT, index);
      bytes.set(secretBytes(index, length), scratch + CONTENT);
      const input = scratch + CONTENT;
      const size = abi.recordSeal(sealer, 23, input, length, 16384, 0, scratch + KEYS, scratch + RECORD);
      const opener = makeContext(trace, kind, CONTEXT + 0x200, index);
      return () => abi.recordOpen(opener, scratch + RECORD, size, 16384);
    },
  };
}

/** Every padding length with a good and a bad MAC, then paddings that lie about their bytes: all the same trace. */
function macThenEncryptSubject(kind: Kind, length: number): Subject {
  const hash = ['', 'sha1', 'sha256', 'sha384'][kind.macHash];
  const longest = Math.min(255, length - kind.macLength - 1);
  const paddings = longest + 1;
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
      const record = new Uint8Array(5 + 16 + length);
      record.set([23, 3, 3, (16 + length) >> 8, (16 + length) & 0xff]);
      const content = secretBytes(index, contentLength);
      const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 23, 3, 3, contentLength >> 8, contentLength & 0xff]);
      const mac = createHmac(hash, secretBytes(index + 200, kind.macLength))
        .update(header)
        .update(content)
        .digest();
      if (fault === 1) mac[index % mac.length] ^= 0x40;
      record.set(content, 21);
      record.set(mac, 21 + contentLength);
      record.fill(padding, 21 + contentLength + kind.macLength);
      if (fault === 2) record[record.length - 1 - (index % (padding + 1))] ^= 0x11;
      const at = scratch + RECORD;
      bytes.set(record, at);
      const chain = scratch + CONTENT;
      abi.aesCbcEncryptBlocks(scratch + KEYS, kind.keyLength, 0, chain, at + 21, length);
      return () => abi.judgeMacThenEncrypt(context, 0, 0, at, length);
    },
  };
}

/** The same for datagrams, whose caller chooses the sequence number; with the keys put in place under the trace. */
function datagramSubject(kind: Kind): Subject {
  return {
    name: `sealAt and openAt ${kind.name} (key, content)`,
    family: 'core',
    secrets: 32,
    prepare: (trace, index) => {
      const { abi, bytes, scratch } = trace;
      const sealer = makeContext(trace, kind, CONTEXT, index);
      const opener = makeContext(trace, kind, CONTEXT + 0x200, index);
      bytes.set(secretBytes(index, 100), scratch + CONTENT);
      const [keys, record] = [scratch + KEYS, scratch + RECORD];
      return () => {
        abi.recordSetKeys(sealer, keys, keys + 64, kind.format === 1 ? 4 : 12, keys + 128);
        const size = abi.recordSealAt(sealer, 77, 1, 23, scratch + CONTENT, 100, keys, record);
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

export const recordSubjects: readonly Subject[] = [
  ...kinds.flatMap(kind => [40, 1000].flatMap(length => [sealSubject(kind, length), openSubject(kind, length)])),
  ...kinds.map(datagramSubject),
  comparison,
  ...kinds
    .filter(kind => kind.format === 3)
    .flatMap(kind => [macThenEncryptSubject(kind, 96), macThenEncryptSubject(kind, 400)]),
];
