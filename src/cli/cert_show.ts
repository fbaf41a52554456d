// castls cert show: certificates, requests and CRLs for people, or as JSON.

import {
  type Crl,
  describeCertificate,
  generalNameText,
  parseCertificate,
  parseCertificateRequest,
  parseCrl,
  parsePem,
  publicKeyText,
  TlsError,
  verifyCertificateRequest,
} from '../x509.ts';
import { certificateJson, requestJson } from './cert_summary.ts';
import { readInput } from './files.ts';

interface Shown {
  readonly text: string;
  readonly json: object;
}

export async function showFile(files: string[], { json }: { json?: boolean }): Promise<void> {
  const shown: Shown[] = [];
  for (const file of files) {
    const bytes = readInput(file);
    const blocks = bytes[0] === 0x30 ? [{ label: '', bytes: new Uint8Array(bytes) }] : parsePem(bytes.toString('utf8'));
    for (const { label, bytes } of blocks) shown.push(await show(label, bytes));
    if (blocks.length === 0) throw new TlsError('ERR_INVALID_ARGUMENT', `${file} holds nothing in PEM or DER`);
  }
  if (!json) return void process.stdout.write(`${shown.map(each => each.text).join('\n\n')}\n`);
  const all = shown.map(each => each.json);
  process.stdout.write(`${JSON.stringify(all.length === 1 ? all[0] : all, null, 2)}\n`);
}

async function show(label: string, bytes: Uint8Array): Promise<Shown> {
  switch (label) {
    case 'CERTIFICATE':
    case 'TRUSTED CERTIFICATE':
    case 'X509 CERTIFICATE':
      return showCertificate(bytes);
    case 'CERTIFICATE REQUEST':
    case 'NEW CERTIFICATE REQUEST':
      return showRequest(bytes);
    case 'X509 CRL':
      return showCrl(parseCrl(bytes));
    case '':
      return showDer(bytes);
    default:
      // Private keys above all: nothing of them is shown.
      return { text: `${label} (not shown)`, json: { type: label } };
  }
}

/** DER without a label: what reads it. */
async function showDer(bytes: Uint8Array): Promise<Shown> {
  try {
    return showCertificate(bytes);
  } catch (error) {
    for (const read of [showRequest, async (der: Uint8Array) => showCrl(parseCrl(der))]) {
      try {
        return await read(bytes);
      } catch {
        // The first error is the one to report: most DER files are certificates.
      }
    }
    throw error;
  }
}

function showCertificate(bytes: Uint8Array): Shown {
  const certificate = parseCertificate(bytes);
  return { text: describeCertificate(certificate), json: { type: 'CERTIFICATE', ...certificateJson(certificate) } };
}

async function showRequest(bytes: Uint8Array): Promise<Shown> {
  const request = parseCertificateRequest(bytes);
  let proof = 'right';
  try {
    await verifyCertificateRequest(request);
  } catch (error) {
    proof = (error as Error).message;
  }
  const lines = [
    'Certification request',
    `  subject: ${request.subject}`,
    `  key: ${publicKeyText(request.publicKey)}`,
    `  names: ${(request.subjectAltName ?? []).map(generalNameText).join(', ') || 'none'}`,
    `  signature: ${proof}`,
  ];
  return { text: lines.join('\n'), json: { type: 'CERTIFICATE REQUEST', proof, ...requestJson(request) } };
}

function showCrl(crl: Crl): Shown {
  const number = crl.crlNumber === undefined ? null : Buffer.from(crl.crlNumber).toString('hex') || '00';
  const json = {
    type: 'X509 CRL',
    issuer: crl.issuer.toString(),
    thisUpdate: new Date(crl.thisUpdate).toISOString(),
    nextUpdate: crl.nextUpdate === undefined ? null : new Date(crl.nextUpdate).toISOString(),
    number,
    delta: crl.baseCrlNumber !== undefined,
    revoked: crl.size,
  };
  const lines = [
    `Certificate revocation list${json.delta ? ' (delta)' : ''}`,
    `  issuer: ${json.issuer}`,
    `  from ${json.thisUpdate} to ${json.nextUpdate ?? 'no stated time'}`,
    `  number: ${number ?? 'none'}`,
    `  certificates: ${crl.size}`,
  ];
  return { text: lines.join('\n'), json };
}
