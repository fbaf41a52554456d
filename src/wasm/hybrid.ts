// ML-KEM as TLS groups: alone (draft-ietf-tls-mlkem) and as the second half of a hybrid (RFC 10024), over any classical
// group. A hybrid's shares and secrets are those of its halves, one behind the other, in the order that the group names.

import { isObject, unsharedBytes } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import type { KeyExchange, KeyExchangeGroup } from '../crypto/key_exchange.ts';
import type { Awaitable, RandomSource, Secret } from '../crypto/secret.ts';
import type { WasmCore } from './core.ts';
import {
  type MlKemParameters,
  type MlKemPrivateKey,
  mlKem512,
  mlKem768,
  mlKem1024,
  mlKemEncapsulate,
  mlKemGenerate,
} from './mlkem.ts';
import { concatSecrets, disposingOnError } from './secrets.ts';

/** MLKEM512, MLKEM768 or MLKEM1024: the client's share is an encapsulation key, the server's a ciphertext. */
export function mlKemGroup(core: WasmCore, bits: 512 | 768 | 1024): KeyExchangeGroup {
  const { id, parameters } = { 512: pure512, 768: pure768, 1024: pure1024 }[bits];
  const group: KeyExchangeGroup = {
    id,
    name: `MLKEM${bits}`,
    tls12: false,
    generate: random => new MlKemKeyExchange(group, mlKemGenerate(core, parameters, random)),
    respond(peerShare, random) {
      const { ciphertext, sharedSecret } = mlKemEncapsulate(core, parameters, peerShare, random);
      return { share: ciphertext, sharedSecret };
    },
  };
  return group;
}

const pure512 = { id: 0x0200, parameters: mlKem512 };
const pure768 = { id: 0x0201, parameters: mlKem768 };
const pure1024 = { id: 0x0202, parameters: mlKem1024 };

class MlKemKeyExchange implements KeyExchange {
  readonly group: KeyExchangeGroup;
  readonly share: Uint8Array;
  readonly #key: MlKemPrivateKey;

  constructor(group: KeyExchangeGroup, key: MlKemPrivateKey) {
    this.group = group;
    this.share = key.encapsulationKey;
    this.#key = key;
  }

  complete(peerShare: Uint8Array): Secret {
    if (this.#key.disposed) throw completedBefore();
    try {
      return this.#key.decapsulate(peerShare);
    } finally {
      this.#key.dispose();
    }
  }

  dispose(): void {
    this.#key.dispose();
  }
}

/** A hybrid group: which classical group, which ML-KEM, and which of them comes first in shares and secrets. */
export interface HybridParameters {
  /** Value in the IANA TLS Supported Groups registry. */
  readonly id: number;
  readonly name: string;
  readonly classical: KeyExchangeGroup;
  readonly mlkem: 768 | 1024;
  readonly order: 'mlkem-first' | 'classical-first';
}

/** X25519MLKEM768 (RFC 10024): ML-KEM first. @param x25519 the group x25519 of the same core */
export function x25519MlKem768Group(core: WasmCore, x25519: KeyExchangeGroup): KeyExchangeGroup {
  return hybridGroup(core, {
    id: 0x11ec,
    name: 'X25519MLKEM768',
    classical: x25519,
    mlkem: 768,
    order: 'mlkem-first',
  });
}

/** SecP256r1MLKEM768 (RFC 10024): the curve first. @param secp256r1 the group secp256r1 of the same core */
export function secp256r1MlKem768Group(core: WasmCore, secp256r1: KeyExchangeGroup): KeyExchangeGroup {
  return hybridGroup(core, {
    id: 0x11eb,
    name: 'SecP256r1MLKEM768',
    classical: secp256r1,
    mlkem: 768,
    order: 'classical-first',
  });
}

/** SecP384r1MLKEM1024 (RFC 10024): the curve first. @param secp384r1 the group secp384r1 of the same core */
export function secp384r1MlKem1024Group(core: WasmCore, secp384r1: KeyExchangeGroup): KeyExchangeGroup {
  return hybridGroup(core, {
    id: 0x11ed,
    name: 'SecP384r1MLKEM1024',
    classical: secp384r1,
    mlkem: 1024,
    order: 'classical-first',
  });
}

/** The group of `parameters`. Synchronous if its classical half is. */
export function hybridGroup(core: WasmCore, parameters: HybridParameters): KeyExchangeGroup {
  const { classical } = parameters;
  const kem = parameters.mlkem === 768 ? mlKem768 : mlKem1024;
  const group: KeyExchangeGroup = {
    id: parameters.id,
    name: parameters.name,
    tls12: false,
    generate: random =>
      andThen(
        classical.generate(random),
        exchange => new HybridKeyExchange(group, core, parameters, kem, exchange, random),
      ),
    respond(peerShare, random) {
      const { first, second } = split(parameters, peerShare, kem.encapsulationKeyLength, 'ERR_INVALID_PUBLIC_KEY');
      const quantum = mlKemEncapsulate(core, kem, second, random);
      return disposingOnError(quantum.sharedSecret, () =>
        andThen(
          classical.respond(first, random),
          answer => ({
            share: joinShares(parameters, answer.share, quantum.ciphertext),
            sharedSecret: joinSecrets(core, parameters, answer.sharedSecret, quantum.sharedSecret),
          }),
          () => quantum.sharedSecret.dispose(),
        ),
      );
    },
  };
  return group;
}

class HybridKeyExchange implements KeyExchange {
  readonly group: KeyExchangeGroup;
  readonly share: Uint8Array;
  readonly #core: WasmCore;
  readonly #parameters: HybridParameters;
  readonly #classical: KeyExchange;
  readonly #key: MlKemPrivateKey;

  constructor(
    group: KeyExchangeGroup,
    core: WasmCore,
    parameters: HybridParameters,
    kem: MlKemParameters,
    classical: KeyExchange,
    random: RandomSource,
  ) {
    this.group = group;
    this.#core = core;
    this.#parameters = parameters;
    this.#classical = classical;
    this.#key = disposingOnError(classical, () => mlKemGenerate(core, kem, random));
    this.share = joinShares(parameters, classical.share, this.#key.encapsulationKey);
  }

  complete(peerShare: Uint8Array): Awaitable<Secret> {
    if (this.#key.disposed) throw completedBefore();
    const core = this.#core;
    const parameters = this.#parameters;
    try {
      const { ciphertextLength } = this.#key.parameters;
      const { first, second } = split(parameters, peerShare, ciphertextLength, 'ERR_INVALID_CIPHERTEXT');
      const quantum = this.#key.decapsulate(second);
      this.#key.dispose();
      return disposingOnError(quantum, () =>
        andThen(
          this.#classical.complete(first),
          agreed => joinSecrets(core, parameters, agreed, quantum),
          () => quantum.dispose(),
        ),
      );
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  dispose(): void {
    this.#key.dispose();
    this.#classical.dispose();
  }
}

function completedBefore(): TlsError {
  return new TlsError('ERR_INVALID_STATE', 'a key exchange completes once');
}

/** The classical part (first) and the ML-KEM part (second) of a share. The classical group checks what is left to it. */
function split(
  parameters: HybridParameters,
  share: Uint8Array,
  quantumLength: number,
  code: 'ERR_INVALID_PUBLIC_KEY' | 'ERR_INVALID_CIPHERTEXT',
): { first: Uint8Array; second: Uint8Array } {
  share = unsharedBytes(share, "the peer's share");
  const classicalLength = share.length - quantumLength;
  if (classicalLength <= 0) throw new TlsError(code, `a ${parameters.name} share of ${share.length} bytes`);
  return parameters.order === 'classical-first'
    ? { first: share.subarray(0, classicalLength), second: share.subarray(classicalLength) }
    : { first: share.subarray(quantumLength), second: share.subarray(0, quantumLength) };
}

function joinShares(parameters: HybridParameters, classical: Uint8Array, quantum: Uint8Array): Uint8Array {
  const out = new Uint8Array(classical.length + quantum.length);
  const classicalFirst = parameters.order === 'classical-first';
  out.set(classical, classicalFirst ? 0 : quantum.length);
  out.set(quantum, classicalFirst ? classical.length : 0);
  return out;
}

/** The joined secret; disposes of both halves. */
function joinSecrets(core: WasmCore, parameters: HybridParameters, classical: Secret, quantum: Secret): Secret {
  try {
    return parameters.order === 'classical-first'
      ? concatSecrets(core, classical, quantum)
      : concatSecrets(core, quantum, classical);
  } finally {
    classical.dispose();
    quantum.dispose();
  }
}

/**
 * `next` on a result that is there or comes later, from a promise of any realm or whatever else has `then`; `onRejection` runs
 * if it never comes.
 */
function andThen<T, U>(result: Awaitable<T>, next: (value: T) => U, onRejection?: () => void): Awaitable<U> {
  if (!isThenable(result)) return next(result);
  return Promise.resolve(result).then(next, (error: unknown) => {
    onRejection?.();
    throw error;
  });
}

function isThenable<T>(result: Awaitable<T>): result is Promise<T> {
  return isObject(result) && typeof (result as { then?: unknown }).then === 'function';
}
