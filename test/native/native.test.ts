// The provider on node:crypto against the WASM core: the same bytes, the same refusals, and handshakes with each other.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ClientConfig,
  type ClientTarget,
  clientConfig,
  type ServerConfig,
  serverConfig,
} from '../../src/connection/config.ts';
import { Connection } from '../../src/connection/connection.ts';
import type { ConnectionEvent } from '../../src/connection/events.ts';
import { recordLimits } from '../../src/crypto/record_limits.ts';
import type { OpenedRecords, RecordProtection } from '../../src/crypto/record_protection.ts';
import type { Secret } from '../../src/crypto/secret.ts';
import type { KeyGenerationParameters, SignatureParameters } from '../../src/crypto/signature.ts';
import { disposeSession } from '../../src/handshake/sessions/session.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { peerVerifier } from '../../src/index.ts';
import { nativeProviderOver } from '../../src/native/provider.ts';
import { NativeRecordProtection } from '../../src/native/records.ts';
import { nativeProvider } from '../../src/native.ts';
import { credential } from '../../src/parts.ts';
import { fullProvider } from '../../src/wasm/default_provider.ts';
import { passwordProvider } from '../../src/wasm/password_provider.ts';
import { codeOf, codeOfLater } from '../support/code_of.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { hex } from '../support/hex.ts';
import { fixture, keyPair } from '../support/node_tls.ts';
import { drain, move } from '../support/pair.ts';
import { randomFrom } from '../support/random.ts';

const core = testCore();
const wasm = fullProvider(core);
const native = nativeProviderOver(wasm);
const random = randomFrom(15);
const DATA = 23;
const LIMIT = 16384;

interface Pair {
  readonly name: string;
  /** Protections of one direction, with the same keys. */
  make(): { own: RecordProtection; theirs: RecordProtection };
}

/** Each suite whose records node protects, in both providers. */
function pairs(): Pair[] {
  const kinds: Pair[] = [];
  for (const own of native.cipherSuites13) {
    const theirs = wasm.cipherSuites13.find(({ id }) => id === own.id)!;
    if (own.protect === theirs.protect) continue;
    const bytes = random.bytes(own.keyDerivation.hash.outputLength);
    const make = () => {
      const secret = wasm.importSecret(bytes);
      const made = { own: own.protect(secret), theirs: theirs.protect(secret) };
      secret.dispose();
      return made;
    };
    kinds.push({ name: own.name, make });
  }
  for (const own of native.cipherSuites12) {
    const theirs = wasm.cipherSuites12.find(({ id }) => id === own.id)!;
    if (own.protect === theirs.protect || own.keyExchange !== 'ecdhe' || own.authentication !== 'ecdsa') continue;
    const bytes = random.bytes(own.keyBlockLength);
    for (const writer of ['client', 'server'] as const) {
      const make = () => {
        const block = wasm.importSecret(bytes);
        const made = { own: own.protect(block, writer, false), theirs: theirs.protect(block, writer, false) };
        block.dispose();
        return made;
      };
      kinds.push({ name: `${own.name}, ${writer}`, make });
    }
  }
  return kinds;
}

const summary = ({ plaintext, types, lengths, consumed, failure }: OpenedRecords) => ({
  plaintext: hex(plaintext),
  types: [...types],
  lengths: [...lengths],
  consumed,
  failure,
});

test('AES-GCM and ChaCha20-Poly1305 are node`s, the rest is the base`s', () => {
  const names = pairs().map(({ name }) => name.split(',')[0]);
  assert.equal(
    [...new Set(names)],
    [
      'TLS_AES_128_GCM_SHA256',
      'TLS_AES_256_GCM_SHA384',
      'TLS_CHACHA20_POLY1305_SHA256',
      'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
      'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
      'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
    ],
  );
  assert.equal(
    native.cipherSuites13.map(({ name }) => name).sort(),
    wasm.cipherSuites13.map(({ name }) => name).sort(),
  );
  assert.equal(
    native.cipherSuites12.map(({ name }) => name).sort(),
    wasm.cipherSuites12.map(({ name }) => name).sort(),
  );
  assert.equal(
    native.groups.map(({ name }) => name),
    wasm.groups.map(({ name }) => name),
  );
  assert.is(nativeProvider(), nativeProvider());
});

for (const { name, make } of pairs()) {
  test(`${name}: the same records as the core's, and each opens the other's`, () => {
    const { own, theirs } = make();
    const opening = make();
    assert.is(own.overhead, theirs.overhead);
    for (const [type, length, fragment] of [
      [DATA, 0, LIMIT],
      [DATA, 1, LIMIT],
      [22, 1000, LIMIT],
      [DATA, LIMIT, LIMIT],
      [DATA, 40_000, LIMIT],
      [DATA, 3000, 1000],
    ]) {
      const content = random.bytes(length);
      const sealed = own.sealNext(type, content, fragment);
      assert.equal(sealed, theirs.sealNext(type, content, fragment), `${length} bytes`);
      assert.is(own.sequence, theirs.sequence);
      assert.is(own.remaining, theirs.remaining);
      const opened = opening.own.openNext(sealed, LIMIT);
      assert.equal(summary(opened), summary(opening.theirs.openNext(sealed, LIMIT)), `${length} bytes`);
      assert.equal(opened.plaintext, content);
    }
    for (const each of [own, theirs, opening.own, opening.theirs]) each.dispose();
    assert.is(
      codeOf(() => own.sealNext(DATA, new Uint8Array(1), LIMIT)),
      'ERR_STALE_HANDLE',
    );
    assert.is(
      codeOf(() => opening.own.openNext(new Uint8Array(1), LIMIT)),
      'ERR_STALE_HANDLE',
    );
  });

  test(`${name}: sealInto writes what sealNext gives, where it is told`, () => {
    for (const provider of ['own', 'theirs'] as const) {
      const [one, other] = [make()[provider], make()[provider]];
      for (const [length, fragment] of [
        [0, LIMIT],
        [1, LIMIT],
        [40_000, LIMIT],
        [300_000, LIMIT],
        [500, 100],
      ]) {
        const content = random.bytes(length);
        const expected = one.sealNext(DATA, content, fragment);
        const target = new Uint8Array(expected.length + 20).fill(0xee);
        assert.is(other.sealInto!(target, 7, DATA, content, fragment), expected.length);
        assert.equal(target.subarray(7, 7 + expected.length), expected);
        assert.ok(
          target.subarray(0, 7).every(byte => byte === 0xee) &&
            target.subarray(7 + expected.length).every(byte => byte === 0xee),
        );
        const before = other.sequence;
        for (const at of [21, -1, 1.5]) {
          assert.is(
            codeOf(() => other.sealInto!(target, at, DATA, content, fragment)),
            'ERR_INVALID_ARGUMENT',
          );
        }
        assert.is(other.sequence, before, 'a refused call seals nothing');
      }
      one.dispose();
      other.dispose();
    }
  });

  test(`${name}: refuses what the core refuses, with the same words`, () => {
    const { own, theirs } = make();
    const sealing = make();
    const [type, content] = [DATA, random.bytes(300)];
    const record = sealing.own.sealNext(type, content, LIMIT);
    const changed = (at: number, xor = 1) => {
      const copy = record.slice();
      copy[at < 0 ? copy.length + at : at] ^= xor;
      return copy;
    };
    const malformed: Record<string, Uint8Array> = {
      'another tag': changed(-1),
      'another ciphertext': changed(40),
      'another type outside': changed(0),
      'another version': changed(2),
      'half a header': record.subarray(0, 4),
      'half a record': record.subarray(0, 100),
      'too long': Uint8Array.of(DATA, 3, 3, 0xff, 0xff, 0, 0),
      'shorter than a tag': Uint8Array.of(DATA, 3, 3, 0, 5, 1, 2, 3, 4, 5),
      empty: Uint8Array.of(DATA, 3, 3, 0, 0),
    };
    for (const [what, bytes] of Object.entries(malformed)) {
      assert.equal(summary(own.openNext(bytes, LIMIT)), summary(theirs.openNext(bytes, LIMIT)), what);
      assert.equal(summary(own.openAt(0, bytes, LIMIT)), summary(theirs.openAt(0, bytes, LIMIT)), `${what}, openAt`);
    }
    assert.is(own.sequence, 0, 'a failure does not move the sequence number');
    assert.equal(summary(own.openNext(record, 200)), summary(theirs.openNext(record, 200)), 'over the limit');
    assert.equal(summary(own.openNext(record, LIMIT)), summary(theirs.openNext(record, LIMIT)));
    const empties = make();
    const nothing = empties.theirs.sealNext(22, new Uint8Array(0), LIMIT);
    assert.equal(summary(make().own.openNext(nothing, LIMIT)), summary(make().theirs.openNext(nothing, LIMIT)));
    for (const [fragment, padding] of [
      [0, 0],
      [LIMIT + 1, 0],
      [1.5, 0],
      [LIMIT, 1],
      [100, -1],
      [100, Number.NaN],
    ]) {
      const codes = [sealing.own, sealing.theirs].map(each =>
        codeOf(() => each.sealNext(DATA, content, fragment, padding)),
      );
      assert.is(codes[0], codes[1], `${fragment} ${padding}`);
    }
    assert.equal(own.dangerousSealAt(2 ** 20, DATA, content), theirs.dangerousSealAt(2 ** 20, DATA, content));
    for (const sequence of [2 ** 40, -1, 0.5]) {
      const codes = [own, theirs].map(each => codeOf(() => each.dangerousSealAt(sequence, DATA, content)));
      assert.is(codes[0], codes[1], `${sequence}`);
    }
  });
}

test('records of TLS 1.3 with padding are the core`s', () => {
  for (const { name, make } of pairs().filter(({ name }) => !name.includes('_WITH_'))) {
    const { own, theirs } = make();
    const sealed = own.sealNext(DATA, random.bytes(2000), 1000, 300);
    assert.equal(sealed.length, theirs.sealNext(DATA, random.bytes(2000), 1000, 300).length, name);
    assert.equal(make().own.openNext(sealed, LIMIT).lengths, [1000, 1000]);
  }
});

test('a key is worn out at its limit, and by forgeries (RFC 9846 §5.5, RFC 9147 §4.5.3)', () => {
  const limit = { records: { low: 3, high: 0 }, forgeries: 2 };
  assert.ok(recordLimits['aes-gcm'].records.low > 3);
  const make = () =>
    new NativeRecordProtection(
      { name: 'aes-128-gcm', keyLength: 16, limit },
      '1.3',
      new Uint8Array(16),
      new Uint8Array(12),
    );
  const [seal, open] = [make(), make()];
  assert.is(
    codeOf(() => seal.sealNext(DATA, new Uint8Array(31), 10)),
    'ERR_SEQUENCE_EXHAUSTED',
  );
  const records = seal.sealNext(DATA, new Uint8Array(30), 10);
  assert.is(
    codeOf(() => seal.sealNext(DATA, new Uint8Array(1), 10)),
    'ERR_SEQUENCE_EXHAUSTED',
  );
  assert.equal(open.openNext(records, LIMIT).lengths, [10, 10, 10]);
  assert.is(open.openNext(records, LIMIT).failure, 'ERR_SEQUENCE_EXHAUSTED');
  const forged = records.slice(0, 32);
  forged[31] ^= 1;
  for (let i = 0; i < 2; i++) assert.is(open.openAt(0, forged, LIMIT).failure, 'ERR_DECRYPTION_FAILED');
  assert.is(
    codeOf(() => open.openAt(0, forged, LIMIT)),
    'ERR_SEQUENCE_EXHAUSTED',
  );
});

const reveal = (secret: Secret): string => {
  const text = hex(wasm.dangerousReveal(secret));
  secret.dispose();
  return text;
};

for (const own of native.groups) {
  const theirs = wasm.groups.find(({ id }) => id === own.id)!;
  if (own === theirs) continue;
  test(`${own.name}: agrees with the core in both roles, at once, and refuses what it refuses`, () => {
    for (const [one, other] of [
      [own, theirs],
      [theirs, own],
      [own, own],
    ]) {
      const exchange = one.generate(hostRandom) as Exclude<ReturnType<typeof one.generate>, Promise<unknown>>;
      const answer = other.respond(exchange.share, hostRandom) as { share: Uint8Array; sharedSecret: Secret };
      assert.is(reveal(exchange.complete(answer.share) as Secret), reveal(answer.sharedSecret));
      assert.is(
        codeOf(() => exchange.complete(answer.share)),
        'ERR_INVALID_STATE',
      );
    }
    const fresh = () => own.generate(hostRandom) as Exclude<ReturnType<typeof own.generate>, Promise<unknown>>;
    const { share } = fresh();
    const classical = own.tls12;
    for (const wrong of [share.subarray(1), new Uint8Array(0), new Uint8Array(share.length)]) {
      const codes = [own, theirs].map(group => codeOf(() => group.respond(wrong, hostRandom)));
      assert.is(codes[0], codes[1], `${wrong.length} bytes`);
      if (!classical) continue;
      const exchanges = [own, theirs].map(group => group.generate(hostRandom) as ReturnType<typeof fresh>);
      const [first, second] = exchanges.map(exchange => codeOf(() => exchange.complete(wrong)));
      assert.is(first, second, `completed with ${wrong.length} bytes`);
    }
    assert.is(
      codeOf(() => fresh().complete(new Uint8Array(3))),
      codeOf(() => (theirs.generate(hostRandom) as ReturnType<typeof fresh>).complete(new Uint8Array(3))),
    );
  });
}

test('ML-KEM is node`s where it has it', () => {
  const hybrids = native.groups.filter(({ tls12, name }) => !tls12 && name.includes('MLKEM'));
  const own = hybrids.filter(group => !wasm.groups.includes(group)).length;
  const has = typeof (process.getBuiltinModule?.('node:crypto') as { encapsulate?: unknown } | undefined)?.encapsulate;
  assert.is(own, has === 'function' ? hybrids.length : 0);
});

const pss = (hash: 'sha256' | 'sha384' | 'sha512', saltLength: number) =>
  ({ type: 'rsa-pss', hash, mgfHash: hash, saltLength }) as const;

const keyKinds: Record<string, [KeyGenerationParameters, SignatureParameters[]]> = {
  'P-256': [
    { type: 'ec', curve: 'P-256' },
    [
      { type: 'ecdsa', hash: 'sha256' },
      { type: 'ecdsa', hash: 'sha224' },
    ],
  ],
  'P-384': [
    { type: 'ec', curve: 'P-384' },
    [
      { type: 'ecdsa', hash: 'sha384' },
      { type: 'ecdsa', hash: 'sha512' },
    ],
  ],
  'P-521': [{ type: 'ec', curve: 'P-521' }, [{ type: 'ecdsa', hash: 'sha512' }]],
  Ed25519: [{ type: 'ed25519' }, [{ type: 'ed25519' }]],
  RSA: [
    { type: 'rsa', bits: 2048 },
    [
      { type: 'rsa-pkcs1', hash: 'sha256' },
      { type: 'rsa-pkcs1', hash: 'sha1' },
      pss('sha256', 32),
      pss('sha512', 64),
      pss('sha256', 0),
      { type: 'rsa-pss', hash: 'sha256', mgfHash: 'sha1', saltLength: 20 },
    ],
  ],
};

for (const [name, [generation, signatures]] of Object.entries(keyKinds)) {
  test(`${name}: keys of either sign for the other, and come out as they went in`, async () => {
    const find = (provider: typeof wasm) => provider.privateKeyImporters.find(each => each.handles(generation))!;
    const made = await find(native).generate(generation, hostRandom);
    const material = made.dangerousExport();
    const same = find(wasm).import(material);
    const back = find(native).import(same.dangerousExport());
    assert.equal(made.publicKey, same.publicKey);
    assert.equal(back.publicKey, same.publicKey);
    const message = random.bytes(100);
    for (const parameters of signatures) {
      for (const key of [made, same, back]) {
        const signature = await key.sign(parameters, message, hostRandom);
        for (const provider of [native, wasm]) {
          const verifier = provider.signatureVerifiers.find(each => each.handles(key.publicKey, parameters))!;
          assert.ok(await verifier.verify(key.publicKey, parameters, message, signature), JSON.stringify(parameters));
          const wrong = signature.slice();
          wrong[wrong.length - 1] ^= 1;
          assert.not(await verifier.verify(key.publicKey, parameters, message, wrong));
          assert.not(await verifier.verify(key.publicKey, parameters, message, signature.subarray(1)));
        }
      }
    }
    for (const key of [made, same, back]) {
      const wrong = await Promise.all([
        codeOfLater(() => key.sign({ type: 'ed448' }, message, hostRandom)),
        codeOfLater(() => key.sign(signatures[0], 'text' as never, hostRandom)),
        codeOfLater(() => key.sign(signatures[0], message, null as never)),
      ]);
      assert.equal(wrong, ['ERR_UNSUPPORTED_ALGORITHM', 'ERR_INVALID_ARGUMENT', 'ERR_INVALID_ARGUMENT']);
      key.dispose();
      assert.is(await codeOfLater(() => key.sign(signatures[0], message, hostRandom)), 'ERR_STALE_HANDLE');
    }
  });
}

const credentials = {
  ecdsa: (provider: Provider) => credential({ ...keyPair('server_p256'), provider }),
  rsa: (provider: Provider) => credential({ ...keyPair('server_rsa'), provider }),
};
type Provider = ReturnType<typeof nativeProvider>;

/** A handshake, a line each way, and the sessions that the server gave; both ends gone. */
function shake(client: ClientConfig, server: ServerConfig, target: ClientTarget = {}) {
  const ends = [
    new Connection(client.settings({ serverName: 'localhost', ...target }), { handshakeTimeout: 10_000 }),
    new Connection(server.settings(), { handshakeTimeout: 10_000 }),
  ] as const;
  const events: [ConnectionEvent[], ConnectionEvent[]] = [[], []];
  const settle = () => {
    while (move(ends[0], ends[1]) + move(ends[1], ends[0]) > 0) for (const i of [0, 1]) drain(ends[i], events[i]);
  };
  settle();
  assert.is(ends[0].error ?? ends[1].error, null);
  for (const i of [0, 1]) {
    const line = random.bytes(70_000);
    assert.is(ends[i].write(line), line.length);
    settle();
    const came = events[1 - i].flatMap(event => (event.kind === 'data' ? [event.data] : []));
    assert.equal(new Uint8Array(Buffer.concat(came)), line);
  }
  const sessions = events[0].flatMap(event => (event.kind === 'session' ? [event.session] : []));
  const { info } = ends[0];
  for (const end of ends) end.dispose();
  return { info, sessions };
}

const shared = passwordProvider();
const sides: [Provider, Provider][] = [
  [nativeProvider(), shared],
  [shared, nativeProvider()],
  [nativeProvider(), nativeProvider()],
];
for (const [clients, servers] of sides) {
  test(`client ${clients.name}, server ${servers.name}: every suite and group at once, full and resumed`, () => {
    const verifier = peerVerifier({ ca: fixture('ca.crt') });
    const own = { provider: clients, verifier };
    const tickets = new TicketKeys({ provider: servers });
    const settings: [string, object, keyof typeof credentials][] = [
      ...clients.cipherSuites13.map(({ name }): [string, object, 'ecdsa'] => [name, { cipherSuites: [name] }, 'ecdsa']),
      ...clients.groups
        .filter(({ name }) => !name.startsWith('ffdhe'))
        .map(({ name }): [string, object, 'rsa'] => [name, { groups: [name] }, 'rsa']),
      ...clients.cipherSuites12
        .filter(({ name, keyExchange }) => keyExchange !== 'dhe' && !name.includes('PSK'))
        .map(({ name, authentication }): [string, object, keyof typeof credentials] => [
          name,
          { cipherSuites: [name], maxVersion: 'TLSv1.2' },
          authentication as keyof typeof credentials,
        ]),
    ];
    for (const [name, options, kind] of settings) {
      const client = clientConfig({ ...own, ...options });
      const server = serverConfig({
        provider: servers,
        credentials: [credentials[kind](servers)],
        tickets,
        ...options,
      });
      const first = shake(client, server);
      assert.ok([first.info.cipherSuite?.name, first.info.group?.name].includes(name), name);
      assert.ok(first.sessions.length > 0, name);
      const second = shake(client, server, { session: first.sessions[0] });
      assert.ok(second.info.resumed, name);
      for (const session of [...first.sessions, ...second.sessions]) disposeSession(session);
    }
    tickets.dispose();
  });
}

test.run();
