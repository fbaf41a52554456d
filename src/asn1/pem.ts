// PEM, the textual encoding of RFC 7468: any number of blocks with text around them. Writing is strict. Reading is wider
// than the lax form of §2 figure 2, because of how such files come about: copied out of web pages, indented in YAML, joined
// by "cat", saved with a byte order mark; with headers of RFC 1421. docs/x509.md has the list. What the base64 says is
// never guessed at.

import { requireBytes, requireString } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';

/** One block: what stands between "-----BEGIN LABEL-----" and "-----END LABEL-----". */
export interface PemBlock {
  /** For example "CERTIFICATE" or "PRIVATE KEY". */
  readonly label: string;
  /** A fresh buffer that the caller owns. */
  readonly bytes: Uint8Array;
  /** Headers of RFC 1421 ("DEK-Info") or a comment, by name; absent if there are none. */
  readonly headers?: ReadonlyMap<string, string>;
}

/** A block with its place, for messages: the line of its BEGIN from 1 on, and its number among all blocks from 1 on. */
export interface PlacedPemBlock extends PemBlock {
  readonly line: number;
  readonly number: number;
}

/** A block that could not be read. */
export class PemFault {
  readonly label: string;
  readonly line: number;
  readonly number: number;
  readonly #why: string;

  constructor(label: string, line: number, number: number, why: string) {
    this.label = label;
    this.line = line;
    this.number = number;
    this.#why = why;
  }

  /** ERR_MALFORMED_PEM. Made when it is asked for: a text may have many faults, and an error costs its trace. */
  get error(): TlsError {
    return new TlsError('ERR_MALFORMED_PEM', `malformed PEM in line ${this.line}: ${this.#why}`);
  }
}

const BEGIN = '-----BEGIN ';
const END = '-----END ';
const HYPHENS = '-----';

/** Characters of the longest boundary: labels have some thirty. */
const MAX_BOUNDARY = 128;

/** RFC 7468 §3, with the labels of all that is in use; empty too. */
const labelForm = /^(?:[\x21-\x2c\x2e-\x7e](?:[- ]?[\x21-\x2c\x2e-\x7e])*)?$/;

/**
 * All blocks of `text`, in order; text outside of blocks is ignored (RFC 7468 §2), and so are blocks of OpenPGP, which only
 * look like PEM. Time is linear in the length.
 * @param labels only blocks with this label, or one of these; others are not even decoded
 * @throws ERR_MALFORMED_PEM for a block without its end, with another label at its end, or with bad base64
 */
export function parsePem(text: string, labels?: string | readonly string[]): PemBlock[] {
  const { blocks, faults } = readPem(text, labels);
  if (faults.length > 0) throw faults[0].error;
  return blocks.map(({ label, bytes, headers }) =>
    headers === undefined ? { label, bytes } : { label, bytes, headers },
  );
}

/**
 * As parsePem, but one odd block does not end the others: what cannot be read is listed beside them.
 * @param labels as for parsePem; a fault of a block that is not asked for is none
 */
export function readPem(
  text: string,
  labels?: string | readonly string[],
): { blocks: PlacedPemBlock[]; faults: PemFault[] } {
  requireString(text, 'PEM text');
  const wanted = typeof labels === 'string' ? [labels] : labels;
  const scanner = new Scanner(text, label => (wanted?.includes(label) ?? true) && !label.startsWith('PGP '));
  while (scanner.next());
  const { blocks, faults } = scanner;
  return { blocks, faults };
}

/**
 * Text of a file that may hold PEM: in UTF-8, or in UTF-16 if its first octets say so, as PowerShell writes it. Octets that
 * are no text, between blocks, stay harmless.
 */
export function pemText(bytes: Uint8Array): string {
  const utf16 =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : undefined;
  return new TextDecoder(utf16).decode(bytes);
}

/** Goes through a text from block to block. */
class Scanner {
  readonly blocks: PlacedPemBlock[] = [];
  readonly faults: PemFault[] = [];
  readonly #text: string;
  readonly #wanted: (label: string) => boolean;
  #at = 0;
  #number = 0;
  /** Where the last END stopped: another block may begin right there. */
  #joint = -1;
  /** Lines counted so far, and up to where. */
  #line = 1;
  #counted = 0;

  constructor(text: string, wanted: (label: string) => boolean) {
    this.#text = text;
    this.#wanted = wanted;
  }

  /** Reads up to the end of the next block; false at the end of the text. */
  next(): boolean {
    const text = this.#text;
    const start = text.indexOf(HYPHENS, this.#at);
    if (start < 0) return false;
    const kind = text.startsWith(BEGIN, start) ? BEGIN : text.startsWith(END, start) ? END : undefined;
    const label = kind === undefined || !this.#beginsLine(start) ? undefined : boundaryLabel(text, start + kind.length);
    if (kind === undefined || label === undefined) {
      this.#at = start + HYPHENS.length;
      return true;
    }
    this.#at = start + kind.length + label.length + HYPHENS.length;
    if (kind === END) this.#fault(label, start, 'an END without its BEGIN');
    else this.#readBlock(label, start);
    return true;
  }

  /** RFC 7468 has boundaries at the beginning of a line; blanks before are read, and a boundary that another ends. */
  #beginsLine(start: number): boolean {
    if (start === this.#joint) return true;
    let at = start - 1;
    while (at >= 0 && isBlank(this.#text.charCodeAt(at))) at--;
    return at < 0 || this.#text[at] === '\n' || this.#text[at] === '\r';
  }

  #readBlock(label: string, start: number): void {
    const text = this.#text;
    this.#number++;
    const bodyStart = this.#at;
    const end = endOfBody(text, bodyStart);
    const wrong = this.#closingFault(label, end);
    if (wrong !== undefined) this.#fault(label, end, wrong);
    else if (this.#wanted(label)) this.#decode(label, start, bodyStart, end);
  }

  /** Moves behind the boundary at `end`; what is wrong with it. */
  #closingFault(label: string, end: number): string | undefined {
    const text = this.#text;
    this.#at = end;
    if (end === text.length) return `the block "${label}" has no end`;
    if (text.startsWith(BEGIN, end)) return `a BEGIN inside the block "${label}"`;
    const closing = boundaryLabel(text, end + END.length);
    this.#at = end + END.length + (closing === undefined ? 0 : closing.length + HYPHENS.length);
    this.#joint = this.#at;
    return closing === label ? undefined : `the block "${label}" ends as "${closing ?? ''}"`;
  }

  #decode(label: string, start: number, bodyStart: number, end: number): void {
    const { headers, at } = readHeaders(this.#text, bodyStart, end);
    try {
      const bytes = decodeBase64(this.#text, at, end);
      const line = this.#lineOf(start);
      this.blocks.push({ label, bytes, ...(headers && { headers }), line, number: this.#number });
    } catch (error) {
      if (!(error instanceof BadBase64)) throw error;
      this.#fault(label, error.at, error.message);
    }
  }

  #fault(label: string, at: number, why: string): void {
    if (!this.#wanted(label)) return;
    this.faults.push(new PemFault(label, this.#lineOf(at), this.#number, why));
  }

  /** Places are asked for in their order, but for the base64 before an END: each character is counted once or twice. */
  #lineOf(at: number): number {
    const text = this.#text;
    if (at < this.#counted) [this.#line, this.#counted] = [1, 0];
    for (let i = this.#counted; i < at; i++) {
      if (text[i] === '\n' || (text[i] === '\r' && text[i + 1] !== '\n')) this.#line++;
    }
    this.#counted = at;
    return this.#line;
  }
}

/** Where the next boundary stands, or the end of the text. */
function endOfBody(text: string, from: number): number {
  let end = text.indexOf(HYPHENS, from);
  while (end >= 0 && !text.startsWith(END, end) && !text.startsWith(BEGIN, end)) {
    end = text.indexOf(HYPHENS, end + HYPHENS.length);
  }
  return end < 0 ? text.length : end;
}

/** The label that begins at `at` and ends with five hyphens in the same line. */
function boundaryLabel(text: string, at: number): string | undefined {
  const line = text.slice(at, at + MAX_BOUNDARY);
  const end = line.indexOf(HYPHENS);
  return end >= 0 && labelForm.test(line.slice(0, end)) ? line.slice(0, end) : undefined;
}

/** Space, tab, no-break space, byte order mark. */
function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0xa0 || code === 0xfeff;
}

/** RFC 1421 §4.6: "Name: value" lines, continued by lines that begin with a blank, up to an empty line. */
function readHeaders(
  text: string,
  start: number,
  end: number,
): { headers: ReadonlyMap<string, string> | undefined; at: number } {
  const first = text.slice(start, Math.min(end, start + MAX_HEADER_NAME)).trimStart();
  if (!/^[A-Za-z0-9-]+:/.test(first)) return { headers: undefined, at: start };
  const headers = new Map<string, string>();
  let name: string | undefined;
  let at = start;
  // The rest of the BEGIN line is empty, and may be followed by empty lines.
  while (at < end && /\s/.test(text[at])) at++;
  while (at < end) {
    const next = nextLine(text, at, end);
    const line = text.slice(at, next);
    const match = /^([A-Za-z0-9-]+):(.*)/s.exec(line);
    if (match !== null) {
      name = match[1];
      headers.set(name, match[2].trim());
    } else if (name !== undefined && /^[ \t]+\S/.test(line)) {
      headers.set(name, `${headers.get(name)} ${line.trim()}`);
    } else break;
    at = next;
  }
  return { headers, at };
}

/** Longer names are not looked for. */
const MAX_HEADER_NAME = 80;

function nextLine(text: string, at: number, end: number): number {
  let i = at;
  while (i < end && text[i] !== '\n' && text[i] !== '\r') i++;
  if (text[i] === '\r' && text[i + 1] === '\n') i++;
  return Math.min(end, i + 1);
}

/** One block in the strict form: lines of 64 characters, each ended by a newline. */
export function formatPem(label: string, bytes: Uint8Array): string {
  requireString(label, 'the label of a PEM block');
  requireBytes(bytes, 'the content of a PEM block');
  return `-----BEGIN ${label}-----\n${encodeBase64(bytes)}-----END ${label}-----\n`;
}

/** What is wrong in a block, and where in the text. */
class BadBase64 extends Error {
  readonly at: number;

  constructor(at: number, why: string) {
    super(why);
    this.at = at;
  }
}

function bad(at: number, why: string): never {
  throw new BadBase64(at, why);
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
  const codes = codesOf(text, start, end);
  try {
    const digits = countDigits(codes, text, start);
    // The one buffer that the bytes are ever in: whoever wipes it has wiped all.
    const bytes = new Uint8Array(Math.floor((digits * 3) / 4));
    let bits = 0;
    let held = 0;
    let at = 0;
    for (let i = 0; i < codes.length; i++) {
      const code = codes[i];
      const value = code < 128 ? classes[code] : SPACE;
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
    if ((bits & rest) !== 0) bad(end, 'base64 whose last bits are not zero');
    return bytes;
  } finally {
    codes.fill(0);
  }
}

/** The characters by number, which the caller wipes; from ASCII, as nearly always, without a call for each. */
function codesOf(text: string, start: number, end: number): Uint8Array | Uint16Array {
  const length = end - start;
  const ascii = new Uint8Array(length);
  const { read, written } = new TextEncoder().encodeInto(text.slice(start, end), ascii);
  if (read === length && written === length) return ascii;
  ascii.fill(0);
  const codes = new Uint16Array(length);
  for (let i = 0; i < length; i++) codes[i] = text.charCodeAt(start + i);
  return codes;
}

/** Checks that it is base64 with its padding; returns the number of characters that carry bits. */
function countDigits(codes: Uint8Array | Uint16Array, text: string, start: number): number {
  let digits = 0;
  let padding = 0;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i];
    const kind = code < 128 ? classes[code] : isBlank(code) ? SPACE : WRONG;
    if (kind === SPACE) continue;
    if (kind === PADDING) {
      if (++padding > 2) bad(start + i, 'base64 of impossible length');
    } else if (kind === WRONG || padding > 0) {
      const at = start + i;
      if (text.startsWith('\\n', at) || text.startsWith('\\r', at))
        bad(at, 'line ends are written out as "\\n": put real ones in their place');
      bad(at, `the character ${JSON.stringify(text[at])} in base64`);
    } else digits++;
  }
  if ((digits + padding) % 4 !== 0) {
    // Without the padding nobody knows whether something is missing.
    const unpadded = padding === 0 && digits % 4 !== 1;
    bad(
      start + codes.length,
      unpadded ? 'base64 without its "=" at the end, or cut off' : 'base64 of impossible length',
    );
  }
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
