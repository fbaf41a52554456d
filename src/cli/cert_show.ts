// castls cert show: everything that files say, for people or as JSON. Of private keys only their kind; of what cannot be
// read the fields that can.

import {
  type Certificate,
  type Crl,
  describeCertificate,
  describeCrl,
  describeOcspResponse,
  describeRequest,
  hashAlgorithm,
  type OcspResponse,
  type PemBlock,
  parsePem,
  publicKeyText,
  readCertificate,
  reasonText,
  TlsError,
  verifyCertificateRequest,
  writePublicKey,
} from '../x509.ts';
import { certificateJson, requestJson } from './cert_summary.ts';
import { readInput } from './files.ts';
import { type FileObject, type OpenFlags, objectsOfBlock, readObjects } from './objects.ts';
import { remainsOf } from './remains.ts';

interface ShowFlags extends OpenFlags {
  readonly json?: boolean;
}

interface Shown {
  readonly text: string;
  readonly json: object;
}

export async function showFile(files: string[], flags: ShowFlags): Promise<void> {
  const shown: Shown[] = [];
  for (const file of files) shown.push(...(await showOne(file, flags)));
  if (!flags.json) return void process.stdout.write(`${shown.map(each => each.text).join('\n\n')}\n`);
  const all = shown.map(each => each.json);
  process.stdout.write(`${JSON.stringify(all.length === 1 ? all[0] : all, null, 2)}\n`);
}

async function showOne(file: string, flags: ShowFlags): Promise<Shown[]> {
  let objects: readonly FileObject[];
  try {
    ({ objects } = await readObjects(file, flags));
  } catch (error) {
    return showInParts(file, error);
  }
  const shown: Shown[] = [];
  for (const each of objects) shown.push(await show(each));
  return shown;
}

async function show(object: FileObject): Promise<Shown> {
  switch (object.type) {
    case 'certificate':
      return showCertificate(object.value);
    case 'request': {
      const proof = await proofOf(object.value);
      const json = { type: 'CERTIFICATE REQUEST', proof, ...requestJson(object.value) };
      return { text: `${describeRequest(object.value)}\n  signature: ${proof}`, json };
    }
    case 'CRL':
      return { text: describeCrl(object.value), json: crlJson(object.value) };
    case 'OCSP response':
      return { text: describeOcspResponse(object.value), json: ocspJson(object.value) };
    case 'public key':
    case 'private key': {
      const key = object.type === 'public key' ? object.value : object.value.publicKey;
      if (object.type === 'private key') object.value.dispose();
      const sha256 = hexOf(hashAlgorithm('sha256').digest(writePublicKey(key)));
      const label = object.type === 'public key' ? 'PUBLIC KEY' : 'PRIVATE KEY';
      const title = object.type === 'public key' ? 'Public key' : 'Private key (not shown)';
      const text = `${title}\n  public key: ${publicKeyText(key)}\n  SHA-256 of the public key: ${sha256}`;
      return { text, json: { type: label, publicKey: publicKeyText(key), publicKeySha256: sha256 } };
    }
  }
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function showCertificate(certificate: Certificate): Shown {
  const prints = ['sha256', 'sha1'].map(
    name => `  fingerprint ${name.replace('sha', 'SHA-')}: ${certificate.fingerprint(name as 'sha1')}`,
  );
  const odd = [...certificate.deviations].map(each => `  not as the RFC has it: ${each}`);
  const faults = certificate.faults.map(({ message }) => `  fault: ${message}`);
  const text = [describeCertificate(certificate), ...prints, ...odd, ...faults].join('\n');
  return { text, json: { type: 'CERTIFICATE', ...certificateJson(certificate) } };
}

async function proofOf(request: Parameters<typeof requestJson>[0]): Promise<string> {
  try {
    await verifyCertificateRequest(request);
    return 'right';
  } catch (error) {
    return (error as Error).message;
  }
}

function crlJson(crl: Crl): object {
  return {
    type: 'X509 CRL',
    issuer: crl.issuer.toString(),
    thisUpdate: new Date(crl.thisUpdate).toISOString(),
    nextUpdate: crl.nextUpdate === undefined ? null : new Date(crl.nextUpdate).toISOString(),
    number: crl.crlNumber === undefined ? null : hexOf(crl.crlNumber) || '00',
    delta: crl.baseCrlNumber !== undefined,
    revoked: crl.size,
    entries: [...crl.entries()].map(({ serialNumber, revocationDate, reason }) => ({
      serialNumber: hexOf(serialNumber),
      revocationDate: new Date(revocationDate).toISOString(),
      reason: reasonText(reason),
    })),
  };
}

function ocspJson({ status, basic }: OcspResponse): object {
  const responses = basic?.responses.map(({ serialNumber, status: said, thisUpdate, nextUpdate, revoked }) => ({
    serialNumber: hexOf(serialNumber),
    status: said,
    thisUpdate: new Date(thisUpdate).toISOString(),
    nextUpdate: nextUpdate === undefined ? null : new Date(nextUpdate).toISOString(),
    ...(revoked === undefined
      ? {}
      : { revokedAt: new Date(revoked.revocationDate).toISOString(), reason: reasonText(revoked.reason) }),
  }));
  return { type: 'OCSP RESPONSE', status, responses: responses ?? [] };
}

/**
 * A file of which not everything can be read: each block by itself, what fails with its fault. Sealed keys are named. The
 * error is thrown if nothing at all can be shown.
 */
async function showInParts(file: string, error: unknown): Promise<Shown[]> {
  if (!(error instanceof TlsError)) throw error;
  const bytes = new Uint8Array(readInput(file));
  const der = bytes[0] === 0x30 && !Buffer.from(bytes).includes('-----BEGIN ');
  // Of DER that is no certificate there is nothing more to say.
  if (der && !(error.code === 'ERR_CERT_MALFORMED' && error.message.includes('certificate: '))) throw error;
  let blocks: readonly PemBlock[];
  try {
    blocks = der ? [{ label: 'CERTIFICATE', bytes }] : parsePem(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw error;
  }
  const shown: Shown[] = [];
  for (const { label, bytes: block, headers } of blocks) {
    const sealed = label === 'ENCRYPTED PRIVATE KEY' || headers?.has('DEK-Info');
    if (sealed) shown.push({ text: `${label} (not shown)`, json: { type: label } });
    else shown.push(...(await showBlock(label, block)));
  }
  if (shown.length === 0) throw error;
  if (shown.every(each => 'error' in each.json)) process.exitCode = 1;
  return shown;
}

async function showBlock(label: string, bytes: Uint8Array): Promise<Shown[]> {
  try {
    const shown: Shown[] = [];
    for (const object of objectsOfBlock(label, bytes)) shown.push(await show(object));
    return shown;
  } catch (error) {
    const { message } = error as Error;
    const whole = /CERTIFICATE$/.test(label) ? partly(bytes) : undefined;
    const fields = whole === undefined ? remainsOf(label, bytes) : {};
    const lines = Object.entries(fields).map(([name, value]) => `  ${name}: ${value}`);
    const title = `${label} that cannot be ${whole === undefined ? 'read' : 'used'}: ${message}`;
    return [
      {
        text: [title, whole?.text ?? lines].flat().join('\n'),
        json: { type: label, error: message, ...fields, ...whole?.json },
      },
    ];
  }
}

/** What the partial reading shows of a certificate; undefined where that reads nothing either. */
function partly(bytes: Uint8Array): Shown | undefined {
  try {
    const certificate = readCertificate(bytes, 'partial');
    const text = describeCertificate(certificate);
    return { text, json: { subject: `${certificate.subject}`, issuer: `${certificate.issuer}`, text } };
  } catch (error) {
    if (error instanceof TlsError) return undefined;
    throw error;
  }
}
