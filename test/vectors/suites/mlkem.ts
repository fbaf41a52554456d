// ML-KEM: Wycheproof, ACVP (keyGen, encapDecap) and C2SP/CCTV (intermediate values, modulus, strcmp, unluckysample).

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { MlkemExports } from '../../../build/generated/abi.ts';
import { bytes as binary } from '../../../build/generated/mlkem_wasm.ts';
import { TlsError } from '../../../src/base/errors.ts';
import { wasmHash } from '../../../src/wasm/hash.ts';
import {
  type MlKemParameters,
  type MlKemPrivateKey,
  mlKem512,
  mlKem768,
  mlKem1024,
  mlKemEncapsulateWith,
  mlKemFromExpanded,
  mlKemFromSeed,
} from '../../../src/wasm/mlkem.ts';
import { testCore } from '../../support/core.ts';
import { hex } from '../../support/hex.ts';
import { attempted, caseSuite, type Json, Skip, unhex, VectorError } from '../cases.ts';
import type { Report, Suite } from '../report.ts';

const core = testCore();
const sets: Record<string, MlKemParameters> = {
  'ML-KEM-512': mlKem512,
  'ML-KEM-768': mlKem768,
  'ML-KEM-1024': mlKem1024,
};

function setOrSkip(name: unknown): MlKemParameters | Skip {
  const known = Object.hasOwn(sets, String(name));
  return known ? sets[String(name)] : new Skip(`${name}: castls has ML-KEM-512, 768 and 1024 alone`);
}

function withSecret<T>(bytes: Uint8Array, use: (secret: ReturnType<typeof core.importSecret>) => T): T {
  const secret = core.importSecret(bytes);
  try {
    return use(secret);
  } finally {
    secret.dispose();
  }
}

/** A key from a seed of 64 bytes or an expanded key, told apart by `form`. */
function importKey(set: MlKemParameters, form: 'seed' | 'expanded', bytes: Uint8Array): MlKemPrivateKey {
  return withSecret(bytes, secret =>
    form === 'seed' ? mlKemFromSeed(core, set, secret) : mlKemFromExpanded(core, set, secret),
  );
}

function decapsulate(key: MlKemPrivateKey, ciphertext: Uint8Array): string {
  try {
    const shared = key.decapsulate(ciphertext);
    const bytes = hex(core.dangerousReveal(shared));
    shared.dispose();
    return bytes;
  } finally {
    key.dispose();
  }
}

function encapsulate(set: MlKemParameters, ek: Uint8Array, m: Uint8Array): { c: string; k: string } {
  return withSecret(m, message => {
    const { ciphertext, sharedSecret } = mlKemEncapsulateWith(core, set, ek, message);
    const k = hex(core.dangerousReveal(sharedSecret));
    sharedSecret.dispose();
    return { c: hex(ciphertext), k };
  });
}

/** Public and expanded private key that the binary makes of d || z. */
function generate(set: MlKemParameters, seed: Uint8Array): { ek: string; dk: string } {
  return expanded(set, abi => {
    core.bytes.set(seed, core.exchange);
    abi.mlkemGenerate(set.k, core.exchange, core.exchange + 1024, core.exchange + 4096, core.exchange + 64);
  });
}

/** The draft's key generation, which hashes d alone (FIPS 203 ipd): CCTV's intermediate values are of that time. */
function generateAsDraft(set: MlKemParameters, d: Uint8Array, z: Uint8Array): { ek: string; dk: string } {
  const seeds = wasmHash(core, 'sha3-512').digest(d);
  return expanded(set, abi => {
    const at = core.exchange;
    core.bytes.set(seeds, at);
    core.bytes.set(z, at + 64);
    abi.mlkemMatrixVartime(set.k, at);
    abi.mlkemKeyPair(set.k, at, at + 32, at + 64, at + 1024, at + 4096, at + 128);
  });
}

function expanded(set: MlKemParameters, run: (abi: MlkemExports) => void): { ek: string; dk: string } {
  run(core.family<MlkemExports>({ name: 'mlkem', binary }));
  const read = (at: number, length: number) => hex(core.bytes.slice(core.exchange + at, core.exchange + at + length));
  return { ek: read(1024, set.encapsulationKeyLength), dk: read(4096, set.decapsulationKeyLength) };
}

/** What `work` says, or false for an input that castls refuses. */
function accepts(work: () => boolean): boolean {
  try {
    return work();
  } catch (error) {
    if (error instanceof TlsError) return false;
    throw error;
  }
}

const wycheproof = caseSuite<MlKemParameters>({
  files: /wycheproof\/mlkem_.*\.json$/,
  open: group => setOrSkip(group.parameterSet),
  judge(test, report, set, group) {
    const accepted = accepts(() => wycheproofCase(set, group.type, test));
    report.wycheproof(test, accepted, 'FIPS 203 §7.2, §7.3: length, modulus and hash of keys are checked');
  },
});

function wycheproofCase(set: MlKemParameters, type: string, test: Json): boolean {
  switch (type) {
    case 'MLKEMEncapsTest': {
      const { c, k } = encapsulate(set, unhex(test.ek), unhex(test.m));
      return c === test.c && k === test.K;
    }
    case 'MLKEMKeyGen': {
      const { ek, dk } = generate(set, unhex(test.seed));
      return ek === test.ek && dk === test.dk;
    }
    case 'MLKEMTest': {
      const key = importKey(set, 'seed', unhex(test.seed));
      const matches = test.ek === undefined || hex(key.encapsulationKey) === test.ek;
      return decapsulate(key, unhex(test.c)) === test.K && matches;
    }
    case 'MLKEMDecapsValidationTest': {
      const key = importKey(set, 'expanded', unhex(test.dk));
      const shared = decapsulate(key, unhex(test.c));
      return test.K === undefined || test.K === shared;
    }
    default:
      throw new VectorError(`the group type ${type}`);
  }
}

const acvpKeyGen = caseSuite<MlKemParameters>({
  files: /acvp\/ML-KEM-keyGen-.*\.json$/,
  open: group => setOrSkip(group.parameterSet),
  judge(test, report, set) {
    const seed = unhex(`${test.d}${test.z}`);
    const [ek, dk] = [test.ek, test.dk].map(text => hex(unhex(text)));
    const made = generate(set, seed);
    const key = importKey(set, 'seed', seed);
    const right = made.ek === ek && made.dk === dk;
    report.check(test.tcId, right && hex(key.encapsulationKey) === made.ek, 'another key pair');
    key.dispose();
  },
});

const acvpEncapDecap = caseSuite<MlKemParameters>({
  files: /acvp\/ML-KEM-encapDecap-.*\.json$/,
  open: group => setOrSkip(group.parameterSet),
  judge: (test, report, set, group) => acvpCase(report, set, group, test),
});

function acvpCase(report: Report, set: MlKemParameters, group: Json, test: Json): void {
  const field = (name: string) => unhex(test[name]);
  switch (group.function) {
    case 'encapsulation': {
      const { c, k } = encapsulate(set, field('ek'), field('m'));
      report.check(test.tcId, c === hex(field('c')) && k === hex(field('k')), 'another ciphertext or secret');
      return;
    }
    case 'decapsulation': {
      const form = group.keyFormat;
      const [ciphertext, expected] = [field('c'), hex(field('k'))];
      const key = importKey(set, form, form === 'seed' ? unhex(`${test.d}${test.z}`) : field('dk'));
      report.check(test.tcId, decapsulate(key, ciphertext) === expected, `another secret (${test.reason})`);
      return;
    }
    case 'decapsulationKeyCheck': {
      const expanded = field('dk');
      const good = accepts(() => {
        importKey(set, 'expanded', expanded).dispose();
        return true;
      });
      report.check(test.tcId, good === test.testPassed, test.reason);
      return;
    }
    case 'encapsulationKeyCheck': {
      const ek = field('ek');
      const good = accepts(() => encapsulate(set, ek, new Uint8Array(32)).k !== '');
      report.check(test.tcId, good === test.testPassed, test.reason);
      return;
    }
    default:
      report.fail(test.tcId, `unknown function ${group.function}`);
  }
}

/** CCTV: lines of `name = value`; single cases, in the draft's key generation. */
const cctv: Suite = {
  files: /cctv\/ML-KEM\/(intermediate|strcmp|unluckysample)\/.*\.txt$/,
  run(path, report, name) {
    const set = setOf(name);
    const values = new Map<string, string>();
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const [name, value] = line.split(' = ');
      // Some names stand twice, first for an intermediate value.
      if (value !== undefined) values.set(name, value);
    }
    const field = (which: string) => {
      if (!values.has(which)) throw new VectorError(`no line for ${which}`);
      return unhex(values.get(which));
    };
    if (values.has('d')) {
      const { ek, dk } = generateAsDraft(set, field('d'), field('z'));
      report.check('key generation', ek === values.get('ek') && dk === values.get('dk'), 'another key pair');
    }
    if (values.has('m')) {
      const { c, k } = encapsulate(set, field('ek'), field('m'));
      report.check('encapsulation', c === values.get('c') && k === values.get('K'), 'another ciphertext or secret');
    }
    const shared = decapsulate(importKey(set, 'expanded', field('dk')), field('c'));
    report.check('decapsulation', shared === values.get('K'), 'another secret');
    if (values.has('KBar')) {
      const wrong = field('c');
      wrong[0] ^= 1;
      const rejected = decapsulate(importKey(set, 'expanded', field('dk')), wrong);
      report.check('implicit rejection', rejected !== values.get('K'), 'the secret of the good ciphertext');
    }
  },
};

/** CCTV: one encapsulation key a line, each with one coefficient that is not below q. */
const cctvModulus: Suite = {
  files: /cctv\/ML-KEM\/modulus\/.*\.txt(\.gz)?$/,
  async run(path, report, name) {
    const set = setOf(name);
    const text = readText(path).trim();
    for (const [index, line] of (text === '' ? [] : text.split('\n')).entries()) {
      await attempted(report, `line ${index + 1}`, () => {
        const key = unhex(line.trim());
        if (key.length !== set.encapsulationKeyLength) throw new VectorError(`${key.length} bytes are no key`);
        const accepted = accepts(() => encapsulate(set, key, new Uint8Array(32)).k !== '');
        report.check(`line ${index + 1}`, !accepted, 'accepted');
      });
    }
  },
};

/** @throws VectorError for what is cut short */
function readText(path: string): string {
  const file = readFileSync(path);
  if (!path.endsWith('.gz')) return file.toString('utf8');
  try {
    return gunzipSync(file).toString('utf8');
  } catch (error) {
    throw new VectorError(`the file is no gzip: ${(error as Error).message}`);
  }
}

/** @throws VectorError for a file of no parameter set */
function setOf(name: string): MlKemParameters {
  const set = setOrSkip(/ML-KEM-\d+(?=\.txt)/.exec(name)?.[0]);
  if (set instanceof Skip) throw new VectorError(set.reason);
  return set;
}

export const mlKemSuites: readonly Suite[] = [wycheproof, acvpKeyGen, acvpEncapDecap, cctv, cctvModulus];
