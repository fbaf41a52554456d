// SecureContext: certificates, keys, trust and lists, read and checked once, for any number of connections.

import { readFileSync } from 'node:fs';
import * as nodeTls from 'node:tls';
import { parsePem } from '../../asn1/pem.ts';
import { equalVartime } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import type { CommonOptions } from '../../connection/config.ts';
import type { KeyProvider } from '../../crypto/password_encryption.ts';
import type { PeerVerifier } from '../../crypto/peer_verifier.ts';
import { restrictToPss } from '../../crypto/private_key_material.ts';
import type { CryptoProvider } from '../../crypto/provider.ts';
import type { Decrypter, PrivateKey, PublicKey, Signer } from '../../crypto/signature.ts';
import { keySigner } from '../../crypto/signature_scheme.ts';
import type { Credential } from '../../handshake/settings.ts';
import { TicketKeys } from '../../handshake/ticket_keys.ts';
import { ProtocolVersion, type ProtocolVersionName } from '../../registry/protocol_versions.ts';
import { type Certificate, parseCertificate } from '../../x509/certificate.ts';
import { type Crl, parseCrl } from '../../x509/crl.ts';
import { parsePrivateKey } from '../../x509/keys/private_key.ts';
import { revocation } from '../../x509/revocation.ts';
import { type TrustAnchor, trustAnchor } from '../../x509/trust_anchor.ts';
import { createPeerVerifier } from '../../x509/verify.ts';
import { parseCiphers, parseGroups, parseSignatureAlgorithms } from './names.ts';
import { type KeyInput, listOf, type PemInput, refuseUnsupported, type SecureContextOptions } from './options.ts';
import { applySecureOptions, secureProtocolVersions } from './secure_options.ts';

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
  readonly sessionTimeout: number;
  /** Keys of the tickets that servers under this context give; null if they give none. */
  readonly ticketStore: TicketKeys | null;
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
    this.honorCipherOrder = options.honorCipherOrder ?? true;
    this.sessionTimeout = options.sessionTimeout ?? DEFAULT_SESSION_TIMEOUT;
    const keys48 = options.ticketKeys === undefined ? undefined : [options.ticketKeys];
    const { sessionTimeout: lifetime } = this;
    this.ticketStore = fromBits.tickets ? new TicketKeys({ provider, lifetime, now: options.now, keys: keys48 }) : null;
    const { credentials, keys } = readCredentials(provider, options);
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
  const ciphers = options.ciphers === undefined ? undefined : parseCiphers(options.ciphers, provider);
  const [low, high] = secureProtocolVersions(options.secureProtocol) ?? [
    options.minVersion ?? 'TLSv1.2',
    options.maxVersion ?? 'TLSv1.3',
  ];
  const without13 = refused.has('TLSv1.3') || ciphers?.hasTls13 === false;
  const without12 = refused.has('TLSv1.2') || ciphers?.hasTls12 === false;
  return {
    cipherSuites: ciphers?.cipherSuites,
    groups: options.ecdhCurve === undefined ? undefined : parseGroups(options.ecdhCurve, provider),
    signatureSchemes: options.sigalgs === undefined ? undefined : parseSignatureAlgorithms(options.sigalgs),
    minVersion: without12 && ProtocolVersion[low] < ProtocolVersion['TLSv1.3'] ? 'TLSv1.3' : low,
    maxVersion: without13 && high === 'TLSv1.3' ? 'TLSv1.2' : high,
    sessionContext: sessionContext(provider, options.sessionIdContext),
    now: options.now,
  };
}

function sessionContext(provider: CryptoProvider, text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : provider.keyDerivation('sha256').hash.digest(new TextEncoder().encode(text));
}

/** All certificates of PEM texts, or of DER. */
export function readCertificates(input: PemInput | readonly PemInput[] | undefined): Uint8Array[] {
  return listOf(input).flatMap(one => {
    if (typeof one !== 'string' && one[0] === 0x30) return [new Uint8Array(one)];
    const text = typeof one === 'string' ? one : new TextDecoder().decode(one);
    return parsePem(text)
      .filter(({ label }) => label === 'CERTIFICATE' || label === 'X509 CERTIFICATE' || label === 'TRUSTED CERTIFICATE')
      .map(({ bytes }) => bytes);
  });
}

function readCredentials(
  provider: CryptoProvider,
  options: SecureContextOptions,
): { credentials: Credential[]; keys: PrivateKey[] } {
  const chains = listOf(options.cert).map(each => readCertificates(each));
  const inputs = listOf(options.key);
  const keys: PrivateKey[] = [];
  try {
    const owners = inputs.map((input, index) => keyOwner(input, index, provider, options.passphrase, keys));
    if (inputs.length === 0 && chains.length > 0) throw new TlsError('ERR_INVALID_ARGUMENT', 'cert without its key');
    const credentials = chains.map((chain, index) => {
      if (chain.length === 0) throw new TlsError('ERR_MALFORMED_PEM', 'cert holds no certificate');
      const { publicKey } = parseCertificate(chain[0]);
      const owner =
        owners.find(({ key }) => key !== undefined && samePublicKey(key.publicKey, publicKey)) ??
        owners.find(each => each.key === undefined && (each.index === index || owners.length === 1));
      if (owner === undefined) throw new TlsError('ERR_INVALID_ARGUMENT', 'no key belongs to the certificate');
      const { key, signer } = owner;
      return {
        certificateChain: orderedChain(chain),
        signer: signer ?? signerFor(key as PrivateKey, publicKey, provider, options.sigalgs),
        decrypter: decrypterOf(key),
      };
    });
    return { credentials, keys };
  } catch (error) {
    for (const key of keys) key.dispose();
    throw error;
  }
}

interface KeyOwner {
  readonly index: number;
  readonly key?: PrivateKey;
  readonly signer?: Signer;
}

function keyOwner(
  input: KeyInput,
  index: number,
  provider: CryptoProvider,
  passphrase: string | undefined,
  keys: PrivateKey[],
): KeyOwner {
  if (typeof input === 'object' && 'sign' in input) return { index, signer: input };
  const wrapped = typeof input === 'object' && 'pem' in input;
  const own = wrapped ? (input.passphrase ?? passphrase) : passphrase;
  const key = parsePrivateKey(provider as KeyProvider, wrapped ? input.pem : input, { passphrase: own });
  keys.push(key);
  return { index, key };
}

/** The certificate may say that an RSA key is for PSS alone where the key itself does not. */
function signerFor(key: PrivateKey, certified: PublicKey, provider: CryptoProvider, sigalgs?: string): Signer {
  const { publicKey } = key;
  const restricted = certified.type === 'rsa' && certified.pss !== undefined && 'pss' in publicKey === false;
  const signer = keySigner(restricted ? restrictToPss(key, certified.pss ?? {}) : key, provider.random);
  if (sigalgs === undefined) return signer;
  const allowed = parseSignatureAlgorithms(sigalgs);
  return { ...signer, schemes: allowed.filter(scheme => signer.schemes.includes(scheme)) };
}

/** RSA keys decrypt, too: RSA key exchange of TLS 1.2, for configs that name it. */
function decrypterOf(key: PrivateKey | undefined): Decrypter | undefined {
  return key !== undefined && 'decryptPremaster' in key ? (key as PrivateKey & Decrypter) : undefined;
}

function samePublicKey(a: PublicKey, b: PublicKey): boolean {
  if (a.type === 'rsa') return b.type === 'rsa' && equalVartime(a.modulus, b.modulus);
  if (a.type === 'ec') return b.type === 'ec' && a.curve === b.curve && equalVartime(a.point, b.point);
  return a.type === b.type && 'key' in b && equalVartime(a.key, b.key);
}

/** The leaf stays first; what follows goes from issuer to issuer, as RFC 5246 §7.4.2 wants it. The rest is dropped. */
function orderedChain(chain: readonly Uint8Array[]): Uint8Array[] {
  if (chain.length < 3) return [...chain];
  const [leaf, ...others] = chain.map(der => parseCertificate(der));
  const ordered: Certificate[] = [leaf];
  for (let last = leaf; !last.selfIssued; ) {
    const at = others.findIndex(each => each.subject.equals(last.issuer));
    if (at < 0) break;
    [last] = others.splice(at, 1);
    ordered.push(last);
  }
  return ordered.map(({ der }) => der);
}

interface Trust {
  readonly anchors: readonly TrustAnchor[];
  readonly intermediates: readonly Certificate[];
}

/** `ca`, or what the host trusts. As with OpenSSL, only self-issued certificates are anchors, unless partial chains are allowed. */
function readTrust(options: SecureContextOptions): () => Trust {
  if (options.ca === undefined || options.ca === null) return hostTrust;
  const given = readCertificates(options.ca).map(der => parseCertificate(der));
  const isAnchor = (each: Certificate) => options.allowPartialTrustChain === true || each.selfIssued;
  const trust = {
    anchors: given.filter(isAnchor).map(each => trustAnchor(each)),
    intermediates: given.filter(each => !isAnchor(each)),
  };
  return () => trust;
}

let host: Trust | undefined;

/** node:tls.rootCertificates and NODE_EXTRA_CA_CERTS; newer Nodes say themselves what they trust. */
function hostTrust(): Trust {
  if (host !== undefined) return host;
  const { getCACertificates } = nodeTls as unknown as { getCACertificates?: (type: string) => string[] };
  const texts = getCACertificates?.('default') ?? [...nodeTls.rootCertificates, ...extraCertificates()];
  const anchors = readCertificates(texts).flatMap(der => {
    try {
      return [trustAnchor(der)];
    } catch {
      return []; // one odd root must not take the others down
    }
  });
  return (host = { anchors, intermediates: [] });
}

function extraCertificates(): string[] {
  const file = process.env['NODE_EXTRA_CA_CERTS'];
  if (!file) return [];
  try {
    return [readFileSync(file, 'utf8')];
  } catch {
    return [];
  }
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
  if (typeof input !== 'string' && input[0] === 0x30) return [parseCrl(input)];
  const text = typeof input === 'string' ? input : new TextDecoder().decode(input);
  return parsePem(text, 'X509 CRL').map(({ bytes }) => parseCrl(bytes));
}
