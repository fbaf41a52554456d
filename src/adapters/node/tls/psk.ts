// pskCallback and pskIdentityHint of node:tls: keys for TLS 1.3 and for the PSK suites of TLS 1.2, which are spoken where
// `ciphers` names them. What a callback gives is checked as node:tls does.

import type { CryptoProvider } from '../../../crypto/provider.ts';
import type { PskClient12, PskServer12 } from '../../../handshake/flow/roles.ts';
import type { ExternalPsk } from '../../../handshake/flow/settings.ts';
import { psk12Client } from '../../../handshake/tls12/psk_client12.ts';
import { psk12Server } from '../../../handshake/tls12/psk_server12.ts';
import { nodeArgumentError } from './argument_errors.ts';
import type { PskAnswer, TLSSocketOptions } from './options.ts';
import type { ContextSettings } from './secure_context.ts';

/** OpenSSL's PSK_MAX_PSK_LEN and PSK_MAX_IDENTITY_LEN. */
const LONGEST_KEY = 512;
const LONGEST_IDENTITY = 256;

/** Keys that callbacks gave: whoever takes one disposes of it when the handshake is over. */
export type TakePsk = (psk: ExternalPsk) => void;

type Provided = { readonly provider: CryptoProvider; readonly settings: ContextSettings };

/** The settings of a context without the PSK suites that nobody has a key for. */
export function suitesWithKeys(
  { provider, settings }: Provided,
  { pskCallback }: TLSSocketOptions,
): Pick<ContextSettings, 'cipherSuites'> {
  const { cipherSuites } = settings;
  if (cipherSuites === undefined || pskCallback !== undefined) return { cipherSuites };
  const names = pskSuites(provider);
  return { cipherSuites: cipherSuites.filter(name => !names.has(name)) };
}

/** True where `ciphers` names PSK suites of TLS 1.2, and there is a callback for them. */
function speaksPsk12({ provider, settings }: Provided, { pskCallback }: TLSSocketOptions): boolean {
  if (pskCallback === undefined) return false;
  const names = pskSuites(provider);
  return settings.cipherSuites?.some(name => names.has(name)) ?? false;
}

function pskSuites({ cipherSuites12 }: CryptoProvider): ReadonlySet<string> {
  return new Set(cipherSuites12.filter(({ authentication }) => authentication === 'psk').map(({ name }) => name));
}

/** The key to offer in TLS 1.3, before the server said anything. */
export function clientPsk(context: Provided, { pskCallback }: TLSSocketOptions): ExternalPsk | null {
  if (pskCallback === undefined || context.settings.maxVersion === 'TLSv1.2') return null;
  return clientAnswer(context.provider, pskCallback, null);
}

/** The PSK suites of TLS 1.2 at a client, whose callback is asked when the hint is there. */
export function clientPsk12(context: Provided, options: TLSSocketOptions, take: TakePsk): PskClient12 | undefined {
  const { pskCallback } = options;
  if (pskCallback === undefined || !speaksPsk12(context, options)) return undefined;
  return psk12Client(hint => {
    const psk = clientAnswer(context.provider, pskCallback, hint === null ? null : new TextDecoder().decode(hint));
    if (psk !== null) take(psk);
    return psk;
  });
}

/** RFC 9846 §4.2.11: a PSK without a hash of its own goes with SHA-256. */
function clientAnswer(
  provider: CryptoProvider,
  callback: NonNullable<TLSSocketOptions['pskCallback']>,
  hint: string | null,
): ExternalPsk | null {
  const answer = (callback as (hint: string | null) => unknown)(hint);
  if (answer === null || answer === undefined) return null;
  if (typeof answer !== 'object') throw wrongType('the answer of pskCallback', 'an object');
  const { psk, identity: name } = answer as PskAnswer;
  if (typeof name !== 'string') throw wrongType('identity of pskCallback', 'a string');
  const identity = new TextEncoder().encode(name);
  if (identity.length > LONGEST_IDENTITY) throw tooLong('identity', LONGEST_IDENTITY);
  return { identity, key: provider.importSecret(keyBytes(psk)), hash: 'sha256' };
}

/** The hook that knows clients; null without a callback. */
export function serverPsk(
  socket: object,
  provider: CryptoProvider,
  { pskCallback }: TLSSocketOptions,
  take: TakePsk,
): ((identity: Uint8Array) => ExternalPsk | null) | null {
  if (pskCallback === undefined) return null;
  return identity => {
    const name = new TextDecoder().decode(identity);
    const answer = (pskCallback as (socket: unknown, identity: string) => unknown)(socket, name);
    if (answer === null || answer === undefined) return null;
    const key = ArrayBuffer.isView(answer) || typeof answer !== 'object' ? answer : (answer as PskAnswer).psk;
    const psk: ExternalPsk = { identity, key: provider.importSecret(keyBytes(key)), hash: 'sha256' };
    take(psk);
    return psk;
  };
}

/** What stands in the config of a server that speaks the PSK suites of TLS 1.2, until there is a socket. */
export function serverPsk12(context: Provided, options: TLSSocketOptions): PskServer12 | undefined {
  return speaksPsk12(context, options) ? psk12Server({ find: () => null }) : undefined;
}

/** The PSK suites of TLS 1.2 of a socket; null without a callback. @throws ERR_TLS_PSK_SET_IDENTITY_HINT_FAILED */
export function pskSuites12(
  { pskIdentityHint = '' }: TLSSocketOptions,
  find: ReturnType<typeof serverPsk>,
): PskServer12 | null {
  if (find === null) return null;
  const hint = new TextEncoder().encode(pskIdentityHint);
  if (hint.length > LONGEST_IDENTITY) {
    throw nodeArgumentError('ERR_TLS_PSK_SET_IDENTITY_HINT_FAILED', 'Failed to set PSK identity hint');
  }
  return psk12Server({
    find: identity => find(identity)?.key ?? null,
    identityHint: hint.length > 0 ? hint : undefined,
  });
}

function keyBytes(psk: unknown): Uint8Array {
  if (!ArrayBuffer.isView(psk)) throw wrongType('psk of pskCallback', 'a Buffer, a TypedArray or a DataView');
  if (psk.byteLength > LONGEST_KEY) throw tooLong('psk', LONGEST_KEY);
  return new Uint8Array(psk.buffer, psk.byteOffset, psk.byteLength);
}

function wrongType(what: string, expected: string): TypeError {
  return nodeArgumentError('ERR_INVALID_ARG_TYPE', `${what} must be ${expected}`);
}

function tooLong(what: string, length: number): TypeError {
  return nodeArgumentError('ERR_INVALID_ARG_VALUE', `${what} of pskCallback has more than ${length} bytes`);
}
