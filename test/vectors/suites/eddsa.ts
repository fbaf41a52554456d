// Ed25519 and Ed448: Wycheproof, ACVP EDDSA, RFC 8032 with its variants ctx and ph. Signing is deterministic, so every
// valid case with a private key is also signed.

import { createHash } from 'node:crypto';
import { ed448 } from '../../../src/wasm/ed448.ts';
import { ed25519 } from '../../../src/wasm/ed25519.ts';
import { type EddsaCurve, type EddsaMode, EddsaPrivateKey, eddsaVerify, PURE } from '../../../src/wasm/eddsa.ts';
import { testCore } from '../../support/core.ts';
import { hex } from '../../support/hex.ts';
import {
  attempted,
  caseSuite,
  type Json,
  listIn,
  readVectors,
  Skip,
  unhex,
  unlessRefused,
  VectorError,
} from '../cases.ts';
import type { Report, Suite } from '../report.ts';

const curves: Readonly<Record<string, EddsaCurve>> = {
  edwards25519: ed25519,
  edwards448: ed448,
  'ED-25519': ed25519,
  'ED-448': ed448,
};

function curveOrSkip(name: unknown): EddsaCurve | Skip {
  return Object.hasOwn(curves, String(name))
    ? curves[String(name)]
    : new Skip(`${name}: castls has Ed25519 and Ed448 alone`);
}

/** False for a bad key too: what a verifier throws for it is the business of test/wasm. */
function accepts(
  curve: EddsaCurve,
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  mode: EddsaMode,
): boolean {
  try {
    return eddsaVerify(testCore(), curve, key, message, signature, mode);
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_INVALID_PUBLIC_KEY') return false;
    throw error;
  }
}

function isPoint(curve: EddsaCurve, key: Uint8Array): boolean {
  const verify = () => eddsaVerify(testCore(), curve, key, new Uint8Array(0), new Uint8Array(2 * curve.length), PURE);
  return unlessRefused(verify) !== null;
}

function withKey<T>(curve: EddsaCurve, seed: Uint8Array, use: (key: EddsaPrivateKey, publicKey: string) => T): T {
  const core = testCore();
  const secret = core.importSecret(seed);
  const key = new EddsaPrivateKey(core, curve, secret);
  secret.dispose();
  try {
    return use(key, hex((key.publicKey as { key: Uint8Array }).key));
  } finally {
    key.dispose();
  }
}

/** PH of RFC 8032 §5.1 and §5.2, which the caller of the variants ph computes. */
function prehash(curve: EddsaCurve, message: Uint8Array): Uint8Array {
  const hash = curve === ed25519 ? createHash('sha512') : createHash('shake256', { outputLength: 64 });
  return new Uint8Array(hash.update(message).digest());
}

const wycheproof = caseSuite<EddsaCurve>({
  files: /wycheproof\/ed(25519|448)_test\.json$/,
  open: group => curveOrSkip(group.publicKey?.curve),
  judge(test, report, curve, group) {
    const accepted = accepts(curve, unhex(group.publicKey.pk), unhex(test.msg), unhex(test.sig), PURE);
    report.wycheproof(test, accepted, 'RFC 8032 §5.1.7, §5.2.7: S below the order, points in their one encoding');
  },
});

/** A case of RFC 8032 or ACVP, brought to one shape. Hex strings. */
interface Case {
  readonly id: string | number;
  readonly seed: string;
  readonly publicKey: string;
  readonly message: string;
  readonly context: string;
  readonly prehash: boolean;
  readonly signature: string;
}

function signAndVerify(curve: EddsaCurve, test: Case, report: Report): void {
  const mode = { context: unhex(test.context), prehash: test.prehash };
  const message = test.prehash ? prehash(curve, unhex(test.message)) : unhex(test.message);
  const [publicKey, signature] = [test.publicKey, test.signature].map(text => hex(unhex(text)));
  withKey(curve, unhex(test.seed), (key, ours) => {
    report.check(test.id, ours === publicKey, 'another public key');
    report.check(test.id, hex(key.signWithMode(message, mode)) === signature, 'another signature');
    report.check(test.id, accepts(curve, unhex(publicKey), message, unhex(signature), mode), 'refused');
  });
}

const rfc8032: Suite = {
  files: /rfc\/8032-eddsa-ed(25519|448)(ctx|ph)?\.json$/,
  async run(path, report, name) {
    const [, bits, variant] = /ed(25519|448)(ctx|ph)?\.json$/.exec(name)!;
    for (const test of listIn(readVectors(path))) {
      const { name: id, secretKey: seed, publicKey, message, context = '', signature } = test;
      const whole = { id, seed, publicKey, message, context, prehash: variant === 'ph', signature };
      await attempted(report, id, () => signAndVerify(bits === '448' ? ed448 : ed25519, whole, report));
    }
  },
};

const acvp = caseSuite<{ curve: EddsaCurve; judge: AcvpJudge }>({
  files: /acvp\/EDDSA-(KeyGen|KeyVer|SigGen|SigVer)-1\.0\.json$/,
  open(group, _file, name) {
    const curve = curveOrSkip(group.curve);
    return curve instanceof Skip ? curve : { curve, judge: acvpModes[/EDDSA-(\w+)-1/.exec(name)![1]] };
  },
  judge: (test, report, { curve, judge }, group) => judge(curve, group, test, report),
});

type AcvpJudge = (curve: EddsaCurve, group: Json, test: Json, report: Report) => void;

const acvpModes: Readonly<Record<string, AcvpJudge>> = {
  KeyGen(curve, _group, test, report) {
    withKey(curve, unhex(test.d), (_key, publicKey) => {
      report.check(test.tcId, publicKey === hex(unhex(test.q)), 'another public key');
    });
  },
  KeyVer(curve, _group, test, report) {
    report.check(test.tcId, isPoint(curve, unhex(test.q)) === test.testPassed, test.reason);
  },
  SigGen(curve, group, test, report) {
    const { tcId: id, message, signature } = test;
    const [seed, publicKey] = [test.d ?? group.d, test.q ?? group.q];
    const context = test.context ?? group.context ?? '';
    signAndVerify(curve, { id, seed, publicKey, message, context, prehash: prehashOf(group), signature }, report);
  },
  SigVer(curve, group, test, report) {
    const mode = { context: unhex(test.context ?? group.context ?? ''), prehash: prehashOf(group) };
    const message = mode.prehash ? prehash(curve, unhex(test.message)) : unhex(test.message);
    const accepted = accepts(curve, unhex(test.q), message, unhex(test.signature), mode);
    report.check(test.tcId, accepted === test.testPassed, test.reason);
  },
};

function prehashOf(group: Json): boolean {
  if (typeof group.preHash !== 'boolean') throw new VectorError('the group does not say whether it hashes first');
  return group.preHash;
}

export const eddsaSuites: readonly Suite[] = [wycheproof, rfc8032, acvp];
