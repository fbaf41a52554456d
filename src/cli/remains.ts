// What can be shown of a certificate that castls refuses to read: the fields in their places, as text. For eyes alone.

import { Name } from '../x509.ts';

interface Element {
  readonly tag: number;
  /** Header included. */
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

/** Fields by name; those that cannot be found are left out. @param label of the PEM block */
export function remainsOf(label: string, der: Uint8Array): Record<string, string> {
  if (!/CERTIFICATE$/.test(label)) return {};
  const fields: Record<string, string> = {};
  try {
    const [certificate] = elementsOf(der);
    const [tbs] = elementsOf(certificate.content);
    const parts = elementsOf(tbs.content);
    if (parts[0].tag === 0xa0) parts.shift();
    const [serial, , issuer, validity, subject] = parts;
    fields['serial number'] = Buffer.from(serial.content).toString('hex');
    fields['issuer'] = nameText(issuer);
    fields['subject'] = nameText(subject);
    fields['valid'] = elementsOf(validity.content)
      .map(({ content }) => JSON.stringify(Buffer.from(content).toString('latin1')))
      .join(' to ');
  } catch {
    // What was found so far is what there is.
  }
  return fields;
}

function nameText({ whole }: Element): string {
  try {
    return new Name(whole).toString() || '(empty)';
  } catch {
    return `#${Buffer.from(whole).toString('hex')}`;
  }
}

/** Elements one behind the other. @throws if a length leads out of the bytes */
function elementsOf(bytes: Uint8Array): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const form = bytes[at + 1];
    const octets = form < 0x80 ? 0 : form & 0x7f;
    let length = form < 0x80 ? form : 0;
    for (let i = 0; i < octets; i++) length = length * 256 + bytes[at + 2 + i];
    const start = at + 2 + octets;
    if (!(start + length <= bytes.length)) throw new Error('out of bounds');
    found.push({
      tag: bytes[at],
      whole: bytes.subarray(at, start + length),
      content: bytes.subarray(start, start + length),
    });
    at = start + length;
  }
  return found;
}
