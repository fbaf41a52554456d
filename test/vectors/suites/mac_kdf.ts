// HMAC, HKDF, PBKDF2, PBES2 and the TLS key derivations of Wycheproof and ACVP.

import type { HashName, KeyDerivation } from '../../../src/crypto/hash.ts';
import type { Secret } from '../../../src/crypto/secret.ts';
import { ProtocolVersion } from '../../../src/registry/protocol_versions.ts';
import { aesCbcDecrypt, aesCbcEncrypt } from '../../../src/wasm/aead.ts';
import { wasmKeyDerivation } from '../../../src/wasm/key_derivation.ts';
import { wasmOlderCryptography } from '../../../src/wasm/older_cryptography.ts';
import { pbkdf2 } from '../../../src/wasm/pbkdf2.ts';
import { testCore } from '../../support/core.ts';
import { hex } from '../../support/hex.ts';
import { caseSuite, type Json, Skip, unhex, unlessRefused } from '../cases.ts';
import type { Report, Suite } from '../report.ts';
import { acvpHash, hashNamed } from './hashes.ts';

const core = testCore();
const MOST_ITERATIONS = 2 ** 20;
const tooManyIterations = `PBKDF2 of more than 2^20 iterations: minutes of work for nothing new`;

/** The hash in the algorithm of a Wycheproof file: HMACSHA256, HKDF-SHA-256, PBKDF2-HMACSHA1. */
function hashBehind(prefix: RegExp, algorithm: unknown): HashName | Skip {
  const name = String(algorithm).replace(prefix, '');
  return hashNamed(name) ?? new Skip(`${algorithm}: castls does not implement this hash`);
}

/** HMAC and HKDF over the hash that a Wycheproof file names. */
function derivationBehind(prefix: RegExp, algorithm: unknown): KeyDerivation | Skip {
  const hash = hashBehind(prefix, algorithm);
  return hash instanceof Skip ? hash : wasmKeyDerivation(core, hash);
}

/** The same for ACVP, whose groups name a hash. */
function acvpDerivation(name: unknown): KeyDerivation | Skip {
  const hash = acvpHash(name);
  return hash instanceof Skip ? hash : wasmKeyDerivation(core, hash);
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

const wycheproofHmac = caseSuite<KeyDerivation>({
  files: /^wycheproof\/hmac_\w+_test\.json$/,
  open: (_group, file) => derivationBehind(/^HMAC-?/, file.algorithm),
  judge(test, report, derivation, group) {
    const mac = withSecrets([unhex(test.key)], key => derivation.hmac(key, unhex(test.msg)));
    const right = hex(mac.subarray(0, group.tagSize / 8)) === hex(unhex(test.tag));
    report.wycheproof(test, right, 'all bytes of the MAC are compared');
  },
});

const acvpHmac = caseSuite<KeyDerivation>({
  files: /^acvp\/HMAC-SHA(-1|[23]-\d+)-[\d.]+\.json$/,
  open: (_group, file) => acvpDerivation(String(file.algorithm).replace(/^HMAC-/, '')),
  judge(test, report, derivation) {
    if (test.keyLen % 8 || test.msgLen % 8 || test.macLen % 8) {
      report.skip('keys, messages or MACs that are not whole bytes: no protocol here has them');
      return;
    }
    const [key, message, expected] = [test.key, test.msg, test.mac].map(unhex);
    const mac = withSecrets([key.subarray(0, test.keyLen / 8)], secret =>
      derivation.hmac(secret, message.subarray(0, test.msgLen / 8)),
    );
    report.check(test.tcId, hex(mac.subarray(0, test.macLen / 8)) === hex(expected), 'wrong MAC');
  },
});

const wycheproofHkdf = caseSuite<KeyDerivation>({
  files: /^wycheproof\/hkdf_\w+_test\.json$/,
  open: (_group, file) => derivationBehind(/^HKDF-?/, file.algorithm),
  judge(test, report, derivation) {
    const [info, expected] = [unhex(test.info), unhex(test.okm)];
    const okm = withSecrets([unhex(test.ikm), unhex(test.salt)], (material, salt) => {
      const key = derivation.extract(salt, material);
      try {
        return unlessRefused(() => taken(derivation.expand(key, info, test.size)));
      } finally {
        key.dispose();
      }
    });
    report.wycheproof(test, okm === hex(expected), 'at most 255 digests of output (RFC 5869 §2.3)');
  },
});

const wycheproofPbkdf2 = caseSuite<HashName>({
  files: /^wycheproof\/pbkdf2_\w+_test\.json$/,
  open: (_group, file) => hashBehind(/^PBKDF2-HMAC-?/, file.algorithm),
  judge(test, report, hash) {
    if (test.iterationCount > MOST_ITERATIONS) {
      report.skip(tooManyIterations);
      return;
    }
    const [salt, expected] = [unhex(test.salt), unhex(test.dk)];
    const key = withSecrets([unhex(test.password)], password =>
      unlessRefused(() => taken(pbkdf2(core, hash, password, salt, test.iterationCount, test.dkLen))),
    );
    report.wycheproof(test, key === hex(expected), 'any salt, one iteration and one byte or more (RFC 8018 §5.2)');
  },
});

interface Pbes2 {
  readonly hash: HashName;
  readonly keyLength: number;
}

const wycheproofPbes2 = caseSuite<Pbes2>({
  files: /^wycheproof\/pbes2_\w+_test\.json$/,
  open(_group, { algorithm }) {
    const found = /^PbeWithHmac(\w+)AndAes_(\d+)$/i.exec(algorithm);
    if (found === null) return new Skip(`${algorithm}: castls decrypts PBES2 with HMAC and AES-CBC alone`);
    const hash = hashBehind(/^PbeWithHmac/i, `PbeWithHmac${found[1]}`);
    return hash instanceof Skip ? hash : { hash, keyLength: Number(found[2]) / 8 };
  },
  judge(test, report, { hash, keyLength }) {
    if (test.iterationCount > MOST_ITERATIONS) {
      report.skip(tooManyIterations);
      return;
    }
    const [salt, iv, ciphertext, message] = [test.salt, test.iv, test.ct, test.msg].map(unhex);
    const accepted = withSecrets([unhex(test.password)], password => {
      const key = unlessRefused(() => pbkdf2(core, hash, password, salt, test.iterationCount, keyLength));
      try {
        const opened = key && unlessRefused(() => aesCbcDecrypt(core, key, iv, ciphertext));
        if (key === null || opened === null || hex(opened) !== hex(message)) return false;
        return hex(aesCbcEncrypt(core, key, iv, message)) === hex(ciphertext);
      } finally {
        key?.dispose();
      }
    });
    report.wycheproof(test, accepted, 'key and padding decide (RFC 8018 §6.2.2)');
  },
});

const acvpPbkdf = caseSuite<HashName>({
  files: /^acvp\/PBKDF-[\d.]+\.json$/,
  open: group => acvpHash(group.hmacAlg),
  judge(test, report, hash) {
    if (test.iterationCount > MOST_ITERATIONS) {
      report.skip(tooManyIterations);
      return;
    }
    const [salt, expected] = [unhex(test.salt), unhex(test.derivedKey)];
    const key = withSecrets([new TextEncoder().encode(test.password)], password =>
      taken(pbkdf2(core, hash, password, salt, test.iterationCount, test.keyLen / 8)),
    );
    report.check(test.tcId, key === hex(expected), 'wrong key');
  },
});

/** The PRF of TLS 1.2, or that of the versions before it: MD5 beside SHA-1 (RFC 2246 §5). */
type Prf = Pick<KeyDerivation, 'prf12'>;

const acvpTls12 = caseSuite<Prf>({
  files: /^acvp\/(TLS-v1\.2-KDF-RFC7627|kdf-components-tls-[\d.]+)\.json$/,
  open(group) {
    if (group.tlsVersion !== 'v1.0/1.1') return acvpDerivation(group.hashAlg);
    return wasmOlderCryptography(core).cipherSuites(ProtocolVersion.TLSv1)[0].keyDerivation;
  },
  judge: (test, report, derivation, group) => checkTls12(derivation, group.keyBlockLength / 8, test, report),
});

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

// RFC 5246 §8.1 and §6.3, RFC 7627 §4: a case with a session hash is one of the extended master secret.
function checkTls12(derivation: Prf, length: number, test: Tls12Case, report: Report): void {
  const extended = test.sessionHash !== undefined;
  const label = extended ? 'extended master secret' : 'master secret';
  const seed = extended ? test.sessionHash : `${test.clientHelloRandom}${test.serverHelloRandom}`;
  const [master, keyBlock] = withSecrets([unhex(test.preMasterSecret)], preMaster => {
    const secret = derivation.prf12(preMaster, label, unhex(seed), 48);
    const block = taken(
      derivation.prf12(secret, 'key expansion', unhex(`${test.serverRandom}${test.clientRandom}`), length),
    );
    return [taken(secret), block];
  });
  report.check(test.tcId, master === hex(unhex(test.masterSecret)), 'wrong master secret');
  report.check(test.tcId, keyBlock === hex(unhex(test.keyBlock)), 'wrong key block');
}

const acvpTls13 = caseSuite<KeyDerivation>({
  files: /^acvp\/TLS-v1\.3-KDF-RFC8446\.json$/,
  open: group => acvpDerivation(group.hmacAlg),
  judge: (test, report, derivation) => checkTls13(derivation, test, report),
});

// The key schedule of RFC 9846 §7.1, with random bytes for the messages of the transcript.
function checkTls13(derivation: KeyDerivation, test: Json, report: Report): void {
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
      report.check(`${test.tcId} ${name}`, taken(secret) === hex(unhex(test[name])), 'wrong secret');
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
