// The messages of a stranger, of about `n` bytes where they can be of any length. Lists are filled with what costs most.

import { randomBytes } from 'node:crypto';
import { extension, fill, message, u8, u16, vector } from '../peer.mjs';

export const CLIENT_HELLO = 1;
export const id = i => u16(0x0800 + (i % 0xf000));

// --- Messages

/** A ClientHello of TLS 1.3 that a server answers, with more. @param more extensions, or bytes for other fields */
export function clientHello({
  suites = u16(0x1301),
  session = '',
  more = [],
  group = 29,
  share = randomBytes(32),
  versions,
  last = [],
}) {
  const extensions = [
    extension(10, vector(2, u16(group))),
    extension(13, vector(2, u16(0x0403), u16(0x0804))),
    extension(43, versions ?? vector(1, u16(0x0304))),
    ...more,
    ...(more.some(each => each.readUInt16BE(0) === 51) ? [] : [extension(51, vector(2, u16(group), vector(2, share)))]),
    ...last,
  ];
  const kept = extensions.filter(
    (each, i) => extensions.findLastIndex(other => other.readUInt16BE(0) === each.readUInt16BE(0)) === i,
  );
  return message(
    CLIENT_HELLO,
    u16(0x0303),
    randomBytes(32),
    vector(1, Buffer.from(session)),
    vector(2, suites),
    vector(1, u8(0)),
    vector(2, ...kept),
  );
}

/** The extensions of a block again. */
export function split(block) {
  const extensions = [];
  for (let at = 0; at < block.length; at += 4) extensions.push(block.subarray(at, at + 4));
  return extensions;
}

export function psks(n) {
  const count = Math.floor(Math.min(n, 60_000) / 140);
  const identities = Array.from({ length: count }, () => Buffer.concat([vector(2, randomBytes(100)), Buffer.alloc(4)]));
  const binders = Array.from({ length: count }, () => vector(1, randomBytes(32)));
  return extension(41, vector(2, ...identities), vector(2, ...binders));
}

export const CERTIFICATE = 11;
export const entries13 = n =>
  message(
    CERTIFICATE,
    u8(0),
    vector(
      3,
      fill(n, () => Buffer.concat([vector(3, [0x30]), u16(0)])),
    ),
  );
export const entries12 = n =>
  message(
    CERTIFICATE,
    vector(
      3,
      fill(n, () => vector(3, [0x30])),
    ),
  );
/** Each entry with extensions of its own, of unknown types: refused at the first. */
export const extended13 = n =>
  message(
    CERTIFICATE,
    u8(0),
    vector(
      3,
      fill(n, i => Buffer.concat([vector(3, [0x30]), vector(2, extension(0x3000 + (i % 0x1000)))])),
    ),
  );
export const names = n => fill(Math.min(n, 65_000), i => vector(2, [0x30, 2, 5, i & 255]));
export const request13 = (n, context = '') =>
  message(
    13,
    vector(1, Buffer.from(context)),
    vector(2, extension(13, vector(2, u16(0x0403), u16(0x0804))), extension(47, vector(2, names(n)))),
  );
export const filters13 = n =>
  message(
    13,
    u8(0),
    vector(
      2,
      extension(13, vector(2, u16(0x0403))),
      extension(
        48,
        vector(
          2,
          fill(Math.min(n, 65_000), i => Buffer.concat([vector(1, [6, 3, 0x55, 0x1d, i & 63]), u16(0)])),
        ),
      ),
    ),
  );
export const verify = (scheme, length) => message(15, u16(scheme), vector(2, randomBytes(length)));
export const ticket = n =>
  message(4, Buffer.alloc(8), vector(1, randomBytes(8)), vector(2, randomBytes(Math.min(n, 60_000))), u16(0));

export function updates({ sealer }, n, request) {
  return fill(n, () => {
    const bytes = sealer.seal(22, message(24, u8(request)));
    sealer.update();
    return bytes;
  });
}
