// What the client asks for by name: server_name (RFC 6066 §3) and ALPN (RFC 7301).

import { TlsError } from '../../base/errors.ts';
import { ServerNameType } from '../../registry/certificate_types.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import { type Extension, makeExtension } from '../extensions.ts';
import { Reader } from '../reader.ts';

/** server_name of a ClientHello. @param hostName ASCII (A-labels), no trailing dot, no IP address */
export function serverNameExtension(hostName: string): Extension {
  return makeExtension(ExtensionType.server_name, writer => {
    writer.nested(2, () => writer.u8(ServerNameType.host_name).vector(2, ascii(hostName)));
  });
}

/**
 * The host_name of a ClientHello; undefined if all names are of unknown types.
 * @throws ERR_DECODE_ERROR; ERR_ILLEGAL_PARAMETER for two host_names or one that is not printable ASCII
 */
export function parseServerName(data: Uint8Array): string | undefined {
  const reader = new Reader(data, 'server_name');
  const names = reader.nested(2, 1);
  reader.end();
  let hostName: string | undefined;
  while (names.remaining > 0) {
    const type = names.u8();
    // RFC 6066 §3: every name type begins with a 16-bit length.
    const name = names.vector(2, 1);
    if (type !== ServerNameType.host_name) continue;
    // RFC 6066 §3: MUST NOT contain more than one name of the same name_type.
    if (hostName !== undefined) throw new TlsError('ERR_ILLEGAL_PARAMETER', 'server_name: two host names');
    if (!name.every(byte => byte > 0x20 && byte < 0x7f)) {
      throw new TlsError('ERR_ILLEGAL_PARAMETER', 'server_name: not printable ASCII');
    }
    hostName = new TextDecoder().decode(name);
  }
  return hostName;
}

/** ALPN of a ClientHello (a list) or of the answer (one). @param protocols 1-255 bytes each */
export function alpnExtension(protocols: readonly Uint8Array[]): Extension {
  return makeExtension(ExtensionType.application_layer_protocol_negotiation, writer => {
    writer.nested(2, () => {
      for (const protocol of protocols) writer.vector(1, protocol);
    });
  });
}

/** The protocols of a ClientHello. @throws ERR_DECODE_ERROR */
export function parseAlpn(data: Uint8Array): Uint8Array[] {
  const reader = new Reader(data, 'ALPN');
  const list = reader.nested(2, 2);
  reader.end();
  const protocols: Uint8Array[] = [];
  while (list.remaining > 0) protocols.push(list.vector(1, 1));
  return protocols;
}

/** The server's choice. @throws ERR_DECODE_ERROR if there is not exactly one (RFC 7301 §3.1) */
export function parseSelectedAlpn(data: Uint8Array): Uint8Array {
  const protocols = parseAlpn(data);
  if (protocols.length !== 1) throw new TlsError('ERR_DECODE_ERROR', 'ALPN: the server selects more than one');
  return protocols[0];
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, character => {
    const code = character.charCodeAt(0);
    if (code > 0x7f) throw new TlsError('ERR_INVALID_ARGUMENT', 'server_name: not ASCII');
    return code;
  });
}
