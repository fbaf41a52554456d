// castls cert convert and match: what a file holds in another form, and whether a key and a certificate belong together.

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { Option } from 'commander';
import {
  type Certificate,
  dangerousWritePrivateJwk,
  formatPem,
  type PrivateKey,
  type PublicKey,
  publicKeyText,
  samePublicKey,
  TlsError,
  writeEncryptedPrivateKey,
  writePkcs7,
  writePkcs12,
  writePrivateKey,
  writePublicJwk,
  writePublicKey,
} from '../x509.ts';
import { checkFree } from './cert_files.ts';
import { fail } from './failure.ts';
import { writeSecret } from './files.ts';
import { collect } from './flags.ts';
import { type FileObject, type OpenFlags, readObjects } from './objects.ts';
import { newPassphraseOf, PASSPHRASE_FORMS } from './passphrase.ts';

interface ConvertFlags extends OpenFlags {
  readonly to: string;
  readonly key?: string[];
  readonly der?: boolean;
  readonly out: string;
  readonly outPassphrase?: string;
  readonly noEncrypt?: boolean;
  readonly encrypt?: boolean;
  readonly name?: string;
  readonly javaTrustStore?: boolean;
  readonly force?: boolean;
}

const forms = ['pem', 'der', 'pkcs12', 'pkcs8', 'pkcs1', 'sec1', 'jwk', 'public-key', 'pkcs7'] as const;

export function registerConvert(cert: Command): void {
  cert
    .command('convert')
    .description('certificates and keys in another form: from PEM, DER, PKCS#12, PKCS#7 or JWK, whatever the files are')
    .argument('<file...>', 'what to convert; "-" is standard input')
    .addOption(new Option('--to <form>', 'what to write').choices(forms).default('pem'))
    .option('--key <file>', 'a further file, with the key; several times', collect)
    .option('--der', 'pkcs8, pkcs1, sec1, public-key and pkcs7 without PEM around them')
    .option('--passphrase <form>', `opens what is sealed: ${PASSPHRASE_FORMS}`)
    .option('--out-passphrase <form>', 'seals the result; default that of the input')
    .option('--no-encrypt', 'writes keys in the clear, although the input was sealed')
    .option('--name <text>', 'of the key in PKCS#12: what programs show, and the alias of Java')
    .option(
      '--java-trust-store',
      'marks the certificates of others in PKCS#12 as trusted by Java; default without a key',
    )
    .option('--legacy', 'reads encryption of old, too (triple DES, RC2, DEK-Info)')
    .option('--out <file>', 'where the result goes; "-" is standard output', '-')
    .option('--force', 'write over a file that is there')
    .action((files: string[], flags: ConvertFlags) => void convert(files, flags).catch(fail));
  cert
    .command('match')
    .description('do a key and a certificate (or a request) belong together? Ends with 1 if not')
    .argument('<key>', 'private or public key')
    .argument('<cert>', 'certificate or request')
    .option('--passphrase <form>', `of the key: ${PASSPHRASE_FORMS}`)
    .option('--legacy', 'reads encryption of old, too')
    .option('--json', 'as JSON')
    .action((key: string, file: string, flags: MatchFlags) => void match(key, file, flags).catch(fail));
}

/** The objects of all files by kind. */
interface Sorted {
  readonly all: readonly FileObject[];
  readonly keys: readonly { value: PrivateKey; friendlyName?: string }[];
  readonly certificates: readonly { value: Certificate; friendlyName?: string }[];
  readonly passphrase: string | undefined;
}

async function convert(files: string[], flags: ConvertFlags): Promise<void> {
  checkFree([flags.out], flags.force);
  const opened = [];
  for (const file of [...files, ...(flags.key ?? [])]) opened.push(await readObjects(file, flags));
  const all = opened.flatMap(({ objects }) => objects);
  const keys = all.flatMap(each => (each.type === 'private key' ? each : []));
  const certificates = all.flatMap(each => (each.type === 'certificate' ? each : []));
  try {
    // What was sealed stays sealed unless somebody says otherwise.
    const sealed = keys.some(key => key.sealed) ? opened.find(({ passphrase }) => passphrase !== undefined) : undefined;
    const own = newPassphraseOf(flags.outPassphrase, flags.out);
    const passphrase = flags.encrypt === false ? undefined : (own ?? sealed?.passphrase);
    write(flags, { all, keys, certificates, passphrase });
  } finally {
    for (const { value } of keys) value.dispose();
  }
}

function write(flags: ConvertFlags, sorted: Sorted): void {
  const secret = sorted.keys.length > 0 && flags.to !== 'public-key' && flags.to !== 'pkcs7';
  const bytes = converted(flags, sorted);
  if (flags.out === '-') process.stdout.write(bytes);
  else if (secret) writeSecret(flags.out, bytes);
  else writeFileSync(flags.out, bytes);
  if (secret) bytes.fill(0);
  if (flags.out !== '-') process.stdout.write(`wrote ${flags.out}\n`);
}

function converted(flags: ConvertFlags, sorted: Sorted): Uint8Array {
  const { keys, certificates, passphrase } = sorted;
  switch (flags.to) {
    case 'pem':
      return text(sorted.all.map(each => pemOf(each, passphrase)).join(''));
    case 'der': {
      const [only, ...more] = sorted.all;
      if (only === undefined || more.length > 0)
        throw several('DER', sorted.all.length, '--to pkcs7 or pkcs12 takes several');
      return derOf(only, passphrase);
    }
    case 'pkcs12':
      return store(flags, sorted);
    case 'pkcs7': {
      const crls = sorted.all.flatMap(each => (each.type === 'CRL' ? each.value : []));
      const der = writePkcs7({ certificates: certificates.map(({ value }) => value), crls });
      return flags.der ? der : text(formatPem('PKCS7', der));
    }
    case 'public-key': {
      const der = writePublicKey(publicKeyOf(sorted));
      return flags.der ? der : text(formatPem('PUBLIC KEY', der));
    }
    case 'jwk':
      return text(`${JSON.stringify(jwkOf(sorted), null, 2)}\n`);
    default: {
      const key = onlyKey(keys);
      if (flags.to === 'pkcs8') {
        const der = keyDer(key, passphrase);
        return flags.der
          ? der
          : text(formatPem(passphrase === undefined ? 'PRIVATE KEY' : 'ENCRYPTED PRIVATE KEY', der));
      }
      // PKCS#1 and SEC 1 have no encryption of their own.
      if (passphrase !== undefined)
        throw new TlsError('ERR_INVALID_ARGUMENT', `${flags.to} is written with --no-encrypt only`);
      const der = writePrivateKey(key, flags.to as 'pkcs1' | 'sec1');
      return flags.der ? der : text(formatPem(flags.to === 'sec1' ? 'EC PRIVATE KEY' : 'RSA PRIVATE KEY', der));
    }
  }
}

const text = (value: string): Uint8Array => Buffer.from(value);

function keyDer(key: PrivateKey, passphrase: string | undefined): Uint8Array {
  return passphrase === undefined ? writePrivateKey(key) : writeEncryptedPrivateKey(key, { passphrase });
}

function derOf(object: FileObject, passphrase: string | undefined): Uint8Array {
  if (object.type === 'private key') return keyDer(object.value, passphrase);
  return object.type === 'public key' ? writePublicKey(object.value) : object.value.der;
}

function pemOf(object: FileObject, passphrase: string | undefined): string {
  const label = {
    certificate: 'CERTIFICATE',
    'private key': passphrase === undefined ? 'PRIVATE KEY' : 'ENCRYPTED PRIVATE KEY',
    'public key': 'PUBLIC KEY',
    request: 'CERTIFICATE REQUEST',
    CRL: 'X509 CRL',
    'OCSP response': 'OCSP RESPONSE',
  }[object.type];
  return formatPem(label, derOf(object, passphrase));
}

function store(flags: ConvertFlags, { keys, certificates, passphrase }: Sorted): Uint8Array {
  if (passphrase === undefined) {
    throw new TlsError('ERR_INVALID_ARGUMENT', 'PKCS#12 needs a passphrase: give --out-passphrase');
  }
  const name = (own: string | undefined) => ({ friendlyName: flags.name ?? own });
  return writePkcs12(
    {
      keys: keys.map(({ value, friendlyName }) => ({ privateKey: value, ...name(friendlyName) })),
      certificates: certificates.map(({ value, friendlyName }) => ({
        certificate: value,
        friendlyName: keys.length === 0 && certificates.length === 1 ? (flags.name ?? friendlyName) : friendlyName,
      })),
    },
    { passphrase, javaTrustStore: flags.javaTrustStore },
  );
}

function publicKeyOf({ all }: Sorted): PublicKey {
  const keys = all.flatMap(each => {
    if (each.type === 'public key') return each.value;
    return 'publicKey' in each.value ? each.value.publicKey : [];
  });
  if (keys.length === 0) throw several('a public key', 0, 'there is none');
  const others = keys.filter(key => !samePublicKey(key, keys[0]));
  if (others.length > 0) throw several('one public key', keys.length, 'give one file, such as the leaf alone');
  return keys[0];
}

function jwkOf(sorted: Sorted): object {
  const { keys, passphrase } = sorted;
  if (keys.length === 0) return writePublicJwk(publicKeyOf(sorted));
  if (passphrase !== undefined) {
    throw new TlsError('ERR_INVALID_ARGUMENT', 'a private JWK is not encrypted: --no-encrypt writes it all the same');
  }
  return dangerousWritePrivateJwk(onlyKey(keys));
}

function onlyKey(keys: Sorted['keys']): PrivateKey {
  if (keys.length !== 1) throw several('a private key', keys.length, 'give one file with one key');
  return keys[0].value;
}

function several(form: string, count: number, hint: string): TlsError {
  return new TlsError('ERR_INVALID_ARGUMENT', `${form} is written of one object, not of ${count}: ${hint}`);
}

interface MatchFlags extends OpenFlags {
  readonly json?: boolean;
}

async function match(keyFile: string, certFile: string, flags: MatchFlags): Promise<void> {
  const key = await firstPublicKey(keyFile, flags);
  const certified = await firstPublicKey(certFile, flags);
  const matches = samePublicKey(key, certified);
  const digest = (each: PublicKey) => createHash('sha256').update(writePublicKey(each)).digest('hex');
  if (flags.json) {
    const sides = { key: { publicKey: publicKeyText(key), sha256: digest(key) } };
    const other = { certificate: { publicKey: publicKeyText(certified), sha256: digest(certified) } };
    process.stdout.write(`${JSON.stringify({ matches, ...sides, ...other })}\n`);
  } else {
    const what = matches ? 'belong together' : 'do not belong together';
    process.stdout.write(`${keyFile} and ${certFile} ${what}\n`);
    process.stdout.write(`  ${publicKeyText(key)}, SHA-256 of the key ${digest(key)}\n`);
    if (!matches) process.stdout.write(`  ${publicKeyText(certified)}, SHA-256 of the key ${digest(certified)}\n`);
  }
  process.exitCode = matches ? 0 : 1;
}

async function firstPublicKey(file: string, flags: OpenFlags): Promise<PublicKey> {
  const { objects } = await readObjects(file, flags);
  let found: PublicKey | undefined;
  for (const each of objects) {
    if (each.type === 'public key') found ??= each.value;
    else if (each.type === 'private key') {
      found ??= each.value.publicKey;
      each.value.dispose();
    } else if ('publicKey' in each.value) found ??= each.value.publicKey;
  }
  if (found === undefined)
    throw new TlsError('ERR_INVALID_ARGUMENT', `${file} holds neither a key nor what is for one`);
  return found;
}
