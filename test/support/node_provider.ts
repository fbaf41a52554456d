// A CryptoProvider over node:crypto: for tests before and beside the WASM core, whose second oracle it is.

import { randomFillSync, timingSafeEqual } from 'node:crypto';
import type { CryptoProvider } from '../../src/crypto/provider.ts';
import type { RandomSource } from '../../src/crypto/secret.ts';
import { nodeGroups } from './node/groups.ts';
import { nodeKeyDerivation } from './node/hash.ts';
import { nodeFfdhe2048, nodeFiniteFieldDh, nodeRsaKeyTransport } from './node/key_exchange12.ts';
import { nodeSuites12, nodeSuites13 } from './node/records.ts';
import { Ledger, NodeSecret } from './node/secret.ts';
import { nodeVerifier } from './node/signatures.ts';

export interface NodeProvider extends CryptoProvider {
  /** What is alive: secrets, record protections, key exchanges. Empty when everything was disposed of. */
  readonly ledger: Ledger;
}

/** A provider with secrets of its own. @param random replaces the host's random source, for exact replays */
export function nodeProvider(random?: RandomSource): NodeProvider {
  const ledger = new Ledger();
  const bytesOf = (secret: Parameters<CryptoProvider['dangerousReveal']>[0]) => NodeSecret.bytesOf(secret, ledger);
  return {
    name: 'node',
    ledger,
    random: random ?? (target => void randomFillSync(target)),
    importSecret: bytes => new NodeSecret(ledger, bytes),
    dangerousReveal: secret => Uint8Array.from(bytesOf(secret)),
    concatSecrets: (first, second) => new NodeSecret(ledger, Buffer.concat([bytesOf(first), bytesOf(second)])),
    sliceSecret: (secret, offset, length) => new NodeSecret(ledger, bytesOf(secret).subarray(offset, offset + length)),
    equalBytes: (a, b) => a.length === b.length && timingSafeEqual(a, b),
    keyDerivation: hash => nodeKeyDerivation(ledger, hash),
    cipherSuites13: nodeSuites13(ledger),
    cipherSuites12: nodeSuites12(ledger),
    groups: [...nodeGroups(ledger), nodeFfdhe2048(ledger)],
    finiteFieldDh: nodeFiniteFieldDh(ledger),
    rsaKeyTransport: nodeRsaKeyTransport(ledger),
    signatureVerifiers: [nodeVerifier],
    privateKeyImporters: [],
  };
}

/** A reproducible random source for exact replays; nothing secret comes from it. */
export function seededRandom(seed: number): RandomSource {
  let state = seed >>> 0;
  return target => {
    for (let i = 0; i < target.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      target[i] = state >>> 24;
    }
  };
}
