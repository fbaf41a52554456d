// Public keys of Ed25519 and Ed448 that are points of small order. Public data: variable time.

/** y of the points A with [8] A = 0 (Ed25519) or [4] A = 0 (Ed448), little-endian, in hex. Each of their x has one sign or two. */
const smallOrder = () => ({
  // Of order 1, 2, 4, 8 and 8.
  ed25519: [
    `01${'00'.repeat(31)}`,
    `ec${'ff'.repeat(30)}7f`,
    '00'.repeat(32),
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  ],
  // Of order 1, 2 and 4.
  ed448: [`01${'00'.repeat(56)}`, `fe${'ff'.repeat(27)}fe${'ff'.repeat(27)}00`, '00'.repeat(57)],
});

/**
 * True for a point of small order. By such a key anybody can sign: with the identity as key and R, and S = 0, the equation
 * of RFC 8032 §5.1.7 holds for every message. No private key has one.
 * @param key a canonical encoding, 32 or 57 bytes
 */
export function isSmallOrderVartime(type: 'ed25519' | 'ed448', key: Uint8Array): boolean {
  const last = key.length - 1;
  return smallOrder()[type].some(y => key.every((byte, i) => (i === last ? byte & 0x7f : byte) === byteOf(y, i)));
}

function byteOf(hex: string, i: number): number {
  return Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
}
