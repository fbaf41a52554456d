// The list on Deno: castls/deno for the clients. Argument: a file with the setting.

const started = performance.now();

import { connectTls } from 'castls/deno';
import type { Client, ClientOptions } from '../list/host.ts';
import { report } from './report.ts';

interface DenoHost {
  readonly args: readonly string[];
  readonly version: { readonly deno: string };
  readTextFileSync(path: string): string;
  exit(code: number): never;
}
const { Deno } = globalThis as unknown as { Deno: DenoHost };
const setting = JSON.parse(Deno.readTextFileSync(Deno.args[0]));

async function connect(options: ClientOptions): Promise<Client> {
  const { port, serverName = 'localhost', ca, cert, key, alpn, maxVersion } = options;
  const conn = await connectTls({
    hostname: '127.0.0.1',
    serverName,
    port,
    caCerts: [ca],
    cert,
    key,
    alpnProtocols: alpn,
    maxVersion,
  });
  const opened = conn.handshake().then(({ info }) => info);
  opened.catch(() => {});
  const buffer = new Uint8Array(64 * 1024);
  return {
    opened,
    write: async bytes => void (await conn.write(bytes)),
    end: () => conn.closeWrite(),
    read: async () => {
      const length = await conn.read(buffer);
      return length === null ? null : buffer.slice(0, length);
    },
    close: async () => conn.close(),
  };
}

const result = await report(setting, { name: `Deno ${Deno.version.deno}`, connect }, started);
console.log(JSON.stringify(result));
Deno.exit(0);
