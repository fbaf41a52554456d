// Leaks that comparing the traces of some secrets does not find: branches that are rarely taken, counts of bits, floats,
// long inputs alone. And two that it finds, as a control. The trace check passes the first seven (README of issue 10).

import { inside, type Planted } from '../mutants.ts';

export interface RareLeak extends Planted {
  readonly family: string;
  /** Names of the subjects that must see it. */
  readonly seen: RegExp;
}

const x25519 = {
  family: 'x25519',
  file: 'ec/curve25519/x25519.ts',
  behind: /clamp\(k, scalar\);\n/,
  seen: /^x25519 \(scalar\)/,
} as const;

export const rareLeaks: readonly RareLeak[] = [
  {
    what: 'X25519: a branch where 24 bits of an intermediate value are one certain number',
    family: 'x25519',
    file: 'ec/curve25519/ladder.ts',
    behind: /multiplyPairs\(two, left, right\);.*\n/,
    leak: '  if ((load<u32>(two) & 0xffffff) == 0x123456) store<u32>(small, 1);',
    seen: /^x25519 \(scalar\)/,
  },
  {
    what: 'P-256: the order is subtracted only where that is needed (`if` in place of a mask)',
    family: 'p256',
    file: 'shared/weierstrass/element.ts',
    behind: inside('reduceOnce<M>'),
    leak: '  if (belowModulus<M>(a) != 0) return;',
    seen: /^p256Sign \(private key/,
  },
  {
    ...x25519,
    what: 'X25519: clz of a limb of the scalar',
    leak: '  store<u32>(a, clz<u32>(load<u32>(k, 4)));',
  },
  {
    ...x25519,
    what: 'X25519: popcnt of a limb of the scalar',
    leak: '  store<u32>(a, popcnt<u32>(load<u32>(k, 4)), 4);',
  },
  {
    ...x25519,
    what: 'X25519: the scalar as floats, converted and compared',
    leak: '  store<u32>(a, <u32>load<f64>(k, 8) + <u32>(load<f64>(k, 16) < load<f64>(k, 8)), 8);',
  },
  {
    what: 'AES: the key schedule branches where half a word is one certain number, once in 2^16',
    family: 'core',
    file: 'core/cipher/aes_permute.ts',
    behind: / {4}word \^= load<u32>\(at\);\n/,
    leak: '    if ((word & 0xffff) == 0xbeef) store<u32>(schedule, load<u32>(schedule));',
    seen: /^seal gcm, 128-bit key, nonce of 12, tag of 16, 50 bytes/,
  },
  {
    what: 'AES-GCM: a branch on the key for messages of 4096 bytes and more',
    family: 'core',
    file: 'core/aead/gcm.ts',
    behind: inside('gcmSealGeneral'),
    leak: '  if (length >= 4096 && (load<u8>(key) & 1) != 0) store<u8>(expected, 1);',
    seen: /^gcm, (4096|16384|16401|100000) bytes/,
  },
  {
    ...x25519,
    what: 'control: a branch on one bit of the scalar',
    leak: '  if (load<u8>(k, 9) & 4) store<u32>(a, 1, 12);',
  },
  {
    what: 'control: RSA branches where two limbs of an intermediate value are zero',
    family: 'rsa_private',
    file: 'shared/bignum/montgomery.ts',
    behind: /\/\/ The two lowest limbs decide q0 and q1 and vanish but for their carry\.\n/,
    leak: '    if (a0 == 0 && a1 == 0) store<u64>(accumulators, 1);',
    seen: /^rsaPrivateBegin, rsaPrivateStep and rsaPrivateFinish, 2048 bits/,
  },
];
