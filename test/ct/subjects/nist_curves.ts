// P-256, P-384 and P-521: scalar multiplication, the comb, signing, inversion, the check of private keys.

import { type Subject, secretBytes, type TraceContext } from '../subject.ts';

interface Curve {
  readonly prefix: string;
  readonly family: string;
  readonly length: number;
  readonly order: bigint;
}

const curves: readonly Curve[] = [
  {
    prefix: 'p256',
    family: 'p256',
    length: 32,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  {
    prefix: 'p384',
    family: 'ec_large',
    length: 48,
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  {
    prefix: 'p521',
    family: 'ec_large',
    length: 66,
    order: (1n << 521n) - 0x5ae79787c40d069948033feb708f65a2fc44a36477663b851449048e16ec79bf7n,
  },
];

// Offsets in the scratch of a run.
const SCALAR = 0;
const NONCE = 128;
const DIGEST = 256;
const POINT = 384;
const OUT = 640;

function bigEndian(value: bigint, length: number): Uint8Array {
  return new Uint8Array(Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex'));
}

/** Edge scalars (ends of the range, one digit, one limb, long runs), then pseudo-random ones, all in 1..n-1. */
function scalar(index: number, { order, length }: Curve): Uint8Array {
  const bits = BigInt(order.toString(2).length);
  const edges = [
    1n,
    order - 1n,
    2n,
    order - 2n,
    15n,
    16n,
    31n,
    32n,
    order >> 1n,
    (order >> 1n) + 1n,
    1n << (bits - 2n),
    (1n << (bits - 1n)) - 1n,
    (1n << (bits / 2n)) - 1n,
    (1n << 28n) - 1n,
    1n << 28n,
    order - (1n << (bits / 2n)),
  ];
  if (index < edges.length) return bigEndian(edges[index], length);
  const random = BigInt(`0x${Buffer.from(secretBytes(index, length)).toString('hex')}`);
  return bigEndian((random % (order - 1n)) + 1n, length);
}

/** Any string, so that the check of a private key sees zero, n and more too. */
function anyScalar(index: number, curve: Curve): Uint8Array {
  const edges = [0n, 1n, curve.order - 1n, curve.order, curve.order + 1n];
  return index < edges.length ? bigEndian(edges[index], curve.length) : secretBytes(index, curve.length);
}

/** Writes 2 G as a peer's point. Done often enough, it fills the comb, whose making is no part of the trace. */
function writePoint({ abi, bytes, scratch }: TraceContext, { prefix, length }: Curve, times = 4): void {
  bytes.set(bigEndian(2n, length), scratch + OUT);
  for (let i = 0; i < times; i++) abi[`${prefix}PublicKey`](scratch + POINT, scratch + OUT);
}

function subjectsOf(curve: Curve): Subject[] {
  const { prefix, family, length } = curve;
  return [
    {
      name: `${prefix}PublicKey (scalar)`,
      family,
      secrets: 32,
      prepare(context, index) {
        const { abi, bytes, scratch } = context;
        writePoint(context, curve);
        bytes.set(scalar(index, curve), scratch + SCALAR);
        return () => abi[`${prefix}PublicKey`](scratch + OUT, scratch + SCALAR);
      },
    },
    {
      name: `${prefix}PublicKey without the comb, as at its first use (scalar)`,
      family,
      secrets: 32,
      prepare(context, index) {
        const { abi, bytes, scratch } = context;
        bytes.set(scalar(index, curve), scratch + SCALAR);
        return () => abi[`${prefix}PublicKey`](scratch + OUT, scratch + SCALAR);
      },
    },
    {
      name: `${prefix}DiffieHellman (scalar)`,
      family,
      secrets: 32,
      prepare(context, index) {
        const { abi, bytes, scratch } = context;
        writePoint(context, curve, 1);
        bytes.set(scalar(index, curve), scratch + SCALAR);
        return () => abi[`${prefix}DiffieHellman`](scratch + OUT, scratch + SCALAR, scratch + POINT);
      },
    },
    {
      // Inverts modulo p (affine coordinates) and modulo n (the nonce).
      name: `${prefix}Sign (private key, nonce)`,
      family,
      secrets: 32,
      prepare(context, index) {
        const { abi, bytes, scratch } = context;
        writePoint(context, curve);
        bytes.set(scalar(index, curve), scratch + SCALAR);
        // P-521 takes the leftmost 521 of 528 bits; the pseudo-random nonces have to be in range.
        const nonce = BigInt(`0x${Buffer.from(scalar((index * 7 + 3) % 32, curve)).toString('hex')}`);
        bytes.set(bigEndian(prefix === 'p521' ? nonce << 7n : nonce, length), scratch + NONCE);
        bytes.set(secretBytes(6, Math.min(length, 64)), scratch + DIGEST + length - Math.min(length, 64));
        return () => {
          const status = abi[`${prefix}Sign`](scratch + OUT, scratch + SCALAR, scratch + DIGEST, scratch + NONCE);
          if (status !== 1) throw new Error(`${prefix}Sign refused nonce ${index}`);
        };
      },
    },
    {
      name: `${prefix}CheckScalar (scalar)`,
      family,
      secrets: 64,
      prepare({ abi, bytes, scratch }, index) {
        bytes.set(anyScalar(index, curve), scratch + SCALAR);
        return () => abi[`${prefix}CheckScalar`](scratch + SCALAR);
      },
    },
  ];
}

export const nistCurveSubjects: readonly Subject[] = curves.flatMap(subjectsOf);
