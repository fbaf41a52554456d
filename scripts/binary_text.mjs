// A binary as text that a JavaScript module can hold, small when it is compressed. Base64 puts three bytes into four
// characters, and gzip no longer sees the bytes: a third more. Here a byte is one character, or two if it is rare, so that
// what repeats in the binary repeats in the text; gzip makes of it what it makes of the binary. Which bytes are frequent is
// the same for all binaries, so that what they have in common is the same text, too. Read by src/wasm/binary_text.ts.
//
//   text = for each byte: the character of its rank among the frequent ones, or an escape and a character among the rare ones

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './set_up.mjs';

/**
 * 87 of those that are most often in the binaries together, such that gzip makes least of the texts of the smallest pages. A set
 * that is no longer the best costs some bytes, nothing else.
 */
const frequent = Buffer.from(
  /FREQUENT = '([^']+)'/.exec(readFileSync(join(root, 'src/wasm/binary_text.ts'), 'utf8'))?.[1] ?? '',
  'base64',
);

/** Printable ASCII without what JavaScript, JSON or HTML may want escaped. The first two are the escapes. */
export const alphabet = [...Array(95).keys()]
  .map(i => String.fromCharCode(32 + i))
  .filter(character => !'"$\'<\\`'.includes(character));

/** The text of each byte. @type {string[]} */
const codes = [];
{
  let rank = 2;
  let rare = 0;
  for (let byte = 0; byte < 256; byte++) {
    if ((frequent[byte >> 3] >> (byte & 7)) & 1) codes[byte] = alphabet[rank++];
    else codes[byte] = alphabet[Math.floor(rare / alphabet.length)] + alphabet[rare++ % alphabet.length];
  }
}

/** @param {Uint8Array} bytes @returns {string} */
export function toText(bytes) {
  return Array.from(bytes, byte => codes[byte]).join('');
}
