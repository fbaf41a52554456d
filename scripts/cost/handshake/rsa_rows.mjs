// RSA has rows of its own: a signature for a hello of 200 bytes.

import { ends, messagesOf, output, pair, plain, TLS12, TLS13 } from '../peer.mjs';

const nothing = () => Buffer.alloc(0);
const credentials = castls => ({ server: { credentials: [castls.credential(pair('server_rsa'))] } });
const RSA12 = { ...TLS12, cipherSuites: ['TLS_RSA_WITH_AES_128_GCM_SHA256'] };

export const rsaRows = [
  ...Object.entries({ 1.3: TLS13, 1.2: TLS12 }).map(([name, version]) => ({
    side: 'server',
    version: name,
    message: 'ClientHello',
    name: 'RSA-2048 credential',
    rsa: true,
    state: castls => {
      const both = ends(castls, { version, ...credentials(castls) });
      const bytes = output(both.client);
      return { target: both.server, wrap: () => bytes };
    },
    make: nothing,
  })),
  {
    side: 'server',
    version: '1.2',
    message: 'ClientKeyExchange',
    name: 'RSA-2048 decryption',
    rsa: true,
    state: castls => {
      const both = ends(castls, { version: RSA12, ...credentials(castls) });
      both.server.receive(output(both.client));
      both.client.receive(output(both.server));
      const [exchange] = messagesOf(output(both.client));
      return { target: both.server, wrap: () => plain(22, exchange) };
    },
    make: nothing,
  },
];
