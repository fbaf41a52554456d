// SecureContext: certificates, keys, trust and lists, read and checked once, for any number of connections.

import { isDer, trimmedDer } from '../../../asn1/der.ts';
import { pemText, readPem } from '../../../asn1/pem.ts';
import { TlsError } from '../../../base/errors.ts';
import type { CommonOptions } from '../../../connection/config.ts';
import type { PeerVerifier } from '../../../crypto/peer_verifier.ts';
import type { CryptoProvider } from '../../../crypto/provider.ts';
import type { PrivateKey } from '../../../crypto/signature.ts';
import type { Credential } from '../../../handshake/flow/settings.ts';
import { MAX_TICKET_LIFETIME } from '../../../handshake/sessions/session.ts';
import { TicketKeys } from '../../../handshake/sessions/ticket_keys.ts';
import type { ProtocolVersionName } from '../../../registry/protocol_versions.ts';
import type { Certificate } from '../../../x509/certificate.ts';
import { type Crl, parseCrl } from '../../../x509/crl.ts';
import { revocation } from '../../../x509/revocation.ts';
import { trustAnchor } from '../../../x509/trust_anchor.ts';
import { createPeerVerifier } from '../../../x509/verify.ts';
import { listOf, type PemInput, readCredentials, readTrustList } from '../../credentials.ts';
import { refuseUnsupported, type SecureContextOptions } from './context_options.ts';
import { hostTrust, type Trust } from './host_trust.ts';
import { parseCiphers, parseGroups, parseSignatureAlgorithms } from './names.ts';
import { olderRanges } from './older_ranges.ts';
import { profile } from './profile.ts';
import { applySecureOptions } from './secure_options.ts';
import { askedRange, reachesOlder, spokenRange } from './version_range.ts';

/** What every connection under the context shares. */
export type ContextSettings = Pick<
  CommonOptions,
  'cipherSuites' | 'groups' | 'signatureSchemes' | 'minVersion' | 'maxVersion' | 'sessionContext' | 'now'
>;

export class SecureContext {
  readonly provider: CryptoProvider;
  readonly settings: ContextSettings;
  /** Chains with their signers, in the order of the options. */
  readonly credentials: readonly Credential[];
  /** `ca` was given: its subjects are named in requests for client certificates. */
  readonly certificateAuthorities: readonly Uint8Array[];
  readonly honorCipherOrder: boolean;
  /** `dhparam: 'auto'`: servers have finite-field groups, too. */
  readonly finiteFields: boolean;
  readonly sessionTimeout: number;
  /** Keys of the tickets that servers under this context give; null if they give none. */
  readonly ticketStore: TicketKeys | null;
  /** The options have ticket keys: these hold for the context, whatever server it is of. */
  readonly bringsTicketKeys: boolean;
  /** Judges by chain and name. */
  readonly verifier: PeerVerifier;
  /** Judges by the chain alone, for those who bring their own checkServerIdentity. */
  readonly chainVerifier: PeerVerifier;
  readonly #keys: readonly PrivateKey[];

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
    this.bringsTicketKeys = options.ticketKeys != null;
    const keys48 = options.ticketKeys === undefined ? undefined : [options.ticketKeys];
    const lifetime = Math.min(Math.max(1, this.sessionTimeout), MAX_TICKET_LIFETIME);
    this.ticketStore = fromBits.tickets ? new TicketKeys({ provider, lifetime, now: options.now, keys: keys48 }) : null;
    const { credentials, keys } = readCredentials(provider, {
      ...options,
      legacy: profile().legacyKeys?.(),
      schemes: options.sigalgs === undefined ? undefined : parseSignatureAlgorithms(options.sigalgs),
    });
    this.credentials = credentials;
    this.#keys = keys;
    const trust = readTrust(options);
    this.certificateAuthorities = options.ca === undefined ? [] : trust().anchors.map(({ subject }) => subject.der);
    this.verifier = lazyVerifier(provider, trust, options.crl, false);
    this.chainVerifier = lazyVerifier(provider, trust, options.crl, true);
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
  const ciphers = list === undefined ? undefined : parseCiphers(list, provider, older);
  return {
    cipherSuites: ciphers?.cipherSuites,
    groups: options.ecdhCurve === undefined ? undefined : parseGroups(options.ecdhCurve, provider),
    signatureSchemes: options.sigalgs === undefined ? undefined : parseSignatureAlgorithms(options.sigalgs),
    ...spokenRange(asked, refused, ciphers),
    sessionContext: sessionContext(provider, options.sessionIdContext),
    now: options.now,
  };
}

function sessionContext(provider: CryptoProvider, text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : provider.keyDerivation('sha256').hash.digest(new TextEncoder().encode(text));
}

/** `ca`, or what the host trusts. As with OpenSSL, only self-issued certificates are anchors, unless partial chains are allowed. */
function readTrust(options: SecureContextOptions): () => Trust {
  if (options.ca === undefined || options.ca === null) return hostTrust;
  const given = readTrustList(options.ca, 'ca');
  const isAnchor = (each: Certificate) => options.allowPartialTrustChain === true || each.selfIssued;
  const trust = {
    anchors: given.filter(isAnchor).map(each => trustAnchor(each)),
    intermediates: given.filter(each => !isAnchor(each)),
  };
  return () => trust;
}

/** Reads roots and CRLs when the first peer is to be verified. */
function lazyVerifier(
  provider: CryptoProvider,
  trust: () => Trust,
  crlInput: SecureContextOptions['crl'],
  dangerousAnyServerName: boolean,
): PeerVerifier {
  const crls = listOf(crlInput).flatMap(readCrls);
  let verifier: PeerVerifier | undefined;
  return {
    verify(peer, signal) {
      verifier ??= createPeerVerifier({
        ...trust(),
        verifiers: provider.signatureVerifiers,
        hashes: [provider.keyDerivation('sha1').hash, provider.keyDerivation('sha256').hash],
        // OpenSSL's CRL_CHECK_ALL, which node:tls turns on with the option.
        checks: [revocation(crls.length > 0 ? { mode: 'require', crls } : {})],
        dangerousAnyServerName,
      });
      return verifier.verify(peer, signal);
    },
  };
}

function readCrls(input: PemInput): Crl[] {
  if (typeof input !== 'string' && isDer(input)) return [parseCrl(trimmedDer(input))];
  const { blocks, faults } = readPem(typeof input === 'string' ? input : pemText(input), ['X509 CRL', 'CRL']);
  if (faults.length > 0) throw faults[0].error;
  return blocks.map(({ bytes, number, line }) => {
    try {
      return parseCrl(bytes);
    } catch (error) {
      if (!(error instanceof TlsError)) throw error;
      throw new TlsError(error.code, `crl: block ${number} (line ${line}): ${error.message}`, { cause: error });
    }
  });
}
