// What a server does for those who come again: tickets, early data that it takes or skips, a second ClientHello.

import { ends, messagesOf, output, plain, recordsOf, TLS12 } from '../peer.mjs';

const nothing = () => Buffer.alloc(0);

/** Ends of a second connection, whose client has a session of the first. @param both options of the second */
function again(castls, { early = false, version, server: second = {}, client = {} } = {}) {
  const tickets = new castls.TicketKeys();
  const server = {
    tickets,
    ...(early ? { earlyData: { register: new castls.MemorySingleUseRegister(), maxSize: 2 ** 20 } } : {}),
  };
  const first = ends(castls, { version, server, client });
  let session = null;
  for (let round = 0; round < 4; round++) {
    first.server.receive(output(first.client));
    first.client.receive(output(first.server));
    for (let event = first.client.nextEvent(); event !== null; event = first.client.nextEvent()) {
      if (event.kind === 'session') session = event.session;
    }
  }
  return ends(castls, { version, client, server: { ...server, ...second }, target: { session, earlyData: early } });
}

/** A row whose message a castls client made: `length` does not matter. */
const fixed = (version, message, name, prepare) => ({
  side: 'server',
  version,
  message,
  name,
  state: castls => {
    const [target, bytes] = prepare(castls);
    return { target, wrap: () => bytes };
  },
  make: nothing,
});

/** Early data, a byte a record, behind a ClientHello. @param server what the second server has */
const early = (name, server) => ({
  side: 'server',
  version: '1.3',
  message: 'early data',
  name,
  data: true,
  sealed: true,
  state: castls => {
    const both = again(castls, { early: true, server });
    return { target: both.server, client: both.client };
  },
  make: (n, { client }) => {
    const chunks = [output(client)];
    for (let length = 0; length < n; ) {
      if (client.writeEarlyData(Uint8Array.of(0x78)) === 0) throw new Error('no early data is offered');
      chunks.push(output(client));
      length += chunks.at(-1).length;
    }
    return Buffer.concat(chunks);
  },
});

export const resumptionRows = [
  fixed('1.3', 'ClientHello', 'a ticket', castls => {
    const { client, server } = again(castls);
    return [server, output(client)];
  }),
  fixed('1.2', 'ClientHello', 'a ticket', castls => {
    const { client, server } = again(castls, { version: TLS12 });
    return [server, output(client)];
  }),
  fixed('1.3', 'second ClientHello', 'for secp521r1', castls => {
    const both = { client: { groups: ['x25519', 'secp521r1'] }, server: { groups: ['secp521r1'] } };
    const { client, server } = ends(castls, both);
    server.receive(output(client));
    client.receive(output(server));
    const [hello] = messagesOf(Buffer.concat(recordsOf(output(client), 22)));
    return [server, plain(22, hello)];
  }),
  early('a byte a record, taken', {}),
  early('a byte a record, skipped', { earlyData: undefined }),
];
