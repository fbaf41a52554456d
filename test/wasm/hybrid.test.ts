// ML-KEM and its hybrids as TLS groups: shares and secrets put together from their halves (RFC 10024), refusals, and
// asynchronous classical halves.

import { runInNewContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { KeyExchange, KeyExchangeGroup } from '../../src/crypto/key_exchange.ts';
import type { Secret } from '../../src/crypto/secret.ts';
import {
  hybridGroup,
  mlKemGroup,
  secp256r1MlKem768Group,
  secp384r1MlKem1024Group,
  x25519MlKem768Group,
} from '../../src/wasm/hybrid.ts';
import { mlKem768, mlKemFromSeed } from '../../src/wasm/mlkem.ts';
import { secp256r1Group } from '../../src/wasm/p256.ts';
import { secp384r1Group } from '../../src/wasm/p384.ts';
import { x25519, x25519Group, x25519PublicKey } from '../../src/wasm/x25519.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { hex } from '../support/hex.ts';
import { randomFrom } from '../support/random.ts';

const core = testCore();
const x25519MlKem768 = x25519MlKem768Group(core, x25519Group(core));

/** id, client share, server share, secret: RFC 10024 §4.1 to §4.3, draft-ietf-tls-mlkem. */
const groups: readonly [KeyExchangeGroup, number, string, number, number, number][] = [
  [x25519MlKem768, 0x11ec, 'X25519MLKEM768', 1216, 1120, 64],
  [secp256r1MlKem768Group(core, secp256r1Group(core)), 0x11eb, 'SecP256r1MLKEM768', 1249, 1153, 64],
  [secp384r1MlKem1024Group(core, secp384r1Group(core)), 0x11ed, 'SecP384r1MLKEM1024', 1665, 1665, 80],
  [mlKemGroup(core, 512), 0x0200, 'MLKEM512', 800, 768, 32],
  [mlKemGroup(core, 768), 0x0201, 'MLKEM768', 1184, 1088, 32],
  [mlKemGroup(core, 1024), 0x0202, 'MLKEM1024', 1568, 1568, 32],
];

function reveal(secret: Secret): Uint8Array {
  const bytes = core.dangerousReveal(secret);
  secret.dispose();
  return bytes;
}

async function code(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'nothing was thrown';
}

for (const [group, id, name, clientLength, serverLength, secretLength] of groups) {
  test(`${name}: both sides get the same secret, and no slot is left over`, async () => {
    const slots = core.liveSlots;
    const exchange = await group.generate(hostRandom);
    const { share, sharedSecret } = await group.respond(exchange.share, hostRandom);
    assert.equal(
      [group.id, group.name, group.tls12, exchange.share.length, share.length],
      [id, name, false, clientLength, serverLength],
    );
    const secret = reveal(await exchange.complete(share));
    assert.is(secret.length, secretLength);
    assert.is(hex(secret), hex(reveal(sharedSecret)));
    assert.is(await code(() => exchange.complete(share)), 'ERR_INVALID_STATE');
    exchange.dispose();
    assert.is(core.liveSlots, slots);
  });

  test(`${name}: shares of wrong length are refused, and no slot is left over`, async () => {
    const slots = core.liveSlots;
    const first = await group.generate(hostRandom);
    const { share } = first;
    for (const wrong of [share.subarray(1), new Uint8Array([...share, 0]), new Uint8Array(0)]) {
      assert.is(await code(() => group.respond(wrong, hostRandom)), 'ERR_INVALID_PUBLIC_KEY');
    }
    for (const length of [0, 1, serverLength - 1, serverLength + 1]) {
      const exchange = await group.generate(hostRandom);
      const refused = await code(() => exchange.complete(new Uint8Array(length)));
      assert.ok(['ERR_INVALID_CIPHERTEXT', 'ERR_INVALID_PUBLIC_KEY'].includes(refused), refused);
    }
    first.dispose();
    assert.is(core.liveSlots, slots);
  });
}

test('X25519MLKEM768 is ML-KEM first, then X25519, in shares and in the secret', () => {
  // The client draws its X25519 scalar, then the seed of ML-KEM.
  const random = randomFrom(5);
  const [scalar, seed] = [random.bytes(32), random.bytes(64)];
  const draws = [scalar, seed];
  const exchange = x25519MlKem768.generate(target => target.set(draws.shift()!)) as Exclude<
    ReturnType<typeof x25519MlKem768.generate>,
    Promise<unknown>
  >;
  const [scalarSecret, seedSecret] = [core.importSecret(scalar), core.importSecret(seed)];
  const key = mlKemFromSeed(core, mlKem768, seedSecret);
  assert.is(hex(exchange.share), hex(key.encapsulationKey) + hex(x25519PublicKey(core, scalarSecret)));
  const answer = x25519MlKem768.respond(exchange.share, hostRandom) as { share: Uint8Array; sharedSecret: Secret };
  const quantum = reveal(key.decapsulate(answer.share.subarray(0, 1088)));
  const classical = reveal(x25519(core, scalarSecret, answer.share.subarray(1088)));
  assert.is(hex(reveal(answer.sharedSecret)), hex(quantum) + hex(classical));
  for (const owned of [exchange, scalarSecret, seedSecret, key]) owned.dispose();
});

test('a bad half is refused: a coefficient over q, a point of small order, a point off the curve', async () => {
  for (const [group, , name] of groups.slice(0, 3)) {
    const exchange = await group.generate(hostRandom);
    const kemFirst = name.startsWith('X25519');
    const kemAt = kemFirst ? 0 : exchange.share.length - (name.endsWith('768') ? 1184 : 1568);
    const overQ = exchange.share.slice();
    overQ.set([0xff, 0x0f], kemAt);
    const badPoint = exchange.share.slice();
    if (kemFirst) badPoint.fill(0, 1184);
    else badPoint[10] ^= 1;
    const slots = core.liveSlots;
    for (const share of [overQ, badPoint]) {
      assert.is(await code(() => group.respond(share, hostRandom)), 'ERR_INVALID_PUBLIC_KEY');
    }
    assert.is(core.liveSlots, slots);
    const answer = await group.respond(exchange.share, hostRandom);
    answer.sharedSecret.dispose();
    const badAnswer = answer.share.slice();
    if (kemFirst) badAnswer.fill(0, 1088);
    else badAnswer[10] ^= 1;
    assert.is(await code(() => exchange.complete(badAnswer)), 'ERR_INVALID_PUBLIC_KEY');
  }
});

test('a classical group that answers later makes a hybrid that answers later', async () => {
  const inner = x25519Group(core);
  const later: KeyExchangeGroup = {
    ...inner,
    generate: async random => {
      const exchange = await inner.generate(random);
      return {
        group: later,
        share: exchange.share,
        complete: async share => exchange.complete(share),
        dispose: () => exchange.dispose(),
      };
    },
    respond: async (share, random) => inner.respond(share, random),
  };
  const parameters = { id: 0x11ec, name: 'X25519MLKEM768', mlkem: 768, order: 'mlkem-first' } as const;
  const group = hybridGroup(core, { ...parameters, classical: later });
  const slots = core.liveSlots;
  const exchange = await group.generate(hostRandom);
  const { share, sharedSecret } = await group.respond(exchange.share, hostRandom);
  assert.is(hex(reveal(await exchange.complete(share))), hex(reveal(sharedSecret)));
  const second = await group.generate(hostRandom);
  const wrong = second.share.slice();
  wrong.fill(0, 1184);
  assert.is(await code(() => group.respond(wrong, hostRandom)), 'ERR_INVALID_PUBLIC_KEY');
  second.dispose();
  assert.is(core.liveSlots, slots);
});

for (const [kind, later] of Object.entries({
  // biome-ignore lint/suspicious/noThenProperty: that is what is tested
  'a thenable': <T>(value: T) => ({ then: (done: (value: T) => void) => void done(value) }) as unknown as Promise<T>,
  'a promise of another realm': <T>(value: T) =>
    (runInNewContext('v => Promise.resolve(v)') as (v: T) => Promise<T>)(value),
  'a promise': <T>(value: T) => Promise.resolve(value),
})) {
  test(`a classical half that answers by ${kind} is waited for`, async () => {
    const classical = x25519Group(core);
    const group = hybridGroup(core, {
      id: 0x11ec,
      name: 'X25519MLKEM768',
      mlkem: 768,
      order: 'mlkem-first',
      classical: {
        ...classical,
        generate: random => {
          const exchange = classical.generate(random) as KeyExchange;
          return later({
            group: exchange.group,
            share: exchange.share,
            complete: (share: Uint8Array) => later(exchange.complete(share) as Secret),
            dispose: () => exchange.dispose(),
          });
        },
        respond: (share, random) =>
          later(classical.respond(share, random) as { share: Uint8Array; sharedSecret: Secret }),
      },
    });
    const slots = core.liveSlots;
    const exchange = await group.generate(hostRandom);
    assert.is(exchange.share.length, 1216);
    const { share, sharedSecret } = await group.respond(exchange.share, hostRandom);
    assert.equal(reveal(await exchange.complete(share)), reveal(sharedSecret));
    assert.is(core.liveSlots, slots);
  });
}

test.run();
