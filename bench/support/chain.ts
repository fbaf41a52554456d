// Certificates for benchmarks, issued by @peculiar/x509: no row depends on what castls itself issues.

import 'reflect-metadata';
import * as peculiar from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** leaf <- intermediate <- root on P-256, in DER, with the leaf's key. */
export interface IssuedChain {
  readonly root: Uint8Array;
  readonly intermediate: Uint8Array;
  readonly leaf: Uint8Array;
  /** DNS name of the leaf. */
  readonly host: string;
  readonly privateScalar: Uint8Array;
  readonly privateKeyJwk: JsonWebKey;
}

/** A chain of its own for each `n`. */
export async function issueChain(n: number): Promise<IssuedChain> {
  peculiar.cryptoProvider.set(crypto as Crypto);
  const keys = async () => (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
  const [rootKeys, intermediateKeys, leafKeys] = [await keys(), await keys(), await keys()];
  const dates = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000 * 90) };
  const common = { ...dates, signingAlgorithm: algorithm };
  const usages = peculiar.KeyUsageFlags;
  const caExtensions = (pathLength: number) => [
    new peculiar.BasicConstraintsExtension(true, pathLength, true),
    new peculiar.KeyUsagesExtension(usages.keyCertSign | usages.cRLSign, true),
  ];
  const make = async (
    subject: string,
    publicKey: CryptoKey,
    issuer: string,
    signingKey: CryptoKey,
    issuerKey: CryptoKey,
    extensions: peculiar.Extension[],
    serial: number,
  ) =>
    peculiar.X509CertificateGenerator.create({
      ...common,
      serialNumber: `01${serial.toString(16).padStart(6, '0')}`,
      subject,
      issuer,
      publicKey,
      signingKey,
      extensions: [
        ...extensions,
        await peculiar.SubjectKeyIdentifierExtension.create(publicKey),
        await peculiar.AuthorityKeyIdentifierExtension.create(issuerKey),
      ],
    });
  const [rootName, caName] = [`C=SE, O=castls bench, CN=Root ${n}`, `C=SE, O=castls bench, CN=Intermediate ${n}`];
  const root = await make(
    rootName,
    rootKeys.publicKey,
    rootName,
    rootKeys.privateKey,
    rootKeys.publicKey,
    caExtensions(1),
    n,
  );
  const ca = await make(
    caName,
    intermediateKeys.publicKey,
    rootName,
    rootKeys.privateKey,
    rootKeys.publicKey,
    caExtensions(0),
    n + 1000,
  );
  const leafExtensions = [
    new peculiar.BasicConstraintsExtension(false, undefined, true),
    new peculiar.KeyUsagesExtension(usages.digitalSignature, true),
    new peculiar.ExtendedKeyUsageExtension([
      peculiar.ExtendedKeyUsage.serverAuth,
      peculiar.ExtendedKeyUsage.clientAuth,
    ]),
    new peculiar.SubjectAlternativeNameExtension([
      { type: 'dns', value: `host-${n}.example.org` },
      { type: 'dns', value: `www.host-${n}.example.org` },
    ]),
    new peculiar.CertificatePolicyExtension(['2.23.140.1.2.1']),
    new peculiar.CRLDistributionPointsExtension([`http://crl.example.org/${n}.crl`]),
    new peculiar.AuthorityInfoAccessExtension({
      ocsp: ['http://ocsp.example.org'],
      caIssuers: ['http://ca.example.org/ca.crt'],
    }),
  ];
  const leaf = await make(
    `CN=host-${n}.example.org`,
    leafKeys.publicKey,
    caName,
    intermediateKeys.privateKey,
    intermediateKeys.publicKey,
    leafExtensions,
    n + 2000,
  );
  const der = (certificate: peculiar.X509Certificate) => new Uint8Array(certificate.rawData);
  const privateKeyJwk = await crypto.subtle.exportKey('jwk', leafKeys.privateKey);
  const privateScalar = new Uint8Array(Buffer.from(privateKeyJwk.d ?? '', 'base64url'));
  const host = `host-${n}.example.org`;
  return { root: der(root), intermediate: der(ca), leaf: der(leaf), host, privateScalar, privateKeyJwk };
}

/** PEM of a DER certificate. */
export function pem(der: Uint8Array): string {
  const text = Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
}
