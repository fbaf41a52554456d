// Writes DER for tests, right or deliberately wrong. The product writes with asn1js; this is independent of it.

const utf8 = new TextEncoder();

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** An element of any tag. */
export function tlv(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const body = join(...content);
  const length: number[] = [];
  if (body.length < 0x80) length.push(body.length);
  else {
    for (let rest = body.length; rest > 0; rest >>>= 8) length.unshift(rest & 0xff);
    length.unshift(0x80 | length.length);
  }
  return join(Uint8Array.of(tag, ...length), body);
}

export const seq = (...content: readonly Uint8Array[]): Uint8Array => tlv(0x30, ...content);
export const set = (...content: readonly Uint8Array[]): Uint8Array => tlv(0x31, ...content);
export const octets = (...content: readonly Uint8Array[]): Uint8Array => tlv(0x04, ...content);
export const bits = (content: Uint8Array, unused = 0): Uint8Array => tlv(0x03, Uint8Array.of(unused), content);
export const bool = (value: boolean): Uint8Array => Uint8Array.of(0x01, 0x01, value ? 0xff : 0);
export const nil: Uint8Array = Uint8Array.of(0x05, 0x00);
/** `[number]`, constructed. */
export const tagged = (number: number, ...content: readonly Uint8Array[]): Uint8Array => tlv(0xa0 | number, ...content);
/** `[number]` IMPLICIT of a primitive type. */
export const primitive = (number: number, content: Uint8Array): Uint8Array => tlv(0x80 | number, content);
export const ascii = (text: string): Uint8Array => utf8.encode(text);
export const utf8String = (text: string): Uint8Array => tlv(0x0c, utf8.encode(text));
export const printable = (text: string): Uint8Array => tlv(0x13, utf8.encode(text));

export function int(value: bigint | number, tag = 0x02): Uint8Array {
  let rest = BigInt(value);
  const bytes: number[] = [];
  do {
    bytes.unshift(Number(rest & 0xffn));
    rest >>= 8n;
  } while (!(rest === 0n && bytes[0] < 0x80) && !(rest === -1n && bytes[0] >= 0x80));
  return tlv(tag, Uint8Array.from(bytes));
}

export function oid(text: string): Uint8Array {
  const [first, second, ...rest] = text.split('.').map(BigInt);
  const bytes: number[] = [];
  for (const arc of [first * 40n + second, ...rest]) {
    const groups: number[] = [];
    for (let left = arc, more = 0; left > 0n || groups.length === 0; left >>= 7n, more = 0x80) {
      groups.unshift(Number(left & 0x7fn) | more);
    }
    bytes.push(...groups);
  }
  return tlv(0x06, Uint8Array.from(bytes));
}

/** UTCTime from 1950 to 2049, else GeneralizedTime. */
export function time(milliseconds: number): Uint8Array {
  const text = new Date(milliseconds).toISOString().replace(/[-:T]/g, '').slice(0, 14);
  const year = Number(text.slice(0, 4));
  return year >= 1950 && year < 2050 ? tlv(0x17, ascii(`${text.slice(2)}Z`)) : generalizedTime(milliseconds);
}

export function generalizedTime(milliseconds: number): Uint8Array {
  const text = new Date(milliseconds).toISOString().replace(/[-:T]/g, '').slice(0, 14);
  return tlv(0x18, ascii(`${text}Z`));
}
