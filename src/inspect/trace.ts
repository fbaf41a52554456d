// Traces: what happened on a connection, one JSON object a line (docs/explorer.md, "The trace format"). Written by castls
// connect, castls serve and castls/node, read by the explorer. Without secrets unless somebody asks for them by a dangerous
// name: then whoever has the trace reads the connection.

import { toHex } from '../base/bytes.ts';
import { TlsError } from '../base/errors.ts';
import { ContentType } from '../registry/content_types.ts';
import type { DecodedRecord, RecordEpoch, Sender } from './decoder.ts';
import { fromHex } from './key_log.ts';

export const TRACE_VERSION = 1;

/** What holds for the whole trace: its first line. */
export interface TraceHeader {
  readonly castls: 'trace';
  readonly version: number;
  /** Instant of t = 0, ISO 8601. */
  readonly started: string;
  /** Where it was seen. */
  readonly role: 'client' | 'server' | 'both' | 'capture';
  /** Whom the connection was with, for people. */
  readonly peer?: string;
  readonly serverName?: string;
  /** Key log lines and application data are in it. */
  readonly dangerousSecrets: boolean;
  /** Tells connections apart that are written to one file: each line has the `id` of its own. Absent: 1. */
  readonly id?: number;
}

/** What happened besides records. Times in milliseconds since `started`. */
export type TraceNote =
  | { readonly t: number; readonly event: 'established'; readonly info: Readonly<Record<string, unknown>> }
  | { readonly t: number; readonly event: 'secret'; readonly line: string }
  | { readonly t: number; readonly event: 'note'; readonly text: string; readonly from?: Sender }
  | {
      readonly t: number;
      readonly event: 'closed';
      readonly from?: Sender;
      readonly error: { readonly code: string; readonly message: string } | null;
    };

/** One connection. */
export interface Trace {
  readonly header: TraceHeader;
  readonly records: readonly DecodedRecord[];
  readonly notes: readonly TraceNote[];
}

export function traceHeaderLine(header: Omit<TraceHeader, 'castls' | 'version'>): string {
  return JSON.stringify({ castls: 'trace', version: TRACE_VERSION, ...header });
}

/** @param dangerousSecrets leaves nothing out; without it, application data is not in the line, nor what carried it */
export function traceRecordLine(record: DecodedRecord, dangerousSecrets: boolean, id?: number): string {
  const { time, from, type, version, length, bytes, protection, innerType, content, contentLength, failure } = record;
  const data = innerType === ContentType.application_data || innerType === null;
  const shown = dangerousSecrets || !data;
  return JSON.stringify({
    id,
    t: round(time),
    event: 'record',
    from,
    type,
    version,
    length,
    ...(protection === null ? {} : protection),
    ...(shown && bytes !== null ? { bytes: toHex(bytes) } : {}),
    ...(innerType === null || protection === null ? {} : { innerType }),
    ...(contentLength === null || protection === null ? {} : { contentLength }),
    ...(shown && content !== null && protection !== null ? { content: toHex(content) } : {}),
    ...(failure === undefined ? {} : { failure }),
  });
}

export function traceNoteLine(note: TraceNote, id?: number): string {
  return JSON.stringify({ id, ...note, t: round(note.t) });
}

/** All of a trace. */
export function writeTrace({ header, records, notes }: Trace): string {
  const { castls: _, version: __, ...rest } = header;
  const all = header.dangerousSecrets;
  const lines = [
    ...records.map(record => ({ t: record.time, line: traceRecordLine(record, all, header.id) })),
    ...notes
      .filter(({ event }) => all || event !== 'secret')
      .map(note => ({ t: note.t, line: traceNoteLine(note, header.id) })),
  ];
  lines.sort((a, b) => a.t - b.t);
  return `${[traceHeaderLine(rest), ...lines.map(({ line }) => line)].join('\n')}\n`;
}

const round = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000;

/** Lines, and characters of one, that are read. */
const MAX_LINES = 200_000;
const MAX_LINE = 1 << 20;

/** True for a text that begins as a trace does. */
export function looksLikeTrace(text: string): boolean {
  return /^\s*\{"castls":"trace"/.test(text.slice(0, 64));
}

/** Most connections of one file. */
const MAX_CONNECTIONS = 4096;

/**
 * Reads the connections of a file of traces. Events that are not known are passed over: later versions may have more.
 * @throws ERR_DECODE_ERROR naming the line; ERR_UNSUPPORTED_OPTION for another version of the format
 */
export function readTraces(text: string): Trace[] {
  const lines = text.split('\n', MAX_LINES + 1);
  if (lines.length > MAX_LINES) throw new TlsError('ERR_DECODE_ERROR', `a trace of more than ${MAX_LINES} lines`);
  const traces: { header: TraceHeader; records: DecodedRecord[]; notes: TraceNote[] }[] = [];
  lines.forEach((line, index) => {
    if (line.trim() === '') return;
    const value = parseLine(line, index + 1);
    if (value.castls !== undefined) {
      if (traces.length === MAX_CONNECTIONS) throw wrong(index + 1, `more than ${MAX_CONNECTIONS} connections`);
      traces.push({ header: headerOf(value, index + 1), records: [], notes: [] });
      return;
    }
    // The latest of an id: programs that write to one file one after the other count from 1 each.
    const trace = traces.findLast(({ header }) => (header.id ?? 1) === (value.id ?? 1));
    if (trace === undefined) throw wrong(index + 1, 'an event before the header of its connection');
    if (value.event === 'record') trace.records.push(recordOf(value, index + 1));
    else if (isNote(value)) trace.notes.push(value);
  });
  if (traces.length === 0) throw new TlsError('ERR_DECODE_ERROR', 'an empty trace');
  return traces;
}

type Line = Readonly<Record<string, unknown>>;

function parseLine(line: string, number: number): Line {
  if (line.length > MAX_LINE) throw wrong(number, `more than ${MAX_LINE} characters`);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw wrong(number, 'no JSON: was the file cut off?');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(number, 'no object');
  return value as Line;
}

function headerOf(value: Line, number: number): TraceHeader {
  if (value.castls !== 'trace') throw wrong(number, 'no header of a trace');
  if (value.version !== TRACE_VERSION)
    throw new TlsError(
      'ERR_UNSUPPORTED_OPTION',
      `a trace of version ${Number(value.version)}: this castls reads ${TRACE_VERSION}`,
    );
  const role = (['client', 'server', 'both', 'capture'] as const).find(each => each === value.role);
  if (role === undefined || typeof value.started !== 'string') throw wrong(number, 'a header without role or started');
  return {
    castls: 'trace',
    version: TRACE_VERSION,
    role,
    started: value.started,
    dangerousSecrets: value.dangerousSecrets === true,
    peer: typeof value.peer === 'string' ? value.peer : undefined,
    serverName: typeof value.serverName === 'string' ? value.serverName : undefined,
    id: typeof value.id === 'number' ? value.id : undefined,
  };
}

function recordOf(value: Line, number: number): DecodedRecord {
  const integer = (name: string, optional = false): number => {
    const found = value[name];
    if (optional && found === undefined) return 0;
    if (typeof found !== 'number' || !Number.isInteger(found) || found < 0) throw wrong(number, `${name} is no number`);
    return found;
  };
  const octets = (name: string): Uint8Array | null => {
    const found = value[name];
    if (found === undefined) return null;
    if (typeof found !== 'string' || !/^(?:[0-9a-f]{2})*$/i.test(found)) throw wrong(number, `${name} is no hex`);
    return fromHex(found);
  };
  const epoch = (['early', 'handshake', 'application'] as const).find(each => each === value.epoch) ?? null;
  const bytes = octets('bytes');
  const clear = epoch === null;
  const type = integer('type');
  const clearContent = clear && bytes !== null ? bytes.subarray(5) : null;
  return {
    time: timeOf(value, number),
    from: senderOf(value, number),
    type,
    version: integer('version'),
    length: integer('length'),
    bytes,
    protection: clear
      ? null
      : { epoch: epoch as RecordEpoch, generation: integer('generation', true), sequence: integer('sequence', true) },
    innerType: clear
      ? clearContent === null
        ? null
        : type
      : value.innerType === undefined
        ? null
        : integer('innerType'),
    content: clear ? clearContent : octets('content'),
    contentLength: clear
      ? (clearContent?.length ?? null)
      : value.contentLength === undefined
        ? null
        : integer('contentLength'),
    ...(typeof value.failure === 'string' ? { failure: value.failure } : {}),
  };
}

function timeOf({ t }: Line, number: number): number {
  if (typeof t !== 'number' || !Number.isFinite(t)) throw wrong(number, 't is no number');
  return t;
}

function senderOf({ from }: Line, number: number): Sender {
  if (from !== 'client' && from !== 'server') throw wrong(number, 'from is neither client nor server');
  return from;
}

function isNote(value: Line): value is Line & TraceNote {
  if (typeof value.t !== 'number' || !Number.isFinite(value.t)) return false;
  if (value.event === 'established') return typeof value.info === 'object' && value.info !== null;
  if (value.event === 'secret') return typeof value.line === 'string';
  if (value.event === 'note') return typeof value.text === 'string';
  const { error } = value;
  return (
    value.event === 'closed' && (error === null || (typeof error === 'object' && error !== null && 'code' in error))
  );
}

function wrong(line: number, why: string): TlsError {
  return new TlsError('ERR_DECODE_ERROR', `line ${line} of the trace: ${why}`);
}
