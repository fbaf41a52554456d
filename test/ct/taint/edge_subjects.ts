// Branches that no subject of the trace check takes: what is refused there is refused in public, so that traces differ by
// design.

import { type Subject, secretBytes } from '../subject.ts';

const SECRETS = 24;
const SCALAR = 0; // offsets from the scratch area
const NONCE = 128;
const DIGEST = 256;
const OUT = 384;
const KEY = 4096;

/** Nonces of zero and of all ones, which are no scalars. */
function refusedNonce(prefix: string, family: string, length: number): Subject {
  return {
    name: `${prefix}Sign refuses a nonce out of range (private key, nonce)`,
    family,
    secrets: SECRETS,
    prepare({ abi, bytes, scratch: at }, index) {
      bytes.set(secretBytes(index + 6, length).fill(0, 0, 8), at + SCALAR);
      bytes.fill(index % 2 === 0 ? 0 : 0xff, at + NONCE, at + NONCE + length);
      bytes.set(secretBytes(1000, 32), at + DIGEST);
      return () => {
        const status = abi[`${prefix}Sign`](at + OUT, at + SCALAR, at + DIGEST, at + NONCE);
        if (status !== 0) throw new Error(`${prefix}Sign took nonce ${index}`);
      };
    },
  };
}

/** The padding takes a block of its own (RFC 1321 §3.1). */
const md5 = {
  name: 'MD5, 60 bytes (message)',
  family: 'legacy',
  secrets: SECRETS,
  prepare({ abi, bytes, scratch }, index) {
    bytes.set(secretBytes(index, 60), scratch);
    return () => abi.md5Digest(scratch, 60, scratch + OUT);
  },
} satisfies Subject;

/** A key with coefficients that are not below q (FIPS 203 §7.2). */
const refusedEncapsulation = {
  name: 'ML-KEM-768 encapsulation refuses a key (m)',
  family: 'mlkem',
  secrets: SECRETS,
  prepare({ abi, bytes, scratch: at }, index) {
    bytes.set(secretBytes(index, 32), at);
    bytes.fill(0xff, at + KEY, at + KEY + 1184);
    return () => {
      const refused = abi.mlkemEncapsulate(3, at + KEY, at, at + 2 * KEY, at + OUT);
      if (refused !== 1) throw new Error('the key is taken');
    };
  },
} satisfies Subject;

export const edgeSubjects: readonly Subject[] = [
  refusedNonce('p256', 'p256', 32),
  refusedNonce('p384', 'ec_large', 48),
  refusedNonce('p521', 'ec_large', 66),
  md5,
  refusedEncapsulation,
];
