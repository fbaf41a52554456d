// Raw public keys (RFC 7250) with GnuTLS in both roles, TLS 1.3 and 1.2: gnutls-serv shows a key, gnutls-cli shows one.

import { createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as castls from '../../src/index.ts';
import { cleanUp, event, keyPair, later, within } from '../support/node_tls.ts';
import { answers, freePort, run, withPeer } from '../support/peers.ts';

test.after.each(cleanUp);

interface RawPair {
  readonly spki: Uint8Array;
  readonly publicFile: string;
  readonly keyFile: string;
  readonly credential: castls.Credential;
}

const folder = mkdtempSync(join(tmpdir(), 'castls-raw-'));
test.after(() => rmSync(folder, { recursive: true }));

function rawPair(name: string): RawPair {
  const { key } = keyPair(name);
  const publicKey = createPublicKey(key);
  const [publicFile, keyFile] = [join(folder, `${name}.pub`), join(folder, `${name}.key`)];
  const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  writeFileSync(publicFile, pem);
  writeFileSync(keyFile, key);
  const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
  return { spki, publicFile, keyFile, credential: castls.rawPublicKey({ publicKey: pem, key }) };
}

const raw = ['RawPublicKey'] as const;
const types = '+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK';

/** Pumps a connection over TCP. @returns what was received, once it is that many bytes */
function exchange(tls: castls.Connection, socket: Socket, say: string, length: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    let said = false;
    const pump = () => {
      for (let next = tls.nextEvent(); next !== null; next = tls.nextEvent()) {
        if (next.kind === 'data') received += new TextDecoder().decode(next.data);
        if (next.kind === 'closed' && next.error !== null) reject(next.error);
      }
      if (!said && tls.state === 'established') {
        said = true;
        tls.write(new TextEncoder().encode(say));
      }
      for (const record of tls.takeOutput()) socket.write(record);
      if (received.length >= length) resolve(received);
    };
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`closed: ${tls.error?.message}`)));
    socket.on('data', chunk => {
      tls.receive(chunk);
      pump();
    });
    pump();
  });
}

withPeer('GnuTLS', ['gnutls-cli', 'gnutls-serv'], () => {
  const server = rawPair('server_p256');
  const client = rawPair('server_rsa');

  for (const version of ['1.3', '1.2'] as const) {
    const versions = { minVersion: `TLSv${version}`, maxVersion: `TLSv${version}` } as const;
    const priority = `NORMAL:-VERS-ALL:+VERS-TLS${version}:-CTYPE-ALL:${types}`;

    test(`TLS ${version}: to gnutls-serv, a raw key on each side`, async () => {
      const port = await freePort();
      const files = ['--rawpkkeyfile', server.keyFile, '--rawpkfile', server.publicFile];
      const peer = run('gnutls-serv', ['-p', String(port), '--echo', '--priority', priority, ...files, '-a']);
      await answers(port);
      const config = castls.clientConfig({
        ...versions,
        peerCertificateTypes: raw,
        credential: client.credential,
        verifier: castls.pinnedKeyVerifier({ keys: [server.spki] }),
      });
      const tls = new castls.Connection(config.settings({}), config);
      later(() => tls.dispose());
      const socket = connect(port, '127.0.0.1');
      later(() => socket.destroy());
      assert.match(await within('an echo', exchange(tls, socket, 'raw and back\n', 13)), /raw and back/, peer.output);
      assert.equal([tls.info.peer?.kind, tls.info.protocolVersion], ['raw-key', `TLSv${version}`]);
      assert.equal(tls.info.peerRawPublicKey, server.spki);
    });

    test(`TLS ${version}: from gnutls-cli, a raw key on each side`, async () => {
      const config = castls.serverConfig({
        ...versions,
        credentials: [server.credential],
        clientAuth: 'require',
        peerCertificateTypes: raw,
        verifier: castls.pinnedKeyVerifier({ keys: [client.spki] }),
      });
      const listener = createServer().listen(0, '127.0.0.1');
      later(() => listener.close());
      await event(listener, 'listening');
      const files = ['--rawpkkeyfile', client.keyFile, '--rawpkfile', client.publicFile];
      const { port } = listener.address() as AddressInfo;
      const peer = run('gnutls-cli', ['-p', String(port), '127.0.0.1', '--priority', priority, '--insecure', ...files]);
      const socket = await within('a client', event<Socket>(listener, 'connection'));
      later(() => socket.destroy());
      const tls = new castls.Connection(config.settings(), config);
      later(() => tls.dispose());
      peer.write('from GnuTLS\n');
      const received = await within('data', exchange(tls, socket, 'from castls\n', 12)).catch(error => {
        throw new Error(`${error.message}: ${peer.output}`);
      });
      assert.match(received, /from GnuTLS/);
      await peer.says(/from castls/);
      assert.equal([tls.info.peer?.kind, tls.info.protocolVersion], ['raw-key', `TLSv${version}`]);
      assert.equal(tls.info.peerRawPublicKey, client.spki);
    });
  }
});

test.run();
