// Both roles in one process, over streams in memory: versions, client certificates, resumption, faults, and the ends of
// streams in each order.

import {
  clientConfig,
  credential,
  peerVerifier,
  type Session,
  serverConfig,
  startTls,
  TicketKeys,
  type TlsStreams,
} from 'castls';
import { codeOf, concat, equal, equalBytes, type Host, pattern, type RuntimeTest, within } from './host.ts';

interface Pair {
  readonly client: TlsStreams;
  readonly server: TlsStreams;
}

type Version = 'TLSv1.2' | 'TLSv1.3';

interface PairOptions {
  readonly version?: Version;
  readonly mutual?: boolean;
  readonly tickets?: TicketKeys;
  readonly session?: Session;
  readonly onSession?: (session: Session) => void;
  readonly serverName?: string;
  readonly ca?: string;
}

function pair({ fixtures }: Host, options: PairOptions = {}): Pair {
  const { version = 'TLSv1.3', mutual = false, tickets, session, onSession, serverName = 'localhost' } = options;
  const verifier = peerVerifier({ ca: options.ca ?? fixtures.ca });
  const forServer = serverConfig({
    credentials: [credential({ cert: fixtures.serverCert, key: fixtures.serverKey })],
    tickets,
    ...(mutual ? { verifier: peerVerifier({ ca: fixtures.ca }), clientAuth: 'require' as const } : {}),
  });
  const forClient = clientConfig({
    verifier,
    maxVersion: version,
    ...(mutual ? { credential: credential({ cert: fixtures.clientCert, key: fixtures.clientKey }) } : {}),
  });
  const [up, down] = [new TransformStream<Uint8Array>(), new TransformStream<Uint8Array>()];
  return {
    server: startTls({ readable: up.readable, writable: down.writable }, { config: forServer }),
    client: startTls(
      { readable: down.readable, writable: up.writable },
      { config: forClient, serverName, session, onSession },
    ),
  };
}

async function readAll({ readable }: TlsStreams): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const reader = readable.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
  return concat(chunks);
}

async function send({ writable }: TlsStreams, bytes: Uint8Array): Promise<void> {
  const writer = writable.getWriter();
  await writer.write(bytes);
  await writer.close();
}

/** Data both ways, each side ending in its own time: `first` ends before the other writes. */
async function exchange({ client, server }: Pair, first: 'client' | 'server'): Promise<void> {
  const [early, late] = first === 'client' ? [client, server] : [server, client];
  const data = pattern(100_000);
  const sent = send(early, data);
  sent.catch(() => {}); // awaited below, if it comes to that
  equalBytes(await within('the first half', readAll(late)), data, 'the first half');
  await within('the first end', sent);
  const answered = send(late, data.subarray(1));
  answered.catch(() => {});
  equalBytes(await within('the answer', readAll(early)), data.subarray(1), 'the answer behind the end');
  await within('the second end', answered);
  await within('closed', Promise.all([client.closed, server.closed]));
}

export const memory: readonly RuntimeTest[] = [
  ...(['TLSv1.3', 'TLSv1.2'] as const).flatMap(version => [
    {
      name: `${version} in memory: what was negotiated, with a client certificate`,
      async run(host: Host) {
        const both = pair(host, { version, mutual: true });
        const [client, server] = await within('the handshake', Promise.all([both.client.opened, both.server.opened]));
        equal(client.protocolVersion, version, 'the version');
        equal(client.peer?.kind, 'verified-chain', 'the server');
        equal(server.peer?.kind, 'verified-chain', 'the client');
        await exchange(both, 'client');
      },
    },
    ...(['client', 'server'] as const).map(first => ({
      name: `${version} in memory: the ${first} ends first, the other still answers`,
      run: (host: Host) => exchange(pair(host, { version }), first),
    })),
    {
      name: `${version} in memory: a session is resumed`,
      async run(host: Host) {
        const tickets = new TicketKeys();
        const sessions: Session[] = [];
        const first = pair(host, { version, tickets, onSession: session => sessions.push(session) });
        await exchange(first, 'server');
        equal(sessions.length > 0, true, 'there is a session');
        const second = pair(host, { version, tickets, session: sessions[0] });
        equal((await within('the handshake', second.client.opened)).resumed, true, 'resumed');
        await exchange(second, 'client');
        tickets.dispose();
      },
    },
    {
      name: `${version} in memory: a wrong name and a stranger are refused on both sides`,
      async run(host: Host) {
        for (const [wrong, code] of [
          [{ serverName: 'other.test' }, 'ERR_CERT_NAME_MISMATCH'],
          [{ ca: host.fixtures.otherCa }, 'ERR_CERT_UNKNOWN_ISSUER'],
        ] as const) {
          const { client, server } = pair(host, { version, ...wrong });
          const codes = await Promise.all([codeOf('the client', client.opened), codeOf('the server', server.closed)]);
          equal(codes, [code, 'ERR_ALERT_RECEIVED'], 'the codes');
        }
      },
    },
  ]),
];
