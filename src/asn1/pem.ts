// PEM, the textual encoding of RFC 7468: any number of blocks with text around them. Reading is the lax form of §2
// figure 2, without RFC 1421 headers; writing is strict.

import { TlsError } from '../base/errors.ts';

/** One block: what stands between "-----BEGIN LABEL-----" and "-----END LABEL-----". */
export interface PemBlock {
  /** For example "CERTIFICATE" or "PRIVATE KEY". */
  readonly label: string;
  /** A fresh buffer that the caller owns. */
  readonly bytes: Uint8Array;
}

const boundary = /^-----(BEGIN|END) ([\x21-\x2c\x2e-\x7e](?:[- ]?[\x21-\x2c\x2e-\x7e])*)?-----[ \t]*$/;

/** Characters of the longest boundary: labels have some thirty. */
const MAX_BOUNDARY = 1024;

/**
 * All blocks of `text`, in order; text outside of blocks is ignored (RFC 7468 §2). Time is linear in the length.
 * @param label only blocks with this label
 * @throws ERR_MALFORMED_PEM for a block without its end, with another label at its end, or with bad base64
 */
export function parsePem(text: string, label?: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  let open: string | undefined;
  let bodyStart = 0;
  // Only what begins with five hyphens can be a boundary: everything between is looked at once, by the decoder.
  for (let at = text.indexOf('-----'); at >= 0; at = text.indexOf('-----', at)) {
    const start = at;
    at = lineEnd(text, start);
    const match = isLineStart(text, start) ? boundary.exec(text.slice(start, at)) : null;
    if (match === null) {
      // Several runs may stand in one line: go on behind this one.
      at = start + 5;
      continue;
    }
    const [, kind, name = ''] = match;
    if (kind === 'BEGIN') {
      if (open !== undefined) bad(text, start, `a BEGIN inside the block "${open}"`);
      open = name;
      bodyStart = at;
      continue;
    }
    if (open === undefined) bad(text, start, 'an END without its BEGIN');
    if (open !== name) bad(text, start, `the block "${open}" ends as "${name}"`);
    if (label === undefined || label === name)
      blocks.push({ label: name, bytes: decodeBase64(text, bodyStart, start) });
    open = undefined;
  }
  if (open !== undefined) bad(text, text.length, `the block "${open}" has no end`);
  return blocks;
}

function isLineStart(text: string, at: number): boolean {
  return at === 0 || text[at - 1] === '\n' || text[at - 1] === '\r';
}

/** Where the line that begins at `at` ends; no boundary is longer than MAX_BOUNDARY. */
function lineEnd(text: string, at: number): number {
  const most = Math.min(text.length, at + MAX_BOUNDARY);
  for (let i = at; i < most; i++) if (text[i] === '\n' || text[i] === '\r') return i;
  return most;
}

/** One block in the strict form: lines of 64 characters, each ended by a newline. */
export function formatPem(label: string, bytes: Uint8Array): string {
  return `-----BEGIN ${label}-----\n${encodeBase64(bytes)}-----END ${label}-----\n`;
}

/** @param at offset in `text` of what is wrong */
function bad(text: string, at: number, why: string): never {
  let line = 1;
  for (let i = 0; i < at; i++) {
    if (text[i] === '\n' || (text[i] === '\r' && text[i + 1] !== '\n')) line++;
  }
  throw new TlsError('ERR_MALFORMED_PEM', `malformed PEM in line ${line}: ${why}`);
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** What each ASCII character is in base64: its six bits, or one of the classes behind them. */
const SPACE = 64;
const PADDING = 65;
const WRONG = 66;
const classes = /* @__PURE__ */ classTable();

function classTable(): Uint8Array {
  const table = new Uint8Array(128).fill(WRONG);
  for (let i = 0; i < 64; i++) table[alphabet.charCodeAt(i)] = i;
  for (const space of ' \t\v\f\r\n') table[space.charCodeAt(0)] = SPACE;
  table['='.charCodeAt(0)] = PADDING;
  return table;
}

// Private keys come through here, too. A table lookup by secret bytes happens in every PEM reader; a key file that
// someone else can watch being read has other problems, so no constant time is claimed for it.
function decodeBase64(text: string, start: number, end: number): Uint8Array {
  const digits = countDigits(text, start, end);
  // The one buffer that the bytes are ever in: whoever wipes it has wiped all.
  const bytes = new Uint8Array(Math.floor((digits * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = start; i < end; i++) {
    const value = classes[text.charCodeAt(i)];
    if (value >= SPACE) continue;
    bits = (bits << 6) | value;
    if (++held < 4) continue;
    bytes[at++] = bits >> 16;
    bytes[at++] = bits >> 8;
    bytes[at++] = bits;
    bits = held = 0;
  }
  if (held > 0) bytes[at++] = bits >> (held === 2 ? 4 : 10);
  if (held === 3) bytes[at++] = bits >> 2;
  const rest = held === 2 ? 0xf : held === 3 ? 0x3 : 0;
  if ((bits & rest) !== 0) bad(text, end, 'base64 whose last bits are not zero');
  return bytes;
}

/** Checks that it is base64 with its padding; returns the number of characters that carry bits. */
function countDigits(text: string, start: number, end: number): number {
  let digits = 0;
  let padding = 0;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    const kind = code < 128 ? classes[code] : WRONG;
    if (kind === SPACE) continue;
    if (kind === PADDING) {
      if (++padding > 2) bad(text, i, 'base64 of impossible length');
    } else if (kind === WRONG || padding > 0) {
      if (text.slice(i, end).includes(':'))
        bad(text, i, 'RFC 1421 headers ("Proc-Type", "DEK-Info"), which RFC 7468 §2 does not allow');
      bad(text, i, `the character ${JSON.stringify(text[i])} in base64`);
    } else digits++;
  }
  if ((digits + padding) % 4 !== 0) bad(text, end, 'base64 of impossible length');
  return digits;
}

/** Base64 in lines of 64 characters. */
function encodeBase64(bytes: Uint8Array): string {
  const LINE = 48;
  const codes = Uint8Array.from(alphabet, digit => digit.charCodeAt(0));
  const digits = Math.ceil(bytes.length / 3) * 4;
  const out = new Uint8Array(digits + Math.ceil(bytes.length / LINE));
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const triple = (bytes[i] << 16) | (left > 1 ? bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
    out[at++] = codes[triple >> 18];
    out[at++] = codes[(triple >> 12) & 63];
    out[at++] = left > 1 ? codes[(triple >> 6) & 63] : 0x3d;
    out[at++] = left > 2 ? codes[triple & 63] : 0x3d;
    if (left <= 3 || (i + 3) % LINE === 0) out[at++] = 0x0a;
  }
  const text = new TextDecoder().decode(out);
  out.fill(0);
  return text;
}
