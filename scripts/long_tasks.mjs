// How long a handshake holds the loop of its host, with and without maxBlockMs: the longest of its turns, in CPU time of the
// process, so that a busy machine says much the same. Both sides run here, each in turns of its own; certificates are made here.
// Prints the Markdown of docs/performance.md. Usage: long_tasks.mjs [--write] (after a build)

import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, setUp } from './set_up.mjs';

setUp();
const castls = await import('../build/dist/index.js');
const x509 = await import('../build/dist/x509.js');

const DAY = 86_400_000;
/** More than 32, after which an RSA key draws its blinding anew. */
const HANDSHAKES = 36;
const provider = castls.defaultProvider();

const turn = () => new Promise(done => setImmediate(done));
const spent = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** A private key as PEM. @param {string} kind */
function keyOf(kind) {
  const rsa = /^rsa(\d+)$/.exec(kind);
  const options = {
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
    publicKeyEncoding: { format: 'pem', type: 'spki' },
  };
  if (rsa) return generateKeyPairSync('rsa', { modulusLength: Number(rsa[1]), ...options }).privateKey;
  return generateKeyPairSync('ec', { namedCurve: 'P-256', ...options }).privateKey;
}

/** @param {string} kind */
function makeKey(kind) {
  if (kind.startsWith('ML-DSA')) return x509.generatePrivateKey({ type: 'mldsa', parameterSet: kind });
  return x509.parsePrivateKey(keyOf(kind));
}

/** A leaf below as many certificates of authorities, the root last. */
async function makeChain(kind, authorities, authorityKind) {
  const dates = { notBefore: Date.now() - DAY, notAfter: Date.now() + DAY };
  let key = await makeKey(authorityKind);
  let certificate = await x509.issueSelfSigned(
    { profile: 'ca', subject: 'CN=long tasks 0', publicKey: key.publicKey, ...dates },
    { key },
  );
  const chain = [certificate];
  for (let i = 1; i < authorities; i++) {
    const own = await makeKey(authorityKind);
    const content = { profile: 'ca', subject: `CN=long tasks ${i}`, publicKey: own.publicKey, ...dates };
    certificate = await x509.issueCertificate(content, { certificate, key });
    chain.unshift(certificate);
    key = own;
  }
  const own = await makeKey(kind);
  const content = {
    profile: 'server',
    subject: 'CN=example.test',
    altNames: ['example.test'],
    publicKey: own.publicKey,
    ...dates,
  };
  const leaf = await x509.issueCertificate(content, { certificate, key });
  return { root: chain.at(-1), certificates: [leaf, ...chain.slice(0, -1)], key: own };
}

/** @param {{der: Uint8Array}} certificate */
function pemOf({ der }) {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** The longest turn of one handshake. */
async function handshake(server, client) {
  const ends = [
    new castls.Connection(client.settings({ serverName: 'example.test' }), client),
    new castls.Connection(server.settings(), server),
  ];
  let longest = 0;
  for (let i = 0; ends.some(end => end.state === 'handshake'); i++) {
    const [from, to] = i % 2 === 0 ? ends : [ends[1], ends[0]];
    const before = spent();
    for (const bytes of from.takeOutput()) to.receive(bytes);
    await turn();
    longest = Math.max(longest, spent() - before);
    for (const { error } of ends) if (error) throw error;
  }
  for (const end of ends) end.dispose();
  return longest;
}

async function measure({ root, certificates, key }, maxBlockMs) {
  const cert = certificates.map(pemOf).join('');
  const options = { provider, maxBlockMs };
  const server = castls.serverConfig({
    ...options,
    credentials: [castls.credential({ cert, key: x509.writePrivateKey(key) })],
  });
  const turns = [];
  for (let i = 0; i < HANDSHAKES; i++) {
    // Verifiers remember the signatures of authorities: each client is new.
    const verifier = castls.peerVerifier({ ca: [root.der] });
    turns.push(await handshake(server, castls.clientConfig({ ...options, verifier })));
  }
  turns.shift(); // the code is compiled
  turns.sort((a, b) => a - b);
  return `${turns[turns.length >> 1].toFixed(1)} (${turns.at(-1).toFixed(1)})`;
}

const rows = [
  ['a server with an RSA-2048 key', 'rsa2048', 1, 'p256'],
  ['a server with an RSA-4096 key', 'rsa4096', 1, 'p256'],
  ['a server with an RSA-8192 key', 'rsa8192', 1, 'p256'],
  ['a server with an ML-DSA-87 key', 'ML-DSA-87', 1, 'p256'],
  ['ten certificates of P-256', 'p256', 10, 'p256'],
  ['ten certificates of RSA-4096', 'rsa4096', 10, 'rsa4096'],
];
const lines = [
  `| Node.js ${process.versions.node}, ${HANDSHAKES - 1} handshakes, ${new Date().toISOString().slice(0, 10)} | default | \`maxBlockMs: 4\` | \`maxBlockMs: 1\` |`,
  '|---|---:|---:|---:|',
];
for (const [name, kind, authorities, authorityKind] of rows) {
  const chain = await makeChain(kind, authorities, authorityKind);
  const cells = [];
  for (const maxBlockMs of [undefined, 4, 1]) cells.push(await measure(chain, maxBlockMs));
  lines.push(`| ${name} | ${cells.join(' | ')} |`);
}
console.log(lines.join('\n'));

if (process.argv.includes('--write')) {
  const page = join(root, 'docs/performance.md');
  const [begin, end] = ['<!-- long tasks: begin -->', '<!-- long tasks: end -->'];
  const text = readFileSync(page, 'utf8');
  const [before, after] = [text.split(begin)[0], text.split(end)[1]];
  writeFileSync(page, `${before}${begin}\n${lines.join('\n')}\n${end}${after}`);
}
