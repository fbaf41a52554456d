// Inputs that are views of the core's own memory: a call writes there while it reads. Every function of src/wasm that takes
// bytes refuses them, before anything else happens.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { RecordProtection } from '../../src/crypto/record_protection.ts';
import type { SignatureParameters } from '../../src/crypto/signature.ts';
import {
  type AeadName,
  aeadAlgorithms,
  aeadOpen,
  aeadSeal,
  aesCbcDecrypt,
  aesCbcEncrypt,
} from '../../src/wasm/aead.ts';
import { fullProvider } from '../../src/wasm/default_provider.ts';
import type { EcPrivateKey } from '../../src/wasm/ecdsa.ts';
import { ed448 } from '../../src/wasm/ed448.ts';
import { ed25519 } from '../../src/wasm/ed25519.ts';
import { type EddsaPrivateKey, eddsaVerify, PURE } from '../../src/wasm/eddsa.ts';
import { finiteFieldDh } from '../../src/wasm/ffdh.ts';
import { ffdhePrime } from '../../src/wasm/ffdh_primes.ts';
import { shake } from '../../src/wasm/hash.ts';
import { dhkemP256, dhkemX25519 } from '../../src/wasm/hpke/dhkem.ts';
import { hkdfSha256, shake128Kdf } from '../../src/wasm/hpke/kdf.ts';
import { hpkeMlKem, hpkeMlKem768P256 } from '../../src/wasm/hpke/pq_kem.ts';
import { hpkeAes128Gcm, hpkeSuite } from '../../src/wasm/hpke/suite.ts';
import { mlKemGroup } from '../../src/wasm/hybrid.ts';
import { type MlDsaPrivateKey, mlDsaParameters, mlDsaVerifyInternal } from '../../src/wasm/mldsa.ts';
import { mlKem768, mlKemEncapsulate, mlKemGenerate } from '../../src/wasm/mlkem.ts';
import { p256 } from '../../src/wasm/p256.ts';
import { pbkdf2 } from '../../src/wasm/pbkdf2.ts';
import { rsaPublicPower } from '../../src/wasm/rsa.ts';
import { wasmScrypt } from '../../src/wasm/scrypt.ts';
import { x448 } from '../../src/wasm/x448.ts';
import { x25519 } from '../../src/wasm/x25519.ts';
import { codeOfLater } from '../support/code_of.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { generateKeyPairSync } from '../support/key_pairs.ts';
import { publicKeyOf } from '../support/node/signatures.ts';
import { importRsaJwk } from '../support/rsa_jwk.ts';

const core = testCore();
const provider = fullProvider(core);
const bytes = (length: number) => new Uint8Array(length).fill(5);
const secret = (length: number) => core.importSecret(bytes(length));

/** How long the view is to be, so that nothing else is wrong with it, and the call that gets it. */
const entries: Record<string, readonly [length: number, run: (view: Uint8Array) => unknown]> = {};

const key32 = secret(32);
const key56 = secret(56);
const kdf = provider.keyDerivation('sha256');
entries.importSecret = [32, view => provider.importSecret(view)];
entries['equalBytes, the first'] = [32, view => provider.equalBytes(view, bytes(32))];
entries['equalBytes, the second'] = [32, view => provider.equalBytes(bytes(32), view)];

const running = kdf.hash.start();
entries['digest'] = [100, view => kdf.hash.digest(view)];
entries['a running hash'] = [100, view => running.update(view)];
entries['SHAKE'] = [100, view => shake(core, 128, view, 10)];

entries['HMAC'] = [100, view => kdf.hmac(key32, view)];
entries['verifyHmac, the data'] = [100, view => kdf.verifyHmac(key32, view, bytes(32))];
entries['verifyHmac, the expected'] = [32, view => kdf.verifyHmac(key32, bytes(100), view)];
entries['HKDF-Expand'] = [100, view => kdf.expand(key32, view, 32)];
entries['HKDF-Expand-Label'] = [100, view => kdf.expandLabel(key32, 'key', view, 32)];
entries['PRF of TLS 1.2'] = [100, view => kdf.prf12(key32, 'key expansion', view, 32)];
entries['PBKDF2'] = [16, view => pbkdf2(core, 'sha256', key32, view, 1, 32)];
const cost = { cost: 2, blockSize: 1, parallelization: 1 };
entries['scrypt'] = [16, view => wasmScrypt(core)(key32, view, cost, 32)];

for (const name of Object.keys(aeadAlgorithms) as AeadName[]) {
  const key = secret(aeadAlgorithms[name].keyLength);
  const nonce = bytes(12);
  entries[`${name}, a nonce to seal with`] = [12, view => aeadSeal(core, name, key, view, bytes(9), bytes(64))];
  entries[`${name}, data beside what is sealed`] = [9, view => aeadSeal(core, name, key, nonce, view, bytes(64))];
  entries[`${name}, what is sealed`] = [64, view => aeadSeal(core, name, key, nonce, bytes(9), view)];
  entries[`${name}, a nonce to open with`] = [12, view => aeadOpen(core, name, key, view, bytes(9), bytes(64))];
  entries[`${name}, data beside what is opened`] = [9, view => aeadOpen(core, name, key, nonce, view, bytes(64))];
  entries[`${name}, what is opened`] = [64, view => aeadOpen(core, name, key, nonce, bytes(9), view)];
}
entries['AES-CBC, an IV to encrypt with'] = [16, view => aesCbcEncrypt(core, key32, view, bytes(32))];
entries['AES-CBC, what is encrypted'] = [32, view => aesCbcEncrypt(core, key32, bytes(16), view)];
entries['AES-CBC, an IV to decrypt with'] = [16, view => aesCbcDecrypt(core, key32, view, bytes(32))];
entries['AES-CBC, what is decrypted'] = [32, view => aesCbcDecrypt(core, key32, bytes(16), view)];

function records(name: string, protection: RecordProtection): void {
  entries[`${name}, sealNext`] = [100, view => protection.sealNext(23, view, 16384)];
  entries[`${name}, dangerousSealAt`] = [100, view => protection.dangerousSealAt(7, 23, view)];
  entries[`${name}, openNext`] = [100, view => protection.openNext(view, 16384)];
  entries[`${name}, openAt`] = [100, view => protection.openAt(7, view, 16384)];
}
for (const suite of provider.cipherSuites13) {
  records(suite.name, suite.protect(secret(suite.keyDerivation.hash.outputLength)));
}
for (const suite of provider.cipherSuites12.filter(each => each.name.startsWith('TLS_ECDHE_RSA'))) {
  records(suite.name, suite.protect(secret(suite.keyBlockLength), 'client', false));
}

for (const group of [...provider.groups.filter(each => !/ffdhe[3468]/.test(each.name)), mlKemGroup(core, 512)]) {
  const own = await group.generate(hostRandom);
  const { share } = await group.respond(own.share, hostRandom);
  entries[`${group.name}, the share to answer`] = [own.share.length, view => group.respond(view, hostRandom)];
  entries[`${group.name}, the answer`] = [
    share.length,
    async view => (await group.generate(hostRandom)).complete(view),
  ];
}
entries['a prime'] = [256, view => finiteFieldDh(core).group(view, Uint8Array.of(2))];
entries['a generator'] = [1, view => finiteFieldDh(core).group(ffdhePrime(2048), view)];
entries['X25519'] = [32, view => x25519(core, key32, view)];
entries['X448'] = [56, view => x448(core, key56, view)];
entries['ML-KEM, an encapsulation key'] = [1184, view => mlKemEncapsulate(core, mlKem768, view, hostRandom)];
entries['ML-KEM, a ciphertext'] = [1088, view => mlKemGenerate(core, mlKem768, hostRandom).decapsulate(view)];

const keys = {
  ecdsa: [{ type: 'ec', curve: 'P-256' }, { type: 'ecdsa', hash: 'sha256' }, 'point'],
  ed25519: [{ type: 'ed25519' }, { type: 'ed25519' }, 'key'],
  ed448: [{ type: 'ed448' }, { type: 'ed448' }, 'key'],
  mldsa: [{ type: 'mldsa', parameterSet: 'ML-DSA-44' }, { type: 'mldsa', parameterSet: 'ML-DSA-44' }, 'key'],
} as const;
for (const [name, [parameters, signing, part]] of Object.entries(keys)) {
  const importer = provider.privateKeyImporters.find(each => each.handles(parameters))!;
  const key = await importer.generate(parameters, hostRandom);
  const { publicKey } = key;
  const verifier = provider.signatureVerifiers.find(each => each.handles(publicKey, signing))!;
  const signature = await key.sign(signing, bytes(9), hostRandom);
  const { length } = publicKey[part as never] as Uint8Array;
  const verify = (change: object, message: Uint8Array, signed: Uint8Array) =>
    verifier.verify({ ...publicKey, ...change }, signing, message, signed);
  entries[`${name}, a message to sign`] = [100, view => key.sign(signing, view, hostRandom)];
  entries[`${name}, a message to verify`] = [100, view => verify({}, view, signature)];
  entries[`${name}, a signature`] = [signature.length, view => verify({}, bytes(9), view)];
  entries[`${name}, a public key`] = [length, view => verify({ [part]: view }, bytes(9), signature)];
  if (name === 'mldsa') {
    const context = (view: Uint8Array): SignatureParameters => ({
      type: 'mldsa',
      parameterSet: 'ML-DSA-44',
      context: view,
    });
    const input = { mu: bytes(64) };
    const set = mlDsaParameters['ML-DSA-44'];
    const mldsaKey = key as MlDsaPrivateKey;
    const publicBytes = mldsaKey.publicKey.key;
    entries['mldsa, a context to sign with'] = [9, view => key.sign(context(view), bytes(9), hostRandom)];
    entries['mldsa, a context to verify with'] = [
      9,
      view => verifier.verify(publicKey, context(view), bytes(9), signature),
    ];
    entries['mldsa, mu to sign'] = [64, view => mldsaKey.signInternal({ mu: view }, null)];
    entries['mldsa, M to sign'] = [64, view => mldsaKey.signInternal([bytes(9), view], null)];
    entries['mldsa, deterministic, a context'] = [64, view => mldsaKey.signDeterministic(view, bytes(9))];
    entries['mldsa, deterministic, a message'] = [64, view => mldsaKey.signDeterministic(bytes(9), view)];
    entries['mldsa, mu to verify'] = [64, view => mlDsaVerifyInternal(core, set, publicBytes, { mu: view }, signature)];
    entries['mldsa, an internal key'] = [length, view => mlDsaVerifyInternal(core, set, view, input, signature)];
  }
  if (name === 'ecdsa') {
    const curve = p256(core);
    const ecKey = key as EcPrivateKey;
    const point = ecKey.publicKey.point;
    const digest = bytes(32);
    entries['ecdsa, deterministic, a message'] = [64, view => ecKey.signDeterministic(signing as never, view)];
    entries['ecdsa, a digest to sign'] = [32, view => ecKey.signDigest('sha256', view)];
    entries['ecdsa, a hedge'] = [32, view => ecKey.signDigest('sha256', digest, view)];
    entries['ecdsa, a digest to verify'] = [32, view => curve.verifyDigest(point, view, bytes(64))];
    entries['ecdsa, r and s'] = [64, view => curve.verifyDigest(point, digest, view)];
    entries['a point to decode'] = [65, view => curve.decodePoint(view)];
    entries['a point to multiply'] = [65, view => curve.sharedSecret(key32, view)];
  }
  for (const curve of [ed25519, ed448].filter(each => each.type === name)) {
    const at = (view: Uint8Array) => ({ context: view, prehash: false });
    const point = bytes(curve.length);
    entries[`${name}, a context to sign with`] = [9, view => (key as EddsaPrivateKey).signWithMode(bytes(9), at(view))];
    entries[`${name}, a context to verify with`] = [
      9,
      v => eddsaVerify(core, curve, point, bytes(9), signature, at(v)),
    ];
    entries[`${name}, a key alone`] = [curve.length, v => eddsaVerify(core, curve, v, bytes(9), signature, PURE)];
  }
}

const { privateKey, publicKey: nodePublicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const rsa = importRsaJwk(core, privateKey.export({ format: 'jwk' }) as Record<string, string>);
const rsaPublic = publicKeyOf(nodePublicKey) as typeof rsa.publicKey;
const rsaVerifier = provider.signatureVerifiers.find(each => each.name === 'RSA')!;
const transport = provider.rsaKeyTransport!;
for (const parameters of [
  { type: 'rsa-pkcs1', hash: 'sha256' },
  { type: 'rsa-pss', hash: 'sha256', mgfHash: 'sha256', saltLength: 32 },
] as const) {
  const verify = (change: object, message: Uint8Array, signature: Uint8Array) =>
    rsaVerifier.verify({ ...rsaPublic, ...change }, parameters, message, signature);
  entries[`${parameters.type}, a message to sign`] = [100, view => rsa.sign(parameters, view, hostRandom)];
  entries[`${parameters.type}, a message to verify`] = [100, view => verify({}, view, bytes(256))];
  entries[`${parameters.type}, a signature`] = [256, view => verify({}, bytes(9), view)];
  entries[`${parameters.type}, a modulus`] = [256, view => verify({ modulus: view }, bytes(9), bytes(256))];
  entries[`${parameters.type}, an exponent`] = [1, view => verify({ exponent: view }, bytes(9), bytes(256))];
}
entries['RSA, a number to raise'] = [256, view => rsa.privatePower(view, hostRandom)];
entries['RSA, a premaster to decrypt'] = [256, view => rsa.decryptPremaster(view, 0x0303, hostRandom)];
entries['RSA, a public power'] = [256, view => rsaPublicPower(core, rsaPublic, view)];
for (const [part, length] of [
  ['modulus', 256],
  ['exponent', 1],
] as const) {
  entries[`RSA key transport, ${part}`] = [
    length,
    view => transport.encryptPremaster({ ...rsaPublic, [part]: view }, 0x0303, hostRandom),
  ];
  entries[`RSA private key, ${part}`] = [
    length,
    view => {
      const importer = provider.privateKeyImporters.find(each => each.handles({ type: 'rsa' }))!;
      return importer.import({ ...rsa.dangerousExport(), [part]: view } as never);
    },
  ];
}
entries['an EC private key, its point'] = [
  65,
  view => {
    const importer = provider.privateKeyImporters.find(each => each.handles({ type: 'ec', curve: 'P-256' }))!;
    return importer.import({ type: 'ec', curve: 'P-256', scalar: key32, point: view });
  },
];

for (const kem of [dhkemP256(core), dhkemX25519(core), hpkeMlKem(core, 768), hpkeMlKem768P256(core)]) {
  for (const hpkeKdf of [hkdfSha256, shake128Kdf]) {
    const name = `HPKE over ${kem.name} and ${hpkeKdf.name}`;
    const suite = hpkeSuite(core, kem, hpkeKdf, hpkeAes128Gcm);
    const key = kem.generate(hostRandom);
    const { publicKey } = key;
    const info = bytes(9);
    const { encapsulation, context } = suite.setupSender(publicKey, info, hostRandom);
    const receiver = suite.setupReceiver(key, encapsulation, info);
    const psk = (id: Uint8Array) => ({ key: key32, id });
    entries[`${name}, a public key`] = [publicKey.length, view => suite.setupSender(view, info, hostRandom)];
    entries[`${name}, info of the sender`] = [9, view => suite.setupSender(publicKey, view, hostRandom)];
    entries[`${name}, a PSK of the sender`] = [9, view => suite.setupSender(publicKey, info, hostRandom, psk(view))];
    entries[`${name}, an encapsulation`] = [encapsulation.length, view => suite.setupReceiver(key, view, info)];
    entries[`${name}, info of the receiver`] = [9, view => suite.setupReceiver(key, encapsulation, view)];
    entries[`${name}, data beside what is sealed`] = [9, view => context.seal(view, bytes(9))];
    entries[`${name}, what is sealed`] = [9, view => context.seal(bytes(9), view)];
    entries[`${name}, data beside what is opened`] = [9, view => receiver.open(view, bytes(99))];
    entries[`${name}, what is opened`] = [99, view => receiver.open(bytes(9), view)];
    entries[`${name}, a context to export with`] = [9, view => context.export(view, 32)];
    entries[`${name}, to encapsulate to`] = [publicKey.length, view => kem.encapsulate(view, hostRandom)];
    entries[`${name}, to decapsulate`] = [encapsulation.length, view => key.decapsulate(view)];
  }
}

const slot = core.createSecret(2048);
for (const [name, [length, run]] of Object.entries(entries)) {
  test(`${name}: a view of the core's memory is refused (ERR_OVERLAPPING_BUFFERS)`, async () => {
    const live = core.liveSlots;
    const before = core.bytes.slice(core.exchange, core.exchange + 4096);
    // The exchange area, its middle, a slot, the scratch of a family.
    for (const at of [core.exchange, core.exchange + 1000, slot.pointer(), 1024 * 1024]) {
      const view = core.bytes.subarray(at, at + length);
      assert.is(await codeOfLater(() => run(view)), 'ERR_OVERLAPPING_BUFFERS', `at ${at}`);
    }
    if (!/answer$|ciphertext$|private key, /.test(name)) assert.is(core.liveSlots, live);
    if (!/answer|ML-KEM|RSA/.test(name)) {
      assert.equal(core.bytes.slice(core.exchange, core.exchange + 4096), before);
    }
  });
}

test('a buffer of the same length elsewhere is no overlap, nor is a view of another core', () => {
  const apart = new Uint8Array(core.bytes.length).subarray(core.exchange, core.exchange + 32);
  assert.is(kdf.hash.digest(apart).length, 32);
});

test.run();
