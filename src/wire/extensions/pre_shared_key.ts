// Resumption: pre_shared_key (RFC 9846 §4.2.11), psk_key_exchange_modes (§4.2.9), early_data in a ticket (§4.2.10), and
// the session_ticket of TLS 1.2 (RFC 5077 §3.2).

import { TlsError } from '../../base/errors.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import { type Extension, makeExtension } from '../extensions.ts';
import { Reader } from '../reader.ts';

export interface PskIdentity {
  /** 1-65,535 bytes. */
  readonly identity: Uint8Array;
  /** 32 bits; 0 for an external PSK. */
  readonly obfuscatedTicketAge: number;
}

export interface OfferedPsks {
  readonly identities: readonly PskIdentity[];
  /** As many as identities, 32-255 bytes each. */
  readonly binders: readonly Uint8Array[];
}

/**
 * pre_shared_key of a ClientHello. It stands last, so the part of the message that the binders cover (RFC 9846
 * §4.2.11.2) ends `bindersLength(binders)` bytes before the end of the message.
 */
export function offeredPsksExtension(psks: OfferedPsks): Extension {
  return makeExtension(ExtensionType.pre_shared_key, writer => {
    writer.nested(2, () => {
      for (const psk of psks.identities) writer.vector(2, psk.identity).u32(psk.obfuscatedTicketAge);
    });
    writer.nested(2, () => {
      for (const binder of psks.binders) writer.vector(1, binder);
    });
  });
}

/** Bytes of the binders list with its own length. */
export function bindersLength(binders: readonly Uint8Array[]): number {
  return binders.reduce((sum, binder) => sum + 1 + binder.length, 2);
}

/** @throws ERR_DECODE_ERROR; ERR_ILLEGAL_PARAMETER if there are not as many binders as identities */
export function parseOfferedPsks(data: Uint8Array): OfferedPsks {
  const reader = new Reader(data, 'pre_shared_key');
  const identityList = reader.nested(2, 7);
  const binderList = reader.nested(2, 33);
  reader.end();
  const identities: PskIdentity[] = [];
  while (identityList.remaining > 0) {
    identities.push({ identity: identityList.vector(2, 1), obfuscatedTicketAge: identityList.u32() });
  }
  const binders: Uint8Array[] = [];
  while (binderList.remaining > 0) binders.push(binderList.vector(1, 32));
  if (binders.length !== identities.length) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', `${identities.length} PSK identities, ${binders.length} binders`);
  }
  return { identities, binders };
}

/** pre_shared_key of a ServerHello. @param index into the identities of the ClientHello */
export function selectedPskExtension(index: number): Extension {
  return makeExtension(ExtensionType.pre_shared_key, writer => writer.u16(index));
}

/** @throws ERR_DECODE_ERROR */
export function parseSelectedPsk(data: Uint8Array): number {
  const reader = new Reader(data, 'pre_shared_key');
  const index = reader.u16();
  reader.end();
  return index;
}

export function pskKeyExchangeModesExtension(modes: readonly number[]): Extension {
  return makeExtension(ExtensionType.psk_key_exchange_modes, writer => writer.list8(1, modes));
}

/** PskKeyExchangeMode values, unknown ones included. @throws ERR_DECODE_ERROR */
export function parsePskKeyExchangeModes(data: Uint8Array): number[] {
  const reader = new Reader(data, 'psk_key_exchange_modes');
  const modes = reader.list8(1, 1);
  reader.end();
  return modes;
}

/** early_data of a NewSessionTicket. @param maxEarlyDataSize bytes, 32 bits */
export function ticketEarlyDataExtension(maxEarlyDataSize: number): Extension {
  return makeExtension(ExtensionType.early_data, writer => writer.u32(maxEarlyDataSize));
}

/** max_early_data_size. @throws ERR_DECODE_ERROR */
export function parseTicketEarlyData(data: Uint8Array): number {
  const reader = new Reader(data, 'early_data');
  const maxEarlyDataSize = reader.u32();
  reader.end();
  return maxEarlyDataSize;
}

/** session_ticket of a ClientHello: a ticket without any length of its own, or nothing to ask for one. */
export function sessionTicketExtension(ticket: Uint8Array): Extension {
  return { type: ExtensionType.session_ticket, data: ticket };
}
