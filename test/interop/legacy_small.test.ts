// Peers of old with small keys, made by OpenSSL: refused unless an option that says "dangerous" takes them, and never below what it
// says. RSA in certificates, chains, signatures and key exchange, in both roles; groups of Diffie-Hellman.

import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { aesCbc, legacy, legacyProvider, tls10 } from '../../src/legacy.ts';
import { createSecureContext } from '../../src/node.ts';
import { cleanUp, client, connected, event, later, listening, own, readBytes } from '../support/node_tls.ts';
import { openssl, readText, scratch, write } from '../support/openssl.ts';
import { run, withPeer } from '../support/peers.ts';

test.after.each(cleanUp);

type Options = TlsOptions & ConnectionOptions;

function speaking(dangerousMinimumRsaBits?: number, dangerousSha1Certificates?: boolean): Options {
  const dangers = { dangerousMinimumRsaBits, dangerousSha1Certificates };
  return { legacy: legacy({ versions: [tls10], ciphers: [aesCbc], dangerouslySilent: true, ...dangers }) } as Options;
}

/** A self-signed certificate, signed with SHA-1 as of old, and a leaf of its own for example.test. */
function small(bits: number): { readonly self: string; readonly leaf: string } {
  const [self, leaf] = [`self_${bits}`, `leaf_${bits}`];
  const days = ['-days', '30', '-sha1'];
  const name = ['-addext', 'subjectAltName=DNS:example.test'];
  for (const each of [self, leaf]) {
    openssl('genpkey', '-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`, '-out', `${each}.key`);
  }
  openssl('req', '-x509', '-key', `${self}.key`, '-out', `${self}.crt`, '-subj', '/CN=old', ...days, ...name);
  const by = ['-CA', `${self}.crt`, '-CAkey', `${self}.key`];
  const end = ['-addext', 'basicConstraints=CA:FALSE'];
  openssl(
    'req',
    '-x509',
    '-key',
    `${leaf}.key`,
    '-out',
    `${leaf}.crt`,
    '-subj',
    '/CN=leaf',
    ...by,
    ...days,
    ...name,
    ...end,
  );
  return { self, leaf };
}

async function sServer(name: string, ...args: string[]): Promise<number> {
  const files = ['-cert', scratch(`${name}.crt`), '-key', scratch(`${name}.key`)];
  const peer = run('openssl', ['s_server', '-accept', '127.0.0.1:0', ...files, '-rev', '-tls1', ...args]);
  const [, port] = await peer.says(/^ACCEPT 127\.0\.0\.1:(\d+)$/m);
  return Number(port);
}

/** The code of castls' error. */
async function refusal(port: number, options: Options): Promise<string> {
  const socket = client(own, port, options);
  const error = await event<Error & { cause?: { code: string }; code: string }>(socket, 'error');
  return error.cause?.code ?? error.code;
}

withPeer('openssl with small keys', ['openssl'], () => {
  for (const bits of [512, 1024]) {
    for (const exchange of ['AES128-SHA', 'ECDHE-RSA-AES128-SHA']) {
      test(`castls to openssl: RSA of ${bits} bits, ${exchange}`, async () => {
        const { self, leaf } = small(bits);
        for (const name of [self, leaf]) {
          const port = await sServer(name, '-cipher', `${exchange}:@SECLEVEL=0`);
          const options = { ca: readText(`${self}.crt`), servername: 'example.test' };
          assert.is(await refusal(port, { ...options, ...speaking() }), 'ERR_CERT_WEAK');
          assert.is(await refusal(port, { ...options, ...speaking(bits + 8, true) }), 'ERR_CERT_WEAK');
          // The signature of a certificate that is trusted as it is says nothing.
          if (name === leaf) assert.is(await refusal(port, { ...options, ...speaking(bits) }), 'ERR_CERT_WEAK');
          const socket = await connected(own, port, { ...options, ...speaking(bits, name === leaf) });
          socket.write('sltsac\n');
          assert.is(String(await readBytes(socket, 7)), 'castls\n');
          socket.end();
          await event(socket, 'close');
        }
      });

      test(`openssl to castls: an own RSA key of ${bits} bits, ${exchange}`, async () => {
        const { leaf } = small(bits);
        const identity = { cert: readText(`${leaf}.crt`), key: readText(`${leaf}.key`) };
        assert.throws(() => own.createServer({ ...identity, ...speaking() }), /RSA key of/);
        const contexts: Options[] = [
          { ...identity, ...speaking(bits) },
          { ...speaking(bits), secureContext: contextOf(identity, bits) },
        ];
        for (const options of contexts) {
          const server = own.createServer(options, socket => socket.pipe(socket));
          later(() => server.close());
          const accepted = event(server, 'secureConnection');
          const to = ['-connect', `127.0.0.1:${await listening(server)}`, '-servername', 'example.test'];
          const peer = run('openssl', ['s_client', ...to, '-tls1', '-cipher', `${exchange}:@SECLEVEL=0`]);
          await accepted;
          peer.write('an echo of castls\n');
          await peer.says(/an echo of castls/);
        }
      });
    }
  }

  test('castls to openssl: a group of Diffie-Hellman of 1,024 bits', async () => {
    const { self } = small(2048);
    const group = ['-dhparam', write('dh_1024.pem', oakleyGroup2)];
    const port = await sServer(self, ...group, '-cipher', 'DHE-RSA-AES128-SHA:@SECLEVEL=0');
    const options = { ca: readText(`${self}.crt`), servername: 'example.test', ...speaking() };
    assert.is(await refusal(port, options), 'ERR_WEAK_KEY');
    assert.is(await refusal(port, { ...options, minDHSize: 1032 }), 'ERR_WEAK_KEY');
    assert.is(await refusal(port, { ...options, minDHSize: 512 }), 'ERR_INVALID_ARGUMENT');
    const socket = await connected(own, port, { ...options, minDHSize: 1024 });
    socket.write('sltsac\n');
    assert.is(String(await readBytes(socket, 7)), 'castls\n');
  });
});

/** RFC 2409 §6.2, as DHParameter: the group that half of the servers of old had. */
const oakleyGroup2 = (() => {
  const prime =
    'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b' +
    '302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7edee386bfb5a899fa5ae9f24117c4b1fe6' +
    '49286651ece65381ffffffffffffffff';
  const der = Buffer.from(`30818702818100${prime}020102`, 'hex');
  return `-----BEGIN DH PARAMETERS-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END DH PARAMETERS-----\n`;
})();

function contextOf(identity: { cert: string; key: string }, dangerousMinimumRsaBits: number) {
  const provider = legacyProvider({ dangerousMinimumRsaBits });
  return createSecureContext({ ...identity, provider }) as unknown as Options['secureContext'];
}

test('sizes that make no sense are refused', () => {
  for (const dangerousMinimumRsaBits of [511, 8193, 1024.5, '1024', Number.NaN, null]) {
    assert.throws(
      () => legacyProvider({ dangerousMinimumRsaBits } as { dangerousMinimumRsaBits: number }),
      /dangerousMinimumRsaBits/,
      String(dangerousMinimumRsaBits),
    );
  }
});

test.run();
