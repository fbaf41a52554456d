// States that a connection is in when a message comes: { target, wrap(message) }.

import {
  ca,
  ends,
  message,
  messagesOf,
  output,
  pair,
  plain,
  pump,
  recordsOf,
  TLS12,
  u8,
  u16,
  vector,
} from '../peer.mjs';
import { CERTIFICATE } from './messages.mjs';

export const handshake = (sealer, ...messages) => sealer.seal(22, Buffer.concat(messages));

// --- States: { target, bytes(message) }

export const freshServer = (castls, options) => {
  const { server } = ends(castls, options);
  return { target: server, wrap: content => plain(22, content) };
};

export const waitingServer13 = (castls, options) => {
  const both = ends(castls, {
    ...options,
    server: { clientAuth: 'request', verifier: castls.peerVerifier({ ca }), ...options?.server },
  });
  both.server.receive(output(both.client));
  both.server.takeOutput();
  const sealer = both.sealer('CLIENT_HANDSHAKE_TRAFFIC_SECRET');
  return { target: both.server, wrap: content => handshake(sealer, content) };
};

export const waitingServer12 = (castls, options) => {
  const both = ends(castls, { version: TLS12, ...options });
  both.server.receive(output(both.client));
  both.server.takeOutput();
  return { target: both.server, wrap: content => plain(22, content) };
};

export const established = (end, label) => (castls, options) => {
  const both = ends(castls, options);
  pump(both);
  const sealer = both.sealer(label);
  return { target: both[end], sealer, wrap: content => handshake(sealer, content) };
};
export const establishedServer = established('server', 'CLIENT_TRAFFIC_SECRET_0');
export const establishedClient = established('client', 'SERVER_TRAFFIC_SECRET_0');

/** A client that has its ServerHello and, if wanted, an empty EncryptedExtensions. */
export const waitingClient13 = before => (castls, options) => {
  const both = ends(castls, options);
  both.server.receive(output(both.client));
  const [hello] = recordsOf(output(both.server), 22);
  both.client.receive(hello);
  const sealer = both.sealer('SERVER_HANDSHAKE_TRAFFIC_SECRET');
  for (const each of before) both.client.receive(handshake(sealer, each));
  return { target: both.client, wrap: content => handshake(sealer, content) };
};
export const encryptedExtensions = message(8, u16(0));

/** A TLS 1.2 client that has so many messages of an honest server. */
export const waitingClient12 = count => (castls, options) => {
  const both = ends(castls, { version: TLS12, ...options });
  both.server.receive(output(both.client));
  const messages = messagesOf(output(both.server));
  for (const each of messages.slice(0, count)) both.client.receive(plain(22, each));
  return { target: both.client, wrap: content => plain(22, content) };
};

export const dhe = { groups: ['ffdhe3072'], cipherSuites: ['TLS_DHE_RSA_WITH_AES_128_GCM_SHA256'] };
export const withClient = name => castls => ({ client: { credential: castls.credential(pair(name)) } });

/** Behind a good Certificate of the peer, so that its CertificateVerify is looked at. */
export const provingServer13 = name => castls => {
  const der = castls.credential(pair(name)).certificateChain[0];
  const state = waitingServer13(castls);
  state.target.receive(state.wrap(message(CERTIFICATE, u8(0), vector(3, vector(3, der), u16(0)))));
  return state;
};
export const provingClient13 = name => castls => {
  const der = castls.credential(pair(name)).certificateChain[0];
  return waitingClient13([encryptedExtensions, message(CERTIFICATE, u8(0), vector(3, vector(3, der), u16(0)))])(castls);
};
