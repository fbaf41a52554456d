// The certificates of the page's own small world: a root, an intermediate, a server, a client; made in the page, by castls,
// and gone with it. Keys are made once, because RSA takes its time.

import {
  type Certificate,
  formatPem,
  generatePrivateKey,
  issueCertificate,
  issueSelfSigned,
  type PrivateKey,
  writePrivateKey,
} from 'castls/x509';
import type { CertificateChoice, FaultChoice } from './choices.ts';

export const SERVER_NAME = 'castle.example';
const DAY = 86_400_000;

const keys = new Map<string, Promise<PrivateKey>>();

function keyOf(name: string, kind: CertificateChoice): Promise<PrivateKey> {
  let key = keys.get(`${name} ${kind}`);
  if (key === undefined) {
    key = generatePrivateKey(
      kind === 'rsa'
        ? { type: 'rsa', bits: 2048 }
        : kind === 'ed25519'
          ? { type: 'ed25519' }
          : kind === 'mldsa65'
            ? { type: 'mldsa', parameterSet: 'ML-DSA-65' }
            : { type: 'ec', curve: kind === 'p256' ? 'P-256' : 'P-384' },
    );
    keys.set(`${name} ${kind}`, key);
  }
  return key;
}

interface Authority {
  readonly certificate: Certificate;
  readonly key: PrivateKey;
}

let root: Promise<Authority> | undefined;
let intermediate: Promise<Authority> | undefined;
let stranger: Promise<Authority> | undefined;

async function makeRoot(subject: string): Promise<Authority> {
  const key = await keyOf(subject, 'p256');
  const now = Date.now();
  const certificate = await issueSelfSigned(
    { profile: 'ca', subject, publicKey: key, notBefore: now - 400 * DAY, notAfter: now + 3650 * DAY },
    { key },
  );
  return { certificate, key };
}

async function makeIntermediate(): Promise<Authority> {
  const issuer = await (root ??= makeRoot('CN=Explorer Root, O=castls explorer'));
  const key = await keyOf('intermediate', 'p256');
  const now = Date.now();
  const certificate = await issueCertificate(
    {
      profile: 'ca',
      pathLength: 0,
      subject: 'CN=Explorer Intermediate, O=castls explorer',
      publicKey: key,
      notBefore: now - 300 * DAY,
      notAfter: now + 1825 * DAY,
    },
    issuer,
  );
  return { certificate, key };
}

export interface Identity {
  /** PEM, the end entity first. */
  readonly cert: string;
  readonly key: string;
}

export interface World {
  readonly server: Identity;
  readonly client: Identity;
  /** PEM of whom the client trusts, and of who issued the clients' certificates. */
  readonly trusted: string;
  readonly root: string;
}

/** Everything a connection needs, with the fault in the certificates if it is one of these. */
export async function world(kind: CertificateChoice, fault: FaultChoice): Promise<World> {
  const anchor = await (root ??= makeRoot('CN=Explorer Root, O=castls explorer'));
  const issuer = await (intermediate ??= makeIntermediate());
  const now = Date.now();
  const expired = fault === 'expired';
  const serverKey = await keyOf('server', kind);
  const name = fault === 'name' ? 'tower.example' : SERVER_NAME;
  const server = await issueCertificate(
    {
      profile: 'server',
      subject: `CN=${name}`,
      altNames: [name, `www.${name}`],
      publicKey: serverKey,
      notBefore: now - (expired ? 100 : 1) * DAY,
      notAfter: now + (expired ? -2 : 90) * DAY,
    },
    issuer,
  );
  const clientKey = await keyOf('client', kind === 'rsa' ? 'rsa' : 'p256');
  const client = await issueCertificate(
    {
      profile: 'client',
      subject: 'CN=Visitor, O=castls explorer',
      altNames: ['email:visitor@castle.example'],
      publicKey: clientKey,
      notBefore: now - DAY,
      notAfter: now + 90 * DAY,
    },
    issuer,
  );
  const other = fault === 'authority' ? await (stranger ??= makeRoot("CN=Somebody Else's Root")) : anchor;
  return {
    server: identity(serverKey, server, issuer.certificate),
    client: identity(clientKey, client, issuer.certificate),
    trusted: pem(other.certificate),
    root: pem(anchor.certificate),
  };
}

function identity(key: PrivateKey, ...chain: Certificate[]): Identity {
  return { cert: chain.map(pem).join(''), key: formatPem('PRIVATE KEY', writePrivateKey(key)) };
}

function pem(certificate: Certificate): string {
  return formatPem('CERTIFICATE', certificate.der);
}
