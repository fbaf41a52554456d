// ML-DSA: Wycheproof, ACVP (keyGen, sigGen, sigVer) and C2SP/CCTV (benchmark messages). The pre-hash variants
// (HashML-DSA), which neither TLS nor X.509 uses, run on the internal interface with M' made here.

import { createHash } from 'node:crypto';
import { TlsError } from '../../../src/base/errors.ts';
import type { MlDsaName } from '../../../src/crypto/signature.ts';
import {
  type MlDsaInput,
  MlDsaPrivateKey,
  mlDsaMessage,
  mlDsaParameters,
  mlDsaVerifier,
  mlDsaVerifyInternal,
} from '../../../src/wasm/mldsa.ts';
import { testCore } from '../../support/core.ts';
import { hex, readJson, unhex } from '../../support/hex.ts';
import type { Suite } from '../report.ts';

const core = testCore();
const verifier = mlDsaVerifier(core);
const NO_CONTEXT = new Uint8Array(0);

function importKey(parameterSet: MlDsaName, form: 'seed' | 'expanded', bytes: Uint8Array): MlDsaPrivateKey {
  const secret = core.importSecret(bytes);
  try {
    return new MlDsaPrivateKey(core, { type: 'mldsa', parameterSet, [form]: secret });
  } finally {
    secret.dispose();
  }
}

/** The signature in hex; deterministic without `rnd`. */
function sign(key: MlDsaPrivateKey, input: MlDsaInput, rnd: string | undefined): string {
  if (rnd === undefined) return hex(key.signInternal(input, null));
  const secret = core.importSecret(unhex(rnd));
  try {
    return hex(key.signInternal(input, secret));
  } finally {
    secret.dispose();
  }
}

function refusedAsNull<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof TlsError) return null;
    throw error;
  }
}

const wycheproofSign: Suite = {
  files: /wycheproof\/mldsa_\d+_sign_(no)?seed_test\.json$/,
  run(path, report) {
    const file = readJson(path);
    for (const group of file.testGroups) {
      const [form, material] =
        group.privateSeed === undefined ? ['expanded', group.privateKey] : ['seed', group.privateSeed];
      const key = refusedAsNull(() => importKey(file.algorithm, form as 'seed' | 'expanded', unhex(material)));
      const matches = key !== null && (!group.publicKey || hex(key.publicKey.key) === group.publicKey);
      for (const test of group.tests) {
        const signature = key && refusedAsNull(() => wycheproofSignature(key, test));
        report.wycheproof(test, matches && signature === test.sig);
      }
      key?.dispose();
    }
  },
};

// biome-ignore lint/suspicious/noExplicitAny: vector files are read as they are
function wycheproofSignature(key: MlDsaPrivateKey, test: any): string {
  const fromMu = test.mu === undefined ? null : sign(key, { mu: unhex(test.mu) }, test.rnd);
  if (test.msg === undefined) return fromMu!;
  const signature = sign(key, mlDsaMessage(unhex(test.ctx ?? ''), unhex(test.msg)), test.rnd);
  return fromMu === null || fromMu === signature ? signature : 'mu of the file and of the message differ';
}

const wycheproofVerify: Suite = {
  files: /wycheproof\/mldsa_\d+_verify_test\.json$/,
  run(path, report) {
    const file = readJson(path);
    for (const group of file.testGroups) {
      const key = { type: 'mldsa', parameterSet: file.algorithm as MlDsaName, key: unhex(group.publicKey) } as const;
      for (const test of group.tests) {
        const parameters = { type: 'mldsa', parameterSet: key.parameterSet, context: unhex(test.ctx ?? '') } as const;
        const valid = refusedAsNull(() => verifier.verify(key, parameters, unhex(test.msg), unhex(test.sig)));
        report.wycheproof(test, valid === true);
      }
    }
  },
};

const acvpKeyGen: Suite = {
  files: /acvp\/ML-DSA-keyGen-.*\.json$/,
  run(path, report) {
    for (const group of readJson(path).testGroups) {
      for (const test of group.tests) {
        const key = importKey(group.parameterSet, 'seed', unhex(test.seed));
        const twin = refusedAsNull(() => importKey(group.parameterSet, 'expanded', unhex(test.sk)));
        const right = [key, twin].every(k => k !== null && hex(k.publicKey.key) === test.pk.toLowerCase());
        report.check(test.tcId, right, 'another public key');
        key.dispose();
        twin?.dispose();
      }
    }
  },
};

/** OID of a pre-hash function (FIPS 204 §5.4.1), DER, and its digest of `message`. */
function prehash(name: string, message: Uint8Array): Uint8Array[] {
  const [hash, last, outputLength] = (
    {
      'SHA2-224': ['sha224', 4],
      'SHA2-256': ['sha256', 1],
      'SHA2-384': ['sha384', 2],
      'SHA2-512': ['sha512', 3],
      'SHA2-512/224': ['sha512-224', 5],
      'SHA2-512/256': ['sha512-256', 6],
      'SHA3-224': ['sha3-224', 7],
      'SHA3-256': ['sha3-256', 8],
      'SHA3-384': ['sha3-384', 9],
      'SHA3-512': ['sha3-512', 10],
      'SHAKE-128': ['shake128', 11, 32],
      'SHAKE-256': ['shake256', 12, 64],
    } as Record<string, [string, number, number?]>
  )[name];
  const digest = createHash(hash, outputLength === undefined ? {} : { outputLength })
    .update(message)
    .digest();
  return [unhex(`06096086480165030402${last.toString(16).padStart(2, '0')}`), new Uint8Array(digest)];
}

/** What an ACVP case signs: mu, the internal M', pure ML-DSA or HashML-DSA (FIPS 204 Algorithm 4, line 23). */
// biome-ignore lint/suspicious/noExplicitAny: vector files are read as they are
function acvpInput(group: any, test: any): MlDsaInput {
  if (group.externalMu === true) return { mu: unhex(test.mu) };
  const message = unhex(test.message);
  if (group.signatureInterface === 'internal') return [message];
  const context = unhex(test.context ?? '');
  if (group.preHash === 'preHash') {
    return [Uint8Array.of(1, context.length), context, ...prehash(test.hashAlg, message)];
  }
  return mlDsaMessage(context, message);
}

const acvpSigGen: Suite = {
  files: /acvp\/ML-DSA-sigGen-.*\.json$/,
  run(path, report) {
    for (const group of readJson(path).testGroups) {
      for (const test of group.tests) {
        const key = importKey(group.parameterSet, 'expanded', unhex(test.sk));
        const signature = sign(key, acvpInput(group, test), group.deterministic ? undefined : test.rnd);
        report.check(test.tcId, signature === test.signature.toLowerCase(), 'another signature');
        key.dispose();
      }
    }
  },
};

const acvpSigVer: Suite = {
  files: /acvp\/ML-DSA-sigVer-.*\.json$/,
  run(path, report) {
    for (const group of readJson(path).testGroups) {
      const parameters = mlDsaParameters[group.parameterSet as MlDsaName];
      for (const test of group.tests) {
        const input = acvpInput(group, test);
        const valid = mlDsaVerifyInternal(core, parameters, unhex(test.pk), input, unhex(test.signature));
        report.check(test.tcId, valid === test.testPassed, test.reason);
      }
    }
  },
};

/** Messages for the key of an all-zero seed that need a representative number of passes: signed, then verified. */
const cctvBenchmark: Suite = {
  files: /cctv\/ML-DSA\/benchmark\/.*\.json$/,
  run(path, report) {
    const name = /ML-DSA-\d+/.exec(path.slice(path.lastIndexOf('/')))![0] as MlDsaName;
    const key = importKey(name, 'seed', new Uint8Array(32));
    const utf8 = new TextEncoder();
    for (const text of readJson(path) as string[]) {
      const message = utf8.encode(text);
      const signature = key.signDeterministic(NO_CONTEXT, message);
      const valid = verifier.verify(key.publicKey, { type: 'mldsa', parameterSet: name }, message, signature);
      report.check(text, valid === true, 'its own signature is invalid');
    }
    key.dispose();
  },
};

export const mlDsaSuites: readonly Suite[] = [
  wycheproofSign,
  wycheproofVerify,
  acvpKeyGen,
  acvpSigGen,
  acvpSigVer,
  cctvBenchmark,
];
