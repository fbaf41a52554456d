// Records, and what stands in them in the clear, as fields: one direction of a connection, or a single record.

import { ContentType } from '../registry/content_types.ts';
import { type Field, FieldBudget, type FieldReader, type Problem, readFields } from './field.ts';
import { HandshakeInspector, type MessageContext, readMessage } from './messages.ts';
import { nameOf } from './names.ts';

/** Header of a record (RFC 9846 §5.1). */
export const RECORD_HEADER = 5;

/** Fields, and what is wrong beside them. */
export interface Inspection {
  readonly fields: readonly Field[];
  readonly problem?: Problem;
}

/** True if the bytes begin as a record does. */
export function looksLikeRecord(bytes: Uint8Array): boolean {
  return bytes.length >= RECORD_HEADER && bytes[0] >= 0x14 && bytes[0] <= 0x18 && bytes[1] === 3 && bytes[2] <= 4;
}

/**
 * Records of one direction, one behind the other. Handshake messages in the clear are read inside their record; those that
 * span several records, and what is encrypted, stay opaque. Never throws.
 */
export function inspectRecords(bytes: Uint8Array, context: MessageContext = {}): Inspection {
  const messages = new HandshakeInspector(context);
  let encrypted = false;
  return readFields(
    bytes,
    'records',
    reader => {
      while (reader.remaining > 0) {
        const type = bytes[reader.offset];
        readRecord(reader, messages, encrypted);
        // What follows a ChangeCipherSpec is encrypted, in TLS 1.3 by its content type too.
        if (type === ContentType.change_cipher_spec) encrypted = true;
      }
    },
    new FieldBudget(),
  );
}

function readRecord(reader: FieldReader, messages: HandshakeInspector, encrypted: boolean): void {
  const { bytes, offset } = reader;
  const type = bytes[offset];
  const clear = !encrypted || type === ContentType.change_cipher_spec;
  const shape = clear ? 'TLSPlaintext' : 'TLSCiphertext';
  const name = type === ContentType.application_data ? 'TLSCiphertext' : shape;
  reader.group(name, name === 'TLSPlaintext' ? 'RFC 9846 §5.1' : 'RFC 9846 §5.2', record => {
    record.u8('type', nameOf.contentType);
    record.u16('legacy_record_version', nameOf.version);
    const length = record.u16('length');
    const present = Math.min(length, record.remaining);
    record.bounded('fragment', present, undefined, fragment => {
      if (name === 'TLSCiphertext') fragment.rest('encrypted_record');
      else readContent(fragment, type, messages, present < length);
    });
    if (present < length) record.opaque('(cut off)', length);
  });
}

/**
 * Content of a record that is not encrypted, or not any more.
 * @param cut the rest of the record is missing: a message that is not whole is read as far as it goes
 */
export function readContent(reader: FieldReader, type: number, messages: HandshakeInspector, cut = false): void {
  if (type === ContentType.alert) readAlert(reader);
  else if (type === ContentType.change_cipher_spec)
    reader.u8('type', value => (value === 1 ? 'change_cipher_spec' : undefined), 'RFC 5246 §7.1');
  else if (type === ContentType.handshake) {
    while (reader.remaining > 0) {
      const { bytes, offset, remaining } = reader;
      const length = (bytes[offset + 1] << 16) | (bytes[offset + 2] << 8) | bytes[offset + 3];
      if (!cut && (remaining < 4 || 4 + length > remaining)) {
        reader.rest('part of a handshake message');
        return;
      }
      messages.note(bytes.subarray(offset, offset + 4 + length));
      readMessage(reader, messages.context);
    }
  } else reader.rest('data');
}

export function readAlert(reader: FieldReader): void {
  reader.u8('level', nameOf.alertLevel, 'RFC 9846 §6');
  reader.u8('description', nameOf.alert, 'RFC 9846 §6');
}
