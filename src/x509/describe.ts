// Certificates, requests, CRLs and OCSP answers as text for people, line by line, without interpretation.

import type { Certificate } from './certificate.ts';
import { attempt, certificateLines, timeText } from './certificate_text.ts';
import { type Crl, revocationReasons } from './crl.ts';
import { extensionLine } from './describe_extension.ts';
import type { Extension } from './extensions.ts';
import { hex } from './name.ts';
import { type OcspResponse, ocspResponseStatuses } from './ocsp.ts';
import { publicKeyText } from './public_key.ts';
import type { CertificateRequest } from './request.ts';

/** Everything that a certificate says. Ends without a newline. */
export function describeCertificate(certificate: Certificate): string {
  return [...certificateLines(certificate), ...extensionLines(certificate.extensions)].join('\n');
}

/** Everything that a request asks for, its other attributes as hex. */
export function describeRequest(request: CertificateRequest): string {
  const lines = [
    'Certification request',
    `  subject: ${attempt(() => request.subject.toString() || '(empty)')}`,
    `  public key: ${attempt(() => publicKeyText(request.publicKey))}`,
  ];
  const password = attempt(() =>
    request.challengePassword === undefined ? '' : JSON.stringify(request.challengePassword),
  );
  if (password !== '') lines.push(`  challenge password: ${password}`);
  const extensions = attempt(() => extensionLines(request.extensions).join('\n'));
  if (extensions !== '') lines.push(extensions.startsWith('(') ? `  extensions: ${extensions}` : extensions);
  for (const [type, values] of request.attributes) {
    if (known.has(type)) continue;
    lines.push(`  attribute ${type}: ${values.map(value => `#${hex(value)}`).join(', ')}`);
  }
  return lines.join('\n');
}

/** PKCS#9 and Microsoft's attributes whose content stands in lines of its own. */
const known: ReadonlySet<string> = /* @__PURE__ */ new Set([
  '1.2.840.113549.1.9.7',
  '1.2.840.113549.1.9.14',
  '1.3.6.1.4.1.311.2.1.14',
]);

const reasonNames = /* @__PURE__ */ new Map<number, string>(
  /* @__PURE__ */ Object.entries(revocationReasons).map(([name, code]) => [code, name]),
);

export function reasonText(reason: number): string {
  return reasonNames.get(reason) ?? `reason ${reason}`;
}

/** A list with all of its entries, a line for each. */
export function describeCrl(crl: Crl): string {
  const delta = crl.baseCrlNumber !== undefined;
  const next = crl.nextUpdate === undefined ? '(not stated)' : timeText(crl.nextUpdate);
  const lines = [
    `Certificate revocation list${delta ? ' (delta)' : ''} (version ${crl.version})`,
    `  issuer: ${attempt(() => crl.issuer.toString() || '(empty)')}`,
    `  this update: ${timeText(crl.thisUpdate)}`,
    `  next update: ${next}`,
    ...extensionLines(crl.extensions),
    `  revoked: ${crl.size}`,
  ];
  for (const { serialNumber, revocationDate, reason, issuer } of crl.entries()) {
    const other = issuer.equals(crl.issuer) ? '' : `, issued by ${issuer}`;
    lines.push(`    ${hex(serialNumber)} at ${timeText(revocationDate)} (${reasonText(reason)})${other}`);
  }
  if (crl.unusable !== undefined) lines.push(`  not usable: ${crl.unusable}`);
  return lines.join('\n');
}

/** What a responder says of each certificate. */
export function describeOcspResponse({ status, basic }: OcspResponse): string {
  const [name] = Object.entries(ocspResponseStatuses).find(([, code]) => code === status) ?? [`status ${status}`];
  if (basic === undefined) return `OCSP response: ${name}`;
  const by = 'name' in basic.responder ? `${basic.responder.name}` : `key ${hex(basic.responder.keyHash)}`;
  const lines = [`OCSP response: ${name}`, `  responder: ${by}`, `  produced at: ${timeText(basic.producedAt)}`];
  for (const single of basic.responses) {
    const until = single.nextUpdate === undefined ? 'no stated end' : timeText(single.nextUpdate);
    const revoked = single.revoked;
    const when = revoked === undefined ? '' : ` at ${timeText(revoked.revocationDate)} (${reasonText(revoked.reason)})`;
    lines.push(`  serial number ${hex(single.serialNumber)}: ${single.status}${when}`);
    lines.push(`    valid: ${timeText(single.thisUpdate)} to ${until}`);
    lines.push(...extensionLines(single.extensions).map(line => `  ${line}`));
  }
  lines.push(...extensionLines(basic.extensions), `  certificates sent along: ${basic.certificates.length}`);
  return lines.join('\n');
}

function extensionLines(extensions: ReadonlyMap<string, Extension>): string[] {
  return [...extensions.values()].map(extension => `  ${extensionLine(extension)}`);
}
