// TCP in between: a balancer that spreads connections over servers, and a way to Redis that can be cut or can hang.

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class Way {
  readonly #server: Server;
  readonly #targets: readonly number[];
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #next = 0;
  #mode: 'through' | 'hang' | 'cut' = 'through';
  port = 0;

  /** @param targets ports of 127.0.0.1, taken in turn */
  constructor(targets: readonly number[]) {
    this.#targets = targets;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, socket => this.#accept(socket));
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1', 4096);
    await new Promise(resolve => this.#server.once('listening', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Connections end, new ones are ended at once. */
  cut(): void {
    this.#mode = 'cut';
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  /** Connections stay, and nothing comes through. */
  hang(): void {
    this.#mode = 'hang';
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  mend(): void {
    this.#mode = 'through';
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #accept(socket: Socket): void {
    if (this.#mode === 'cut') {
      socket.destroy();
      return;
    }
    const port = this.#targets[this.#next++ % this.#targets.length];
    const target = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const pair = [socket, target] as const;
    this.#pairs.add(pair);
    for (const [from, to] of [
      [socket, target],
      [target, socket],
    ]) {
      from.pipe(to);
      from.once('error', () => to.destroy());
      from.once('close', () => {
        to.destroy();
        this.#pairs.delete(pair);
      });
      if (this.#mode === 'hang') from.pause();
    }
  }
}
