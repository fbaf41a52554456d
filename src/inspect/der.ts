// DER elements as fields, by shapes that give the elements of a structure their names. What no shape knows is a tree of plain
// elements. Elements are read with the DerReader of src/asn1.

import { DerReader, MAX_DEPTH, tags } from '../asn1/der.ts';
import type { Leniency } from '../asn1/leniencies.ts';
import { readOid } from '../asn1/oid.ts';
import { isString, readString } from '../asn1/strings.ts';
import { readTime } from '../asn1/time.ts';
import { toHex } from '../base/bytes.ts';
import { TlsError } from '../base/errors.ts';
import { type Field, type FieldBudget, hasProblem, printable, problemOf } from './field.ts';

/** How an element is to be shown. */
export interface Shape {
  readonly name: string;
  readonly section?: string;
  /** The shape of each element inside: by its tag, its place, and the elements before it. Undefined: a plain one. */
  readonly inside?: (tag: number, index: number, before: readonly Field[]) => Shape | undefined;
  /** A structure inside the octets of a string. */
  readonly octets?: (before: readonly Field[]) => Shape | undefined;
  /** Instead of all that. */
  readonly read?: (bytes: Uint8Array, start: number, end: number, budget: FieldBudget) => readonly Field[];
  readonly meaning?: (content: Uint8Array) => string | undefined;
}

type Building = { -readonly [K in keyof Field]: Field[K] };

/** Content of longer values is not repeated as text: the bytes are there. */
const MAX_HEX = 1024;

/** A sequence whose elements come in this order; an element whose tag is not that of its row leaves the row out. */
export function inOrder(
  ...rows: readonly (readonly [tag: number | 'any', shape: Shape])[]
): (tag: number, index: number, before: readonly Field[]) => Shape | undefined {
  return (tag, _index, before) => {
    const last = before.at(-1)?.name;
    const from = last === undefined ? 0 : rows.findIndex(([, { name }]) => name === last) + 1;
    return rows.slice(from).find(([expected]) => expected === 'any' || expected === tag)?.[1];
  };
}

/** A list of the same. */
export function each(shape: Shape): () => Shape {
  return () => shape;
}

/** One element with all in it. @param end of what may be read; what stands behind the element is the caller's */
export function readElement(
  bytes: Uint8Array,
  start: number,
  end: number,
  shape: Shape | undefined,
  budget: FieldBudget,
  before: readonly Field[] = [],
  depth = 0,
): Field {
  budget.take();
  const deviations = new Set<Leniency>();
  const der = new DerReader(bytes, start, end, deviations);
  const tag = der.peek();
  const field: Building = {
    name: shape?.name ?? tagName(tag),
    offset: start,
    length: end - start,
    section: shape?.section,
  };
  try {
    const contentEnd = der.anyHeader();
    field.length = contentEnd - start;
    const content = der.at;
    if (shape?.read !== undefined) field.children = shape.read(bytes, content, contentEnd, budget);
    else if ((tag & 0x20) !== 0) field.children = readInside(bytes, content, contentEnd, shape, budget, depth);
    else readPrimitive(field, bytes, tag, content, contentEnd, shape, budget, before, depth);
  } catch (error) {
    if (!hasProblem(field.children ?? [])) field.problem = problemOf(error, der.at);
    if (error instanceof TlsError && error.code === 'ERR_COST_LIMIT') throw error;
  }
  return field;
}

function readInside(
  bytes: Uint8Array,
  start: number,
  end: number,
  shape: Shape | undefined,
  budget: FieldBudget,
  depth: number,
): readonly Field[] {
  if (depth >= MAX_DEPTH) throw new TlsError('ERR_MALFORMED_DER', `nesting deeper than ${MAX_DEPTH}`);
  const fields: Field[] = [];
  for (let at = start; at < end; ) {
    const inner = shape?.inside?.(bytes[at], fields.length, fields);
    const field = readElement(bytes, at, end, inner, budget, fields, depth + 1);
    fields.push(field);
    at += field.length;
  }
  return fields;
}

function readPrimitive(
  field: Building,
  bytes: Uint8Array,
  tag: number,
  start: number,
  end: number,
  shape: Shape | undefined,
  budget: FieldBudget,
  before: readonly Field[],
  depth: number,
): void {
  const der = new DerReader(bytes, field.offset, field.offset + field.length, new Set());
  const content = bytes.subarray(start, end);
  const inner = shape?.octets?.(before);
  if (inner !== undefined) {
    // BIT STRINGs have an octet of unused bits first.
    const from = tag === tags.BIT_STRING ? start + 1 : start;
    if (from < end) field.children = [readElement(bytes, from, end, inner, budget, before, depth + 1)];
    return;
  }
  if (tag === tags.OBJECT_IDENTIFIER) field.value = readOid(der);
  else if (tag === tags.BOOLEAN) field.value = der.boolean() ? 'TRUE' : 'FALSE';
  else if (tag === tags.UTC_TIME || tag === tags.GENERALIZED_TIME) {
    field.value = printable(content);
    field.meaning = new Date(readTime(der)).toISOString();
  } else if (isString(tag)) field.value = readString(der);
  else if ((tag === tags.INTEGER || tag === tags.ENUMERATED) && content.length <= 4) field.value = signed(content);
  else if (tag !== tags.NULL && content.length > 0 && content.length <= MAX_HEX)
    field.value = toHex(tag === tags.BIT_STRING ? content.subarray(1) : content);
  const meaning = shape?.meaning?.(content);
  if (meaning !== undefined) field.meaning = meaning;
}

function signed(content: Uint8Array): number {
  let value = content[0] >= 0x80 ? -1 : 0;
  for (const byte of content) value = (value << 8) | byte;
  return value;
}

function tagName(tag: number): string {
  if (tag < 0) return '(missing)';
  const found = Object.entries(tags).find(([, value]) => value === tag);
  if (found !== undefined) return found[0].replaceAll('_', ' ');
  return (tag & 0xc0) === 0x80 ? `[${tag & 0x1f}]` : `tag 0x${tag.toString(16).padStart(2, '0')}`;
}
