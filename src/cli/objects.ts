// Whatever a file holds - certificates, keys, requests, lists, OCSP answers, in PEM, DER, PKCS#12, PKCS#7 or JSON - as
// objects of castls/x509, in the order of the file.

import {
  type Certificate,
  type CertificateRequest,
  type Crl,
  formatPem,
  type JsonWebKey,
  type OcspResponse,
  type PasswordOptions,
  type PemBlock,
  type PrivateKey,
  type PublicKey,
  parseCertificate,
  parseCertificateRequest,
  parseCrl,
  parseOcspResponse,
  parsePem,
  parsePkcs7,
  parsePkcs12,
  parsePrivateJwk,
  parsePrivateKey,
  parsePublicJwk,
  parsePublicKey,
  pemText,
  TlsError,
} from '../x509.ts';
import { naming } from './failure.ts';
import { readInput } from './files.ts';
import { ask, canAsk, passphraseOf } from './passphrase.ts';

export type FileObject =
  | { readonly type: 'certificate'; readonly value: Certificate; readonly friendlyName?: string }
  | {
      readonly type: 'private key';
      readonly value: PrivateKey;
      readonly friendlyName?: string;
      readonly sealed: boolean;
    }
  | { readonly type: 'public key'; readonly value: PublicKey }
  | { readonly type: 'request'; readonly value: CertificateRequest }
  | { readonly type: 'CRL'; readonly value: Crl }
  | { readonly type: 'OCSP response'; readonly value: OcspResponse };

/** How to open what is sealed. */
export interface OpenFlags {
  readonly passphrase?: string;
  readonly legacy?: boolean;
}

/** The objects, and the passphrase that opened them. Private keys are the caller's to dispose of. */
export interface Opened {
  readonly objects: readonly FileObject[];
  readonly passphrase: string | undefined;
}

/** @throws ERR_INVALID_ARGUMENT if the file holds nothing that is known, and what the readers throw */
export async function readObjects(file: string, flags: OpenFlags): Promise<Opened> {
  const bytes = new Uint8Array(readInput(file));
  return opening(file, flags, options => {
    const objects = objectsOf(bytes, options);
    // What else it may be, the reader of certificates names.
    if (objects.length === 0) parseCertificate(bytes);
    return objects;
  });
}

/** A private key of a file. @throws as `readObjects`, ERR_INVALID_ARGUMENT if there is none */
export async function readKey(file: string, flags: OpenFlags): Promise<PrivateKey> {
  const { objects } = await readObjects(file, flags);
  const [key, ...more] = objects.flatMap(each => (each.type === 'private key' ? each.value : []));
  for (const each of more) each.dispose();
  if (key === undefined) throw new TlsError('ERR_INVALID_ARGUMENT', `${file} holds no private key`);
  return key;
}

/** Opens with the passphrase of the flags; where there is none but one is needed, somebody at the terminal is asked. */
async function opening(
  file: string,
  flags: OpenFlags,
  read: (options: PasswordOptions & { passphrase?: string }) => readonly FileObject[],
): Promise<Opened> {
  const legacy = flags.legacy ? (await import('../legacy_keys.ts')).legacyEncryption() : undefined;
  const passphrase = passphraseOf(flags.passphrase, file);
  try {
    return { objects: read({ passphrase, legacy }), passphrase };
  } catch (error) {
    const wanted = error instanceof TlsError && error.code === 'ERR_WRONG_PASSWORD';
    if (!wanted || passphrase !== undefined || !canAsk()) throw naming(file, error);
    const answer = ask(`Passphrase of ${file}`);
    return { objects: read({ passphrase: answer, legacy }), passphrase: answer };
  }
}

function objectsOf(bytes: Uint8Array, options: PasswordOptions): readonly FileObject[] {
  const text = pemText(bytes);
  if (bytes[0] === 0x30 && !text.includes('-----BEGIN ')) return derObjects(bytes, options);
  if (/^\s*\{/.test(text)) return jsonObjects(text);
  return parsePem(text).flatMap(block =>
    // Its headers say how it is encrypted.
    block.headers?.has('DEK-Info') && block.label.endsWith('PRIVATE KEY')
      ? one(keyObject(withHeaders(block), options, true))
      : pemObjects(block.label, block.bytes, options),
  );
}

/** The block as it was written. */
function withHeaders({ label, bytes, headers }: PemBlock): string {
  const lines = [...(headers ?? [])].map(([name, value]) => `${name}: ${value}\n`).join('');
  return formatPem(label, bytes).replace('\n', `\n${lines}\n`);
}

/** Of one PEM block, without a passphrase. */
export function objectsOfBlock(label: string, der: Uint8Array): readonly FileObject[] {
  return pemObjects(label, der, {});
}

const one = <T>(value: T): readonly T[] => [value];

function pemObjects(label: string, der: Uint8Array, options: PasswordOptions): readonly FileObject[] {
  switch (label) {
    case 'CERTIFICATE':
    case 'X509 CERTIFICATE':
    case 'TRUSTED CERTIFICATE':
      // The label says whether trust settings stand behind it.
      return one({ type: 'certificate', value: parseCertificate(formatPem(label, der)) });
    case 'CERTIFICATE REQUEST':
    case 'NEW CERTIFICATE REQUEST':
      return one({ type: 'request', value: parseCertificateRequest(der) });
    case 'X509 CRL':
    case 'CRL':
      return one({ type: 'CRL', value: parseCrl(der) });
    case 'PUBLIC KEY':
      return one({ type: 'public key', value: parsePublicKey(der) });
    case 'OCSP RESPONSE':
      return one({ type: 'OCSP response', value: parseOcspResponse(der) });
    case 'PKCS7':
    case 'CMS':
    case 'CERTIFICATE CHAIN':
      return bundleObjects(der);
    case 'PKCS12':
      return storeObjects(der, options);
    case 'PRIVATE KEY':
    case 'RSA PRIVATE KEY':
    case 'EC PRIVATE KEY':
      return one(keyObject(der, options, false));
    case 'ENCRYPTED PRIVATE KEY':
      return one(keyObject(der, options, true));
    default:
      // Parameters of curves and groups, and what is of other programs.
      return [];
  }
}

function keyObject(input: Uint8Array | string, options: PasswordOptions, sealed: boolean): FileObject {
  return { type: 'private key', value: parsePrivateKey(input, options), sealed };
}

function bundleObjects(der: Uint8Array): readonly FileObject[] {
  const { certificates, crls } = parsePkcs7(der);
  return [
    ...certificates.map(value => ({ type: 'certificate', value }) as const),
    ...crls.map(value => ({ type: 'CRL', value }) as const),
  ];
}

function storeObjects(der: Uint8Array, options: PasswordOptions): readonly FileObject[] {
  const { keys, certificates, crls } = parsePkcs12(der, options);
  return [
    ...keys.map(
      ({ privateKey, friendlyName }) =>
        ({ type: 'private key', value: privateKey, friendlyName, sealed: true }) as const,
    ),
    ...certificates.map(
      ({ certificate, friendlyName }) => ({ type: 'certificate', value: certificate, friendlyName }) as const,
    ),
    ...crls.map(each => ({ type: 'CRL', value: parseCrl(each) }) as const),
  ];
}

/** A JWK, public or private, or a set of them (RFC 7517 §5). */
function jsonObjects(text: string): readonly FileObject[] {
  let value: { keys?: unknown; d?: unknown };
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new TlsError('ERR_INVALID_ARGUMENT', 'text that begins as JSON and is none', { cause });
  }
  const keys = (Array.isArray(value.keys) ? value.keys : [value]) as JsonWebKey[];
  return keys.map(key =>
    key.d === undefined
      ? { type: 'public key', value: parsePublicJwk(key) }
      : { type: 'private key', value: parsePrivateJwk(key), sealed: false },
  );
}

/** Readers of DER in the order in which they are tried; the error of the one that came furthest is thrown. */
function derObjects(der: Uint8Array, options: PasswordOptions): readonly FileObject[] {
  if (isPkcs12(der)) return storeObjects(der, options);
  if (isPkcs7(der)) return bundleObjects(der);
  const readers: readonly (() => FileObject)[] = [
    () => ({ type: 'certificate', value: parseCertificate(der) }),
    () => ({ type: 'request', value: parseCertificateRequest(der) }),
    () => ({ type: 'CRL', value: parseCrl(der) }),
    () => ({ type: 'public key', value: parsePublicKey(der) }),
    () => ({ type: 'OCSP response', value: parseOcspResponse(der) }),
    () => keyObject(der, options, options.passphrase !== undefined),
  ];
  const errors: unknown[] = [];
  for (const read of readers) {
    try {
      return [read()];
    } catch (error) {
      // A passphrase that is wrong says that the form is right.
      if (error instanceof TlsError && /^ERR_(WRONG_PASSWORD|UNSUPPORTED_ALGORITHM|COST_LIMIT)$/.test(error.code)) {
        throw error;
      }
      errors.push(error);
    }
  }
  throw furthest(errors);
}

/** The error of the reader that came furthest; of equals the first. */
function furthest(errors: readonly unknown[]): unknown {
  const depth = (error: unknown) => Number(/ at offset ([0-9]+)/.exec((error as Error).message)?.[1] ?? 0);
  return errors.reduce((best, each) => (depth(each) > depth(best) ? each : best));
}

/** SEQUENCE { INTEGER 3, SEQUENCE: with a length of any form. */
function isPkcs12(der: Uint8Array): boolean {
  const at = contentAt(der);
  return der[at] === 2 && der[at + 1] === 1 && der[at + 2] === 3 && der[at + 3] === 0x30;
}

/** SEQUENCE { OBJECT IDENTIFIER 1.2.840.113549.1.7.x. */
function isPkcs7(der: Uint8Array): boolean {
  const at = contentAt(der);
  return Buffer.from(der.subarray(at, at + 10)).toString('hex') === '06092a864886f70d0107';
}

function contentAt(der: Uint8Array): number {
  return der[1] <= 0x80 ? 2 : 2 + (der[1] & 0x7f);
}
