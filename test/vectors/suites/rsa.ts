// RSA: Wycheproof (PKCS#1 v1.5 and PSS verification, signing, decryption, primality), ACVP SigGen and SigVer.

import { createPrivateKey } from 'node:crypto';
import type { RsaPrivateExports } from '../../../build/generated/abi.ts';
import type { SignatureParameters } from '../../../src/crypto/signature.ts';
import { rsaVerifier } from '../../../src/wasm/rsa.ts';
import { rsaPrivateFamily } from '../../../src/wasm/rsa_family.ts';
import type { RsaPrivateKey } from '../../../src/wasm/rsa_private.ts';
import { hostRandom, testCore } from '../../support/core.ts';
import { hex, readJson, unhex } from '../../support/hex.ts';
import { importRsaJwk } from '../../support/rsa_jwk.ts';
import type { Report, Suite } from '../report.ts';
import { hashNamed } from './nist_curves.ts';

const NO_HASH = 'a hash that castls does not implement: no signature scheme of TLS or X.509 uses it';

const core = testCore();
// The product's policy; smaller keys by the dangerous name, as their files need it.
const verifier = rsaVerifier(core);
const smallKeyVerifier = rsaVerifier(core, { dangerousMinimumBits: 1024 });

function integer(text: string): Uint8Array {
  const digits = text.replace(/^0+/, '');
  return unhex(digits.length % 2 === 1 ? `0${digits}` : digits);
}

/** Parameters of a Wycheproof or ACVP group, or undefined if a hash or mask function is not one of castls. */
function parametersOf(
  type: string,
  hashName: string,
  mgfName: string,
  saltLength: number,
): SignatureParameters | undefined {
  const hash = hashNamed(hashName);
  if (hash === undefined) return undefined;
  if (type === 'pkcs1') return { type: 'rsa-pkcs1', hash };
  const mgfHash = hashNamed(mgfName);
  return mgfHash && { type: 'rsa-pss', hash, mgfHash, saltLength };
}

// biome-ignore lint/suspicious/noExplicitAny: vector files are read as they are
async function verify(group: any, n: string, e: string, parameters: SignatureParameters, test: any): Promise<boolean> {
  const key = { type: 'rsa', modulus: integer(n), exponent: integer(e) } as const;
  const small = (group.keySize ?? group.modulo) < 2048;
  const message = unhex(test.msg ?? test.message);
  return (small ? smallKeyVerifier : verifier).verify(key, parameters, message, unhex(test.sig ?? test.signature));
}

const wycheproofVerify: Suite = {
  files: /wycheproof\/rsa_(signature|pss)_\w+_test\.json$/,
  async run(path, report) {
    for (const group of readJson(path).testGroups) {
      const type = group.type.startsWith('RsassaPss') ? 'pss' : 'pkcs1';
      const parameters = parametersOf(type, group.sha, group.mgfSha ?? group.sha, group.sLen ?? 0);
      for (const test of group.tests) {
        if (parameters === undefined) {
          report.skip(NO_HASH);
          continue;
        }
        const valid = await verify(group, group.publicKey.modulus, group.publicKey.publicExponent, parameters, test);
        const why = 'RFC 8017 §9.2 has the NULL, and castls compares whole encodings (§8.2.2)';
        report.wycheproof(test, valid, test.flags.includes('MissingNull') ? why : '');
      }
    }
  },
};

const wycheproofSign: Suite = {
  files: /wycheproof\/rsa_pkcs1_\d+_sig_gen_test\.json$/,
  run(path, report) {
    for (const group of readJson(path).testGroups) {
      const hash = hashNamed(group.sha);
      const key = privateKeyOf(unhex(group.privateKeyPkcs8));
      for (const test of group.tests) {
        if (hash === undefined) {
          report.skip(NO_HASH);
        } else if (key === null) {
          report.wycheproof(
            test,
            false,
            'castls signs with RSA keys of 2048 to 8192 bits and two primes of equal size only',
          );
        } else {
          const signature = key.sign({ type: 'rsa-pkcs1', hash }, unhex(test.msg), hostRandom);
          report.wycheproof(
            test,
            hex(signature) === test.sig,
            'the hash and the exponent are the choice of the caller',
          );
        }
      }
      key?.dispose();
    }
  },
};

function privateKeyOf(pkcs8: Uint8Array): RsaPrivateKey | null {
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
  try {
    return importRsaJwk(core, key.export({ format: 'jwk' }) as Record<string, string>);
  } catch {
    return null;
  }
}

const wycheproofDecrypt: Suite = {
  files: /wycheproof\/rsa_pkcs1_\d+_test\.json$/,
  run(path, report) {
    for (const group of readJson(path).testGroups) {
      const key = importRsaJwk(core, group.privateKeyJwk);
      for (const test of group.tests) report.wycheproof(test, decrypts(key, unhex(test.ct), test.msg));
      key.dispose();
    }
  },
};

/** castls decrypts premaster secrets only; the padding of other messages is taken off here, in plain steps. */
function decrypts(key: RsaPrivateKey, ciphertext: Uint8Array, expected: string): boolean {
  let block: Uint8Array;
  try {
    block = key.privatePower(ciphertext, hostRandom);
  } catch {
    return false;
  }
  const separator = block.indexOf(0, 2);
  const padded = block[0] === 0 && block[1] === 2 && separator >= 10;
  const message = block.subarray(separator + 1);
  if (padded && message.length === 48) {
    const premaster = key.decryptPremaster(ciphertext, (message[0] << 8) | message[1], hostRandom);
    const revealed = core.dangerousReveal(premaster);
    premaster.dispose();
    return hex(revealed) === expected;
  }
  return padded && hex(message) === expected;
}

const acvpVerify: Suite = {
  files: /acvp\/RSA-Sig(Ver|Gen)-FIPS186-\d\.json$/,
  async run(path, report) {
    for (const group of readJson(path).testGroups) await acvpGroup(group, report);
  },
};

// biome-ignore lint/suspicious/noExplicitAny: vector files are read as they are
async function acvpGroup(group: any, report: Report): Promise<void> {
  const mgf = (group.maskFunction ?? 'mgf1') === 'mgf1' || group.sigType !== 'pss';
  const type = group.sigType === 'pss' ? 'pss' : 'pkcs1';
  const parameters = parametersOf(type, group.hashAlg, group.hashAlg, group.saltLen);
  for (const test of group.tests) {
    if (group.sigType === 'ansx9.31') report.skip('ANSI X9.31 signatures: neither TLS nor X.509 uses them');
    else if (!mgf) report.skip('PSS with SHAKE as mask function: no TLS signature scheme');
    else if (parameters === undefined) report.skip(NO_HASH);
    else if (group.conformance === 'SP800-106') report.skip('randomised hashing (SP 800-106): not part of TLS');
    else {
      const valid = await verify(group, group.n, group.e, parameters, test);
      report.check(test.tcId, valid === (test.testPassed ?? true), test.reason ?? 'a signature of SigGen');
    }
  }
}

/** The screen and the rounds take what key generation makes: 3 modulo 4, whole bytes with the top bit set. */
const primality: Suite = {
  files: /wycheproof\/primality_test\.json$/,
  run(path, report) {
    const abi = core.family<RsaPrivateExports>(rsaPrivateFamily);
    abi.primeSetUp();
    for (const group of readJson(path).testGroups) {
      for (const test of group.tests) {
        const value = integer(test.value);
        if (value.length < 8 || value.length % 2 === 1 || value[0] < 0x80 || (value[value.length - 1] & 3) !== 3) {
          report.skip('castls tests candidates it made itself: even number of bytes, top bit set, 3 modulo 4');
          continue;
        }
        report.wycheproof(test, isPrime(abi, value));
      }
    }
  },
};

// A round errs for at most a quarter of all bases. For numbers made to be near that (Carmichael numbers of three primes) five
// rounds, which FIPS 186-5 table B.1 asks for where candidates are random, would fail once in a thousand runs.
const ROUNDS = 40;

function isPrime(abi: RsaPrivateExports, value: Uint8Array): boolean {
  const candidate = core.importSecret(value);
  try {
    if (abi.primeScreen(candidate.pointer(), value.length) === 0) return false;
    for (let round = 0; round < ROUNDS; round++) {
      const random = new Uint8Array(value.length);
      hostRandom(random);
      core.bytes.set(random, core.exchange);
      if (abi.primeRound(candidate.pointer(), value.length, core.exchange) === 0) return false;
    }
    return true;
  } finally {
    candidate.dispose();
  }
}

export const rsaSuites: readonly Suite[] = [wycheproofSign, wycheproofDecrypt, wycheproofVerify, acvpVerify, primality];
