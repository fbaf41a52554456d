// RSA: Wycheproof (PKCS#1 v1.5 and PSS verification, signing, decryption), ACVP SigGen and SigVer. Primality: primality.ts.

import { TlsError } from '../../../src/base/errors.ts';
import type { SignatureParameters } from '../../../src/crypto/signature.ts';
import { rsaVerifier } from '../../../src/wasm/rsa.ts';
import { RsaPrivateKey } from '../../../src/wasm/rsa_private.ts';
import { parsePrivateKey } from '../../../src/x509/keys/private_key.ts';
import { hostRandom, testCore } from '../../support/core.ts';
import { hex } from '../../support/hex.ts';
import { testKeyProvider } from '../../support/key_provider.ts';
import { caseSuite, type Json, Skip, unhex, VectorError } from '../cases.ts';
import type { Report, Suite } from '../report.ts';
import { hashNamed, missingSignatureHash } from './hashes.ts';

const PREMASTER_LENGTH = 48; // RFC 5246 §7.4.7.1

const core = testCore();
// The product's policy; smaller keys by the dangerous name, as their files need it.
const verifier = rsaVerifier(core);
const smallKeyVerifier = rsaVerifier(core, { dangerousMinimumBits: 1024 });

function integer(text: unknown): Uint8Array {
  if (typeof text !== 'string') throw new VectorError('an integer is missing');
  const digits = text.replace(/^0+/, '');
  return unhex(digits.length % 2 === 1 ? `0${digits}` : digits);
}

function parametersOf(
  isPss: boolean,
  hashName: unknown,
  mgfName: unknown,
  saltLength: unknown,
): SignatureParameters | Skip {
  const hash = hashNamed(hashName);
  if (hash === undefined) return missingSignatureHash(hashName);
  if (!isPss) return { type: 'rsa-pkcs1', hash };
  const mgfHash = hashNamed(mgfName);
  if (mgfHash === undefined) return missingSignatureHash(mgfName);
  if (typeof saltLength !== 'number') throw new VectorError('the length of the salt is missing');
  return { type: 'rsa-pss', hash, mgfHash, saltLength };
}

interface Numbers {
  readonly n: unknown;
  readonly e: unknown;
  readonly bits: number;
}

/** Whether castls takes the signature; a Skip where it does not take the key, and says why. */
async function verify(
  { n, e, bits }: Numbers,
  parameters: SignatureParameters,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean | Skip> {
  const key = { type: 'rsa', modulus: integer(n), exponent: integer(e) } as const;
  try {
    return await (bits < 2048 ? smallKeyVerifier : verifier).verify(key, parameters, message, signature);
  } catch (error) {
    if (error instanceof TlsError) return new Skip(error.message);
    throw error;
  }
}

const wycheproofVerify = caseSuite<SignatureParameters>({
  files: /wycheproof\/rsa_(signature|pss)_\w+_test\.json$/,
  open(group) {
    const isPss = String(group.type).startsWith('RsassaPss');
    if (isPss && group.mgf !== undefined && group.mgf !== 'MGF1') {
      return new Skip(`PSS with ${group.mgf} as mask function: castls has MGF1, as every scheme of TLS`);
    }
    return parametersOf(isPss, group.sha, group.mgfSha ?? group.sha, group.sLen);
  },
  async judge(test, report, parameters, group) {
    const numbers = { n: group.publicKey.modulus, e: group.publicKey.publicExponent, bits: group.keySize };
    const valid = await verify(numbers, parameters, unhex(test.msg), unhex(test.sig));
    if (valid instanceof Skip) {
      if (test.result === 'valid') report.skip(valid.reason);
      else report.wycheproof(test, false, valid.reason);
      return;
    }
    const encoding = 'RFC 8017 §8.2.2, §9.2: whole encodings are compared, and theirs has the NULL';
    report.wycheproof(test, valid, valid ? 'the hash is the choice of the caller, who has a policy' : encoding);
  },
});

/** The private key of a group, or why castls does not take it. */
interface Signing {
  readonly key: RsaPrivateKey | null;
  readonly refusal: string;
}

/** By castls' own reader of PKCS#8. */
function signingKey(group: Json): Signing {
  const pkcs8 = unhex(group.privateKeyPkcs8);
  try {
    const key = parsePrivateKey(testKeyProvider(), pkcs8);
    if (!(key instanceof RsaPrivateKey)) throw new VectorError('no RSA key');
    return { key, refusal: '' };
  } catch (error) {
    if (error instanceof TlsError) return { key: null, refusal: error.message };
    throw error;
  }
}

const wycheproofSign = caseSuite<Signing & { parameters: SignatureParameters }>({
  files: /wycheproof\/rsa_pkcs1_\d+_sig_gen_test\.json$/,
  open(group) {
    const parameters = parametersOf(false, group.sha, group.sha, 0);
    return parameters instanceof Skip ? parameters : { ...signingKey(group), parameters };
  },
  judge(test, report, { key, refusal, parameters }) {
    const [message, expected] = [unhex(test.msg), hex(unhex(test.sig))];
    if (key !== null) {
      const signature = hex(key.sign(parameters, message, hostRandom));
      if (signature !== expected) report.fail(test.tcId, `another signature (${test.comment})`);
      else report.wycheproof(test, true, 'the hash and the exponent are the choice of the caller');
    } else if (test.result === 'valid') report.skip(refusal);
    else report.wycheproof(test, false, refusal);
  },
  close: ({ key }) => key?.dispose(),
});

const wycheproofDecrypt = caseSuite<RsaPrivateKey>({
  files: /wycheproof\/rsa_pkcs1_\d+_test\.json$/,
  open(group) {
    const { key, refusal } = signingKey(group);
    return key ?? new Skip(refusal);
  },
  judge: (test, report, key) => checkDecryption(key, test, report),
  close: key => key.dispose(),
});

/**
 * castls decrypts premaster secrets alone, and never says that it could not: for anything else it gives 48 random bytes
 * (RFC 5246 §7.4.7.1). So "refused" is what comes out differently each time.
 */
function checkDecryption(key: RsaPrivateKey, test: Json, report: Report): void {
  const [ciphertext, message] = [unhex(test.ct), unhex(test.msg)];
  const version = message.length >= 2 ? (message[0] << 8) | message[1] : 0x0303;
  const decrypted = [0, 1].map(() => {
    const premaster = key.decryptPremaster(ciphertext, version, hostRandom);
    const bytes = hex(core.dangerousReveal(premaster));
    premaster.dispose();
    return bytes;
  });
  const refused = decrypted[0] !== decrypted[1];
  if (test.result !== 'valid' || message.length === PREMASTER_LENGTH) {
    const accepted = !refused && decrypted[0] === hex(message);
    if (!refused && !accepted) report.fail(test.tcId, 'neither the message nor random bytes');
    else report.wycheproof(test, accepted, 'RFC 8017 §7.2.2, and a premaster secret has 48 bytes');
    return;
  }
  report.note(
    'a valid message of another length than a premaster secret: castls answers with random bytes, and its private ' +
      'operation gives the padded message',
  );
  const block = key.privatePower(ciphertext, hostRandom);
  const right = refused && isPadded(block, message);
  report.check(test.tcId, right, refused ? 'another block' : 'a premaster secret of another length was taken');
}

/** EME-PKCS1-v1_5 of the message (RFC 8017 §7.2.1). */
function isPadded(block: Uint8Array, message: Uint8Array): boolean {
  const separator = block.length - message.length - 1;
  const padding = block.subarray(2, separator);
  const framed =
    block[0] === 0 && block[1] === 2 && block[separator] === 0 && hex(block.subarray(separator + 1)) === hex(message);
  return framed && padding.length >= 8 && !padding.includes(0);
}

const acvpVerify = caseSuite<SignatureParameters>({
  files: /acvp\/RSA-Sig(Ver|Gen)-FIPS186-\d\.json$/,
  open(group) {
    if (group.sigType === 'ansx9.31') return new Skip('ANSI X9.31 signatures: neither TLS nor X.509 uses them');
    const isPss = group.sigType === 'pss';
    if (isPss && group.maskFunction !== undefined && group.maskFunction !== 'mgf1') {
      return new Skip(`PSS with ${group.maskFunction} as mask function: castls has MGF1, as every scheme of TLS`);
    }
    if (group.conformance) {
      return new Skip(
        `${group.conformance}: the message is mixed with a random value before it is hashed, which castls does not ` +
          'implement; no protocol here does that',
      );
    }
    return parametersOf(isPss, group.hashAlg, group.hashAlg, group.saltLen);
  },
  async judge(test, report, parameters, group) {
    const numbers = { n: group.n, e: group.e, bits: group.modulo };
    const valid = await verify(numbers, parameters, unhex(test.message), unhex(test.signature));
    if (valid instanceof Skip) report.skip(valid.reason);
    else report.check(test.tcId, valid === (test.testPassed ?? true), test.reason ?? 'a signature of SigGen');
  },
});

export const rsaSuites: readonly Suite[] = [wycheproofSign, wycheproofDecrypt, wycheproofVerify, acvpVerify];
