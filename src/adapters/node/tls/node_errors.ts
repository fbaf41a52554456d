// Errors as programs for node:tls know them: node's `code` where node has one, the castls error as `cause` and in the
// message. One table for what castls finds, one for the alerts of the peer; a code in neither stays castls' own.

import type { PeerCertificate } from 'node:tls';
import { TlsError } from '../../../base/errors.ts';
import { RecordHeaderError } from '../../../record/record_header_error.ts';
import { AlertDescription, alertName } from '../../../registry/alerts.ts';
import { type Certificate, parseCertificate } from '../../../x509/certificate.ts';
import { nodeTls } from '../stream/of_node.ts';

/** `code` and the text node puts before everything else. A text of OpenSSL's library makes `library` and `reason`. */
interface NodeError {
  readonly code: string;
  readonly text: string;
}

/** OpenSSL's reason as the error node makes of it: "no shared cipher" is ERR_SSL_NO_SHARED_CIPHER. */
const ssl = (reason: string): NodeError => ({
  code: `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_').replaceAll('-', '_')}`,
  text: reason,
});

/** Codes of X509_verify_cert_error_string. */
const x509 = (code: string, text: string): NodeError => ({ code, text });

/** What castls finds, by its code. */
export const nodeErrors: Readonly<Partial<Record<TlsError['code'], NodeError>>> = {
  // Verification: names of X509_V_ERR_*
  ERR_CERT_SIGNATURE: x509('CERT_SIGNATURE_FAILURE', 'certificate signature failure'),
  ERR_CERT_EXPIRED: x509('CERT_HAS_EXPIRED', 'certificate has expired'),
  ERR_CERT_NOT_YET_VALID: x509('CERT_NOT_YET_VALID', 'certificate is not yet valid'),
  ERR_CERT_NAME_MISMATCH: x509('ERR_TLS_CERT_ALTNAME_INVALID', "Hostname/IP does not match certificate's altnames"),
  ERR_CERT_CONSTRAINT: x509('INVALID_CA', 'invalid CA certificate'),
  ERR_CERT_PURPOSE: x509('INVALID_PURPOSE', 'unsuitable certificate purpose'),
  ERR_CERT_REVOKED: x509('CERT_REVOKED', 'certificate revoked'),
  ERR_CERT_REVOCATION_UNKNOWN: x509('UNABLE_TO_GET_CRL', 'unable to get certificate CRL'),
  // Negotiation and protocol: reasons of OpenSSL's SSL library
  ERR_NO_SHARED_VERSION: ssl('unsupported protocol'),
  ERR_NO_SHARED_CIPHER_SUITE: ssl('no shared cipher'),
  ERR_NO_SHARED_GROUP: ssl('no suitable key share'),
  ERR_NO_SHARED_SIGNATURE_SCHEME: ssl('no shared signature algorithms'),
  ERR_NO_APPLICATION_PROTOCOL: ssl('no application protocol'),
  ERR_INSUFFICIENT_SECURITY: ssl('dh key too small'),
  ERR_CERTIFICATE_REQUIRED: ssl('peer did not return a certificate'),
  ERR_DOWNGRADE_DETECTED: ssl('inappropriate fallback'),
  ERR_INAPPROPRIATE_FALLBACK: ssl('inappropriate fallback'),
  ERR_BAD_FINISHED: ssl('digest check failed'),
  ERR_BAD_BINDER: ssl('binder does not verify'),
  ERR_INVALID_SIGNATURE: ssl('bad signature'),
  ERR_DECRYPTION_FAILED: ssl('decryption failed or bad record mac'),
  ERR_RECORD_OVERFLOW: ssl('data length too long'),
  ERR_UNEXPECTED_MESSAGE: ssl('unexpected message'),
  ERR_BAD_RECORD_VERSION: ssl('wrong version number'),
  ERR_MESSAGE_TOO_LARGE: ssl('excessive message size'),
  ERR_TRUNCATED: ssl('unexpected eof while reading'),
  ERR_BAD_RENEGOTIATION_INFO: ssl('renegotiation mismatch'),
  // OpenSSL has many reasons for these; node's word for a protocol that was not kept
  ERR_DECODE_ERROR: { code: 'EPROTO', text: 'protocol error' },
  ERR_ILLEGAL_PARAMETER: { code: 'EPROTO', text: 'protocol error' },
  ERR_MISSING_EXTENSION: { code: 'EPROTO', text: 'protocol error' },
  ERR_UNSUPPORTED_EXTENSION: { code: 'EPROTO', text: 'protocol error' },
  ERR_KEY_CHANGE_INSIDE_MESSAGE: { code: 'EPROTO', text: 'protocol error' },
  // Node's own
  ERR_HANDSHAKE_TIMEOUT: { code: 'ERR_TLS_HANDSHAKE_TIMEOUT', text: 'TLS handshake timeout' },
  ERR_RENEGOTIATION_REFUSED: {
    code: 'ERR_TLS_RENEGOTIATION_DISABLED',
    text: 'TLS session renegotiation disabled for this socket',
  },
};

/** Alerts that OpenSSL names after TLS 1.0 and 1.3; all others carry the name of SSL 3.0, since OpenSSL 3.2 "ssl/tls". */
const oldestVersion: Readonly<Record<string, 'tlsv1' | 'tlsv13'>> = {
  unknown_ca: 'tlsv1',
  access_denied: 'tlsv1',
  decode_error: 'tlsv1',
  decrypt_error: 'tlsv1',
  protocol_version: 'tlsv1',
  insufficient_security: 'tlsv1',
  internal_error: 'tlsv1',
  inappropriate_fallback: 'tlsv1',
  user_canceled: 'tlsv1',
  no_renegotiation: 'tlsv1',
  record_overflow: 'tlsv1',
  unsupported_extension: 'tlsv1',
  unrecognized_name: 'tlsv1',
  bad_certificate_status_response: 'tlsv1',
  unknown_psk_identity: 'tlsv1',
  no_application_protocol: 'tlsv1',
  missing_extension: 'tlsv13',
  certificate_required: 'tlsv13',
};

/** Node's error for an alert of the peer's. @param openssl the version whose words are meant */
export function alertError(alert: number, openssl = process.versions.openssl ?? '3.5'): NodeError {
  const name = alertName(alert);
  const words = name.replaceAll('_', ' ');
  const version = oldestVersion[name];
  if (version !== undefined) return ssl(`${version} alert ${words}`);
  return ssl(`${isAtLeast(openssl, 3, 2) ? 'ssl/tls' : 'sslv3'} alert ${words}`);
}

/** Bytes that OpenSSL 3.2 to 3.5.5 has room for behind a header. */
const ROOM = 2 ** 14 + 320;
const MAX_PLAINTEXT = 2 ** 14;

/**
 * OpenSSL's judgements on the five bytes of a header, in its order. From 3.2 to 3.5.5 the length came first, so that most of what
 * speaks no TLS had a "packet length too long".
 */
export function headerError(
  { header, first, isForeign }: Pick<RecordHeaderError, 'header' | 'first' | 'isForeign'>,
  openssl = process.versions.openssl ?? '3.5.6',
): NodeError {
  const { type, version, length } = header;
  const text = String.fromCharCode(type, version >> 8, version & 0xff, length >> 8, length & 0xff);
  const isNewer = isAtLeast(openssl, 3, 5, 6);
  if (isAtLeast(openssl, 3, 2) && !isNewer && length > ROOM) return ssl('packet length too long');
  if (first && (isNewer ? HTTP_METHODS : FOUR_METHODS).test(text)) return ssl('http request');
  if (first && text === 'CONNE') return ssl('https proxy request');
  if (isForeign) return ssl('wrong version number');
  if (length <= MAX_PLAINTEXT) return ssl('unexpected message');
  return ssl(isAtLeast(openssl, 3, 2) ? 'data length too long' : 'packet length too long');
}

const FOUR_METHODS = /^(?:GET |POST |HEAD |PUT )/;
const HTTP_METHODS = /^(?:GET |POST |HEAD |PUT |OPTIO|DELET|PATCH|TRACE)/;

function isAtLeast(openssl: string, ...wanted: readonly number[]): boolean {
  const parts = openssl.split('.').map(part => Number.parseInt(part, 10));
  const at = wanted.findIndex((part, index) => (parts[index] ?? 0) !== part);
  return at === -1 || (parts[at] ?? 0) > wanted[at];
}

/** What is known of the connection that failed. */
export interface FailureContext {
  /** As presented, DER. */
  readonly chain: readonly Uint8Array[];
  /** Certificates that are trusted on the way only: whose own issuers have to be there. */
  readonly intermediates?: readonly Certificate[];
  /** Any certificate that is trusted may end a chain. */
  readonly partial?: boolean;
  /** A server chose a version before TLS 1.2. */
  readonly older?: boolean;
  /** A server that has no certificate. */
  readonly bare?: boolean;
  /** Whom the certificate had to be for. */
  readonly host?: string;
  /** The certificate as getPeerCertificate shows it. */
  readonly certificate?: () => object;
}

const LIBRARY = 'SSL routines';

/** The error a program gets; what is no TlsError, or has no name in node, stays as it is. */
export function asNodeError(error: Error, context: FailureContext = { chain: [] }): Error {
  if (!(error instanceof TlsError)) return error;
  const named = nodeErrorOf(error, context);
  if (named === undefined) return error;
  if (named.code === 'ERR_TLS_CERT_ALTNAME_INVALID') return nameMismatch(error, named, context);
  const isSsl = named.code.startsWith('ERR_SSL_');
  const number = error.alert === undefined ? '' : `:SSL alert number ${error.alert}`;
  const text = isSsl ? `error:${LIBRARY}::${named.text}${number}` : named.text;
  return made(text, error, {
    code: named.code,
    ...(error.alert === undefined ? {} : { alert: error.alert }),
    ...(isSsl ? { library: LIBRARY, reason: named.text } : {}),
  });
}

function nodeErrorOf(
  error: TlsError,
  { chain, intermediates, partial = false, older = false, bare = false }: FailureContext,
): NodeError | undefined {
  if (error.code === 'ERR_ALERT_RECEIVED') {
    // OpenSSL's servers of TLS 1.1 and before do not read the alert of a client that speaks newer versions alone.
    if (error.alert === AlertDescription.protocol_version && older) return nodeErrors.ERR_BAD_RECORD_VERSION;
    return error.alert === undefined ? undefined : alertError(error.alert);
  }
  if (error.code === 'ERR_CERT_UNKNOWN_ISSUER' || error.code === 'ERR_CERT_NO_TRUST_ANCHORS')
    return unknownIssuer(chain, intermediates, partial);
  if (error.code === 'ERR_NO_SHARED_SIGNATURE_SCHEME' && bare) return ssl('no suitable signature algorithm');
  if (error instanceof RecordHeaderError) return headerError(error);
  return nodeErrors[error.code];
}

/** node's own sentence for the names, where it has one. */
function nameMismatch(error: TlsError, named: NodeError, { host = '', certificate }: FailureContext): Error {
  const cert = certificate?.() ?? {};
  const judged = nodeTls().checkServerIdentity(host, cert as PeerCertificate) as
    | (Error & { reason?: string })
    | undefined;
  const reason = judged?.reason ?? error.message;
  return made(`${named.text}: ${reason}`, error, { reason, host, cert, code: named.code });
}

function made(text: string, cause: TlsError, more: object): Error {
  return Object.assign(new Error(`${text} (castls: ${cause.message})`, { cause }), more);
}

/** Which of OpenSSL's five ways to lack an issuer it is. @param chain as presented, DER */
function unknownIssuer(
  chain: readonly Uint8Array[],
  intermediates: readonly Certificate[] = [],
  partial: boolean,
): NodeError {
  try {
    const shown = chain.map(each => parseCertificate(each));
    const last = shown[shown.length - 1];
    // Trusted ones are taken first, and nothing behind them but from those that are trusted.
    const among = ({ subject, der }: Certificate): boolean =>
      shown.some(each => each.issuer.equals(subject) || Buffer.compare(each.der, der) === 0);
    if (intermediates.some(among)) {
      return x509('UNABLE_TO_GET_ISSUER_CERT', 'unable to get issuer certificate');
    }
    if (last.selfIssued) {
      return chain.length === 1
        ? x509('DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate')
        : x509('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain');
    }
  } catch {} // an odd certificate further up says nothing
  return chain.length === 1 && !partial
    ? x509('UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate')
    : x509('UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unable to get local issuer certificate');
}

/** `authorizationError` for a failed verification: node's code. */
export function authorizationErrorOf(failure: TlsError, context: FailureContext): string {
  return nodeErrorOf(failure, context)?.code ?? failure.code;
}
