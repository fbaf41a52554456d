// castls inspect: what bytes mean, field by field: records, messages, certificates, captures and traces, in any of the forms
// in which people have them.

import type { Command } from 'commander';
import {
  type Field,
  firstProblem,
  inspectInput,
  ja3,
  ja4,
  readConnections,
  recognizeInput,
  TlsError,
  type Trace,
} from '../inspect.ts';
import { fail } from './failure.ts';
import { readInput } from './files.ts';
import { connectionLines } from './inspect_connection.ts';

interface InspectFlags {
  readonly json?: boolean;
  readonly keylog?: string;
  readonly version?: string;
}

export function registerInspect(program: Command): void {
  program
    .command('inspect')
    .description('show what TLS bytes mean: a ClientHello, records, a certificate, a capture or a trace')
    .argument('<file>', 'hex, base64, PEM, raw bytes, pcap, pcapng or a trace; - for standard input')
    .option('--json', 'the tree of fields as JSON')
    .option('--keylog <file>', 'secrets that open the records of a capture (RFC 9850)')
    .action((file: string, flags: InspectFlags) => {
      try {
        run(file, flags);
      } catch (error) {
        fail(error);
      }
    });
}

function run(file: string, flags: InspectFlags): void {
  const input = recognizeInput(readInput(file));
  if (input.kind === 'capture' || input.kind === 'trace') {
    const keyLog = flags.keylog === undefined ? '' : readInput(flags.keylog).toString('latin1');
    const traces = readConnections(input.bytes, keyLog);
    if (traces.length === 0) throw new TlsError('ERR_DECODE_ERROR', 'the capture holds no TLS over TCP');
    print(flags.json ? traces.map(connectionJson) : traces.flatMap((trace, i) => connectionLines(trace, i + 1)), flags);
    return;
  }
  if (flags.keylog !== undefined)
    throw new TlsError('ERR_INVALID_ARGUMENT', '--keylog has a meaning only beside a capture');
  const all = [input, ...input.more.map(bytes => ({ ...input, bytes, more: [] }))];
  const inspections = all.map(each => ({ bytes: each.bytes, ...inspectInput(each) }));
  const fingerprints = fingerprintsOf(input.bytes);
  if (flags.json) print({ kind: input.kind, ...fingerprints, inspections: inspections.map(jsonOf) }, flags);
  else {
    const lines = inspections.flatMap(({ bytes, fields }) => fields.flatMap(field => fieldLines(field, bytes, 0)));
    for (const [name, { hash, text }] of Object.entries(fingerprints)) lines.push(`${name}: ${hash}`, `  ${text}`);
    print(lines, flags);
  }
  const problem = inspections
    .map(({ fields, problem: beside }) => firstProblem(fields) ?? beside)
    .find(found => found !== undefined);
  if (problem !== undefined) throw new TlsError(problem.code, `at offset ${problem.offset}: ${problem.message}`);
}

/** JA3 and JA4, if the bytes are a ClientHello. */
function fingerprintsOf(bytes: Uint8Array): Record<string, { hash: string; text: string }> {
  try {
    return { JA3: ja3(bytes), JA4: ja4(bytes) };
  } catch (error) {
    if (error instanceof TlsError) return {};
    throw error;
  }
}

function print(value: unknown, { json }: InspectFlags): void {
  const text = json ? JSON.stringify(value, null, 2) : (value as string[]).join('\n');
  process.stdout.write(`${text}\n`);
}

function jsonOf({ bytes, fields, problem }: { bytes: Uint8Array; fields: readonly Field[]; problem?: unknown }) {
  return { length: bytes.length, fields: fields.map(field => fieldJson(field, bytes)), problem };
}

/** A field with its bytes where these are the value. */
export function fieldJson(field: Field, bytes: Uint8Array): object {
  const { children, ...own } = field;
  const isLeaf = children === undefined && own.value === undefined && field.length > 0;
  return {
    ...own,
    ...(isLeaf ? { bytes: hexOf(bytes, field, Number.POSITIVE_INFINITY) } : {}),
    ...(children === undefined ? {} : { children: children.map(child => fieldJson(child, bytes)) }),
  };
}

function connectionJson({ header, records, notes }: Trace): object {
  return {
    header,
    notes,
    records: records.map(({ bytes, content, ...record }) => ({
      ...record,
      bytes: bytes === null ? null : Buffer.from(bytes).toString('hex'),
      content: content === null ? null : Buffer.from(content).toString('hex'),
    })),
  };
}

const SHOWN_BYTES = 32;

/** A line for each field: offset, name, value, meaning, section. */
export function fieldLines(field: Field, bytes: Uint8Array, depth: number): string[] {
  const { name, value, meaning, section, children, problem } = field;
  const shown = value ?? (children === undefined && field.length > 0 ? hexOf(bytes, field, SHOWN_BYTES) : '');
  const what = [`${shown}`, meaning === undefined ? '' : `(${meaning})`].filter(Boolean).join(' ');
  const offset = `${field.offset}`.padStart(6);
  const line = `${offset}  ${'  '.repeat(depth)}${name}${what === '' ? '' : `: ${what}`}`;
  const lines = [depth < 3 && section !== undefined ? `${line.padEnd(80)}  ${section}`.trimEnd() : line];
  if (problem !== undefined) lines.push(`${'!'.padStart(6)}  ${'  '.repeat(depth)}${problem.code}: ${problem.message}`);
  for (const child of children ?? []) lines.push(...fieldLines(child, bytes, depth + 1));
  return lines;
}

function hexOf(bytes: Uint8Array, { offset, length }: Field, most: number): string {
  const text = Buffer.from(bytes.subarray(offset, offset + Math.min(length, most))).toString('hex');
  return length > most ? `${text}... ${length} bytes` : text;
}
