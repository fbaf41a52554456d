// max_fragment_length and padded records with OpenSSL, both roles.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as castls from '../../src/index.ts';
import { cleanUp } from '../support/node_tls.ts';
import { speakFor, speakTo } from '../support/over_tcp.ts';
import { authority, serverCertificate } from '../support/peer_certificates.ts';
import { run, withPeer } from '../support/peers.ts';

test.after.each(cleanUp);

const line = Buffer.from(`${'sltsac'.repeat(500)}\n`);

withPeer('OpenSSL', ['openssl'], () => {
  const { cert, key, certFile, keyFile } = serverCertificate('p256');
  const credentials = [castls.credential({ cert, key })];
  const client = () => ({ verifier: castls.peerVerifier({ ca: authority().cert }) });

  const sServer = async (...args: string[]) => {
    const files = ['-cert', certFile, '-key', keyFile];
    const peer = run('openssl', ['s_server', '-accept', '127.0.0.1:0', '-rev', ...files, ...args]);
    const [, port] = await peer.says(/^ACCEPT 127\.0\.0\.1:(\d+)$/m);
    return Number(port);
  };

  for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
    const flag = version === 'TLSv1.3' ? '-tls1_3' : '-tls1_2';

    test(`castls to openssl: max_fragment_length, ${version}`, async () => {
      const port = await sServer(flag);
      const config = castls.clientConfig({ ...client(), maxFragmentLength: 512 });
      const { received, records } = await speakTo(port, config, { serverName: 'example.test' }, line, line.length);
      assert.is(received.length, line.length);
      for (const lengths of [records.in.slice(-6), records.out.slice(-6)]) assert.ok(Math.max(...lengths) <= 512 + 40);
    });

    test(`openssl to castls: max_fragment_length, ${version}`, async () => {
      const { port, spoken } = await speakFor(castls.serverConfig({ credentials }), line, 6000);
      const peer = run('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, flag, '-maxfraglen', '1024']);
      peer.write(`${'x'.repeat(6000)}\n`);
      const { records } = await spoken;
      for (const lengths of [records.in.slice(-5), records.out.slice(-3)]) assert.ok(Math.max(...lengths) <= 1024 + 40);
    });
  }

  test('castls to openssl: padded records, both ways', async () => {
    const port = await sServer('-tls1_3', '-record_padding', '1000');
    const config = castls.clientConfig({ ...client(), recordPadding: 512 });
    const { received, records } = await speakTo(port, config, { serverName: 'example.test' }, line, line.length);
    assert.is(received.length, line.length);
    assert.is(((records.out.at(-1) as number) - 17) % 512, 0);
  });

  test('openssl to castls: padded records', async () => {
    const config = castls.serverConfig({ credentials, recordPadding: 4096 });
    const { port, spoken } = await speakFor(config, Buffer.from('castls\n'), 6);
    const peer = run('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-tls1_3', '-quiet']);
    peer.write('hello\n');
    await peer.says(/castls/);
    assert.ok((await spoken).records.out.includes(4096 + 17));
  });
});

test.run();
