// The reserved values of GREASE (RFC 8701 §2), of cipher suites, groups, signature schemes, versions and extensions alike.

/** One of 0x0a0a, 0x1a1a ... 0xfafa. @param random a byte, of which four bits count */
export function greaseValue(random: number): number {
  return ((random & 0xf0) | 0x0a) * 0x0101;
}
