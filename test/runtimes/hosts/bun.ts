// The list on Bun: castls/bun for the clients. Argument: a file with the setting.

const started = performance.now();

import { readFileSync } from 'node:fs';
import type { ConnectionInfo } from 'castls';
import { connect as connectBun } from 'castls/bun';
import type { Client, ClientOptions } from '../list/host.ts';
import { report } from './report.ts';

const setting = JSON.parse(readFileSync(process.argv[2], 'utf8'));

async function connect(options: ClientOptions): Promise<Client> {
  const { port, serverName = 'localhost', ca, cert, key, alpn, maxVersion } = options;
  const chunks: Uint8Array[] = [];
  let over = false;
  let failure: Error | null = null;
  let wake: () => void = () => {};
  const changed = () => new Promise<void>(resolve => (wake = resolve));
  let open!: (info: ConnectionInfo) => void;
  let refuse!: (error: unknown) => void;
  const opened = new Promise<ConnectionInfo>((resolve, reject) => {
    open = resolve;
    refuse = reject;
  });
  opened.catch(() => {});
  const end = (error?: Error) => {
    over = true;
    if (error) failure = error;
    refuse(error ?? new Error('closed'));
    wake();
  };
  const socket = await connectBun({
    hostname: '127.0.0.1',
    port,
    tls: { ca, cert, key, alpn, maxVersion, serverName },
    socket: {
      handshake: (it, success, error) => (success ? open(it.info) : refuse(error)),
      data: (_, bytes) => {
        chunks.push(bytes);
        wake();
      },
      drain: () => wake(),
      end: () => end(),
      error: (_, error) => end(error),
      close: (_, error) => end(error),
    },
  });
  return {
    opened,
    write: async bytes => {
      await opened;
      for (let at = 0; at < bytes.length; ) {
        const taken = socket.write(bytes, at);
        if (taken < 0) throw failure ?? new Error('closed');
        at += taken;
        if (at < bytes.length) await changed();
      }
    },
    end: async () => void socket.end(),
    read: async () => {
      while (chunks.length === 0 && !over) await changed();
      const next = chunks.shift();
      if (next === undefined && failure !== null) throw failure;
      return next ?? null;
    },
    close: async () => socket.terminate(),
  };
}

const { Bun } = globalThis as unknown as { Bun: { version: string } };
const result = await report(setting, { name: `Bun ${Bun.version}`, connect }, started);
console.log(JSON.stringify(result));
process.exit(0);
