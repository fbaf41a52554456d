// One connection of a bridge: the bytes of binary messages to a TCP socket and back, as they are. A WebSocket has no halves, so
// the text message "fin" stands for the end of a direction; whatever else is text ends the connection.

import { connect, type Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { closeCodes } from './bridge_codes.ts';
import type { BridgeLimits, Target } from './bridge_policy.ts';

/** The end of a direction, as a text message. */
const FIN = 'fin';
/** Bytes that may wait for a slow WebSocket before the TCP socket is paused. */
const MAX_BUFFERED = 1024 * 1024;
/** How long the other side may take to end its direction after one side has ended everything. */
const LINGER_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** How long a server may say nothing after its client has gone. */
const QUIET_MS = 1000;

const CLIENT_GONE = 'the client closed';

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
  let clientGone = false;
  let connected = false;
  const lasting = setTimeout(() => end(closeCodes.time, 'the time of a connection is over'), limits.seconds * 1000);
  const connecting = setTimeout(() => end(closeCodes.unanswered, 'no answer for 10 s'), CONNECT_TIMEOUT_MS);
  tcp.setTimeout(limits.idleSeconds * 1000);
  tcp.on('timeout', () => {
    if (clientGone) end(closeCodes.ended, CLIENT_GONE);
    else end(closeCodes.time, 'nothing came for too long');
  });
  tcp.once('connect', () => {
    connected = true;
    clearTimeout(connecting);
  });

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
  const overBytes = (): boolean => sent + received > limits.bytes;
  // What the client sent still goes to the server, an alert perhaps. What comes is dropped for a while: a socket that is
  // closed with unread data resets the connection, and a reset may overtake what was sent.
  const leave = (): void => {
    if (over) return;
    clientGone = true;
    // A server that is not reached yet is not waited for in vain; what waits for it is written when it is.
    if (tcp.connecting && sent === 0) {
      end(closeCodes.ended, CLIENT_GONE);
      return;
    }
    tcp.end();
    tcp.resume();
    tcp.setTimeout(QUIET_MS);
    setTimeout(() => end(closeCodes.ended, CLIENT_GONE), LINGER_MS).unref();
  };

  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (over) return;
    if (!isBinary) {
      if (data.toString() !== FIN || clientEnded) end(closeCodes.protocol, 'binary messages only');
      else {
        clientEnded = true;
        tcp.end(); // what waits to be written leaves before
      }
      return;
    }
    if (clientEnded) return end(closeCodes.protocol, 'data behind the end');
    sent += data.length;
    if (overBytes()) return end(closeCodes.bytes, 'the bytes of a connection are used up');
    if (!tcp.write(data)) pauseUntilDrain(socket, tcp);
  });
  socket.on('close', leave);
  socket.on('error', () => end(closeCodes.protocol, 'the client broke the protocol'));

  tcp.on('data', (data: Buffer) => {
    received += data.length;
    if (overBytes()) return end(closeCodes.bytes, 'the bytes of a connection are used up');
    if (clientGone) return;
    socket.send(data, () => {
      if (tcp.isPaused() && socket.bufferedAmount < MAX_BUFFERED) tcp.resume();
    });
    if (socket.bufferedAmount >= MAX_BUFFERED) tcp.pause();
  });
  tcp.on('end', () => {
    if (!clientGone) socket.send(FIN);
  });
  tcp.on('error', error => {
    const { code = error.message } = error as NodeJS.ErrnoException;
    end(connected ? closeCodes.broken : closeCodes.unreachable, `${code}`.slice(0, 100));
  });
  // Both directions are over, and all has left.
  tcp.on('close', () => end(closeCodes.ended, clientGone ? CLIENT_GONE : ''));
}

function pauseUntilDrain(socket: WebSocket, tcp: Socket): void {
  socket.pause();
  tcp.once('drain', () => socket.resume());
}
