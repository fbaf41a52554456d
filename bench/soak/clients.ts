// What the soak does to a server: requests that are good, and every way to be a bad peer that costs a server something.

import * as https from 'node:https';
import { type Socket, connect as tcpConnect } from 'node:net';
import * as nodeTls from 'node:tls';
import * as castlsTls from '../../src/node.ts';

export interface Target {
  readonly port: number;
  readonly host: string;
  readonly ca: string;
}

/** One thing a client does; resolves when it is over, rejects where it should have gone well. */
export type Client = (target: Target) => Promise<void>;

const MEBI = 2 ** 20;

const options = ({ port, host, ca }: Target) => ({ port, host: '127.0.0.1', servername: host, ca });

/** A request by node's client. @returns how long the answer took, in milliseconds */
export function request(target: Target, path: string, agent: https.Agent | false, body?: Buffer): Promise<number> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const sent = https.request(
      { ...options(target), path, agent, method: body === undefined ? 'GET' : 'POST', timeout: 20_000 },
      response => {
        response.on('error', reject).on('end', () => resolve(performance.now() - started));
        response.resume();
      },
    );
    sent.on('error', reject).on('timeout', () => sent.destroy(new Error('no answer in 20 s')));
    sent.end(body);
  });
}

/** A TCP connection that ends, whatever happens, after `milliseconds`. */
function raw(target: Target, milliseconds: number, use: (socket: Socket) => void): Promise<void> {
  return new Promise(resolve => {
    const socket = tcpConnect({ port: target.port, host: '127.0.0.1' });
    const timer = setTimeout(() => socket.destroy(), milliseconds);
    socket
      .on('error', () => {})
      .on('close', () => {
        clearTimeout(timer);
        resolve();
      });
    socket.on('connect', () => use(socket));
  });
}

type Use = (socket: nodeTls.TLSSocket, tcp: Socket) => void;

/** A TLS connection by node that ends, whatever happens, after `milliseconds`. */
function tls(target: Target, milliseconds: number, use: Use, more: nodeTls.ConnectionOptions = {}): Promise<void> {
  return raw(target, milliseconds, tcp => {
    const { servername, ca } = options(target);
    const socket = nodeTls.connect({ socket: tcp, servername, ca, ...more });
    socket.on('error', () => tcp.destroy()).on('close', () => tcp.destroy());
    socket.on('secureConnect', () => use(socket, tcp));
  });
}

const later = (milliseconds: number, run: () => void): unknown => setTimeout(run, milliseconds);

const kept = new https.Agent({ keepAlive: true, maxSockets: 4 });
let session: Buffer | undefined;

/** By name; those that are "good" must go well. */
export const good: Readonly<Record<string, Client>> = {
  'a request on a kept connection': async target => void (await request(target, '/1024', kept)),
  'a large answer': async target => void (await request(target, `/${4 * MEBI}`, kept)),
  'an upload': async target => void (await request(target, '/', false, Buffer.alloc(2 * MEBI))),
  'a new connection': async target => void (await request(target, '/64', false)),
  'TLS 1.2': target => tls(target, 5000, socket => socket.end('GET / HTTP/1.0\r\n\r\n'), { maxVersion: 'TLSv1.2' }),
  'a session resumed': target =>
    tls(
      target,
      5000,
      socket =>
        socket
          .on('session', ticket => (session = ticket))
          .resume()
          .end('GET / HTTP/1.0\r\n\r\n'),
      { session },
    ),
  'a client of castls': target =>
    new Promise((resolve, reject) => {
      const socket = castlsTls.connect({ ...options(target), timeout: 5000 }, () =>
        socket.end('GET / HTTP/1.0\r\n\r\n'),
      );
      socket
        .on('error', reject)
        .on('close', () => resolve())
        .on('timeout', () => socket.destroy())
        .resume();
    }),
};

export const faults: Readonly<Record<string, Client>> = {
  'no byte at all': target => raw(target, 400, () => {}),
  'a reset before a byte': target => raw(target, 400, socket => void socket.resetAndDestroy()),
  'plain HTTP': target => raw(target, 1000, socket => void socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')),
  garbage: target => raw(target, 1000, socket => void socket.write(crypto.getRandomValues(Buffer.alloc(2000)))),
  'half a ClientHello': target => raw(target, 600, socket => void socket.write(Buffer.from('160301020001', 'hex'))),
  'a byte at a time': target =>
    raw(target, 1500, socket => {
      const hello = Buffer.from('16030100050100000103', 'hex');
      for (let i = 0; i < hello.length; i++)
        later(i * 50, () => socket.writable && socket.write(hello.subarray(i, i + 1)));
    }),
  'another authority': target => tls(target, 2000, socket => socket.destroy(), { ca: undefined }),
  'no version in common': target =>
    tls(target, 2000, socket => socket.destroy(), {
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    }),
  'a reset after the handshake': target => tls(target, 2000, (_socket, tcp) => void tcp.resetAndDestroy()),
  'an end without close_notify': target => tls(target, 2000, (_socket, tcp) => void tcp.destroy()),
  'a reset inside an answer': target =>
    tls(target, 3000, (socket, tcp) => {
      socket.once('data', () => void tcp.resetAndDestroy());
      socket.write(`GET /${8 * MEBI} HTTP/1.1\r\nHost: x\r\n\r\n`);
    }),
  'a reader that stops': target =>
    tls(target, 2500, socket => {
      socket.pause();
      socket.write(`GET /${8 * MEBI} HTTP/1.1\r\nHost: x\r\n\r\n`);
    }),
  'half a request': target =>
    tls(target, 1500, socket => void socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf')),
  'a record of garbage': target =>
    tls(target, 1500, (_socket, tcp) => {
      tcp.write(Buffer.from('170303001000112233445566778899aabbccddeeff', 'hex'));
      later(200, () => void tcp.resetAndDestroy());
    }),
};

export function closeAgents(): void {
  kept.destroy();
}
