// Judges a certificate chain, with those features of path validation that the caller brings. All of them: verify.ts.

import type { WorkMeter } from '../base/cost.ts';
import { TlsError } from '../base/errors.ts';
import type { Pace } from '../base/pace.ts';
import type { HashAlgorithm } from '../crypto/hash.ts';
import { type PeerIdentity, type PeerVerifier, type PresentedPeer, verifiedChain } from '../crypto/peer_verifier.ts';
import type { Awaitable } from '../crypto/secret.ts';
import type { PublicKey, SignatureVerifier } from '../crypto/signature.ts';
import { Budget, type BudgetLimits } from './budget.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { asFault, CertificateError, fault } from './certificate_error.ts';
import { keyUsages, purposes } from './extensions.ts';
import type { VerifierFeatures } from './features.ts';
import { type BuiltPath, PathBuilder, type PathCheck, type StapledStatus, textOfBytes } from './path_builder.ts';
import type { PathRules } from './path_validation.ts';
import type { PolicyOptions } from './policy.ts';
import type { Profile } from './profile.ts';
import { identityFault, type ReferenceIdentity, referenceIdentity } from './server_identity.ts';
import { run, type Waiting } from './settle.ts';
import { strengthOf } from './signature_check.ts';
import type { TrustAnchor } from './trust_anchor.ts';
import { readChainOptions, readPeerOptions } from './verify_options.ts';

/** How to verify, whoever the peer is. */
export interface VerifyOptions {
  /** Whom to trust. None is an error, never acceptance. */
  readonly anchors: readonly TrustAnchor[];
  readonly verifiers: readonly SignatureVerifier[];
  /** Hashes for OCSP (SHA-1, SHA-256) and certificate transparency (SHA-256). */
  readonly hashes?: readonly HashAlgorithm[];
  /** More certificates to build paths with. Malformed ones are passed over. */
  readonly intermediates?: readonly (Certificate | Uint8Array)[];
  /** What to demand of issuers beyond a valid path; nothing if absent. See `rfc5280Profile` and `webPkiProfile`. */
  readonly profile?: Profile;
  /** Most non-self-issued intermediates; default 10. */
  readonly maxDepth?: number;
  readonly policies?: PolicyOptions;
  /** Further conditions, in this order: `revocation(...)`, `transparency(...)`. A page carries those that it names. */
  readonly checks?: readonly PathCheck[];
  readonly budget?: BudgetLimits;
}

/** What to verify. */
export interface ChainOptions extends VerifyOptions {
  readonly leaf: Certificate | Uint8Array;
  /** Milliseconds since the epoch, or a Date; default now. */
  readonly time?: number | Date;
  /** DNS name or IP address the leaf must be for; absent if the leaf need not name a server. */
  readonly serverName?: string;
  /** "server", "client", "any", or the identifier of an extended key usage. Default: "server" with a serverName, else "any". */
  readonly purpose?: string;
  /** Bits of `keyUsages` of which the leaf needs at least one if it has the extension; absent for any. */
  readonly keyUsage?: number;
  readonly stapled?: StapledStatus;
  readonly signal?: AbortSignal;
}

/** A chain that satisfies every rule. */
export interface VerifiedChain {
  /** Leaf first; the anchor's certificate last, where it has one. */
  readonly certificates: readonly Certificate[];
  readonly anchor: TrustAnchor;
  readonly publicKey: PublicKey;
  /** The same as the handshake wants it. */
  readonly identity: PeerIdentity;
}

/** Ten intermediates are more than any CA uses; OpenSSL allows 100, rustls-webpki 6. */
const DEFAULT_MAX_DEPTH = 10;

/** Builds and verifies a path from `leaf` to one of `anchors`. A Promise as verifyChain says. @throws as it does */
export function judgeChain(options: ChainOptions, features: VerifierFeatures, pace?: Pace): Awaitable<VerifiedChain> {
  const checked = readChainOptions(options);
  return run(judge({ ...checked, time: millisecondsOf(checked.time) }, features), checked.signal, pace);
}

/** Now, unless the caller says another time. */
function millisecondsOf(time: number | Date | undefined): number {
  return time === undefined ? Date.now() : Number(time);
}

/** Options that were read. */
type CheckedOptions = Omit<ChainOptions, 'time'> & { readonly time: number; readonly work?: WorkMeter };

/** Unreadable certificates cost their errors, some 20 us. */
const UNREADABLE_UNITS = 60;

function* judge(options: CheckedOptions, features: VerifierFeatures): Waiting<VerifiedChain> {
  if (options.anchors.length === 0) throw new CertificateError(noAnchors, -1);
  const reference = options.serverName === undefined ? undefined : referenceIdentity(options.serverName);
  const leaf = certificateOf(options.leaf);
  const rules = rulesOf(options, features, reference);
  const budget = new Budget(options.budget, options.work);
  const pool = readPool(options.intermediates ?? [], budget);
  const builder = new PathBuilder(options.anchors, pool, options.verifiers, budget, rules.time);
  const context = { builder, rules, hashes: options.hashes ?? [], stapled: options.stapled };
  const found = yield* builder.build(leaf, rules, function* (candidate: BuiltPath) {
    for (const each of options.checks ?? []) yield* each.check(candidate, context);
  });
  if (reference !== undefined) {
    const wrong = identityFault(leaf, reference);
    if (wrong !== null) throw new CertificateError(wrong, 0, leaf);
  }
  return resultOf(found);
}

/** The certificates to build paths with, each once; malformed ones are passed over. */
function readPool(given: readonly (Certificate | Uint8Array)[], budget: Budget): Certificate[] {
  const seen = new Set<string>();
  const pool: Certificate[] = [];
  for (const each of given) {
    const der = each instanceof Uint8Array ? each : each.der;
    budget.takeReading(der.length);
    const key = textOfBytes(der);
    if (seen.has(key)) continue;
    seen.add(key);
    const certificate = each instanceof Uint8Array ? tryCertificate(each) : each;
    if (certificate === undefined) budget.take('work', UNREADABLE_UNITS);
    else pool.push(certificate);
  }
  return pool;
}

function resultOf({ path, anchor }: BuiltPath): VerifiedChain {
  const certificates = [...path];
  if (anchor.certificate !== undefined && anchor.certificate !== path[0]) certificates.push(anchor.certificate);
  const { publicKey } = path[0];
  return {
    certificates,
    anchor,
    publicKey,
    identity: verifiedChain(
      publicKey,
      certificates.map(c => c.der),
      // RFC 5280 §4.1.2.5: the second of notAfter is still in.
      Math.min(...certificates.map(c => c.notAfter)) + 1000,
    ),
  };
}

const noAnchors = fault(
  'ERR_CERT_NO_TRUST_ANCHORS',
  'there is nothing to trust: the list of trust anchors is empty',
  'RFC 5280 §6.1.1 (d)',
  'Give the certificates of the CAs to trust, for example those of the host or of castls/roots.',
);

function rulesOf(
  options: CheckedOptions,
  features: VerifierFeatures,
  reference: ReferenceIdentity | undefined,
): PathRules {
  const purpose = options.purpose ?? (reference === undefined ? 'any' : 'server');
  const named: Record<string, string> = { server: purposes.serverAuth, client: purposes.clientAuth };
  return {
    time: options.time,
    profile: options.profile,
    strength: strengthOf(options.verifiers),
    purpose: purpose === 'any' ? undefined : (named[purpose] ?? purpose),
    keyUsage: options.keyUsage ?? 0,
    maxDepth: options.maxDepth ?? DEFAULT_MAX_DEPTH,
    policies: options.policies ?? {},
    features,
  };
}

function certificateOf(certificate: Certificate | Uint8Array): Certificate {
  if (!(certificate instanceof Uint8Array)) return certificate;
  try {
    return parseCertificate(certificate);
  } catch (error) {
    throw error instanceof TlsError ? asFault(error, 0, undefined) : error;
  }
}

function tryCertificate(der: Uint8Array): Certificate | undefined {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (error instanceof TlsError) return undefined;
    throw error;
  }
}

/** How a `PeerVerifier` verifies. */
export interface PeerVerifierOptions extends VerifyOptions {
  /** Accept a server's certificate whatever name it is for. The chain is verified all the same. */
  readonly dangerousAnyServerName?: boolean;
}

/** RFC 5246 §7.4.2, RFC 9846 §4.4.2.2: what the handshake will do with the key, or one of both where nobody says. */
const usagesOf = {
  signature: keyUsages.digitalSignature,
  encipherment: keyUsages.keyEncipherment,
  any: keyUsages.digitalSignature | keyUsages.keyEncipherment | keyUsages.keyAgreement,
} as const;

/** A verifier for TLS connections of either role. @throws ERR_INVALID_ARGUMENT naming the option */
export function peerVerifierWith(options: PeerVerifierOptions, features: VerifierFeatures): PeerVerifier {
  const checked = readPeerOptions(options);
  return { verify: (peer, signal) => verifyPeer(checked, features, peer, signal) };
}

function verifyPeer(
  options: PeerVerifierOptions,
  features: VerifierFeatures,
  peer: PresentedPeer,
  signal?: AbortSignal,
): Awaitable<PeerIdentity> {
  if (peer.certificateType === 'RawPublicKey') throw new CertificateError(rawPublicKey, -1);
  const { dangerousAnyServerName, ...others } = options;
  const server = peer.role === 'server';
  const checked = server && !dangerousAnyServerName;
  if (checked && peer.serverName === undefined) throw new CertificateError(noServerName, 0);
  if (!Number.isFinite(peer.now)) throw new TlsError('ERR_INVALID_ARGUMENT', 'the time of verification is no number');
  const chain = run(
    judge(
      {
        ...others,
        leaf: peer.certificates[0],
        intermediates: [...peer.certificates.slice(1), ...(options.intermediates ?? [])],
        time: peer.now,
        work: peer.work,
        serverName: checked ? peer.serverName : undefined,
        purpose: peer.role,
        keyUsage: usagesOf[peer.keyUse ?? 'any'],
        stapled: server || peer.ocspResponse !== undefined ? stapledBy(peer) : undefined,
      },
      features,
    ),
    signal,
    peer.pace,
  );
  return chain instanceof Promise ? chain.then(({ identity }) => identity) : chain.identity;
}

function stapledBy({ ocspResponse, signedCertificateTimestamps }: PresentedPeer): StapledStatus {
  return { ocspResponse, timestamps: signedCertificateTimestamps };
}

const rawPublicKey = fault(
  'ERR_CERT_UNKNOWN_ISSUER',
  'the peer presents a raw public key, which no certificate vouches for',
  'RFC 7250 §6',
  'Say which keys you trust: pinnedKeyVerifier.',
);

const noServerName = fault(
  'ERR_CERT_NAME_MISMATCH',
  'it cannot be checked whom the certificate is for: the connection has no server name',
  'RFC 9525 §6.1',
  'Say which DNS name or IP address you connect to.',
);
