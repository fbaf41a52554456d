// What a client reads before a server is authenticated, and what a server may send it after that.

import { ends, extension, fill, message, output, pair, recordsOf, TLS12, u8, u16, vector } from '../peer.mjs';
import { entries12, entries13, filters13, names, request13, ticket, verify } from './messages.mjs';
import {
  dhe,
  encryptedExtensions,
  establishedClient,
  provingClient13,
  waitingClient12,
  waitingClient13,
  withClient,
} from './states.mjs';

export const clientRows = [
  {
    side: 'client',
    version: '1.3',
    message: 'ServerHello',
    name: 'of a castls server',
    state: castls => {
      const both = ends(castls);
      both.server.receive(output(both.client));
      const [first] = recordsOf(output(both.server), 22);
      return { target: both.client, wrap: () => first };
    },
    make: () => Buffer.alloc(0),
  },
  {
    side: 'client',
    version: '1.3',
    message: 'HelloRetryRequest',
    name: 'for secp521r1',
    state: castls => {
      const both = ends(castls, { server: { groups: ['secp521r1'] } });
      both.server.receive(output(both.client));
      const [first] = recordsOf(output(both.server), 22);
      return { target: both.client, wrap: () => first };
    },
    make: () => Buffer.alloc(0),
  },
  {
    side: 'client',
    version: '1.3',
    message: 'EncryptedExtensions',
    name: 'many extensions',
    state: waitingClient13([]),
    make: n =>
      message(
        8,
        vector(
          2,
          fill(Math.min(n, 60_000), i => extension(0x2000 + (i % 0xc000))),
        ),
      ),
  },
  {
    side: 'client',
    version: '1.3',
    message: 'CertificateRequest',
    name: 'many authorities',
    state: waitingClient13([encryptedExtensions]),
    make: n => request13(n),
  },
  {
    side: 'client',
    version: '1.3',
    message: 'CertificateRequest',
    name: 'many oid_filters',
    state: waitingClient13([encryptedExtensions]),
    make: filters13,
  },
  {
    side: 'client',
    version: '1.3',
    message: 'Certificate',
    name: 'entries of one byte',
    certificate: true,
    state: waitingClient13([encryptedExtensions]),
    make: entries13,
  },
  {
    side: 'client',
    version: '1.3',
    message: 'CertificateVerify',
    name: 'P-256, wrong',
    state: provingClient13('server_p256'),
    make: () => verify(0x0403, 70),
  },
  {
    side: 'client',
    version: '1.3',
    message: 'CertificateVerify',
    name: 'RSA-2048, wrong',
    state: provingClient13('server_rsa'),
    make: () => verify(0x0804, 256),
  },
  {
    side: 'client',
    version: '1.3',
    message: 'NewSessionTicket',
    name: 'long',
    state: establishedClient,
    make: ticket,
  },
  {
    side: 'client',
    version: '1.3',
    message: 'NewSessionTicket',
    name: 'many',
    state: establishedClient,
    make: n => fill(n, () => ticket(1)),
  },
  {
    side: 'client',
    version: '1.3',
    message: 'CertificateRequest after the handshake',
    name: 'many, with P-256',
    options: castls => ({ client: { postHandshakeAuth: true, ...withClient('client_p256')(castls).client } }),
    state: establishedClient,
    make: n => fill(n, i => request13(8, `c${i}`)),
  },
  {
    side: 'client',
    version: '1.3',
    message: 'CertificateRequest after the handshake',
    name: 'many, with RSA-2048',
    rsa: true,
    options: castls => ({ client: { postHandshakeAuth: true, ...withClient('client_rsa')(castls).client } }),
    state: establishedClient,
    make: n => fill(n, i => request13(8, `c${i}`)),
  },
  {
    side: 'client',
    version: '1.2',
    message: 'Certificate',
    name: 'entries of one byte',
    certificate: true,
    state: waitingClient12(1),
    make: entries12,
  },
  ...[
    ['P-256 and X25519', {}],
    ['P-256 and secp521r1', { groups: ['secp521r1'] }],
    ['RSA and DHE of 3,072 bits', dhe],
  ].map(([name, both]) => ({
    side: 'client',
    version: '1.2',
    message: 'ServerHello to ServerHelloDone',
    name,
    state: castls => {
      const rsa = both === dhe ? { credentials: [castls.credential(pair('server_rsa'))] } : {};
      const { client, server } = ends(castls, { version: TLS12, client: both, server: { ...both, ...rsa } });
      server.receive(output(client));
      const flight = output(server);
      return { target: client, wrap: () => flight };
    },
    make: () => Buffer.alloc(0),
  })),
  {
    side: 'client',
    version: '1.2',
    message: 'CertificateRequest',
    name: 'many authorities',
    state: waitingClient12(3),
    make: n => message(13, vector(1, u8(64)), vector(2, u16(0x0403)), vector(2, names(n))),
  },
];
