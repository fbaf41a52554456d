// ML-DSA.Verify_internal (FIPS 204 Algorithm 8) for the mu in scratch. Everything is public: variable time.

import { equalBytes } from '../shared/ct';
import {
  SHAKE256_RATE, SHAKE_SUFFIX, keccakAbsorb, keccakFinish, keccakInit, keccakSqueeze,
} from '../shared/hash/keccak';
import { packHigh, unpackHintsVartime, unpackMask, unpackT1 } from './encoding';
import { mldsaMatrixVartime } from './keys';
import { inverseNtt, ntt } from './ntt';
import { beta, challengeLength, columns, highPolyLength, maskBits, omega, rows } from './parameters';
import { POLY, canonicalAll, innerProduct, reachesMask } from './poly';
import { useHint } from './rounding';
import { sampleInBall, wipeSampling } from './sample';
import {
  bytes, challenge, challengeHash, hints, matrix, mu, response, s2Hat, sponge, wipeMessage, wipeVerification, work,
} from './scratch';

/** True if the signature at sig (of the set's length) is one of mu by the public key at pk. */
export function mldsaVerifyVartime(set: i32, pk: usize, sig: usize): bool {
  const valid = verify(set, pk, sig);
  wipeVerification(rows(set), columns(set));
  wipeSampling();
  wipeMessage();
  return valid;
}

function verify(set: i32, pk: usize, sig: usize): bool {
  const k = rows(set);
  const l = columns(set);
  const length = challengeLength(set);
  const polyLength = <usize>(32 * maskBits(set));
  for (let j = 0; j < l; j++) unpackMask(sig + length + <usize>j * polyLength, set, response + <usize>j * POLY);
  if (reachesMask(response, l, (1 << (maskBits(set) - 1)) - beta(set)) != 0) return false;
  if (!unpackHintsVartime(sig + length + <usize>l * polyLength, k, omega(set), hints)) return false;
  mldsaMatrixVartime(set, pk);
  sampleInBall(sig, length, set, challenge);
  ntt(challenge);
  for (let j = 0; j < l; j++) ntt(response + <usize>j * POLY);

  keccakInit(sponge, SHAKE256_RATE);
  keccakAbsorb(sponge, mu, 64);
  for (let i = 0; i < k; i++) {
    const t = s2Hat;
    unpackT1(pk + 32 + <usize>(320 * i), t);
    shiftT1(t);
    ntt(t);
    innerProduct(matrix + <usize>(i * l) * POLY, response, l, challenge, t, work);
    inverseNtt(work);
    canonicalAll(work);
    useHint(work, set, hints + <usize>i * POLY);
    packHigh(work, set, bytes);
    keccakAbsorb(sponge, bytes, highPolyLength(set));
  }
  keccakFinish(sponge, SHAKE_SUFFIX);
  keccakSqueeze(sponge, challengeHash, length);
  return equalBytes(challengeHash, sig, length) != 0;
}

/** t1 * 2^13, below 2^23. */
function shiftT1(f: usize): void {
  for (let at = f, end = f + POLY; at < end; at += 16) v128.store(at, i32x4.shl(v128.load(at), 13));
}
