// Trace subjects of assembly/rsa_private/ffdh.ts: Diffie-Hellman in every finite-field group of castls, and the public
// power of RSA key exchange, where the base is the secret.

import { type FieldKind, registeredFieldKinds } from '../registered.ts';
import { type Subject, secretBytes } from '../subject.ts';
import { rsaBits } from '../variants.ts';

const SECRETS = 32;
const MODULUS = 0; // offsets from the scratch area
const BASE = 0x800;
const EXPONENT = 0x1000;
const OUT = 0x1800;

/** Powers of a public value: of the generator for a share, of the peer's share for a secret. */
function power(kind: FieldKind): Subject {
  const { length } = kind.prime;
  return {
    name: `ffdhPower, ${kind.name} (exponent)`,
    family: 'rsa_private',
    secrets: SECRETS,
    prepare: ({ abi, bytes, scratch }, index) => {
      bytes.set(kind.prime, scratch + MODULUS);
      bytes.set(secretBytes(1000, length - 1), scratch + BASE + 1); // below the prime, whose first byte is 0xff
      bytes.set(secretBytes(index, kind.exponentLength), scratch + EXPONENT);
      const at = (place: number) => scratch + place;
      return () => {
        if (!abi.ffdhPower(at(OUT), at(MODULUS), length, at(BASE), at(EXPONENT), kind.exponentLength)) {
          throw new Error('the base is out of range');
        }
      };
    },
  };
}

/** As RSA key exchange uses it (src/wasm/rsa_key_transport.ts): the exponent is public, the padded block is not. */
function publicPowerOfSecret(bits: number): Subject {
  const length = bits / 8;
  return {
    name: `ffdhPower, ${bits} bits, with 65537 (base)`,
    family: 'rsa_private',
    secrets: SECRETS,
    prepare: ({ abi, bytes, scratch }, index) => {
      const modulus = secretBytes(9, length);
      modulus[0] |= 0x80;
      modulus[length - 1] |= 1;
      bytes.set(modulus, scratch + MODULUS);
      const block = secretBytes(index, length);
      block.set([0, 2]); // in range, as every padded block is
      bytes.set(block, scratch + BASE);
      bytes.set([1, 0, 1], scratch + EXPONENT);
      const at = (place: number) => scratch + place;
      return () => {
        if (!abi.ffdhPower(at(OUT), at(MODULUS), length, at(BASE), at(EXPONENT), 3)) {
          throw new Error(`block ${index} is out of range`);
        }
      };
    },
  };
}

export const ffdhSubjects: readonly Subject[] = [
  ...registeredFieldKinds().map(power),
  ...rsaBits.map(publicPowerOfSecret),
];
