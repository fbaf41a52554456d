// One connection of the table of ends: a tested end that behaves as the cell says, a peer that can leave in every way, and
// what each saw. The peer is a Connection over a bare TCP socket, so that close_notify, FIN and RST are apart.

import { createHash } from 'node:crypto';
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type * as nodeTls from 'node:tls';
import * as castls from '../../src/index.ts';
import { ca, keyPair, pause, type Tls, within } from './node_tls.ts';

export interface Cell {
  readonly version: 'TLSv1.3' | 'TLSv1.2';
  readonly role: 'client' | 'server';
  readonly transport: 'net.Socket' | 'Duplex' | 'Web Streams';
  readonly allowHalfOpen: boolean;
  readonly first: 'tested' | 'peer';
  /** How the peer leaves. "notify" alone: its FIN comes when it has seen ours. */
  readonly how: 'notify+FIN' | 'notify' | 'FIN' | 'RST';
  /** Each side sends while the other one does; else the second to end has nothing to say. */
  readonly inFlight: boolean;
  readonly slowWriter: boolean;
  readonly slowReader: boolean;
  /** Bytes each side sends. */
  readonly length: number;
}

export interface Outcome {
  /** What the tested end saw, in order; without what depends on timing. */
  readonly events: readonly string[];
  /** Digest and length of what arrived. */
  readonly atTested: string;
  readonly atPeer: string;
  /** Bytes that the tested end took to send. */
  readonly accepted: number;
  /** The peer's view of the tested end: close_notify, FIN or both. */
  readonly left: string;
}

/** Drops one byte on the way, to see that somebody notices. */
export type Plant = 'none' | 'to tested' | 'to peer';

const deadline = 8000;

/** A slow reader rests after each chunk, or after some of many. */
const rests = ({ slowReader, length }: Cell, chunks: number): boolean =>
  slowReader && (length < 1024 * 1024 || chunks % 16 === 0);

export function nameOfCell(cell: Cell): string {
  const { version, role, transport, allowHalfOpen, first, how, inFlight, slowWriter, slowReader } = cell;
  const words = [version, role, transport, allowHalfOpen ? 'allowHalfOpen' : '', `${first} first`, how];
  words.push(inFlight ? 'data in flight' : '', slowWriter ? 'slow writer' : '', slowReader ? 'slow reader' : '');
  return words.filter(word => word !== '').join(', ');
}

export const dataOf = (length: number, seed: number): Buffer => {
  const data = Buffer.alloc(length);
  for (let i = 0; i < length; i++) data[i] = (i * 31 + (i >> 8) * 7 + seed) & 0xff;
  return data;
};

export function digest(chunks: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  let length = 0;
  for (const chunk of chunks) {
    hash.update(chunk);
    length += chunk.length;
  }
  return `${length} ${hash.digest('hex').slice(0, 8)}`;
}

const clientSettings = new Map<string, castls.ClientConfig>();
const serverSettings = new Map<string, castls.ServerConfig>();

/** The peer's config: one for each version. */
function peerConnection(cell: Cell): castls.Connection {
  const { version } = cell;
  if (cell.role === 'server') {
    let config = clientSettings.get(version);
    if (config === undefined) {
      config = castls.clientConfig({
        verifier: castls.peerVerifier({ ca }),
        maxVersion: version,
        groups: ['x25519', 'secp256r1'],
      });
      clientSettings.set(version, config);
    }
    return new castls.Connection(config.settings({ serverName: 'example.test' }), {
      handshakeTimeout: deadline,
      allowTruncation: true,
    });
  }
  let config = serverSettings.get(version);
  if (config === undefined) {
    config = castls.serverConfig({ credentials: [castls.credential(keyPair('server_p256'))], maxVersion: version });
    serverSettings.set(version, config);
  }
  return new castls.Connection(config.settings(), { handshakeTimeout: deadline, allowTruncation: true });
}

/** The peer of the tested end. */
class Peer {
  readonly received: Buffer[] = [];
  readonly established = defer();
  /** The tested end's close_notify, or its FIN. */
  readonly ended = defer();
  readonly finished = defer();
  readonly left: string[] = [];
  readonly #socket: Socket;
  readonly #connection: castls.Connection;

  constructor(socket: Socket, cell: Cell) {
    this.#socket = socket;
    this.#connection = peerConnection(cell);
    socket.setNoDelay(true);
    socket.on('data', chunk => {
      this.#connection.receive(chunk);
      this.#pump();
      if (!rests(cell, this.received.length)) return;
      socket.pause();
      setTimeout(() => socket.resume(), 1);
    });
    socket.on('end', () => {
      this.left.push('FIN');
      this.#connection.endOfInput();
      this.#pump();
      this.ended.resolve();
      this.finished.resolve();
    });
    socket.on('error', () => {});
    socket.on('close', () => this.finished.resolve());
    this.#pump();
  }

  #pump(): void {
    for (let event = this.#connection.nextEvent(); event !== null; event = this.#connection.nextEvent()) {
      if (event.kind === 'established') this.established.resolve();
      else if (event.kind === 'data') this.received.push(Buffer.from(event.data));
      else if (event.kind === 'end' && event.closeNotify) {
        this.left.push('notify');
        this.ended.resolve();
      } else if (event.kind === 'closed' && event.error !== null) {
        this.left.push(event.error.code);
        this.ended.resolve();
      }
    }
    for (const chunk of this.#connection.takeOutput()) if (this.#socket.writable) this.#socket.write(chunk);
  }

  async send(data: Uint8Array): Promise<void> {
    for (let at = 0; at < data.length; ) {
      const accepted = this.#connection.write(data.subarray(at, at + 65536));
      if (accepted === 0) return;
      at += accepted;
      this.#pump();
      if (!this.#socket.writableNeedDrain) continue;
      const room = defer();
      this.#socket.once('drain', room.resolve);
      await Promise.race([room.promise, this.finished.promise]);
      this.#socket.off('drain', room.resolve);
    }
  }

  notify(): void {
    this.#connection.close();
    this.#pump();
  }

  fin(): void {
    this.#socket.end();
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }

  destroy(): void {
    this.#connection.dispose();
    this.#socket.destroy();
  }
}

/** What the table does with a tested end, whatever it is made of. */
interface Tested {
  readonly established: Promise<void>;
  /** The peer's end was seen, or nothing more comes. */
  readonly ended: Promise<void>;
  readonly closed: Promise<void>;
  readonly received: Buffer[];
  readonly events: string[];
  /** @returns false if it takes no more */
  write(data: Uint8Array): boolean;
  end(): void;
  destroy(): void;
}

function testedSocket(socket: nodeTls.TLSSocket, secure: string, cell: Cell, plant: Plant): Tested {
  const established = defer();
  const ended = defer();
  const closed = defer();
  const received: Buffer[] = [];
  const events: string[] = [];
  if (socket.getCipher()?.name !== undefined && secure === 'secureConnection') established.resolve();
  else socket.once(secure, () => established.resolve());
  let planted = plant;
  const less = (chunk: Buffer): Buffer => chunk.subarray(0, -1);
  socket.on('data', (chunk: Buffer) => {
    received.push(planted === 'to tested' ? less(chunk) : chunk);
    if (planted === 'to tested') planted = 'none';
    if (!rests(cell, received.length)) return;
    socket.pause();
    setTimeout(() => socket.resume(), 1);
  });
  socket.on('end', () => {
    events.push('end');
    ended.resolve();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    events.push(`error ${error.code}`);
    established.resolve();
    ended.resolve();
  });
  socket.on('close', () => {
    events.push('close');
    ended.resolve();
    closed.resolve();
  });
  return {
    established: established.promise,
    ended: ended.promise,
    closed: closed.promise,
    received,
    events,
    write: data => {
      if (!socket.writable) return false;
      socket.write(planted === 'to peer' ? less(Buffer.from(data)) : data);
      if (planted === 'to peer') planted = 'none';
      return true;
    },
    end: () => socket.end(),
    destroy: () => socket.destroy(),
  };
}

function testedStreams(tls: castls.TlsStreams, cell: Cell): Tested {
  const received: Buffer[] = [];
  const events: string[] = [];
  const ended = defer();
  const closed = defer();
  const writer = tls.writable.getWriter();
  writer.closed.catch(() => {});
  const read = async (): Promise<void> => {
    for await (const chunk of tls.readable as unknown as AsyncIterable<Uint8Array>) {
      received.push(Buffer.from(chunk));
      if (rests(cell, received.length)) await pause(1);
    }
  };
  const over = read().then(
    () => events.push('end'),
    error => events.push(`error ${error.code}`),
  );
  over.then(() => ended.resolve());
  Promise.allSettled([tls.closed, over]).then(() => {
    events.push('close');
    closed.resolve();
  });
  return {
    established: tls.opened.then(
      () => {},
      () => {},
    ),
    ended: ended.promise,
    closed: closed.promise,
    received,
    events,
    write: data => {
      writer.write(data).catch(() => {});
      return true;
    },
    end: () => void writer.close().catch(() => {}),
    destroy: () => void writer.abort().catch(() => {}),
  };
}

/** A Duplex that is no net.Socket. */
class Tunnel extends Duplex {
  readonly #socket: Socket;

  constructor(socket: Socket, allowHalfOpen: boolean) {
    super({ allowHalfOpen });
    this.#socket = socket;
    socket.on('data', chunk => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', error => this.destroy(error));
    socket.on('close', () => {
      if (this.readableEnded) this.destroy();
      else this.once('end', () => this.destroy());
    });
    socket.pause();
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#socket.write(chunk, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#socket.end(() => callback());
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#socket.destroy();
    callback(error);
  }
}

/** Web Streams whose directions end apart. */
function webStreams(socket: Socket): castls.ByteStreams {
  socket.pause();
  const readable = new ReadableStream<Uint8Array>({
    start(controller) {
      socket.on('data', chunk => {
        controller.enqueue(new Uint8Array(chunk));
        if ((controller.desiredSize ?? 0) <= 0) socket.pause();
      });
      socket.once('end', () => {
        try {
          controller.close();
        } catch {}
      });
      socket.on('error', error => {
        try {
          controller.error(error);
        } catch {}
      });
    },
    pull() {
      socket.resume();
    },
    cancel() {
      socket.destroy();
    },
  });
  const writable = new WritableStream<Uint8Array>({
    write: chunk => new Promise((resolve, reject) => socket.write(chunk, error => (error ? reject(error) : resolve()))),
    close: () => new Promise(resolve => socket.end(() => resolve())),
    abort: () => {
      socket.destroy();
    },
  });
  return { readable, writable };
}

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

const clientConfigOf = (maxVersion: Cell['version']) =>
  castls.clientConfig({ verifier: castls.peerVerifier({ ca }), maxVersion, groups: ['x25519'] });
const serverConfigOf = (maxVersion: Cell['version']) =>
  castls.serverConfig({ credentials: [castls.credential(keyPair('server_p256'))], maxVersion });

async function listening(server: import('node:net').Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function once<T = unknown>(emitter: NodeJS.EventEmitter, name: string): Promise<T> {
  return new Promise(resolve => emitter.once(name, resolve));
}

function defer(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve!: () => void;
  const promise = new Promise<void>(done => (resolve = done));
  return { promise, resolve };
}
