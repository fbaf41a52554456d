// ECDSA on P-256, P-384 and P-521: Wycheproof (DER and P1363), ACVP KeyVer, SigVer and DetECDSA, RFC 6979 §A.2.

import type { HashName } from '../../../src/crypto/hash.ts';
import type { PublicKey, SignatureParameters } from '../../../src/crypto/signature.ts';
import type { EcCurve } from '../../../src/wasm/ec_curve.ts';
import { EcPrivateKey, ecdsaVerifier } from '../../../src/wasm/ecdsa.ts';
import { shake, wasmHash } from '../../../src/wasm/hash.ts';
import { p256VerifierAlone } from '../../../src/wasm/p256_verify.ts';
import { testCore } from '../../support/core.ts';
import { hex } from '../../support/hex.ts';
import { attempted, caseSuite, type Json, listIn, readVectors, Skip, unhex, unlessRefused } from '../cases.ts';
import type { Report, Suite } from '../report.ts';
import { hashNamed, missingSignatureHash } from './hashes.ts';
import { curveOrSkip, integerBytes, pointBytes } from './nist_curves.ts';

interface CurveAndHash {
  readonly curve: EcCurve;
  readonly hash: HashName;
}

function curveAndHash(curveName: unknown, hashName: unknown): CurveAndHash | Skip {
  const curve = curveOrSkip(curveName);
  if (curve instanceof Skip) return curve;
  const hash = hashNamed(hashName);
  return hash === undefined ? missingSignatureHash(hashName) : { curve, hash };
}

const wycheproof = caseSuite<CurveAndHash>({
  files: /wycheproof\/ecdsa_\w+_test\.json$/,
  open(group) {
    if (/Bitcoin/i.test(group.type))
      return new Skip('the rule that s is below n/2 is one of Bitcoin, not of TLS or X.509');
    return curveAndHash(group.publicKey?.curve, group.sha);
  },
  async judge(test, report, { curve, hash }, group) {
    const [point, message, signature] = [group.publicKey.uncompressed, test.msg, test.sig].map(unhex);
    const parameters = { type: 'ecdsa', hash } as const;
    const valid = /P1363|WebCrypto/i.test(group.type)
      ? curve.verifyDigest(point, wasmHash(curve.core, hash).digest(message), signature)
      : await verified({ type: 'ec', curve: curve.parameters.name, point }, curve, parameters, message, signature);
    report.wycheproof(
      test,
      valid,
      'a DER Ecdsa-Sig-Value (RFC 3279 §2.2.3), or r and s at full length (P1363), in 1..n-1',
    );
  },
});

/** On P-256 by both binaries, which have to agree. */
async function verified(
  key: PublicKey & { readonly type: 'ec' },
  curve: EcCurve,
  parameters: SignatureParameters,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const answers: boolean[] = [];
  const verifiers = [ecdsaVerifier(curve), ...(key.curve === 'P-256' ? [p256VerifierAlone(curve.core)] : [])];
  for (const each of verifiers) answers.push(await each.verify(key, parameters, message, signature));
  if (new Set(answers).size > 1) throw new Error('p256 and p256_verify do not agree');
  return answers[0];
}

const keyVer = caseSuite<EcCurve>({
  files: /acvp\/ECDSA-KeyVer-FIPS186-\d\.json$/,
  open: group => curveOrSkip(group.curve),
  judge(test, report, curve) {
    const point = pointBytes(curve, test.qx, test.qy);
    report.check(test.tcId, isPoint(curve, point) === test.testPassed, test.reason);
  },
});

interface CurveAndDigest {
  readonly curve: EcCurve;
  readonly digest: (message: Uint8Array) => Uint8Array;
}

const sigVer = caseSuite<CurveAndDigest>({
  files: /acvp\/ECDSA-SigVer-FIPS186-\d\.json$/,
  open(group) {
    const curve = curveOrSkip(group.curve);
    if (curve instanceof Skip) return curve;
    const digest = digestNamed(group.hashAlg);
    return digest === undefined ? missingSignatureHash(group.hashAlg) : { curve, digest };
  },
  judge(test, report, { curve, digest }) {
    const message = unhex(test.message);
    const point = pointBytes(curve, test.qx, test.qy);
    const r = integerBytes(test.r, curve.length);
    const s = integerBytes(test.s, curve.length);
    const valid =
      isPoint(curve, point) &&
      r !== null &&
      s !== null &&
      curve.verifyDigest(point!, digest(message), Uint8Array.of(...r, ...s));
    report.check(test.tcId, valid === test.testPassed, test.reason);
  },
});

const deterministic = caseSuite<CurveAndHash>({
  files: /acvp\/DetECDSA-SigGen-FIPS186-5\.json$/,
  open(group) {
    if (group.conformance) {
      return new Skip(
        `${group.conformance}: the message is mixed with a random value before it is hashed, which castls does not ` +
          'implement; no protocol here does that',
      );
    }
    if (group.componentTest)
      return new Skip('castls signs messages: a digest alone does not tell the hash of RFC 6979');
    return curveAndHash(group.curve, group.hashAlg);
  },
  judge: (test, report, shared, group) =>
    checkDeterministic(shared, group.d, test, unhex(test.message), test.tcId, report),
});

/** A list of curves with a key and cases each. */
const rfc6979: Suite = {
  files: /rfc\/6979-deterministic-ecdsa-vectors\.json$/,
  async run(path, report) {
    for (const { curve, private: d, cases } of listIn(readVectors(path))) {
      for (const test of listIn(cases)) {
        const id = `${curve} ${test.hash} ${test.message}`;
        await attempted(report, id, () => {
          const shared = curveAndHash(curve, test.hash);
          if (shared instanceof Skip) report.skip(shared.reason);
          else checkDeterministic(shared, d, test, Buffer.from(String(test.message), 'latin1'), id, report);
        });
      }
    }
  },
};

export const ecdsaSuites: readonly Suite[] = [wycheproof, keyVer, sigVer, deterministic, rfc6979];

/** Signs the message and compares r and s. */
function checkDeterministic(
  { curve, hash }: CurveAndHash,
  d: unknown,
  test: Json,
  message: Uint8Array,
  id: string | number,
  report: Report,
): void {
  const { core, length } = curve;
  const expected = [test.r, test.s].map(integer => hex(integerBytes(integer, length)!)).join('');
  const key = new EcPrivateKey(curve, core.importSecret(integerBytes(d, length)!));
  try {
    const signature = key.signDigest(hash, wasmHash(core, hash).digest(message));
    report.check(id, hex(signature) === expected, 'wrong signature');
  } finally {
    key.dispose();
  }
}

function isPoint(curve: EcCurve, point: Uint8Array | null): boolean {
  return point !== null && unlessRefused(() => curve.decodePoint(point)) !== null;
}

/** SHAKE too: FIPS 186-5 §6.1 uses 256 and 512 bits of its output. */
function digestNamed(name: unknown): ((message: Uint8Array) => Uint8Array) | undefined {
  if (name === 'SHAKE-128') return message => shake(testCore(), 128, message, 32);
  if (name === 'SHAKE-256') return message => shake(testCore(), 256, message, 64);
  const hash = hashNamed(name);
  return hash && (message => wasmHash(testCore(), hash).digest(message));
}
