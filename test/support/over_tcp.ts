// A sans-I/O connection of castls over TCP, for peers that castls/node has no option for.

import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { ClientConfig, ClientTarget, ServerConfig } from '../../src/connection/config.ts';
import { Connection } from '../../src/connection/connection.ts';
import { later, within } from './node_tls.ts';

/** A connection and all that came of it. */
export interface Spoken {
  readonly tls: Connection;
  readonly received: Buffer;
  /** Lengths of the records that came, and of those that went. */
  readonly records: { readonly in: readonly number[]; readonly out: readonly number[] };
}

/** Says `say` once established; resolves when `length` bytes came. */
function pump(tls: Connection, socket: Socket, say: Uint8Array, length: number): Promise<Spoken> {
  const records = { in: [] as number[], out: [] as number[] };
  const [into, outOf] = [counter(records.in), counter(records.out)];
  let received = Buffer.alloc(0);
  let said = false;
  return new Promise((resolve, reject) => {
    const turn = () => {
      for (let next = tls.nextEvent(); next !== null; next = tls.nextEvent()) {
        if (next.kind === 'data') received = Buffer.concat([received, next.data]);
        if (next.kind === 'closed' && next.error !== null) reject(next.error);
      }
      if (!said && tls.state === 'established') {
        said = true;
        tls.write(say);
      }
      for (const chunk of tls.takeOutput()) {
        outOf(chunk);
        socket.write(chunk);
      }
      if (tls.state === 'established' && received.length >= length) resolve({ tls, received, records });
    };
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`closed: ${tls.error?.message}`)));
    socket.on('data', chunk => {
      into(chunk);
      tls.receive(chunk);
      turn();
    });
    turn();
  });
}

function counter(lengths: number[]): (chunk: Uint8Array) => void {
  let bytes = Buffer.alloc(0);
  return chunk => {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 5 && bytes.length >= 5 + bytes.readUInt16BE(3)) {
      const length = bytes.readUInt16BE(3);
      lengths.push(length);
      bytes = bytes.subarray(5 + length);
    }
  };
}

/** A client to a port of this machine. */
export async function speakTo(
  port: number,
  config: ClientConfig,
  target: ClientTarget,
  say: Uint8Array,
  length: number,
): Promise<Spoken> {
  const socket = connect(port, '127.0.0.1');
  later(() => socket.destroy());
  return within('what the server says', pump(new Connection(config.settings(target), config), socket, say, length));
}

/** A server for one client. @returns its port, and what came of it */
export async function speakFor(
  config: ServerConfig,
  say: Uint8Array,
  length: number,
): Promise<{ readonly port: number; readonly spoken: Promise<Spoken> }> {
  const server = createServer();
  later(() => server.close());
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  const spoken = new Promise<Spoken>((resolve, reject) => {
    server.once('connection', socket => {
      later(() => socket.destroy());
      pump(new Connection(config.settings(), config), socket, say, length).then(resolve, reject);
    });
  });
  spoken.catch(() => {});
  return { port: (server.address() as AddressInfo).port, spoken: within('what the client says', spoken) };
}
