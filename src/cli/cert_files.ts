// Certificates and keys in files, as the commands "cert" and "verify" read and write them.

import { existsSync, writeFileSync } from 'node:fs';
import {
  type Certificate,
  formatPem,
  generatePrivateKey,
  type KeyGenerationParameters,
  type PrivateKey,
  parseCertificates,
  parsePem,
  TlsError,
  writeEncryptedPrivateKey,
  writePrivateKey,
} from '../x509.ts';
import { readInput, writeSecret } from './files.ts';

/** First octet of DER; PEM begins with text. */
const SEQUENCE = 0x30;

/** Blocks of a file, PEM with one of `labels` or one DER structure. @throws ERR_INVALID_ARGUMENT if there is none */
export function readBlocks(file: string, labels: readonly string[]): Uint8Array[] {
  const bytes = readInput(file);
  if (bytes[0] === SEQUENCE && !bytes.includes('-----BEGIN ')) return [new Uint8Array(bytes)];
  const blocks = parsePem(bytes.toString('utf8')).filter(({ label }) => labels.includes(label));
  if (blocks.length === 0) throw new TlsError('ERR_INVALID_ARGUMENT', `${file} holds no ${labels[0]}`);
  return blocks.map(block => block.bytes);
}

/** Certificates of a file, in their order; at least one. */
export function readCertificates(file: string): Certificate[] {
  return parseCertificates(readInput(file));
}

/** Key types of the command, by name. */
export const keyTypes = ['p256', 'p384', 'p521', 'ed25519', 'ed448', 'rsa', 'mldsa44', 'mldsa65', 'mldsa87'] as const;

const parameters: Readonly<Record<string, KeyGenerationParameters>> = {
  ec: { type: 'ec', curve: 'P-256' },
  p256: { type: 'ec', curve: 'P-256' },
  p384: { type: 'ec', curve: 'P-384' },
  p521: { type: 'ec', curve: 'P-521' },
  ed25519: { type: 'ed25519' },
  ed448: { type: 'ed448' },
  mldsa44: { type: 'mldsa', parameterSet: 'ML-DSA-44' },
  mldsa65: { type: 'mldsa', parameterSet: 'ML-DSA-65' },
  mldsa87: { type: 'mldsa', parameterSet: 'ML-DSA-87' },
};

/** The key of a file, or a new one. */
export interface KeyFlags {
  readonly key?: string;
  readonly keyType: string;
  readonly bits?: number;
  readonly keyOut?: string;
  readonly passphrase?: string;
  readonly legacy?: boolean;
  readonly force?: boolean;
}

/** A new key, which the caller disposes of. @throws ERR_INVALID_ARGUMENT */
export async function newKey(flags: Pick<KeyFlags, 'keyType' | 'bits'>): Promise<PrivateKey> {
  const name = flags.keyType.toLowerCase().replace(/[-_]/g, '');
  if (name === 'rsa') return generatePrivateKey({ type: 'rsa', bits: flags.bits ?? 3072 });
  if (!Object.hasOwn(parameters, name)) {
    throw new TlsError('ERR_INVALID_ARGUMENT', `the key type "${flags.keyType}" is none of ${keyTypes.join(', ')}`);
  }
  return generatePrivateKey(parameters[name]);
}

/** Refuses before anything is done to write over files that are there. @throws ERR_INVALID_ARGUMENT */
export function checkFree(files: readonly (string | undefined)[], force: boolean | undefined): void {
  for (const file of files) {
    if (file === undefined || file === '-' || force || !existsSync(file)) continue;
    throw new TlsError('ERR_INVALID_ARGUMENT', `${file} is there already; --force writes over it`);
  }
}

/** Writes a key as PKCS#8 in PEM, encrypted if there is a passphrase, for its owner alone. */
export function writeKey(file: string, key: PrivateKey, passphrase: string | undefined): void {
  const der =
    passphrase === undefined
      ? writePrivateKey(key)
      : writeEncryptedPrivateKey(key, { passphrase, derivation: 'pbkdf2' });
  const pem = Buffer.from(formatPem(passphrase === undefined ? 'PRIVATE KEY' : 'ENCRYPTED PRIVATE KEY', der));
  der.fill(0);
  try {
    if (file === '-') process.stdout.write(pem.toString());
    else writeSecret(file, pem);
  } finally {
    pem.fill(0);
  }
}

/** Writes what everybody may read; "-" is standard output. */
export function writePublic(file: string, content: string | Uint8Array): void {
  if (file === '-') process.stdout.write(content);
  else writeFileSync(file, content);
}

/** Milliseconds of "2026-11-23", "2026-11-23T12:00:00Z" or seconds since the epoch. @throws ERR_INVALID_ARGUMENT */
export function parseTime(text: string): number {
  const time = /^\d{9,12}$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (Number.isNaN(time)) {
    throw new TlsError('ERR_INVALID_ARGUMENT', `"${text}" is no time; write it like 2026-11-23T12:00:00Z`);
  }
  return time;
}
