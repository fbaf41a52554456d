// Post-quantum KEMs for HPKE (draft-ietf-hpke-pq): ML-KEM alone, and its hybrids with P-256, P-384 and X25519 (the last
// known as X-Wing). Private keys are seeds: 64 bytes of ML-KEM, 32 bytes of a hybrid.

import { TlsError } from '../../base/errors.ts';
import type { HpkeKem, HpkePrivateKey } from '../../crypto/hpke.ts';
import type { RandomSource, Secret } from '../../crypto/secret.ts';
import type { WasmCore } from '../core.ts';
import type { EcCurve } from '../ec_curve.ts';
import {
  type MlKemParameters,
  type MlKemPrivateKey,
  mlKem512,
  mlKem768,
  mlKem1024,
  mlKemEncapsulate,
  mlKemFromSeed,
  SEED_LENGTH,
} from '../mlkem.ts';

import { p256 } from '../p256.ts';
import { p384 } from '../p384.ts';
import { disposingOnError, makeSecrets, randomSecret, sliceSecret } from '../secrets.ts';
import { x25519, x25519PublicKey } from '../x25519.ts';
import { labeledDerive } from './kdf.ts';
import { ascii, disposing, joinBytes, sha3256, shake256, spongeOf, twoBytes } from './parts.ts';

const EMPTY = new Uint8Array(0);
const HYBRID_SEED_LENGTH = 32;

/** ML-KEM-512, -768 or -1024. */
export function hpkeMlKem(core: WasmCore, bits: 512 | 768 | 1024): HpkeKem {
  const [id, parameters] = ({ 512: [0x0040, mlKem512], 768: [0x0041, mlKem768], 1024: [0x0042, mlKem1024] } as const)[
    bits
  ];
  const open = (seed: Secret): Opened => {
    const key = mlKemFromSeed(core, parameters, seed);
    return {
      publicKey: key.encapsulationKey,
      decapsulate: encapsulation => key.decapsulate(encapsulation),
      dispose: () => key.dispose(),
    };
  };
  return new SeedKem(core, {
    id,
    name: parameters.name,
    encapsulationLength: parameters.ciphertextLength,
    publicKeyLength: parameters.encapsulationKeyLength,
    seedLength: SEED_LENGTH,
    open,
    encapsulate(publicKey, random) {
      const { ciphertext, sharedSecret } = mlKemEncapsulate(core, parameters, publicKey, random);
      return { encapsulation: ciphertext, sharedSecret };
    },
  });
}

/** MLKEM768-P256. */
export function hpkeMlKem768P256(core: WasmCore): HpkeKem {
  return hybridKem(core, 0x0050, 'MLKEM768-P256', ascii('MLKEM768-P256'), mlKem768, nistCurve(p256(core)));
}

/** MLKEM1024-P384. */
export function hpkeMlKem1024P384(core: WasmCore): HpkeKem {
  return hybridKem(core, 0x0051, 'MLKEM1024-P384', ascii('MLKEM1024-P384'), mlKem1024, nistCurve(p384(core)));
}

/** MLKEM768-X25519, or X-Wing, whose label is a drawing of one. */
export function hpkeMlKem768X25519(core: WasmCore): HpkeKem {
  const label = Uint8Array.of(0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c);
  const curve: Curve = {
    publicKeyLength: 32,
    scalarLength: 32,
    generateScalar: random => randomSecret(core, 32, random),
    isScalar: scalar => scalar.length === 32,
    publicKey: scalar => x25519PublicKey(core, scalar),
    sharedSecret: (scalar, peer) => x25519(core, scalar, peer),
  };
  return hybridKem(core, 0x647a, 'MLKEM768-X25519', label, mlKem768, curve);
}

interface Curve {
  readonly publicKeyLength: number;
  readonly scalarLength: number;
  generateScalar(random: RandomSource): Secret;
  isScalar(scalar: Secret): boolean;
  publicKey(scalar: Secret): Uint8Array;
  sharedSecret(scalar: Secret, peer: Uint8Array): Secret;
}

function nistCurve(curve: EcCurve): Curve {
  return {
    publicKeyLength: curve.pointLength,
    scalarLength: curve.length,
    generateScalar: random => curve.generateScalar(random),
    isScalar: scalar => curve.isScalar(scalar),
    publicKey: scalar => curve.publicKey(scalar),
    sharedSecret: (scalar, peer) => curve.sharedSecret(scalar, peer),
  };
}

function hybridKem(
  core: WasmCore,
  id: number,
  name: string,
  label: Uint8Array,
  kem: MlKemParameters,
  curve: Curve,
): HpkeKem {
  // SHA3-256 of both secrets, the curve's half of ciphertext and public key, and the label; disposes of the secrets.
  const combine = (quantum: Secret, agreed: Secret, ephemeral: Uint8Array, recipient: Uint8Array): Secret =>
    disposing([quantum, agreed], () => spongeOf(core, sha3256, [quantum, agreed, ephemeral, recipient, label], 32));
  return new SeedKem(core, {
    id,
    name,
    encapsulationLength: kem.ciphertextLength + curve.publicKeyLength,
    publicKeyLength: kem.encapsulationKeyLength + curve.publicKeyLength,
    seedLength: HYBRID_SEED_LENGTH,
    open(seed) {
      const { key, scalar } = openHybrid(core, kem, curve, seed);
      const point = disposingOnError(key, () => disposingOnError(scalar, () => curve.publicKey(scalar)));
      return {
        publicKey: joinBytes(key.encapsulationKey, point),
        decapsulate(encapsulation) {
          const ephemeral = encapsulation.subarray(kem.ciphertextLength);
          const [agreed, quantum] = makeSecrets([
            () => curve.sharedSecret(scalar, ephemeral),
            () => key.decapsulate(encapsulation.subarray(0, kem.ciphertextLength)),
          ]);
          return combine(quantum, agreed, ephemeral, point);
        },
        dispose() {
          key.dispose();
          scalar.dispose();
        },
      };
    },
    encapsulate(publicKey, random) {
      const recipient = publicKey.subarray(kem.encapsulationKeyLength);
      const encapsulationKey = publicKey.subarray(0, kem.encapsulationKeyLength);
      const { ciphertext, sharedSecret } = mlKemEncapsulate(core, kem, encapsulationKey, random);
      const ephemeral = disposingOnError(sharedSecret, () => curve.generateScalar(random));
      return disposing([ephemeral, sharedSecret], () => {
        const point = curve.publicKey(ephemeral);
        const agreed = curve.sharedSecret(ephemeral, recipient);
        return {
          encapsulation: joinBytes(ciphertext, point),
          sharedSecret: combine(sharedSecret, agreed, point, recipient),
        };
      });
    },
  });
}

/** SHAKE256 of the seed: the seed of ML-KEM, then candidates for the scalar, of which the first in range counts. */
function openHybrid(
  core: WasmCore,
  kem: MlKemParameters,
  curve: Curve,
  seed: Secret,
): { key: MlKemPrivateKey; scalar: Secret } {
  const CANDIDATES = 8; // each fails with a probability below 2^-31
  const expanded = spongeOf(core, shake256, [seed], SEED_LENGTH + CANDIDATES * curve.scalarLength);
  return disposing([expanded], () => {
    const quantumSeed = sliceSecret(core, expanded, 0, SEED_LENGTH);
    const key = disposing([quantumSeed], () => mlKemFromSeed(core, kem, quantumSeed));
    return disposingOnError(key, () => {
      for (let n = 0; n < CANDIDATES; n++) {
        const scalar = sliceSecret(core, expanded, SEED_LENGTH + n * curve.scalarLength, curve.scalarLength);
        if (disposingOnError(scalar, () => curve.isScalar(scalar))) return { key, scalar };
        scalar.dispose();
      }
      throw new TlsError('ERR_INVALID_PRIVATE_KEY', 'the seed gives no scalar');
    });
  });
}

/** A private key ready for use. */
interface Opened {
  readonly publicKey: Uint8Array;
  decapsulate(encapsulation: Uint8Array): Secret;
  dispose(): void;
}

interface SeedKemParameters {
  readonly id: number;
  readonly name: string;
  readonly encapsulationLength: number;
  readonly publicKeyLength: number;
  readonly seedLength: number;
  open(seed: Secret): Opened;
  encapsulate(publicKey: Uint8Array, random: RandomSource): { encapsulation: Uint8Array; sharedSecret: Secret };
}

/** A KEM whose private keys are seeds. */
class SeedKem implements HpkeKem {
  readonly core: WasmCore;
  readonly parameters: SeedKemParameters;

  constructor(core: WasmCore, parameters: SeedKemParameters) {
    this.core = core;
    this.parameters = parameters;
  }

  get id(): number {
    return this.parameters.id;
  }
  get name(): string {
    return this.parameters.name;
  }
  get encapsulationLength(): number {
    return this.parameters.encapsulationLength;
  }
  get publicKeyLength(): number {
    return this.parameters.publicKeyLength;
  }
  get privateKeyLength(): number {
    return this.parameters.seedLength;
  }

  generate(random: RandomSource): HpkePrivateKey {
    return new SeedKey(this, randomSecret(this.core, this.privateKeyLength, random));
  }

  derive(inputKeyingMaterial: Secret): HpkePrivateKey {
    const suiteId = joinBytes(ascii('KEM'), twoBytes(this.id));
    const length = this.privateKeyLength;
    const seed = labeledDerive(this.core, shake256, suiteId, [inputKeyingMaterial], 'DeriveKeyPair', EMPTY, length);
    return new SeedKey(this, seed);
  }

  import(serialized: Secret): HpkePrivateKey {
    this.core.pointerOf(serialized);
    if (serialized.length !== this.privateKeyLength) {
      throw new TlsError('ERR_INVALID_PRIVATE_KEY', `a private key of ${this.name} has ${this.privateKeyLength} bytes`);
    }
    return new SeedKey(this, sliceSecret(this.core, serialized, 0, serialized.length));
  }

  encapsulate(publicKey: Uint8Array, random: RandomSource) {
    publicKey = this.core.input(publicKey, 'the public key');
    if (publicKey.length !== this.publicKeyLength) {
      throw new TlsError('ERR_INVALID_PUBLIC_KEY', `a public key of ${this.name} has ${this.publicKeyLength} bytes`);
    }
    return this.parameters.encapsulate(publicKey, random);
  }
}

class SeedKey implements HpkePrivateKey {
  readonly kem: SeedKem;
  readonly #seed: Secret;
  readonly #opened: Opened;

  /** Takes the seed over. */
  constructor(kem: SeedKem, seed: Secret) {
    this.kem = kem;
    this.#seed = seed;
    this.#opened = disposingOnError(seed, () => kem.parameters.open(seed));
  }

  get publicKey(): Uint8Array {
    return this.#opened.publicKey;
  }

  decapsulate(encapsulation: Uint8Array): Secret {
    const { core, name, encapsulationLength } = this.kem;
    encapsulation = core.input(encapsulation, 'the encapsulation');
    if (encapsulation.length !== encapsulationLength) {
      throw new TlsError('ERR_INVALID_CIPHERTEXT', `${encapsulation.length} bytes are no ${name} encapsulation`);
    }
    return this.#opened.decapsulate(encapsulation);
  }

  dangerousExport(): Secret {
    return sliceSecret(this.kem.core, this.#seed, 0, this.#seed.length);
  }

  dispose(): void {
    this.#opened.dispose();
    this.#seed.dispose();
  }
}
