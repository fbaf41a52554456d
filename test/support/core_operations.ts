// Every operation on the WASM core that takes a secret or a random source, each with secrets that grow from a seed: for tests
// that run them all - under sources that lie, that call back in, with families that do not compile, with two secrets.

import type { MlkemExports } from '../../build/generated/abi.ts';
import { bytes as mlkemBinary } from '../../build/generated/mlkem_wasm.ts';
import { parseEcdsaSignature } from '../../src/asn1/ecdsa_signature.ts';
import type { RandomSource, Secret } from '../../src/crypto/secret.ts';
import type { KeyGenerationParameters, PrivateKeyMaterial, SignatureParameters } from '../../src/crypto/signature.ts';
import {
  type AeadName,
  aeadAlgorithms,
  aeadOpen,
  aeadSeal,
  aesCbcDecrypt,
  aesCbcEncrypt,
} from '../../src/wasm/aead.ts';
import { EXCHANGE_LENGTH, type WasmCore } from '../../src/wasm/core.ts';
import { fullProvider } from '../../src/wasm/default_provider.ts';
import { finiteFieldDh } from '../../src/wasm/ffdh.ts';
import { modpPrime } from '../../src/wasm/ffdh_primes.ts';
import { shake } from '../../src/wasm/hash.ts';
import { dhkemP256, dhkemP384, dhkemP521, dhkemX448, dhkemX25519 } from '../../src/wasm/hpke/dhkem.ts';
import { hkdfSha256, shake128Kdf } from '../../src/wasm/hpke/kdf.ts';
import { hpkeMlKem, hpkeMlKem768P256, hpkeMlKem768X25519, hpkeMlKem1024P384 } from '../../src/wasm/hpke/pq_kem.ts';
import { hpkeAes128Gcm, hpkeSuite } from '../../src/wasm/hpke/suite.ts';
import { mlKemGroup } from '../../src/wasm/hybrid.ts';
import { wasmLegacyCiphers } from '../../src/wasm/legacy_ciphers.ts';
import { type MlDsaPrivateKey, mlDsaParameters, mlDsaVerifyInternal } from '../../src/wasm/mldsa.ts';
import { mlKem512, mlKem768, mlKem1024, mlKemEncapsulateWith, mlKemFromExpanded } from '../../src/wasm/mlkem.ts';
import { wasmOlderCryptography } from '../../src/wasm/older_cryptography.ts';
import { p256VerifierAlone } from '../../src/wasm/p256_verify.ts';
import { wasmPasswordEncryption } from '../../src/wasm/password_encryption.ts';
import { RsaPrivateKey } from '../../src/wasm/rsa_private.ts';
import { wasmScrypt } from '../../src/wasm/scrypt.ts';
import { x448, x448PublicKey } from '../../src/wasm/x448.ts';
import { x25519, x25519PublicKey } from '../../src/wasm/x25519.ts';
import { x25519PublicKeyByComb } from '../../src/wasm/x25519_comb.ts';
import { randomFrom } from './random.ts';
import { rsaParts } from './rsa_parts.ts';

/** What an operation is run with. */
export interface Run {
  readonly core: WasmCore;
  /** Secret bytes, others with another seed. */
  secret(length: number): Uint8Array;
  readonly random: RandomSource;
  /** Which of the RSA keys of `rsa_parts.ts`. */
  readonly rsaKey: number;
  /** What the caller owns and disposes of when the operation is over. */
  own<T extends { dispose(): void }>(made: T): T;
}

/** Resolves to the public results. */
export type Operation = (run: Run) => Promise<readonly Uint8Array[]> | readonly Uint8Array[];

/** A run whose secrets and random bytes grow from `seed`. */
export function makeRun(core: WasmCore, seed: number, random?: RandomSource): Run & { end(): void } {
  const secrets = randomFrom(seed);
  const drawn = randomFrom(seed + 1000);
  const owned: { dispose(): void }[] = [];
  return {
    core,
    secret: length => secrets.bytes(length),
    random: random ?? (target => target.set(drawn.bytes(target.length))),
    rsaKey: seed % 2,
    own: made => {
      owned.push(made);
      return made;
    },
    end: () => {
      for (const made of owned) made.dispose();
    },
  };
}

const message = new Uint8Array(100).fill(7);
const longMessage = new Uint8Array(EXCHANGE_LENGTH + 1).fill(9);
const imported = ({ core, own, secret }: Run, length: number): Secret => own(core.importSecret(secret(length)));

const groups = [
  ...['X25519MLKEM768', 'x25519', 'secp256r1', 'secp384r1', 'x448', 'secp521r1', 'SecP256r1MLKEM768'],
  ...['SecP384r1MLKEM1024', 'ffdhe2048', 'ffdhe3072'],
];

const keys: readonly (readonly [KeyGenerationParameters & { readonly type: string }, SignatureParameters])[] = [
  [
    { type: 'ec', curve: 'P-256' },
    { type: 'ecdsa', hash: 'sha256' },
  ],
  [
    { type: 'ec', curve: 'P-384' },
    { type: 'ecdsa', hash: 'sha384' },
  ],
  [
    { type: 'ec', curve: 'P-521' },
    { type: 'ecdsa', hash: 'sha512' },
  ],
  [{ type: 'ed25519' }, { type: 'ed25519' }],
  [{ type: 'ed448' }, { type: 'ed448' }],
  [
    { type: 'mldsa', parameterSet: 'ML-DSA-44' },
    { type: 'mldsa', parameterSet: 'ML-DSA-44' },
  ],
  [
    { type: 'mldsa', parameterSet: 'ML-DSA-65' },
    { type: 'mldsa', parameterSet: 'ML-DSA-65' },
  ],
];

/** By name. Those that take seconds are apart. */
export const operations: Readonly<Record<string, Operation>> = {
  'secrets in, out, joined, cut and compared'(run) {
    const { core, own, secret } = run;
    const provider = fullProvider(core);
    const [first, second] = [imported(run, 40), imported(run, 40)];
    own(provider.sliceSecret(own(provider.concatSecrets(first, second)), 3, 50));
    core.dangerousReveal(first).fill(0);
    const [a, b] = [secret(80), secret(80)];
    provider.equalBytes(a, b);
    return [a, b];
  },
  ...hashing(),
  ...aeads(),
  ...recordLayer(),
  ...keyExchange(),
  ...signatures(),
  ...rsa(),
  ...kems(),
  'old ciphers and MD5'({ core, secret }) {
    const { md5, tripleDesCbcDecrypt, rc2CbcDecrypt } = wasmLegacyCiphers(core);
    const [data, iv] = [secret(1000), secret(8)];
    const [long, short] = [secret(24), secret(5)];
    refused(() => tripleDesCbcDecrypt(long, iv, data));
    refused(() => rc2CbcDecrypt(short, 40, iv, data));
    return [data, iv, long, short, md5.digest(data)];
  },
  'records and keys before TLS 1.2'(run) {
    const { core, own, secret } = run;
    const older = wasmOlderCryptography(core);
    const content = secret(400);
    const opened: Uint8Array[] = [];
    for (const version of [0x0300, 0x0301, 0x0302]) {
      for (const suite of older.cipherSuites(version)) {
        const block = imported(run, suite.keyBlockLength);
        const writer = own(suite.protect(block, 'client', false));
        const reader = own(suite.protect(block, 'client', false));
        const sealed = writer.sealNext(23, content, 300);
        opened.push(sealed, reader.openNext(sealed, 16384).plaintext);
      }
      const master = imported(run, 48);
      own(older.cipherSuites(version)[0].keyDerivation.prf12(master, 'label', message, 100));
    }
    return [content, ...opened, older.ssl3Digest(imported(run, 48), message)];
  },
  passwords(run) {
    const { core, own } = run;
    const { pbkdf2, scrypt } = wasmPasswordEncryption(core, wasmScrypt(core));
    const password = imported(run, 12);
    own(pbkdf2('sha256', password, message, 3, 40));
    own(scrypt!(password, message, { cost: 16, blockSize: 1, parallelization: 1 }, 40));
    return [];
  },
};

/** New RSA keys: half a second each. */
export const slowOperations: Readonly<Record<string, Operation>> = {
  async 'RSA generation'({ core, own, random }) {
    const importer = fullProvider(core).privateKeyImporters.find(i => i.handles({ type: 'rsa' }))!;
    const key = own(await importer.generate({ type: 'rsa', bits: 2048 }, random));
    return publicParts(key.publicKey);
  },
};

/** What is drawn here is public afterwards. */
export const saltedOperations: Readonly<Record<string, Operation>> = {
  'RSA-PSS with a salt'(run) {
    const key = run.own(new RsaPrivateKey(run.core, rsaMaterial(run).material));
    return [key.sign({ type: 'rsa-pss', hash: 'sha256', mgfHash: 'sha256', saltLength: 32 }, message, run.random)];
  },
};

function publicParts(key: object): Uint8Array[] {
  return Object.values(key).filter(part => part instanceof Uint8Array);
}

function hashing(): Record<string, Operation> {
  const made: Record<string, Operation> = {};
  for (const name of ['sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha3-256', 'sha3-512'] as const) {
    made[`hashes and derivations over ${name}`] = run => {
      const { core, own, secret } = run;
      const kdf = fullProvider(core).keyDerivation(name);
      const out: Uint8Array[] = [];
      for (const length of [0, 70, 1000, EXCHANGE_LENGTH + 5]) {
        const data = secret(length);
        const state = own(kdf.hash.start());
        state.update(data);
        state.update(data.subarray(0, 9));
        out.push(data, own(state.clone()).digest(), state.digest(), kdf.hash.digest(data));
        const key = imported(run, 48);
        const mac = kdf.hmac(key, data);
        kdf.verifyHmac(key, data, mac);
        const wrong = mac.map(byte => byte ^ 1);
        kdf.verifyHmac(key, data, wrong);
        out.push(mac, wrong);
        const extracted = own(kdf.extract(key, imported(run, 33)));
        own(kdf.expand(extracted, data, 100));
        own(kdf.expandLabel(extracted, 'label', message, 100));
        own(kdf.prf12(key, 'label', data, 100));
        own(wasmPasswordEncryption(core).pbkdf2(name, key, data, 2, 70));
      }
      return out;
    };
  }
  made.SHAKE = ({ core, secret }) =>
    [10, 500, EXCHANGE_LENGTH + 5].flatMap(length => {
      const data = secret(length);
      return [data, shake(core, 128, data, 50), shake(core, 256, data, length)];
    });
  return made;
}

function aeads(): Record<string, Operation> {
  const made: Record<string, Operation> = {};
  for (const name of Object.keys(aeadAlgorithms) as AeadName[]) {
    made[`AEAD ${name}`] = run => {
      const { core, secret } = run;
      const key = imported(run, aeadAlgorithms[name].keyLength);
      return [0, 33, 4000].flatMap(length => {
        const data = secret(length);
        const nonce = secret(12);
        const sealed = aeadSeal(core, name, key, nonce, message, data);
        const forged = sealed.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
        refused(() => aeadOpen(core, name, key, nonce, message, forged));
        return [data, nonce, sealed, forged, aeadOpen(core, name, key, nonce, message, sealed)];
      });
    };
  }
  made['AES-CBC'] = run => {
    const { core, secret } = run;
    return [16, 24, 32].flatMap(length => {
      const key = imported(run, length);
      const [iv, data] = [secret(16), secret(200)];
      const sealed = aesCbcEncrypt(core, key, iv, data);
      const forged = sealed.map((byte, i) => (i === sealed.length - 17 ? byte ^ 0x80 : byte));
      refused(() => aesCbcDecrypt(core, key, iv, forged));
      return [iv, data, sealed, forged, aesCbcDecrypt(core, key, iv, sealed)];
    });
  };
  return made;
}

function recordLayer(): Record<string, Operation> {
  const made: Record<string, Operation> = {};
  const list = fullProvider;
  const names13 = ['TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384'];
  names13.push('TLS_AES_128_CCM_SHA256', 'TLS_AES_128_CCM_8_SHA256');
  for (const name of names13) {
    made[name] = run => {
      const suite = list(run.core).cipherSuites13.find(s => s.name === name)!;
      const traffic = imported(run, suite.keyDerivation.hash.outputLength);
      return protect(run, () => suite.protect(traffic));
    };
  }
  const ciphers = ['AES_128_GCM_SHA256', 'CHACHA20_POLY1305_SHA256', 'AES_128_CBC_SHA', 'AES_256_CBC_SHA384'];
  for (const cipher of [...ciphers, 'AES_128_CBC_SHA256']) {
    const name = `TLS_ECDHE_RSA_WITH_${cipher}`;
    for (const encryptThenMac of cipher.includes('CBC') ? [false, true] : [false]) {
      made[`${name}${encryptThenMac ? ', encrypt-then-MAC' : ''}`] = run => {
        const suite = list(run.core).cipherSuites12.find(s => s.name === name)!;
        const block = imported(run, suite.keyBlockLength);
        return protect(run, () => suite.protect(block, 'client', encryptThenMac));
      };
    }
  }
  return made;
}

type Protection = ReturnType<ReturnType<typeof fullProvider>['cipherSuites13'][number]['protect']>;

function protect({ own, secret }: Run, make: () => Protection): Uint8Array[] {
  const [writer, reader] = [own(make()), own(make())];
  const out: Uint8Array[] = [];
  for (const length of [0, 50, 5000, 300_000]) {
    const content = secret(length);
    const records = writer.sealNext(23, content, 16384);
    const forged = records.map((byte, i) => (i === records.length - 1 ? byte ^ 1 : byte));
    const opened: Uint8Array[] = [];
    for (let rest = forged; rest.length > 0; ) {
      const { plaintext, consumed } = reader.openNext(rest, 16384);
      opened.push(plaintext);
      if (consumed === 0) break;
      rest = rest.subarray(consumed);
    }
    // The last record of `forged` was refused: the one it stands for opens.
    const last = lastRecord(records);
    opened.push(reader.openNext(last, 16384).plaintext);
    out.push(content, records, forged, ...opened);
  }
  const at = writer.dangerousSealAt(9, 22, message);
  out.push(at, reader.openAt(9, at, 16384).plaintext, reader.openAt(8, at, 16384).plaintext);
  return out;
}

function lastRecord(records: Uint8Array): Uint8Array {
  let at = 0;
  for (;;) {
    const next = at + 5 + records[at + 3] * 256 + records[at + 4];
    if (next >= records.length) return records.subarray(at);
    at = next;
  }
}

function keyExchange(): Record<string, Operation> {
  const made: Record<string, Operation> = {};
  for (const name of [...groups, 'MLKEM512', 'modp2048']) {
    made[`key exchange ${name}`] = async ({ core, own, random }) => {
      const group =
        name === 'MLKEM512'
          ? mlKemGroup(core, 512)
          : name === 'modp2048'
            ? finiteFieldDh(core).group(modpPrime(2048), Uint8Array.of(2))
            : fullProvider(core).groups.find(g => g.name === name)!;
      const ours = own(await group.generate(random));
      const { share, sharedSecret } = await group.respond(ours.share, random);
      own(sharedSecret);
      own(await ours.complete(share));
      return [ours.share, share];
    };
  }
  made['X25519 and X448'] = run => {
    const { core, own } = run;
    const [short, long] = [imported(run, 32), imported(run, 56)];
    const shares = [x25519PublicKey(core, short), x448PublicKey(core, long)];
    own(x25519(core, short, shares[0]));
    own(x448(core, long, shares[1]));
    x25519PublicKeyByComb(core, short);
    refused(() => x25519(core, short, new Uint8Array(32)));
    refused(() => x448(core, long, new Uint8Array(56)));
    return shares;
  };
  return made;
}

function signatures(): Record<string, Operation> {
  const made: Record<string, Operation> = {};
  for (const [parameters, signature] of keys) {
    made[`keys and signatures of ${Object.values(parameters).join(' ')}`] = async ({ core, own, random }) => {
      const { privateKeyImporters, signatureVerifiers } = fullProvider(core);
      const importer = privateKeyImporters.find(i => i.handles(parameters))!;
      const key = own(await importer.generate(parameters, random));
      const verifiers = [...signatureVerifiers, p256VerifierAlone(core)].filter(v =>
        v.handles(key.publicKey, signature),
      );
      const out = publicParts(key.publicKey);
      for (const signed of [message, longMessage]) {
        const made = await key.sign(signature, signed, random);
        const forged = made.map((byte, i) => (i === made.length - 1 ? byte ^ 1 : byte));
        for (const verifier of verifiers) {
          await verifier.verify(key.publicKey, signature, signed, made);
          await verifier.verify(key.publicKey, signature, signed, forged);
        }
        out.push(made, forged);
        if (signature.type === 'ecdsa') out.push(...integersOf(made), ...integersOf(forged));
      }
      const material = key.dangerousExport();
      for (const part of Object.values(material)) if (isSecret(part)) own(part);
      const again = own(importer.import(material));
      return [...out, ...publicParts(again.publicKey), ...publicParts(material)];
    };
  }
  made['expanded keys of ML-DSA'] = async ({ core, own, random, secret }) => {
    const importer = fullProvider(core).privateKeyImporters.find(i =>
      i.handles({ type: 'mldsa', parameterSet: 'ML-DSA-87' }),
    )!;
    const seed = own(core.importSecret(secret(32)));
    const key = own(importer.import({ type: 'mldsa', parameterSet: 'ML-DSA-87', seed }));
    const signature = await key.sign({ type: 'mldsa', parameterSet: 'ML-DSA-87' }, message, random);
    const prehashed = { mu: secret(64) };
    const external = (key as MlDsaPrivateKey).signInternal(prehashed, null);
    const { publicKey } = key as MlDsaPrivateKey;
    mlDsaVerifyInternal(core, mlDsaParameters['ML-DSA-87'], publicKey.key, prehashed, external);
    const zeros = own(core.createSecret(mlDsaParameters['ML-DSA-87'].privateKeyLength));
    refused(() => importer.import({ type: 'mldsa', parameterSet: 'ML-DSA-87', seed, expanded: zeros }));
    refused(() => own(importer.import({ type: 'mldsa', parameterSet: 'ML-DSA-87', expanded: zeros })));
    return [...publicParts(key.publicKey), signature, prehashed.mu, external];
  };
  return made;
}

/** r and s, and both together as the core takes them. */
function integersOf(signature: Uint8Array): Uint8Array[] {
  const length = signature.length > 120 ? 66 : signature.length > 80 ? 48 : 32;
  const pair = parseEcdsaSignature(signature, length);
  return pair === null ? [] : [pair];
}

function isSecret(part: unknown): part is Secret {
  return typeof part === 'object' && part !== null && 'dispose' in part;
}

function rsa(): Record<string, Operation> {
  return {
    async RSA(run) {
      const { core, own, random } = run;
      const { material, numbers } = rsaMaterial(run);
      const provider = fullProvider(core);
      const key = own(new RsaPrivateKey(core, material));
      const out = [...numbers];
      for (const parameters of [
        { type: 'rsa-pkcs1', hash: 'sha256' },
        // A salt differs between two runs, and is public: whoever verifies computes it.
        { type: 'rsa-pss', hash: 'sha256', mgfHash: 'sha256', saltLength: 0 },
      ] as const) {
        const signature = key.sign(parameters, message, random);
        const verifier = provider.signatureVerifiers.find(v => v.handles(key.publicKey, parameters))!;
        await verifier.verify(key.publicKey, parameters, message, signature);
        out.push(signature);
      }
      const sent = await provider.rsaKeyTransport!.encryptPremaster(key.publicKey, 0x0303, random);
      own(sent.premaster);
      own(key.decryptPremaster(sent.ciphertext, 0x0303, random));
      const forged = sent.ciphertext.map((byte, i) => (i === 200 ? byte ^ 1 : byte));
      own(key.decryptPremaster(forged, 0x0303, random));
      const exported = key.dangerousExport();
      for (const part of Object.values(exported)) if (isSecret(part)) own(part);
      return [...out, sent.ciphertext, forged, ...publicParts(key.publicKey), ...publicParts(exported)];
    },
  };
}

/** The material of one of the keys of `rsa_parts.ts`, its secrets owned by the run. */
export function rsaMaterial({ core, own, rsaKey }: Run): {
  material: PrivateKeyMaterial & { type: 'rsa' };
  numbers: Uint8Array[];
} {
  const parts = rsaParts(rsaKey);
  const secret = (bytes: Uint8Array) => own(core.importSecret(bytes));
  return {
    material: {
      type: 'rsa',
      modulus: parts.n,
      exponent: parts.e,
      prime1: secret(parts.p),
      prime2: secret(parts.q),
      exponent1: secret(parts.dp),
      exponent2: secret(parts.dq),
      coefficient: secret(parts.qi),
      privateExponent: secret(parts.d),
    },
    numbers: [parts.n, parts.e],
  };
}

function kems(): Record<string, Operation> {
  const made: Record<string, Operation> = {};
  const kinds = {
    dhkemP256,
    dhkemP384,
    dhkemP521,
    dhkemX25519,
    dhkemX448,
    mlKem1024: (core: WasmCore) => hpkeMlKem(core, 1024),
    hpkeMlKem768P256,
    hpkeMlKem1024P384,
    hpkeMlKem768X25519,
  };
  for (const [name, kemOf] of Object.entries(kinds)) {
    made[`HPKE over ${name}`] = run => {
      const { core, own, random } = run;
      const kem = kemOf(core);
      const out: Uint8Array[] = [];
      for (const kdf of [hkdfSha256, shake128Kdf]) {
        const suite = hpkeSuite(core, kem, kdf, hpkeAes128Gcm);
        out.push(own(kem.generate(random)).publicKey);
        const key = own(kem.derive(imported(run, 64)));
        own(kem.import(own(key.dangerousExport())));
        const psk = { id: message, key: imported(run, 32) };
        const { encapsulation, context } = suite.setupSender(key.publicKey, message, random, psk);
        own(context);
        const receiver = own(suite.setupReceiver(key, encapsulation, message, psk));
        const sealed = context.seal(message, message);
        out.push(key.publicKey, encapsulation, sealed, receiver.open(message, sealed));
        own(context.export(message, 40));
      }
      return out;
    };
  }
  made['expanded keys of ML-KEM'] = run => {
    const { core, own } = run;
    const out: Uint8Array[] = [];
    for (const parameters of [mlKem512, mlKem768, mlKem1024]) {
      const seed = imported(run, 64);
      const expanded = own(core.createSecret(parameters.decapsulationKeyLength));
      const hash = own(core.createSecret(32));
      const abi = core.family<MlkemExports>({ name: 'mlkem', binary: mlkemBinary });
      const [from, to, hashAt] = [seed, expanded, hash].map(secret => core.pointerOf(secret));
      core.withExchange(2048, at => abi.mlkemGenerate(parameters.k, from, at, to, hashAt));
      const key = own(mlKemFromExpanded(core, parameters, expanded));
      const sent = mlKemEncapsulateWith(core, parameters, key.encapsulationKey, imported(run, 32));
      own(sent.sharedSecret);
      own(key.decapsulate(sent.ciphertext));
      const forged = sent.ciphertext.map(byte => byte ^ 1);
      own(key.decapsulate(forged));
      out.push(key.encapsulationKey, sent.ciphertext, forged);
      const zeros = own(core.createSecret(parameters.decapsulationKeyLength));
      refused(() => own(mlKemFromExpanded(core, parameters, zeros)));
    }
    return out;
  };
  return made;
}

/** Runs what has to throw. */
function refused(run: () => unknown): void {
  try {
    run();
  } catch {
    return;
  }
  throw new Error('was not refused');
}
