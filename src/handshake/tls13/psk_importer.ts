// Importing external PSKs (RFC 9258): from a key that came from elsewhere, one for each hash, bound to this protocol and to a
// context, so that the same key may serve elsewhere without harm.

import { equalVartime } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import * as o from '../../base/options.ts';
import type { CryptoProvider } from '../../crypto/provider.ts';
import type { Secret } from '../../crypto/secret.ts';
import { ProtocolVersion } from '../../registry/protocol_versions.ts';
import { Writer } from '../../wire/writer.ts';
import type { ExternalPsk } from '../flow/settings.ts';

/** IANA "TLS KDF Identifiers" (RFC 9258 §10.1). */
const kdfIdentifiers = { sha256: 0x0001, sha384: 0x0002 } as const;

/** A key as both sides got it. */
export interface PskToImport {
  /** 1-65,535 bytes, together with the context. */
  readonly externalIdentity: Uint8Array;
  /** Stays the caller's, and may serve nothing but imports (RFC 9258 §8). */
  readonly key: Secret;
  /** What both sides bind the key to, such as their roles. Default: nothing. */
  readonly context?: Uint8Array;
  /** Hash that goes with the key. Default SHA-256 (RFC 9258 §5.1). */
  readonly hash?: 'sha256' | 'sha384';
  /** Hashes of the TLS 1.3 suites that the imported keys are for, in order of preference. Default both. */
  readonly targets?: readonly ('sha256' | 'sha384')[];
}

const hash = o.oneOf('sha256', 'sha384');
/** ImportedIdentity has 8 bytes beside them, and is a PSK identity of 2^16 - 1 bytes at most. */
const MOST = 0xffff - 8;

const table = () => ({
  externalIdentity: o.required(
    o.rule<Uint8Array>('a Uint8Array of one byte and more', value => {
      return o.bytes.accepts(value) && (value as Uint8Array).length > 0;
    }),
  ),
  key: o.required(o.objectWith<Secret>('a Secret', 'length', 'dispose')),
  context: o.withDefault(o.bytes, new Uint8Array(0)),
  hash: o.withDefault(hash, 'sha256'),
  targets: o.withDefault(o.listOf(hash), ['sha256', 'sha384'] as const),
});

/**
 * The imported PSKs, one for each target: all of them are the `externalPsk` of a client. Their keys are the caller's to dispose of
 * when no config uses them any more.
 * @throws ERR_INVALID_ARGUMENT
 */
export function importPsk(provider: CryptoProvider, psk: PskToImport): ExternalPsk[] {
  const values = o.readOptions('importPsk', table(), psk);
  if (values.externalIdentity.length + values.context.length > MOST) {
    throw new TlsError('ERR_INVALID_ARGUMENT', `importPsk: identity and context have more than ${MOST} bytes`);
  }
  return values.targets.map(target => imported(provider, values, target));
}

function imported(
  provider: CryptoProvider,
  psk: Required<Omit<PskToImport, 'targets'>>,
  target: 'sha256' | 'sha384',
): ExternalPsk {
  const identity = new Writer()
    .vector(2, psk.externalIdentity)
    .vector(2, psk.context)
    .u16(ProtocolVersion['TLSv1.3'])
    .u16(kdfIdentifiers[target])
    .finish();
  const derivation = provider.keyDerivation(psk.hash);
  const { outputLength } = provider.keyDerivation(target).hash;
  // RFC 9258 §5.1: epskx = HKDF-Extract(0, epsk), ipskx = HKDF-Expand-Label(epskx, "derived psk", Hash(identity), L).
  const extracted = derivation.extract(null, psk.key);
  try {
    const key = derivation.expandLabel(extracted, 'derived psk', derivation.hash.digest(identity), outputLength);
    return { identity, key, hash: target, imported: true };
  } finally {
    extracted.dispose();
  }
}

/** The `findExternalPsk` of a server that knows these keys and no others, imported or not. */
export function pskFinder(psks: readonly ExternalPsk[]): (identity: Uint8Array) => ExternalPsk | null {
  const known = [...psks];
  return identity => known.find(psk => equalVartime(psk.identity, identity)) ?? null;
}
