// Families of key files: no more than two seconds, whatever they ask for.

import { generateKeyPairSync } from 'node:crypto';
import { joined } from './certificates.mjs';
import { cat, int, octets, oid, seq, tlv } from './der.mjs';

const file = (title, make) => ({
  name: `file: ${title}`,
  kind: 'file',
  make(n, x509) {
    const input = make(n, x509);
    const run = async () => {
      try {
        const { keys } = x509.parsePkcs12(input, { passphrase: 'a', dangerousNoMac: true });
        for (const { privateKey } of keys) privateKey.dispose();
        return 'read';
      } catch (error) {
        return error.code ?? String(error);
      }
    };
    return { bytes: input.length, run };
  },
});

const data = oid('1.2.840.113549.1.7.1');
const aes = seq(oid('2.16.840.1.101.3.4.1.42'), octets(Buffer.alloc(16)));
const hmac = number => seq(oid(`1.2.840.113549.2.${number}`), [5, 0]);
const pbkdf2 = (iterations, number) =>
  seq(oid('1.2.840.113549.1.5.12'), seq(octets(Buffer.alloc(8)), int(iterations), hmac(number)));
const scrypt = (cost, size, lanes) =>
  seq(oid('1.3.6.1.4.1.11591.4.11'), seq(octets(Buffer.alloc(8)), int(cost), int(size), int(lanes)));
const sealed = derivation => seq(seq(oid('1.2.840.113549.1.5.13'), seq(derivation, aes)), octets(Buffer.alloc(32, 1)));
const bag = (number, value) => seq(oid(`1.2.840.113549.1.12.10.1.${number}`), tlv(0xa0, value));
const safe = (...bags) => seq(data, tlv(0xa0, octets(seq(...bags))));
const pfx = (contents, mac = []) => seq(int(3), seq(data, tlv(0xa0, octets(seq(...contents)))), ...mac);
const macOf = (iterations, hash) =>
  seq(seq(seq(oid(hash), [5, 0]), octets(Buffer.alloc(32))), octets(Buffer.alloc(8)), int(iterations));

/** What asks for as much as the limits allow: `n` does not matter. */
export const files = [
  ...[7, 8, 9, 10, 11].map(number =>
    file(`PBKDF2, PRF ${number}`, () =>
      pfx([safe(bag(2, sealed(pbkdf2(4_250_000 / ([7, 8].includes(number) ? 2 : number > 9 ? 1.5 : 1), number))))]),
    ),
  ),
  file('scrypt', () => pfx([safe(bag(2, sealed(scrypt(2 ** 18, 8, 1))))])),
  file('scrypt in many lanes', () => pfx([safe(bag(2, sealed(scrypt(2 ** 12, 8, 64))))])),
  file('a MAC with SHA-1', () => pfx([safe()], [macOf(4_250_000, '1.3.14.3.2.26')])),
  file('a MAC with SHA-512', () => pfx([safe()], [macOf(4_250_000, '2.16.840.1.101.3.4.2.3')])),
  file('many cheap derivations', n => pfx([joined(n, () => safe(bag(2, sealed(pbkdf2(1, 9)))))])),
  file('many keys', n => {
    const key = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' });
    return pfx([safe(joined(n, () => bag(1, key)))]);
  }),
  file('many RSA keys', () => {
    const key = generateKeyPairSync('rsa', { modulusLength: 4096 }).privateKey.export({ format: 'der', type: 'pkcs8' });
    return pfx([safe(joined(200_000, () => bag(1, key)))]);
  }),
  file('octets in BER, in many pieces', n =>
    cat(
      [0x30, 0x80],
      int(3),
      [0x30, 0x80],
      data,
      [0xa0, 0x80, 0x24, 0x80],
      joined(n, () => octets([65])),
      Buffer.alloc(8),
    ),
  ),
];
