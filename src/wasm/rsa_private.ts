// RSA private keys in the WASM core: signing, decryption for old key exchange, import, generation.

import type { RsaPrivateExports } from '../../build/generated/abi.ts';
import { requireInteger } from '../base/arguments.ts';
import { copyOfBytes } from '../base/bytes.ts';
import { TlsError } from '../base/errors.ts';
import type { Pace } from '../base/pace.ts';
import { makeImporter, requireSigning } from '../crypto/private_key_importer.ts';
import { randomBytes } from '../crypto/random.ts';
import {
  checkRsaPublicKey,
  pssFits,
  type RsaPolicy,
  requireRsaPolicy,
  requireSaltLength,
} from '../crypto/rsa_public_key.ts';
import type { Awaitable, RandomSource, Secret } from '../crypto/secret.ts';
import type {
  Decrypter,
  PrivateKey,
  PrivateKeyImporter,
  PrivateKeyMaterial,
  PublicKey,
  SignatureParameters,
} from '../crypto/signature.ts';
import type { ParametersOf } from '../crypto/signature_verifier.ts';
import { Slot, type WasmCore, type WasmSecret } from './core.ts';
import { wasmHash } from './hash.ts';
import { encodePkcs1, encodePss, requireDigests } from './rsa_encoding.ts';
import { rsaPrivateFamily } from './rsa_family.ts';
import { generateRsaMaterial } from './rsa_generate.ts';
import { type RsaKeySlot, rsaPrivatePower } from './rsa_job.ts';
import { disposingOnError, randomSecret } from './secrets.ts';

type RsaMaterial = PrivateKeyMaterial & { readonly type: 'rsa' };
const PREMASTER_LENGTH = 48;

/**
 * Imports and generates RSA keys of 2048 to 8192 bits with two primes of equal size.
 * @param policy smaller ones are imported, none is generated @throws ERR_INVALID_ARGUMENT for a policy that names no size
 */
export function rsaKeyImporter(core: WasmCore, policy: RsaPolicy = {}): PrivateKeyImporter {
  requireRsaPolicy(policy);
  return makeImporter({
    name: 'RSA',
    keyType: 'rsa',
    import: material => new RsaPrivateKey(core, material, policy),
    async generate({ bits }, random, onProgress) {
      const material = await generateRsaMaterial(core, bits, random, onProgress);
      try {
        return new RsaPrivateKey(core, material);
      } finally {
        disposeRsaMaterial(material);
      }
    },
  });
}

/** An RSA private key. Owns a prepared copy of its material in the core. */
export class RsaPrivateKey implements PrivateKey, Decrypter {
  readonly publicKey: PublicKey & { readonly type: 'rsa' };
  readonly #key: RsaKeySlot;
  readonly #material: RsaMaterial;

  /** @param material stays the caller's @throws ERR_INVALID_PRIVATE_KEY, ERR_WEAK_KEY */
  constructor(core: WasmCore, material: RsaMaterial, policy: RsaPolicy = {}) {
    core.requireInput(material.modulus, 'the modulus');
    core.requireInput(material.exponent, 'the public exponent');
    const [modulus, exponent] = [new Uint8Array(material.modulus), new Uint8Array(material.exponent)];
    this.publicKey = { type: 'rsa', modulus, exponent };
    const bits = checkRsaPublicKey(this.publicKey, policy);
    const abi = core.family<RsaPrivateExports>(rsaPrivateFamily);
    const half = modulus.length / 2;
    if (bits % 16 !== 0) throw invalid('the modulus has no two halves of whole bytes');
    const slot = new Slot(core, core.allocate(abi.rsaPrivateKeyLength(bits)));
    this.#key = { core, abi, slot, bits };
    try {
      this.#material = copyMaterial(core, { ...material, modulus, exponent }, half);
    } catch (error) {
      slot.dispose();
      throw error;
    }
    try {
      this.#prepare();
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Prepares the key and tries it once: a wrong dP or dQ shows in no other way. */
  #prepare(): void {
    const { core, abi, slot, bits } = this.#key;
    const m = this.#material;
    const { length } = m.exponent;
    const outcome = core.withExchange(m.modulus.length + length, at => {
      const exponentAt = at + m.modulus.length;
      core.bytes.set(m.modulus, at);
      core.bytes.set(m.exponent, exponentAt);
      const secrets = [m.prime1, m.prime2, m.exponent1, m.exponent2, m.coefficient].map(s => core.pointerOf(s));
      const [p, q, dP, dQ, qInv] = secrets;
      return abi.rsaPrivateImport(slot.pointer(), bits, at, exponentAt, length, p, q, dP, dQ, qInv);
    });
    if (outcome !== 0) throw invalid('its parts do not belong together');
    const trial = new Uint8Array(m.modulus.length).fill(2);
    trial[0] = 0;
    try {
      this.privatePower(trial, core.random).fill(0);
    } catch (cause) {
      // Whatever else is thrown here is no fault of the key's: a random source, memory.
      if (!(cause instanceof TlsError && cause.code === 'ERR_FAULT_DETECTED')) throw cause;
      throw new TlsError('ERR_INVALID_PRIVATE_KEY', 'this RSA key is not valid: its exponents are wrong', { cause });
    }
  }

  sign(parameters: SignatureParameters, message: Uint8Array, random: RandomSource): Uint8Array;
  sign(parameters: SignatureParameters, message: Uint8Array, random: RandomSource, pace?: Pace): Awaitable<Uint8Array>;
  sign(parameters: SignatureParameters, message: Uint8Array, random: RandomSource, pace?: Pace): Awaitable<Uint8Array> {
    requireSigning(['rsa-pkcs1', 'rsa-pss', 'rsa-pkcs1-md5-sha1'], parameters, message, random);
    return this.privatePower(this.#encode(parameters, message, random), random, pace);
  }

  /** The number that is the message to be raised. */
  #encode(parameters: SignatureParameters, message: Uint8Array, random: RandomSource): Uint8Array {
    const { length } = this.publicKey.modulus;
    if (parameters.type === 'rsa-pkcs1-md5-sha1') {
      requireDigests(message); // MD5 and SHA-1, one behind the other
      return encodePkcs1(null, message, length);
    }
    if (parameters.type === 'rsa-pss') return this.#encodePss(parameters, message, random);
    const { hash } = parameters as ParametersOf<'rsa-pkcs1'>;
    return encodePkcs1(hash, wasmHash(this.#key.core, hash).digest(message), length);
  }

  #encodePss(parameters: ParametersOf<'rsa-pss'>, message: Uint8Array, random: RandomSource): Uint8Array {
    const { saltLength } = parameters;
    const { core, bits } = this.#key;
    requireSaltLength(saltLength);
    const hash = wasmHash(core, parameters.hash);
    const mgfHash = wasmHash(core, parameters.mgfHash);
    if (!pssFits(bits, hash.outputLength, saltLength)) {
      throw new TlsError('ERR_WEAK_KEY', 'the RSA modulus is too short for this hash and salt (RFC 8017 §9.1.1)');
    }
    const digest = hash.digest(message);
    const salt = randomBytes(random, saltLength);
    return encodePss(digest, salt, bits - 1, { hash, mgfHash });
  }

  /**
   * data^d mod n. @param data big-endian, as long as the modulus, below it @param pace as `sign`
   * @throws ERR_FAULT_DETECTED if the result fails its check with the public exponent; ERR_INVALID_ARGUMENT
   */
  privatePower(data: Uint8Array, random: RandomSource): Uint8Array;
  privatePower(data: Uint8Array, random: RandomSource, pace?: Pace): Awaitable<Uint8Array>;
  privatePower(data: Uint8Array, random: RandomSource, pace?: Pace): Awaitable<Uint8Array> {
    const { core } = this.#key;
    const { length } = this.publicKey.modulus;
    core.requireInput(data, 'the number to raise');
    if (data.length !== length) throw new TlsError('ERR_INVALID_ARGUMENT', `expected ${length} bytes`);
    const read = (at: number) => core.bytes.slice(at, at + length);
    return rsaPrivatePower(this.#key, data, randomBytes(random, length), read, pace);
  }

  decryptPremaster(ciphertext: Uint8Array, clientVersion: number, random: RandomSource): Secret;
  decryptPremaster(ciphertext: Uint8Array, clientVersion: number, random: RandomSource, pace?: Pace): Awaitable<Secret>;
  decryptPremaster(
    ciphertext: Uint8Array,
    clientVersion: number,
    random: RandomSource,
    pace?: Pace,
  ): Awaitable<Secret> {
    const { core } = this.#key;
    const { modulus } = this.publicKey;
    core.requireInput(ciphertext, 'the ciphertext');
    requireInteger(clientVersion, 0, 0xffff, 'the version of the client');
    // It begins as the random one that stands in for a wrong block.
    const premaster = randomSecret(core, PREMASTER_LENGTH, random);
    return disposingOnError(premaster, () => {
      // A ciphertext of wrong length or size is public; it takes the same way as one with wrong padding.
      const block = fitCiphertext(core.input(ciphertext, 'the ciphertext'), modulus);
      const read = (at: number) => this.#readPremaster(at, premaster, clientVersion);
      const answer = rsaPrivatePower(this.#key, block, randomBytes(random, modulus.length), read, pace);
      if (!(answer instanceof Promise)) return answer;
      return answer.catch(error => {
        premaster.dispose();
        throw error;
      });
    });
  }

  #readPremaster(block: number, premaster: WasmSecret, clientVersion: number): Secret {
    const { core, abi } = this.#key;
    const { length } = this.publicKey.modulus;
    const at = premaster.pointer();
    core.bytes.copyWithin(block + length, at, at + PREMASTER_LENGTH);
    abi.rsaPremaster(at, block, length, clientVersion, block + length);
    return premaster;
  }

  dangerousExport(): PrivateKeyMaterial {
    return copyMaterial(this.#key.core, this.#material, this.publicKey.modulus.length / 2);
  }

  dispose(): void {
    this.#key.slot.dispose();
    disposeRsaMaterial(this.#material);
  }
}

/** A ciphertext that is too long, too short or not below the modulus becomes zero, whose "plaintext" has no padding. */
function fitCiphertext(ciphertext: Uint8Array, modulus: Uint8Array): Uint8Array {
  if (ciphertext.length !== modulus.length) return new Uint8Array(modulus.length);
  for (let i = 0; i < modulus.length; i++) {
    if (ciphertext[i] !== modulus[i]) return ciphertext[i] < modulus[i] ? ciphertext : new Uint8Array(modulus.length);
  }
  return new Uint8Array(modulus.length);
}

/** A copy whose secrets have exactly `half` bytes (privateExponent: twice that). @throws ERR_INVALID_PRIVATE_KEY */
function copyMaterial(core: WasmCore, material: RsaMaterial, half: number): RsaMaterial {
  const { privateExponent } = material;
  const made: Secret[] = [];
  const padded = (secret: Secret, length: number): Secret => {
    const from = core.pointerOf(secret);
    if (secret.length > length) throw invalid('a part is longer than the modulus allows');
    const copy = core.createSecret(length);
    made.push(copy);
    core.bytes.copyWithin(copy.pointer() + length - secret.length, from, from + secret.length);
    return copy;
  };
  try {
    return {
      type: 'rsa',
      modulus: copyOfBytes(material.modulus),
      exponent: copyOfBytes(material.exponent),
      prime1: padded(material.prime1, half),
      prime2: padded(material.prime2, half),
      exponent1: padded(material.exponent1, half),
      exponent2: padded(material.exponent2, half),
      coefficient: padded(material.coefficient, half),
      privateExponent: privateExponent === undefined ? undefined : padded(privateExponent, 2 * half),
    };
  } catch (error) {
    for (const secret of made) secret.dispose();
    throw error;
  }
}

/** Wipes all secrets of a material. */
export function disposeRsaMaterial(material: RsaMaterial): void {
  material.prime1.dispose();
  material.prime2.dispose();
  material.exponent1.dispose();
  material.exponent2.dispose();
  material.coefficient.dispose();
  material.privateExponent?.dispose();
}

function invalid(why: string): TlsError {
  return new TlsError('ERR_INVALID_PRIVATE_KEY', `this RSA key is not valid: ${why}`);
}
