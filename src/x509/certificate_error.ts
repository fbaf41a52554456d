// The error of verification: which certificate, which rule, which section, and what a person can do about it.

import { type ErrorCode, TlsError } from '../base/errors.ts';
import type { Certificate } from './certificate.ts';

/** What is wrong with a certificate. */
export interface Fault {
  readonly code: ErrorCode;
  /** What is the matter, without the certificate's name. */
  readonly problem: string;
  /** For example "RFC 5280 §6.1.4 (k)". */
  readonly rule: string;
  /** What a person needs to do. */
  readonly fix: string;
}

/** A certificate or chain that castls does not accept. */
export class CertificateError extends TlsError {
  /** Place in the path: 0 is the leaf, then its issuer and so on; -1 if no certificate in particular. */
  readonly index: number;
  /** The certificate at fault, if it is one. */
  readonly certificate: Certificate | undefined;
  readonly rule: string;
  readonly fix: string;

  constructor(fault: Fault, index: number, certificate?: Certificate, cause?: unknown) {
    super(
      fault.code,
      `${whose(index, certificate)}${clipped(fault.problem, 1000)} [${fault.rule}]. ${fault.fix}`,
      cause === undefined ? undefined : { cause },
    );
    this.index = index;
    this.certificate = certificate;
    this.rule = fault.rule;
    this.fix = fault.fix;
  }

  override get name(): string {
    return 'CertificateError';
  }
}

function whose(index: number, certificate: Certificate | undefined): string {
  return index < 0 ? '' : `${place(index)}${certificate === undefined ? '' : ` (${subjectOf(certificate)})`}: `;
}

/** The certificate that proves itself is number 0; people know it as the leaf. */
function place(index: number): string {
  return index === 0 ? 'the leaf certificate' : `certificate ${index} of the path`;
}

function subjectOf(certificate: Certificate): string {
  try {
    return clipped(certificate.subject.toString(), 200) || 'no subject';
  } catch {
    return 'unreadable subject';
  }
}

/** The start of a text that a stranger may have made as long as a certificate can be. */
export function clipped(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}...`;
}

/** True for what speaks of one path only; a budget that is used up or misuse of the API ends the search. */
export function aboutCertificates({ code }: TlsError): boolean {
  return code !== 'ERR_CERT_BUDGET' && (code.startsWith('ERR_CERT_') || code === 'ERR_MALFORMED_DER');
}

/** A decoding error inside a certificate as the fault that it is. */
export function faultOf(error: TlsError): Fault {
  const code = error.code === 'ERR_MALFORMED_DER' ? 'ERR_CERT_MALFORMED' : error.code;
  return fault(
    code,
    error.message,
    'RFC 5280 §4.1',
    'Have the certificate issued again by software that follows the RFC.',
  );
}

/** The same as an error. */
export function asFault(error: TlsError, index: number, certificate: Certificate | undefined): CertificateError {
  return new CertificateError(faultOf(error), index, certificate, error);
}

/** A fault that verification found in the certificate at `index`. */
export function fault(code: ErrorCode, problem: string, rule: string, fix: string): Fault {
  return { code, problem, rule, fix };
}
