// Contexts that clients share: thousands of connections with equal options keep one set of anchors, lists and configs.
// Only options that are texts, numbers or booleans are compared, and nothing that holds a private key is kept.

import { TlsError } from '../../../base/errors.ts';
import type { CryptoProvider } from '../../../crypto/provider.ts';
import { type ContextOption, contextOptions } from './context_options.ts';
import { hostTrustGeneration } from './host_trust.ts';
import type { TLSSocketOptions } from './options.ts';
import { SecureContext } from './secure_context.ts';

/** Contexts kept for each provider; the one used longest ago gives way. */
const KEPT = 16;

/** Options that stop a context from being shared. */
const unshareable: readonly ContextOption[] = [
  'key',
  'cert',
  'pfx',
  'passphrase',
  'rawPublicKey',
  'delegatedCredential',
  'ticketKeys',
  'now',
];

/** All others that make a context. */
const compared = contextOptions.filter(name => !unshareable.includes(name));

const kept = new WeakMap<CryptoProvider, Map<string, SecureContext>>();

/** The context that clients with these options share, or null if they bring something of their own. */
export function sharedContext(provider: CryptoProvider, options: TLSSocketOptions): SecureContext | null {
  if (unshareable.some(name => options[name] !== undefined && options[name] !== null)) return null;
  const values: unknown[] = compared.map(name => options[name]);
  if (!values.every(isPlain)) return null;
  let contexts = kept.get(provider);
  if (contexts === undefined) kept.set(provider, (contexts = new Map()));
  const key = JSON.stringify([hostTrustGeneration(), ...values]);
  const context = contexts.get(key) ?? new SecureContext(provider, options);
  contexts.delete(key);
  contexts.set(key, context);
  if (contexts.size > KEPT) contexts.delete(contexts.keys().next().value as string);
  return context;
}

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(each => typeof each === 'string');
  return value === undefined || value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

/** A context of these options that nobody shares. */
export function newContext(options: TLSSocketOptions): SecureContext {
  return new SecureContext(providerOf(options), options);
}

/** @throws ERR_INVALID_ARGUMENT where an entry gave none */
export function providerOf(options: TLSSocketOptions): CryptoProvider {
  if (options.provider === undefined) throw new TlsError('ERR_INVALID_ARGUMENT', 'there is no provider');
  return options.provider;
}
