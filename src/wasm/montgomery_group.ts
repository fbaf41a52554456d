// X25519 and X448 as TLS groups: what both have in common. The arithmetic is in x25519.ts and x448.ts.

import { TlsError } from '../base/errors.ts';
import type { KeyExchange, KeyExchangeGroup } from '../crypto/key_exchange.ts';
import type { RandomSource, Secret } from '../crypto/secret.ts';
import type { WasmCore } from './core.ts';
import { disposingOnError, randomSecret } from './secrets.ts';

/** A Montgomery curve function of RFC 7748: scalars, u-coordinates and results have the same length. */
export interface MontgomeryFunction {
  readonly id: number;
  readonly name: string;
  /** Length of scalars and u-coordinates in bytes. */
  readonly length: number;
  publicKey(core: WasmCore, scalar: Secret): Uint8Array;
  /** @throws ERR_INVALID_PUBLIC_KEY */
  sharedSecret(core: WasmCore, scalar: Secret, u: Uint8Array): Secret;
}

/** The TLS group (RFC 9846 §4.2.8.2) of a Montgomery curve function. Synchronous. */
export function montgomeryGroup(core: WasmCore, curve: MontgomeryFunction): KeyExchangeGroup {
  const group: KeyExchangeGroup = {
    id: curve.id,
    name: curve.name,
    tls12: true,
    generate: random => new MontgomeryKeyExchange(group, core, curve, random),
    respond(peerShare, random) {
      peerShare = core.input(peerShare, "the peer's share");
      const pair = new MontgomeryKeyExchange(group, core, curve, random);
      return { share: pair.share, sharedSecret: pair.complete(peerShare) };
    },
  };
  return group;
}

class MontgomeryKeyExchange implements KeyExchange {
  readonly group: KeyExchangeGroup;
  readonly share: Uint8Array;
  readonly #core: WasmCore;
  readonly #curve: MontgomeryFunction;
  readonly #scalar: Secret;

  constructor(group: KeyExchangeGroup, core: WasmCore, curve: MontgomeryFunction, random: RandomSource) {
    this.group = group;
    this.#core = core;
    this.#curve = curve;
    this.#scalar = randomSecret(core, curve.length, random);
    this.share = disposingOnError(this.#scalar, () => curve.publicKey(core, this.#scalar));
  }

  complete(peerShare: Uint8Array): Secret {
    if (this.#scalar.disposed) throw new TlsError('ERR_INVALID_STATE', 'a key exchange completes once');
    try {
      return this.#curve.sharedSecret(this.#core, this.#scalar, peerShare);
    } finally {
      this.dispose();
    }
  }

  dispose(): void {
    this.#scalar.dispose();
  }
}
