// The prototypes of an HTTPS server, in a process of its own. Arguments: bodies | http, JSON {key, cert}.
//   bodies: no http either. A request is a line that is looked for, the answer one buffer that is sealed 64 KiB at a time.
//   http: node's http over a Duplex with nothing but what http asks of a socket: no context by name, no timers, no waiting for the peer's end.
// Speaks with its parent as bench/support/https_server.mjs does.

import { createServer as createHttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { type ConnectionEvent, credential, serverConfig, TicketKeys } from '../../src/index.ts';
import { KernelConnection } from './kernel_connection.ts';

/** Four records. */
const PART = 4 * 16384;
const [mode, json] = process.argv.slice(2);
const { key, cert } = JSON.parse(json);

const config = serverConfig({
  credentials: [credential({ cert, key })],
  tickets: new TicketKeys({}),
  alpn: ['http/1.1'],
});
const settings = config.settings();
const seen = { connections: 0, resumed: 0, requests: 0 };
const bodies = new Map<number, Buffer>();
const answers = new Map<number, Buffer>();

function bodyOf(length: number): Buffer {
  let body = bodies.get(length);
  if (body === undefined) bodies.set(length, (body = Buffer.alloc(length, 'castls benchmark ')));
  return body;
}

function answerOf(length: number): Buffer {
  let answer = answers.get(length);
  if (answer === undefined) {
    const head = `HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ncontent-length: ${length}\r\n\r\n`;
    answers.set(length, (answer = Buffer.concat([Buffer.from(head), bodyOf(length)])));
  }
  return answer;
}

abstract class Served extends KernelConnection {
  constructor(socket: Socket) {
    super(socket, settings, config);
    socket.on('end', () => {
      this.connection.endOfInput();
      socket.end();
    });
  }

  protected established(): void {
    seen.connections++;
    if (this.connection.info.resumed) seen.resumed++;
  }
}

class Bodies extends Served {
  #answer: Buffer | null = null;
  #at = 0;

  protected happened(event: ConnectionEvent): void {
    if (event.kind === 'established') this.established();
    else if (event.kind === 'data') {
      const [, length] = /^GET \/(\d+) /.exec(Buffer.from(event.data).toString('latin1')) ?? [];
      seen.requests++;
      this.#answer = answerOf(Number(length));
      this.#at = 0;
    } else if (event.kind === 'end' || event.kind === 'closed') this.socket.destroy();
  }

  protected room(): void {
    while (this.#answer !== null && !this.full) {
      const taken = this.connection.write(this.#answer.subarray(this.#at, this.#at + PART));
      this.#at += taken;
      // None where the client has left.
      if (taken === 0 || this.#at === this.#answer.length) this.#answer = null;
      this.flush();
    }
  }
}

class Http extends Served {
  readonly #duplex = new LeastDuplex(this);
  #scheduled = false;

  protected happened(event: ConnectionEvent): void {
    if (event.kind === 'established') {
      this.established();
      httpServer.emit('connection', this.#duplex);
    } else if (event.kind === 'data') {
      const { buffer, byteOffset, length } = event.data;
      this.#duplex.push(Buffer.from(buffer as ArrayBuffer, byteOffset, length));
    } else if (event.kind === 'end' || event.kind === 'closed') this.#duplex.push(null);
  }

  protected room(): void {}

  /** Tickets and the answer leave together. */
  write(chunk: Uint8Array): void {
    this.connection.write(chunk);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  protected override flush(): void {
    if (!this.#scheduled) super.flush();
  }

  end(): void {
    this.connection.close();
    this.#scheduled = false;
    this.flush();
    this.socket.end();
  }

  destroy(): void {
    this.connection.destroy();
    this.socket.destroySoon();
  }
}

class LeastDuplex extends Duplex {
  readonly #served: Http;
  readonly encrypted = true;

  constructor(served: Http) {
    super({ allowHalfOpen: true });
    this.#served = served;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.#served.write(chunk);
    callback();
  }

  override _writev(items: { chunk: Buffer }[], callback: () => void): void {
    this.#served.write(Buffer.concat(items.map(({ chunk }) => chunk)));
    callback();
  }

  override _final(callback: () => void): void {
    this.#served.end();
    callback();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#served.destroy();
    callback(error);
  }

  setTimeout(): this {
    return this;
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }
}

const httpServer = createHttpServer((request, response) => {
  seen.requests++;
  const body = bodyOf(Number(request.url?.slice(1)));
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': body.length });
  response.end(body);
});

const Class = mode === 'http' ? Http : Bodies;
const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, socket => void new Class(socket));
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => {
  console.log((server.address() as { port: number }).port);
});

process.stdin.on('data', () => {
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ ...seen, cpu: (user + system) / 1e6, at: performance.now() / 1e3 }));
});
process.stdin.on('end', () => process.exit(0));
