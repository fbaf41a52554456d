// Trace subjects of ML-DSA. The matrix of rho is public and sampled by rejection in variable time, so it is made before
// the trace starts; rho is the same for all secrets.

import { type Subject, secretBytes, type TraceContext } from '../subject.ts';

const SECRETS = 32;
const sets = [44, 65, 87] as const;
type ParameterSet = (typeof sets)[number];
const RHO = new Uint8Array(32).fill(0x2a);

// Places in the scratch of a context.
const EXPANDED = 0; // rho || rho' || K
const RND = 256;
const TR = 320;
const PK = 4096;
const SK = 8192;

/** rho' and K of secret `index`, behind the common rho, and the matrix of that. */
function writeExpanded({ abi, bytes, scratch }: TraceContext, set: ParameterSet, index: number): void {
  bytes.set(RHO, scratch + EXPANDED);
  bytes.set(secretBytes(index, 96), scratch + EXPANDED + 32);
  abi.mldsaMatrixVartime(set, scratch + EXPANDED);
}

function seedExpansion(set: ParameterSet): Subject {
  return {
    name: `ML-DSA-${set} seed expansion (seed)`,
    family: 'mldsa',
    secrets: SECRETS,
    prepare({ abi, bytes, scratch }, index) {
      bytes.set(secretBytes(index, 32), scratch + RND);
      return () => abi.mldsaExpandSeed(set, scratch + RND, scratch + EXPANDED);
    },
  };
}

function keyGeneration(set: ParameterSet): Subject {
  return {
    name: `ML-DSA-${set} key generation (rho', K)`,
    family: 'mldsa',
    secrets: SECRETS,
    prepare(context, index) {
      const { abi, scratch } = context;
      writeExpanded(context, set, index);
      return () => abi.mldsaKeyPair(set, scratch + EXPANDED, scratch + PK, scratch + SK);
    },
  };
}

function keyCheck(set: ParameterSet): Subject {
  return {
    name: `ML-DSA-${set} key check (expanded key)`,
    family: 'mldsa',
    secrets: SECRETS,
    prepare(context, index) {
      const { abi, bytes, scratch } = context;
      writeExpanded(context, set, index);
      abi.mldsaKeyPair(set, scratch + EXPANDED, scratch + PK, scratch + SK);
      // Every second key is wrong somewhere behind rho.
      if (index % 2 === 1) bytes[scratch + SK + 32 + ((index * 97) % 2000)] ^= 1;
      return () => abi.mldsaPublicKey(set, scratch + SK, scratch + PK);
    },
  };
}

function signing(set: ParameterSet): Subject {
  return {
    name: `ML-DSA-${set} signing (s1, s2, t0, K, rnd)`,
    family: 'mldsa',
    secrets: SECRETS,
    publicRejection:
      'FIPS 204 Algorithm 7: how many passes a signature takes is public by design; it depends on the hash of the mask ' +
      'and says nothing about the key',
    prepare(context, index) {
      const { abi, bytes, scratch } = context;
      writeExpanded(context, set, index);
      abi.mldsaKeyPair(set, scratch + EXPANDED, scratch + PK, scratch + SK);
      bytes.set(secretBytes(index + 3, 32), scratch + RND);
      abi.mldsaMessageStart(scratch + TR);
      abi.mldsaMessageFinish();
      return () => abi.mldsaSign(set, scratch + SK, scratch + RND);
    },
  };
}

export const mlDsaSubjects: readonly Subject[] = sets.flatMap(set => [
  seedExpansion(set),
  keyGeneration(set),
  keyCheck(set),
  signing(set),
]);
