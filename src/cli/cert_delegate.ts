// castls cert delegate: a delegated credential (RFC 9345), which is a key for some days, signed with the key of a server's or
// client's certificate that allows it.

import type { Command } from 'commander';
import {
  type Certificate,
  issueDelegatedCredential,
  type PrivateKey,
  publicKeyText,
  SignatureScheme,
  TlsError,
} from '../x509.ts';
import { datesOf } from './cert_content.ts';
import { writePublic } from './cert_files.ts';
import { caOf, type IssueFlags, openKey, report, saveKey } from './cert_issue.ts';
import { PASSPHRASE_FORMS } from './passphrase.ts';

interface DelegateFlags extends Omit<IssueFlags, keyof import('./cert_issue.ts').CaFlags> {
  readonly certKey: string;
  readonly certPassphrase?: string;
  readonly role: 'server' | 'client';
  readonly scheme?: string;
}

/** The extension of RFC 9345 §4.2. */
const DELEGATION_USAGE = '1.3.6.1.4.1.44363.44';

/** A week is the most (RFC 9345 §4.1.3), by the clock of whoever gets it: some days leave room for clocks that are behind. */
const DAYS = '3';

/** @param addKeyFlags those of a new key @param addOutputFlags those of a result */
export function registerDelegate(
  cert: Command,
  addKeyFlags: (command: Command) => Command,
  addOutputFlags: (command: Command) => Command,
  run: (work: (file: string, flags: DelegateFlags) => Promise<void>) => (file: string, flags: DelegateFlags) => void,
): void {
  const delegate = cert
    .command('delegate')
    .description(
      'a delegated credential (RFC 9345): a key for some days that a certificate of --delegation vouches for',
    )
    .argument('<cert>', 'the certificate of the server or the client')
    .requiredOption('--cert-key <file>', 'its key')
    .option('--cert-passphrase <form>', `of its key: ${PASSPHRASE_FORMS}`)
    .option('--role <role>', 'who will use it: server or client', 'server')
    .option('--scheme <name>', 'the signatures that the new key will make, such as ecdsa_secp256r1_sha256')
    .option('--days <n>', 'how long it is good, at most 7; a part of a day such as 0.5 is one, too', DAYS)
    .option('--not-after <time>', 'instead of --days');
  addOutputFlags(addKeyFlags(delegate)).action(run(delegateKey));
}

/** Writes the credential, as TLS sends it, and the key that it delegates to. */
async function delegateKey(file: string, flags: DelegateFlags): Promise<void> {
  const { certKey, certPassphrase, role } = flags;
  if (role !== 'server' && role !== 'client')
    throw new TlsError('ERR_INVALID_ARGUMENT', `--role ${role}: it is server or client`);
  const base = `${file === '-' ? 'delegated' : file.replace(/\.(crt|cer|pem|der)$/i, '')}.dc`;
  const out = flags.out ?? base;
  const { certificate, issuer, dispose } = await delegatorOf({
    ca: file,
    caKey: certKey,
    caPassphrase: certPassphrase,
  });
  try {
    const given = { ...flags, ca: file, caKey: certKey };
    const { key, keyFile } = await openKey(given, base, out);
    try {
      const content = { publicKey: key, role, scheme: schemeOf(flags), notAfter: endOf(certificate, flags) };
      const encoded = await issueDelegatedCredential(content, issuer);
      saveKey(given, keyFile, key);
      writePublic(out, encoded);
      report(flags, out, keyFile, summaryOf(certificate, key, content));
    } finally {
      key.dispose();
    }
  } finally {
    dispose();
  }
}

async function delegatorOf(files: Parameters<typeof caOf>[0]) {
  const delegator = await caOf(files);
  if (delegator.certificate.extensions.has(DELEGATION_USAGE)) return delegator;
  delegator.dispose();
  throw new TlsError(
    'ERR_INVALID_ARGUMENT',
    `the certificate in ${files.ca} has no DelegationUsage (RFC 9345 §4.2): castls cert issue --delegation makes one that has`,
  );
}

/** Without --not-after it ends with its certificate at the latest. */
function endOf(certificate: Certificate, flags: DelegateFlags): number {
  const { notAfter } = datesOf({ days: flags.days, notAfter: flags.notAfter });
  return flags.notAfter === undefined ? Math.min(notAfter, certificate.notAfter) : notAfter;
}

function schemeOf({ scheme }: DelegateFlags): number | undefined {
  if (scheme === undefined) return undefined;
  const found = Object.entries(SignatureScheme).find(([name]) => name === scheme)?.[1];
  if (found !== undefined) return found;
  throw new TlsError('ERR_INVALID_ARGUMENT', `--scheme ${scheme}: there is none of this name, as IANA has them`);
}

function summaryOf(
  { subject }: Certificate,
  { publicKey }: PrivateKey,
  { role, notAfter }: { role: string; notAfter: number },
): object {
  const end = new Date(notAfter).toISOString();
  return { subject: `${subject}`, role, publicKey: publicKeyText(publicKey), notAfter: end };
}
