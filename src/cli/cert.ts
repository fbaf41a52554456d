// castls cert: certificates in files - ca, issue, self-signed, csr, sign, renew, needs-renewal, delegate, crl, show, convert,
// match, fetch.

import { type Command, InvalidArgumentError } from 'commander';
import { addAuthorityFlags, addContentFlags, addUsageFlags, LEAF_DAYS } from './cert_content.ts';
import { registerConvert } from './cert_convert.ts';
import { registerCertCrl } from './cert_crl.ts';
import { registerDelegate } from './cert_delegate.ts';
import { registerFetch } from './cert_fetch.ts';
import { keyTypes } from './cert_files.ts';
import { issueLeaf, makeCa, makeRequest, selfSign } from './cert_issue.ts';
import { showFile } from './cert_show.ts';
import { needsRenewal, renewCertificate, signRequest } from './cert_sign.ts';
import { fail } from './failure.ts';
import { PASSPHRASE_FORMS } from './passphrase.ts';

const NAMES = 'DNS names, IP addresses, mailboxes, URIs, UPN:..., RID:..., dirName:..., otherName:...';

export function registerCert(program: Command): void {
  const cert = program.command('cert').description('make, sign, show and convert certificates');
  const ca = cert.command('ca').description('a CA: its own key and a self-signed certificate');
  addAuthorityFlags(addContentFlags(ca, 3650, false), wholeNumber);
  addOutputFlags(addKeyFlags(ca))
    .option('--subject <name>', 'such as "CN=My CA,O=Example"', 'CN=castls CA')
    .action(run(makeCa));

  const issue = cert.command('issue').description('a certificate with a new key, issued by a CA');
  addCaFlags(issue.argument('[name...]', NAMES));
  addAuthorityFlags(addContentFlags(issue, LEAF_DAYS, true), wholeNumber);
  addOutputFlags(addKeyFlags(issue), true)
    .option('--subject <name>', 'default "CN=" and the first name')
    .action(runWith(issueLeaf));

  const own = cert.command('self-signed').description('a certificate that no CA vouches for');
  addAuthorityFlags(addContentFlags(own.argument('[name...]', NAMES), LEAF_DAYS, true), wholeNumber);
  addOutputFlags(addKeyFlags(own))
    .option('--subject <name>', 'default "CN=" and the first name')
    .option('--acme <authorization>', 'answers a tls-alpn-01 challenge (RFC 8737): the key authorization')
    .action(runWith(selfSign));

  const csr = cert.command('csr').description('a certification request (PKCS#10)');
  addOutputFlags(addKeyFlags(addUsageFlags(csr.argument('[name...]', NAMES))))
    .option('--subject <name>', 'default "CN=" and the first name')
    .option('--challenge-password <text>', 'stands in the request for all to read')
    .action(runWith(makeRequest));

  const sign = cert.command('sign').description('a certificate for a request; says what of the request it takes over');
  addCaFlags(sign.argument('<csr>', 'file with the request; "-" is standard input'));
  addAuthorityFlags(addContentFlags(sign, LEAF_DAYS, true), wholeNumber);
  addOutputFlags(addCopyFlag(sign), true)
    .option('--subject <name>', 'instead of what the request says')
    .action(runWith(signRequest));

  const renew = cert.command('renew').description('the same names and rights for another time');
  addContentDates(renew.argument('<cert>', 'the old certificate'));
  addOutputFlags(addKeyFlags(renew))
    .option('--ca <file>', 'certificate of the CA that issued it; absent for one signed by its own key')
    .option('--ca-key <file>', 'key of the CA')
    .option('--ca-passphrase <form>', `of the key of the CA: ${PASSPHRASE_FORMS}`)
    .option('--new-key', 'for a new key, which goes to --key-out')
    .option('--subject <name>', 'instead of the old one')
    .action(runWith(renewCertificate));

  cert
    .command('needs-renewal')
    .description('is it time to renew? Ends with 0 if it is, with 3 if it is not yet, with 1 if that cannot be said')
    .argument('<cert>', 'the certificate')
    .option('--days <n>', 'before its end', '30')
    .option('--json', 'as JSON')
    .action(runWith(async (file: string, flags: { days: string; json?: boolean }) => needsRenewal(file, flags)));
  registerDelegate(cert, addKeyFlags, addOutputFlags, runWith);
  registerCertCrl(cert);
  registerConvert(cert);
  registerFetch(cert);
  cert
    .command('show')
    .description(
      'what certificates, requests, lists, OCSP answers, bundles and keys say; of private keys only their kind',
    )
    .argument('<file...>', 'PEM, DER, PKCS#12, PKCS#7 or JWK; "-" is standard input')
    .option('--passphrase <form>', `opens PKCS#12: ${PASSPHRASE_FORMS}`)
    .option('--legacy', 'reads encryption of old, too')
    .option('--json', 'as JSON')
    .action(runWith(showFile));
}

export function addCaFlags(command: Command): Command {
  return command
    .requiredOption('--ca <file>', 'certificate of the CA')
    .requiredOption('--ca-key <file>', 'key of the CA')
    .option('--ca-passphrase <form>', `of the key of the CA: ${PASSPHRASE_FORMS}`);
}

export function addKeyFlags(command: Command): Command {
  return command
    .option('--key <file>', 'a key that is there; if the file is not, a new key goes there')
    .option('--key-type <type>', `of the new key: ${keyTypes.join(', ')}`, 'p256')
    .option('--bits <n>', 'of a new RSA key; default 3072', Number)
    .option('--key-out <file>', 'where the new key goes, for its owner alone')
    .option('--passphrase <form>', `encrypts the new key, decrypts that of --key: ${PASSPHRASE_FORMS}`)
    .option('--legacy', 'reads a key under encryption of old, too');
}

export function addCopyFlag(command: Command): Command {
  return command.option(
    '--copy-extensions <which>',
    'what to take over of the request: none, names, all, or a list such as keyUsage,1.2.3; default names',
  );
}

export function addContentDates(command: Command): Command {
  return command
    .option('--days <n>', 'how long it is valid; default as long as the old one')
    .option('--not-before <time>', 'instead of an hour ago, such as 2026-11-23T12:00:00Z')
    .option('--not-after <time>', 'instead of --days');
}

export function addOutputFlags(command: Command, chain = false): Command {
  if (chain) command.option('--chain', 'the certificate of an intermediate CA behind the new one, as servers send it');
  return command
    .option('--out <file>', 'where the result goes, PEM; "-" is standard output')
    .option('--force', 'write over files that are there')
    .option('--json', 'a summary as JSON');
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('it is a whole number');
  return Number(text);
}

export function run<F>(work: (flags: F) => Promise<void>): (flags: F) => void {
  return flags => {
    work(flags).catch(fail);
  };
}

export function runWith<A, F>(work: (argument: A, flags: F) => Promise<void>): (argument: A, flags: F) => void {
  return (argument, flags) => {
    work(argument, flags).catch(fail);
  };
}
