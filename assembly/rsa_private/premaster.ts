// The premaster secret of RSA key exchange out of a decrypted block (RFC 5246 §7.4.7.1). No sign of what was wrong:
// the result is the block's last 48 bytes or the random ones, picked by one mask in constant time (Bleichenbacher
// 1998, and ROBOT 2018 for what happens otherwise).

import { choose32, equal32, nonZero32 } from '../shared/ct';

const PREMASTER: usize = 48;

/**
 * out = the premaster secret in the EME-PKCS1-v1_5 block of `length` bytes (at least 59) if it is well formed and
 * starts with clientVersion; else the 48 bytes at `random`. Wipes block and random.
 */
export function rsaPremaster(out: usize, block: usize, length: usize, clientVersion: u32, random: usize): void {
  // CT begin: secret = block, random
  const separator = length - PREMASTER - 1;
  let good = equal32(load<u8>(block), 0) & equal32(load<u8>(block, 1), 2);
  for (let i: usize = 2; i < separator; i++) good &= nonZero32(load<u8>(block + i));
  good &= equal32(load<u8>(block + separator), 0);
  const version = (<u32>load<u8>(block + separator, 1) << 8) | <u32>load<u8>(block + separator, 2);
  good &= equal32(version, clientVersion);
  for (let i: usize = 0; i < PREMASTER; i++) {
    const wrong = <u32>load<u8>(random + i);
    const right = <u32>load<u8>(block + separator + 1 + i);
    store<u8>(out + i, <u8>choose32(good, wrong, right));
  }
  memory.fill(block, 0, length);
  memory.fill(random, 0, PREMASTER);
  // CT end
}
