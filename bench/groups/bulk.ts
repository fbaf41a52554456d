// Bulk download by a client over TCP: the server is node:tls in a process of its own, so that another core serves.
// One operation is one download over an established connection; the rate is that of the client.

import { once } from 'node:events';
import { connect as tcpConnect } from 'node:net';
import * as nodeTls from 'node:tls';
import { makeTLSClient, setCryptoImplementation } from '@reclaimprotocol/tls';
import { webcryptoCrypto } from '@reclaimprotocol/tls/webcrypto';
import * as subtls from 'subtls';
import * as castlsNode from '../../src/node.ts';
import { castls, peer, prototype } from '../core.ts';
import { PrototypeClient } from '../prototypes/client.ts';
import type { Candidate, Group } from '../suite.ts';
import { pem } from '../support/chain.ts';
import { Counter, type Server, startServer } from '../support/download.ts';

const MEBI = 1024 * 1024;
const FAST = 32 * MEBI;
/** The JavaScript clients get less to do, so that a turn stays short; rates are compared per byte. */
const SLOW = 4 * MEBI;
/** Downloads before the rate is measured, as the clients of the group "server" have them: engines compile what is used often. */
const WARM = 8;

/** A client that has shaken hands: asks for so many bytes and resolves when they have come. */
type Download = (bytes: number) => Promise<void>;

type Connect = typeof nodeTls.connect;

async function viaNodeApi(connect: Connect, { port, chain }: Server): Promise<Download> {
  const counter = new Counter();
  const socket = connect({ port, host: '127.0.0.1', servername: chain.host, ca: pem(chain.root) });
  await new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  socket.on('data', (data: Buffer) => counter.add(data.length));
  return bytes => {
    const all = counter.expect(bytes);
    socket.write(`${bytes}\n`);
    return all;
  };
}

async function viaPrototype({ port, chain }: Server): Promise<Download> {
  const counter = new Counter();
  const socket = tcpConnect(port, '127.0.0.1').pause();
  await once(socket, 'connect');
  const prototype = new PrototypeClient(socket, chain, counter);
  await prototype.established;
  return bytes => {
    const all = counter.expect(bytes);
    prototype.ask(`${bytes}\n`);
    return all;
  };
}

async function viaReclaim({ port, chain }: Server, suite: string): Promise<Download> {
  setCryptoImplementation(webcryptoCrypto);
  const counter = new Counter();
  const socket = tcpConnect(port, '127.0.0.1');
  const established = withResolvers();
  const client = makeTLSClient({
    host: chain.host,
    verifyServerCertificate: false,
    cipherSuites: [suite as never],
    write: async ({ header, content }) => {
      socket.write(header);
      socket.write(content);
    },
    onHandshake: () => established.resolve(),
    onApplicationData: data => counter.add(data.length),
    onTlsEnd: error => established.reject(error),
  });
  socket.on('data', data => void client.handleReceivedBytes(data));
  socket.on('connect', () => void client.startHandshake());
  await established.promise;
  return bytes => {
    const all = counter.expect(bytes);
    void client.write(Buffer.from(`${bytes}\n`));
    return all;
  };
}

function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let resolve = (): void => {};
  let reject = (_error: unknown): void => {};
  const promise = new Promise<void>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}

async function viaSubtls({ port, chain }: Server): Promise<Download> {
  const socket = tcpConnect(port, '127.0.0.1');
  await new Promise(resolve => socket.once('connect', resolve));
  const queue = new subtls.SocketReadQueue(socket);
  const roots = await subtls.TrustedCert.databaseFromPEM(pem(chain.root));
  const write = (data: Uint8Array): void => void socket.write(data);
  const { read, write: send } = await subtls.startTls(chain.host, roots, queue.read.bind(queue), write);
  return async bytes => {
    await send(new TextEncoder().encode(`${bytes}\n`));
    for (let left = bytes; left > 0; ) {
      const data = await read();
      if (data === undefined) throw new Error('subtls: the connection ended');
      left -= data.length;
    }
  };
}

interface Way {
  readonly who: { implementation: string; version: string };
  readonly bytes: number;
  open(): Promise<Download>;
}

async function rows(name: string, ways: readonly Way[]): Promise<Candidate[]> {
  return Promise.all(
    ways.map(async ({ who, bytes, open }): Promise<Candidate> => {
      const download = await open();
      // Rates are per mebibyte, so that clients with smaller turns can be compared.
      return {
        name,
        ...who,
        bytes: 0,
        asynchronous: true,
        operations: bytes / MEBI,
        warmUp: WARM,
        check: () => download(MEBI),
        run: () => download(bytes),
      };
    }),
  );
}

const native = { implementation: 'node:tls', version: `OpenSSL ${process.versions.openssl}` };

export const bulkGroup: Group = {
  name: 'bulk',
  async candidates() {
    const chacha = 'TLS_CHACHA20_POLY1305_SHA256';
    const aes = 'TLS_AES_128_GCM_SHA256';
    const chachaServer = await startServer(chacha, 'X25519');
    const aesServer = await startServer(aes, 'P-256');
    const own = castlsNode.connect as unknown as Connect;
    return [
      ...(await rows(`bulk download, ${chacha}`, [
        { who: castls, bytes: FAST, open: () => viaNodeApi(own, chachaServer) },
        { who: prototype, bytes: FAST, open: () => viaPrototype(chachaServer) },
        { who: native, bytes: FAST, open: () => viaNodeApi(nodeTls.connect, chachaServer) },
        { who: peer('@reclaimprotocol/tls'), bytes: SLOW, open: () => viaReclaim(chachaServer, chacha) },
      ])),
      ...(await rows(`bulk download, ${aes}`, [
        { who: castls, bytes: FAST, open: () => viaNodeApi(own, aesServer) },
        { who: prototype, bytes: FAST, open: () => viaPrototype(aesServer) },
        { who: native, bytes: FAST, open: () => viaNodeApi(nodeTls.connect, aesServer) },
        { who: peer('subtls'), bytes: SLOW, open: () => viaSubtls(aesServer) },
      ])),
    ];
  },
};
