// early_data in a NewSessionTicket (RFC 9846 §4.2.10); elsewhere it says all by being there.

import { ExtensionType } from '../../registry/extension_types.ts';
import { type Extension, makeExtension } from '../extensions.ts';
import { Reader } from '../reader.ts';

/** @param maxEarlyDataSize bytes, 32 bits */
export function ticketEarlyDataExtension(maxEarlyDataSize: number): Extension {
  return makeExtension(ExtensionType.early_data, writer => writer.u32(maxEarlyDataSize));
}

/** max_early_data_size. @throws ERR_DECODE_ERROR */
export function parseTicketEarlyData(data: Uint8Array): number {
  const reader = new Reader(data, 'early_data');
  const size = reader.u32();
  reader.end();
  return size;
}
