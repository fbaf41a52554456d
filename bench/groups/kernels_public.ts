// Public-key kernels as kernels: one call into a family's ABI with its inputs in memory. Field elements are multiplied
// inside these alone; a scalar multiplication is some thousand of them, RSA's public operation seventeen.

import * as nodeCrypto from 'node:crypto';
import { x448 as nobleX448 } from '@noble/curves/ed448.js';
import { x25519 as nobleX25519 } from '@noble/curves/ed25519.js';
import { p256 as nobleP256, p384 as nobleP384, p521 as nobleP521 } from '@noble/curves/nist.js';
import type { Ec448Exports, RsaExports, RsaPrivateExports, X25519Exports } from '../../build/generated/abi.ts';
import { bytes as ec448Binary } from '../../build/generated/ec448_wasm.ts';
import { bytes as rsaBinary } from '../../build/generated/rsa_wasm.ts';
import { bytes as x25519Binary } from '../../build/generated/x25519_wasm.ts';
import type { EcCurve } from '../../src/wasm/ec_curve.ts';
import { ffdhePrime } from '../../src/wasm/ffdh_primes.ts';
import { p256 } from '../../src/wasm/p256.ts';
import { p384 } from '../../src/wasm/p384.ts';
import { p521 } from '../../src/wasm/p521.ts';
import { rsaPrivateFamily } from '../../src/wasm/rsa_family.ts';
import { generateKeyPairSync } from '../../test/support/key_pairs.ts';
import { castls, core, native, peer, randomBytes } from '../core.ts';
import { type Candidate, equal } from '../suite.ts';

const SLOT = 8192;
const noble = peer('@noble/curves');

type Who = { implementation: string; version: string };

const fromBase64 = (text: string | undefined): Uint8Array => new Uint8Array(Buffer.from(text ?? '', 'base64url'));

/** Inputs one behind the other in a slot of their own; their addresses, and that of a place for the result. */
function inMemory(...inputs: readonly Uint8Array[]): number[] {
  let at = core().allocate(SLOT);
  const addresses: number[] = [];
  for (const input of inputs) {
    core().bytes.set(input, at);
    addresses.push(at);
    at += (input.length + 15) & ~15;
  }
  return [...addresses, at];
}

/** castls' call, whose result stands at `out`, and peers that return theirs. */
function agreeing(
  name: string,
  call: () => unknown,
  out: number,
  peers: readonly [Who, () => Uint8Array][],
): Candidate[] {
  const expected = peers[0][1]();
  const own: Candidate = {
    name,
    ...castls,
    bytes: 0,
    check() {
      call();
      equal(core().bytes.slice(out, out + expected.length), expected, 'castls');
    },
    run: call,
  };
  return [
    own,
    ...peers.map(([who, run]) => ({
      name,
      ...who,
      bytes: 0,
      check: () => equal(run(), expected, who.implementation),
      run,
    })),
  ];
}

/** Operations whose results differ from call to call, or say yes: each has a check of its own. */
function judged(
  name: string,
  ways: readonly (readonly [Who, run: () => unknown, check: () => boolean])[],
): Candidate[] {
  return ways.map(([who, run, check]) => ({
    name,
    ...who,
    bytes: 0,
    run,
    check() {
      if (!check()) throw new Error('a wrong result');
    },
  }));
}

function montgomery(name: 'X25519' | 'X448'): Candidate[] {
  const type = name.toLowerCase() as 'x25519';
  const own = generateKeyPairSync(type);
  const other = generateKeyPairSync(type);
  const scalar = fromBase64(own.privateKey.export({ format: 'jwk' }).d);
  const u = fromBase64(other.publicKey.export({ format: 'jwk' }).x);
  const [scalarAt, uAt, out] = inMemory(scalar, u);
  const x25519 = core().family<X25519Exports>({ name: 'x25519', binary: x25519Binary });
  const ec448 = core().family<Ec448Exports>({ name: 'ec448', binary: ec448Binary });
  const call = name === 'X25519' ? () => x25519.x25519(out, scalarAt, uAt) : () => ec448.x448(out, scalarAt, uAt);
  return agreeing(`${name} kernel`, call, out, [
    [native, () => nodeCrypto.diffieHellman({ privateKey: own.privateKey, publicKey: other.publicKey })],
    [noble, () => (name === 'X25519' ? nobleX25519 : nobleX448).getSharedSecret(scalar, u)],
  ]);
}

function nistCurve(curve: EcCurve, nobleCurve: typeof nobleP256, hash: string): Candidate[] {
  const { length, functions } = curve;
  const { name } = curve.parameters;
  const pair = generateKeyPairSync('ec', { namedCurve: name });
  const peerKey = generateKeyPairSync('ec', { namedCurve: name }).publicKey;
  const scalar = fromBase64(pair.privateKey.export({ format: 'jwk' }).d);
  const [ownPoint, peerPoint] = [pair.publicKey, peerKey].map(key => {
    const { x, y } = key.export({ format: 'jwk' });
    return Uint8Array.of(4, ...fromBase64(x), ...fromBase64(y));
  });
  const message = randomBytes(64);
  const digest = new Uint8Array(nodeCrypto.createHash(hash).update(message).digest());
  const padded = new Uint8Array(length);
  padded.set(digest.subarray(0, length), Math.max(0, length - digest.length));
  const nonce = randomBytes(length).fill(0, 0, 1); // below the order
  const raw = { key: pair.publicKey, dsaEncoding: 'ieee-p1363' } as const;
  const signature = new Uint8Array(nodeCrypto.sign(hash, message, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }));
  const [scalarAt, pointAt, peerAt, digestAt, nonceAt, signatureAt, out] = inMemory(
    scalar,
    ownPoint,
    peerPoint,
    padded,
    nonce,
    signature,
  );
  const options = { prehash: false, lowS: false };
  const result = (size: number) => core().bytes.slice(out, out + size);
  const isValid = (made: Uint8Array) => nodeCrypto.verify(hash, message, raw, made);
  const sign = () => functions.sign(out, scalarAt, digestAt, nonceAt);
  const verify = () => functions.verifyVartime(pointAt, digestAt, signatureAt);
  return [
    ...agreeing(`${name} public key kernel`, () => functions.publicKey(out, scalarAt), out, [
      [noble, () => nobleCurve.getPublicKey(scalar, false)],
    ]),
    ...agreeing(`${name} ECDH kernel`, () => functions.diffieHellman(out, scalarAt, peerAt), out, [
      [native, () => nodeCrypto.diffieHellman({ privateKey: pair.privateKey, publicKey: peerKey })],
      [noble, () => nobleCurve.getSharedSecret(scalar, peerPoint, true).subarray(1)],
    ]),
    ...judged(`${name} ECDSA sign kernel`, [
      [castls, sign, () => sign() === 1 && isValid(result(2 * length))],
      [
        native,
        () => nodeCrypto.sign(hash, message, pair.privateKey),
        () => nodeCrypto.verify(hash, message, pair.publicKey, nodeCrypto.sign(hash, message, pair.privateKey)),
      ],
      [noble, () => nobleCurve.sign(digest, scalar, options), () => isValid(nobleCurve.sign(digest, scalar, options))],
    ]),
    ...judged(`${name} ECDSA verify kernel`, [
      [castls, verify, () => verify() === 1],
      [native, () => isValid(signature), () => isValid(signature)],
      [
        noble,
        () => nobleCurve.verify(signature, digest, ownPoint, options),
        () => nobleCurve.verify(signature, digest, ownPoint, options),
      ],
    ]),
  ];
}

/** Seventeen multiplications modulo n, in place. */
function rsaPublic(): Candidate[] {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = publicKey.export({ format: 'jwk' });
  const [modulus, exponent] = [fromBase64(jwk.n), fromBase64(jwk.e)];
  const value = randomBytes(modulus.length).fill(0, 0, 1);
  const [modulusAt, exponentAt, out] = inMemory(modulus, exponent);
  const { rsaPublicVartime } = core().family<RsaExports>({ name: 'rsa', binary: rsaBinary });
  const call = () => rsaPublicVartime(modulusAt, modulus.length, exponentAt, exponent.length, out);
  const padding = nodeCrypto.constants.RSA_NO_PADDING;
  const [own, ...others] = agreeing('RSA-2048 public power kernel', call, out, [
    [native, () => nodeCrypto.publicEncrypt({ key: publicKey, padding }, value)],
  ]);
  const check = () => {
    core().bytes.set(value, out);
    return own.check();
  };
  return [{ ...own, check }, ...others];
}

/** A power with an exponent of 256 bits modulo the prime of ffdhe2048 (RFC 7919). */
function finiteField(): Candidate[] {
  const prime = ffdhePrime(2048);
  const exponent = randomBytes(32);
  const base = randomBytes(256).fill(0, 0, 1);
  const [primeAt, baseAt, exponentAt, out] = inMemory(prime, base, exponent);
  const { ffdhPower } = core().family<RsaPrivateExports>(rsaPrivateFamily);
  const dh = nodeCrypto.createDiffieHellman(Buffer.from(prime), 2);
  dh.setPrivateKey(Buffer.from(exponent));
  return agreeing('ffdhe2048 power kernel', () => ffdhPower(out, primeAt, 256, baseAt, exponentAt, 32), out, [
    [native, () => dh.computeSecret(base)],
  ]);
}

export async function publicKeyKernels(): Promise<Candidate[]> {
  return [
    ...montgomery('X25519'),
    ...montgomery('X448'),
    ...nistCurve(p256(core()), nobleP256, 'sha256'),
    ...nistCurve(p384(core()), nobleP384, 'sha384'),
    ...nistCurve(p521(core()), nobleP521, 'sha512'),
    ...rsaPublic(),
    ...finiteField(),
  ];
}
