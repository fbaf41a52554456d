// Trace subjects of ML-KEM. The matrix of rho is public and sampled by rejection in variable time, so it is made before
// the trace starts: rho is the same for all secrets, the encapsulation key is public whatever its value.

import { type Subject, secretBytes, type TraceContext } from '../subject.ts';

const SECRETS = 32;
const ranks = [2, 3, 4] as const;
const names = { 2: 'ML-KEM-512', 3: 'ML-KEM-768', 4: 'ML-KEM-1024' } as const;
const RHO = new Uint8Array(32).fill(0x2a);

// Places in the scratch of a context.
const SEED = 0; // sigma, then z, then m
const RHO_AT = 256;
const HASH = 320;
const SHARED = 384;
const EK = 4096;
const DK = 8192;
const CT = 16384;

function ciphertextLength(k: number): number {
  return k === 4 ? 1568 : 320 * k + 128;
}

/** The matrix of RHO, and a key pair of sigma and z over it. */
function keyPair({ abi, bytes, scratch }: TraceContext, k: number, sigma: Uint8Array, z: Uint8Array): void {
  bytes.set(sigma, scratch + SEED);
  bytes.set(z, scratch + SEED + 32);
  bytes.set(RHO, scratch + RHO_AT);
  abi.mlkemMatrixVartime(k, scratch + RHO_AT);
  const at = (place: number) => scratch + place;
  abi.mlkemKeyPair(k, at(RHO_AT), at(SEED), at(SEED + 32), at(EK), at(DK), at(HASH));
}

/** Puts m in its place and returns the encapsulation of it. */
function encapsulationOf({ abi, bytes, scratch }: TraceContext, k: number, m: Uint8Array): () => number {
  bytes.set(m, scratch + SEED + 64);
  return () => abi.mlkemEncapsulate(k, scratch + EK, scratch + SEED + 64, scratch + CT, scratch + SHARED);
}

function seedExpansion(k: 2 | 3 | 4): Subject {
  return {
    name: `${names[k]} seed expansion (d)`,
    family: 'mlkem',
    secrets: SECRETS,
    prepare({ abi, bytes, scratch }, index) {
      bytes.set(secretBytes(index, 32), scratch + SEED);
      return () => abi.mlkemExpandSeed(k, scratch + SEED, scratch + EK);
    },
  };
}

function keyGeneration(k: 2 | 3 | 4): Subject {
  return {
    name: `${names[k]} key generation (sigma, z)`,
    family: 'mlkem',
    secrets: SECRETS,
    prepare(context, index) {
      const { abi, bytes, scratch } = context;
      keyPair(context, k, new Uint8Array(32), new Uint8Array(32));
      bytes.set(secretBytes(index, 64), scratch + SEED);
      const at = (place: number) => scratch + place;
      return () => abi.mlkemKeyPair(k, at(RHO_AT), at(SEED), at(SEED + 32), at(EK), at(DK), at(HASH));
    },
  };
}

function encapsulation(k: 2 | 3 | 4): Subject {
  return {
    name: `${names[k]} encapsulation (m)`,
    family: 'mlkem',
    secrets: SECRETS,
    prepare(context, index) {
      keyPair(context, k, new Uint8Array(32), new Uint8Array(32));
      return encapsulationOf(context, k, secretBytes(index, 32));
    },
  };
}

/** Secret keys by turns with a ciphertext for them, the same with one bit flipped, and one of noise. */
function ciphertextFor(context: TraceContext, k: number, index: number): void {
  const { bytes, scratch } = context;
  encapsulationOf(context, k, secretBytes(index + 7, 32))();
  const length = ciphertextLength(k);
  if (index % 3 === 1) bytes[scratch + CT + ((index * 37) % length)] ^= 1 << (index & 7);
  if (index % 3 === 2) bytes.set(secretBytes(index + 100, length), scratch + CT);
}

function decapsulation(k: 2 | 3 | 4): Subject {
  return {
    name: `${names[k]} decapsulation (expanded key, validity of the ciphertext)`,
    family: 'mlkem',
    secrets: 2 * SECRETS,
    prepare(context, index) {
      const { abi, scratch } = context;
      keyPair(context, k, secretBytes(index, 32), secretBytes(index + 1, 32));
      ciphertextFor(context, k, index);
      return () => abi.mlkemDecapsulate(k, scratch + DK, scratch + CT, scratch + SHARED);
    },
  };
}

function decapsulationWithSeed(k: 2 | 3 | 4): Subject {
  return {
    name: `${names[k]} decapsulation (sigma, z, validity of the ciphertext)`,
    family: 'mlkem',
    secrets: 2 * SECRETS,
    prepare(context, index) {
      const { abi, bytes, scratch } = context;
      const [sigma, z] = [secretBytes(index, 32), secretBytes(index + 1, 32)];
      keyPair(context, k, sigma, z);
      ciphertextFor(context, k, index);
      // d || z || H(ek), with sigma apart.
      const key = scratch + 512;
      bytes.set(z, key + 32);
      bytes.copyWithin(key + 64, scratch + HASH, scratch + HASH + 32);
      return () => abi.mlkemDecapsulateWithSigma(k, scratch + SEED, key, scratch + CT, scratch + SHARED);
    },
  };
}

function keyCheck(k: 2 | 3 | 4): Subject {
  return {
    name: `${names[k]} key check (expanded key, what is wrong with it)`,
    family: 'mlkem',
    secrets: 2 * SECRETS,
    prepare(context, index) {
      const { abi, bytes, scratch } = context;
      // Strings; keys; keys with a coefficient over q in one of many places, in the secret half or the public one.
      if (index % 2 === 0) bytes.set(secretBytes(index >> 1, 768 * k + 96), scratch + DK);
      else keyPair(context, k, secretBytes(index, 32), secretBytes(index + 1, 32));
      if (index % 4 === 3) bytes.fill(0xff, scratch + DK + 12 * index, scratch + DK + 12 * index + 2);
      return () => abi.mlkemCheckKey(k, scratch + DK);
    },
  };
}

export const mlKemSubjects: readonly Subject[] = ranks.flatMap(k => [
  seedExpansion(k),
  keyGeneration(k),
  encapsulation(k),
  decapsulation(k),
  decapsulationWithSeed(k),
  keyCheck(k),
]);
