// castls cert crl: a list of what a CA has revoked.

import type { Command } from 'commander';
import { createCrl, formatPem, type Revocation, revocationReasons, TlsError } from '../x509.ts';
import { checkFree, readCertificates, writePublic } from './cert_files.ts';
import { caOf, type IssueFlags } from './cert_issue.ts';
import { fail } from './failure.ts';
import { collect } from './flags.ts';

const DAY = 86_400_000;

interface CrlFlags extends Pick<IssueFlags, 'ca' | 'caKey' | 'caPassphrase' | 'force' | 'json'> {
  readonly revoke?: string[];
  readonly number: string;
  readonly days: string;
  readonly out: string;
}

export function registerCertCrl(cert: Command): void {
  cert
    .command('crl')
    .description('a list of revoked certificates, signed by a CA')
    .requiredOption('--ca <file>', 'certificate of the CA, PEM')
    .requiredOption('--ca-key <file>', 'key of the CA, PEM')
    .option('--ca-passphrase <text>', 'of an encrypted CA key')
    .option('--revoke <cert[:reason]>', 'certificate in a file, or "serial=" and hex; several times', collect)
    .option('--number <n>', 'of the list; it grows with each', '1')
    .option('--days <n>', 'until the next list', '7')
    .option('--out <file>', 'where the list goes, PEM; "-" is standard output', '-')
    .option('--force', 'write over a file that is there')
    .option('--json', 'a summary as JSON on stderr')
    .action((flags: CrlFlags) => void makeCrl(flags).catch(fail));
}

async function makeCrl(flags: CrlFlags): Promise<void> {
  if (!/^\d+$/.test(flags.number)) throw new TlsError('ERR_INVALID_ARGUMENT', `--number ${flags.number} is no number`);
  if (!(Number(flags.days) > 0)) throw new TlsError('ERR_INVALID_ARGUMENT', `--days ${flags.days} is no number`);
  checkFree([flags.out], flags.force);
  const now = Math.floor(Date.now() / 1000) * 1000;
  const revoked = (flags.revoke ?? []).map(text => revocationOf(text, now));
  const { issuer, dispose } = await caOf(flags);
  try {
    const dates = { thisUpdate: now, nextUpdate: now + Number(flags.days) * DAY };
    const crl = await createCrl({ ...dates, number: BigInt(flags.number), revoked }, issuer);
    writePublic(flags.out, formatPem('X509 CRL', crl.der));
    const summary = { out: flags.out, issuer: `${crl.issuer}`, number: flags.number, revoked: crl.size };
    process.stderr.write(flags.json ? `${JSON.stringify(summary)}\n` : `revoked: ${crl.size}\n`);
  } finally {
    dispose();
  }
}

function revocationOf(text: string, now: number): Revocation {
  const [, what, word] = /^(.*?)(?::([A-Za-z]+))?$/s.exec(text)!;
  const reason = word === undefined ? 0 : Object.entries(revocationReasons).find(([name]) => name === word)?.[1];
  if (reason === undefined) {
    const known = Object.keys(revocationReasons).join(', ');
    throw new TlsError('ERR_INVALID_ARGUMENT', `"${word}" is no reason for revocation; they are ${known}`);
  }
  const serial = /^serial=((?:[0-9a-f]{2})+)$/i.exec(what)?.[1];
  const certificate = serial === undefined ? readCertificates(what)[0] : new Uint8Array(Buffer.from(serial, 'hex'));
  return { certificate, revocationDate: now, reason };
}
