// What may come in any number, during the handshake and after it: records that bring nothing, KeyUpdates, requests to
// renegotiate, data.

import {
  ends,
  extension,
  fill,
  message,
  messagesOf,
  output,
  pump,
  Sealer12,
  TLS12,
  u8,
  u16,
  vector,
} from '../peer.mjs';
import { clientHello, updates } from './messages.mjs';
import { establishedClient, establishedServer, freshServer, waitingServer13 } from './states.mjs';

const AES12 = { ...TLS12, cipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'] };
const sides = { client: 'server', server: 'client' };

/** An end of an established TLS 1.2 connection, and a sealer of its peer's. */
const established12 = end => (castls, options) => {
  const both = ends(castls, { version: AES12, ...options });
  const hello = output(both.client);
  both.server.receive(hello);
  const flight = output(both.server);
  both.client.receive(flight);
  pump(both);
  const randomOf = bytes => messagesOf(bytes)[0].subarray(6, 38);
  const master = Buffer.from(both.log.find(line => line.startsWith('CLIENT_RANDOM ')).split(' ')[2], 'hex');
  const sealer = new Sealer12(sides[end], master, randomOf(hello), randomOf(flight));
  return { target: both[end], sealer };
};

const record = (type, content) => Buffer.concat([u8(type), u16(0x0303), vector(2, content)]);
const sealed =
  (type, ...content) =>
  (n, { sealer }) =>
    fill(n, () => sealer.seal(type, Buffer.from(content)));

const rowsOf = (side, version, state, makers) =>
  Object.entries(makers).map(([label, make]) => {
    const [kind, name] = label.split(': ');
    return { side, version, message: kind, name, state, make, sealed: true, data: kind === 'application data' };
  });

const in13 = {
  'KeyUpdate: many, none answered': (n, it) => updates(it, n, 0),
  'KeyUpdate: many, answers wanted': (n, it) => updates(it, n, 1),
  'application data: a byte a record': sealed(23, 0x78),
  'application data: records without any': sealed(23),
  'alert: many warnings': sealed(21, 1, 90),
};

const in12 = {
  'application data: a byte a record': sealed(23, 0x78),
  'application data: records without any': sealed(23),
  'alert: many warnings': sealed(21, 1, 100),
};

export const afterRows = [
  ...rowsOf('server', '1.3', freshServer, {
    'ClientHello: a byte a record': n => {
      const hello = clientHello({ more: [extension(44, vector(2, Buffer.alloc(Math.floor(n / 6))))] });
      return Buffer.concat([...hello].map(byte => record(22, [byte])));
    },
    'ChangeCipherSpec: many, before anything': n => fill(n, () => record(20, [1])),
    'alert: many warnings, in the clear': n => fill(n, () => record(21, [1, 90])),
  }),
  ...rowsOf('server', '1.3', waitingServer13, {
    'ChangeCipherSpec: many': n => fill(n, () => record(20, [1])),
    'alert: many warnings, in the clear': n => fill(n, () => record(21, [1, 90])),
  }),
  ...rowsOf('server', '1.3', establishedServer, in13),
  ...rowsOf('client', '1.3', establishedClient, in13),
  ...rowsOf('server', '1.2', established12('server'), {
    ...in12,
    'ClientHello after the handshake: many': (n, { sealer }) =>
      fill(n, () => sealer.seal(22, clientHello({ versions: vector(1, u16(0x0303)) }))),
  }),
  ...rowsOf('client', '1.2', established12('client'), {
    ...in12,
    'HelloRequest: many': (n, { sealer }) => fill(n, () => sealer.seal(22, message(0))),
  }),
];
