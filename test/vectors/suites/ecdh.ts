// ECDH on P-256, P-384 and P-521: Wycheproof (SPKI, bare points, PEM, JWK), its curve list, and ACVP KAS-ECC CDH.
// Public keys are read by hand, to the byte; node:crypto only takes private keys out of their PKCS#8 container.

import { createPrivateKey } from 'node:crypto';
import type { EcCurve } from '../../../src/wasm/ec_curve.ts';
import { hex, readJson, unhex } from '../../support/hex.ts';
import type { Suite, WycheproofTest } from '../report.ts';
import { agree, curveNamed, integerBytes, pointBytes, publicOf } from './nist_curves.ts';

interface Jwk {
  readonly crv: string;
  readonly x: string;
  readonly y: string;
  readonly d: string;
}

interface EcdhTest extends WycheproofTest {
  readonly public: string | Jwk;
  readonly private: string | Jwk;
  readonly shared: string;
}

/** The point (either form) and the scalar that a case gives, by the encoding of its group; null for no such key. */
const readers: Record<string, (curve: EcCurve, test: EcdhTest) => { point: Uint8Array; scalar: Uint8Array } | null> = {
  ecpoint: (curve, test) => both(unhex(test.public as string), integerBytes(test.private as string, curve.length)),
  asn: (curve, test) =>
    both(spkiPoint(curve, unhex(test.public as string)), integerBytes(test.private as string, curve.length)),
  pem: (curve, test) => both(spkiPoint(curve, pemBytes(test.public as string)), pkcs8Scalar(curve, test)),
  webcrypto(curve, test) {
    const key = test.public as Jwk;
    const x = Buffer.from(key.x, 'base64url');
    const y = Buffer.from(key.y, 'base64url');
    if (key.crv !== curve.parameters.name || x.length !== curve.length || y.length !== curve.length) return null;
    const d = Buffer.from((test.private as Jwk).d, 'base64url');
    return both(Uint8Array.of(4, ...x, ...y), integerBytes(d.toString('hex'), curve.length));
  },
};

const wycheproof: Suite = {
  files: /wycheproof\/ecdh_secp\w+_test\.json$/,
  run(path, report) {
    for (const group of readJson(path).testGroups) {
      const curve = curveNamed(group.curve);
      const read = readers[group.encoding];
      for (const test of group.tests as EcdhTest[]) {
        if (curve === undefined || read === undefined) {
          report.skip(`castls has no ECDH on ${group.curve} in ${group.encoding}`);
          continue;
        }
        const shared = attempt(() => {
          const keys = read(curve, test);
          return keys === null ? null : agree(curve, keys.scalar, keys.point);
        });
        if (shared !== null && test.shared !== hex(shared)) report.fail(test.tcId, `wrong secret (${test.comment})`);
        else report.wycheproof(test, shared !== null, 'only DER SubjectPublicKeyInfo with a named curve is read');
      }
    }
  },
};

/** The parameters of our curves agree with the list: generator, order and the equation are what the binary uses. */
const curveList: Suite = {
  files: /wycheproof\/ec_prime_order_curves_test\.json$/,
  run(path, report) {
    for (const group of readJson(path).testGroups) {
      for (const test of group.tests) {
        const curve = curveNamed(test.name);
        if (curve === undefined) report.skip('TLS 1.3 has no group for it, or castls does not implement it');
        else report.check(test.tcId, hasParameters(curve, test), `${test.name} differs`);
      }
    }
  },
};

const cdh: Suite = {
  files: /acvp\/KAS-ECC-CDH-Component-Sp800-56Ar3\.json$/,
  run(path, report) {
    for (const group of readJson(path).testGroups) {
      const curve = curveNamed(group.curve);
      for (const test of group.tests) {
        if (curve === undefined) {
          report.skip('a curve of less than 128 bits of security, or over a binary field');
          continue;
        }
        const scalar = integerBytes(test.privateIut, curve.length);
        const peer = pointBytes(curve, test.publicServerX, test.publicServerY);
        const shared = scalar && peer && attempt(() => agree(curve, scalar, peer));
        const own = scalar && attempt(() => publicOf(curve, scalar));
        const right =
          shared != null &&
          own != null &&
          hex(shared) === hex(integerBytes(test.z, curve.length)!) &&
          hex(own) === hex(pointBytes(curve, test.publicIutX, test.publicIutY)!);
        report.check(test.tcId, right === test.testPassed, `testPassed is ${test.testPassed}`);
      }
    }
  },
};

export const ecdhSuites: readonly Suite[] = [wycheproof, curveList, cdh];

function both(point: Uint8Array | null, scalar: Uint8Array | null) {
  return point === null || scalar === null ? null : { point, scalar };
}

function attempt<T>(run: () => T): T | null {
  try {
    return run();
  } catch (error) {
    if ((error as { code?: string }).code === undefined) throw error;
    return null;
  }
}

const curveOid: Record<string, string> = {
  'P-256': '06082a8648ce3d030107',
  'P-384': '06052b81040022',
  'P-521': '06052b81040023',
};

/** The point of a SubjectPublicKeyInfo with a named curve (RFC 5480 §2): DER has one encoding of it for each length. */
function spkiPoint(curve: EcCurve, spki: Uint8Array | null): Uint8Array | null {
  for (const length of [curve.pointLength, 1 + curve.length]) {
    if (spki === null || spki.length <= length) continue;
    const point = spki.subarray(spki.length - length);
    const algorithm = derElement(0x30, `06072a8648ce3d0201${curveOid[curve.parameters.name]}`);
    if (hex(spki) === derElement(0x30, algorithm + derElement(0x03, `00${hex(point)}`))) return point;
  }
  return null;
}

function derElement(tag: number, body: string): string {
  const length = body.length / 2;
  const header = length < 0x80 ? [tag, length] : [tag, 0x81, length];
  return Buffer.from(header).toString('hex') + body;
}

/** RFC 7468 §3, strict form. */
function pemBytes(text: string): Uint8Array | null {
  const match = /^-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=\n]+)\n-----END PUBLIC KEY-----\n?$/.exec(text);
  if (match === null) return null;
  const base64 = match[1].replaceAll('\n', '');
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64 ? new Uint8Array(bytes) : null;
}

function pkcs8Scalar(curve: EcCurve, test: EcdhTest): Uint8Array | null {
  const { crv, d } = createPrivateKey(test.private as string).export({ format: 'jwk' });
  if (crv !== curve.parameters.name) return null;
  return integerBytes(Buffer.from(d!, 'base64url').toString('hex'), curve.length);
}

/** Checks p, a and b on multiples of the generator, n by what is accepted as a scalar. */
function hasParameters(curve: EcCurve, test: Record<string, string> & { h: number }): boolean {
  const value = (text: string): bigint => BigInt(`0x${text}`);
  const p = value(test.p);
  const bytes = (v: bigint): Uint8Array => integerBytes(v.toString(16), curve.length)!;
  const isScalar = (v: bigint): boolean => {
    const secret = curve.core.importSecret(bytes(v));
    const valid = curve.isScalar(secret);
    secret.dispose();
    return valid;
  };
  const n = value(test.n);
  const generator = pointBytes(curve, test.gx, test.gy)!;
  if (hex(publicOf(curve, bytes(1n))) !== hex(generator) || !isScalar(n - 1n) || isScalar(n)) return false;
  for (let k = 1n; k < 8n; k++) {
    const point = hex(publicOf(curve, bytes(k))).slice(2);
    const x = value(point.slice(0, 2 * curve.length));
    const y = value(point.slice(2 * curve.length));
    if ((y * y - x * x * x - value(test.a) * x - value(test.b)) % p !== 0n) return false;
  }
  return test.h === 1;
}
