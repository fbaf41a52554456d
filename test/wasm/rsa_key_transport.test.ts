// RSA key exchange of TLS 1.2: what the client encrypts, node:crypto and our own decrypter read.

import { constants, createPrivateKey, privateDecrypt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rsaKeyTransport } from '../../src/wasm/rsa_key_transport.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { publicKeyOf } from '../support/node/signatures.ts';
import { throwsCode } from '../wire/malformed.ts';

const core = testCore();
const key = createPrivateKey(readFileSync('test/fixtures/server_rsa.key', 'utf8'));

test('a premaster secret arrives as it is kept, in padding without zeros (RFC 8017 §7.2.1)', async () => {
  for (let i = 0; i < 20; i++) {
    const { ciphertext, premaster } = await rsaKeyTransport(core).encryptPremaster(
      publicKeyOf(key),
      0x0303,
      hostRandom,
    );
    const block = privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, ciphertext);
    const kept = core.dangerousReveal(premaster);
    premaster.dispose();
    assert.is(kept.length, 48);
    assert.equal([kept[0], kept[1]], [3, 3]);
    assert.equal([block[0], block[1]], [0, 2]);
    assert.is(block.indexOf(0, 2), block.length - 49);
    assert.equal(new Uint8Array(block.subarray(-48)), kept);
  }
});

test('other keys are refused (ERR_INVALID_PUBLIC_KEY, ERR_WEAK_KEY)', () => {
  const transport = rsaKeyTransport(core);
  const ed25519 = { type: 'ed25519', key: new Uint8Array(32) } as const;
  throwsCode(() => transport.encryptPremaster(ed25519, 0x0303, hostRandom), 'ERR_INVALID_PUBLIC_KEY');
  const small = { type: 'rsa', modulus: new Uint8Array(128).fill(255), exponent: Uint8Array.of(1, 0, 1) } as const;
  throwsCode(() => transport.encryptPremaster(small, 0x0303, hostRandom), 'ERR_WEAK_KEY');
});

test('a random source of zeros alone ends in an error, not in a loop (ERR_INVALID_STATE)', () => {
  const key = { type: 'rsa', modulus: new Uint8Array(256).fill(255), exponent: Uint8Array.of(1, 0, 1) } as const;
  throwsCode(
    () => rsaKeyTransport(core).encryptPremaster(key, 0x0303, target => void target.fill(0)),
    'ERR_INVALID_STATE',
  );
});

test.run();
