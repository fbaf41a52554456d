// DER, without castls.

export const cat = (...parts) => Buffer.concat(parts.map(part => Buffer.from(part)));

export function tlv(tag, ...content) {
  const body = cat(...content);
  const octets = [];
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return cat([tag, ...(body.length < 0x80 ? [body.length] : [0x80 | octets.length, ...octets])], body);
}

export const seq = (...content) => tlv(0x30, ...content);
export const set = (...content) => tlv(0x31, ...content);
export const octets = (...content) => tlv(4, ...content);
export const bits = (...content) => tlv(3, [0], ...content);
export const utf8 = text => tlv(0x0c, Buffer.from(text));
export const int = value => {
  const content = [value & 255];
  for (let rest = value >>> 8; rest > 0; rest >>>= 8) content.unshift(rest & 255);
  return tlv(2, content[0] >= 0x80 ? [0] : [], content);
};

export function oid(text) {
  const [first, second, ...arcs] = text.split('.').map(Number);
  const out = [];
  for (let arc of [first * 40 + second, ...arcs]) {
    const part = [arc & 127];
    while ((arc = Math.floor(arc / 128)) > 0) part.unshift((arc & 127) | 128);
    out.push(...part);
  }
  return tlv(6, out);
}

export const name = text => seq(set(seq(oid('2.5.4.3'), utf8(text))));
export const extension = (id, value, critical = false) =>
  seq(oid(id), ...(critical ? [[1, 1, 255]] : []), octets(value));
export const authority = extension('2.5.29.19', seq([1, 1, 255]), true);
export const altName = (...names) => extension('2.5.29.17', seq(...names));
export const ecdsa = seq(oid('1.2.840.10045.4.3.2'));
export const utc = text => tlv(0x17, Buffer.from(text));

export const rsaAlgorithm = seq(oid('1.2.840.113549.1.1.11'), [5, 0]);
