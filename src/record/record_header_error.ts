// What is no header of a record, for those who have to say what it is instead: a peer of another protocol, above all.

import { type ErrorCode, TlsError } from '../base/errors.ts';
import type { RecordHeader } from './input_buffer.ts';

export class RecordHeaderError extends TlsError {
  readonly header: RecordHeader;
  /** Nothing of the peer's came before it. */
  readonly first: boolean;

  constructor(code: ErrorCode, detail: string, header: RecordHeader, first: boolean) {
    super(code, detail);
    this.header = header;
    this.first = first;
  }

  /** Every version of SSL and TLS has {3, x} there: others do not read alerts, either. */
  get isForeign(): boolean {
    return this.header.version >> 8 !== 3;
  }
}
