// SSL 3.0, TLS 1.0 and TLS 1.1 against tlslite-ng, another code without OpenSSL, where Python has it (or $CASTLS_PYTHON has).

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { aesCbc, type LegacyVersion, legacy, rc4, ssl30, tls10, tls11, tripleDes } from '../../src/legacy.ts';
import { cleanUp, client, event, own, readBytes } from '../support/node_tls.ts';
import { authority, clientCertificate, serverCertificate } from '../support/peer_certificates.ts';
import { assertNegotiated, castlsServer, identity, type Peer, root, run } from '../support/peers.ts';

test.after.each(cleanUp);

const python = process.env['CASTLS_PYTHON'] ?? 'python3';
const found = spawnSync(python, ['-c', 'import tlslite'], { encoding: 'utf8', timeout: 20_000 });
const present = found.status === 0;
// No Debian package: CI does not ask for it.
if (!present) {
  console.log(`SKIPPED tlslite-ng: ${python} has no module tlslite`);
  test.skip('tlslite-ng is not here', () => {});
}

interface Suite {
  readonly name: string;
  /** tlslite's names of cipher and exchange. */
  readonly cipher: string;
  readonly exchange: 'rsa' | 'dhe_rsa' | 'ecdhe_rsa';
}

const suites: readonly Suite[] = [
  { name: 'TLS_RSA_WITH_AES_128_CBC_SHA', cipher: 'aes128', exchange: 'rsa' },
  { name: 'TLS_RSA_WITH_3DES_EDE_CBC_SHA', cipher: '3des', exchange: 'rsa' },
  { name: 'TLS_RSA_WITH_RC4_128_SHA', cipher: 'rc4', exchange: 'rsa' },
  { name: 'TLS_DHE_RSA_WITH_AES_256_CBC_SHA', cipher: 'aes256', exchange: 'dhe_rsa' },
  { name: 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', cipher: 'aes256', exchange: 'ecdhe_rsa' },
];

type Options = TlsOptions & ConnectionOptions;

function speaking(version: LegacyVersion, { exchange }: Suite): Options {
  const options = { versions: [version], ciphers: [aesCbc, tripleDes, rc4], dangerouslySilent: true };
  return { legacy: legacy(options), ...(exchange === 'dhe_rsa' && { ecdhCurve: 'ffdhe2048' }) } as Options;
}

function tlslite(mode: 'server' | 'client', port: number, version: LegacyVersion, { cipher, exchange }: Suite): Peer {
  const { certFile, keyFile } = mode === 'server' ? serverCertificate('rsa') : clientCertificate('rsa');
  const args = [mode, String(port), String(version.version & 0xff), cipher, exchange, certFile, keyFile];
  return run(python, [join(root, 'test/interop/python/tlslite_peer.py'), ...args]);
}

for (const version of present ? [ssl30, tls10, tls11] : []) {
  const protocol = version.name;
  for (const suite of suites.filter(({ exchange }) => version !== ssl30 || exchange !== 'ecdhe_rsa')) {
    test(`castls to tlslite: ${protocol} ${suite.name}, a client certificate, resumption`, async () => {
      const peer = tlslite('server', 0, version, suite);
      const [, port] = await peer.says(/^LISTENING (\d+)$/m);
      const options = { ca: authority().cert, ...identity(clientCertificate('rsa')), ...speaking(version, suite) };
      let session: Buffer | undefined;
      for (const again of [false, true]) {
        const socket = client(own, Number(port), { ...options, session });
        if (!again) socket.once('session', (given: Buffer) => (session = given));
        await event(socket, 'secureConnect');
        assertNegotiated(socket, { protocol, suite: suite.name, resumed: again });
        socket.write('a line of castls\n');
        assert.is(String(await readBytes(socket, 17)), 'a line of castls\n');
        socket.end();
        await event(socket, 'close');
      }
      assert.is(await peer.finished(), 0, peer.output);
      assert.is(peer.stdout.match(/^DONE .* True$/gm)?.length, 2, peer.output);
    });

    test(`tlslite to castls: ${protocol} ${suite.name}, a client certificate, resumption`, async () => {
      const server = { ...identity(serverCertificate('rsa')), requestCert: true, ...speaking(version, suite) };
      const running = await castlsServer(server);
      const peer = tlslite('client', running.port, version, suite);
      assert.is(await peer.finished(), 0, peer.output);
      assert.is(peer.stdout.match(/^ECHO a line of tlslite$/gm)?.length, 2, peer.output);
      const seen = running.sockets.map(socket => [socket.authorized, socket.isSessionReused()]);
      assert.equal(seen.slice(-2), [
        [true, false],
        [true, true],
      ]);
    });
  }
}

test.run();
