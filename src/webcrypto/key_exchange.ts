// Key agreement by the host's WebCrypto: ECDH on the NIST curves, X25519 where the host has it. Private keys never
// leave it; the shared secret goes to the provider that derives keys from it.

import { unsharedBytes } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import type { KeyExchange, KeyExchangeGroup } from '../crypto/key_exchange.ts';
import type { Secret } from '../crypto/secret.ts';
import type { EcCurveName } from '../crypto/signature.ts';
import { NamedGroup } from '../registry/named_groups.ts';
import { integerLengths, plain } from './algorithms.ts';

type ImportSecret = (bytes: Uint8Array) => Secret;

interface Curve {
  readonly id: number;
  readonly name: string;
  readonly algorithm: { readonly name: string; readonly namedCurve?: string };
  /** Length of a share, of the shared secret, in bytes. */
  readonly shareLength: number;
  readonly secretLength: number;
}

function nistCurve(id: number, name: string, namedCurve: EcCurveName): Curve {
  const length = integerLengths[namedCurve];
  return { id, name, algorithm: { name: 'ECDH', namedCurve }, shareLength: 1 + 2 * length, secretLength: length };
}

const curves: readonly Curve[] = [
  { id: NamedGroup.x25519, name: 'x25519', algorithm: { name: 'X25519' }, shareLength: 32, secretLength: 32 },
  nistCurve(NamedGroup.secp256r1, 'secp256r1', 'P-256'),
  nistCurve(NamedGroup.secp384r1, 'secp384r1', 'P-384'),
  nistCurve(NamedGroup.secp521r1, 'secp521r1', 'P-521'),
];

/** The groups of WebCrypto; results arrive later. @param importSecret of the provider that goes on with the secret */
export function webCryptoGroups(subtle: SubtleCrypto, importSecret: ImportSecret): KeyExchangeGroup[] {
  return curves.map(curve => {
    const group: KeyExchangeGroup = {
      id: curve.id,
      name: curve.name,
      tls12: true,
      generate: () => generate(subtle, curve, group, importSecret),
      async respond(peerShare) {
        const own = await generate(subtle, curve, group, importSecret);
        return { share: own.share, sharedSecret: await own.complete(peerShare) };
      },
    };
    return group;
  });
}

async function generate(
  subtle: SubtleCrypto,
  curve: Curve,
  group: KeyExchangeGroup,
  importSecret: ImportSecret,
): Promise<KeyExchange> {
  const { pair, share } = await keyPair(subtle, curve);
  let privateKey: CryptoKey | null = pair.privateKey;
  return {
    group,
    share,
    async complete(peerShare) {
      if (privateKey === null) throw new TlsError('ERR_INVALID_STATE', 'a key exchange completes once');
      const own = privateKey;
      privateKey = null;
      const secret = await agree(subtle, curve, own, peerShare);
      try {
        return importSecret(secret);
      } finally {
        secret.fill(0);
      }
    },
    dispose() {
      privateKey = null;
    },
  };
}

/** @throws ERR_UNSUPPORTED_ALGORITHM if the host has no such curve */
async function keyPair(subtle: SubtleCrypto, curve: Curve): Promise<{ pair: CryptoKeyPair; share: Uint8Array }> {
  try {
    const pair = (await subtle.generateKey(curve.algorithm, false, ['deriveBits'])) as CryptoKeyPair;
    return { pair, share: new Uint8Array(await subtle.exportKey('raw', pair.publicKey)) };
  } catch (cause) {
    throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `the host's WebCrypto has no ${curve.name}`, { cause });
  }
}

async function agree(subtle: SubtleCrypto, curve: Curve, own: CryptoKey, peerShare: Uint8Array): Promise<Uint8Array> {
  peerShare = unsharedBytes(peerShare, "the peer's share");
  // Compressed points are no TLS shares (RFC 8422 §5.1.2), whatever the host makes of them.
  const formatted = curve.algorithm.name === 'X25519' || peerShare[0] === 4;
  if (peerShare.length !== curve.shareLength || !formatted) throw invalidShare(curve);
  let secret: Uint8Array;
  try {
    const peer = await subtle.importKey('raw', plain(peerShare), curve.algorithm, false, []);
    const algorithm = { name: curve.algorithm.name, public: peer };
    secret = new Uint8Array(await subtle.deriveBits(algorithm, own, curve.secretLength * 8));
  } catch (cause) {
    throw invalidShare(curve, cause);
  }
  // RFC 7748 §6.1; hosts differ in whether they refuse it themselves.
  let any = 0;
  for (const byte of secret) any |= byte;
  if (any === 0) throw invalidShare(curve);
  return secret;
}

function invalidShare(curve: Curve, cause?: unknown): TlsError {
  return new TlsError('ERR_INVALID_PUBLIC_KEY', `not a valid ${curve.name} share`, { cause });
}
