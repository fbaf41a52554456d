// A line for each record that goes over the wire: direction, content type, version, length, and the handshake message
// where it is in the clear. Looks at the bytes from outside; has no keys.

import { concat } from '../../../base/bytes.ts';
import { alertName } from '../../../registry/alerts.ts';
import { ContentType } from '../../../registry/content_types.ts';
import { HandshakeType } from '../../../registry/handshake_types.ts';
import { versionName } from '../../../registry/protocol_versions.ts';

const HEADER = 5;

/** A tracer for one connection. @param write gets lines without their end */
export function recordTracer(
  write: (line: string) => void,
): (direction: 'sent' | 'received', bytes: Uint8Array) => void {
  const held = { sent: new Uint8Array(0), received: new Uint8Array(0) };
  const encrypted = { sent: false, received: false };
  return (direction, bytes) => {
    let waiting: Uint8Array = held[direction].length === 0 ? bytes : concat([held[direction], bytes]);
    while (waiting.length >= HEADER) {
      const length = (waiting[3] << 8) | waiting[4];
      if (waiting.length < HEADER + length) break;
      const record = waiting.subarray(0, HEADER + length);
      write(`${direction === 'sent' ? 'Sent' : 'Received'} Record: ${describe(record, encrypted[direction])}`);
      // What follows a ChangeCipherSpec is encrypted, in TLS 1.3 by its content type too.
      if (record[0] === ContentType.change_cipher_spec) encrypted[direction] = true;
      waiting = waiting.subarray(HEADER + length);
    }
    held[direction] = waiting.slice();
  };
}

function describe(record: Uint8Array, encrypted: boolean): string {
  const [type] = record;
  const version = versionName((record[1] << 8) | record[2]);
  const length = record.length - HEADER;
  return `${nameOf(ContentType, type)} ${version} ${length} bytes${inside(record, encrypted)}`;
}

function inside(record: Uint8Array, encrypted: boolean): string {
  if (encrypted || record.length <= HEADER) return '';
  if (record[0] === ContentType.handshake) return `: ${messageName(record[HEADER])}`;
  if (record[0] === ContentType.alert && record.length === HEADER + 2) return `: ${alertName(record[HEADER + 1])}`;
  return '';
}

/** As the RFCs write it: ClientHello. */
function messageName(type: number): string {
  return nameOf(HandshakeType, type).replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function nameOf(table: Readonly<Record<string, number>>, value: number): string {
  return Object.entries(table).find(([, each]) => each === value)?.[0] ?? `type ${value}`;
}
