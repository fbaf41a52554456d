// X.509 on this engine: a chain verified, each way it can be wrong told apart, a certificate made and read.

import { TlsError } from 'castls';
import {
  generatePrivateKey,
  issueSelfSigned,
  parseCertificate,
  signerOf,
  trustAnchor,
  verifyCertificateChain,
} from 'castls/x509';
import { codeOf, equal, type RuntimeTest } from './host.ts';

export const certificates: readonly RuntimeTest[] = [
  {
    name: 'verifies a chain; refuses another name, another authority, another time',
    async run({ fixtures }) {
      const verify = async (leaf: string, serverName: string, anchors: string[], time?: number) =>
        verifyCertificateChain({
          leaf: certificate(leaf),
          anchors: anchors.map(each => trustAnchor(certificate(each))),
          serverName,
          time: time ?? certificate(leaf).notBefore + 1000,
        });
      for (const leaf of [fixtures.serverCert, fixtures.rsaCert]) {
        const { certificates } = await verify(leaf, 'localhost', [fixtures.ca]);
        equal(certificates.length, 2, 'the length of the chain');
        equal(await codeOf('a name', verify(leaf, 'other.test', [fixtures.ca])), 'ERR_CERT_NAME_MISMATCH', 'a name');
        equal(await codeOf('a time', verify(leaf, 'localhost', [fixtures.ca], 0)), 'ERR_CERT_NOT_YET_VALID', 'a time');
        equal(
          await codeOf('an authority', verify(leaf, 'localhost', [fixtures.clientCert])),
          'ERR_CERT_UNKNOWN_ISSUER',
          'an authority',
        );
      }
    },
  },
  {
    name: 'makes keys and a certificate of each kind, and reads them',
    async run() {
      for (const type of ['P-256', 'P-384', 'Ed25519'] as const) {
        const key = await generatePrivateKey(type === 'Ed25519' ? { type: 'ed25519' } : { type: 'ec', curve: type });
        const made = await issueSelfSigned(
          { profile: 'ca', subject: 'CN=castls', publicKey: key.publicKey, notBefore: 0, notAfter: 4_000_000_000_000 },
          { signer: signerOf(key) },
        );
        const { leaf, anchors } = { leaf: made, anchors: [trustAnchor(made)] };
        await verifyCertificateChain({ leaf, anchors, time: 1_000_000_000_000 });
        equal(`${parseCertificate(made.der).subject}`, 'CN=castls', type);
      }
    },
  },
  {
    name: 'garbage is a typed error',
    async run() {
      for (const bytes of [new Uint8Array(0), new Uint8Array(100), new Uint8Array(100).fill(0x30)]) {
        try {
          parseCertificate(bytes);
        } catch (error) {
          if (error instanceof TlsError) continue;
          throw error;
        }
        throw new Error('garbage was read');
      }
    },
  },
];

/** The first certificate of a PEM text. */
function certificate(pem: string) {
  const body = /-----BEGIN CERTIFICATE-----([^-]+)/.exec(pem)?.[1] ?? '';
  return parseCertificate(Uint8Array.from(atob(body.replace(/\s/g, '')), character => character.charCodeAt(0)));
}
