// HMAC, HKDF, PBKDF2, PBES2 and the TLS key derivations of Wycheproof and ACVP.

import type { HashName } from '../../../src/crypto/hash.ts';
import type { Secret } from '../../../src/crypto/secret.ts';
import { aesCbcDecrypt, aesCbcEncrypt } from '../../../src/wasm/aead.ts';
import { wasmKeyDerivation } from '../../../src/wasm/key_derivation.ts';
import { pbkdf2 } from '../../../src/wasm/pbkdf2.ts';
import { testCore } from '../../support/core.ts';
import { hex, readJson, unhex } from '../../support/hex.ts';
import type { Report, Suite } from '../report.ts';
import { acvpHashes } from './hash.ts';

const core = testCore();
const MOST_ITERATIONS = 2 ** 20;
const tooManyIterations = `PBKDF2 of more than 2^20 iterations: minutes of work for nothing new`;

/** Hash names as Wycheproof writes them after HMAC and HKDF: SHA1, SHA-256, SHA3-256. */
function hashOf(name: string): HashName {
  const found = /^SHA(3-)?-?(\d+)$/i.exec(name);
  if (found === null) throw new Error(`no hash named ${name}`);
  return (found[1] ? `sha3-${found[2]}` : `sha${found[2]}`) as HashName;
}

/** Runs `use` with secrets of the given bytes, then disposes of them. */
function withSecrets<T>(values: readonly Uint8Array[], use: (...secrets: Secret[]) => T): T {
  const secrets = values.map(bytes => core.importSecret(bytes));
  try {
    return use(...secrets);
  } finally {
    for (const secret of secrets) secret.dispose();
  }
}

/** The bytes of a secret that nobody else needs. */
function taken(secret: Secret): string {
  const out = hex(core.dangerousReveal(secret));
  secret.dispose();
  return out;
}

const wycheproofHmac: Suite = {
  files: /^wycheproof\/hmac_\w+_test\.json$/,
  run(path, report) {
    const { algorithm, testGroups } = readJson(path);
    const derivation = wasmKeyDerivation(core, hashOf(algorithm.replace(/^HMAC/, '')));
    for (const group of testGroups) {
      for (const test of group.tests) {
        const mac = withSecrets([unhex(test.key)], key => derivation.hmac(key, unhex(test.msg)));
        report.wycheproof(test, hex(mac.subarray(0, group.tagSize / 8)) === test.tag);
      }
    }
  },
};

const acvpHmac: Suite = {
  files: /^acvp\/HMAC-SHA(-1|[23]-\d+)-[\d.]+\.json$/,
  run(path, report) {
    const { algorithm, testGroups } = readJson(path);
    const derivation = wasmKeyDerivation(core, acvpHashes[algorithm.replace(/^HMAC-/, '')]);
    for (const group of testGroups) {
      for (const test of group.tests) {
        if (test.keyLen % 8 || test.msgLen % 8 || test.macLen % 8) {
          report.skip('keys, messages or MACs that are not whole bytes: no protocol here has them');
          continue;
        }
        const [key, message] = [unhex(test.key), unhex(test.msg)];
        const mac = withSecrets([key.subarray(0, test.keyLen / 8)], secret =>
          derivation.hmac(secret, message.subarray(0, test.msgLen / 8)),
        );
        report.check(test.tcId, hex(mac.subarray(0, test.macLen / 8)) === test.mac.toLowerCase(), 'wrong MAC');
      }
    }
  },
};

const wycheproofHkdf: Suite = {
  files: /^wycheproof\/hkdf_\w+_test\.json$/,
  run(path, report) {
    const { algorithm, testGroups } = readJson(path);
    const derivation = wasmKeyDerivation(core, hashOf(algorithm.replace(/^HKDF-/, '')));
    for (const group of testGroups) {
      for (const test of group.tests) {
        const okm = withSecrets([unhex(test.ikm), unhex(test.salt)], (material, salt) => {
          const key = derivation.extract(salt, material);
          try {
            return taken(derivation.expand(key, unhex(test.info), test.size));
          } catch {
            return undefined;
          } finally {
            key.dispose();
          }
        });
        report.wycheproof(test, okm !== undefined && okm === test.okm);
      }
    }
  },
};

const wycheproofPbkdf2: Suite = {
  files: /^wycheproof\/pbkdf2_\w+_test\.json$/,
  run(path, report) {
    const { algorithm, testGroups } = readJson(path);
    const hash = hashOf(algorithm.replace(/^PBKDF2-HMAC-?/, ''));
    for (const group of testGroups) {
      for (const test of group.tests) {
        if (test.iterationCount > MOST_ITERATIONS) {
          report.skip(tooManyIterations);
          continue;
        }
        const key = withSecrets([unhex(test.password)], password =>
          taken(pbkdf2(core, hash, password, unhex(test.salt), test.iterationCount, test.dkLen)),
        );
        report.wycheproof(test, key === test.dk);
      }
    }
  },
};

const wycheproofPbes2: Suite = {
  files: /^wycheproof\/pbes2_\w+_test\.json$/,
  run(path, report) {
    const { algorithm, testGroups } = readJson(path);
    const [, hashName, keyBits] = /^PbeWithHmac(\w+)AndAes_(\d+)$/i.exec(algorithm)!;
    for (const group of testGroups) {
      for (const test of group.tests) {
        const accepted = withSecrets([unhex(test.password)], password => {
          const key = pbkdf2(
            core,
            hashOf(hashName),
            password,
            unhex(test.salt),
            test.iterationCount,
            Number(keyBits) / 8,
          );
          try {
            const decrypted = hex(aesCbcDecrypt(core, key, unhex(test.iv), unhex(test.ct))) === test.msg;
            return decrypted && hex(aesCbcEncrypt(core, key, unhex(test.iv), unhex(test.msg))) === test.ct;
          } catch {
            return false;
          } finally {
            key.dispose();
          }
        });
        report.wycheproof(test, accepted);
      }
    }
  },
};

const acvpPbkdf: Suite = {
  files: /^acvp\/PBKDF-[\d.]+\.json$/,
  run(path, report) {
    for (const group of readJson(path).testGroups) {
      const hash = acvpHashes[group.hmacAlg];
      for (const test of group.tests) {
        if (hash === undefined) {
          report.skip(`PBKDF2 with ${group.hmacAlg}: no protocol here has it`);
          continue;
        }
        if (test.iterationCount > MOST_ITERATIONS) {
          report.skip(tooManyIterations);
          continue;
        }
        const key = withSecrets([new TextEncoder().encode(test.password)], password =>
          taken(pbkdf2(core, hash, password, unhex(test.salt), test.iterationCount, test.keyLen / 8)),
        );
        report.check(test.tcId, key === test.derivedKey.toLowerCase(), 'wrong key');
      }
    }
  },
};

const acvpTls12: Suite = {
  files: /^acvp\/(TLS-v1\.2-KDF-RFC7627|kdf-components-tls-[\d.]+)\.json$/,
  run(path, report) {
    for (const group of readJson(path).testGroups) {
      const extended =
        group.tlsVersion === 'v1.2_ems' || group.tests.every((t: Tls12Case) => t.sessionHash !== undefined);
      for (const test of group.tests) {
        if (group.tlsVersion === 'v1.0/1.1')
          report.skip('the PRF before TLS 1.2 needs MD5, which the legacy family has');
        else checkTls12(group.hashAlg, group.keyBlockLength / 8, extended, test, report);
      }
    }
  },
};

interface Tls12Case {
  readonly tcId: number;
  readonly preMasterSecret: string;
  readonly sessionHash?: string;
  readonly clientHelloRandom?: string;
  readonly serverHelloRandom?: string;
  readonly clientRandom: string;
  readonly serverRandom: string;
  readonly masterSecret: string;
  readonly keyBlock: string;
}

// RFC 5246 §8.1 and §6.3, RFC 7627 §4
function checkTls12(hash: string, length: number, extended: boolean, test: Tls12Case, report: Report): void {
  const derivation = wasmKeyDerivation(core, acvpHashes[hash]);
  const label = extended ? 'extended master secret' : 'master secret';
  const seed = extended ? test.sessionHash! : test.clientHelloRandom! + test.serverHelloRandom!;
  const [master, keyBlock] = withSecrets([unhex(test.preMasterSecret)], preMaster => {
    const secret = derivation.prf12(preMaster, label, unhex(seed), 48);
    const block = taken(
      derivation.prf12(secret, 'key expansion', unhex(test.serverRandom + test.clientRandom), length),
    );
    return [taken(secret), block];
  });
  report.check(test.tcId, master === test.masterSecret.toLowerCase(), 'wrong master secret');
  report.check(test.tcId, keyBlock === test.keyBlock.toLowerCase(), 'wrong key block');
}

const acvpTls13: Suite = {
  files: /^acvp\/TLS-v1\.3-KDF-RFC8446\.json$/,
  run(path, report) {
    for (const group of readJson(path).testGroups) {
      for (const test of group.tests) checkTls13(acvpHashes[group.hmacAlg], test, report);
    }
  },
};

// The key schedule of RFC 9846 §7.1, with random bytes for the messages of the transcript.
function checkTls13(hash: HashName, test: Record<string, string>, report: Report): void {
  const derivation = wasmKeyDerivation(core, hash);
  const length = derivation.hash.outputLength;
  const derive = (secret: Secret, label: string, ...messages: string[]) =>
    derivation.expandLabel(secret, label, derivation.hash.digest(unhex(messages.join(''))), length);
  const [clientHello, serverHello] = [test.helloClientRandom, test.helloServerRandom];
  const hellos = [clientHello, serverHello];
  const toServerFinished = [...hellos, test.finishedServerRandom];
  withSecrets([unhex(test.psk), unhex(test.dhe)], (psk, dhe) => {
    const early = derivation.extract(null, psk);
    const handshake = derivation.extract(derive(early, 'derived'), dhe);
    const main = derivation.extract(derive(handshake, 'derived'), null);
    const expected: [string, Secret][] = [
      ['clientEarlyTrafficSecret', derive(early, 'c e traffic', clientHello)],
      ['earlyExporterMasterSecret', derive(early, 'e exp master', clientHello)],
      ['clientHandshakeTrafficSecret', derive(handshake, 'c hs traffic', ...hellos)],
      ['serverHandshakeTrafficSecret', derive(handshake, 's hs traffic', ...hellos)],
      ['clientApplicationTrafficSecret', derive(main, 'c ap traffic', ...toServerFinished)],
      ['serverApplicationTrafficSecret', derive(main, 's ap traffic', ...toServerFinished)],
      ['exporterMasterSecret', derive(main, 'exp master', ...toServerFinished)],
      ['resumptionMasterSecret', derive(main, 'res master', ...toServerFinished, test.finishedClientRandom)],
    ];
    for (const [name, secret] of expected) {
      report.check(`${test.tcId} ${name}`, taken(secret) === test[name].toLowerCase(), 'wrong secret');
    }
  });
}

export const macKdfSuites: readonly Suite[] = [
  wycheproofHmac,
  acvpHmac,
  wycheproofHkdf,
  wycheproofPbkdf2,
  wycheproofPbes2,
  acvpPbkdf,
  acvpTls12,
  acvpTls13,
];
