// SecureContext: certificates, keys, trust and lists, read and checked once, for any number of connections.

import { refuseBeside } from '../../../base/options.ts';
import type { CommonOptions } from '../../../connection/config.ts';
import { type PeerVerifier, sharingVerifier } from '../../../crypto/peer_verifier.ts';
import type { CryptoProvider } from '../../../crypto/provider.ts';
import type { PrivateKey } from '../../../crypto/signature.ts';
import type { Credential } from '../../../handshake/flow/settings.ts';
import { MAX_TICKET_LIFETIME } from '../../../handshake/sessions/session.ts';
import { TicketKeys } from '../../../handshake/sessions/ticket_keys.ts';
import { delegatedCredentials } from '../../../handshake/tls13/delegated_credential13.ts';
import type { ProtocolVersionName } from '../../../registry/protocol_versions.ts';
import { createPinnedKeyVerifier } from '../../../x509/pinned_keys.ts';
import { type PemInput, readCredentials } from '../../credentials.ts';
import { pem } from '../../trust_input.ts';
import { compressionsOf } from './certificate_compression.ts';
import { refuseUnsupported, type SecureContextOptions } from './context_options.ts';
import { ContextTrust } from './context_trust.ts';
import type { Trust } from './host_trust.ts';
import { parseCiphers, parseGroups, parseSignatureAlgorithms } from './names.ts';
import { olderRanges } from './older_ranges.ts';
import { profile } from './profile.ts';
import { applySecureOptions } from './secure_options.ts';
import { askedRange, reachesOlder, spokenRange } from './version_range.ts';

/** What every connection under the context shares. */
export type ContextSettings = Pick<
  CommonOptions,
  | 'cipherSuites'
  | 'groups'
  | 'signatureSchemes'
  | 'minVersion'
  | 'maxVersion'
  | 'sessionContext'
  | 'now'
  | 'certificateCompression'
  | 'peerCertificateTypes'
  | 'delegatedCredentials'
>;

export class SecureContext {
  readonly provider: CryptoProvider;
  readonly settings: ContextSettings;
  /** Chains with their signers, in the order of the options. */
  readonly credentials: readonly Credential[];
  readonly honorCipherOrder: boolean;
  /** `dhparam: 'auto'`: servers have finite-field groups, too. */
  readonly finiteFields: boolean;
  readonly sessionTimeout: number;
  readonly allowsPartialChains: boolean;
  /** Keys of the tickets that servers under this context give; null if they give none. */
  readonly ticketStore: TicketKeys | null;
  /** The options have ticket keys: these hold for the context, whatever server it is of. */
  readonly bringsTicketKeys: boolean;
  /** Judges by chain and name. */
  readonly verifier: PeerVerifier;
  /** Judges by the chain alone, for those who bring their own checkServerIdentity. */
  readonly chainVerifier: PeerVerifier;
  readonly #keys: readonly PrivateKey[];
  readonly #trust: ContextTrust;

  /** For node:tls code that reaches for `secureContext.context`. */
  readonly context = this;

  constructor(provider: CryptoProvider, options: SecureContextOptions) {
    refuseUnsupported(options);
    this.provider = provider;
    const fromBits = applySecureOptions(options.secureOptions ?? 0);
    this.settings = contextSettings(provider, options, fromBits.refusedVersions);
    this.finiteFields = options.dhparam === 'auto';
    this.honorCipherOrder = options.honorCipherOrder ?? true;
    this.sessionTimeout = options.sessionTimeout ?? DEFAULT_SESSION_TIMEOUT;
    this.allowsPartialChains = options.allowPartialTrustChain === true;
    this.bringsTicketKeys = options.ticketKeys != null;
    const keys48 = options.ticketKeys === undefined ? undefined : [options.ticketKeys];
    const lifetime = Math.min(Math.max(1, this.sessionTimeout), MAX_TICKET_LIFETIME);
    this.ticketStore = fromBits.tickets ? new TicketKeys({ provider, lifetime, now: options.now, keys: keys48 }) : null;
    const { credentials, keys, fromPfx } = readCredentials(provider, {
      ...options,
      legacy: profile().legacyKeys?.(),
      schemes: options.sigalgs === undefined ? undefined : parseSignatureAlgorithms(options.sigalgs),
    });
    this.#keys = keys;
    this.#trust = new ContextTrust(provider, options, profile().trustsPfx ? fromPfx : []);
    this.credentials = credentials.map(each => this.#trust.completed(each));
    const pinned = pinnedVerifier(provider, options);
    this.verifier = pinned ?? this.#trust.verifier(false);
    this.chainVerifier = pinned ?? this.#trust.verifier(true);
  }

  /** Of `ca`: named in requests for client certificates. */
  get certificateAuthorities(): readonly Uint8Array[] {
    return this.#trust.authorities;
  }

  /** What peers are verified by. */
  trusted(): Trust {
    return this.#trust.trust;
  }

  /** Trusts `certificates` beside what is trusted already, as node's native context does it for programs that reach for it. */
  addCACert(certificates: PemInput): void {
    this.#trust.add(certificates);
  }

  /** Wipes ticket keys and the private keys that were read from PEM: connections under the context sign no more. */
  dispose(): void {
    for (const key of this.#keys) key.dispose();
    this.ticketStore?.dispose();
  }
}

/** Seconds; as node:tls. */
const DEFAULT_SESSION_TIMEOUT = 300;

function contextSettings(
  provider: CryptoProvider,
  options: SecureContextOptions,
  refused: ReadonlySet<ProtocolVersionName>,
): ContextSettings {
  const asked = askedRange(options);
  const older = reachesOlder(asked) ? olderRanges()?.cipherSuites : undefined;
  const list = options.ciphers ?? (older && 'DEFAULT');
  const wide = profile().wideKeywords;
  const ciphers = list === undefined ? undefined : parseCiphers(list, provider, { older, wide });
  return {
    cipherSuites: ciphers?.cipherSuites,
    certificateCompression: compressionsOf(options.certificateCompression),
    peerCertificateTypes: options.peerCertificateTypes,
    delegatedCredentials: options.acceptDelegatedCredentials ? delegatedCredentials() : undefined,
    groups:
      options.ecdhCurve === undefined
        ? undefined
        : parseGroups(options.ecdhCurve, provider, name => profile().hasGroup(name)),
    signatureSchemes: options.sigalgs === undefined ? undefined : parseSignatureAlgorithms(options.sigalgs),
    ...spokenRange(asked, refused, ciphers),
    sessionContext: sessionContext(provider, options.sessionIdContext),
    now: options.now,
  };
}

/** @throws ERR_INVALID_ARGUMENT for keys beside trust in certificates, which they take the place of */
function pinnedVerifier(provider: CryptoProvider, options: SecureContextOptions): PeerVerifier | null {
  const { pinnedKeys: keys } = options;
  if (keys === undefined) return null;
  refuseBeside('createSecureContext', options, 'pinnedKeys', ['ca', 'crl', 'allowPartialTrustChain']);
  const digest = (bytes: Uint8Array) => provider.keyDerivation('sha256').hash.digest(bytes);
  return sharingVerifier(createPinnedKeyVerifier({ keys }, digest, pem));
}

function sessionContext(provider: CryptoProvider, text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : provider.keyDerivation('sha256').hash.digest(new TextEncoder().encode(text));
}
