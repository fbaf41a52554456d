// Certificates for the peers, made by Debian's openssl: an authority and, when they are asked for, leaves of all kinds.

import { openssl, readText, scratch, write } from './openssl.ts';

export interface Certified {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  /** Paths of the same. */
  readonly certFile: string;
  readonly keyFile: string;
}

const algorithms = {
  p256: ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  p384: ['EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  p521: ['EC', '-pkeyopt', 'ec_paramgen_curve:P-521'],
  rsa: ['RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  rsapss: ['RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048'],
  ed25519: ['ED25519'],
  ed448: ['ED448'],
} as const;

export type KeyKind = keyof typeof algorithms;

/** The scheme a key signs TLS 1.3 handshakes with when the peer takes all. */
export const schemeOf: Readonly<Record<KeyKind, string>> = {
  p256: 'ecdsa_secp256r1_sha256',
  p384: 'ecdsa_secp384r1_sha384',
  p521: 'ecdsa_secp521r1_sha512',
  rsa: 'rsa_pss_rsae_sha256',
  rsapss: 'rsa_pss_pss_sha256',
  ed25519: 'ed25519',
  ed448: 'ed448',
};

export const keyKinds = Object.keys(algorithms) as readonly KeyKind[];

const made = new Map<string, Certified>();

function keep(name: string, make: () => void): Certified {
  let certified = made.get(name);
  if (certified === undefined) {
    make();
    certified = {
      cert: readText(`${name}.crt`),
      key: readText(`${name}.key`),
      certFile: scratch(`${name}.crt`),
      keyFile: scratch(`${name}.key`),
    };
    made.set(name, certified);
  }
  return certified;
}

const makeKey = (name: string, kind: KeyKind, rsaBits = 2048): string => {
  const algorithm = algorithms[kind].map(each => each.replace('rsa_keygen_bits:2048', `rsa_keygen_bits:${rsaBits}`));
  return openssl('genpkey', '-out', `${name}.key`, '-algorithm', ...algorithm);
};

function makeAuthority(name: string, subject: string): Certified {
  return keep(name, () => {
    makeKey(name, 'p256');
    const days = ['-days', '30', '-sha256'];
    const usage = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature'];
    openssl('req', '-x509', '-key', `${name}.key`, '-out', `${name}.crt`, '-subj', subject, ...days, ...usage);
  });
}

export const authority = (): Certified => makeAuthority('ca', '/CN=castls interop CA');
/** One that nobody trusts. */
export const strangers = (): Certified => makeAuthority('stranger_ca', '/CN=castls unknown CA');

function issue(
  name: string,
  kind: KeyKind,
  subject: string,
  by: string,
  extensions: readonly string[],
  rsaBits?: number,
): Certified {
  return keep(name, () => {
    makeKey(name, kind, rsaBits);
    const extra = extensions.flatMap(extension => ['-addext', extension]);
    const who = ['-key', `${name}.key`, '-subj', subject, '-CA', `${by}.crt`, '-CAkey', `${by}.key`];
    openssl('req', '-x509', ...who, '-out', `${name}.crt`, '-days', '30', ...extra, ...leaf);
  });
}

const leaf = ['-addext', 'basicConstraints=critical,CA:FALSE'];

/** A server at example.test and 127.0.0.1. RSA keys may decrypt, too. */
export function serverCertificate(kind: KeyKind, rsaBits = 2048): Certified {
  authority();
  const encipherment = kind === 'rsa' ? ',keyEncipherment' : '';
  const extensions = [
    'subjectAltName=DNS:example.test,DNS:localhost,IP:127.0.0.1',
    `keyUsage=critical,digitalSignature${encipherment}`,
    'extendedKeyUsage=serverAuth',
  ];
  const size = rsaBits === 2048 ? '' : `_${rsaBits}`;
  return issue(`server_${kind}${size}`, kind, `/CN=${kind}.example.test`, 'ca', extensions, rsaBits);
}

/** @param by "ca", or "stranger_ca" for one that servers do not trust */
export function clientCertificate(kind: KeyKind, by: 'ca' | 'stranger_ca' = 'ca'): Certified {
  authority();
  strangers();
  return issue(`client_${kind}_${by}`, kind, `/CN=${kind} client`, by, [
    'keyUsage=critical,digitalSignature',
    'extendedKeyUsage=clientAuth',
  ]);
}

/** The state of a certificate as an OCSP response of the authority, valid from now on: its path. */
export function ocspResponse(certified: Certified): string {
  const serial = openssl('x509', '-in', certified.certFile, '-noout', '-serial').trim().replace('serial=', '');
  const subject = openssl('x509', '-in', certified.certFile, '-noout', '-subject', '-nameopt', 'compat').trim();
  write('index.txt', `V\t491231235959Z\t\t${serial}\tunknown\t${subject.replace(/^subject=\s*/, '')}\n`);
  const { certFile: ca, keyFile: caKey } = authority();
  const signer = ['-CA', ca, '-rsigner', ca, '-rkey', caKey, '-index', 'index.txt', '-ndays', '3'];
  openssl('ocsp', '-issuer', ca, '-cert', certified.certFile, '-reqout', 'ocsp.req');
  openssl('ocsp', ...signer, '-reqin', 'ocsp.req', '-respout', 'ocsp.der');
  return scratch('ocsp.der');
}
