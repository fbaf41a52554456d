// castls cert: a certification authority in files - ca, issue, self-signed, csr, sign, crl, show.

import { type Command, InvalidArgumentError } from 'commander';
import { registerCertCrl } from './cert_crl.ts';
import { addIssueFlags, issueLeaf, makeCa, makeRequest, selfSign, signRequest } from './cert_issue.ts';
import { showFile } from './cert_show.ts';
import { fail } from './failure.ts';
import { collect } from './flags.ts';

export function registerCert(program: Command): void {
  const cert = program.command('cert').description('make, sign and show certificates');
  addIssueFlags(cert.command('ca').description('a CA: its own key and a self-signed certificate'), { days: 3650 })
    .option('--subject <name>', 'such as "CN=My CA,O=Example"', 'CN=castls CA')
    .option('--path-length <n>', 'most CAs below it', wholeNumber)
    .option('--permit <name>', 'DNS subtree to confine it to; several times', collect)
    .action(run(makeCa));
  addIssueFlags(cert.command('issue').description('a certificate with a new key, issued by a CA'), { ca: true })
    .argument('[name...]', 'DNS names, IP addresses, mailboxes or URIs')
    .option('--subject <name>', 'default "CN=" and the first name')
    .option('--path-length <n>', 'with --profile ca', wholeNumber)
    .action(runWith(issueLeaf));
  addIssueFlags(cert.command('self-signed').description('a certificate that no CA vouches for'), { profile: true })
    .argument('[name...]', 'DNS names, IP addresses, mailboxes or URIs')
    .option('--subject <name>', 'default "CN=" and the first name')
    .action(runWith(selfSign));
  addIssueFlags(cert.command('csr').description('a certification request (PKCS#10)'), { days: null })
    .argument('[name...]', 'DNS names, IP addresses, mailboxes or URIs')
    .option('--subject <name>', 'default "CN=" and the first name')
    .option('--challenge-password <text>', 'stands in the request for all to read')
    .action(runWith(makeRequest));
  addIssueFlags(cert.command('sign').description('a certificate for a request'), { ca: true, key: false })
    .argument('<csr>', 'file with the request')
    .option('--subject <name>', 'instead of what the request says')
    .option('--path-length <n>', 'with --profile ca', wholeNumber)
    .action(runWith(signRequest));
  registerCertCrl(cert);
  cert
    .command('show')
    .description('what certificates, requests and CRLs say')
    .argument('<file...>', 'PEM or DER')
    .option('--json', 'as JSON')
    .action(runWith(showFile));
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('it is a whole number');
  return Number(text);
}

function run<F>(work: (flags: F) => Promise<void>): (flags: F) => void {
  return flags => {
    work(flags).catch(fail);
  };
}

function runWith<A, F>(work: (argument: A, flags: F) => Promise<void>): (argument: A, flags: F) => void {
  return (argument, flags) => {
    work(argument, flags).catch(fail);
  };
}
