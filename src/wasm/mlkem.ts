// ML-KEM-512, -768 and -1024 (FIPS 203) on the mlkem family: key pairs, encapsulation, decapsulation with implicit
// rejection. TLS groups stand in hybrid.ts.

import type { MlkemExports } from '../../build/generated/abi.ts';
import { bytes } from '../../build/generated/mlkem_wasm.ts';
import { TlsError } from '../base/errors.ts';
import type { RandomSource, Secret } from '../crypto/secret.ts';
import type { Family, WasmCore } from './core.ts';
import { disposingOnError, randomSecret } from './secrets.ts';

const family: Family = { name: 'mlkem', binary: bytes };

/** A parameter set; lengths in bytes (FIPS 203 Tables 2 and 3). */
export interface MlKemParameters {
  readonly name: 'ML-KEM-512' | 'ML-KEM-768' | 'ML-KEM-1024';
  /** Rank of the module. */
  readonly k: 2 | 3 | 4;
  readonly encapsulationKeyLength: number;
  /** Of the expanded decapsulation key. */
  readonly decapsulationKeyLength: number;
  readonly ciphertextLength: number;
}

function parameterSet(name: MlKemParameters['name'], k: 2 | 3 | 4, ciphertextLength: number): MlKemParameters {
  return {
    name,
    k,
    encapsulationKeyLength: 384 * k + 32,
    decapsulationKeyLength: 768 * k + 96,
    ciphertextLength,
  };
}

/** The parameter sets of FIPS 203 §8. */
export const mlKem512: MlKemParameters = parameterSet('ML-KEM-512', 2, 768);
export const mlKem768: MlKemParameters = parameterSet('ML-KEM-768', 3, 1088);
export const mlKem1024: MlKemParameters = parameterSet('ML-KEM-1024', 4, 1568);

/** d || z, the preferred form of a private key (FIPS 203 §3.3, RFC 9935 §6). */
export const SEED_LENGTH = 64;
const SHARED_LENGTH = 32;
const HASH_LENGTH = 32;

// The exchange area of a call.
const KEY = 0; // an encapsulation key: up to 1568 bytes
const CIPHERTEXT = 2048; // up to 1568 bytes
const AREA_LENGTH = 4096;

/** A decapsulation key. Every answer to a ciphertext of the right length is a secret (implicit rejection). */
export interface MlKemPrivateKey {
  readonly parameters: MlKemParameters;
  /** The encapsulation key that belongs to it. */
  readonly encapsulationKey: Uint8Array;
  /**
   * The shared secret, 32 bytes, that the caller owns.
   * @throws ERR_INVALID_CIPHERTEXT for a ciphertext of wrong length
   */
  decapsulate(ciphertext: Uint8Array): Secret;
  readonly disposed: boolean;
  /** Wipes the key. Idempotent. */
  dispose(): void;
}

/** A fresh key pair. */
export function mlKemGenerate(core: WasmCore, parameters: MlKemParameters, random: RandomSource): MlKemPrivateKey {
  const seed = randomSecret(core, SEED_LENGTH, random);
  try {
    return mlKemFromSeed(core, parameters, seed);
  } finally {
    seed.dispose();
  }
}

/**
 * The key pair of a seed (Algorithm 16), which stays the caller's.
 * @param seed d || z, 64 bytes
 * @throws ERR_INVALID_PRIVATE_KEY for another length
 */
export function mlKemFromSeed(core: WasmCore, parameters: MlKemParameters, seed: Secret): MlKemPrivateKey {
  core.pointerOf(seed); // a stale or foreign seed is refused before anything is allocated
  if (seed.length !== SEED_LENGTH) {
    throw new TlsError('ERR_INVALID_PRIVATE_KEY', `an ${parameters.name} seed has ${SEED_LENGTH} bytes`);
  }
  const abi = core.family<MlkemExports>(family);
  // The seed and behind it H(ek), which decapsulation needs too.
  const key = core.createSecret(SEED_LENGTH + HASH_LENGTH);
  const [from, to] = [core.pointerOf(seed), key.pointer()];
  core.bytes.copyWithin(to, from, from + SEED_LENGTH);
  const encapsulationKey = core.withExchange(AREA_LENGTH, at => {
    abi.mlkemGenerate(parameters.k, to, at + KEY, 0, to + SEED_LENGTH);
    return readKey(core, parameters, at + KEY);
  });
  return new WasmMlKemKey(core, parameters, encapsulationKey, key, 'seed');
}

/**
 * A private key in the expanded form dk of FIPS 203, which stays the caller's.
 * @throws ERR_INVALID_PRIVATE_KEY for a wrong length, if the hash in it is not that of its encapsulation key (§7.3), and for
 * a coefficient of either half that is not below q
 */
export function mlKemFromExpanded(core: WasmCore, parameters: MlKemParameters, expanded: Secret): MlKemPrivateKey {
  const { k, name, decapsulationKeyLength: length } = parameters;
  core.pointerOf(expanded);
  if (expanded.length !== length) {
    throw new TlsError('ERR_INVALID_PRIVATE_KEY', `an expanded ${name} key has ${length} bytes`);
  }
  const abi = core.family<MlkemExports>(family);
  if (abi.mlkemCheckKey(k, core.pointerOf(expanded)) === 0) {
    throw new TlsError(
      'ERR_INVALID_PRIVATE_KEY',
      `the expanded ${name} key is none: a coefficient is not below q, or the hash is not that of its public half`,
    );
  }
  const key = core.createSecret(length);
  const [from, to] = [core.pointerOf(expanded), key.pointer()];
  core.bytes.copyWithin(to, from, from + length);
  return new WasmMlKemKey(core, parameters, readKey(core, parameters, to + 384 * k), key, 'expanded');
}

/**
 * A ciphertext and the secret in it, 32 bytes, which the caller owns (Algorithm 20).
 * @throws ERR_INVALID_PUBLIC_KEY for a key of wrong length, or with a coefficient that is not below q (§7.2)
 */
export function mlKemEncapsulate(
  core: WasmCore,
  parameters: MlKemParameters,
  encapsulationKey: Uint8Array,
  random: RandomSource,
): { ciphertext: Uint8Array; sharedSecret: Secret } {
  encapsulationKey = core.input(encapsulationKey, 'the encapsulation key');
  const message = randomSecret(core, SHARED_LENGTH, random);
  try {
    return mlKemEncapsulateWith(core, parameters, encapsulationKey, message);
  } finally {
    message.dispose();
  }
}

/** The same for a given m of 32 fresh random bytes (Algorithm 17), which stay the caller's. @internal */
export function mlKemEncapsulateWith(
  core: WasmCore,
  parameters: MlKemParameters,
  encapsulationKey: Uint8Array,
  message: Secret,
): { ciphertext: Uint8Array; sharedSecret: Secret } {
  const { k, name, ciphertextLength } = parameters;
  encapsulationKey = core.input(encapsulationKey, 'the encapsulation key');
  core.pointerOf(message);
  if (encapsulationKey.length !== parameters.encapsulationKeyLength) {
    throw new TlsError('ERR_INVALID_PUBLIC_KEY', `an ${name} encapsulation key of ${encapsulationKey.length} bytes`);
  }
  if (message.length !== SHARED_LENGTH) throw new TlsError('ERR_BAD_LENGTH', `${name} encapsulates 32 random bytes`);
  const abi = core.family<MlkemExports>(family);
  const sharedSecret = core.createSecret(SHARED_LENGTH);
  return disposingOnError(sharedSecret, () =>
    core.withExchange(AREA_LENGTH, exchange => {
      const ciphertextAt = exchange + CIPHERTEXT;
      core.bytes.set(encapsulationKey, exchange + KEY);
      if (
        abi.mlkemEncapsulate(k, exchange + KEY, core.pointerOf(message), ciphertextAt, sharedSecret.pointer()) !== 0
      ) {
        throw new TlsError('ERR_INVALID_PUBLIC_KEY', `a coefficient of the ${name} encapsulation key is not below q`);
      }
      return { ciphertext: core.bytes.slice(ciphertextAt, ciphertextAt + ciphertextLength), sharedSecret };
    }),
  );
}

function readKey(core: WasmCore, parameters: MlKemParameters, at: number): Uint8Array {
  return core.bytes.slice(at, at + parameters.encapsulationKeyLength);
}

class WasmMlKemKey implements MlKemPrivateKey {
  readonly parameters: MlKemParameters;
  readonly encapsulationKey: Uint8Array;
  readonly #core: WasmCore;
  readonly #key: Secret;
  readonly #form: 'seed' | 'expanded';

  constructor(
    core: WasmCore,
    parameters: MlKemParameters,
    encapsulationKey: Uint8Array,
    key: Secret,
    form: 'seed' | 'expanded',
  ) {
    this.parameters = parameters;
    this.encapsulationKey = encapsulationKey;
    this.#core = core;
    this.#key = key;
    this.#form = form;
  }

  decapsulate(ciphertext: Uint8Array): Secret {
    const { k, name, ciphertextLength } = this.parameters;
    const core = this.#core;
    core.pointerOf(this.#key);
    ciphertext = core.input(ciphertext, 'the ciphertext');
    if (ciphertext.length !== ciphertextLength) {
      throw new TlsError('ERR_INVALID_CIPHERTEXT', `an ${name} ciphertext of ${ciphertext.length} bytes`);
    }
    const abi = core.family<MlkemExports>(family);
    const shared = core.createSecret(SHARED_LENGTH);
    const key = core.pointerOf(this.#key);
    core.withExchange(ciphertextLength, at => {
      core.bytes.set(ciphertext, at);
      if (this.#form === 'seed') abi.mlkemDecapsulateWithSeed(k, key, at, shared.pointer());
      else abi.mlkemDecapsulate(k, key, at, shared.pointer());
    });
    return shared;
  }

  get disposed(): boolean {
    return this.#key.disposed;
  }

  dispose(): void {
    this.#key.dispose();
  }
}
