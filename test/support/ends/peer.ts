// The peer of the table of ends: a Connection over a bare TCP socket, so that close_notify, FIN and RST are apart.

import type { Socket } from 'node:net';
import * as castls from '../../../src/index.ts';
import { ca, keyPair } from '../node_tls.ts';
import { type Cell, deadline, defer, rests } from './cell.ts';

export const clientSettings = new Map<string, castls.ClientConfig>();
export const serverSettings = new Map<string, castls.ServerConfig>();

/** The peer's config: one for each version. */
export function peerConnection(cell: Cell): castls.Connection {
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
export class Peer {
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

export const clientConfigOf = (maxVersion: Cell['version']) =>
  castls.clientConfig({ verifier: castls.peerVerifier({ ca }), maxVersion, groups: ['x25519'] });
export const serverConfigOf = (maxVersion: Cell['version']) =>
  castls.serverConfig({ credentials: [castls.credential(keyPair('server_p256'))], maxVersion });
