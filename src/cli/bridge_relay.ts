// One connection of a bridge: the bytes of binary messages to a TCP socket and back, as they are. A WebSocket has no halves, so
// the text message "fin" stands for the end of a direction; whatever else is text ends the connection.

import { connect, type Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { BridgeLimits, Target } from './bridge_policy.ts';

/** The end of a direction, as a text message. */
const FIN = 'fin';
/** Bytes that may wait for a slow WebSocket before the TCP socket is paused. */
const MAX_BUFFERED = 1024 * 1024;
/** How long the other side may take to end its direction after one side has ended everything. */
const LINGER_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;

/** What a connection did, for the log. */
export interface Relayed {
  readonly target: Target;
  readonly sent: number;
  readonly received: number;
  readonly why: string;
}

/** Relays until both directions are over or a limit is reached. @param done called once */
export function relay(socket: WebSocket, target: Target, limits: BridgeLimits, done: (relayed: Relayed) => void): void {
  const tcp = connect({ host: target.host, port: target.port, allowHalfOpen: true, noDelay: true });
  let sent = 0;
  let received = 0;
  let over = false;
  let clientEnded = false;
  let serverEnded = false;
  const lasting = setTimeout(() => end(1008, 'the time of a connection is over'), limits.seconds * 1000);
  const connecting = setTimeout(() => end(1011, 'the target does not answer'), CONNECT_TIMEOUT_MS);
  tcp.setTimeout(limits.idleSeconds * 1000, () => end(1008, 'nothing came for too long'));
  tcp.once('connect', () => clearTimeout(connecting));

  const end = (code: number, reason: string): void => {
    if (over) return;
    over = true;
    clearTimeout(lasting);
    clearTimeout(connecting);
    socket.close(code, reason);
    // Who does not answer the close is cut off, so that nobody holds a socket for nothing.
    setTimeout(() => socket.terminate(), LINGER_MS).unref();
    tcp.destroy();
    done({ target, sent, received, why: reason || 'ended' });
  };
  const endIfBothDid = (): void => {
    if (clientEnded && serverEnded) end(1000, '');
  };
  const overBytes = (): boolean => sent + received > limits.bytes;

  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (over) return;
    if (!isBinary) {
      if (data.toString() !== FIN || clientEnded) end(1003, 'binary messages only');
      else {
        clientEnded = true;
        tcp.end();
        endIfBothDid();
      }
      return;
    }
    if (clientEnded) return end(1002, 'data behind the end');
    sent += data.length;
    if (overBytes()) return end(1008, 'the bytes of a connection are used up');
    if (!tcp.write(data)) pauseUntilDrain(socket, tcp);
  });
  socket.on('close', () => {
    // The client is gone: what it sent still goes to the server.
    tcp.end();
    end(1000, 'the client closed');
  });
  socket.on('error', () => end(1002, 'the client broke the protocol'));

  tcp.on('data', (data: Buffer) => {
    received += data.length;
    if (overBytes()) return end(1008, 'the bytes of a connection are used up');
    socket.send(data, () => {
      if (tcp.isPaused() && socket.bufferedAmount < MAX_BUFFERED) tcp.resume();
    });
    if (socket.bufferedAmount >= MAX_BUFFERED) tcp.pause();
  });
  tcp.on('end', () => {
    serverEnded = true;
    socket.send(FIN);
    endIfBothDid();
    if (!clientEnded) setTimeout(() => end(1000, ''), LINGER_MS).unref();
  });
  tcp.on('error', error => end(1011, `the target: ${(error as NodeJS.ErrnoException).code ?? 'it failed'}`));
  tcp.on('close', () => end(1000, ''));
}

function pauseUntilDrain(socket: WebSocket, tcp: Socket): void {
  socket.pause();
  tcp.once('drain', () => socket.resume());
}
