// Programs that run on node's own TLS and, unchanged, under castls/register: what they need, and how they are run.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as x509 from '../../../src/x509.ts';
import { bundled } from '../bundled.ts';

export const folder: string = mkdtempSync(join(tmpdir(), 'castls-drop-in-'));
test.after(() => rmSync(folder, { recursive: true }));
const register = pathToFileURL(await bundled('src/register.ts', folder)).href;
await makeChain();

/** root -> middle -> leaf, which is for example.test and for clients, and PKCS#12 files with and without its key. */
async function makeChain(): Promise<void> {
  const validity = { notBefore: Date.now() - 86_400_000, notAfter: Date.now() + 86_400_000 };
  const keys = await Promise.all([1, 2, 3].map(() => x509.generatePrivateKey({ type: 'ec', curve: 'P-256' })));
  const [rootKey, middleKey, leafKey] = keys;
  const root = await x509.issueSelfSigned({ subject: 'CN=root', profile: 'ca', ...validity }, { key: rootKey });
  const middle = await x509.issueCertificate(
    { subject: 'CN=middle', profile: 'ca', publicKey: middleKey.publicKey, ...validity },
    { key: rootKey, certificate: root },
  );
  const leaf = await x509.issueCertificate(
    {
      subject: 'CN=example.test',
      profile: 'server',
      altNames: ['example.test'],
      publicKey: leafKey.publicKey,
      ...validity,
    },
    { key: middleKey, certificate: middle },
  );
  const usages = { agrees: ['keyAgreement'], encrypts: ['dataEncipherment'] } as const;
  for (const [name, keyUsage] of Object.entries(usages)) {
    const odd = await x509.issueCertificate(
      {
        subject: `CN=${name}`,
        profile: 'server',
        altNames: ['example.test'],
        publicKey: leafKey.publicKey,
        ...validity,
        keyUsage,
      },
      { key: rootKey, certificate: root },
    );
    writeFileSync(join(folder, `${name}.crt`), x509.formatPem('CERTIFICATE', odd.der));
  }
  const pem = (certificate: x509.Certificate) => x509.formatPem('CERTIFICATE', certificate.der);
  writeFileSync(join(folder, 'root.crt'), pem(root));
  writeFileSync(join(folder, 'middle.crt'), pem(middle));
  writeFileSync(join(folder, 'leaf.crt'), pem(leaf));
  writeFileSync(join(folder, 'leaf.key'), x509.formatPem('PRIVATE KEY', x509.writePrivateKey(leafKey)));
  const certificates = [leaf, middle, root].map(certificate => ({ certificate }));
  const password = { passphrase: 'secret' };
  writeFileSync(
    join(folder, 'all.p12'),
    await x509.writePkcs12({ keys: [{ privateKey: leafKey }], certificates }, password),
  );
  writeFileSync(join(folder, 'keyless.p12'), await x509.writePkcs12({ keys: [], certificates }, password));
}

const prelude = `
const fs = require('fs');
const net = require('net');
const tls = require('tls');
const https = require('https');
const stream = require('stream');
const read = name => fs.readFileSync(process.env.FOLDER + '/' + name);
const [root, middle, leaf, key] = ['root.crt', 'middle.crt', 'leaf.crt', 'leaf.key'].map(name => read(name));
const pair = { cert: leaf, key };
const trust = { ca: [root, middle], servername: 'example.test' };
const say = (...words) => console.log(...words);
const thrown = work => {
  try { work(); return 'nothing'; }
  catch (error) { return [error.name, error.code, error.message].join(' '); }
};
const listening = server => new Promise(done => server.listen(0, '127.0.0.1', () => done(server.address().port)));
const heard = (from, name) => new Promise(done => from.once(name, done));
/** How a client fares at a server: the socket, or the code of its error. */
const at = (port, options) => new Promise(done => {
  const socket = tls.connect({ port, host: '127.0.0.1', ...trust, ...options }, () => done(socket));
  socket.once('error', error => done(error.code));
});
`;

export interface Surroundings {
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What a program prints, to stdout. */
export async function run(preload: boolean, text: string, surroundings: Surroundings = {}): Promise<string> {
  return (await ran(preload, text, surroundings)).stdout;
}

/** @param preload castls/register @throws where the program fails */
export function ran(
  preload: boolean,
  text: string,
  { flags = [], env = {} }: Surroundings,
): Promise<{ stdout: string; stderr: string }> {
  const file = join(folder, 'program.cjs');
  writeFileSync(file, `${prelude}(async () => {${text}})().then(() => process.exit());`);
  const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, SSL_CERT_FILE: ___, SSL_CERT_DIR: ____, ...outer } = process.env;
  return new Promise((resolve, reject) => {
    const options = { env: { ...outer, FOLDER: folder, ...env }, timeout: 20_000 };
    const args = [...flags, ...(preload ? ['--import', register] : []), file];
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stdout}\n${stderr}`));
      else resolve({ stdout, stderr });
    });
  });
}

/** The program says the same with and without castls, and something. */
export function same(title: string, text: string, surroundings: Surroundings = {}): void {
  test(`${title}: as node`, async () => {
    const ofNode = await run(false, text, surroundings);
    assert.is.not(ofNode, '');
    assert.equal((await run(true, text, surroundings)).split('\n'), ofNode.split('\n'));
  });
}
