// Pre-shared keys in the place of certificates in TLS 1.2: the premaster secret, and what both roles check (RFC 4279, RFC 5489).

import { TlsError } from '../../base/errors.ts';
import type { CryptoProvider } from '../../crypto/provider.ts';
import type { CipherSuite12 } from '../../crypto/record_protection.ts';
import type { Secret } from '../../crypto/secret.ts';
import { encodeLength, type PskExchangeKind } from '../../wire/psk12.ts';
import type { ExternalPsk } from '../flow/settings.ts';

/** Identities and keys have their length in two bytes. */
const LARGEST = 0xffff;

/** A key of TLS 1.2, and what it is called. RFC 9257 §4.1: no key for this version is one of TLS 1.3, too. */
export interface PreSharedKey12 {
  /** 0-65,535 bytes, which go over the wire in the clear. */
  readonly identity: Uint8Array;
  /** 1-65,535 bytes: all of its strength, where an attacker guesses (RFC 4279 §7.2). Stays the caller's. */
  readonly key: Secret;
}

/** What a PSK suite exchanges beside the identity. */
export function pskKind({ keyExchange, name }: CipherSuite12): PskExchangeKind {
  if (keyExchange !== 'rsa') return keyExchange;
  throw new TlsError('ERR_INVALID_STATE', `${name} with a pre-shared key`);
}

/** As sessions are bound to it. */
export function externalPsk12({ identity, key }: PreSharedKey12): ExternalPsk {
  return { identity, key, hash: 'sha256' };
}

/** @throws ERR_HOOK_FAILED for what is no such key */
export function checkPsk12(psk: PreSharedKey12): PreSharedKey12 {
  const { identity, key } = psk;
  const fits =
    identity instanceof Uint8Array && identity.length <= LARGEST && key?.length >= 1 && key.length <= LARGEST;
  if (fits) return psk;
  throw new TlsError('ERR_HOOK_FAILED', 'a PSK is an identity and a key of 1-65,535 bytes');
}

/**
 * RFC 4279 §2: both halves with their lengths; without (EC)DHE the first is as many zeros as the key has bytes. All secrets
 * stay the caller's.
 */
export function pskPremaster(provider: CryptoProvider, key: Secret, agreed: Secret | null): Secret {
  const zeros = agreed === null ? provider.importSecret(new Uint8Array(key.length)) : null;
  try {
    return joined(provider, [agreed ?? (zeros as Secret), key]);
  } finally {
    zeros?.dispose();
  }
}

function joined(provider: CryptoProvider, halves: readonly Secret[]): Secret {
  const made: Secret[] = [];
  const keep = (secret: Secret) => {
    made.push(secret);
    return secret;
  };
  try {
    const [first, second] = halves.map(half =>
      keep(provider.concatSecrets(keep(provider.importSecret(encodeLength(half.length))), half)),
    );
    return provider.concatSecrets(first, second);
  } finally {
    for (const secret of made) secret.dispose();
  }
}
