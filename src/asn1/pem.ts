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

/**
 * All blocks of `text`, in order; text outside of blocks is ignored (RFC 7468 §2).
 * @param label only blocks with this label
 * @throws ERR_MALFORMED_PEM for a block without its end, with another label at its end, or with bad base64
 */
export function parsePem(text: string, label?: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  let open: string | undefined;
  let body = '';
  let line = 0;
  for (const raw of text.split(/\r\n|\n|\r/)) {
    line++;
    const match = raw.startsWith('-----') ? boundary.exec(raw) : null;
    if (match === null) {
      if (open !== undefined) body += raw;
      continue;
    }
    const [, kind, name = ''] = match;
    if (kind === 'BEGIN') {
      if (open !== undefined) bad(line, `a BEGIN inside the block "${open}"`);
      open = name;
      body = '';
      continue;
    }
    if (open === undefined) bad(line, 'an END without its BEGIN');
    if (open !== name) bad(line, `the block "${open}" ends as "${name}"`);
    if (label === undefined || label === name) blocks.push({ label: name, bytes: decodeBase64(body, line) });
    open = undefined;
  }
  if (open !== undefined) bad(line, `the block "${open}" has no end`);
  return blocks;
}

/** One block in the strict form: lines of 64 characters, each ended by a newline. */
export function formatPem(label: string, bytes: Uint8Array): string {
  const base64 = encodeBase64(bytes);
  let text = `-----BEGIN ${label}-----\n`;
  for (let at = 0; at < base64.length; at += 64) text += `${base64.slice(at, at + 64)}\n`;
  return `${text}-----END ${label}-----\n`;
}

function bad(line: number, why: string): never {
  throw new TlsError('ERR_MALFORMED_PEM', `malformed PEM in line ${line}: ${why}`);
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

// Private keys come through here, too. A table lookup by secret bytes happens in every PEM reader; a key file that
// someone else can watch being read has other problems, so no constant time is claimed for it.
function decodeBase64(body: string, line: number): Uint8Array {
  const characters = body.replace(/[ \t\v\f]/g, '');
  if (characters.includes(':'))
    bad(line, 'RFC 1421 headers ("Proc-Type", "DEK-Info"), which RFC 7468 §2 does not allow');
  const padded = characters.length - characters.replace(/=+$/, '').length;
  const length = characters.length - padded;
  if (characters.length % 4 !== 0 || padded > 2) bad(line, 'base64 of impossible length');
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < length; i++) {
    const value = alphabet.indexOf(characters[i]);
    if (value < 0) bad(line, `the character ${JSON.stringify(characters[i])} in base64`);
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held >= 8) bytes[at++] = (bits >> (held -= 8)) & 0xff;
  }
  if ((bits & ((1 << held) - 1)) !== 0) bad(line, 'base64 whose last bits are not zero');
  return bytes;
}

function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const triple = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += alphabet[triple >> 18] + alphabet[(triple >> 12) & 63];
    text += i + 1 < bytes.length ? alphabet[(triple >> 6) & 63] : '=';
    text += i + 2 < bytes.length ? alphabet[triple & 63] : '=';
  }
  return text;
}
