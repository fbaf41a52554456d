// scrypt by node:crypto is scrypt by @noble/hashes: values of RFC 7914 §12, costs with many lanes, keys of castls/node under it.

import { spawnSync } from 'node:child_process';
import { scrypt } from '@noble/hashes/scrypt.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hostScrypt } from '../../src/adapters/node/host_scrypt.ts';
import * as castls from '../../src/node.ts';
import { hex } from '../support/hex.ts';
import { fixture } from '../support/node_tls.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const maxmem = 64 * 1024 * 1024;

test('gives the values of RFC 7914 §12', () => {
  const first = hostScrypt(utf8(''), utf8(''), { N: 16, r: 1, p: 1, dkLen: 64, maxmem });
  assert.is(hex(first).slice(0, 32), '77d6576238657b203b19ca42c18a0497');
  const second = hostScrypt(utf8('password'), utf8('NaCl'), { N: 1024, r: 8, p: 16, dkLen: 64, maxmem });
  assert.is(hex(second).slice(0, 32), 'fdbabe1c9d3472007856e7190d01e9fe');
});

test('gives what @noble/hashes gives, at the memory that both are allowed', () => {
  for (const [N, r, p, dkLen] of [
    [2, 1, 1, 1],
    [64, 3, 5, 33],
    [4096, 8, 1, 32],
    [256, 1, 64, 200],
  ] as const) {
    const costs = { N, r, p, dkLen, maxmem: 128 * r * (N + p + 1) };
    assert.equal(hex(hostScrypt(utf8('pw'), utf8('salt'), costs)), hex(scrypt(utf8('pw'), utf8('salt'), costs)));
  }
});

test('a key encrypted under scrypt opens in createSecureContext, and not by another passphrase', () => {
  const args = ['pkcs8', '-topk8', '-scrypt', '-in', 'test/fixtures/server_p256.key', '-passout', 'pass:secret'];
  const { status, stdout, error } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (error !== undefined && process.env.CASTLS_REQUIRE_PEERS !== '1') {
    console.log('SKIP a key under scrypt: openssl is not installed');
    return;
  }
  assert.is(status, 0);
  const cert = fixture('server_p256.crt');
  castls.createSecureContext({ cert, key: stdout, passphrase: 'secret' });
  assert.throws(() => castls.createSecureContext({ cert, key: stdout, passphrase: 'other' }));
});

test.run();
