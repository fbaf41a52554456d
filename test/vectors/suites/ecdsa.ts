// ECDSA on P-256, P-384 and P-521: Wycheproof (DER and P1363), ACVP KeyVer, SigVer and DetECDSA, RFC 6979 §A.2.

import type { EcCurve } from '../../../src/wasm/ec_curve.ts';
import { EcPrivateKey, ecdsaVerifier } from '../../../src/wasm/ecdsa.ts';
import { shake, wasmHash } from '../../../src/wasm/hash.ts';
import { testCore } from '../../support/core.ts';
import { hex, readJson, unhex } from '../../support/hex.ts';
import type { Suite } from '../report.ts';
import { curveNamed, hashNamed, integerBytes, pointBytes } from './nist_curves.ts';

const NO_CURVE = 'a curve that castls does not implement: TLS 1.3 has no signature scheme for it';
const NO_HASH = 'a hash that castls does not implement: no signature scheme of TLS or X.509 uses it';

const wycheproof: Suite = {
  files: /wycheproof\/ecdsa_secp\w+_test\.json$/,
  async run(path, report) {
    for (const group of readJson(path).testGroups) {
      const curve = curveNamed(group.publicKey.curve);
      const hash = hashNamed(group.sha);
      for (const test of group.tests) {
        if (curve === undefined || hash === undefined) {
          report.skip(curve === undefined ? NO_CURVE : NO_HASH);
          continue;
        }
        const point = unhex(group.publicKey.uncompressed);
        const message = unhex(test.msg);
        const signature = unhex(test.sig);
        const valid = group.type.includes('P1363')
          ? curve.verifyDigest(point, wasmHash(curve.core, hash).digest(message), signature)
          : await ecdsaVerifier(curve).verify(
              { type: 'ec', curve: curve.parameters.name, point },
              { type: 'ecdsa', hash },
              message,
              signature,
            );
        report.wycheproof(test, valid);
      }
    }
  },
};

const keyVer: Suite = {
  files: /acvp\/ECDSA-KeyVer-FIPS186-\d\.json$/,
  run(path, report) {
    for (const group of readJson(path).testGroups) {
      const curve = curveNamed(group.curve);
      for (const test of group.tests) {
        if (curve === undefined) {
          report.skip(NO_CURVE);
          continue;
        }
        const point = pointBytes(curve, test.qx, test.qy);
        report.check(test.tcId, isPoint(curve, point) === test.testPassed, test.reason);
      }
    }
  },
};

const sigVer: Suite = {
  files: /acvp\/ECDSA-SigVer-FIPS186-\d\.json$/,
  run(path, report) {
    for (const group of readJson(path).testGroups) {
      const curve = curveNamed(group.curve);
      const digestOf = digestNamed(group.hashAlg);
      for (const test of group.tests) {
        if (curve === undefined || digestOf === undefined) {
          report.skip(curve === undefined ? NO_CURVE : NO_HASH);
          continue;
        }
        const point = pointBytes(curve, test.qx, test.qy);
        const r = integerBytes(test.r, curve.length);
        const s = integerBytes(test.s, curve.length);
        const valid =
          isPoint(curve, point) &&
          r !== null &&
          s !== null &&
          curve.verifyDigest(point!, digestOf(unhex(test.message)), Uint8Array.of(...r, ...s));
        report.check(test.tcId, valid === test.testPassed, test.reason);
      }
    }
  },
};

const deterministic: Suite = {
  files: /acvp\/DetECDSA-SigGen-FIPS186-5\.json$/,
  run(path, report) {
    for (const group of readJson(path).testGroups) {
      const curve = curveNamed(group.curve);
      for (const test of group.tests) {
        if (group.conformance !== undefined) {
          report.skip(`randomized hashing of bit strings (${group.conformance}) is done before castls is called`);
        } else if (group.componentTest) {
          report.skip('signs a digest of no known hash');
        } else {
          checkDeterministic(curve, group.hashAlg, group.d, test, test.tcId, report);
        }
      }
    }
  },
};

const rfc6979: Suite = {
  files: /rfc\/6979-deterministic-ecdsa-vectors\.json$/,
  run(path, report) {
    for (const { curve, private: d, cases } of readJson(path)) {
      for (const test of cases) {
        const id = `${curve} ${test.hash} ${test.message}`;
        const message = Buffer.from(test.message, 'latin1').toString('hex');
        checkDeterministic(curveNamed(curve), test.hash, d, { ...test, message }, id, report);
      }
    }
  },
};

export const ecdsaSuites: readonly Suite[] = [wycheproof, keyVer, sigVer, deterministic, rfc6979];

/** Signs the message and compares r and s; `message` in hexadecimal. */
function checkDeterministic(
  curve: EcCurve | undefined,
  hashName: string,
  d: string,
  test: { message: string; r: string; s: string },
  id: string | number,
  report: Parameters<Suite['run']>[1],
): void {
  const hash = hashNamed(hashName);
  if (curve === undefined || hash === undefined) {
    report.skip(curve === undefined ? NO_CURVE : NO_HASH);
    return;
  }
  const { core, length } = curve;
  const key = new EcPrivateKey(curve, core.importSecret(integerBytes(d, length)!));
  try {
    const signature = key.signDigest(hash, wasmHash(core, hash).digest(unhex(test.message)));
    const expected = hex(integerBytes(test.r, length)!) + hex(integerBytes(test.s, length)!);
    report.check(id, hex(signature) === expected, 'wrong signature');
  } finally {
    key.dispose();
  }
}

function isPoint(curve: EcCurve, point: Uint8Array | null): boolean {
  if (point === null) return false;
  try {
    curve.decodePoint(point);
    return true;
  } catch {
    return false;
  }
}

/** SHAKE too: FIPS 186-5 §6.1 uses 256 and 512 bits of its output. */
function digestNamed(name: string): ((message: Uint8Array) => Uint8Array) | undefined {
  if (name === 'SHAKE-128') return message => shake(testCore(), 128, message, 32);
  if (name === 'SHAKE-256') return message => shake(testCore(), 256, message, 64);
  const hash = hashNamed(name);
  return hash && (message => wasmHash(testCore(), hash).digest(message));
}
