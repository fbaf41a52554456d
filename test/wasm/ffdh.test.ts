// Finite-field Diffie-Hellman: the primes against OpenSSL's, agreement with node:crypto, refusals.

import { execFileSync } from 'node:child_process';
import { createDiffieHellman, createDiffieHellmanGroup } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Secret } from '../../src/crypto/secret.ts';
import { ffdheGroup, finiteFieldDh } from '../../src/wasm/ffdh.ts';
import { ffdhePrime, modpPrime } from '../../src/wasm/ffdh_primes.ts';
import { codeOf } from '../support/code_of.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { hex } from '../support/hex.ts';

const core = testCore();
const sizes = [2048, 3072, 4096, 6144, 8192] as const;

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

const two = Uint8Array.of(2);
const from1024 = { dangerousMinimumBits: 1024 };
const oldPrime = (name: 'modp1' | 'modp2' | 'modp5') => new Uint8Array(createDiffieHellmanGroup(name).getPrime());

test('explicit groups are recognised by prime and generator', () => {
  const dh = finiteFieldDh(core);
  for (const bits of sizes) {
    assert.is(dh.group(ffdhePrime(bits), two).name, `ffdhe${bits}`);
    assert.is(dh.group(modpPrime(bits), two).name, `modp${bits}`);
    assert.is(dh.group(modpPrime(bits), two).id, 0);
  }
  assert.is(dh.group(ffdhePrime(2048), Uint8Array.of(0, 0, 2)).id, 0x0100);
  // The same prime with another generator is another group, whose order nobody told.
  for (const prime of [ffdhePrime(2048), modpPrime(2048)]) {
    const group = dh.group(prime, Uint8Array.of(5));
    assert.is(group.id, 0);
    assert.is(group.name, 'dhe2048');
    assert.equal(group.finiteField?.generator, Uint8Array.of(5));
  }
});

test('groups below 2048 bits are weak, unless a dangerous name asks for 1024 and more (ERR_WEAK_KEY)', () => {
  const dh = finiteFieldDh(core);
  for (const name of ['modp1', 'modp2', 'modp5'] as const) {
    assert.is(
      codeOf(() => dh.group(oldPrime(name), two)),
      'ERR_WEAK_KEY',
      name,
    );
    assert.is(
      codeOf(() => dh.group(oldPrime(name), two, {})),
      'ERR_WEAK_KEY',
      name,
    );
  }
  assert.is(dh.group(oldPrime('modp2'), two, from1024).id, 0);
  assert.is(dh.group(oldPrime('modp5'), two, { dangerousMinimumBits: 1536 }).id, 0);
  assert.is(
    codeOf(() => dh.group(oldPrime('modp2'), two, { dangerousMinimumBits: 1025 })),
    'ERR_WEAK_KEY',
  );
  assert.is(
    codeOf(() => dh.group(oldPrime('modp1'), two, from1024)),
    'ERR_WEAK_KEY',
  );
  assert.is(
    codeOf(() => dh.group(modpPrime(2048), two, { dangerousMinimumBits: 3072 })),
    'ERR_WEAK_KEY',
  );
  assert.is(
    codeOf(() => dh.group(Uint8Array.of(1, ...modpPrime(8192)), two)),
    'ERR_WEAK_KEY',
  );
});

test('a policy that names no size is no policy (ERR_INVALID_ARGUMENT)', () => {
  const dh = finiteFieldDh(core);
  const wrong = [Number.NaN, 0, -1, 1023, 1024.5, 8193, Number.POSITIVE_INFINITY, '1024', null, 1024n, []];
  for (const dangerousMinimumBits of wrong as never[]) {
    for (const prime of [modpPrime(2048), oldPrime('modp2')]) {
      assert.is(
        codeOf(() => dh.group(prime, two, { dangerousMinimumBits })),
        'ERR_INVALID_ARGUMENT',
      );
    }
  }
  for (const policy of [1024, Number.NaN, null, 'x'] as never[]) {
    assert.is(
      codeOf(() => dh.group(oldPrime('modp2'), two, policy)),
      'ERR_INVALID_ARGUMENT',
    );
  }
});

test('an even modulus, leading zeros and generators outside 2..p-2 are refused (ERR_INVALID_PUBLIC_KEY)', () => {
  const dh = finiteFieldDh(core);
  const prime = modpPrime(2048);
  const less = (n: number) => prime.map((byte, i) => (i === 255 ? byte - n : byte));
  for (const modulus of [new Uint8Array(0), less(1), Uint8Array.of(0, ...prime)]) {
    assert.is(
      codeOf(() => dh.group(modulus, two)),
      'ERR_INVALID_PUBLIC_KEY',
    );
  }
  for (const generator of [
    new Uint8Array(0),
    Uint8Array.of(0),
    Uint8Array.of(1),
    less(1),
    prime,
    new Uint8Array(257).fill(3),
  ]) {
    assert.is(
      codeOf(() => dh.group(prime, generator)),
      'ERR_INVALID_PUBLIC_KEY',
    );
  }
  assert.is(dh.group(prime, less(2)).id, 0);
});

test('secrets of explicit groups come without leading zeros (RFC 5246 §8.1.2)', async () => {
  // A secret with a leading zero: found by trying.
  const group = finiteFieldDh(core).group(oldPrime('modp2'), two, from1024);
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
      codeOf(() => group.respond(share, hostRandom)),
      'ERR_INVALID_PUBLIC_KEY',
    );
  }
  assert.is(core.liveSlots, before);
});

test.run();
