// The option `legacy` of castls/node: data, client certificates and resumption in every version, and what stands in for nothing
// when another option is absent.

import { readFileSync } from 'node:fs';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { legacy, ssl30, tls10, tls11 } from '../../src/legacy.ts';
import { cleanUp, client, event, listen, own, readBytes } from '../support/node_tls.ts';

test.after.each(cleanUp);

const file = (name: string) => readFileSync(`test/fixtures/${name}`);
const identity = (name: string) => ({ cert: file(`${name}.crt`), key: file(`${name}.key`) });

for (const version of [ssl30, tls10, tls11]) {
  for (const requestCert of [false, true]) {
    test(`${version.name}: resumed again and again${requestCert ? ', with a client certificate' : ''}`, async () => {
      const option = { legacy: legacy({ versions: [version], dangerouslySilent: true }) } as TlsOptions &
        ConnectionOptions;
      const server = { ...identity('server_rsa'), ca: file('ca.crt'), requestCert, ...option };
      const { port } = await listen(own, server, socket => socket.pipe(socket));
      let session: Buffer | undefined;
      for (const again of [false, true, true]) {
        const names = { ca: file('ca.crt'), servername: 'example.test', ...identity('client_rsa') };
        const socket = client(own, port, { ...names, ...option, session });
        socket.once('session', (given: Buffer) => (session = given));
        await event(socket, 'secureConnect');
        assert.is(socket.getProtocol(), version.name);
        assert.is(socket.isSessionReused(), again);
        socket.write('across');
        assert.is(String(await readBytes(socket, 6)), 'across');
        socket.end();
        await event(socket, 'close');
      }
    });
  }
}

test.run();
