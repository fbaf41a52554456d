// ML-DSA: Wycheproof, ACVP (keyGen, sigGen, sigVer) and C2SP/CCTV (benchmark messages). The pre-hash variants
// (HashML-DSA), which neither TLS nor X.509 uses, run on the internal interface with M' made here.

import { createHash } from 'node:crypto';
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

function setOrSkip(name: unknown): MlDsaName | Skip {
  const known = Object.hasOwn(mlDsaParameters, String(name));
  return known ? (name as MlDsaName) : new Skip(`${name}: castls has ML-DSA-44, 65 and 87 alone`);
}

const CHECKS = 'FIPS 204 §3.6.2, §5.2: lengths, hints, contexts and keys are checked, and nothing else is a choice';

/** The key of a group, or null for one that castls refuses. */
interface SigningGroup {
  readonly key: MlDsaPrivateKey | null;
  /** The public key of the file, if it has one, is that of the private key. */
  readonly matches: boolean;
}

const wycheproofSign = caseSuite<SigningGroup>({
  files: /wycheproof\/mldsa_\d+_sign_(no)?seed_test\.json$/,
  open(group, file) {
    const set = setOrSkip(file.algorithm);
    if (set instanceof Skip) return set;
    const form = group.privateSeed === undefined ? 'expanded' : 'seed';
    const material = unhex(form === 'seed' ? group.privateSeed : group.privateKey);
    const key = unlessRefused(() => importKey(set, form, material));
    return { key, matches: key !== null && (!group.publicKey || hex(key.publicKey.key) === group.publicKey) };
  },
  judge(test, report, { key, matches }) {
    const signature = key && unlessRefused(() => wycheproofSignature(key, test));
    report.wycheproof(test, matches && signature === test.sig, CHECKS);
  },
  close: ({ key }) => key?.dispose(),
});

function wycheproofSignature(key: MlDsaPrivateKey, test: Json): string {
  const fromMu = test.mu === undefined ? null : sign(key, { mu: unhex(test.mu) }, test.rnd);
  if (test.msg === undefined) {
    if (fromMu === null) throw new VectorError('neither a message nor mu');
    return fromMu;
  }
  const signature = sign(key, mlDsaMessage(unhex(test.ctx ?? ''), unhex(test.msg)), test.rnd);
  return fromMu === null || fromMu === signature ? signature : 'mu of the file and of the message differ';
}

const wycheproofVerify = caseSuite<MlDsaName>({
  files: /wycheproof\/mldsa_\d+_verify_test\.json$/,
  open: (_group, file) => setOrSkip(file.algorithm),
  judge(test, report, parameterSet, group) {
    const key = { type: 'mldsa', parameterSet, key: unhex(group.publicKey) } as const;
    const [message, signature, context] = [unhex(test.msg), unhex(test.sig), unhex(test.ctx ?? '')];
    const parameters = { type: 'mldsa', parameterSet, context } as const;
    const valid = unlessRefused(() => verifier.verify(key, parameters, message, signature));
    report.wycheproof(test, valid === true, CHECKS);
  },
});

const acvpKeyGen = caseSuite<MlDsaName>({
  files: /acvp\/ML-DSA-keyGen-.*\.json$/,
  open: group => setOrSkip(group.parameterSet),
  judge(test, report, set) {
    const expected = hex(unhex(test.pk));
    const expanded = unhex(test.sk);
    const key = importKey(set, 'seed', unhex(test.seed));
    const twin = unlessRefused(() => importKey(set, 'expanded', expanded));
    const right = [key, twin].every(k => k !== null && hex(k.publicKey.key) === expected);
    report.check(test.tcId, right, 'another public key');
    key.dispose();
    twin?.dispose();
  },
});

/** OID of a pre-hash function (FIPS 204 §5.4.1), DER, and its digest of `message`. */
function prehash(name: unknown, message: Uint8Array): Uint8Array[] {
  const found = (
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
  )[String(name)];
  if (found === undefined) throw new VectorError(`the pre-hash function ${name}`);
  const [hash, last, outputLength] = found;
  const digest = createHash(hash, outputLength === undefined ? {} : { outputLength })
    .update(message)
    .digest();
  return [unhex(`06096086480165030402${last.toString(16).padStart(2, '0')}`), new Uint8Array(digest)];
}

/** What an ACVP case signs: mu, the internal M', pure ML-DSA or HashML-DSA (FIPS 204 Algorithm 4, line 23). */
function acvpInput(group: Json, test: Json): MlDsaInput {
  if (group.externalMu === true) return { mu: unhex(test.mu) };
  const message = unhex(test.message);
  if (group.signatureInterface === 'internal') return [message];
  const context = unhex(test.context ?? '');
  if (group.preHash === 'preHash') {
    return [Uint8Array.of(1, context.length), context, ...prehash(test.hashAlg, message)];
  }
  return mlDsaMessage(context, message);
}

const acvpSigGen = caseSuite<MlDsaName>({
  files: /acvp\/ML-DSA-sigGen-.*\.json$/,
  open: group => setOrSkip(group.parameterSet),
  judge(test, report, set, group) {
    const expected = hex(unhex(test.signature));
    const input = acvpInput(group, test);
    if (!group.deterministic) unhex(test.rnd); // without it the signature would be the deterministic one
    const key = importKey(set, 'expanded', unhex(test.sk));
    const signature = sign(key, input, group.deterministic ? undefined : test.rnd);
    report.check(test.tcId, signature === expected, 'another signature');
    key.dispose();
  },
});

const acvpSigVer = caseSuite<MlDsaName>({
  files: /acvp\/ML-DSA-sigVer-.*\.json$/,
  open: group => setOrSkip(group.parameterSet),
  judge(test, report, set, group) {
    const [key, signature] = [unhex(test.pk), unhex(test.signature)];
    const valid = mlDsaVerifyInternal(core, mlDsaParameters[set], key, acvpInput(group, test), signature);
    report.check(test.tcId, valid === test.testPassed, test.reason);
  },
});

/** Messages for the key of an all-zero seed that need a representative number of passes: signed, then verified. */
const cctvBenchmark: Suite = {
  files: /cctv\/ML-DSA\/benchmark\/ML-DSA-(44|65|87)[^/]*\.json$/,
  async run(path, report, file) {
    const parameterSet = /ML-DSA-\d+/.exec(file.slice(file.lastIndexOf('/')))![0] as MlDsaName;
    const key = importKey(parameterSet, 'seed', new Uint8Array(32));
    const utf8 = new TextEncoder();
    for (const text of listIn(readVectors(path))) {
      await attempted(report, String(text), () => {
        if (typeof text !== 'string') throw new VectorError('a message that is no text');
        const message = utf8.encode(text);
        const signature = key.signDeterministic(NO_CONTEXT, message);
        const valid = verifier.verify(key.publicKey, { type: 'mldsa', parameterSet }, message, signature);
        report.check(text, valid === true, 'its own signature is invalid');
      });
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
