// The kernels on this engine: published answers, one for each binary or more, through the provider as a config has it.

import { defaultProvider } from 'castls';
import { equal, fromHex, hex, type RuntimeTest } from './host.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

export const knownAnswers: readonly RuntimeTest[] = [
  {
    name: 'SHA-256, SHA-384 (FIPS 180-4) and HMAC through HKDF (RFC 5869 A.1)',
    async run() {
      const provider = defaultProvider();
      equal(
        hex(provider.keyDerivation('sha256').hash.digest(text('abc'))),
        'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
        'SHA-256',
      );
      equal(
        hex(provider.keyDerivation('sha384').hash.digest(text('abc'))).slice(0, 32),
        'cb00753f45a35e8bb5a03d699ac65007',
        'SHA-384',
      );
      const derivation = provider.keyDerivation('sha256');
      const key = provider.importSecret(fromHex('0b'.repeat(22)));
      const salt = provider.importSecret(fromHex('000102030405060708090a0b0c'));
      const extracted = derivation.extract(salt, key);
      equal(
        hex(provider.dangerousReveal(extracted)),
        '077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5',
        'HKDF-Extract',
      );
      for (const secret of [key, salt, extracted]) secret.dispose();
    },
  },
  {
    name: 'X25519 on the vector of RFC 7748 §6.1',
    async run() {
      const provider = defaultProvider();
      const group = provider.groups.find(({ name }) => name === 'x25519');
      if (group === undefined) throw new Error('there is no x25519');
      const alice = fromHex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a');
      const scripted = (bytes: Uint8Array) => (target: Uint8Array) => target.set(bytes.subarray(0, target.length));
      const exchange = await group.generate(scripted(alice));
      const secret = await exchange.complete(
        fromHex('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f'),
      );
      equal(hex(exchange.share), '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a', 'the share');
      equal(
        hex(provider.dangerousReveal(secret)),
        '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742',
        'the secret',
      );
      secret.dispose();
    },
  },
  {
    name: 'every group agrees with itself',
    async run() {
      const provider = defaultProvider();
      for (const group of provider.groups) {
        const client = await group.generate(provider.random);
        const answer = await group.respond(client.share, provider.random);
        const mine = await client.complete(answer.share);
        equal(hex(provider.dangerousReveal(mine)), hex(provider.dangerousReveal(answer.sharedSecret)), group.name);
        for (const secret of [mine, answer.sharedSecret, client]) secret.dispose();
      }
    },
  },
];
