// Two connections in memory, which may be of different builds of castls: handshake, then bytes there and back.

import type { Connection } from '../../src/connection/connection.ts';

/** True if the same bytes came back: the server sends what it gets. False if a side ended before. */
export function exchange(client: Connection, server: Connection, bytes: Uint8Array): boolean {
  const back: Uint8Array[] = [];
  const echo: Uint8Array[] = [];
  let sent = 0;
  for (let moved = true; moved; ) {
    moved = false;
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      for (const record of from.takeOutput()) {
        to.receive(record);
        moved = true;
      }
    }
    for (let event = server.nextEvent(); event !== null; event = server.nextEvent()) {
      if (event.kind === 'data') echo.push(event.data);
    }
    for (let event = client.nextEvent(); event !== null; event = client.nextEvent()) {
      if (event.kind === 'data') back.push(event.data);
    }
    if (client.state === 'established' && sent < bytes.length) {
      const taken = client.write(bytes.subarray(sent, sent + 1 + ((sent * 7) % 40_000)));
      sent += taken;
      moved ||= taken > 0;
    }
    while (echo.length > 0 && server.state === 'established') {
      const [first] = echo;
      const taken = server.write(first);
      if (taken === 0) break;
      moved = true;
      if (taken === first.length) echo.shift();
      else echo[0] = first.subarray(taken);
    }
  }
  const all = Buffer.concat(back);
  return all.length === bytes.length && all.equals(bytes);
}
