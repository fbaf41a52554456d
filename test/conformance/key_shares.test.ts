// Public values that no peer may send: every group of the WASM provider, both versions, both roles. The alert is
// illegal_parameter (RFC 9846 §4.2.8, RFC 8422 §5.4, RFC 7919 §5.1), or decode_error where the syntax is hurt.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { alertOfError } from '../../src/base/alert_of_error.ts';
import { TlsError } from '../../src/base/errors.ts';
import type { KeyExchangeGroup } from '../../src/crypto/key_exchange.ts';
import { alertName } from '../../src/registry/alerts.ts';
import { ExtensionType as E } from '../../src/registry/extension_types.ts';
import { HandshakeType as H } from '../../src/registry/handshake_types.ts';
import { clientKeyShareExtension, supportedGroupsExtension } from '../../src/wire/extensions/key_exchange.ts';
import { encodeHandshake } from '../../src/wire/handshake_message.ts';
import { encodeServerHello, parseServerHello } from '../../src/wire/server_hello.ts';
import { testCore } from '../support/core.ts';
import { makePair, move } from '../support/pair.ts';
import { credential } from '../support/pki.ts';
import { randomFrom } from '../support/random.ts';
import { ask, helloFor, recordsWith } from '../support/raw_client.ts';
import { type Change, tamperedHandshake } from '../support/tampered_pair.ts';
import { fullWasmProvider } from '../support/wasm_provider.ts';

const wasm = fullWasmProvider();
const random = randomFrom(8);

/** Values of a wrong length or value that are wrong for every group but those that `good` names. */
function badShares(good: Uint8Array): [string, Uint8Array][] {
  const { length } = good;
  return [
    ['one byte', good.slice(0, 1)],
    ['one byte too few', good.slice(0, -1)],
    ['one byte too many', Uint8Array.of(...good, 0)],
    ['twice as long', Uint8Array.of(...good, ...good)],
    ['zeros', new Uint8Array(length)],
    ['ones', new Uint8Array(length).fill(255)],
    ['random bytes behind 0x05', Uint8Array.of(5, ...random.bytes(length - 1))],
  ];
}

/** Random bytes and ones are good for curves on which every number is a public value. */
function harmless(group: KeyExchangeGroup, name: string): boolean {
  return /^x(25519|448)$/.test(group.name) && (name === 'ones' || name.startsWith('random'));
}

/** Finite fields: any number is an element. Hybrids: the ML-KEM part takes any bytes below q. */
const mayPass = (group: KeyExchangeGroup, name: string) =>
  harmless(group, name) || (name.startsWith('random') && group.name.startsWith('ffdhe'));

for (const group of wasm.groups) {
  test(`a TLS 1.3 server refuses wrong ${group.name} shares (illegal_parameter, §4.2.8)`, async () => {
    const before = testCore().liveSlots;
    const own = await group.generate(wasm.random);
    for (const [name, keyExchange] of badShares(own.share)) {
      const extensions = [
        supportedGroupsExtension([group.id]),
        clientKeyShareExtension([{ group: group.id, keyExchange }]),
      ];
      const options = { provider: wasm, groups: [group.name] };
      const { alert, server } = ask(recordsWith(22, helloFor('1.3', extensions)), options);
      server.destroy();
      if (!mayPass(group, name)) assert.is(alert, 'illegal_parameter', `${name}: ${server.error?.code}`);
      else assert.ok(alert === null || alert === 'illegal_parameter', name);
    }
    own.dispose();
    assert.is(testCore().liveSlots, before);
  });

  test(`a TLS 1.3 client refuses wrong ${group.name} shares (illegal_parameter, §4.2.8)`, async () => {
    const before = testCore().liveSlots;
    const own = await group.generate(wasm.random);
    const answer = await group.respond(own.share, wasm.random);
    answer.sharedSecret.dispose();
    own.dispose();
    for (const [name, share] of badShares(answer.share)) {
      const pair = makePair({
        client: { provider: wasm, groups: [group.name], keyShares: [group.name] },
        server: { provider: wasm, groups: [group.name] },
      });
      move(pair.client, pair.server);
      const record = pair.server.takeOutput()[0];
      const hello = parseServerHello(record.subarray(9, 5 + ((record[3] << 8) | record[4])));
      const extensions = hello.extensions.map(each =>
        each.type === E.key_share
          ? {
              type: each.type,
              data: Uint8Array.of(...each.data.subarray(0, 2), share.length >> 8, share.length & 255, ...share),
            }
          : each,
      );
      pair.client.receive(recordsWith(22, encodeServerHello({ ...hello, extensions })));
      const { error } = pair.client;
      pair.client.destroy();
      pair.server.destroy();
      // An ML-KEM ciphertext of the right length is never refused: it gives another secret (FIPS 203 §6.3).
      const isKem = group.name.includes('MLKEM');
      if (!mayPass(group, name) && !(isKem && error === null)) {
        assert.is(error === null ? null : alertName(alertOfError(error.code, '1.3') ?? -1), 'illegal_parameter', name);
      }
    }
    assert.is(testCore().liveSlots, before);
  });
}

const rebuilt = (type: number, content: Uint8Array) => encodeHandshake(type, writer => writer.bytes(content));
const only =
  (type: number, change: (body: Uint8Array) => Uint8Array): Change =>
  message =>
    message[0] === type && message.length > 2 ? rebuilt(type, change(message.subarray(4))) : message;

for (const group of wasm.groups.filter(({ tls12, name }) => tls12 && !name.startsWith('ffdhe'))) {
  const common = { provider: wasm, groups: [group.name], maxVersion: 'TLSv1.2' } as const;

  test(`a TLS 1.2 server refuses wrong ${group.name} values (illegal_parameter, RFC 8422 §5.11)`, async () => {
    const own = await group.generate(wasm.random);
    for (const [name, share] of badShares(own.share).filter(each => !mayPass(group, each[0]))) {
      const toServer = only(H.client_key_exchange, () => Uint8Array.of(share.length, ...share));
      if (share.length > 255) continue;
      const { server } = tamperedHandshake({ client: common, server: common, toServer });
      assert.is(server.error && alertName(alertOfError(server.error.code, '1.2') ?? -1), 'illegal_parameter', name);
    }
    own.dispose();
  });
}

/** dh_Yc for a 2048-bit prime: outside 2..p-2, or longer than the prime. */
const ffdhe = wasm.groups.find(({ name }) => name === 'ffdhe2048')?.finiteField?.prime as Uint8Array;
const lastByte = (value: number) => Uint8Array.of(...ffdhe.subarray(0, -1), ffdhe[255] + value);
const wrongValues: [string, Uint8Array][] = [
  ['0', Uint8Array.of(0)],
  ['1', Uint8Array.of(1)],
  ['1 at full length', Uint8Array.of(...new Uint8Array(255), 1)],
  ['p - 1', lastByte(-1)],
  ['p', ffdhe],
  ['p and a zero before it', Uint8Array.of(0, ...ffdhe)],
  ['a byte too many', Uint8Array.of(1, ...ffdhe)],
];
const dhe = {
  provider: wasm,
  cipherSuites: ['TLS_DHE_RSA_WITH_AES_128_GCM_SHA256'],
  groups: ['ffdhe2048'],
  maxVersion: 'TLSv1.2',
} as const;

test('a TLS 1.2 server refuses wrong Diffie-Hellman values (illegal_parameter, RFC 7919 §5.1)', () => {
  for (const [name, value] of wrongValues) {
    const { server } = tamperedHandshake({
      client: dhe,
      server: { ...dhe, credentials: [credential('server_rsa')] },
      toServer: only(H.client_key_exchange, () => Uint8Array.of(value.length >> 8, value.length & 255, ...value)),
    });
    assert.instance(server.error, TlsError, name);
    assert.is(server.error && alertName(alertOfError(server.error.code, '1.2') ?? -1), 'illegal_parameter', name);
  }
});

test('a TLS 1.2 server refuses cut, padded and empty ClientKeyExchanges (decode_error, RFC 5246 §7.4.7)', () => {
  const changes: ((body: Uint8Array) => Uint8Array)[] = [
    body => body.slice(0, -1),
    body => Uint8Array.of(...body, 0),
    () => new Uint8Array(0),
    () => Uint8Array.of(0),
    () => Uint8Array.of(0, 0),
  ];
  for (const options of [dhe, { provider: wasm, maxVersion: 'TLSv1.2' } as const]) {
    for (const change of changes) {
      const { server } = tamperedHandshake({
        client: options,
        server: { ...options, credentials: [credential('server_rsa')] },
        toServer: only(H.client_key_exchange, change),
      });
      assert.is(server.error?.code, 'ERR_DECODE_ERROR');
    }
  }
});

test('FFDHE groups that nobody takes here (insufficient_security, RFC 7919 §4)', () => {
  const both = [...dhe.cipherSuites, 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'];
  const credentials = [credential('server_rsa')];
  const client = { ...dhe, groups: ['ffdhe3072'] };
  const refused = tamperedHandshake({ client, server: { ...dhe, credentials } });
  assert.is(refused.server.error?.code, 'ERR_INSUFFICIENT_SECURITY');
  assert.is(refused.client.error?.alert, 71);
  // With another suite at hand that one is taken.
  const other = tamperedHandshake({
    client: { ...client, cipherSuites: both, groups: ['x25519', 'ffdhe3072'] },
    server: { ...dhe, cipherSuites: both, groups: ['ffdhe2048', 'x25519'], credentials },
  });
  assert.is(other.client.info.cipherSuite?.name, both[1]);
});

test.run();
