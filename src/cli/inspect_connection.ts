// A connection out of a capture or a trace as lines: a record each, and what was in it as far as it could be opened.

import { type DecodedRecord, explainAlert, messageName, nameOf, type Trace } from '../inspect.ts';

const HANDSHAKE = 22;
const ALERT = 21;
const APPLICATION_DATA = 23;

/** @param number of the connection in its file */
export function connectionLines({ header, records, notes }: Trace, number: number): string[] {
  const title = [`connection ${number}`, header.peer ?? header.serverName, header.started].filter(Boolean).join(', ');
  const lines = [
    ...records.map(record => ({ t: record.time, text: recordLine(record) })),
    ...notes.flatMap(note => {
      if (note.event === 'secret') return [];
      return [{ t: note.t, text: noteText(note) }];
    }),
  ].sort((a, b) => a.t - b.t);
  return [title, ...lines.map(({ t, text }) => `${t.toFixed(3).padStart(12)} ms  ${text}`)];
}

function recordLine(record: DecodedRecord): string {
  const { from, type, length, protection, innerType } = record;
  const keys = protection === null ? '' : `, ${protection.epoch} keys`;
  const inner = innerType === null ? (record.failure === undefined ? '' : `: ${record.failure}`) : contentText(record);
  return `${from === 'client' ? '>' : '<'} ${nameOf.contentType(type) ?? `type ${type}`}, ${length} bytes${keys}${inner}`;
}

function contentText({ innerType, content, contentLength }: DecodedRecord): string {
  if (innerType === APPLICATION_DATA) return `: ${contentLength} bytes of data`;
  if (content === null) return '';
  if (innerType === ALERT && content.length === 2) {
    const explained = explainAlert(content[1]);
    const name = nameOf.alert(content[1]) ?? `alert ${content[1]}`;
    return `: ${name}${explained === undefined ? '' : ` (${explained.means})`}`;
  }
  if (innerType !== HANDSHAKE) return '';
  const names: string[] = [];
  for (let at = 0; at + 4 <= content.length; ) {
    names.push(messageName(content[at]));
    at += 4 + ((content[at + 1] << 16) | (content[at + 2] << 8) | content[at + 3]);
  }
  return `: ${names.join(', ')}`;
}

function noteText(note: Exclude<Trace['notes'][number], { event: 'secret' }>): string {
  if (note.event === 'note') return note.text;
  if (note.event === 'established') return `established: ${JSON.stringify(note.info)}`;
  return note.error === null ? 'closed' : `closed: ${note.error.code}: ${note.error.message}`;
}
