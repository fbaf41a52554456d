// Who the peer is. A PeerVerifier turns what the peer presented into a PeerIdentity, the only thing that
// CertificateVerify accepts. All identities are minted here; possession of the key is checked in every case.

import { copyOfBytes, withBytes } from '../base/bytes.ts';
import type { WorkMeter } from '../base/cost.ts';
import { TlsError } from '../base/errors.ts';
import type { Pace } from '../base/pace.ts';
import { sharedBytes } from '../base/shared_bytes.ts';
import type { CertificateTypeName } from '../registry/certificate_types.ts';
import type { Awaitable } from './secret.ts';
import type { PublicKey } from './signature.ts';

/** What a peer presented in its Certificate message. */
export interface PresentedPeer {
  /** The role of the peer that is verified. */
  readonly role: 'server' | 'client';
  /** What `certificates` holds. Absent: X509. */
  readonly certificateType?: CertificateTypeName;
  /** DER certificates in the order sent, the leaf first; never empty. With RawPublicKey one DER SubjectPublicKeyInfo. */
  readonly certificates: readonly Uint8Array[];
  /** DNS name or IP address the client asked for; absent when a server verifies a client. */
  readonly serverName?: string;
  /** DER OCSPResponse stapled to the leaf (RFC 6066 §8). */
  readonly ocspResponse?: Uint8Array;
  /** SerializedSCTs sent in the handshake (RFC 6962 §3.3), without the outer list length. */
  readonly signedCertificateTimestamps?: readonly Uint8Array[];
  /**
   * What the handshake does with the key: it signs (every TLS 1.3 handshake; ECDHE and DHE suites of TLS 1.2; clients), or
   * it decrypts the premaster secret (RSA suites of TLS 1.2). Absent: either.
   */
  readonly keyUse?: 'signature' | 'encipherment';
  /** Time of verification, milliseconds since the epoch. */
  readonly now: number;
  /** Hears what verification costs, in units of which 1000 are a full handshake with P-256. Absent: nobody asks. */
  readonly work?: WorkMeter;
  /** Says when to give way to other work (`maxBlockMs`); what comes out does not depend on it. Absent: nobody waits for it. */
  readonly pace?: Pace;
}

/**
 * Decides who the peer is.
 * @throws TlsError with an ERR_CERT_* code, or one from the subset hooks may throw
 */
export interface PeerVerifier {
  verify(peer: PresentedPeer, signal?: AbortSignal): Awaitable<PeerIdentity>;
}

const minted = new WeakSet<object>();

/** A peer that a verifier vouches for (or, dangerously, does not). Only the functions below make one. */
export interface PeerIdentity {
  /** "pinned-key": a certificate with a key that is known; "raw-key": the key itself (RFC 7250). */
  readonly kind: 'verified-chain' | 'pinned-key' | 'raw-key' | 'unverified';
  /** Key whose possession the peer has to prove. A copy. */
  readonly publicKey: PublicKey;
  /**
   * DER certificates, copies: the chain that won, leaf first, anchor last where it is a certificate; as presented if unverified or
   * pinned. With a raw public key none.
   */
  readonly certificates: readonly Uint8Array[];
  /** When the first certificate of the chain ends, milliseconds since the epoch: no session outlives it. Absent: never. */
  readonly validUntil?: number;
  /** Why verification failed; only with kind "unverified". */
  readonly failure?: TlsError;
}

function mint(identity: PeerIdentity): PeerIdentity {
  // The anchor's are those of everybody who trusts it.
  const certificates = Object.freeze(identity.certificates.map(copyOfBytes));
  const frozen = Object.freeze({ ...identity, certificates });
  minted.add(frozen);
  return frozen;
}

/**
 * The peer's chain ends in a trust anchor and satisfies every rule.
 * @param validUntil when its first certificate ends, milliseconds since the epoch; absent: never
 */
export function verifiedChain(
  publicKey: PublicKey,
  certificates: readonly Uint8Array[],
  validUntil?: number,
): PeerIdentity {
  return mint({ kind: 'verified-chain', publicKey, certificates, validUntil });
}

/** A certificate with a key that was known before. Nothing else of the certificate counts. */
export function pinnedKey(publicKey: PublicKey, certificates: readonly Uint8Array[]): PeerIdentity {
  return mint({ kind: 'pinned-key', publicKey, certificates });
}

/** A raw public key (RFC 7250) that was known before. */
export function rawKey(publicKey: PublicKey): PeerIdentity {
  return mint({ kind: 'raw-key', publicKey, certificates: [] });
}

/** Verification failed or did not happen, and the configuration says to go on. Carries the failure. */
export function dangerousUnverifiedPeer(
  publicKey: PublicKey,
  certificates: readonly Uint8Array[],
  failure: TlsError,
): PeerIdentity {
  return mint({ kind: 'unverified', publicKey, certificates, failure });
}

/** A verifier that says what `verifier` says, in identities that share their bytes with all that say the same, and give copies. */
export function sharingVerifier(verifier: PeerVerifier): PeerVerifier {
  const shared = (identity: PeerIdentity): PeerIdentity => new SharingPeer(requireMinted(identity));
  return {
    verify(peer, signal) {
      const identity = verifier.verify(peer, signal);
      return identity instanceof Promise ? identity.then(shared) : shared(identity);
    },
  };
}

class SharingPeer implements PeerIdentity {
  declare readonly kind: PeerIdentity['kind'];
  declare readonly publicKey: PublicKey;
  declare readonly certificates: readonly Uint8Array[];
  readonly #publicKey: PublicKey;
  readonly #certificates: readonly Uint8Array[];

  constructor({ publicKey, certificates, ...facts }: PeerIdentity) {
    this.#publicKey = withBytes(publicKey, sharedBytes);
    this.#certificates = certificates.map(sharedBytes);
    minted.add(Object.freeze(Object.defineProperties(Object.assign(this, facts), SharingPeer.#copies)));
  }

  /** As properties of its own, so that who spreads or shows an identity has all of it. */
  static readonly #copies: PropertyDescriptorMap & ThisType<SharingPeer> = {
    publicKey: {
      enumerable: true,
      get() {
        return withBytes(this.#publicKey, copyOfBytes);
      },
    },
    certificates: {
      enumerable: true,
      get() {
        return this.#certificates.map(copyOfBytes);
      },
    },
  };
}

/** @throws ERR_INVALID_ARGUMENT for an object that looks like an identity but was not minted here */
export function requireMinted(identity: PeerIdentity): PeerIdentity {
  if (!minted.has(identity)) throw new TlsError('ERR_INVALID_ARGUMENT', 'the verifier returned no minted PeerIdentity');
  return identity;
}
