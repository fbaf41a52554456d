// ML-KEM and ML-DSA against node:crypto in both directions, on a Node that has them (24.7 and later).

import * as crypto from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mlDsaImporter, mlDsaParameters, mlDsaVerifier } from '../../src/wasm/mldsa.ts';
import { mlKem512, mlKem768, mlKem1024, mlKemEncapsulate, mlKemGenerate } from '../../src/wasm/mlkem.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { hex, unhex } from '../support/hex.ts';

const core = testCore();
const RUNS = 20;

/** The parts of newer node:crypto that the types of Node 20 do not know. */
interface NewerCrypto {
  encapsulate?(key: crypto.KeyObject): { sharedKey: Buffer; ciphertext: Buffer };
  decapsulate(key: crypto.KeyObject, ciphertext: Uint8Array): Buffer;
  generateKeyPairSync(type: string): { publicKey: crypto.KeyObject; privateKey: crypto.KeyObject };
}
const node = crypto as unknown as NewerCrypto;

/** SubjectPublicKeyInfo with the OID 2.16.840.1.101.3.4.`arc` (RFC 9935, RFC 9881). */
function spki(arc: string, key: Uint8Array): crypto.KeyObject {
  const oid = unhex(`300b0609608648016503040${arc}`);
  const content = Buffer.concat([oid, header(0x03, key.length + 1), Uint8Array.of(0), key]);
  const der = Buffer.concat([header(0x30, content.length), content]);
  return crypto.createPublicKey({ key: der, format: 'der', type: 'spki' });
}

function header(tag: number, length: number): Uint8Array {
  return Uint8Array.of(tag, 0x82, length >> 8, length & 0xff);
}

function rawKey(key: crypto.KeyObject, length: number): Uint8Array {
  return new Uint8Array(key.export({ format: 'der', type: 'spki' }).subarray(-length));
}

/** True, and a line that says so, on a Node without these algorithms. */
function missing(): boolean {
  if (node.encapsulate !== undefined) return false;
  console.log(`SKIPPED: node:crypto of Node ${process.version} has no ML-KEM and ML-DSA to compare with`);
  return true;
}

for (const [set, arc] of [
  [mlKem512, '401'],
  [mlKem768, '402'],
  [mlKem1024, '403'],
] as const) {
  test(`${set.name}: node:crypto and castls understand each other's ciphertexts`, () => {
    if (missing()) return;
    const theirs = node.generateKeyPairSync(set.name.toLowerCase());
    const theirPublic = rawKey(theirs.publicKey, set.encapsulationKeyLength);
    for (let run = 0; run < RUNS; run++) {
      const ours = mlKemGenerate(core, set, hostRandom);
      const sent = node.encapsulate!(spki(arc, ours.encapsulationKey));
      const received = ours.decapsulate(new Uint8Array(sent.ciphertext));
      assert.is(hex(core.dangerousReveal(received)), sent.sharedKey.toString('hex'));
      const { ciphertext, sharedSecret } = mlKemEncapsulate(core, set, theirPublic, hostRandom);
      const expected = hex(core.dangerousReveal(sharedSecret));
      assert.is(node.decapsulate(theirs.privateKey, ciphertext).toString('hex'), expected);
      for (const owned of [ours, received, sharedSecret]) owned.dispose();
    }
  });
}

for (const [name, arc] of [
  ['ML-DSA-44', '311'],
  ['ML-DSA-65', '312'],
  ['ML-DSA-87', '313'],
] as const) {
  test(`${name}: node:crypto and castls verify each other's signatures`, () => {
    if (missing()) return;
    const theirs = node.generateKeyPairSync(name.toLowerCase());
    const theirPublic = rawKey(theirs.publicKey, mlDsaParameters[name].publicKeyLength);
    const ours = mlDsaImporter(core).generate({ type: 'mldsa', parameterSet: name }, hostRandom);
    if (ours instanceof Promise || ours.publicKey.type !== 'mldsa') throw new Error('not the key that was asked for');
    const ourPublic = spki(arc, ours.publicKey.key);
    const parameters = { type: 'mldsa', parameterSet: name } as const;
    for (let run = 0; run < RUNS; run++) {
      const message = new Uint8Array(run * 37);
      hostRandom(message);
      const signature = ours.sign(parameters, message, hostRandom) as Uint8Array;
      assert.ok(crypto.verify(null, message, ourPublic, signature));
      const key = { type: 'mldsa', parameterSet: name, key: theirPublic } as const;
      const answer = new Uint8Array(crypto.sign(null, message, theirs.privateKey));
      assert.ok(mlDsaVerifier(core).verify(key, parameters, message, answer));
      answer[run * 50] ^= 1;
      assert.not.ok(mlDsaVerifier(core).verify(key, parameters, message, answer));
    }
    ours.dispose();
  });
}

test.run();
