// Trace subjects of assembly/ec448/: scalar multiplication, public keys, signing.

import { type Subject, secretBytes } from '../subject.ts';

const SECRETS = 32;
const U = 128; // offsets from the scratch area
const OUT = 256;
const MESSAGE = 512;
const DOM = 1024;
const MESSAGE_LENGTH = 300;

/** One call before the traced ones, for functions that take another path once the tables are there. */
function warm(abi: { ed448PublicKey(key: number): void }, scratch: number): void {
  abi.ed448PublicKey(scratch + 2048);
}

export const curve448Subjects: readonly Subject[] = [
  {
    name: 'x448 (scalar)',
    family: 'ec448',
    secrets: SECRETS,
    prepare({ abi, bytes, scratch }, index) {
      bytes.set(secretBytes(index, 56), scratch);
      bytes.set(secretBytes(1000, 56), scratch + U);
      return () => abi.x448(scratch + OUT, scratch, scratch + U);
    },
  },
  {
    name: 'x448PublicKey by the ladder (scalar)',
    family: 'ec448',
    secrets: SECRETS,
    prepare({ abi, bytes, scratch }, index) {
      bytes.set(secretBytes(index, 56), scratch);
      return () => abi.x448PublicKey(scratch + OUT, scratch);
    },
  },
  {
    name: 'x448PublicKey by the tables (scalar)',
    family: 'ec448',
    secrets: SECRETS,
    prepare({ abi, bytes, scratch }, index) {
      warm(abi, scratch);
      bytes.set(secretBytes(index, 56), scratch);
      return () => abi.x448PublicKey(scratch + OUT, scratch);
    },
  },
  {
    name: 'ed448PublicKey, which builds the tables (seed)',
    family: 'ec448',
    secrets: SECRETS,
    prepare({ abi, bytes, scratch }, index) {
      bytes.set(secretBytes(index, 57), scratch);
      return () => abi.ed448PublicKey(scratch);
    },
  },
  {
    name: 'ed448Sign (seed)',
    family: 'ec448',
    secrets: SECRETS,
    prepare({ abi, bytes, scratch }, index) {
      bytes.set(secretBytes(index, 57), scratch);
      abi.ed448PublicKey(scratch);
      const dom = new TextEncoder().encode('SigEd448\0\0'); // dom4 of RFC 8032 §2: never absent
      bytes.set(dom, scratch + DOM);
      bytes.set(secretBytes(1001, MESSAGE_LENGTH), scratch + MESSAGE);
      return () => abi.ed448Sign(scratch + OUT, scratch, scratch + DOM, dom.length, scratch + MESSAGE, MESSAGE_LENGTH);
    },
  },
];
