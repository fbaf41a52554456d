// secureOptions: OpenSSL's bits, as far as they mean something here.

import type { constants as all } from 'node:crypto';
import { TlsError } from '../../../base/errors.ts';
import type { ProtocolVersionName } from '../../../registry/protocol_versions.ts';
import { nodeCrypto } from '../stream/of_node.ts';

type Constants = typeof all;

/**
 * Bits that ask for what castls does in any case: it has no SSL 2.0, no compression, no renegotiation; what SSL_OP_ALL works
 * around in old peers is not there either. A server without RFC 5746 is taken as it is.
 */
const alwaysSo = (constants: Constants): number =>
  constants.SSL_OP_NO_SSLv2 |
  constants.SSL_OP_NO_COMPRESSION |
  constants.SSL_OP_NO_RENEGOTIATION |
  constants.SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION |
  constants.SSL_OP_CIPHER_SERVER_PREFERENCE |
  constants.SSL_OP_LEGACY_SERVER_CONNECT |
  constants.SSL_OP_ALL |
  (1 << 20) | // SSL_OP_SINGLE_DH_USE
  (1 << 19); // SSL_OP_SINGLE_ECDH_USE

const refusalsOf = (constants: Constants): Readonly<Record<ProtocolVersionName, number>> => ({
  SSLv3: constants.SSL_OP_NO_SSLv3,
  TLSv1: constants.SSL_OP_NO_TLSv1,
  'TLSv1.1': constants.SSL_OP_NO_TLSv1_1,
  'TLSv1.2': constants.SSL_OP_NO_TLSv1_2,
  'TLSv1.3': constants.SSL_OP_NO_TLSv1_3,
});

export interface FromBits {
  readonly refusedVersions: ReadonlySet<ProtocolVersionName>;
  readonly tickets: boolean;
}

/** @throws ERR_UNSUPPORTED_OPTION for bits that mean nothing here */
export function applySecureOptions(bits: number): FromBits {
  if (bits === 0) return { refusedVersions: new Set(), tickets: true };
  const { constants } = nodeCrypto();
  const { SSL_OP_NO_TICKET } = constants;
  const refusals = refusalsOf(constants);
  const ofVersions = Object.values(refusals).reduce((all, bit) => all | bit);
  const rest = bits & ~(alwaysSo(constants) | ofVersions | SSL_OP_NO_TICKET);
  if (rest !== 0) {
    const hex = `0x${(rest >>> 0).toString(16)}`;
    throw new TlsError('ERR_UNSUPPORTED_OPTION', `the option secureOptions is not supported with the bits ${hex}`);
  }
  const names = Object.keys(refusals) as ProtocolVersionName[];
  const refusedVersions = new Set(names.filter(name => (bits & refusals[name]) !== 0));
  return { refusedVersions, tickets: (bits & SSL_OP_NO_TICKET) === 0 };
}
