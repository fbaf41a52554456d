// What node:tls says about a connection, from what castls knows of it.

import { TlsError } from '../../../base/errors.ts';
import type { ConnectionInfo } from '../../../connection/info.ts';
import type { CryptoProvider } from '../../../crypto/provider.ts';
import { defaultSignatureSchemes } from '../../../handshake/authentication/signature_schemes.ts';
import { disposeSession, parseSession } from '../../../handshake/sessions/session.ts';
import { asBuffer } from '../stream/tls_stream.ts';
import { opensslCipherName, opensslSchemeName } from './names.ts';
import { asNodeError } from './node_errors.ts';

/** getCipher: OpenSSL's name, IANA's, and the first version the suite belongs to. */
export function cipherOf(
  info: ConnectionInfo | null,
): { name: string; standardName: string; version: string } | object {
  const suite = info?.cipherSuite;
  if (suite == null) return {};
  return { name: opensslCipherName(suite.name), standardName: suite.name, version: firstVersion(suite.name) };
}

function firstVersion(suite: string): string {
  if (!suite.includes('_WITH_')) return 'TLSv1.3';
  const pskCbc = suite.includes('PSK') && suite.includes('_CBC_');
  if (!/_(SHA|MD5)$/.test(suite) && !pskCbc) return 'TLSv1.2';
  return suite.startsWith('TLS_ECDHE') || !/_(SHA|MD5)$/.test(suite) ? 'TLSv1.0' : 'SSLv3';
}

export interface EphemeralKeyInfo {
  /** TLSGroup, which newer Nodes say too: ML-KEM, alone and in hybrids. */
  readonly type: 'ECDH' | 'DH' | 'TLSGroup';
  readonly name?: string;
  /** Bits, of the first two. */
  readonly size: number | undefined;
}

/** OpenSSL's names and sizes of elliptic curves. */
const curves: Readonly<Record<string, { readonly name: string; readonly size: number }>> = {
  secp256r1: { name: 'prime256v1', size: 256 },
  secp384r1: { name: 'secp384r1', size: 384 },
  secp521r1: { name: 'secp521r1', size: 521 },
  x25519: { name: 'X25519', size: 253 },
  x448: { name: 'X448', size: 448 },
};

/** getEphemeralKeyInfo of a client. An object without properties where no key was exchanged. */
export function ephemeralKeyOf(info: ConnectionInfo | null): EphemeralKeyInfo | Record<string, never> {
  const group = info?.group;
  if (group == null) return {};
  const curve = curves[group.name];
  if (curve !== undefined) return { type: 'ECDH', ...curve };
  // RFC 7919, RFC 3526, and groups without a name (src/wasm/ffdh.ts).
  const finiteField = /^(?:ffdhe|modp|dhe)(\d+)$/.exec(group.name);
  if (finiteField !== null) return { type: 'DH', size: Number(finiteField[1]) };
  return { type: 'TLSGroup', name: group.name, size: undefined };
}

/** Schemes both sides take, in the client's order. */
export function sharedSignatureAlgorithms(offered: readonly number[], own: readonly number[] | undefined): string[] {
  const taken = own ?? defaultSignatureSchemes;
  return offered.filter(scheme => taken.includes(scheme)).map(opensslSchemeName);
}

/** A copy of a Finished; undefined before there is one. */
export function finishedOf(verifyData: Uint8Array | null | undefined): Buffer | undefined {
  return verifyData == null ? undefined : asBuffer(verifyData);
}

/** The ticket in a serialised session, which is wiped: read when asked for, because a socket keeps the session alone. */
export function ticketOf(serialised: Uint8Array, provider: CryptoProvider): Buffer | undefined {
  const session = parseSession(serialised, provider);
  serialised.fill(0);
  disposeSession(session);
  return session.ticket.length === 0 ? undefined : asBuffer(session.ticket);
}

export const isHookFailure = (error: Error): boolean => error instanceof TlsError && error.code === 'ERR_HOOK_FAILED';

/** What a hook of the user's threw is shown as it is. */
export function unwrapHookError(error: Error): Error {
  const fromHook =
    error instanceof TlsError &&
    ['ERR_HOOK_FAILED', 'ERR_CERT_NAME_MISMATCH', 'ERR_NO_APPLICATION_PROTOCOL'].includes(error.code);
  return fromHook && error.cause instanceof Error ? error.cause : error;
}

/** RFC 9846 §4.1.2: there is none in TLS 1.3; in TLS 1.2 castls does without. */
export function renegotiationRefused(protocol: string | null): Error {
  const cause = new TlsError('ERR_RENEGOTIATION_REFUSED', 'castls does not renegotiate');
  if (protocol !== 'TLSv1.3') return asNodeError(cause);
  return Object.assign(new Error('error:0A00010A:SSL routines::wrong ssl version', { cause }), {
    code: 'ERR_SSL_WRONG_SSL_VERSION',
    library: 'SSL routines',
    reason: 'wrong ssl version',
  });
}

/** Puts on ECONNRESET where a client wanted to go, as node:tls does. */
export function sayTarget(error: NodeJS.ErrnoException, target: object): void {
  if (error.code !== 'ECONNRESET') return;
  const { path, host, port, localAddress } = target as Record<string, unknown>;
  Object.assign(error, { path, host, port, localAddress });
}
