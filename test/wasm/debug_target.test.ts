// The debug target of asconfig.json: every binary compiles with it - no optimiser, assertions on - and gives what the
// release binaries and the RFCs give. A smoke test: what the algorithms do at their edges is tested on what ships.

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { instantiateSync } from '@assemblyscript/loader';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { KeyExchange } from '../../src/crypto/key_exchange.ts';
import type { RecordProtection } from '../../src/crypto/record_protection.ts';
import type { PrivateKeyMaterial, SignatureParameters } from '../../src/crypto/signature.ts';
import { aeadOpen, aeadSeal } from '../../src/wasm/aead.ts';
import { WasmCore } from '../../src/wasm/core.ts';
import { fullProvider } from '../../src/wasm/default_provider.ts';
import { hashParameters, wasmHash } from '../../src/wasm/hash.ts';
import { mlKem768, mlKemEncapsulateWith, mlKemFromSeed } from '../../src/wasm/mlkem.ts';
import { pbkdf2 } from '../../src/wasm/pbkdf2.ts';
import { x448 } from '../../src/wasm/x448.ts';
import { x25519 } from '../../src/wasm/x25519.ts';
import { hashNames } from '../ct/variants.ts';
import { hostRandom } from '../support/core.ts';
import { hex, unhex } from '../support/hex.ts';
import { seededRandom } from '../support/node_provider.ts';
import { rsaKey } from '../support/rsa_primes.ts';

const root = join(fileURLToPath(new URL('.', import.meta.url)), '../..');
const DEADLINE_MS = 120_000;

type Families = Record<string, { entry: string; base: number; size: number }>;
const { families, heapBase } = (await import(join(root, 'scripts/memory_map.mjs'))) as {
  families: Families;
  heapBase: number;
};
// The memory map keeps ranges for families to come too.
const names = Object.keys(families).filter(name => existsSync(join(root, families[name].entry)));

/** Compiles `entry`, a path from the root, into `folder`. */
async function compile(entry: string, target: 'debug' | 'release', base: number, folder: string): Promise<Uint8Array> {
  const out = join(folder, `${base}-${target}.wasm`);
  const options = ['--config', 'asconfig.json', '--target', target, '--memoryBase', String(base), '-o', out];
  const asc = join(root, 'node_modules/assemblyscript/bin/asc.js');
  const limits = { cwd: root, timeout: DEADLINE_MS, maxBuffer: 1 << 26 };
  await promisify(execFile)(process.execPath, [asc, entry, ...options], limits);
  return new Uint8Array(readFileSync(join(root, out)));
}

/** Runs `use` with a folder below build/, as asc wants it, that is gone afterwards. */
async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = join('build', `debug-${process.pid}`);
  mkdirSync(join(root, folder), { recursive: true });
  try {
    return await use(folder);
  } finally {
    rmSync(join(root, folder), { recursive: true });
  }
}

/** Every family by name, two compilations at a time. */
async function compileDebug(folder: string): Promise<Map<string, Uint8Array>> {
  const made = new Map<string, Uint8Array>();
  const queue = [...names];
  const worker = async (): Promise<void> => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const { entry, base } = families[name];
      made.set(name, await compile(entry, 'debug', base, folder));
    }
  };
  await Promise.all([worker(), worker()]);
  return made;
}

const binaries = await inFolder(compileDebug);
const debug = new WasmCore(hostRandom, { binary: binaries.get('core') });
// Later calls for a family find the one that is instantiated here.
for (const [name, binary] of binaries) if (name !== 'core') debug.family({ name, binary });
const release = new WasmCore(hostRandom);

function revealed(core: WasmCore, secret: ReturnType<WasmCore['importSecret']>): string {
  const bytes = hex(core.dangerousReveal(secret));
  secret.dispose();
  return bytes;
}

test('every binary has a debug build, and it is not the one that ships', () => {
  assert.equal([...binaries.keys()].sort(), [...names].sort());
  for (const [name, binary] of binaries) {
    const shipped = readFileSync(join(root, `build/wasm/${name}.wasm`));
    assert.ok(binary.length > shipped.length, `${name}: ${binary.length} bytes against ${shipped.length}`);
  }
});

test('an assertion stops the debug build, and is not in the release build', async () => {
  const stops = await inFolder(async folder => {
    const entry = join(folder, 'asserting.ts');
    writeFileSync(join(root, entry), 'export function half(x: i32): i32 { assert((x & 1) == 0); return x >> 1; }\n');
    const outcomes: boolean[] = [];
    for (const target of ['debug', 'release'] as const) {
      const env = { memory: new WebAssembly.Memory({ initial: 1 }) };
      const module = await compile(entry, target, 1024, folder);
      const { half } = instantiateSync<{ half(x: number): number }>(module, { env }).exports;
      assert.is(half(8), 4);
      try {
        half(7);
        outcomes.push(false);
      } catch (error) {
        outcomes.push(error instanceof WebAssembly.RuntimeError);
      }
    }
    return outcomes;
  });
  assert.equal(stops, [true, false]);
});

test('the loader of AssemblyScript takes every binary, debug and release, and finds the exports that castls finds', () => {
  for (const [name, binary] of binaries) {
    const shipped = new Uint8Array(readFileSync(join(root, `build/wasm/${name}.wasm`)));
    const exported = [binary, shipped].map(bytes => {
      const env = { memory: new WebAssembly.Memory({ initial: heapBase / 65536 + 1 }) };
      const { exports } = instantiateSync<{ staticsEnd(): number }>(bytes, { env });
      const end = exports.staticsEnd();
      const { base, size } = families[name];
      assert.ok(end > base && end <= base + size, `${name}: statics end at ${end}`);
      const own = WebAssembly.Module.exports(new WebAssembly.Module(bytes as BufferSource)).map(each => each.name);
      for (const each of own) assert.ok(each in exports, `${name}: ${each}`);
      return own.sort();
    });
    assert.equal(exported[0], exported[1], name);
  }
});

test('debug: hashes of "abc" (FIPS 180-4, FIPS 202)', () => {
  const abc = new TextEncoder().encode('abc');
  assert.is(
    hex(wasmHash(debug, 'sha256').digest(abc)),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
  for (const name of hashNames) {
    const digest = wasmHash(debug, name).digest(abc);
    assert.is(digest.length, hashParameters(name).outputLength);
    assert.is(hex(digest), hex(wasmHash(release, name).digest(abc)), name);
  }
});

test('debug: HKDF (RFC 5869 §A.1) and PBKDF2 (RFC 6070)', () => {
  const derivation = fullProvider(debug).keyDerivation('sha256');
  const prk = derivation.extract(
    debug.importSecret(unhex('000102030405060708090a0b0c')),
    debug.importSecret(new Uint8Array(22).fill(0x0b)),
  );
  const okm = derivation.expand(prk, unhex('f0f1f2f3f4f5f6f7f8f9'), 42);
  const expected = '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865';
  assert.is(hex(debug.dangerousReveal(okm)), expected);
  const utf8 = new TextEncoder();
  const key = pbkdf2(debug, 'sha1', debug.importSecret(utf8.encode('password')), utf8.encode('salt'), 2, 20);
  assert.is(hex(debug.dangerousReveal(key)), 'ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957');
});

test('debug: ChaCha20-Poly1305 (RFC 8439 §2.8.2)', () => {
  const key = debug.importSecret(Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i));
  const text = new TextEncoder().encode(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  );
  const [nonce, aad] = [unhex('070000004041424344454647'), unhex('50515253c0c1c2c3c4c5c6c7')];
  const sealed = aeadSeal(debug, 'chacha20-poly1305', key, nonce, aad, text);
  assert.is(hex(sealed.subarray(text.length)), '1ae10b594f09e26a7e902ecbd0600691');
  assert.equal(aeadOpen(debug, 'chacha20-poly1305', key, nonce, aad, sealed), text);
});

test('debug: records of every suite, as the release build seals and opens them; forgeries do not open', () => {
  const [ours, theirs] = [fullProvider(debug), fullProvider(release)];
  const content = Uint8Array.from({ length: 3000 }, (_, i) => i);
  const opens = (name: string, opener: RecordProtection, sealed: Uint8Array): void => {
    const { failure, plaintext } = opener.openNext(sealed, 16384);
    assert.is(failure, null, name);
    assert.equal(plaintext, content, name);
  };
  const refuses = (name: string, opener: RecordProtection, sealed: Uint8Array): void => {
    const forged = sealed.map((byte, i) => (i === 500 ? byte ^ 1 : byte));
    assert.is(opener.openNext(forged, 16384).failure, 'ERR_DECRYPTION_FAILED', name);
  };
  for (const [i, suite] of ours.cipherSuites13.entries()) {
    const bytes = new Uint8Array(suite.keyDerivation.hash.outputLength).fill(7);
    const own = () => suite.protect(debug.importSecret(bytes));
    const other = () => theirs.cipherSuites13[i].protect(release.importSecret(bytes));
    const sealed = own().sealNext(23, content, 1000);
    assert.equal(sealed, other().sealNext(23, content, 1000), suite.name);
    opens(suite.name, own(), sealed);
    refuses(suite.name, own(), sealed);
  }
  for (const [i, suite] of ours.cipherSuites12.entries()) {
    for (const etm of suite.mode === 'cbc' ? [false, true] : [false]) {
      const block = new Uint8Array(suite.keyBlockLength).fill(9);
      const own = () => suite.protect(debug.importSecret(block), 'client', etm);
      const other = () => theirs.cipherSuites12[i].protect(release.importSecret(block), 'client', etm);
      const sealed = own().sealNext(23, content, 1000); // CBC draws its IVs: nothing to compare byte by byte
      opens(suite.name, other(), sealed);
      opens(suite.name, own(), other().sealNext(23, content, 1000));
      refuses(suite.name, own(), sealed);
    }
  }
});

test('debug: X25519 and X448 (RFC 7748 §6.1, §5.2)', () => {
  const a = debug.importSecret(unhex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'));
  const b = unhex('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
  const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';
  assert.is(hex(debug.dangerousReveal(x25519(debug, a, b))), shared);
  const scalar =
    '3d262fddf9ec8e88495266fea19a34d28882acef045104d0d1aae121700a779c984c24f8cdd78fbff44943eba368f54b29259a4f1c600ad3';
  const u =
    '06fce640fa3487bfda5f6cf2d5263f8aad88334cbd07437f020f08f9814dc031ddbdc38c19c6da2583fa5429db94ada18aa7a7fb4ef8a086';
  const result =
    'ce3e4ff95a60dc6697da1db1d85e6afbdf79b50a2412d7546d5f239fe14fbaadeb445fc66a01b0779d98223961111e21766282f73dd96b6f';
  assert.is(hex(debug.dangerousReveal(x448(debug, debug.importSecret(unhex(scalar)), unhex(u)))), result);
});

test('debug: every group agrees with the release build', () => {
  for (const group of fullProvider(debug).groups) {
    // The largest finite fields are the small ones with more limbs, and take seconds here.
    if (/^ffdhe(4096|6144|8192)$/.test(group.name)) continue;
    const other = fullProvider(release).groups.find(g => g.id === group.id)!;
    const pair = group.generate(hostRandom) as KeyExchange;
    const answer = other.respond(pair.share, hostRandom) as Exclude<ReturnType<typeof other.respond>, Promise<unknown>>;
    const ours = revealed(debug, pair.complete(answer.share) as ReturnType<WasmCore['importSecret']>);
    assert.is(ours, revealed(release, answer.sharedSecret as ReturnType<WasmCore['importSecret']>), group.name);
  }
});

test('debug: ML-KEM-768 from a seed, as the release build; a changed ciphertext gives another secret', () => {
  const results = [debug, release].map(core => {
    const key = mlKemFromSeed(core, mlKem768, core.importSecret(new Uint8Array(64).fill(3)));
    const { ciphertext } = mlKemEncapsulateWith(core, mlKem768, key.encapsulationKey, core.createSecret(32));
    const changed = ciphertext.map((byte, i) => (i === 5 ? byte ^ 1 : byte));
    const secrets = [ciphertext, changed].map(c => hex(core.dangerousReveal(key.decapsulate(c))));
    assert.is.not(secrets[0], secrets[1]);
    return `${hex(ciphertext)} ${secrets}`;
  });
  assert.is(results[0], results[1]);
});

/** A key of every kind, and what it signs with. */
function keyMaterials(core: WasmCore): [PrivateKeyMaterial, SignatureParameters][] {
  const secret = (bytes: Uint8Array) => core.importSecret(bytes);
  const { n, p, q, dp, dq, qi } = rsaKey(2048, 20);
  const rsa = {
    type: 'rsa',
    modulus: n,
    exponent: Uint8Array.of(1, 0, 1),
    prime1: secret(p),
    prime2: secret(q),
    exponent1: secret(dp),
    exponent2: secret(dq),
    coefficient: secret(qi),
  } as const;
  const scalar = (length: number) => secret(new Uint8Array(length).fill(0x11, 1));
  const seed = (length: number) => secret(new Uint8Array(length).fill(0x22));
  return [
    [rsa, { type: 'rsa-pkcs1', hash: 'sha256' }],
    [rsa, { type: 'rsa-pss', hash: 'sha256', mgfHash: 'sha256', saltLength: 32 }],
    [
      { type: 'ec', curve: 'P-256', scalar: scalar(32) },
      { type: 'ecdsa', hash: 'sha256' },
    ],
    [
      { type: 'ec', curve: 'P-384', scalar: scalar(48) },
      { type: 'ecdsa', hash: 'sha384' },
    ],
    [
      { type: 'ec', curve: 'P-521', scalar: scalar(66) },
      { type: 'ecdsa', hash: 'sha512' },
    ],
    [{ type: 'ed25519', seed: seed(32) }, { type: 'ed25519' }],
    [{ type: 'ed448', seed: seed(57) }, { type: 'ed448' }],
    ...(['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const).map(
      (parameterSet): [PrivateKeyMaterial, SignatureParameters] => [
        { type: 'mldsa', parameterSet, seed: seed(32) },
        { type: 'mldsa', parameterSet },
      ],
    ),
  ];
}

/** Signs from the same random bytes in each build; then what its verifier says of that message, and of another. */
async function signed(
  core: WasmCore,
  material: PrivateKeyMaterial,
  parameters: SignatureParameters,
): Promise<unknown[]> {
  const { privateKeyImporters, signatureVerifiers } = fullProvider(core);
  const key = await privateKeyImporters.find(importer => importer.handles(material))!.import(material);
  const verifier = signatureVerifiers.find(v => v.handles(key.publicKey, parameters))!;
  const message = new TextEncoder().encode('sample');
  const signature = await key.sign(parameters, message, seededRandom(5));
  const verdict = (of: Uint8Array) => verifier.verify(key.publicKey, parameters, of, signature);
  return [hex(signature), await verdict(message), await verdict(new Uint8Array(6))];
}

test('debug: every kind of key signs what the release build signs, and verifies it', async () => {
  const theirs = keyMaterials(release);
  for (const [i, [material, parameters]] of keyMaterials(debug).entries()) {
    const made = await signed(debug, material, parameters);
    assert.equal(made, await signed(release, ...theirs[i]), `${material.type}, ${parameters.type}`);
    assert.equal(made.slice(1), [true, false], `${material.type}, ${parameters.type}`);
  }
});

test.run();
