// Key exchange groups over node:crypto, keys drawn from the given random source so that handshakes can be replayed.

import { createECDH, createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import { TlsError } from '../../../src/base/errors.ts';
import type { KeyExchange, KeyExchangeGroup } from '../../../src/crypto/key_exchange.ts';
import type { RandomSource, Secret } from '../../../src/crypto/secret.ts';
import { type Ledger, NodeSecret } from './secret.ts';

interface KeyPair {
  readonly share: Uint8Array;
  agree(peerShare: Uint8Array): Uint8Array;
}

class NodeKeyExchange implements KeyExchange {
  readonly group: KeyExchangeGroup;
  readonly share: Uint8Array;
  readonly #ledger: Ledger;
  #pair: KeyPair | null;

  constructor(ledger: Ledger, group: KeyExchangeGroup, pair: KeyPair) {
    this.group = group;
    this.share = pair.share;
    this.#pair = pair;
    this.#ledger = ledger;
    ledger.add(this);
  }

  complete(peerShare: Uint8Array): Secret {
    if (this.#pair === null) throw new TlsError('ERR_STALE_HANDLE', 'the key exchange is over');
    const pair = this.#pair;
    this.dispose();
    return new NodeSecret(this.#ledger, pair.agree(peerShare));
  }

  dispose(): void {
    this.#pair = null;
    this.#ledger.alive.delete(this);
  }
}

function group(ledger: Ledger, id: number, name: string, generate: (random: RandomSource) => KeyPair) {
  const self: KeyExchangeGroup = {
    id,
    name,
    tls12: true,
    generate: random => new NodeKeyExchange(ledger, self, generate(random)),
    respond(peerShare, random) {
      const pair = generate(random);
      return { share: pair.share, sharedSecret: new NodeSecret(ledger, pair.agree(peerShare)) };
    },
  };
  return self;
}

function invalid<T>(what: () => T): T {
  try {
    return what();
  } catch (cause) {
    throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'the share is not a valid public key', { cause });
  }
}

// PKCS#8 and SPKI prefixes of RFC 8410 keys.
const montgomery = {
  x25519: { length: 32, pkcs8: '302e020100300506032b656e04220420', spki: '302a300506032b656e032100' },
  x448: { length: 56, pkcs8: '3046020100300506032b656f043a0438', spki: '3042300506032b656f033900' },
};

function montgomeryPair(name: 'x25519' | 'x448', random: RandomSource): KeyPair {
  const { length, pkcs8, spki } = montgomery[name];
  const scalar = new Uint8Array(length);
  random(scalar);
  const key = Buffer.concat([Buffer.from(pkcs8, 'hex'), scalar]);
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  const der = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    share: new Uint8Array(der.subarray(der.length - length)),
    agree(peerShare) {
      if (peerShare.length !== length) throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'the share has a wrong length');
      return invalid(() => {
        const peer = Buffer.concat([Buffer.from(spki, 'hex'), peerShare]);
        const publicKey = createPublicKey({ key: peer, format: 'der', type: 'spki' });
        return new Uint8Array(diffieHellman({ privateKey, publicKey }));
      });
    },
  };
}

function curvePair(curve: string, length: number, random: RandomSource): KeyPair {
  const ecdh = createECDH(curve);
  const scalar = new Uint8Array(length);
  for (;;) {
    random(scalar);
    if (curve === 'secp521r1') scalar[0] &= 1;
    try {
      ecdh.setPrivateKey(scalar);
      break;
    } catch {} // not below the order: the next draw
  }
  return {
    share: new Uint8Array(ecdh.getPublicKey()),
    agree(peerShare) {
      if (peerShare.length !== 2 * length + 1 || peerShare[0] !== 4) {
        throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'the share is no uncompressed point');
      }
      return invalid(() => new Uint8Array(ecdh.computeSecret(peerShare)));
    },
  };
}

export function nodeGroups(ledger: Ledger): KeyExchangeGroup[] {
  return [
    group(ledger, 0x001d, 'x25519', random => montgomeryPair('x25519', random)),
    group(ledger, 0x0017, 'secp256r1', random => curvePair('prime256v1', 32, random)),
    group(ledger, 0x0018, 'secp384r1', random => curvePair('secp384r1', 48, random)),
    group(ledger, 0x0019, 'secp521r1', random => curvePair('secp521r1', 66, random)),
    group(ledger, 0x001e, 'x448', random => montgomeryPair('x448', random)),
  ];
}
