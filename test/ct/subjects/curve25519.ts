// Trace subjects of assembly/ec/curve25519/: scalar multiplication, public keys, signing.

import { type Subject, secretBytes } from '../subject.ts';

const SECRETS = 40;
const U = 64; // offsets from the scratch area
const OUT = 128;
const MESSAGE = 256;
const DOM = 768;
const MESSAGE_LENGTH = 300;

/** One call before the traced ones, for functions that take another path once the tables are there. */
function warm(abi: { ed25519PublicKey(key: number): void }, scratch: number): void {
  abi.ed25519PublicKey(scratch + 1024);
}

export const curve25519Subjects: readonly Subject[] = [
  {
    name: 'x25519 (scalar)',
    family: 'x25519',
    secrets: SECRETS,
    prepare({ abi, bytes, scratch }, index) {
      bytes.set(secretBytes(index, 32), scratch);
      bytes.set(secretBytes(1000, 32), scratch + U);
      return () => abi.x25519(scratch + OUT, scratch, scratch + U);
    },
  },
  {
    name: 'x25519PublicKey (scalar)',
    family: 'x25519',
    secrets: SECRETS,
    prepare({ abi, bytes, scratch }, index) {
      bytes.set(secretBytes(index, 32), scratch);
      return () => abi.x25519PublicKey(scratch + OUT, scratch);
    },
  },
  {
    name: 'x25519PublicKeyByComb, which builds the tables (scalar)',
    family: 'ed25519',
    secrets: SECRETS,
    prepare({ abi, bytes, scratch }, index) {
      bytes.set(secretBytes(index, 32), scratch);
      return () => abi.x25519PublicKeyByComb(scratch + OUT, scratch);
    },
  },
  {
    name: 'x25519PublicKeyByComb (scalar)',
    family: 'ed25519',
    secrets: SECRETS,
    prepare({ abi, bytes, scratch }, index) {
      warm(abi, scratch);
      bytes.set(secretBytes(index, 32), scratch);
      return () => abi.x25519PublicKeyByComb(scratch + OUT, scratch);
    },
  },
  {
    name: 'ed25519PublicKey, which builds the tables (seed)',
    family: 'ed25519',
    secrets: SECRETS,
    prepare({ abi, bytes, scratch }, index) {
      bytes.set(secretBytes(index, 32), scratch);
      return () => abi.ed25519PublicKey(scratch);
    },
  },
  ...['', 'SigEd25519 no Ed25519 collisions\0\0'].map(
    (dom): Subject => ({
      name: `ed25519Sign${dom === '' ? '' : ' with a prefix dom2'} (seed)`,
      family: 'ed25519',
      secrets: SECRETS,
      prepare({ abi, bytes, scratch }, index) {
        bytes.set(secretBytes(index, 32), scratch);
        abi.ed25519PublicKey(scratch);
        bytes.set(new TextEncoder().encode(dom), scratch + DOM);
        bytes.set(secretBytes(1001, MESSAGE_LENGTH), scratch + MESSAGE);
        return () =>
          abi.ed25519Sign(scratch + OUT, scratch, scratch + DOM, dom.length, scratch + MESSAGE, MESSAGE_LENGTH);
      },
    }),
  ),
];
