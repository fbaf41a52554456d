// What a server reads before a client is authenticated, behind its ClientHello.

import { randomBytes } from 'node:crypto';
import { ca, ends, fill, message, messagesOf, output, plain, TLS12, u16, vector } from '../peer.mjs';
import { CERTIFICATE, clientHello, entries12, entries13, extended13, id, verify } from './messages.mjs';
import { freshServer, provingServer13, waitingServer12, waitingServer13 } from './states.mjs';

/** @param {object} castls its public API */
export function serverRows(castls) {
  const asks12 = { server: { clientAuth: 'request', verifier: castls.peerVerifier({ ca }) } };
  return [
    {
      side: 'server',
      version: '1.3',
      message: 'Certificate',
      name: 'entries of one byte',
      certificate: true,
      state: waitingServer13,
      make: entries13,
    },
    {
      side: 'server',
      version: '1.3',
      message: 'Certificate',
      name: 'entries with extensions',
      certificate: true,
      state: waitingServer13,
      make: extended13,
    },
    {
      side: 'server',
      version: '1.3',
      message: 'CertificateVerify',
      name: 'P-256, wrong',
      state: provingServer13('client_p256'),
      make: () => verify(0x0403, 70),
    },
    {
      side: 'server',
      version: '1.3',
      message: 'CertificateVerify',
      name: 'RSA-2048, wrong',
      state: provingServer13('client_rsa'),
      make: () => verify(0x0804, 256),
    },
    {
      side: 'server',
      version: '1.3',
      message: 'CertificateVerify',
      name: 'a long signature',
      state: provingServer13('client_p256'),
      make: n => verify(0x0403, Math.min(n, 60_000)),
    },
    {
      side: 'server',
      version: '1.3',
      message: 'Finished',
      name: 'wrong',
      state: waitingServer13,
      options: { server: { clientAuth: 'none' } },
      make: () => message(20, randomBytes(32)),
    },
    {
      side: 'server',
      version: '1.3',
      message: 'a message that may not come',
      name: 'of 100 KiB',
      state: waitingServer13,
      make: n => message(CERTIFICATE + 1, randomBytes(n)),
    },
    {
      side: 'server',
      version: '1.2',
      message: 'ClientHello',
      name: 'many suites',
      state: freshServer,
      options: { version: TLS12 },
      make: n =>
        clientHello({
          suites: Buffer.concat([u16(0xc02b), fill(Math.min(n, 65_000), id)]),
          versions: vector(1, u16(0x0303)),
        }),
    },
    {
      side: 'server',
      version: '1.2',
      message: 'Certificate',
      name: 'entries of one byte',
      certificate: true,
      state: waitingServer12,
      options: asks12,
      make: entries12,
    },
    ...['x25519', 'secp256r1', 'secp384r1', 'secp521r1', 'x448'].map(name => ({
      side: 'server',
      version: '1.2',
      message: 'ClientKeyExchange',
      name: `on ${name}`,
      state: castls => {
        const both = ends(castls, { version: TLS12, client: { groups: [name] }, server: { groups: [name] } });
        both.server.receive(output(both.client));
        both.client.receive(output(both.server));
        const [exchange] = messagesOf(output(both.client));
        return { target: both.server, wrap: () => plain(22, exchange) };
      },
      make: () => Buffer.alloc(0),
    })),
  ];
}
