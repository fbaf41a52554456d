// Running out of memory anywhere: every operation is run with room for n more slots, for n = 0, 1, 2, ... until it
// succeeds. Each failure is ERR_OUT_OF_MEMORY, leaves no slot behind and harms no one else.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TlsError } from '../../src/base/errors.ts';
import type { PrivateKeyMaterial, SignatureParameters } from '../../src/crypto/signature.ts';
import { aeadOpen, aeadSeal, aesCbcDecrypt, aesCbcEncrypt } from '../../src/wasm/aead.ts';
import { EXCHANGE_LENGTH, WasmCore } from '../../src/wasm/core.ts';
import { fullProvider } from '../../src/wasm/default_provider.ts';
import { finiteFieldDh } from '../../src/wasm/ffdh.ts';
import { modpPrime } from '../../src/wasm/ffdh_primes.ts';
import { wasmHash } from '../../src/wasm/hash.ts';
import { dhkemP256, dhkemX25519 } from '../../src/wasm/hpke/dhkem.ts';
import { hkdfSha256, shake128Kdf } from '../../src/wasm/hpke/kdf.ts';
import { hpkeMlKem, hpkeMlKem768P256, hpkeMlKem768X25519 } from '../../src/wasm/hpke/pq_kem.ts';
import { hpkeAes128Gcm, hpkeSuite } from '../../src/wasm/hpke/suite.ts';
import { mlKemGroup } from '../../src/wasm/hybrid.ts';
import { pbkdf2 } from '../../src/wasm/pbkdf2.ts';
import { RsaPrivateKey } from '../../src/wasm/rsa_private.ts';
import { hostRandom } from '../support/core.ts';
import { generateKeyPairSync } from '../support/key_pairs.ts';
import { JobPace } from '../support/pace.ts';

/** A core that gives out `room` more slots and then says what it says when its memory ends. */
class ScarceCore extends WasmCore {
  room = Number.POSITIVE_INFINITY;

  override allocate(length: number): number {
    if (this.room-- <= 0) throw new TlsError('ERR_OUT_OF_MEMORY', 'the test says so');
    return super.allocate(length);
  }
}

type Disposable = { dispose(): void };
/** Runs an operation; what the caller comes to own is handed to `own`. */
type Operation = (own: <T extends Disposable>(made: T) => T) => unknown;

const core = new ScarceCore(hostRandom);
const provider = fullProvider(core);
const message = new Uint8Array(100).fill(7);
const long = new Uint8Array(EXCHANGE_LENGTH + 1);
const bytes = (length: number) => new Uint8Array(length).fill(5);

/** The operation with 0, 1, 2, ... slots to be had. @returns how often it failed */
async function runShort(operation: Operation): Promise<number> {
  for (let room = 0; ; room++) {
    const before = core.liveSlots;
    const owned: Disposable[] = [];
    let failure: unknown;
    core.room = room;
    try {
      await operation(made => {
        owned.push(made);
        return made;
      });
    } catch (error) {
      failure = error;
    }
    core.room = Number.POSITIVE_INFINITY;
    for (const made of owned) made.dispose();
    if (failure !== undefined && (failure as TlsError).code !== 'ERR_OUT_OF_MEMORY') throw failure;
    assert.is(core.liveSlots, before, `slots left with room for ${room}`);
    if (failure === undefined) return room;
  }
}

const operations: Record<string, Operation> = {};
const secret = core.importSecret(bytes(32));
const kdf = provider.keyDerivation('sha256');

operations['a secret'] = own => own(core.importSecret(bytes(32)));
operations['secrets joined and cut'] = own => {
  const joined = own(provider.concatSecrets(secret, secret));
  own(provider.sliceSecret(joined, 3, 40));
};
operations['a hash'] = own => own(own(wasmHash(core, 'sha256').start()).clone());
operations['the hash of a long message'] = () => wasmHash(core, 'sha256').digest(long);
operations.AEADs = () => {
  const sealed = aeadSeal(core, 'aes-256-gcm', secret, bytes(12), long, message);
  aeadOpen(core, 'aes-256-gcm', secret, bytes(12), long, sealed);
  aesCbcDecrypt(core, secret, bytes(16), aesCbcEncrypt(core, secret, bytes(16), long));
};
operations.HKDF = own => {
  own(kdf.expand(own(kdf.extract(secret, null)), long, 32));
  own(kdf.expandLabel(secret, 'key', bytes(3), 32));
};
operations['the PRF and PBKDF2'] = own => {
  own(kdf.prf12(secret, 'key expansion', long, 100));
  own(pbkdf2(core, 'sha256', secret, long, 2, 40));
};
for (const suite of provider.cipherSuites13) {
  const traffic = core.createSecret(suite.keyDerivation.hash.outputLength);
  operations[suite.name] = own => own(suite.protect(traffic)).sealNext(23, message, 100);
}
for (const suite of provider.cipherSuites12.filter(s => s.name.startsWith('TLS_ECDHE_RSA'))) {
  operations[suite.name] = own => {
    own(suite.protect(own(core.createSecret(suite.keyBlockLength)), 'client', true)).sealNext(23, message, 100);
  };
}
for (const group of [...provider.groups.filter(g => !/ffdhe[3468]/.test(g.name)), mlKemGroup(core, 512)]) {
  operations[group.name] = async own => {
    const ours = own(await group.generate(hostRandom));
    const { share, sharedSecret } = await group.respond(ours.share, hostRandom);
    own(sharedSecret);
    own(await ours.complete(share));
  };
}
operations['an explicit group'] = async own => {
  const group = finiteFieldDh(core).group(modpPrime(2048), Uint8Array.of(2));
  own((await group.respond(own(await group.generate(hostRandom)).share, hostRandom)).sharedSecret);
};

const keys = [
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
] as const satisfies readonly (readonly [object, SignatureParameters])[];
for (const [parameters, signature] of keys) {
  const importer = provider.privateKeyImporters.find(i => i.handles(parameters))!;
  operations[`keys and signatures of ${JSON.stringify(parameters)}`] = async own => {
    const key = own(await importer.generate(parameters, hostRandom));
    for (const part of [message, long]) await key.sign(signature, part, hostRandom);
    const material = key.dangerousExport();
    for (const part of ['seed', 'scalar']) if (part in material) own((material as never)[part] as Disposable);
    own(importer.import(material));
  };
}

const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const part = (name: 'n' | 'e' | 'p' | 'q' | 'dp' | 'dq' | 'qi' | 'd') =>
  Uint8Array.from(Buffer.from(jwk[name]!, 'base64url'));
const rsa: PrivateKeyMaterial & { type: 'rsa' } = {
  type: 'rsa',
  modulus: part('n'),
  exponent: part('e'),
  prime1: core.importSecret(part('p')),
  prime2: core.importSecret(part('q')),
  exponent1: core.importSecret(part('dp')),
  exponent2: core.importSecret(part('dq')),
  coefficient: core.importSecret(part('qi')),
  privateExponent: core.importSecret(part('d')),
};
operations.RSA = async own => {
  const key = own(new RsaPrivateKey(core, rsa));
  key.sign({ type: 'rsa-pss', hash: 'sha256', mgfHash: 'sha256', saltLength: 32 }, long, hostRandom);
  const { ciphertext, premaster } = await provider.rsaKeyTransport!.encryptPremaster(key.publicKey, 0x0303, hostRandom);
  own(premaster);
  own(key.decryptPremaster(ciphertext, 0x0303, hostRandom));
  const pace = new JobPace(() => Promise.resolve());
  await key.sign({ type: 'rsa-pkcs1', hash: 'sha256' }, long, hostRandom, pace);
  own(await key.decryptPremaster(ciphertext, 0x0303, hostRandom, pace));
  for (const exported of Object.values(key.dangerousExport())) {
    if (typeof exported === 'object' && 'dispose' in exported) own(exported);
  }
};

for (const kem of [
  dhkemP256(core),
  dhkemX25519(core),
  hpkeMlKem(core, 512),
  hpkeMlKem768P256(core),
  hpkeMlKem768X25519(core),
]) {
  for (const hpkeKdf of [hkdfSha256, shake128Kdf]) {
    operations[`HPKE over ${kem.name} and ${hpkeKdf.name}`] = own => {
      const suite = hpkeSuite(core, kem, hpkeKdf, hpkeAes128Gcm);
      const key = own(own(kem.generate(hostRandom)) && kem.derive(secret));
      own(kem.import(own(key.dangerousExport())));
      const { encapsulation, context } = suite.setupSender(key.publicKey, message, hostRandom);
      own(context);
      const receiver = own(suite.setupReceiver(key, encapsulation, message, undefined));
      receiver.open(message, context.seal(message, message));
      own(context.export(message, 40));
    };
  }
}

const witness = provider.cipherSuites13[0].protect(secret);
const reader = provider.cipherSuites13[0].protect(secret);

for (const [name, operation] of Object.entries(operations)) {
  test(`${name}: no room is a typed error that leaves nothing and harms no one`, async () => {
    assert.ok((await runShort(operation)) > 0);
    const opened = reader.openNext(witness.sealNext(23, message, 16384), 16384);
    assert.equal(opened.plaintext, message);
    assert.equal(core.dangerousReveal(secret), bytes(32));
  });
}

test('a new RSA key: no room at any step of its making', async () => {
  // One search for primes takes half a second, so the room is chosen: for p alone, both, and each part after them.
  const importer = provider.privateKeyImporters.find(i => i.handles({ type: 'rsa' }))!;
  for (const room of [1, 2, 4, 5, 7, 11]) {
    const before = core.liveSlots;
    core.room = room;
    try {
      await importer.generate({ type: 'rsa', bits: 2048 }, hostRandom);
      assert.unreachable('the key was made');
    } catch (error) {
      assert.is((error as TlsError).code, 'ERR_OUT_OF_MEMORY');
    } finally {
      core.room = Number.POSITIVE_INFINITY;
    }
    assert.is(core.liveSlots, before, `slots left with room for ${room}`);
  }
});

test('lengths that no slot has are refused, also those that are small modulo 2^32 (ERR_BAD_LENGTH, ERR_OUT_OF_MEMORY)', () => {
  const code = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return (error as TlsError).code;
    }
    return 'no error';
  };
  for (const length of [-1, 1.5, Number.NaN])
    assert.is(
      code(() => core.createSecret(length)),
      'ERR_BAD_LENGTH',
    );
  for (const length of [2 ** 25, 2 ** 32 - 8, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 53]) {
    assert.is(
      code(() => core.createSecret(length)),
      'ERR_OUT_OF_MEMORY',
    );
  }
  for (const length of [2 ** 32 - 8, 2 ** 32 - 1]) {
    assert.is(core.abi.arenaAlloc(length), 0);
    assert.is(
      code(() => kdf.prf12(secret, 'label', message, length)),
      'ERR_OUT_OF_MEMORY',
    );
    assert.is(
      code(() => pbkdf2(core, 'sha256', secret, message, 1, length)),
      'ERR_OUT_OF_MEMORY',
    );
  }
  assert.equal(core.dangerousReveal(secret), bytes(32));
});

test('handles and lengths that do not fit are refused and leave nothing (ERR_STALE_HANDLE, ERR_FOREIGN_HANDLE, ERR_BAD_LENGTH)', () => {
  const stale = core.importSecret(bytes(32));
  stale.dispose();
  const foreign = new WasmCore(hostRandom).importSecret(bytes(32));
  const p256 = provider.privateKeyImporters.find(i => i.handles({ type: 'ec', curve: 'P-256' }))!;
  const ed25519 = provider.privateKeyImporters.find(i => i.handles({ type: 'ed25519' }))!;
  const key = ed25519.import({ type: 'ed25519', seed: secret });
  key.dispose();
  const short = core.importSecret(bytes(32));
  const before = core.liveSlots;
  const code = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return (error as TlsError).code;
    }
    return 'no error';
  };
  for (const [handle, expected] of [
    [stale, 'ERR_STALE_HANDLE'],
    [foreign, 'ERR_FOREIGN_HANDLE'],
  ] as const) {
    assert.is(
      code(() => p256.import({ type: 'ec', curve: 'P-256', scalar: handle })),
      expected,
    );
    assert.is(
      code(() => ed25519.import({ type: 'ed25519', seed: handle })),
      expected,
    );
    for (const suite of [provider.cipherSuites13[0]])
      assert.is(
        code(() => suite.protect(handle)),
        expected,
      );
  }
  assert.is(
    code(() => key.dangerousExport()),
    'ERR_STALE_HANDLE',
  );
  for (const suite of provider.cipherSuites12) {
    assert.is(
      code(() => suite.protect(short, 'server', false)),
      'ERR_BAD_LENGTH',
      suite.name,
    );
  }
  for (const [fragment, padding] of [
    [1.5, 0],
    [Number.NaN, 0],
    [100, 1.5],
    [100, -1],
  ]) {
    assert.is(
      code(() => witness.sealNext(23, message, fragment, padding)),
      'ERR_RECORD_OVERFLOW',
    );
  }
  assert.is(core.liveSlots, before);
});

test.run();
