// secureOptions and secureProtocol: OpenSSL's bits and method names, as far as they mean something here.

import { constants } from 'node:crypto';
import { TlsError } from '../../../base/errors.ts';
import type { ProtocolVersionName } from '../../../registry/protocol_versions.ts';

/**
 * Bits that ask for what castls does in any case: it has no such protocol version, no compression, no renegotiation; what
 * SSL_OP_ALL works around in old peers is not there either. A server without RFC 5746 is taken as it is.
 */
const alwaysSo =
  constants.SSL_OP_NO_SSLv2 |
  constants.SSL_OP_NO_SSLv3 |
  constants.SSL_OP_NO_TLSv1 |
  constants.SSL_OP_NO_TLSv1_1 |
  constants.SSL_OP_NO_COMPRESSION |
  constants.SSL_OP_NO_RENEGOTIATION |
  constants.SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION |
  constants.SSL_OP_CIPHER_SERVER_PREFERENCE |
  constants.SSL_OP_LEGACY_SERVER_CONNECT |
  constants.SSL_OP_ALL |
  (1 << 20) | // SSL_OP_SINGLE_DH_USE
  (1 << 19); // SSL_OP_SINGLE_ECDH_USE

export interface FromBits {
  readonly refusedVersions: ReadonlySet<ProtocolVersionName>;
  readonly tickets: boolean;
}

/** @throws ERR_UNSUPPORTED_OPTION for bits that mean nothing here */
export function applySecureOptions(bits: number): FromBits {
  const { SSL_OP_NO_TLSv1_2, SSL_OP_NO_TLSv1_3, SSL_OP_NO_TICKET } = constants;
  const rest = bits & ~(alwaysSo | SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3 | SSL_OP_NO_TICKET);
  if (rest !== 0) {
    const hex = `0x${(rest >>> 0).toString(16)}`;
    throw new TlsError('ERR_UNSUPPORTED_OPTION', `the option secureOptions is not supported with the bits ${hex}`);
  }
  const refusedVersions = new Set<ProtocolVersionName>();
  if (bits & SSL_OP_NO_TLSv1_2) refusedVersions.add('TLSv1.2');
  if (bits & SSL_OP_NO_TLSv1_3) refusedVersions.add('TLSv1.3');
  return { refusedVersions, tickets: (bits & SSL_OP_NO_TICKET) === 0 };
}

/** Versions of a method name: [least, highest]; null for none. @throws ERR_UNSUPPORTED_OPTION */
export function secureProtocolVersions(
  method: string | undefined,
): readonly [ProtocolVersionName, ProtocolVersionName] | null {
  if (method === undefined || method === null) return null;
  if (/^(TLS|SSLv23)(_client|_server)?_method$/.test(method)) return ['TLSv1.2', 'TLSv1.3'];
  if (/^TLSv1_2(_client|_server)?_method$/.test(method)) return ['TLSv1.2', 'TLSv1.2'];
  throw new TlsError('ERR_UNSUPPORTED_OPTION', `the option secureProtocol is not supported with ${method}`);
}
