// The least there can be between castls' Connection and a socket: reads of the kernel into one buffer, writes to the kernel's handle, no
// stream of node's between, nothing of what a program may ask of a socket beside. What stands on it is a prototype that shows how fast a
// path could be.

import type { Socket } from 'node:net';
import { dataMemory, giveBack, outputBuffers } from '../../src/adapters/node/stream/buffers.ts';
import { readDirectly } from '../../src/adapters/node/stream/direct_reads.ts';
import { watchWrites, writeDirectly, writesDirectly } from '../../src/adapters/node/stream/direct_writes.ts';
import { type ClientConfig, Connection, type ConnectionEvent, type ServerConfig } from '../../src/index.ts';

type Settings = ConstructorParameters<typeof Connection>[0];

const connections = new WeakMap<Socket, KernelConnection>();

export abstract class KernelConnection {
  protected readonly connection: Connection;
  protected readonly socket: Socket;
  /** Writes that the kernel has not taken. */
  #waiting = 0;

  /** @param socket connected and paused, and nobody else's */
  constructor(socket: Socket, settings: Settings, config: ClientConfig | ServerConfig) {
    this.socket = socket;
    this.connection = new Connection(settings, {
      ...config,
      buffers: outputBuffers,
      dataMemory,
      onProgress: () => this.progress(),
      allowTruncation: true,
    });
    connections.set(socket, this);
    socket.setNoDelay(true);
    socket.on('error', () => this.connection.destroy());
    socket.on('close', () => this.connection.destroy());
    if (!readDirectly(socket, takeRead)) throw new Error('this node reads in another way');
    socket.resume();
  }

  received(bytes: Uint8Array): void {
    this.connection.receive(bytes);
    this.progress();
  }

  protected abstract happened(event: ConnectionEvent): void;

  /** The kernel takes more. */
  protected abstract room(): void;

  protected get full(): boolean {
    return this.#waiting > 0;
  }

  progress(): void {
    for (let event = this.connection.nextEvent(); event !== null; event = this.connection.nextEvent()) {
      this.happened(event);
    }
    this.flush();
    if (!this.full) this.room();
  }

  protected flush(): void {
    if (this.socket.destroyed) return;
    for (const chunk of this.connection.takeOutput()) this.#send(chunk);
  }

  #send(chunk: Uint8Array): void {
    const { socket } = this;
    if (writesDirectly(socket)) {
      if (writeDirectly(socket, chunk, this, written)) giveBack(chunk);
      else this.#waiting++;
      return;
    }
    watchWrites(socket);
    this.#waiting++;
    socket.write(chunk, error => this.written(chunk, error ?? null));
  }

  written(chunk: Uint8Array, error: Error | null): void {
    this.#waiting--;
    if (error !== null) {
      this.socket.destroy();
      return;
    }
    giveBack(chunk);
    if (!this.full) this.room();
  }
}

const written = (user: KernelConnection, chunk: Uint8Array, error: Error | null): void => user.written(chunk, error);

function takeRead(this: Socket, length: number, read: Uint8Array): boolean {
  const connection = connections.get(this) as KernelConnection;
  connection.received(read.subarray(0, length));
  return true;
}
