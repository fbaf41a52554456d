// The extension block that hellos, certificates, requests and tickets share (RFC 9846 §4.2): an ordered list, parsed
// once; the rules which extension may stand where; unknown types survive. What is inside one: extensions/*.ts.

import { TlsError } from '../base/errors.ts';
import { ExtensionCarrier, extensionLegality } from '../registry/extension_legality.ts';
import { ExtensionType, extensionName } from '../registry/extension_types.ts';
import type { Reader } from './reader.ts';
import { Writer } from './writer.ts';

/** One extension as it stands on the wire. `data` of a parsed one is a view of the message. */
export interface Extension {
  /** ExtensionType; any value. */
  readonly type: number;
  readonly data: Uint8Array;
}

/**
 * Reads an extension block with its two-byte length.
 * @throws ERR_DECODE_ERROR; ERR_ILLEGAL_PARAMETER for a type that comes twice
 */
export function parseExtensions(reader: Reader, minimum = 0): Extension[] {
  const block = reader.nested(2, minimum);
  const extensions: Extension[] = [];
  const seen = new Set<number>();
  while (block.remaining > 0) {
    const type = block.u16();
    const data = block.vector(2);
    // RFC 9846 §4.2: there MUST NOT be more than one extension of the same type in a block.
    if (seen.has(type)) throw new TlsError('ERR_ILLEGAL_PARAMETER', `${extensionName(type)} comes twice`);
    seen.add(type);
    extensions.push({ type, data });
  }
  return extensions;
}

/** Writes an extension block with its two-byte length. */
export function writeExtensions(writer: Writer, extensions: readonly Extension[]): void {
  writer.nested(2, () => {
    for (const { type, data } of extensions) writer.u16(type).vector(2, data);
  });
}

/** Data of the extension of this type, if it is there. */
export function findExtension(extensions: readonly Extension[], type: number): Uint8Array | undefined {
  return extensions.find(extension => extension.type === type)?.data;
}

export function hasExtension(extensions: readonly Extension[], type: number): boolean {
  return extensions.some(extension => extension.type === type);
}

/** The types of a block, as `checkExtensions` wants them of the message that asked. */
export function extensionTypes(extensions: readonly Extension[]): Set<number> {
  return new Set(extensions.map(extension => extension.type));
}

/** An extension with whatever `content` writes. */
export function makeExtension(type: number, content?: (writer: Writer) => void): Extension {
  const writer = new Writer();
  content?.(writer);
  return { type, data: writer.finish() };
}

/**
 * Checks a received block against the table of RFC 9846 §4.2.
 * @param carrier the message, as a bit of ExtensionCarrier
 * @param offered types of the message this one answers; absent for messages that ask (ClientHello, CertificateRequest,
 * NewSessionTicket), where unknown types are ignored
 * @throws ERR_UNSUPPORTED_EXTENSION for an answer to what was not asked
 * @throws ERR_ILLEGAL_PARAMETER for an extension castls knows in a message where it may not stand
 */
export function checkExtensions(
  extensions: readonly Extension[],
  carrier: number,
  offered?: ReadonlySet<number>,
): void {
  for (const { type } of extensions) {
    // RFC 9846 §4.2: answers MUST NOT come without the request, with the exception of the HelloRetryRequest's cookie.
    const unasked = type === ExtensionType.cookie && carrier === ExtensionCarrier.HRR;
    if (offered !== undefined && !offered.has(type) && !unasked) {
      throw new TlsError('ERR_UNSUPPORTED_EXTENSION', `${extensionName(type)} was not offered`);
    }
    const legal = extensionLegality.get(type);
    if (legal !== undefined && (legal & carrier) === 0) {
      throw new TlsError('ERR_ILLEGAL_PARAMETER', `${extensionName(type)} may not stand in this message`);
    }
  }
}
