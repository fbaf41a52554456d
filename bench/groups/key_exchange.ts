// Key agreement: one shared secret from an own private and a foreign public key. ML-KEM: ml_kem.ts.

import * as nodeCrypto from 'node:crypto';
import { x448 as nobleX448 } from '@noble/curves/ed448.js';
import { x25519 as nobleX25519 } from '@noble/curves/ed25519.js';
import { p256 as nobleP256, p384 as nobleP384 } from '@noble/curves/nist.js';
import type { EcCurve } from '../../src/wasm/ec_curve.ts';
import { p256 } from '../../src/wasm/p256.ts';
import { p384 } from '../../src/wasm/p384.ts';
import { x448 } from '../../src/wasm/x448.ts';
import { x25519, x25519PublicKey } from '../../src/wasm/x25519.ts';
import { generateKeyPairSync } from '../../test/support/key_pairs.ts';
import { castls, core, native, peer, randomBytes } from '../core.ts';
import { type Candidate, equal, type Group } from '../suite.ts';
import { mlKemCandidates } from './ml_kem.ts';

type Who = { implementation: string; version: string };

/** Candidates that must all give the same bytes. */
function agreeing(name: string, ways: readonly [Who, () => Uint8Array][]): Candidate[] {
  const expected = ways[0][1]();
  return ways.map(([who, run]) => ({
    name,
    ...who,
    bytes: 0,
    check: () => equal(run(), expected, who.implementation),
    run,
  }));
}

/** castls' own operation gives a Secret; its bytes are taken out for the check and it is disposed of in every run. */
function ownSecret(name: string, make: () => { dispose(): void }, expected: Uint8Array): Candidate {
  return {
    name,
    ...castls,
    bytes: 0,
    check: () => {
      const secret = make() as never;
      equal(core().dangerousReveal(secret), expected, 'castls');
      (secret as { dispose(): void }).dispose();
    },
    run: () => make().dispose(),
  };
}

function montgomery(name: 'X25519' | 'X448'): Candidate[] {
  const type = name.toLowerCase() as 'x25519';
  const own = generateKeyPairSync(type);
  const other = generateKeyPairSync(type);
  const bytes = (text: string | undefined) => new Uint8Array(Buffer.from(text ?? '', 'base64url'));
  const scalar = bytes(own.privateKey.export({ format: 'jwk' }).d);
  const u = bytes(other.publicKey.export({ format: 'jwk' }).x);
  const expected = nodeCrypto.diffieHellman({ privateKey: own.privateKey, publicKey: other.publicKey });
  const secret = core().importSecret(scalar);
  const noble = name === 'X25519' ? nobleX25519 : nobleX448;
  return [
    ownSecret(name, () => (name === 'X25519' ? x25519 : x448)(core(), secret, u), expected),
    ...agreeing(name, [
      [native, () => nodeCrypto.diffieHellman({ privateKey: own.privateKey, publicKey: other.publicKey })],
      [peer('@noble/curves'), () => noble.getSharedSecret(scalar, u)],
    ]),
  ];
}

function publicKeys(): Candidate[] {
  const scalar = randomBytes(32);
  const secret = core().importSecret(scalar);
  const name = 'X25519 public key';
  return agreeing(name, [
    [castls, () => x25519PublicKey(core(), secret)],
    [peer('@noble/curves'), () => nobleX25519.getPublicKey(scalar)],
  ]);
}

function ecdh(name: string, curve: EcCurve, noble: typeof nobleP256): Candidate[] {
  const namedCurve = curve.parameters.name;
  const own = generateKeyPairSync('ec', { namedCurve });
  const other = generateKeyPairSync('ec', { namedCurve });
  const jwk = own.privateKey.export({ format: 'jwk' });
  const scalar = new Uint8Array(Buffer.from(jwk.d ?? '', 'base64url'));
  const theirs = other.publicKey.export({ format: 'jwk' });
  const point = Uint8Array.of(
    4,
    ...Buffer.from(theirs.x ?? '', 'base64url'),
    ...Buffer.from(theirs.y ?? '', 'base64url'),
  );
  const expected = nodeCrypto.diffieHellman({ privateKey: own.privateKey, publicKey: other.publicKey });
  const secret = core().importSecret(scalar);
  return [
    ownSecret(name, () => curve.sharedSecret(secret, point), expected),
    ...agreeing(name, [
      [native, () => nodeCrypto.diffieHellman({ privateKey: own.privateKey, publicKey: other.publicKey })],
      [peer('@noble/curves'), () => noble.getSharedSecret(scalar, point, true).subarray(1)],
    ]),
  ];
}

export const keyExchangeGroup: Group = {
  name: 'key exchange',
  candidates: async () => [
    ...montgomery('X25519'),
    ...publicKeys(),
    ...ecdh('P-256 ECDH', p256(core()), nobleP256),
    ...ecdh('P-384 ECDH', p384(core()), nobleP384),
    ...montgomery('X448'),
    ...mlKemCandidates(),
  ],
};
