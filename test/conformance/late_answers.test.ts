// Hooks that answer when their connection is gone: what they give belongs to others, or is wiped.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Credential } from '../../src/handshake/flow/settings.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { nodeProvider } from '../support/node_provider.ts';
import { makePair, type Pair, type PairOptions, pump, pumpLater } from '../support/pair.ts';
import { credential, testVerifier } from '../support/pki.ts';

/** A promise and what settles it. */
function promise<T>(): { readonly later: Promise<T>; settle(value: T): void } {
  let settle: (value: T) => void = () => {};
  const later = new Promise<T>(done => {
    settle = done;
  });
  return { later, settle: value => settle(value) };
}

const tick = () => new Promise(done => setImmediate(done));

/** Runs until a hook keeps the server waiting, then destroys it. */
function destroyedWhileWaiting(options: PairOptions): Pair {
  const pair = makePair(options);
  pump(pair);
  assert.is(pair.server.state, 'handshake');
  pair.server.destroy();
  pair.client.destroy();
  return pair;
}

test('a credential that comes too late keeps its key, which others use', async () => {
  const { later, settle } = promise<Credential>();
  destroyedWhileWaiting({ server: { credentials: () => later } });
  let disposed = 0;
  const own = credential('server_p256');
  const dispose = () => void disposed++;
  settle({ ...own, signer: Object.assign(own.signer, { dispose }) } as Credential);
  await tick();
  assert.is(disposed, 0);
});

test('an external PSK that comes too late stays alive: it belongs to the config', async () => {
  const provider = nodeProvider();
  const identity = Uint8Array.of(1, 2, 3);
  const key = provider.importSecret(new Uint8Array(32).fill(5));
  const psk = { identity, key, hash: 'sha256' } as const;
  const { later, settle } = promise<typeof psk>();
  const options = { clientProvider: provider, serverProvider: provider, client: { externalPsk: psk } };
  destroyedWhileWaiting({ ...options, server: { findExternalPsk: () => later } });
  settle(psk);
  await tick();
  assert.not(key.disposed);
  const pair = makePair({ ...options, server: { findExternalPsk: () => psk } });
  pump(pair);
  assert.ok(pair.client.info.externalPsk);
  pair.client.destroy();
  pair.server.destroy();
});

for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
  test(`${version}: the state of a session that comes too late is wiped`, async () => {
    const provider = nodeProvider();
    const keys = new TicketKeys({ provider });
    const client = { provider, verifier: testVerifier(), maxVersion: version };
    const first = makePair({ client, server: { provider, tickets: keys } });
    pump(first);
    const event = first.clientEvents.find(each => each.kind === 'session');
    assert.ok(event?.kind === 'session');
    const { later, settle } = promise<Uint8Array | null>();
    const tickets = { lifetime: 100, seal: () => null, open: () => later };
    destroyedWhileWaiting({
      client,
      server: { provider, tickets },
      target: { serverName: 'example.test', session: event.session },
    });
    const state = keys.open(event.session.ticket);
    assert.ok(state?.some(byte => byte !== 0));
    settle(state);
    await tick();
    assert.ok(state?.every(byte => byte === 0));
  });
}

test('a verdict that comes too late changes nothing', async () => {
  const { later, settle } = promise<never>();
  const pair = makePair({ client: { verifier: { verify: () => later } } });
  pump(pair);
  pair.client.destroy();
  settle({} as never);
  await pumpLater(pair, 3);
  assert.is(pair.client.info.peer, null);
  assert.is(pair.client.error, null);
});

test('a hook that never answers is ended by the handshake timeout, its signal aborts', () => {
  let signal: AbortSignal | undefined;
  const now = { time: 1_000_000 };
  const pair = makePair({
    server: {
      now: () => now.time,
      credentials: (_, given) => {
        signal = given;
        return new Promise(() => {});
      },
    },
  });
  pump(pair);
  const deadline = pair.server.nextTimeout();
  assert.is(deadline, 1_000_000 + 120_000);
  pair.server.onTimeout(1_000_000 + 119_999);
  assert.is(pair.server.state, 'handshake');
  pair.server.onTimeout(1_000_000 + 120_000);
  assert.is(pair.server.error?.code, 'ERR_HANDSHAKE_TIMEOUT');
  assert.ok(signal?.aborted);
  assert.is(pair.serverProvider.ledger.alive.size, 0);
  assert.is(pair.server.nextTimeout(), null);
});

test('a decrypter that fails is a failed hook, never an alert about the ciphertext (RFC 5246 §7.4.7.1)', () => {
  const decrypter = {
    decryptPremaster(): never {
      throw Object.assign(new Error('padding'), { code: 'ERR_DECRYPTION_FAILED' });
    },
  };
  const suites = { cipherSuites: ['TLS_RSA_WITH_AES_128_GCM_SHA256'], maxVersion: 'TLSv1.2' } as const;
  const pair = makePair({
    client: suites,
    server: { ...suites, credentials: [credential('server_rsa', { decrypter })] },
  });
  pump(pair);
  assert.is(pair.server.error?.code, 'ERR_HOOK_FAILED');
});

test.run();
