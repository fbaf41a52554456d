// The messages of a stranger: each row brings a connection into the state in which the message is read, and makes the
// message, of about `n` bytes where it can be of any length. Lists are filled with what costs most.

import { randomBytes } from 'node:crypto';
import {
  ca,
  ends,
  extension,
  fill,
  message,
  messagesOf,
  output,
  pair,
  plain,
  pump,
  recordsOf,
  TLS12,
  TLS13,
  u8,
  u16,
  vector,
} from './peer.mjs';

const CLIENT_HELLO = 1;
const handshake = (sealer, ...messages) => sealer.seal(22, Buffer.concat(messages));
const id = i => u16(0x0800 + (i % 0xf000));

// --- States: { target, bytes(message) }

const freshServer = (castls, options) => {
  const { server } = ends(castls, options);
  return { target: server, wrap: content => plain(22, content) };
};

const waitingServer13 = (castls, options) => {
  const both = ends(castls, {
    ...options,
    server: { clientAuth: 'request', verifier: castls.peerVerifier({ ca }), ...options?.server },
  });
  both.server.receive(output(both.client));
  both.server.takeOutput();
  const sealer = both.sealer('CLIENT_HANDSHAKE_TRAFFIC_SECRET');
  return { target: both.server, wrap: content => handshake(sealer, content) };
};

const waitingServer12 = (castls, options) => {
  const both = ends(castls, { version: TLS12, ...options });
  both.server.receive(output(both.client));
  both.server.takeOutput();
  return { target: both.server, wrap: content => plain(22, content) };
};

const established = (end, label) => (castls, options) => {
  const both = ends(castls, options);
  pump(both);
  const sealer = both.sealer(label);
  return { target: both[end], sealer, wrap: content => handshake(sealer, content) };
};
const establishedServer = established('server', 'CLIENT_TRAFFIC_SECRET_0');
const establishedClient = established('client', 'SERVER_TRAFFIC_SECRET_0');

/** A client that has its ServerHello and, if wanted, an empty EncryptedExtensions. */
const waitingClient13 = before => (castls, options) => {
  const both = ends(castls, options);
  both.server.receive(output(both.client));
  const [hello] = recordsOf(output(both.server), 22);
  both.client.receive(hello);
  const sealer = both.sealer('SERVER_HANDSHAKE_TRAFFIC_SECRET');
  for (const each of before) both.client.receive(handshake(sealer, each));
  return { target: both.client, wrap: content => handshake(sealer, content) };
};
const encryptedExtensions = message(8, u16(0));

/** A TLS 1.2 client that has so many messages of an honest server. */
const waitingClient12 = count => (castls, options) => {
  const both = ends(castls, { version: TLS12, ...options });
  both.server.receive(output(both.client));
  const messages = messagesOf(output(both.server));
  for (const each of messages.slice(0, count)) both.client.receive(plain(22, each));
  return { target: both.client, wrap: content => plain(22, content) };
};

// --- Messages

/** A ClientHello of TLS 1.3 that a server answers, with more. @param more extensions, or bytes for other fields */
function clientHello({
  suites = u16(0x1301),
  session = '',
  more = [],
  group = 29,
  share = randomBytes(32),
  versions,
  last = [],
}) {
  const extensions = [
    extension(10, vector(2, u16(group))),
    extension(13, vector(2, u16(0x0403), u16(0x0804))),
    extension(43, versions ?? vector(1, u16(0x0304))),
    ...more,
    ...(more.some(each => each.readUInt16BE(0) === 51) ? [] : [extension(51, vector(2, u16(group), vector(2, share)))]),
    ...last,
  ];
  const kept = extensions.filter(
    (each, i) => extensions.findLastIndex(other => other.readUInt16BE(0) === each.readUInt16BE(0)) === i,
  );
  return message(
    CLIENT_HELLO,
    u16(0x0303),
    randomBytes(32),
    vector(1, Buffer.from(session)),
    vector(2, suites),
    vector(1, u8(0)),
    vector(2, ...kept),
  );
}

const hello = (name, make, options) => ({
  side: 'server',
  version: '1.3',
  message: 'ClientHello',
  name,
  state: freshServer,
  options,
  make,
});

const clientHellos = [
  hello('many suites', n => clientHello({ suites: fill(Math.min(n, 65_000), i => (i === 0 ? u16(0x1301) : id(i))) })),
  hello('many unknown extensions', n =>
    clientHello({ more: [fill(Math.min(n, 60_000), i => extension(0x2000 + (i % 0xc000)))].flatMap(split) }),
  ),
  hello('many groups', n =>
    clientHello({
      more: [
        extension(
          10,
          vector(
            2,
            fill(Math.min(n, 60_000), i => (i === 0 ? u16(29) : id(i))),
          ),
        ),
      ],
    }),
  ),
  hello('many key shares', n => {
    const ids = Math.min(n, 60_000) / 7;
    const groups = [u16(29), ...Array.from({ length: ids }, (_, i) => id(i))];
    const shares = groups.slice(1).map(each => Buffer.concat([each, vector(2, u8(1))]));
    return clientHello({
      more: [
        extension(10, vector(2, ...groups)),
        extension(51, vector(2, ...shares, u16(29), vector(2, randomBytes(32)))),
      ],
    });
  }),
  hello('many signature algorithms', n =>
    clientHello({ more: [extension(13, vector(2, u16(0x0403), fill(Math.min(n, 60_000), id)))] }),
  ),
  hello(
    'many protocols',
    n =>
      clientHello({
        more: [
          extension(
            16,
            vector(
              2,
              fill(Math.min(n, 60_000), i => vector(1, Buffer.from(`p${i}`))),
            ),
          ),
        ],
      }),
    { server: { alpn: ['h2', 'http/1.1'] } },
  ),
  hello('many authorities', n =>
    clientHello({
      more: [
        extension(
          47,
          vector(
            2,
            fill(Math.min(n, 60_000), i => vector(2, [0x30, 2, 5, i & 255])),
          ),
        ),
      ],
    }),
  ),
  hello('a long cookie', n => clientHello({ more: [extension(44, vector(2, randomBytes(Math.min(n, 60_000))))] })),
  hello(
    'many PSKs, none known',
    n => clientHello({ more: [extension(45, vector(1, u8(1)))], last: [psks(n)] }),
    tickets => ({ server: { tickets } }),
  ),
];

/** The extensions of a block again. */
function split(block) {
  const extensions = [];
  for (let at = 0; at < block.length; at += 4) extensions.push(block.subarray(at, at + 4));
  return extensions;
}

function psks(n) {
  const count = Math.floor(Math.min(n, 60_000) / 140);
  const identities = Array.from({ length: count }, () => Buffer.concat([vector(2, randomBytes(100)), Buffer.alloc(4)]));
  const binders = Array.from({ length: count }, () => vector(1, randomBytes(32)));
  return extension(41, vector(2, ...identities), vector(2, ...binders));
}

/** A ClientHello of a castls client for one group. @param role who reads the share */
const shareRows = groups =>
  groups.map(({ name, dangerous }) => ({
    side: 'server',
    version: '1.3',
    message: 'ClientHello',
    name: `a share of ${name}`,
    dangerous,
    state: (castls, options) => {
      const both = ends(castls, options);
      const bytes = output(both.client);
      return { target: both.server, wrap: () => bytes };
    },
    options: {
      client: { groups: [name], ...(dangerous ? { dangerousLargeFiniteFields: true } : {}) },
      server: { groups: [name], ...(dangerous ? { dangerousLargeFiniteFields: true } : {}) },
    },
    make: () => Buffer.alloc(0),
  }));

const CERTIFICATE = 11;
const entries13 = n =>
  message(
    CERTIFICATE,
    u8(0),
    vector(
      3,
      fill(n, () => Buffer.concat([vector(3, [0x30]), u16(0)])),
    ),
  );
const entries12 = n =>
  message(
    CERTIFICATE,
    vector(
      3,
      fill(n, () => vector(3, [0x30])),
    ),
  );
/** Each entry with extensions of its own, of unknown types: refused at the first. */
const extended13 = n =>
  message(
    CERTIFICATE,
    u8(0),
    vector(
      3,
      fill(n, i => Buffer.concat([vector(3, [0x30]), vector(2, extension(0x3000 + (i % 0x1000)))])),
    ),
  );
const names = n => fill(Math.min(n, 65_000), i => vector(2, [0x30, 2, 5, i & 255]));
const request13 = (n, context = '') =>
  message(
    13,
    vector(1, Buffer.from(context)),
    vector(2, extension(13, vector(2, u16(0x0403))), extension(47, vector(2, names(n)))),
  );
const filters13 = n =>
  message(
    13,
    u8(0),
    vector(
      2,
      extension(13, vector(2, u16(0x0403))),
      extension(
        48,
        vector(
          2,
          fill(Math.min(n, 65_000), i => Buffer.concat([vector(1, [6, 3, 0x55, 0x1d, i & 63]), u16(0)])),
        ),
      ),
    ),
  );
const verify = (scheme, length) => message(15, u16(scheme), vector(2, randomBytes(length)));
const ticket = n =>
  message(4, Buffer.alloc(8), vector(1, randomBytes(8)), vector(2, randomBytes(Math.min(n, 60_000))), u16(0));

const dhe = { groups: ['ffdhe3072'], cipherSuites: ['TLS_DHE_RSA_WITH_AES_128_GCM_SHA256'] };
const withClient = name => castls => ({ client: { credential: castls.credential(pair(name)) } });

/** Behind a good Certificate of the peer, so that its CertificateVerify is looked at. */
const provingServer13 = name => castls => {
  const der = castls.credential(pair(name)).certificateChain[0];
  const state = waitingServer13(castls);
  state.target.receive(state.wrap(message(CERTIFICATE, u8(0), vector(3, vector(3, der), u16(0)))));
  return state;
};
const provingClient13 = name => castls => {
  const der = castls.credential(pair(name)).certificateChain[0];
  return waitingClient13([encryptedExtensions, message(CERTIFICATE, u8(0), vector(3, vector(3, der), u16(0)))])(castls);
};

/** @param {object} castls its public API @param {object} tickets TicketKeys */
export function handshakeRows(castls, tickets) {
  const provider = castls.defaultProvider();
  const dear = ['ffdhe4096', 'ffdhe6144', 'ffdhe8192'];
  const groups = provider.groups.map(({ name }) => ({ name, dangerous: dear.includes(name) }));
  const asks12 = { server: { clientAuth: 'request', verifier: castls.peerVerifier({ ca }) } };
  const rows = [
    ...clientHellos.map(row => ({
      ...row,
      options: typeof row.options === 'function' ? row.options(tickets) : row.options,
    })),
    ...shareRows(groups),
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
      make: n => fill(n, i => request13(0, `c${i}`)),
    },
    {
      side: 'client',
      version: '1.3',
      message: 'CertificateRequest after the handshake',
      name: 'many, with RSA-2048',
      rsa: true,
      options: castls => ({ client: { postHandshakeAuth: true, ...withClient('client_rsa')(castls).client } }),
      state: establishedClient,
      make: n => fill(n, i => request13(0, `c${i}`)),
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
    ...[
      ['server', establishedServer],
      ['client', establishedClient],
    ].flatMap(([side, state]) => [
      {
        side,
        version: '1.3',
        message: 'KeyUpdate',
        name: 'many, none answered',
        state,
        make: (n, it) => updates(it, n, 0),
        sealed: true,
      },
      {
        side,
        version: '1.3',
        message: 'KeyUpdate',
        name: 'many, answers wanted',
        state,
        make: (n, it) => updates(it, n, 1),
        sealed: true,
      },
      {
        side,
        version: '1.3',
        message: 'application data',
        name: 'a byte a record',
        data: true,
        state,
        make: (n, it) => fill(n, () => it.sealer.seal(23, u8(0x78))),
        sealed: true,
      },
    ]),
  ];
  // RSA has rows of its own: a signature for a hello of 200 bytes.
  const rsa = { server: { credentials: [castls.credential(pair('server_rsa'))] } };
  for (const version of [TLS13, TLS12]) {
    rows.push({
      side: 'server',
      version: version === TLS13 ? '1.3' : '1.2',
      message: 'ClientHello',
      name: 'RSA-2048 credential',
      rsa: true,
      state: castls => {
        const both = ends(castls, { version, ...rsa });
        const bytes = output(both.client);
        return { target: both.server, wrap: () => bytes };
      },
      make: () => Buffer.alloc(0),
    });
  }
  rows.push({
    side: 'server',
    version: '1.2',
    message: 'ClientKeyExchange',
    name: 'RSA-2048 decryption',
    rsa: true,
    state: castls => {
      const both = ends(castls, { version: { ...TLS12, cipherSuites: ['TLS_RSA_WITH_AES_128_GCM_SHA256'] }, ...rsa });
      both.server.receive(output(both.client));
      both.client.receive(output(both.server));
      const [exchange] = messagesOf(output(both.client));
      return { target: both.server, wrap: () => plain(22, exchange) };
    },
    make: () => Buffer.alloc(0),
  });
  return rows;
}

function updates({ sealer }, n, request) {
  return fill(n, () => {
    const bytes = sealer.seal(22, message(24, u8(request)));
    sealer.update();
    return bytes;
  });
}
