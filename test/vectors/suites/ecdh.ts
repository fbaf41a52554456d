// ECDH on P-256, P-384 and P-521: Wycheproof (SPKI, bare points, PEM, JWK), its curve list, and ACVP KAS-ECC CDH. Keys
// are read by what castls reads them with: src/x509, and EcCurve for bare points.

import { TlsError } from '../../../src/base/errors.ts';
import type { EcCurve } from '../../../src/wasm/ec_curve.ts';
import { parsePem, parsePublicKey } from '../../../src/x509/index.ts';
import { type JsonWebKey, parsePrivateJwk, parsePublicJwk } from '../../../src/x509/keys/jwk.ts';
import { parsePrivateKey } from '../../../src/x509/keys/private_key.ts';
import { hex } from '../../support/hex.ts';
import { testKeyProvider } from '../../support/key_provider.ts';
import { caseSuite, Skip, unhex, unlessRefused, VectorError } from '../cases.ts';
import type { Suite } from '../report.ts';
import { agree, curveNamed, curveOrSkip, integerBytes, pointBytes, publicOf } from './nist_curves.ts';

/** How a group encodes its keys; each is read by what castls reads it with. @throws TlsError where that refuses */
interface Reader {
  /** The peer's point, in any form that EcCurve decodes. */
  readonly point: (curve: EcCurve, key: unknown) => Uint8Array;
  readonly scalar: (curve: EcCurve, key: unknown) => Uint8Array;
}

const readers: Readonly<Record<string, Reader>> = {
  ecpoint: { point: (_curve, key) => unhex(key), scalar: scalarOf },
  asn: { point: (curve, key) => pointOf(curve, parsePublicKey(unhex(key))), scalar: scalarOf },
  pem: {
    point(curve, key) {
      const [block] = parsePem(text(key), 'PUBLIC KEY');
      if (block === undefined) throw new TlsError('ERR_MALFORMED_PEM', 'no block named PUBLIC KEY');
      return pointOf(curve, parsePublicKey(block.bytes));
    },
    scalar: (curve, key) => privateScalar(curve, parsePrivateKey(testKeyProvider(), text(key))),
  },
  webcrypto: {
    point: (curve, key) => pointOf(curve, parsePublicJwk(jwk(key))),
    scalar: (curve, key) => privateScalar(curve, parsePrivateJwk(testKeyProvider(), jwk(key))),
  },
};

/** What a reader's refusal rests on; the reasons that castls gives are longer. */
const rules: Readonly<Record<string, string>> = {
  ERR_MALFORMED_DER: 'X.690 §10, §11: one encoding of each value, and nothing behind it',
  ERR_MALFORMED_PEM: 'RFC 7468 §2, the lax form: whole base64 between a BEGIN and an END',
  ERR_UNSUPPORTED_ALGORITHM: 'RFC 5480 §2.1.1: id-ecPublicKey with a curve that castls has; §2.2: uncompressed points',
  ERR_INVALID_PUBLIC_KEY: 'RFC 5480 §2.1.1: the curve is named; the point has its length and is on it (SEC 1 §2.3.4)',
};

const wycheproof = caseSuite<{ curve: EcCurve; read: Reader }>({
  files: /wycheproof\/ecdh_\w+_test\.json$/,
  open(group) {
    const curve = curveOrSkip(group.curve);
    if (curve instanceof Skip) return curve;
    const read = Object.hasOwn(readers, group.encoding) ? readers[group.encoding] : undefined;
    return read === undefined ? new Skip(`keys in the encoding ${group.encoding}`) : { curve, read };
  },
  judge(test, report, { curve, read }) {
    const expected = hex(unhex(test.shared));
    const scalar = unlessRefused(() => read.scalar(curve, test.private));
    if (scalar === null) {
      report.skip('castls refuses the private key, and the case is about the public one');
      return;
    }
    let shared: string;
    try {
      shared = hex(agree(curve, scalar, read.point(curve, test.public)));
    } catch (error) {
      if (!(error instanceof TlsError)) throw error;
      // RFC 5480 §2.2 leaves compressed points to implementations, and castls reads none in certificates.
      if (test.result === 'valid' && error.code === 'ERR_UNSUPPORTED_ALGORITHM') report.skip(error.message);
      else report.wycheproof(test, false, rules[error.code] ?? error.message);
      return;
    }
    const valid = test.result !== 'invalid';
    if (valid && shared !== expected) report.fail(test.tcId, `another secret (${test.comment})`);
    else report.wycheproof(test, true, 'the encoding is one that castls reads, and the point is on the curve');
  },
});

/** The parameters of our curves agree with the list: generator, order and the equation are what the binary uses. */
const curveList = caseSuite({
  files: /wycheproof\/ec_prime_order_curves_test\.json$/,
  judge(test, report) {
    const curve = curveNamed(test.name);
    if (curve === undefined) report.skip(`${test.name}: castls does not implement this curve`);
    else report.check(test.tcId, hasParameters(curve, test), `${test.name} differs`);
  },
});

const cdh = caseSuite<EcCurve>({
  files: /acvp\/KAS-ECC-CDH-Component-Sp800-56Ar3\.json$/,
  open: group => curveOrSkip(group.curve),
  judge(test, report, curve) {
    const scalar = integerBytes(test.privateIut, curve.length);
    const peer = pointBytes(curve, test.publicServerX, test.publicServerY);
    const [z, iut] = [integerBytes(test.z, curve.length), pointBytes(curve, test.publicIutX, test.publicIutY)];
    const shared = scalar && peer && unlessRefused(() => agree(curve, scalar, peer));
    const own = scalar && unlessRefused(() => publicOf(curve, scalar));
    const same = (ours: Uint8Array | null, theirs: Uint8Array | null) =>
      ours !== null && theirs !== null && hex(ours) === hex(theirs);
    report.check(
      test.tcId,
      (same(shared, z) && same(own, iut)) === test.testPassed,
      `testPassed is ${test.testPassed}`,
    );
  },
});

export const ecdhSuites: readonly Suite[] = [wycheproof, curveList, cdh];

/** The point of a key on this curve. */
function pointOf(curve: EcCurve, key: ReturnType<typeof parsePublicKey>): Uint8Array {
  if (key.type !== 'ec' || key.curve !== curve.parameters.name) {
    throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `a key that is not one on ${curve.parameters.name}`);
  }
  return key.point;
}

/** The scalar of a key on this curve, which is disposed of. */
function privateScalar(curve: EcCurve, key: ReturnType<typeof parsePrivateKey>): Uint8Array {
  const material = key.dangerousExport();
  key.dispose();
  if (material.type !== 'ec' || material.curve !== curve.parameters.name) {
    throw new VectorError(`a private key that is not one on ${curve.parameters.name}`);
  }
  const bytes = testKeyProvider().dangerousReveal(material.scalar);
  material.scalar.dispose();
  return bytes;
}

/** Wycheproof writes scalars as signed integers: leading zeros, or a digit less. */
function scalarOf(curve: EcCurve, integer: unknown): Uint8Array {
  const scalar = integerBytes(integer, curve.length);
  if (scalar === null) throw new TlsError('ERR_INVALID_PRIVATE_KEY', 'a scalar that is longer than the curve');
  return scalar;
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new VectorError('a key that is no text');
}

function jwk(value: unknown): JsonWebKey {
  if (typeof value === 'object' && value !== null) return value as JsonWebKey;
  throw new VectorError('a key that is no JWK');
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
