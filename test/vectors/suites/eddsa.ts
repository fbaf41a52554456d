// Ed25519 and Ed448: Wycheproof, ACVP EDDSA, RFC 8032 with its variants ctx and ph. Signing is deterministic, so every
// valid case with a private key is also signed.

import { createHash } from 'node:crypto';
import { ed448 } from '../../../src/wasm/ed448.ts';
import { ed25519 } from '../../../src/wasm/ed25519.ts';
import { type EddsaCurve, type EddsaMode, EddsaPrivateKey, eddsaVerify, PURE } from '../../../src/wasm/eddsa.ts';
import { testCore } from '../../support/core.ts';
import { hex, readJson, unhex } from '../../support/hex.ts';
import type { Report, Suite } from '../report.ts';

const curves: Record<string, EddsaCurve> = {
  edwards25519: ed25519,
  edwards448: ed448,
  'ED-25519': ed25519,
  'ED-448': ed448,
};

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
  try {
    eddsaVerify(testCore(), curve, key, new Uint8Array(0), new Uint8Array(2 * curve.length), PURE);
    return true;
  } catch {
    return false;
  }
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

const wycheproof: Suite = {
  files: /wycheproof\/ed(25519|448)_test\.json$/,
  run(path, report) {
    for (const group of readJson(path).testGroups) {
      const curve = curves[group.publicKey.curve];
      const key = unhex(group.publicKey.pk);
      for (const test of group.tests) {
        report.wycheproof(test, accepts(curve, key, unhex(test.msg), unhex(test.sig), PURE));
      }
    }
  },
};

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
  const [publicKey, signature] = [test.publicKey.toLowerCase(), test.signature.toLowerCase()];
  withKey(curve, unhex(test.seed), (key, ours) => {
    report.check(test.id, ours === publicKey, 'another public key');
    report.check(test.id, hex(key.signWithMode(message, mode)) === signature, 'another signature');
    report.check(test.id, accepts(curve, unhex(publicKey), message, unhex(signature), mode), 'refused');
  });
}

const rfc8032: Suite = {
  files: /rfc\/8032-eddsa-ed(25519|448)(ctx|ph)?\.json$/,
  run(path, report) {
    const [, bits, variant] = /ed(25519|448)(ctx|ph)?\.json$/.exec(path)!;
    for (const test of readJson(path)) {
      signAndVerify(
        bits === '448' ? ed448 : ed25519,
        {
          id: test.name,
          seed: test.secretKey,
          publicKey: test.publicKey,
          message: test.message,
          context: test.context ?? '',
          prehash: variant === 'ph',
          signature: test.signature,
        },
        report,
      );
    }
  },
};

const acvp: Suite = {
  files: /acvp\/EDDSA-(KeyGen|KeyVer|SigGen|SigVer)-1\.0\.json$/,
  run(path, report) {
    const [, mode] = /EDDSA-(\w+)-1/.exec(path)!;
    for (const group of readJson(path).testGroups) {
      for (const test of group.tests) acvpModes[mode](curves[group.curve], group, test, report);
    }
  },
};

// biome-ignore lint/suspicious/noExplicitAny: groups and tests as they stand in the file
type AcvpJudge = (curve: EddsaCurve, group: any, test: any, report: Report) => void;

const acvpModes: Record<string, AcvpJudge> = {
  KeyGen(curve, _group, test, report) {
    withKey(curve, unhex(test.d), (_key, publicKey) => {
      report.check(test.tcId, publicKey === test.q.toLowerCase(), 'another public key');
    });
  },
  KeyVer(curve, _group, test, report) {
    report.check(test.tcId, isPoint(curve, unhex(test.q)) === test.testPassed, test.reason);
  },
  SigGen(curve, group, test, report) {
    const { message, context, signature } = test;
    signAndVerify(
      curve,
      {
        id: test.tcId,
        seed: test.d ?? group.d,
        publicKey: test.q ?? group.q,
        message,
        context: context ?? group.context ?? '',
        prehash: group.preHash,
        signature,
      },
      report,
    );
  },
  SigVer(curve, group, test, report) {
    const mode = { context: unhex(test.context ?? group.context ?? ''), prehash: group.preHash };
    const message = group.preHash ? prehash(curve, unhex(test.message)) : unhex(test.message);
    const accepted = accepts(curve, unhex(test.q), message, unhex(test.signature), mode);
    report.check(test.tcId, accepted === test.testPassed, test.reason);
  },
};

export const eddsaSuites: readonly Suite[] = [wycheproof, rfc8032, acvp];
