// Wrong values in the place of every argument of what src/wasm offers beside a provider: AEADs, CBC, SHAKE, PBKDF2, scrypt,
// HPKE. See test/support/wrong_arguments.ts.

import { aeadOpen, aeadSeal, aesCbcDecrypt, aesCbcEncrypt } from '../../src/wasm/aead.ts';
import { shake } from '../../src/wasm/hash.ts';
import { dhkemP256, dhkemX25519 } from '../../src/wasm/hpke/dhkem.ts';
import { hkdfSha256, shake128Kdf } from '../../src/wasm/hpke/kdf.ts';
import { hpkeMlKem, hpkeMlKem768X25519 } from '../../src/wasm/hpke/pq_kem.ts';
import { hpkeAes128Gcm, hpkeSuite } from '../../src/wasm/hpke/suite.ts';
import { pbkdf2 } from '../../src/wasm/pbkdf2.ts';
import { wasmScrypt } from '../../src/wasm/scrypt.ts';
import { hostRandom } from '../support/core.ts';
import { arg, bytes, call, core, maybe, objectCalls, secret, testCalls } from '../support/wrong_arguments.ts';

const key32 = secret(32);
const random = arg('function', hostRandom);

/** Cuts integers, but for 2^53. */
function atMost(most: number, value: unknown): never {
  return (
    typeof value === 'number' && Number.isInteger(value) && value < 2 ** 53 ? Math.min(most, value) : value
  ) as never;
}

for (const run of [aeadSeal, aeadOpen]) {
  const data = run === aeadSeal ? bytes(9) : aeadSeal(core, 'aes-256-gcm', key32, bytes(12), bytes(3), bytes(9));
  call(
    run.name,
    (...given) => (run as (...all: unknown[]) => unknown)(core, ...given),
    arg('name', 'aes-256-gcm'),
    arg('secret', key32),
    arg('bytes', bytes(12)),
    arg('bytes', bytes(3)),
    arg('bytes', data),
  );
}
for (const run of [aesCbcEncrypt, aesCbcDecrypt]) {
  const data = run === aesCbcEncrypt ? bytes(9) : aesCbcEncrypt(core, key32, bytes(16), bytes(9));
  call(
    run.name,
    (key, iv, input) => run(core, key, iv, input),
    arg('secret', key32),
    arg('bytes', bytes(16)),
    arg('bytes', data),
  );
}
call('shake', (data, length) => shake(core, 128, data, length), arg('bytes', bytes(9)), arg('integer', 32));
call(
  'pbkdf2',
  // What takes a minute is no wrong value.
  (hash, password, salt, rounds, length) => pbkdf2(core, hash, password, salt, atMost(1000, rounds), length),
  arg('name', 'sha256'),
  arg('secret', key32),
  arg('bytes', bytes(9)),
  arg('integer', 2),
  arg('integer', 32),
);
const scrypt = wasmScrypt(core);
const costs = { cost: 2, blockSize: 1, parallelization: 1 };
call('scrypt', (password, salt) => scrypt(password, salt, costs, 32), arg('secret', key32), arg('bytes', bytes(9)));
objectCalls('scrypt, the costs', given => scrypt(key32, bytes(9), given, 32), costs, {});
for (const cost of ['cost', 'blockSize', 'parallelization']) {
  call(
    `scrypt, ${cost}`,
    // Sizes that only a machine with more memory has are no wrong values either.
    value => scrypt(key32, bytes(9), { ...costs, [cost]: atMost(1024, value) }, 32),
    arg('integer', 2),
  );
}

for (const [kem, hpkeKdf] of [
  [dhkemX25519(core), hkdfSha256],
  [dhkemP256(core), shake128Kdf],
  [hpkeMlKem(core, 768), hkdfSha256],
  [hpkeMlKem768X25519(core), shake128Kdf],
] as const) {
  const suite = hpkeSuite(core, kem, hpkeKdf, hpkeAes128Gcm);
  const key = kem.generate(hostRandom);
  const psk = { key: key32, id: bytes(3) };
  const { encapsulation, context } = suite.setupSender(key.publicKey, bytes(9), hostRandom);
  const name = `HPKE over ${kem.name}`;
  const scalar = core.importSecret(core.dangerousReveal(key.dangerousExport()));
  call(`${name}, generate`, draws => kem.generate(draws), random);
  call(`${name}, derive`, ikm => kem.derive(ikm), arg('secret', key32));
  call(`${name}, import`, serialized => kem.import(serialized), arg('secret', scalar));
  call(`${name}, decapsulate`, sent => key.decapsulate(sent), arg('bytes', encapsulation));
  call(
    `${name}, the sender`,
    (publicKey, info, draws, given) => suite.setupSender(publicKey, info, draws, given).context,
    arg('bytes', key.publicKey),
    arg('bytes', bytes(9)),
    random,
    maybe('object', psk),
  );
  const withPsk = (given: never) => suite.setupSender(key.publicKey, bytes(9), hostRandom, given).context;
  objectCalls(`${name}, the PSK`, withPsk, psk, { key: 'secret', id: 'bytes' });
  call(`${name}, the PSK`, withPsk, maybe('object', psk)); // without one it is another mode
  call(
    `${name}, the receiver`,
    (own, sent, info, given) => suite.setupReceiver(own, sent, info, given),
    arg('object', key),
    arg('bytes', encapsulation),
    arg('bytes', bytes(9)),
    maybe('object', psk),
  );
  call(
    `${name}, seal`,
    (aad, plaintext) => context.seal(aad, plaintext),
    arg('bytes', bytes(3)),
    arg('bytes', bytes(9)),
  );
  call(`${name}, export`, (info, length) => context.export(info, length), arg('bytes', bytes(3)), arg('integer', 32));
}

testCalls();
