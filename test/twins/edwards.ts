// Slow twin of Ed25519 and Ed448: RFC 8032 §5 written down with BigInt in affine coordinates, hashes from node:crypto.

import { createHash } from 'node:crypto';
import { fromLittleEndian, toLittleEndian } from './montgomery.ts';

type Point = readonly [x: bigint, y: bigint];

interface Curve {
  readonly length: number;
  readonly p: bigint;
  /** a x^2 + y^2 = 1 + d x^2 y^2 */
  readonly a: bigint;
  readonly d: bigint;
  readonly order: bigint;
  readonly base: Point;
  hash(...parts: Uint8Array[]): Uint8Array;
  clamp(scalar: Uint8Array): void;
}

const p25519 = 2n ** 255n - 19n;
const p448 = 2n ** 448n - 2n ** 224n - 1n;

const ed25519: Curve = {
  length: 32,
  p: p25519,
  a: -1n,
  d: -121665n * inverse(121666n, p25519),
  order: 2n ** 252n + 27742317777372353535851937790883648493n,
  base: [
    15112221349535400772501151409588531511454012693041857206046113283949847762202n,
    46316835694926478169428394003475163141307993866256225615783033603165251855960n,
  ],
  hash: (...parts) => new Uint8Array(createHash('sha512').update(Buffer.concat(parts)).digest()),
  clamp(scalar) {
    scalar[0] &= 248;
    scalar[31] = (scalar[31] & 127) | 64;
  },
};

const ed448: Curve = {
  length: 57,
  p: p448,
  a: 1n,
  d: -39081n,
  order: 2n ** 446n - 13818066809895115352007386748515426880336692474882178609894547503885n,
  base: [
    224580040295924300187604334099896036246789641632564134246125461686950415467406032909029192869357953282578032075146446173674602635247710n,
    298819210078481492676017930443930673437544040154080242095928241372331506189835876003536878655418784733982303233503462500531545062832660n,
  ],
  hash(...parts) {
    // RFC 8032 §5.2: dom4(0, "") in front
    const dom = Buffer.concat([Buffer.from('SigEd448'), Buffer.from([0, 0])]);
    const hash = createHash('shake256', { outputLength: 114 });
    // The key is expanded without dom4.
    return new Uint8Array(hash.update(Buffer.concat(parts.length === 1 ? parts : [dom, ...parts])).digest());
  },
  clamp(scalar) {
    scalar[0] &= 252;
    scalar[55] |= 128;
    scalar[56] = 0;
  },
};

/** Public key and signature by RFC 8032 §5.1.5-5.1.6. */
export function ed25519Twin(seed: Uint8Array, message: Uint8Array): { publicKey: Uint8Array; signature: Uint8Array } {
  return sign(ed25519, seed, message);
}

/** Public key and signature by RFC 8032 §5.2.5-5.2.6. */
export function ed448Twin(seed: Uint8Array, message: Uint8Array): { publicKey: Uint8Array; signature: Uint8Array } {
  return sign(ed448, seed, message);
}

/** Encodings of all points of small order: [8] A = 0 on Ed25519, [4] A = 0 on Ed448. */
export function smallOrderTwin(name: 'ed25519' | 'ed448'): Uint8Array[] {
  const [curve, cofactor] = name === 'ed25519' ? [ed25519, 8] : [ed448, 4];
  for (let y = 2n; ; y++) {
    const x = xOf(curve, y);
    if (x === undefined) continue;
    // The prime part goes; what is left generates the points of small order if there are enough of its multiples.
    const generator = multiply(curve, curve.order, [x, y]);
    const multiples = Array.from({ length: cofactor }, (_, n) => encode(curve, multiply(curve, BigInt(n), generator)));
    if (new Set(multiples.map(String)).size === cofactor) return multiples;
  }
}

/** The sum of a public key and another, encoded. */
export function addKeysTwin(name: 'ed25519' | 'ed448', ...keys: Uint8Array[]): Uint8Array {
  const curve = name === 'ed25519' ? ed25519 : ed448;
  return encode(
    curve,
    keys.map(key => decode(curve, key)).reduce((sum, point) => add(curve, sum, point)),
  );
}

function decode(curve: Curve, key: Uint8Array): Point {
  const bytes = key.slice();
  bytes[curve.length - 1] &= 127;
  const y = fromLittleEndian(bytes);
  const x = xOf(curve, y)!;
  return [Number(x & 1n) === key[curve.length - 1] >> 7 ? x : (curve.p - x) % curve.p, y];
}

/** Either x to this y; undefined if there is none. */
function xOf({ p, a, d }: Curve, y: bigint): bigint | undefined {
  const square = ((((1n - y * y) * inverse(a - d * y * y, p)) % p) + p) % p;
  // p is 3 modulo 4, or 5 modulo 8: one of these is the root if there is one.
  const candidates =
    p % 4n === 3n
      ? [power(square, (p + 1n) / 4n, p)]
      : [1n, power(2n, (p - 1n) / 4n, p)].map(i => (power(square, (p + 3n) / 8n, p) * i) % p);
  return candidates.find(x => (x * x) % p === square);
}

function power(base: bigint, exponent: bigint, p: bigint): bigint {
  let result = 1n;
  for (let e = exponent, square = base; e > 0n; e >>= 1n, square = (square * square) % p) {
    if (e & 1n) result = (result * square) % p;
  }
  return result;
}

function sign(curve: Curve, seed: Uint8Array, message: Uint8Array): { publicKey: Uint8Array; signature: Uint8Array } {
  const { length, order, base } = curve;
  const expanded = curve.hash(seed);
  const scalar = expanded.slice(0, length);
  curve.clamp(scalar);
  const s = fromLittleEndian(scalar);
  const publicKey = encode(curve, multiply(curve, s, base));
  const r = fromLittleEndian(curve.hash(expanded.slice(length), message)) % order;
  const encodedR = encode(curve, multiply(curve, r, base));
  const k = fromLittleEndian(curve.hash(encodedR, publicKey, message)) % order;
  const signature = Buffer.concat([encodedR, toLittleEndian((r + k * s) % order, length)]);
  return { publicKey, signature: new Uint8Array(signature) };
}

function multiply(curve: Curve, scalar: bigint, point: Point): Point {
  let sum: Point = [0n, 1n];
  for (let q = point; scalar > 0n; scalar >>= 1n, q = add(curve, q, q)) if (scalar & 1n) sum = add(curve, sum, q);
  return sum;
}

function add({ p, a, d }: Curve, [x1, y1]: Point, [x2, y2]: Point): Point {
  const product = (d * x1 * x2 * y1 * y2) % p;
  const x = (x1 * y2 + y1 * x2) * inverse(1n + product, p);
  const y = (y1 * y2 - a * x1 * x2) * inverse(1n - product, p);
  return [((x % p) + p) % p, ((y % p) + p) % p];
}

function encode({ length }: Curve, [x, y]: Point): Uint8Array {
  const bytes = toLittleEndian(y, length);
  bytes[length - 1] |= Number(x & 1n) << 7;
  return bytes;
}

/** 1 / x mod m by Euclid. */
function inverse(x: bigint, m: bigint): bigint {
  let [a, b, u, v] = [((x % m) + m) % m, m, 1n, 0n];
  while (a !== 0n) {
    const q = b / a;
    [a, b, u, v] = [b - q * a, a, v - q * u, u];
  }
  return v;
}
