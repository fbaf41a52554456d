// What the commands of castls ca do.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  createCrl,
  createOcspError,
  createOcspRequest,
  createOcspResponse,
  formatPem,
  hashAlgorithm,
  issueCertificate,
  issueSelfSigned,
  type OcspStatement,
  parseCertificate,
  parseCertificateRequest,
  parseOcspRequest,
  type Revocation,
  revocationReasons,
  TlsError,
  verifyCertificateRequest,
} from '../x509.ts';
import { CaStore, type IssuedEntry } from './ca_store.ts';
import { contentOf, LEAF_DAYS } from './cert_content.ts';
import { checkFree, newKey, writeKey, writePublic } from './cert_files.ts';
import {
  baseName,
  type IssueFlags,
  type OutputFlags,
  openKey,
  report,
  saveKey,
  subjectOf,
  withinIssuer,
  writeCertificate,
} from './cert_issue.ts';
import { contentFor, NOT_YET, renewalContent, reportTaken, type SignFlags } from './cert_sign.ts';
import { certificateJson } from './cert_summary.ts';
import { readInput } from './files.ts';
import { readKey } from './objects.ts';
import { newPassphraseOf } from './passphrase.ts';

const DAY = 86_400_000;

interface CaPassphrase {
  readonly caPassphrase?: string;
}

export async function initialize(directory: string, flags: IssueFlags): Promise<void> {
  const given = flags.key !== undefined && existsSync(flags.key);
  const key = given ? await readKey(flags.key!, flags) : await newKey(flags);
  try {
    const content = contentOf({ ...flags, profile: 'ca' }, flags.san ?? [], { profile: 'ca', days: 3650 });
    const certificate = await issueSelfSigned({ ...content, publicKey: key }, { key });
    const passphrase = newPassphraseOf(flags.passphrase, 'the key of the CA');
    CaStore.create(directory, certificate, file => writeKey(file, key, passphrase));
    report(flags, join(directory, 'ca.crt'), join(directory, 'ca.key'), certificateJson(certificate));
  } finally {
    key.dispose();
  }
}

export async function issue(directory: string, names: string[], flags: IssueFlags): Promise<void> {
  await CaStore.writing(directory, async store => {
    const all = [...names, ...(flags.san ?? [])];
    const defaults = { profile: 'server', days: LEAF_DAYS, subject: subjectOf(all) } as const;
    const content = contentOf(flags, all, defaults, directory);
    const base = baseName(content);
    const out = flags.out ?? `${base}.crt`;
    const { key, keyFile } = await openKey(flags, base, out);
    const { issuer, dispose } = await store.issuer(flags.caPassphrase);
    try {
      const within = withinIssuer(content, store.certificate, flags);
      const certificate = await issueCertificate({ ...within, publicKey: key }, issuer);
      saveKey(flags, keyFile, key);
      store.add(certificate);
      writeCertificate(flags, out, certificate, store.certificate);
      report(flags, out, keyFile, certificateJson(certificate));
    } finally {
      key.dispose();
      dispose();
    }
  });
}

export async function sign(directory: string, file: string, flags: SignFlags): Promise<void> {
  const out = flags.out ?? `${file === '-' ? 'request' : file.replace(/\.(csr|req|pem|der)$/i, '')}.crt`;
  checkFree([out], flags.force);
  const request = parseCertificateRequest(readInput(file));
  await verifyCertificateRequest(request);
  await CaStore.writing(directory, async store => {
    const { issuer, dispose } = await store.issuer(flags.caPassphrase);
    try {
      const { content, ...taken } = contentFor(request, flags, directory);
      const within = withinIssuer(content, store.certificate, flags);
      const certificate = await issueCertificate({ ...within, publicKey: request }, issuer);
      store.add(certificate);
      writeCertificate(flags, out, certificate, store.certificate);
      reportTaken(flags, out, taken, certificate);
    } finally {
      dispose();
    }
  });
}

export async function renew(directory: string, what: string, flags: OutputFlags & CaPassphrase & { days?: string }) {
  await CaStore.writing(directory, async store => {
    const entry = store.find(what);
    if (entry.revoked !== undefined) {
      throw new TlsError(
        'ERR_INVALID_ARGUMENT',
        `${entry.serialNumber} is revoked (${entry.revoked.reason}): issue a new one`,
      );
    }
    const old = parseCertificate(readInput(store.fileOf(entry)));
    const out = flags.out ?? `${baseName({ subject: old.subject, altNames: entry.names })}.crt`;
    checkFree([out], flags.force);
    const { issuer, dispose } = await store.issuer(flags.caPassphrase);
    try {
      const content = withinIssuer(renewalContent(old, flags), store.certificate, {});
      const certificate = await issueCertificate({ ...content, publicKey: old }, issuer);
      store.add(certificate, entry.serialNumber);
      writeCertificate(flags, out, certificate, store.certificate);
      report(flags, out, undefined, certificateJson(certificate));
    } finally {
      dispose();
    }
  });
}

export async function revoke(directory: string, what: string, flags: { reason: string }): Promise<void> {
  if (!Object.hasOwn(revocationReasons, flags.reason) || flags.reason === 'removeFromCRL') {
    const known = Object.keys(revocationReasons).filter(name => name !== 'removeFromCRL');
    throw new TlsError(
      'ERR_INVALID_ARGUMENT',
      `"${flags.reason}" is no reason for revocation; they are ${known.join(', ')}`,
    );
  }
  await CaStore.writing(directory, async store => {
    const entry = store.find(what);
    store.revoke(entry, flags.reason);
    process.stdout.write(
      `revoked ${entry.serialNumber} (${entry.subject || entry.names.join(', ')}): ${flags.reason}\n`,
    );
    process.stdout.write('  the next "castls ca crl" and "castls ca ocsp" say so\n');
  });
}

function reasonOf(name: string): number {
  return revocationReasons[name as keyof typeof revocationReasons];
}

function daysOf(text: string): number {
  const days = Number(text);
  if (days > 0 && days < 100_000) return days;
  throw new TlsError('ERR_INVALID_ARGUMENT', `--days ${text} is no number`);
}

export async function writeCrl(
  directory: string,
  flags: OutputFlags & CaPassphrase & { days: string; der?: boolean },
): Promise<void> {
  const days = daysOf(flags.days);
  const out = flags.out ?? join(directory, flags.der ? 'ca.crl.der' : 'ca.crl');
  await CaStore.writing(directory, async store => {
    const { issuer, dispose } = await store.issuer(flags.caPassphrase);
    try {
      const now = Math.floor(Date.now() / 1000) * 1000;
      const revoked = store.issued.flatMap(each => revocationOf(each, now));
      const number = store.takeCrlNumber();
      const crl = await createCrl({ thisUpdate: now, nextUpdate: now + days * DAY, number, revoked }, issuer);
      if (flags.der && out === '-') process.stdout.write(crl.der);
      else writePublic(out, flags.der ? crl.der : formatPem('X509 CRL', crl.der));
      const stream = out === '-' ? process.stderr : process.stdout;
      const summary = { out, number, revoked: crl.size, nextUpdate: new Date(now + days * DAY).toISOString() };
      stream.write(
        flags.json ? `${JSON.stringify(summary)}\n` : `wrote ${out} (number ${number}, ${crl.size} revoked)\n`,
      );
    } finally {
      dispose();
    }
  });
}

/** RFC 5280 §3.3: an entry stays until one list behind the end of its certificate; a week more does no harm. */
function revocationOf({ serialNumber, revoked, notAfter }: IssuedEntry, now: number): Revocation | [] {
  if (revoked === undefined || Date.parse(notAfter) + 7 * DAY < now) return [];
  return {
    certificate: new Uint8Array(Buffer.from(serialNumber, 'hex')),
    revocationDate: Date.parse(revoked.at),
    reason: reasonOf(revoked.reason),
  };
}

export async function answerOcsp(
  directory: string,
  what: string,
  flags: OutputFlags & CaPassphrase & { days: string },
): Promise<void> {
  const days = daysOf(flags.days);
  const out = flags.out ?? '-';
  checkFree([out], flags.force);
  const store = CaStore.open(directory);
  const { issuer, dispose } = await store.issuer(flags.caPassphrase);
  try {
    const now = Math.floor(Date.now() / 1000) * 1000;
    const times = { thisUpdate: now, nextUpdate: now + days * DAY };
    const request = requestOf(what);
    const statements =
      request === undefined ? [statementOf(store.find(what), times)] : answersTo(store, request, times);
    const response =
      statements === undefined
        ? createOcspError('unauthorized')
        : await createOcspResponse(
            { issuer: store.certificate, producedAt: now, statements, nonce: request?.nonce },
            issuer,
          );
    writePublic(out, response.der);
    if (out === '-') return;
    const said = statements?.map(({ status }) => (typeof status === 'string' ? status : 'revoked')) ?? ['unauthorized'];
    process.stdout.write(flags.json ? `${JSON.stringify({ out, said })}\n` : `wrote ${out} (${said.join(', ')})\n`);
  } finally {
    dispose();
  }
}

/** The request that a file holds; undefined for a certificate, a serial number or a name. */
function requestOf(what: string) {
  if (what !== '-' && !existsSync(what)) return undefined;
  try {
    return parseOcspRequest(new Uint8Array(readInput(what)));
  } catch (error) {
    if (error instanceof TlsError) return undefined;
    throw error;
  }
}

type Times = Pick<OcspStatement, 'thisUpdate' | 'nextUpdate'>;

/** Undefined if the request is about certificates of another CA (RFC 5019 §2.2.3: unauthorized). */
function answersTo(
  store: CaStore,
  request: ReturnType<typeof parseOcspRequest>,
  times: Times,
): OcspStatement[] | undefined {
  const answers: OcspStatement[] = [];
  for (const id of request.certificates) {
    if (!isOurs(store, id)) return undefined;
    const serial = Buffer.from(id.serialNumber).toString('hex');
    const entry = store.issued.find(each => each.serialNumber === serial);
    // RFC 6960 §2.2: of what was never issued nobody says that it is good.
    answers.push(
      entry === undefined
        ? { certificate: id, status: 'unknown', ...times }
        : { ...statementOf(entry, times), certificate: id },
    );
  }
  return answers;
}

/** By the hashes that the CA itself would ask with. */
function isOurs({ certificate }: CaStore, id: ReturnType<typeof parseOcspRequest>['certificates'][number]): boolean {
  const names = { '1.3.14.3.2.26': 'sha1', '2.16.840.1.101.3.4.2.1': 'sha256' } as const;
  if (!Object.hasOwn(names, id.hashAlgorithm.oid)) return false;
  const hash = hashAlgorithm(names[id.hashAlgorithm.oid as keyof typeof names]);
  const [own] = parseOcspRequest(createOcspRequest([Uint8Array.of(1)], certificate, hash)).certificates;
  const same = (a: Uint8Array, b: Uint8Array) => Buffer.from(a).equals(b);
  return same(id.issuerNameHash, own.issuerNameHash) && same(id.issuerKeyHash, own.issuerKeyHash);
}

function statementOf({ serialNumber, revoked }: IssuedEntry, times: Times): OcspStatement {
  const certificate = new Uint8Array(Buffer.from(serialNumber, 'hex'));
  if (revoked === undefined) return { certificate, status: 'good', ...times };
  return { certificate, status: { revokedAt: Date.parse(revoked.at), reason: reasonOf(revoked.reason) }, ...times };
}

function stateOf({ revoked, renewedBy, notAfter }: IssuedEntry): string {
  if (revoked !== undefined) return `revoked ${revoked.at} (${revoked.reason})`;
  const expired = Date.parse(notAfter) < Date.now();
  return expired ? 'expired' : renewedBy === undefined ? 'valid' : `valid, renewed by ${renewedBy}`;
}

export async function listIssued(directory: string, { json }: { json?: boolean }): Promise<void> {
  const store = CaStore.open(directory);
  if (json) {
    const issued = store.issued.map(each => ({ ...each, state: stateOf(each), file: store.fileOf(each) }));
    process.stdout.write(
      `${JSON.stringify({ ca: `${store.certificate.subject}`, crlNumber: store.crlNumber, issued }, null, 2)}\n`,
    );
    return;
  }
  const lines = store.issued.map(
    each =>
      `${each.serialNumber}  until ${each.notAfter.slice(0, 10)}  ${stateOf(each)}  ${[each.subject, ...each.names].filter(Boolean).join(', ')}`,
  );
  process.stdout.write(lines.length === 0 ? 'nothing was issued yet\n' : `${lines.join('\n')}\n`);
}

export async function needsRenewal(directory: string, flags: { days: string; json?: boolean }): Promise<void> {
  const days = daysOf(flags.days);
  const store = CaStore.open(directory);
  const limit = Date.now() + days * DAY;
  const due = store.issued.filter(
    each => each.revoked === undefined && each.renewedBy === undefined && Date.parse(each.notAfter) < limit,
  );
  const ca = store.certificate.notAfter < limit;
  if (flags.json) process.stdout.write(`${JSON.stringify({ ca, due }, null, 2)}\n`);
  else {
    if (ca) process.stdout.write(`the CA itself ends at ${new Date(store.certificate.notAfter).toISOString()}\n`);
    for (const each of due)
      process.stdout.write(`${each.serialNumber}  until ${each.notAfter.slice(0, 10)}  ${each.subject}\n`);
  }
  process.exitCode = ca || due.length > 0 ? 0 : NOT_YET;
}
