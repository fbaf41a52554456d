// Finite-field Diffie-Hellman: the primes against OpenSSL's, agreement with node:crypto, refusals.

import { execFileSync } from 'node:child_process';
import { createDiffieHellman, createDiffieHellmanGroup } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TlsError } from '../../src/base/errors.ts';
import type { Secret } from '../../src/crypto/secret.ts';
import { ffdheGroup, finiteFieldDh } from '../../src/wasm/ffdh.ts';
import { ffdhePrime, modpPrime } from '../../src/wasm/ffdh_primes.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { hex } from '../support/hex.ts';

const core = testCore();
const sizes = [2048, 3072, 4096, 6144, 8192] as const;

function code(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof TlsError) return error.code;
    throw error;
  }
  return 'no error';
}

test('the MODP primes are those of RFC 3526', () => {
  sizes.forEach((bits, i) => {
    assert.is(hex(modpPrime(bits)), createDiffieHellmanGroup(`modp${14 + i}`).getPrime('hex'));
  });
});

test('the FFDHE primes are those of RFC 7919, as OpenSSL has them', () => {
  for (const bits of sizes) {
    const options = ['-algorithm', 'DH', '-pkeyopt', `group:ffdhe${bits}`];
    let parameters: string;
    try {
      parameters = execFileSync('openssl', ['genpkey', '-genparam', ...options], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    } catch {
      console.log('SKIPPED: no openssl to compare the FFDHE primes with');
      return;
    }
    const der = Buffer.from(parameters.replace(/-----.*?-----/g, ''), 'base64');
    assert.ok(der.includes(Buffer.from(ffdhePrime(bits))));
  }
});

// Larger groups take OpenSSL minutes to check.
test('agrees with node:crypto over FFDHE primes, both roles', async () => {
  for (const bits of [2048, 3072] as const) {
    const group = ffdheGroup(core, bits);
    const peer = createDiffieHellman(Buffer.from(ffdhePrime(bits)), 2);
    assert.is(peer.verifyError, 0); // OpenSSL finds a safe prime and a generator
    const theirs = new Uint8Array(peer.generateKeys());
    const padded = new Uint8Array(bits / 8);
    padded.set(theirs, padded.length - theirs.length);
    const own = await group.generate(hostRandom);
    const expected = peer
      .computeSecret(own.share)
      .toString('hex')
      .padStart(bits / 4, '0');
    const secret = await own.complete(padded);
    assert.is(hex(core.dangerousReveal(secret)), expected);
    secret.dispose();
    const { share, sharedSecret } = await group.respond(padded, hostRandom);
    assert.is(
      hex(core.dangerousReveal(sharedSecret)),
      peer
        .computeSecret(share)
        .toString('hex')
        .padStart(bits / 4, '0'),
    );
    sharedSecret.dispose();
  }
});

test('both sides of every group agree', async () => {
  for (const bits of sizes) {
    const group = ffdheGroup(core, bits);
    const own = await group.generate(hostRandom);
    const { share, sharedSecret } = await group.respond(own.share, hostRandom);
    const secret = await own.complete(share);
    assert.is(hex(core.dangerousReveal(secret)), hex(core.dangerousReveal(sharedSecret)));
    secret.dispose();
    sharedSecret.dispose();
  }
});

test('explicit groups: recognised, stripped of leading zeros, refused when weak', async () => {
  const dh = finiteFieldDh(core);
  const two = Uint8Array.of(2);
  assert.is(dh.group(ffdhePrime(2048), two, 2048).name, 'ffdhe2048');
  assert.is(dh.group(modpPrime(3072), two, 2048).name, 'modp3072');
  assert.is(
    code(() => dh.group(createDiffieHellmanGroup('modp5').getPrime(), two, 2048)),
    'ERR_WEAK_KEY',
  );
  assert.is(dh.group(createDiffieHellmanGroup('modp5').getPrime(), two, 1024).id, 0);
  assert.is(
    code(() => dh.group(createDiffieHellmanGroup('modp1').getPrime(), two, 0)),
    'ERR_WEAK_KEY',
  );
  assert.is(
    code(() => dh.group(modpPrime(2048), Uint8Array.of(1), 2048)),
    'ERR_INVALID_PUBLIC_KEY',
  );
  const even = modpPrime(2048);
  even[255] ^= 1;
  assert.is(
    code(() => dh.group(even, two, 2048)),
    'ERR_INVALID_PUBLIC_KEY',
  );
  // A secret with a leading zero: found by trying.
  const group = dh.group(createDiffieHellmanGroup('modp2').getPrime(), two, 1024);
  const peer = createDiffieHellmanGroup('modp2');
  const theirs = new Uint8Array(peer.generateKeys());
  for (let i = 0, shorter = 0; shorter === 0 && i < 5000; i++) {
    const { share, sharedSecret } = (await group.respond(theirs, hostRandom)) as {
      share: Uint8Array;
      sharedSecret: Secret;
    };
    const expected = peer
      .computeSecret(share)
      .toString('hex')
      .replace(/^(00)+/, '');
    assert.is(hex(core.dangerousReveal(sharedSecret)), expected);
    if (sharedSecret.length < 128) shorter++;
    sharedSecret.dispose();
  }
});

test('shares outside 2..p-2 or of wrong length are refused (RFC 7919 §5.1)', async () => {
  const group = ffdheGroup(core, 2048);
  const prime = ffdhePrime(2048);
  const minusOne = prime.slice();
  minusOne[255] -= 1;
  const one = new Uint8Array(256);
  one[255] = 1;
  const before = core.liveSlots;
  for (const share of [new Uint8Array(256), one, minusOne, prime, new Uint8Array(256).fill(0xff), one.subarray(1)]) {
    assert.is(
      code(() => group.respond(share, hostRandom)),
      'ERR_INVALID_PUBLIC_KEY',
    );
  }
  assert.is(core.liveSlots, before);
});

test.run();
