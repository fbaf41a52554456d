// The structure of DER as our reader and as asn1js see it, in a form to compare.

import type * as asn1js from 'asn1js';
import { DerReader } from '../../src/asn1/der.ts';

/** Tags and lengths of all elements in order. */
export function shape(der: Uint8Array): string[] {
  const found: string[] = [];
  const walk = (at: number, end: number) => {
    const own = new DerReader(der, at, end);
    while (!own.done) {
      const tag = own.peek();
      const contentEnd = own.anyHeader();
      found.push(`${tag} ${contentEnd - own.at}`);
      if ((tag & 0x20) !== 0) walk(own.at, contentEnd);
      own.at = contentEnd;
    }
  };
  walk(0, der.length);
  return found;
}

/** The same as asn1js reads it. */
export function theirShape(node: asn1js.AsnType): string[] {
  const block = node as unknown as {
    idBlock: { tagClass: number; tagNumber: number; isConstructed: boolean };
    lenBlock: { length: number };
  };
  const tag = block.idBlock.tagNumber | ((block.idBlock.tagClass - 1) << 6) | (block.idBlock.isConstructed ? 0x20 : 0);
  const children = block.idBlock.isConstructed ? (node as asn1js.Sequence).valueBlock.value : [];
  return [`${tag} ${block.lenBlock.length}`, ...children.flatMap(child => theirShape(child as asn1js.AsnType))];
}
