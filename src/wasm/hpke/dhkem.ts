// DHKEM (RFC 9180 §4.1, §7.1): Diffie-Hellman as a KEM, on the NIST curves, X25519 and X448.

import { TlsError } from '../../base/errors.ts';
import type { HashName } from '../../crypto/hash.ts';
import type { HpkeKem, HpkePrivateKey } from '../../crypto/hpke.ts';
import type { RandomSource, Secret } from '../../crypto/secret.ts';
import type { WasmCore } from '../core.ts';
import type { EcCurve } from '../ec_curve.ts';

import { p256 } from '../p256.ts';
import { p384 } from '../p384.ts';
import { p521 } from '../p521.ts';
import { disposingOnError, randomSecret, sliceSecret } from '../secrets.ts';
import { x448, x448PublicKey } from '../x448.ts';
import { x25519, x25519PublicKey } from '../x25519.ts';
import { LabeledHkdf } from './kdf.ts';
import { ascii, disposing, joinBytes, twoBytes } from './parts.ts';

const EMPTY = new Uint8Array(0);

/** A curve as DHKEM sees it; secrets returned are the caller's. */
interface DiffieHellman {
  readonly publicKeyLength: number;
  readonly privateKeyLength: number;
  publicKey(privateKey: Secret): Uint8Array;
  /** @throws ERR_INVALID_PUBLIC_KEY */
  sharedSecret(privateKey: Secret, publicKey: Uint8Array): Secret;
  isPrivateKey(candidate: Secret): boolean;
  /** Bits of the first byte of a candidate that count (§7.1.3), or null where every string is a private key. */
  readonly candidateMask: number | null;
}

interface Parameters {
  readonly id: number;
  readonly name: string;
  readonly hash: HashName;
  /** Nsecret in bytes. */
  readonly secretLength: number;
}

/** DHKEM(P-256, HKDF-SHA256). */
export function dhkemP256(core: WasmCore): HpkeKem {
  const parameters = { id: 0x0010, name: 'DHKEM(P-256, HKDF-SHA256)', hash: 'sha256', secretLength: 32 } as const;
  return new DhKem(core, parameters, nistCurve(p256(core)));
}

/** DHKEM(P-384, HKDF-SHA384). */
export function dhkemP384(core: WasmCore): HpkeKem {
  const parameters = { id: 0x0011, name: 'DHKEM(P-384, HKDF-SHA384)', hash: 'sha384', secretLength: 48 } as const;
  return new DhKem(core, parameters, nistCurve(p384(core)));
}

/** DHKEM(P-521, HKDF-SHA512). */
export function dhkemP521(core: WasmCore): HpkeKem {
  const parameters = { id: 0x0012, name: 'DHKEM(P-521, HKDF-SHA512)', hash: 'sha512', secretLength: 64 } as const;
  return new DhKem(core, parameters, nistCurve(p521(core)));
}

/** DHKEM(X25519, HKDF-SHA256). */
export function dhkemX25519(core: WasmCore): HpkeKem {
  const parameters = { id: 0x0020, name: 'DHKEM(X25519, HKDF-SHA256)', hash: 'sha256', secretLength: 32 } as const;
  return new DhKem(core, parameters, montgomeryCurve(core, 32, x25519PublicKey, x25519));
}

/** DHKEM(X448, HKDF-SHA512). */
export function dhkemX448(core: WasmCore): HpkeKem {
  const parameters = { id: 0x0021, name: 'DHKEM(X448, HKDF-SHA512)', hash: 'sha512', secretLength: 64 } as const;
  return new DhKem(core, parameters, montgomeryCurve(core, 56, x448PublicKey, x448));
}

function nistCurve(curve: EcCurve): DiffieHellman {
  return {
    publicKeyLength: curve.pointLength,
    privateKeyLength: curve.length,
    publicKey: key => curve.publicKey(key),
    sharedSecret: (key, peer) => curve.sharedSecret(key, peer),
    isPrivateKey: candidate => curve.isScalar(candidate),
    candidateMask: 0xff >>> (8 * curve.length - curve.parameters.bits),
  };
}

function montgomeryCurve(
  core: WasmCore,
  length: number,
  publicKey: (core: WasmCore, key: Secret) => Uint8Array,
  sharedSecret: (core: WasmCore, key: Secret, peer: Uint8Array) => Secret,
): DiffieHellman {
  return {
    publicKeyLength: length,
    privateKeyLength: length,
    publicKey: key => publicKey(core, key),
    sharedSecret: (key, peer) => sharedSecret(core, key, peer),
    isPrivateKey(candidate) {
      core.pointerOf(candidate);
      return candidate.length === length;
    },
    candidateMask: null,
  };
}

class DhKem implements HpkeKem {
  readonly id: number;
  readonly name: string;
  readonly encapsulationLength: number;
  readonly publicKeyLength: number;
  readonly privateKeyLength: number;
  readonly core: WasmCore;
  readonly curve: DiffieHellman;
  readonly #labeled: LabeledHkdf;
  readonly #secretLength: number;

  constructor(core: WasmCore, parameters: Parameters, curve: DiffieHellman) {
    this.id = parameters.id;
    this.name = parameters.name;
    this.encapsulationLength = curve.publicKeyLength;
    this.publicKeyLength = curve.publicKeyLength;
    this.privateKeyLength = curve.privateKeyLength;
    this.core = core;
    this.curve = curve;
    this.#labeled = new LabeledHkdf(core, parameters.hash, joinBytes(ascii('KEM'), twoBytes(parameters.id)));
    this.#secretLength = parameters.secretLength;
  }

  /** §4: DeriveKeyPair of Nsk random bytes. */
  generate(random: RandomSource): HpkePrivateKey {
    const material = randomSecret(this.core, this.privateKeyLength, random);
    return disposing([material], () => this.derive(material));
  }

  derive(inputKeyingMaterial: Secret): HpkePrivateKey {
    const pseudorandomKey = this.#labeled.extract(null, 'dkp_prk', inputKeyingMaterial);
    return disposing([pseudorandomKey], () => new DhKemKey(this, this.#candidate(pseudorandomKey)));
  }

  import(serialized: Secret): HpkePrivateKey {
    if (!this.curve.isPrivateKey(serialized)) {
      throw new TlsError('ERR_INVALID_PRIVATE_KEY', `the bytes are no private key of ${this.name}`);
    }
    return new DhKemKey(this, sliceSecret(this.core, serialized, 0, serialized.length));
  }

  encapsulate(publicKey: Uint8Array, random: RandomSource) {
    publicKey = this.core.input(publicKey, 'the public key');
    const ephemeral = this.generate(random) as DhKemKey;
    return disposing([ephemeral], () => {
      const agreed = ephemeral.agree(publicKey);
      const sharedSecret = this.extractAndExpand(agreed, ephemeral.publicKey, publicKey);
      return { encapsulation: ephemeral.publicKey, sharedSecret };
    });
  }

  /** §4.1; disposes of `agreed`. */
  extractAndExpand(agreed: Secret, encapsulation: Uint8Array, recipient: Uint8Array): Secret {
    const pseudorandomKey = disposing([agreed], () => this.#labeled.extract(null, 'eae_prk', agreed));
    const context = joinBytes(encapsulation, recipient);
    return disposing([pseudorandomKey], () =>
      this.#labeled.expand(pseudorandomKey, 'shared_secret', context, this.#secretLength),
    );
  }

  /** §7.1.3: the first candidate in range; that none of 256 is has a probability below 2^-8000. */
  #candidate(pseudorandomKey: Secret): Secret {
    const { candidateMask, privateKeyLength: length } = this.curve;
    if (candidateMask === null) return this.#labeled.expand(pseudorandomKey, 'sk', EMPTY, length);
    for (let counter = 0; counter < 256; counter++) {
      const candidate = this.#labeled.expand(pseudorandomKey, 'candidate', Uint8Array.of(counter), length);
      const usable = disposingOnError(candidate, () => {
        this.core.bytes[this.core.pointerOf(candidate)] &= candidateMask;
        return this.curve.isPrivateKey(candidate);
      });
      if (usable) return candidate;
      candidate.dispose();
    }
    throw new TlsError('ERR_INVALID_PRIVATE_KEY', `the input keying material gives no private key of ${this.name}`);
  }
}

class DhKemKey implements HpkePrivateKey {
  readonly kem: DhKem;
  readonly publicKey: Uint8Array;
  readonly #key: Secret;

  /** Takes the key over. */
  constructor(kem: DhKem, key: Secret) {
    this.kem = kem;
    this.#key = key;
    this.publicKey = disposingOnError(key, () => kem.curve.publicKey(key));
  }

  agree(peer: Uint8Array): Secret {
    return this.kem.curve.sharedSecret(this.#key, peer);
  }

  decapsulate(encapsulation: Uint8Array): Secret {
    encapsulation = this.kem.core.input(encapsulation, 'the encapsulation');
    if (encapsulation.length !== this.kem.encapsulationLength) {
      throw new TlsError(
        'ERR_INVALID_CIPHERTEXT',
        `${encapsulation.length} bytes are no ${this.kem.name} encapsulation`,
      );
    }
    return this.kem.extractAndExpand(this.agree(encapsulation), encapsulation, this.publicKey);
  }

  dangerousExport(): Secret {
    return sliceSecret(this.kem.core, this.#key, 0, this.#key.length);
  }

  dispose(): void {
    this.#key.dispose();
  }
}
