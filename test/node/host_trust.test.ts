// Whom connections without `ca` trust, by node's flags and variables: under castls/register what node of the same version trusts.

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as nodeTls from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { folder, ran, type Surroundings, same } from '../support/node/drop_in.ts';
import { withPeer } from '../support/peers.ts';

const at = (name: string) => join(folder, name);
const allows = (flag: string) => process.allowedNodeEnvironmentFlags.has(flag);

/** How clients without `ca` fare at servers that show the leaf alone, and with its issuer. */
const program = `
const shown = [leaf, Buffer.concat([leaf, middle])];
for (const cert of shown) {
  const port = await listening(tls.createServer({ key, cert }, socket => socket.on('error', () => {}).end('x')));
  const socket = await at(port, { ca: undefined });
  say(socket.authorized ?? socket);
  socket.destroy?.();
}
`;

function trusts(title: string, surroundings: Surroundings, text = program): void {
  same(title, text, surroundings);
}

same(
  'a chain that ends at no anchor, where any certificate of `ca` may end it',
  `
for (const cert of [leaf, Buffer.concat([leaf, middle])]) {
  const port = await listening(tls.createServer({ key, cert }, socket => socket.on('error', () => {}).end('x')));
  for (const ca of [root, middle, leaf, tls.rootCertificates[0]]) {
    const socket = await at(port, { ca, allowPartialTrustChain: true });
    say(socket.authorized ?? socket);
    socket.destroy?.();
  }
}
`,
);

trusts('nothing beside', {});
trusts('NODE_EXTRA_CA_CERTS with a root', { env: { NODE_EXTRA_CA_CERTS: at('root.crt') } });
trusts('NODE_EXTRA_CA_CERTS with an intermediate, which is no anchor', {
  env: { NODE_EXTRA_CA_CERTS: at('middle.crt') },
});
writeFileSync(at('odd.crt'), 'no certificate at all\n');
trusts('NODE_EXTRA_CA_CERTS that holds nothing', { env: { NODE_EXTRA_CA_CERTS: at('odd.crt') } });
trusts('NODE_EXTRA_CA_CERTS that is not there', { env: { NODE_EXTRA_CA_CERTS: at('absent.crt') } });
trusts(
  'NODE_EXTRA_CA_CERTS that the program sets when it runs',
  {},
  `process.env.NODE_EXTRA_CA_CERTS = process.env.FOLDER + '/root.crt';${program}`,
);
trusts('SSL_CERT_FILE without a flag', { env: { SSL_CERT_FILE: at('root.crt') } });
trusts('SSL_CERT_FILE beside --use-bundled-ca', {
  flags: ['--use-bundled-ca'],
  env: { SSL_CERT_FILE: at('root.crt') },
});

for (const flag of ['--use-openssl-ca', '--use_openssl_ca']) {
  trusts(`${flag} with SSL_CERT_FILE`, { flags: [flag], env: { SSL_CERT_FILE: at('root.crt') } });
}
trusts('NODE_OPTIONS with --use-openssl-ca and SSL_CERT_FILE', {
  env: { NODE_OPTIONS: '"--use-openssl-ca" --no-warnings', SSL_CERT_FILE: at('root.crt') },
});
trusts('--use-openssl-ca with an intermediate in SSL_CERT_FILE', {
  flags: ['--use-openssl-ca'],
  env: { SSL_CERT_FILE: at('middle.crt') },
});
trusts('--use-openssl-ca with a file that is not there, and NODE_EXTRA_CA_CERTS', {
  flags: ['--use-openssl-ca'],
  env: { SSL_CERT_FILE: at('absent.crt'), SSL_CERT_DIR: '', NODE_EXTRA_CA_CERTS: at('root.crt') },
});
trusts(
  'SSL_CERT_FILE that the program sets when it runs, with --use-openssl-ca',
  { flags: ['--use-openssl-ca'] },
  `process.env.SSL_CERT_FILE = process.env.FOLDER + '/root.crt';${program}`,
);
// Older ones have no such function; castls brings it to them.
if ('setDefaultCACertificates' in nodeTls) {
  trusts(
    '--use-openssl-ca and what setDefaultCACertificates names',
    { flags: ['--use-openssl-ca'], env: { SSL_CERT_FILE: at('root.crt') } },
    `tls.setDefaultCACertificates([middle]);${program}`,
  );
}

for (const [flags, env] of [
  [['--use-system-ca'], {}],
  [[], { NODE_OPTIONS: '--use-system-ca' }],
  [[], { NODE_USE_SYSTEM_CA: '1' }],
] as const) {
  const how = flags[0] ?? Object.entries(env)[0].join('=');
  if (how !== 'NODE_USE_SYSTEM_CA=1' && !allows('--use-system-ca')) {
    console.log(`SKIPPED ${how}: Node.js ${process.version} does not know it`);
  } else trusts(`${how} with SSL_CERT_FILE`, { flags, env: { ...env, SSL_CERT_FILE: at('root.crt') } });
}

withPeer('openssl, which hashes names', ['openssl'], () => {
  const [hashed, plain] = [at('hashed'), at('plain')];
  for (const each of [hashed, plain]) mkdirSync(each);
  const hash = () => execFileSync('openssl', ['x509', '-hash', '-noout', '-in', at('root.crt')], { encoding: 'utf8' });
  copyFileSync(at('root.crt'), join(hashed, `${hash().trim()}.0`));
  copyFileSync(at('root.crt'), join(plain, 'root.crt'));
  for (const [name, directories] of Object.entries({ hashed, plain, both: `${plain}:${hashed}` })) {
    trusts(`--use-openssl-ca with SSL_CERT_DIR, ${name}`, {
      flags: ['--use-openssl-ca'],
      env: { SSL_CERT_DIR: directories, SSL_CERT_FILE: at('absent.crt') },
    });
  }
});

test('a file of NODE_EXTRA_CA_CERTS that cannot be read is told, and the program goes on', async () => {
  const { stdout, stderr } = await ran(true, program, { env: { NODE_EXTRA_CA_CERTS: at('absent.crt') } });
  assert.match(stdout, /UNABLE_TO_VERIFY_LEAF_SIGNATURE/);
  assert.match(stderr, /absent\.crt/);
});

test.run();
