// Fingerprints of what authenticated: of credentials, of what a server asked for, of a PSK. Sessions carry them so that
// those who resume can see whether a full handshake would use the same.

import { concat, copyOfBytes } from '../../base/bytes.ts';
import type { CryptoProvider } from '../../crypto/provider.ts';
import { randomBytes } from '../../crypto/random.ts';
import { Writer } from '../../wire/writer.ts';
import type { ClientSettings } from '../flow/roles.ts';
import type { Credential, ExternalPsk } from '../flow/settings.ts';
import { type Authentication, authenticated } from '../sessions/authentication.ts';

const text = (words: string): Uint8Array => new TextEncoder().encode(words);

/** SHA-256 over labelled vectors: no two lists have the same bytes. */
function fingerprint(provider: CryptoProvider, label: string, items: readonly Uint8Array[]): Uint8Array {
  const writer = new Writer().vector(1, text(label));
  for (const item of items) writer.vector(3, item);
  return provider.keyDerivation('sha256').hash.digest(writer.finish());
}

/** Of credentials in their order; of none at all, too. */
export function credentialsFingerprint(provider: CryptoProvider, credentials: readonly Credential[]): Uint8Array {
  return fingerprint(
    provider,
    'credentials',
    credentials.map(({ certificateChain }) => certificateChain[0] ?? new Uint8Array(0)),
  );
}

/** By the DER of the leaf, which all handshakes under one config share. */
const ofLeaf = /* @__PURE__ */ new WeakMap<Uint8Array, Uint8Array>();

/** As `credentialsFingerprint` of one credential, which is made once. Nobody changes it. */
export function credentialFingerprint(provider: CryptoProvider, credential: Credential): Uint8Array {
  const [leaf] = credential.certificateChain;
  let known = leaf && ofLeaf.get(leaf);
  if (known === undefined) {
    known = credentialsFingerprint(provider, [credential]);
    if (leaf !== undefined) ofLeaf.set(leaf, known);
  }
  return known;
}

/** Of what a client has to show. */
export function ownFingerprint({ provider, credentialsFingerprint: own }: ClientSettings): Uint8Array {
  return own ?? credentialsFingerprint(provider, []);
}

/** Of a CertificateRequest: the authorities it names, DER, decide what a client answers. */
export function requestFingerprint(provider: CryptoProvider, authorities: readonly Uint8Array[]): Uint8Array {
  return fingerprint(provider, 'request', authorities);
}

const hooks = new WeakMap<object, Uint8Array>();

/** Stands for a hook that chooses credentials: the same as long as this process has the same function. 32 bytes. */
export function hookFingerprint(provider: CryptoProvider, hook: object): Uint8Array {
  let known = hooks.get(hook);
  if (known === undefined) {
    known = randomBytes(provider.random, 32);
    hooks.set(hook, known);
  }
  return known;
}

/** Of a PSK and its identity. Tells nothing of the key: a MAC under a key that is derived for this alone. */
export function pskFingerprint(provider: CryptoProvider, { identity, key, hash }: ExternalPsk): Uint8Array {
  const derivation = provider.keyDerivation(hash);
  const early = derivation.extract(null, key);
  try {
    const own = derivation.expandLabel(early, 'castls psk', new Uint8Array(0), derivation.hash.outputLength);
    try {
      return derivation.hmac(own, concat([text(hash), identity])).slice(0, 32);
    } finally {
      own.dispose();
    }
  } finally {
    early.dispose();
  }
}

/** The peer knows a PSK. @param now milliseconds since the epoch */
export function byPsk(provider: CryptoProvider, psk: ExternalPsk, now: number): Authentication {
  return authenticated(now, {
    proof: 'psk',
    pskIdentity: copyOfBytes(psk.identity),
    pskFingerprint: pskFingerprint(provider, psk),
  });
}
