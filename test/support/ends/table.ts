// One connection of the table of ends: a tested end that behaves as the cell says, a peer that can leave in every way, and
// what each saw.

import { connect as connectTcp, createServer as createTcpServer, type Socket } from 'node:net';
import type * as nodeTls from 'node:tls';
import * as castls from '../../../src/index.ts';
import { ca, keyPair, pause, type Tls, within } from '../node_tls.ts';
import { type Cell, dataOf, deadline, digest, listening, nameOfCell, type Outcome, once, type Plant } from './cell.ts';
import { clientConfigOf, Peer, serverConfigOf } from './peer.ts';
import { type Tested, Tunnel, testedSocket, testedStreams, webStreams } from './tested.ts';

/** Runs a cell. @throws if something does not come to its end in time */
export async function runCell(tls: Tls, cell: Cell, plant: Plant = 'none'): Promise<Outcome> {
  const made = await open(tls, cell, plant);
  const { tested, peer } = made;
  try {
    return await within(nameOfCell(cell), play(tested, peer, cell), deadline + cell.length / 250);
  } finally {
    tested.destroy();
    peer.destroy();
    made.release();
  }
}

async function play(tested: Tested, peer: Peer, cell: Cell): Promise<Outcome> {
  await Promise.all([tested.established, peer.established.promise]);
  const question = dataOf(cell.length, 1);
  const answer = dataOf(cell.length, 2);
  const pieces = cell.slowWriter ? 4 : 1;
  let accepted = 0;
  const say = async (): Promise<void> => {
    const size = Math.ceil(question.length / pieces);
    // As a program does that writes and ends: what is in flight is not waited for.
    for (let at = 0; at < question.length; at += size) {
      const piece = question.subarray(at, at + size);
      if (!tested.write(piece)) return;
      accepted += piece.length;
      if (cell.slowWriter) await pause(2);
    }
  };
  if (cell.first === 'tested') {
    const flying = cell.inFlight ? peer.send(answer) : null;
    await say();
    tested.end();
    await peer.ended.promise;
    // The answer to a question that has ended.
    await (flying ?? peer.send(answer));
    await leave(tested, peer, cell, answer.length);
  } else {
    const saying = cell.inFlight ? say() : null;
    await peer.send(answer);
    await leave(tested, peer, cell, answer.length);
    await tested.ended;
    await saying;
    if (!cell.inFlight && cell.allowHalfOpen) await say();
    tested.end();
  }
  await Promise.all([tested.closed, peer.finished.promise]);
  return {
    events: tested.events,
    atTested: digest(tested.received),
    atPeer: digest(peer.received),
    accepted,
    left: peer.left.join('+'),
  };
}

async function leave(tested: Tested, peer: Peer, cell: Cell, length: number): Promise<void> {
  // A reset throws away what is on its way: nobody could ask for that.
  if (cell.how === 'RST') {
    const came = () => tested.received.reduce((sum, chunk) => sum + chunk.length, 0);
    for (let i = 0; came() < length && i < 500; i++) await pause(2);
    peer.reset();
    return;
  }
  if (cell.how !== 'FIN') peer.notify();
  if (cell.how === 'notify') peer.finished.promise.then(() => peer.fin());
  else peer.fin();
}

interface Opened {
  readonly tested: Tested;
  readonly peer: Peer;
  release(): void;
}

async function open(tls: Tls, cell: Cell, plant: Plant): Promise<Opened> {
  const { role, transport, allowHalfOpen, version } = cell;
  if (role === 'server' && transport === 'net.Socket') {
    const options = { ...keyPair('server_p256'), allowHalfOpen, maxVersion: version } as nodeTls.TlsOptions;
    const server = tls.createServer(options);
    const port = await listening(server);
    const accepted = once<nodeTls.TLSSocket>(server, 'secureConnection');
    const raw = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(raw, 'connect');
    const peer = new Peer(raw, cell);
    const socket = await within('secureConnection', accepted);
    return { tested: testedSocket(socket, 'secureConnection', cell, plant), peer, release: () => server.close() };
  }
  const server = createTcpServer({ allowHalfOpen: true });
  const port = await listening(server);
  const accepted = once<Socket>(server, 'connection');
  const release = () => server.close();
  const asClient = { servername: 'example.test', ca, maxVersion: version, ecdhCurve: 'X25519:P-256' };
  if (transport === 'net.Socket') {
    const socket = tls.connect({ port, host: '127.0.0.1', allowHalfOpen, ...asClient } as nodeTls.ConnectionOptions);
    const tested = testedSocket(socket, 'secureConnect', cell, plant);
    return { tested, peer: new Peer(await accepted, cell), release };
  }
  const raw = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(raw, 'connect');
  const far = await accepted;
  if (transport === 'Web Streams') {
    const { config, serverName } =
      role === 'client'
        ? { config: clientConfigOf(version), serverName: 'example.test' }
        : { config: serverConfigOf(version), serverName: undefined };
    const streams = castls.startTls(webStreams(raw), { config, serverName });
    return { tested: testedStreams(streams, cell), peer: new Peer(far, cell), release };
  }
  const tunnel = new Tunnel(raw, allowHalfOpen);
  const socket =
    role === 'client'
      ? tls.connect({ socket: tunnel, ...asClient } as nodeTls.ConnectionOptions)
      : new tls.TLSSocket(tunnel, {
          isServer: true,
          ...keyPair('server_p256'),
          maxVersion: version,
          allowHalfOpen,
        } as never);
  const secure = role === 'client' ? 'secureConnect' : 'secure';
  const tested = testedSocket(socket, secure, cell, plant);
  return { tested, peer: new Peer(far, cell), release };
}
