// A transport that ends before the handshake is over, in the words of node:tls, which programs compare.

import { TlsError } from '../../../base/errors.ts';

const messages = {
  client: 'Client network socket disconnected before secure TLS connection was established',
  server: 'socket hang up',
};

/** @param cause default: no byte was exchanged */
export function transportEnded(
  role: 'client' | 'server',
  cause: TlsError = new TlsError('ERR_TRUNCATED', 'the transport ended before the handshake'),
): NodeJS.ErrnoException {
  return Object.assign(new Error(messages[role], { cause }), { code: 'ECONNRESET' });
}
