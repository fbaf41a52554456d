// The ticket keys of a fleet as they lie in Redis: one text of JSON, in which the keys and their times are sealed.

import { TlsError } from '../../base/errors.ts';
import type { TimedTicketKey } from '../../handshake/sessions/stores.ts';
import type { Wrapper } from '../wrapper.ts';

const FORMAT = 1;
const KEY_LENGTH = 48;

/** @param prefix of the fleet, which the result is bound to */
export async function wrapRing(
  ring: readonly TimedTicketKey[],
  wrapper: Wrapper,
  prefix: string,
  signal: AbortSignal,
): Promise<string> {
  // One buffer, which is wiped: a Writer would leave copies behind.
  const content = new Uint8Array(1 + ring.length * (KEY_LENGTH + 16));
  const view = new DataView(content.buffer);
  content[0] = ring.length;
  ring.forEach(({ key, from, until }, i) => {
    const at = 1 + i * (KEY_LENGTH + 16);
    content.set(key, at);
    view.setFloat64(at + KEY_LENGTH, from);
    view.setFloat64(at + KEY_LENGTH + 8, until);
  });
  try {
    const wrapped = await wrapper.wrap(content, contextOf(prefix), signal);
    return JSON.stringify({ format: FORMAT, wrapper: wrapper.id, keys: Buffer.from(wrapped).toString('base64') });
  } finally {
    content.fill(0);
  }
}

export interface RingRecord {
  readonly ring: readonly TimedTicketKey[];
  /** Id of the wrapper. */
  readonly wrapper: string;
}

/**
 * @param wrappers those that this process has
 * @throws ERR_INVALID_ARGUMENT for what is none; ERR_DECRYPTION_FAILED where none of the wrappers has the key
 */
export async function unwrapRing(
  record: string,
  wrappers: readonly Wrapper[],
  prefix: string,
  signal: AbortSignal,
): Promise<RingRecord> {
  const { wrapper: id, keys } = parseRecord(record);
  const wrapper = wrappers.find(candidate => candidate.id === id);
  if (wrapper === undefined) {
    throw new TlsError(
      'ERR_DECRYPTION_FAILED',
      `the ticket keys are wrapped by ${JSON.stringify(id)}, which is not here`,
    );
  }
  const content = await wrapper.unwrap(Buffer.from(keys, 'base64'), contextOf(prefix), signal);
  try {
    return { ring: readRing(content), wrapper: id };
  } finally {
    content.fill(0);
  }
}

function parseRecord(record: string): { readonly wrapper: string; readonly keys: string } {
  let parsed: { format?: unknown; wrapper?: unknown; keys?: unknown } | null = null;
  try {
    parsed = JSON.parse(record);
  } catch {
    // Not even JSON.
  }
  const { format, wrapper, keys } = parsed ?? {};
  if (format !== FORMAT || typeof wrapper !== 'string' || typeof keys !== 'string') {
    throw new TlsError('ERR_INVALID_ARGUMENT', 'what lies in the place of the ticket keys is something else');
  }
  return { wrapper: wrapper.slice(0, 128), keys };
}

function readRing(content: Uint8Array): TimedTicketKey[] {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const count = content[0] ?? 0;
  if (content.length !== 1 + count * (KEY_LENGTH + 16)) throw new TlsError('ERR_DECODE_ERROR', 'not the ticket keys');
  return Array.from({ length: count }, (_, i) => {
    const at = 1 + i * (KEY_LENGTH + 16);
    const key = content.slice(at, at + KEY_LENGTH);
    return { key, from: view.getFloat64(at + KEY_LENGTH), until: view.getFloat64(at + KEY_LENGTH + 8) };
  });
}

function contextOf(prefix: string): Uint8Array {
  return new TextEncoder().encode(`castls ticket keys ${FORMAT} ${prefix}`);
}
