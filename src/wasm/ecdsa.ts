// ECDSA (FIPS 186-5 §6.4) over one curve: a verifier, and private keys whose nonces are those of RFC 6979, hedged.

import { encodeEcdsaSignature, parseEcdsaSignature } from '../asn1/ecdsa_signature.ts';
import { isObject } from '../base/arguments.ts';
import { copyOfBytes } from '../base/bytes.ts';
import { TlsError } from '../base/errors.ts';
import type { HashName } from '../crypto/hash.ts';
import { type MaterialOf, makeImporter, requireSigning } from '../crypto/private_key_importer.ts';
import { randomBytes } from '../crypto/random.ts';
import type { RandomSource, Secret } from '../crypto/secret.ts';
import type {
  PrivateKey,
  PrivateKeyImporter,
  PrivateKeyMaterial,
  PublicKey,
  SignatureParameters,
  SignatureVerifier,
} from '../crypto/signature.ts';
import { makeVerifier } from '../crypto/signature_verifier.ts';
import type { WasmCore } from './core.ts';
import type { EcCurve } from './ec_curve.ts';
import type { EcVerifyingCurve } from './ec_verifying_curve.ts';
import { HEDGE_LENGTH, NonceGenerator } from './ecdsa_nonce.ts';
import { hashParameters, wasmHash } from './hash.ts';
import { sliceSecret } from './secrets.ts';

/** Verifies ECDSA signatures in DER by keys on `curve`, over every hash of the core. */
export function ecdsaVerifier(curve: EcVerifyingCurve): SignatureVerifier {
  return makeVerifier({
    name: `ECDSA ${curve.parameters.name}`,
    keyType: 'ec',
    signatureTypes: ['ecdsa'],
    fits: (key, { hash }) => isOnCurve(key, curve) && hash !== 'md5',
    verify({ point }, { hash }, message, signature) {
      point = curve.core.input(point, 'the public key');
      signature = curve.core.input(signature, 'the signature');
      const digest = wasmHash(curve.core, hash).digest(message);
      const pair = parseEcdsaSignature(signature, curve.length);
      return pair !== null && curve.verifyDigest(point, digest, pair);
    },
  });
}

/** Imports and generates private keys on `curve`. */
export function ecKeyImporter(curve: EcCurve): PrivateKeyImporter {
  const { name } = curve.parameters;
  return makeImporter({
    name: `EC ${name}`,
    keyType: 'ec',
    fits: key => key.curve === name,
    import: material => importKey(curve, material),
    generate: (_parameters, random) => new EcPrivateKey(curve, curve.generateScalar(random)),
  });
}

/** A private key on a NIST curve. Owns its scalar. */
export class EcPrivateKey implements PrivateKey {
  readonly publicKey: PublicKey & { readonly type: 'ec' };
  readonly #curve: EcCurve;
  readonly #scalar: Secret;

  /** @param scalar becomes the key's @throws ERR_INVALID_PRIVATE_KEY, and disposes of the scalar */
  constructor(curve: EcCurve, scalar: Secret) {
    this.#curve = curve;
    this.#scalar = scalar;
    try {
      this.publicKey = { type: 'ec', curve: curve.parameters.name, point: curve.publicKey(scalar) };
    } catch (error) {
      scalar.dispose();
      throw error;
    }
  }

  sign(parameters: SignatureParameters, message: Uint8Array, random: RandomSource): Uint8Array {
    requireSigning(['ecdsa'], parameters, message, random);
    const hash = ecdsaHash(parameters);
    const digest = wasmHash(this.#curve.core, hash).digest(message);
    return encodeEcdsaSignature(this.signDigest(hash, digest, randomBytes(random, HEDGE_LENGTH)));
  }

  /** As `sign`, with the nonce of RFC 6979 §3.2 alone: the same signature every time. */
  signDeterministic(parameters: SignatureParameters, message: Uint8Array): Uint8Array {
    const hash = ecdsaHash(parameters);
    return encodeEcdsaSignature(this.signDigest(hash, wasmHash(this.#curve.core, hash).digest(message)));
  }

  /**
   * r || s over a digest of `hash`. @param hedge 32 fresh bytes, wiped here; without them the nonce is deterministic
   * @throws ERR_STALE_HANDLE after dispose, ERR_BAD_LENGTH for another hedge
   */
  signDigest(hash: HashName, digest: Uint8Array, hedge?: Uint8Array): Uint8Array {
    const { core, functions, length } = this.#curve;
    digest = core.input(digest, 'the digest');
    if (hedge !== undefined) requireHedge(core, hedge);
    let nonces: NonceGenerator | undefined;
    try {
      const scalar = core.pointerOf(this.#scalar);
      const made = (nonces = new NonceGenerator(this.#curve, hashParameters(hash), scalar, digest, hedge));
      return core.withExchange(2 * length, at => {
        // A rejected nonce says nothing about the next (RFC 6979 §3.2, step h.3).
        while (functions.sign(at, scalar, made.digest, made.next()) !== 1) made.reject();
        return core.bytes.slice(at, at + 2 * length);
      });
    } finally {
      nonces?.dispose();
      hedge?.fill(0);
    }
  }

  dangerousExport(): PrivateKeyMaterial {
    const scalar = copyOf(this.#curve, this.#scalar);
    return { type: 'ec', curve: this.publicKey.curve, scalar, point: copyOfBytes(this.publicKey.point) };
  }

  dispose(): void {
    this.#scalar.dispose();
  }
}

function requireHedge(core: WasmCore, hedge: Uint8Array): void {
  hedge = core.input(hedge, 'the hedge');
  if (hedge.length !== HEDGE_LENGTH) throw new TlsError('ERR_BAD_LENGTH', `a hedge has ${HEDGE_LENGTH} bytes`);
}

function importKey(curve: EcCurve, material: MaterialOf<'ec'>): EcPrivateKey {
  if (material.point !== undefined) curve.core.requireInput(material.point, 'the public key');
  const key = new EcPrivateKey(curve, copyOf(curve, material.scalar));
  if (material.point === undefined) return key;
  try {
    const given = curve.decodePoint(material.point);
    if (given.every((byte, i) => byte === key.publicKey.point[i])) return key;
  } catch {
    // Falls through to the same error: a point off the curve is not this key's.
  }
  key.dispose();
  throw new TlsError('ERR_INVALID_PRIVATE_KEY', 'the public key does not belong to the private key');
}

function copyOf(curve: EcCurve, secret: Secret): Secret {
  curve.core.pointerOf(secret);
  return sliceSecret(curve.core, secret, 0, secret.length);
}

function isOnCurve(key: PublicKey, curve: EcVerifyingCurve): boolean {
  return key.type === 'ec' && key.curve === curve.parameters.name;
}

function ecdsaHash(parameters: SignatureParameters): HashName {
  if (isObject(parameters) && parameters.type === 'ecdsa') return parameters.hash;
  throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', 'an EC key makes signatures of ecdsa only');
}
