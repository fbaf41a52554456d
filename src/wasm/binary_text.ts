// The binaries as JavaScript modules hold them: text that gzip shrinks as it does the binary. Written, and explained, by
// scripts/binary_text.mjs.

/** What the characters of the text are not: JavaScript, JSON or HTML may want them escaped. */
const LEFT_OUT = '"$\'<\\`';
const FIRST_CHARACTER = 0x20;
const LAST_CHARACTER = 0x7e;
const HEADER_LENGTH = 64;
/** Character codes, and so the entries of a table, are below this. */
const TABLE = 128;

/** The bytes of a text that the build wrote. Runs once, before anything is compiled: few steps for each byte, in place. */
export function fromText(text: string): Uint8Array {
  const tables = readHeader(text);
  const codes = new TextEncoder().encode(text);
  const end = codes.length;
  let length = 0;
  for (let at = HEADER_LENGTH; at < end; ) {
    let code = codes[at++];
    if (code < FIRST_CHARACTER + 2) code = codes[at++] + (1 + code - FIRST_CHARACTER) * TABLE;
    codes[length++] = tables[code];
  }
  return codes.subarray(0, length);
}

/** The bytes that characters stand for: by themselves, behind the first escape and behind the second. */
function readHeader(text: string): Uint8Array {
  const characters: number[] = [];
  for (let code = FIRST_CHARACTER; code <= LAST_CHARACTER; code++) {
    if (!LEFT_OUT.includes(String.fromCharCode(code))) characters.push(code);
  }
  const tables = new Uint8Array(3 * TABLE);
  let frequent = 2;
  let rare = 0;
  for (let byte = 0; byte < 256; byte++) {
    const digit = Number.parseInt(text[byte >> 2], 16);
    if ((digit >> (byte & 3)) & 1) tables[characters[frequent++]] = byte;
    else {
      const table = 1 + Math.floor(rare / characters.length);
      tables[table * TABLE + characters[rare++ % characters.length]] = byte;
    }
  }
  return tables;
}
