// A binary as text that a JavaScript module can hold, small when it is compressed. Base64 puts three bytes into four
// characters, and gzip no longer sees the bytes: a third more. Here a byte is one character, or two if it is rare, so that
// what repeats in the binary repeats in the text; gzip makes of it what it makes of the binary. Read by
// src/wasm/binary_text.ts.
//
//   text = 64 hexadecimal digits, one bit for each byte value, the lowest first: 1 if it is frequent
//        | for each byte: the character of its rank among the frequent ones, or an escape and a character among the rare ones

const FREQUENT = 87;

/** Printable ASCII without what JavaScript, JSON or HTML may want escaped. The first two are the escapes. */
export const alphabet = [...Array(95).keys()]
  .map(i => String.fromCharCode(32 + i))
  .filter(character => !'"$\'<\\`'.includes(character));

/** @param {Uint8Array} bytes @returns {string} */
export function toText(bytes) {
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte]++;
  const values = [...counts.keys()];
  const byCount = [...values].sort((a, b) => counts[b] - counts[a] || a - b);
  const frequent = new Set(byCount.slice(0, FREQUENT));
  const header = Array.from({ length: 64 }, (_, i) =>
    [0, 1, 2, 3].reduce((digit, bit) => digit | (frequent.has(4 * i + bit) ? 1 << bit : 0), 0).toString(16),
  );
  /** @type {string[]} */
  const codes = [];
  values.filter(value => frequent.has(value)).forEach((value, rank) => (codes[value] = alphabet[2 + rank]));
  values
    .filter(value => !frequent.has(value))
    .forEach((value, rank) => {
      const { length } = alphabet;
      codes[value] = alphabet[Math.floor(rank / length)] + alphabet[rank % length];
    });
  return header.join('') + Array.from(bytes, byte => codes[byte]).join('');
}
