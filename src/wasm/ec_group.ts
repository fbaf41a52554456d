// A NIST curve as a TLS group (RFC 8422 §5.4, RFC 9846 §4.3.7): shares are uncompressed points, the secret is x.

import { TlsError } from '../base/errors.ts';
import type { KeyExchange, KeyExchangeGroup } from '../crypto/key_exchange.ts';
import type { RandomSource, Secret } from '../crypto/secret.ts';
import type { EcCurve } from './ec_curve.ts';
import { disposingOnError } from './secrets.ts';

/** The TLS group of `curve`. Synchronous. */
export function ecGroup(curve: EcCurve): KeyExchangeGroup {
  const group: KeyExchangeGroup = {
    id: curve.parameters.groupId,
    name: curve.parameters.groupName,
    tls12: true,
    generate: random => new EcKeyExchange(group, curve, random),
    respond(peerShare, random) {
      peerShare = curve.core.input(peerShare, "the peer's share");
      const pair = new EcKeyExchange(group, curve, random);
      return { share: pair.share, sharedSecret: pair.complete(peerShare) };
    },
  };
  return group;
}

class EcKeyExchange implements KeyExchange {
  readonly group: KeyExchangeGroup;
  readonly share: Uint8Array;
  readonly #curve: EcCurve;
  readonly #scalar: Secret;

  constructor(group: KeyExchangeGroup, curve: EcCurve, random: RandomSource) {
    this.group = group;
    this.#curve = curve;
    this.#scalar = curve.generateScalar(random);
    this.share = disposingOnError(this.#scalar, () => curve.publicKey(this.#scalar));
  }

  complete(peerShare: Uint8Array): Secret {
    if (this.#scalar.disposed) throw new TlsError('ERR_INVALID_STATE', 'a key exchange completes once');
    try {
      return this.#curve.sharedSecret(this.#scalar, peerShare);
    } finally {
      this.dispose();
    }
  }

  dispose(): void {
    this.#scalar.dispose();
  }
}
