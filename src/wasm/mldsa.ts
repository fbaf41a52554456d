// ML-DSA-44, -65 and -87 (FIPS 204) on the mldsa family: the verifier, key import and generation, and private keys.
// Pure ML-DSA with a context of 0-255 bytes, as TLS (draft-ietf-tls-mldsa) and X.509 (RFC 9881) use it. The internal
// interface, which takes the message representative's input as it is, serves the pre-hash variants.

import type { MldsaExports } from '../../build/generated/abi.ts';
import { bytes } from '../../build/generated/mldsa_wasm.ts';
import { entryOf, requireBytes } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import { makeImporter, requireSigning } from '../crypto/private_key_importer.ts';
import type { RandomSource, Secret } from '../crypto/secret.ts';
import type {
  MlDsaName,
  PrivateKey,
  PrivateKeyImporter,
  PrivateKeyMaterial,
  PublicKey,
  SignatureParameters,
  SignatureVerifier,
} from '../crypto/signature.ts';
import { makeVerifier, type ParametersOf } from '../crypto/signature_verifier.ts';
import { EXCHANGE_LENGTH, type Family, type WasmCore } from './core.ts';
import { disposingOnError, randomSecret, sliceSecret } from './secrets.ts';

const family: Family = { name: 'mldsa', binary: bytes };

/** A parameter set; lengths in bytes (FIPS 204 Table 2). */
export interface MlDsaParameters {
  readonly name: MlDsaName;
  /** Its number in the binary. */
  readonly set: 44 | 65 | 87;
  readonly publicKeyLength: number;
  /** Of the expanded private key. */
  readonly privateKeyLength: number;
  readonly signatureLength: number;
}

/** All parameter sets by name. */
export const mlDsaParameters: Readonly<Record<MlDsaName, MlDsaParameters>> = {
  'ML-DSA-44': {
    name: 'ML-DSA-44',
    set: 44,
    publicKeyLength: 1312,
    privateKeyLength: 2560,
    signatureLength: 2420,
  },
  'ML-DSA-65': {
    name: 'ML-DSA-65',
    set: 65,
    publicKeyLength: 1952,
    privateKeyLength: 4032,
    signatureLength: 3309,
  },
  'ML-DSA-87': {
    name: 'ML-DSA-87',
    set: 87,
    publicKeyLength: 2592,
    privateKeyLength: 4896,
    signatureLength: 4627,
  },
};

const SEED_LENGTH = 32;
const RANDOM_LENGTH = 32;
const TR_AT = 64; // tr in an expanded private key, 64 bytes
const MU_LENGTH = 64;

// The exchange area of a call.
const PUBLIC_KEY = 0;
const SIGNATURE = 4096;
const MESSAGE = 16384;
const MESSAGE_LENGTH = EXCHANGE_LENGTH - MESSAGE;

/** What is signed: pieces of M' one behind the other, or mu itself (FIPS 204 Algorithm 7, line 6). */
export type MlDsaInput = readonly Uint8Array[] | { readonly mu: Uint8Array };

/** M' of pure ML-DSA: 0 || length of the context || context || message (Algorithm 2, line 10). @throws ERR_BAD_LENGTH */
export function mlDsaMessage(context: Uint8Array, message: Uint8Array): readonly Uint8Array[] {
  requireBytes(context, 'the context');
  if (context.length > 255) throw new TlsError('ERR_BAD_LENGTH', 'an ML-DSA context has at most 255 bytes');
  return [Uint8Array.of(0, context.length), context, message];
}

/** Verifies ML-DSA signatures of all three parameter sets. */
export function mlDsaVerifier(core: WasmCore): SignatureVerifier {
  return makeVerifier({
    name: 'ML-DSA',
    keyType: 'mldsa',
    signatureTypes: ['mldsa'],
    fits: (key, { parameterSet }) =>
      key.parameterSet === parameterSet && entryOf(mlDsaParameters, parameterSet) !== undefined,
    verify({ parameterSet, key }, { context = new Uint8Array(0) }, message, signature) {
      requireBytes(context, 'the context');
      const input = context.length > 255 ? null : mlDsaMessage(context, message);
      return mlDsaVerifyInternal(core, mlDsaParameters[parameterSet], key, input, signature);
    },
  });
}

/**
 * ML-DSA.Verify_internal (Algorithm 8). A signature of wrong length is false, and so is no input at all.
 * @throws ERR_INVALID_PUBLIC_KEY for a public key of wrong length; every other string is a key
 */
export function mlDsaVerifyInternal(
  core: WasmCore,
  parameters: MlDsaParameters,
  publicKey: Uint8Array,
  input: MlDsaInput | null,
  signature: Uint8Array,
): boolean {
  publicKey = core.input(publicKey, 'the public key');
  signature = core.input(signature, 'the signature');
  if (input !== null) requireParts(core, input);
  if (publicKey.length !== parameters.publicKeyLength) {
    throw new TlsError('ERR_INVALID_PUBLIC_KEY', `an ${parameters.name} public key of ${publicKey.length} bytes`);
  }
  if (input === null || signature.length !== parameters.signatureLength) return false;
  const abi = core.family<MldsaExports>(family);
  const { set } = parameters;
  return core.withExchange(areaLength(input), exchange => {
    core.bytes.set(publicKey, exchange + PUBLIC_KEY);
    core.bytes.set(signature, exchange + SIGNATURE);
    absorb(core, abi, input, () => abi.mldsaMessageStartWithKey(set, exchange + PUBLIC_KEY));
    return abi.mldsaVerifyVartime(set, exchange + PUBLIC_KEY, exchange + SIGNATURE) !== 0;
  });
}

/** Imports and generates ML-DSA keys. A key made from a seed keeps it, beside its expanded form. */
export function mlDsaImporter(core: WasmCore): PrivateKeyImporter {
  return makeImporter({
    name: 'ML-DSA',
    keyType: 'mldsa',
    fits: key => entryOf(mlDsaParameters, key.parameterSet) !== undefined,
    import: material => new MlDsaPrivateKey(core, material),
    generate({ parameterSet }, random) {
      const seed = randomSecret(core, SEED_LENGTH, random);
      try {
        return new MlDsaPrivateKey(core, { type: 'mldsa', parameterSet, seed });
      } finally {
        seed.dispose();
      }
    },
  });
}

/** A private key: its seed, if it has one, and behind it in the same secret the expanded key of FIPS 204 §7.2. */
export class MlDsaPrivateKey implements PrivateKey {
  readonly publicKey: PublicKey & { type: 'mldsa' };
  readonly #core: WasmCore;
  readonly #parameters: MlDsaParameters;
  readonly #key: Secret;
  /** Offset of the expanded key: behind the seed, or 0 without one. */
  readonly #expandedAt: number;

  /**
   * The material stays the caller's. An expanded key is checked: it must have its coefficients in range and belong
   * to one public key; given with a seed, it must be that of the seed (RFC 9881 §8.2).
   * @throws ERR_INVALID_PRIVATE_KEY
   */
  constructor(core: WasmCore, material: PrivateKeyMaterial & { type: 'mldsa' }) {
    const parameters = mlDsaParameters[material.parameterSet];
    const { seed, expanded } = material;
    const wrong = (why: string) => new TlsError('ERR_INVALID_PRIVATE_KEY', `${parameters.name}: ${why}`);
    if (seed === undefined && expanded === undefined) throw wrong('neither a seed nor an expanded key');
    for (const part of [seed, expanded]) if (part !== undefined) core.pointerOf(part);
    if (seed !== undefined && seed.length !== SEED_LENGTH) throw wrong(`a seed of ${seed.length} bytes`);
    if (expanded !== undefined && expanded.length !== parameters.privateKeyLength) {
      throw wrong(`an expanded key of ${expanded.length} bytes`);
    }
    this.#core = core;
    this.#parameters = parameters;
    this.#expandedAt = seed === undefined ? 0 : SEED_LENGTH;
    this.#key = core.createSecret(this.#expandedAt + parameters.privateKeyLength);
    const key = disposingOnError(this.#key, () =>
      core.withExchange(PUBLIC_KEY + parameters.publicKeyLength, exchange => {
        const made = seed === undefined ? this.#check(expanded!) : this.#expand(seed, expanded);
        if (!made) throw wrong('the parts of the key do not belong together');
        const at = exchange + PUBLIC_KEY;
        return core.bytes.slice(at, at + parameters.publicKeyLength);
      }),
    );
    this.publicKey = { type: 'mldsa', parameterSet: parameters.name, key };
  }

  /** Signs, hedged with 32 bytes of `random`. */
  sign(parameters: SignatureParameters, message: Uint8Array, random: RandomSource): Uint8Array {
    requireSigning(['mldsa'], parameters, message, random);
    const { parameterSet, context = new Uint8Array(0) } = parameters as ParametersOf<'mldsa'>;
    if (parameterSet !== this.#parameters.name) {
      throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `an ${this.#parameters.name} key signs with nothing else`);
    }
    const input = mlDsaMessage(context, message);
    requireParts(this.#core, input);
    const rnd = randomSecret(this.#core, RANDOM_LENGTH, random);
    try {
      return this.signInternal(input, rnd);
    } finally {
      rnd.dispose();
    }
  }

  /** The deterministic variant (FIPS 204 §3.4): less robust against faults and side channels than `sign`. */
  signDeterministic(context: Uint8Array, message: Uint8Array): Uint8Array {
    return this.signInternal(mlDsaMessage(context, message), null);
  }

  /** ML-DSA.Sign_internal (Algorithm 7) with 32 random bytes, or null for the deterministic variant. @internal */
  signInternal(input: MlDsaInput, rnd: Secret | null): Uint8Array {
    const core = this.#core;
    const { set, signatureLength } = this.#parameters;
    const abi = core.family<MldsaExports>(family);
    requireParts(core, input);
    const key = this.#expandedPointer();
    return core.withExchange(areaLength(input), exchange => {
      const signature = exchange + SIGNATURE;
      absorb(core, abi, input, () => abi.mldsaMessageStart(key + TR_AT));
      // The place of the signature holds 32 zero bytes first.
      if (rnd === null) core.bytes.fill(0, signature, signature + RANDOM_LENGTH);
      abi.mldsaSign(set, key, rnd === null ? signature : core.pointerOf(rnd));
      abi.mldsaSignatureVartime(set, signature);
      return core.bytes.slice(signature, signature + signatureLength);
    });
  }

  /** The seed where there is one, else the expanded key. */
  dangerousExport(): PrivateKeyMaterial & { type: 'mldsa' } {
    const parameterSet = this.#parameters.name;
    const part = sliceSecret(this.#core, this.#key, 0, this.#expandedAt || this.#parameters.privateKeyLength);
    return this.#expandedAt === 0
      ? { type: 'mldsa', parameterSet, expanded: part }
      : { type: 'mldsa', parameterSet, seed: part };
  }

  dispose(): void {
    this.#key.dispose();
  }

  #expandedPointer(): number {
    return this.#core.pointerOf(this.#key) + this.#expandedAt;
  }

  /** Takes over an expanded key; its public key goes to the exchange area. False if it is inconsistent. */
  #check(expanded: Secret): boolean {
    const core = this.#core;
    const [from, to] = [core.pointerOf(expanded), this.#expandedPointer()];
    core.bytes.copyWithin(to, from, from + expanded.length);
    const abi = core.family<MldsaExports>(family);
    return abi.mldsaPublicKey(this.#parameters.set, to, core.exchange + PUBLIC_KEY) !== 0;
  }

  /** Expands a seed; the public key goes to the exchange area. False if a given expanded key is another. */
  #expand(seed: Secret, expanded: Secret | undefined): boolean {
    const core = this.#core;
    const [from, to] = [core.pointerOf(seed), core.pointerOf(this.#key)];
    core.bytes.copyWithin(to, from, from + SEED_LENGTH);
    const abi = core.family<MldsaExports>(family);
    abi.mldsaGenerate(this.#parameters.set, to, core.exchange + PUBLIC_KEY, to + SEED_LENGTH);
    if (expanded === undefined) return true;
    return core.abi.equalBytes(to + SEED_LENGTH, core.pointerOf(expanded), expanded.length) !== 0;
  }
}

/** @throws ERR_OVERLAPPING_BUFFERS, ERR_INVALID_ARGUMENT */
function requireParts(core: WasmCore, input: MlDsaInput): void {
  for (const part of 'mu' in input ? [input.mu] : input) core.requireInput(part, 'a part of the message');
}

/** Bytes of the exchange area that a call uses: up to the longest piece of the message. */
function areaLength(input: MlDsaInput): number {
  const longest = 'mu' in input ? 0 : input.reduce((most, part) => Math.max(most, part.length), 0);
  return MESSAGE + Math.min(longest, MESSAGE_LENGTH);
}

/** Brings mu into the binary: as it is, or H(tr || M') with tr from `start`. @throws ERR_BAD_LENGTH */
function absorb(core: WasmCore, abi: MldsaExports, input: MlDsaInput, start: () => void): void {
  if ('mu' in input) {
    if (input.mu.length !== MU_LENGTH) throw new TlsError('ERR_BAD_LENGTH', `mu has ${MU_LENGTH} bytes`);
    core.bytes.set(input.mu, abi.mldsaMessagePointer());
    return;
  }
  start();
  const at = core.exchange + MESSAGE;
  for (const part of input) {
    for (let from = 0; from < part.length; from += MESSAGE_LENGTH) {
      const piece = part.subarray(from, from + MESSAGE_LENGTH);
      core.bytes.set(piece, at);
      abi.mldsaMessageAbsorb(at, piece.length);
    }
  }
  abi.mldsaMessageFinish();
}
