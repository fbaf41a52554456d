// RSA key generation (FIPS 186-5 §A.1.3): probable primes from random candidates, public exponent 65537.

import type { RsaPrivateExports } from '../../build/generated/abi.ts';
import { textOf } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import { nextTurn } from '../base/pace.ts';
import { randomBytes } from '../crypto/random.ts';
import type { RandomSource, Secret } from '../crypto/secret.ts';
import type { PrivateKeyMaterial } from '../crypto/signature.ts';
import type { WasmCore, WasmSecret } from './core.ts';
import { rsaPrivateFamily } from './rsa_family.ts';
import { makeSecrets, sliceSecret } from './secrets.ts';

/** Miller-Rabin rounds by bits of the prime (FIPS 186-5 table B.1, error below 2^-112). */
function rounds(primeBits: number): number {
  return primeBits < 1536 ? 5 : 4;
}

/** Candidates for one prime per bit of the modulus before the random source counts as broken (FIPS 186-5 §A.1.3). */
const CANDIDATES_PER_BIT = 5;

/** Candidates between two returns to the event loop, so that a long search does not block it. */
const CANDIDATES_PER_TURN = 32;

/**
 * A new key's parts; the caller owns their secrets. @param bits 2048 to 8192, a multiple of 16
 * @param onProgress gets the number of candidates tried so far
 */
export async function generateRsaMaterial(
  core: WasmCore,
  bits: number,
  random: RandomSource,
  onProgress?: (candidates: number) => void,
): Promise<PrivateKeyMaterial & { readonly type: 'rsa' }> {
  if (!(typeof bits === 'number' && bits >= 2048 && bits <= 8192 && bits % 16 === 0)) {
    throw new TlsError('ERR_WEAK_KEY', `RSA keys have 2048 to 8192 bits in steps of 16, not ${textOf(bits)}`);
  }
  const abi = core.family<RsaPrivateExports>(rsaPrivateFamily);
  abi.primeSetUp();
  const half = bits / 16;
  let tried = 0;
  const report = async (): Promise<void> => {
    onProgress?.(++tried);
    if (tried % CANDIDATES_PER_TURN === 0) await nextTurn();
  };
  const p = await findPrime(core, abi, half, random, report);
  let q: Secret | undefined;
  try {
    do {
      q?.dispose();
      q = await findPrime(core, abi, half, random, report);
    } while (abi.primesFarApart(core.pointerOf(p), core.pointerOf(q)) === 0);
    return derive(core, abi, p, q, half);
  } finally {
    p.dispose();
    q?.dispose();
  }
}

async function findPrime(
  core: WasmCore,
  abi: RsaPrivateExports,
  half: number,
  random: RandomSource,
  report: () => Promise<void>,
): Promise<Secret> {
  const candidate = core.createSecret(half);
  try {
    for (let left = CANDIDATES_PER_BIT * 16 * half; left > 0; left--) {
      await report();
      const drawn = randomBytes(random, half);
      const at = candidate.pointer();
      core.bytes.set(drawn, at);
      drawn.fill(0);
      abi.primeCandidate(at, half);
      if (abi.primeScreen(at, half) === 1 && passesRounds(core, abi, candidate, random)) return candidate;
    }
    throw new TlsError('ERR_INVALID_STATE', 'the random source gives no prime');
  } catch (error) {
    candidate.dispose();
    throw error;
  }
}

function passesRounds(core: WasmCore, abi: RsaPrivateExports, candidate: WasmSecret, random: RandomSource): boolean {
  const half = candidate.length;
  for (let left = rounds(half * 8); left > 0; left--) {
    const witness = randomBytes(random, half);
    const passed = core.withExchange(half, witnessAt => {
      core.bytes.set(witness, witnessAt);
      return abi.primeRound(candidate.pointer(), half, witnessAt) !== 0;
    });
    witness.fill(0);
    if (!passed) return false;
  }
  return true;
}

function derive(
  core: WasmCore,
  abi: RsaPrivateExports,
  first: Secret,
  second: Secret,
  half: number,
): PrivateKeyMaterial & { readonly type: 'rsa' } {
  const swapped = abi.primesSwapped(core.pointerOf(first), core.pointerOf(second), half) === 1;
  const [larger, smaller] = swapped ? [second, first] : [first, second];
  const short = () => core.createSecret(half);
  const secrets = makeSecrets([
    () => core.createSecret(2 * half),
    short,
    short,
    short,
    () => sliceSecret(core, larger, 0, half),
    () => sliceSecret(core, smaller, 0, half),
  ]);
  const [privateExponent, exponent1, exponent2, coefficient, prime1, prime2] = secrets;
  const [d, dP, dQ, qInv] = secrets.map(secret => core.pointerOf(secret));
  const modulus = core.withExchange(2 * half, n => {
    abi.rsaDerive(core.pointerOf(prime1), core.pointerOf(prime2), half, n, d, dP, dQ, qInv);
    return core.bytes.slice(n, n + 2 * half);
  });
  const exponent = new Uint8Array([1, 0, 1]);
  return { type: 'rsa', modulus, exponent, prime1, prime2, exponent1, exponent2, coefficient, privateExponent };
}
