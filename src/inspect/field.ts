// Fields: what bytes mean, as a tree over the bytes themselves. FieldReader reads with the Reader of src/wire and notes what
// it read under which name; what is malformed ends in a partial tree and a problem on the field where it is, never in an
// exception. The number of fields is bounded, so that no input takes long.

import { type ErrorCode, TlsError } from '../base/errors.ts';
import { Reader } from '../wire/reader.ts';

/** What is wrong with a field. */
export interface Problem {
  /** As castls itself would refuse it: ERR_DECODE_ERROR, ERR_ILLEGAL_PARAMETER, ERR_MALFORMED_DER, ERR_COST_LIMIT, ... */
  readonly code: ErrorCode;
  readonly message: string;
  /** Where reading stopped, in the same bytes as the offsets of the fields. */
  readonly offset: number;
}

/** A stretch of bytes with a name. */
export interface Field {
  /** As the RFC writes it, such as "legacy_session_id". */
  readonly name: string;
  /** Of the first byte, in the bytes that were inspected. */
  readonly offset: number;
  /** In bytes; that of a vector counts its length prefix. */
  readonly length: number;
  /** A number, or a text that stands in the bytes. Absent where the bytes are the value, and where there are children. */
  readonly value?: number | string;
  /** What the value means, such as "TLS_AES_128_GCM_SHA256". */
  readonly meaning?: string;
  /** Where it is specified, such as "RFC 9846 §4.1.2". */
  readonly section?: string;
  readonly children?: readonly Field[];
  readonly problem?: Problem;
}

/** Most fields of one inspection: a ClientHello of 64 KiB of cipher suites has half as many. */
export const MAX_FIELDS = 65_536;

/** Counts the fields of one inspection. */
export class FieldBudget {
  #left: number;

  constructor(limit: number = MAX_FIELDS) {
    this.#left = limit;
  }

  /** @throws ERR_COST_LIMIT */
  take(): void {
    if (--this.#left < 0) throw new TlsError('ERR_COST_LIMIT', `more than ${MAX_FIELDS} fields`);
  }
}

type Meaning = (value: number) => string | undefined;

/** What a vector holds: an opaque value, or what the function reads. */
type Inside = (reader: FieldReader) => void;

interface Building {
  name: string;
  offset: number;
  length: number;
  value?: number | string;
  meaning?: string;
  section?: string;
  children?: Field[];
  problem?: Problem;
}

export class FieldReader {
  readonly bytes: Uint8Array;
  readonly budget: FieldBudget;
  readonly fields: Field[] = [];
  readonly #reader: Reader;
  /** Section that fields have which name none. */
  readonly #section: string | undefined;

  constructor(bytes: Uint8Array, reader: Reader, budget: FieldBudget, section?: string) {
    this.bytes = bytes;
    this.budget = budget;
    this.#reader = reader;
    this.#section = section;
  }

  get offset(): number {
    return this.#reader.offset;
  }

  get remaining(): number {
    return this.#reader.remaining;
  }

  u8(name: string, meaning?: Meaning, section?: string): number {
    return this.#number(name, 1, meaning, section);
  }

  u16(name: string, meaning?: Meaning, section?: string): number {
    return this.#number(name, 2, meaning, section);
  }

  u24(name: string, meaning?: Meaning, section?: string): number {
    return this.#number(name, 3, meaning, section);
  }

  u32(name: string, meaning?: Meaning, section?: string): number {
    return this.#number(name, 4, meaning, section);
  }

  /** `length` bytes that mean themselves. @returns a view */
  opaque(name: string, length: number, section?: string, meaning?: string): Uint8Array {
    const offset = this.offset;
    const bytes = this.#reader.bytes(length);
    this.#add({ name, offset, length, section, meaning });
    return bytes;
  }

  /** All that is left, if anything is. */
  rest(name: string, section?: string, meaning?: string): void {
    if (this.remaining > 0) this.opaque(name, this.remaining, section, meaning);
  }

  /** `length` bytes of text, one a character. */
  text(name: string, length: number, section?: string): string {
    const offset = this.offset;
    const value = printable(this.#reader.bytes(length));
    this.#add({ name, offset, length, section, value });
    return value;
  }

  /**
   * A vector with its length of `prefix` bytes. A fault inside is noted there, and reading goes on behind the vector.
   * @param inside what it holds; absent for opaque content
   */
  vector(prefix: 1 | 2 | 3, name: string, section?: string, inside?: Inside, what = `${name} content`): void {
    const parent = this.#open(name, section);
    try {
      const inner = new FieldReader(this.bytes, this.#reader, this.budget, section ?? this.#section);
      parent.children = inner.fields;
      const length = inner.#number('length', prefix, undefined, section);
      if (length > this.remaining)
        throw this.#reader.error(`${name} of ${length} bytes where ${this.remaining} are left`);
      parent.length = prefix + length;
      const start = this.offset;
      // The content belongs to the vector, whatever is found in it.
      this.#reader.bytes(length);
      const content = new FieldReader(
        this.bytes,
        new Reader(this.bytes, name, start, start + length),
        this.budget,
        section ?? this.#section,
      );
      if (inside === undefined) {
        if (length > 0) content.opaque(what, length, section);
      } else content.#contained(parent, inside);
      for (const field of content.fields) inner.fields.push(field);
    } catch (error) {
      throw this.#failed(parent, error);
    }
  }

  /** A structure without a length of its own. */
  group(name: string, section: string | undefined, inside: Inside): void {
    const parent = this.#open(name, section);
    const inner = new FieldReader(this.bytes, this.#reader, this.budget, section ?? this.#section);
    parent.children = inner.fields;
    try {
      inside(inner);
      parent.length = this.offset - parent.offset;
    } catch (error) {
      throw this.#failed(parent, error);
    }
  }

  /** A structure of `length` bytes: a fault inside is noted there, and reading goes on behind it. */
  bounded(name: string, length: number, section: string | undefined, inside: Inside): Field {
    const parent = this.#open(name, section);
    const start = this.offset;
    this.#reader.bytes(length);
    parent.length = length;
    const reader = new Reader(this.bytes, name, start, start + length);
    const content = new FieldReader(this.bytes, reader, this.budget, section ?? this.#section);
    parent.children = content.fields;
    content.#contained(parent, inside);
    return parent;
  }

  /** Fields that another reader of the same bytes made, over the next `length` bytes. */
  adopt(length: number, fields: readonly Field[]): void {
    this.#reader.bytes(length);
    for (const field of fields) this.fields.push(field);
  }

  /** Says what the field that came last means, or what is wrong with it. */
  annotate(notes: Partial<Pick<Field, 'meaning' | 'problem'>>): void {
    Object.assign(this.fields[this.fields.length - 1], notes);
  }

  /** A rule of castls' own parsers, over the bytes of the field that came last: what they refuse is its problem. */
  judge(parse: () => unknown): void {
    const last = this.fields[this.fields.length - 1] as Building | undefined;
    if (last !== undefined) judge(last, parse);
  }

  #contained(parent: Building, inside: Inside): void {
    try {
      inside(this);
      if (this.remaining > 0) throw this.#reader.error(`${this.remaining} trailing bytes`);
    } catch (error) {
      const problem = problemOf(error, this.offset);
      if (!hasProblem(this.fields)) parent.problem = problem;
      if (problem.code === 'ERR_COST_LIMIT') throw error;
      if (this.remaining > 0) this.opaque('(not understood)', this.remaining);
    }
  }

  #number(name: string, length: 1 | 2 | 3 | 4, meaning?: Meaning, section?: string): number {
    const offset = this.offset;
    const reader = this.#reader;
    const value = length === 1 ? reader.u8() : length === 2 ? reader.u16() : length === 3 ? reader.u24() : reader.u32();
    this.#add({ name, offset, length, value, meaning: meaning?.(value), section });
    return value;
  }

  #open(name: string, section: string | undefined): Building {
    return this.#add({ name, offset: this.offset, length: 0, section });
  }

  #add({ section = this.#section, meaning, ...field }: Building): Building {
    this.budget.take();
    const added: Building = { ...field };
    if (meaning !== undefined) added.meaning = meaning;
    if (section !== undefined) added.section = section;
    this.fields.push(added);
    return added;
  }

  #failed(parent: Building, error: unknown): unknown {
    parent.length = Math.max(parent.length, this.offset - parent.offset);
    if (!hasProblem(parent.children ?? [])) parent.problem = problemOf(error, this.offset);
    return error;
  }
}

/** What `parse` refuses is the problem of the field, unless it has one. */
export function judge(field: Field, parse: () => unknown): void {
  if (field.problem !== undefined || hasProblem(field.children ?? [])) return;
  try {
    parse();
  } catch (error) {
    (field as Building).problem = problemOf(error, field.offset);
  }
}

/** True if one of the fields, or a field in it, has a problem. */
export function hasProblem(fields: readonly Field[]): boolean {
  const waiting = [...fields];
  for (let field = waiting.pop(); field !== undefined; field = waiting.pop()) {
    if (field.problem !== undefined) return true;
    // Not by spreading: a list may be longer than arguments may be.
    for (const child of field.children ?? []) waiting.push(child);
  }
  return false;
}

/** The first problem in the order of the bytes. */
export function firstProblem(fields: readonly Field[]): Problem | undefined {
  const waiting = [...fields].reverse();
  for (let field = waiting.pop(); field !== undefined; field = waiting.pop()) {
    if (field.problem !== undefined) return field.problem;
    const children = field.children ?? [];
    for (let i = children.length - 1; i >= 0; i--) waiting.push(children[i]);
  }
  return undefined;
}

export function problemOf(error: unknown, offset: number): Problem {
  // Whatever is thrown here was thrown over bytes of somebody else; a fault of ours is shown, not hidden.
  if (error instanceof TlsError) return { code: error.code, message: error.message, offset };
  return { code: 'ERR_INTERNAL', message: error instanceof Error ? error.message : String(error), offset };
}

/** Fields of all of `bytes`, which `inside` reads; a problem that belongs to none of them stands beside. */
export function readFields(
  bytes: Uint8Array,
  what: string,
  inside: Inside,
  budget: FieldBudget = new FieldBudget(),
): { fields: readonly Field[]; problem: Problem | undefined } {
  const reader = new FieldReader(bytes, new Reader(bytes, what), budget);
  let problem: Problem | undefined;
  try {
    inside(reader);
  } catch (error) {
    problem = problemOf(error, reader.offset);
  }
  return { fields: reader.fields, problem };
}

/** ASCII as it is, other bytes as \xNN: names come from strangers and are shown in terminals. */
export function printable(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    text +=
      byte >= 0x20 && byte < 0x7f && byte !== 0x5c
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}
