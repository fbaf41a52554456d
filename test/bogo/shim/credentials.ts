// Certificates, keys and the judgement on peers: what the flags name, as castls' credentials and verifiers.

import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readCertificates } from '../../../src/adapters/credentials.ts';
import { dangerousUnverifiedPeer } from '../../../src/crypto/peer_verifier.ts';
import {
  type Credential,
  credential,
  delegatedCredential,
  type PeerIdentity,
  type PeerVerifier,
  type PresentedPeer,
  peerVerifier,
  pinnedKeyVerifier,
  rawPublicKey,
  type Signer,
  TlsError,
} from '../../../src/index.ts';
import { parseCertificate } from '../../../src/x509/certificate.ts';
import type { CredentialFlags, Flags } from './flags.ts';
import { policySchemes } from './offers.ts';

/** dNSName of the certificates that the runner makes. */
const CERTIFIED_NAME = 'test';

/** A credential, and where it stands among the -new-...-credential flags; -1 for the one before them. */
export interface NumberedCredential {
  readonly number: number;
  /** DER names of which the peer has to name one; null to be shown to anybody. */
  readonly issuers: readonly Uint8Array[] | null;
  readonly credential: Credential;
}

/** The credentials in their order, the one without a number last, as BoringSSL tries them. */
export function credentialsOf(flags: Flags): readonly NumberedCredential[] {
  const numbered = flags.credentials.flatMap(({ kind, values }, number) =>
    kind === 'psk' ? [] : [numberedCredential(number, kind, values, flags)],
  );
  if (flags['cert-file'] === undefined) return numbered;
  return [...numbered, numberedCredential(-1, 'x509', flags, flags)];
}

function numberedCredential(
  number: number,
  kind: CredentialFlags['kind'],
  values: Values,
  flags: Flags,
): NumberedCredential {
  const credential = read(kind, values, flags);
  const issuers = values['must-match-issuer'] ? credential.certificateChain.map(issuerOf) : null;
  return { number, credential, issuers };
}

/** DER of the issuer's name. */
function issuerOf(certificate: Uint8Array): Uint8Array {
  return parseCertificate(certificate).issuer.der;
}

type Values = Pick<
  Flags,
  | 'cert-file'
  | 'key-file'
  | 'signing-prefs'
  | 'ocsp-response'
  | 'signed-cert-timestamps'
  | 'must-match-issuer'
  | 'delegated-credential'
>;

function read(kind: CredentialFlags['kind'], values: Values, flags: Flags): Credential {
  const { async: later, 'decline-ocsp-callback': declines } = flags;
  const key = readFileSync(values['key-file'] ?? '', 'utf8');
  const made = madeOf(kind, values, key);
  const timestamps = values['signed-cert-timestamps'];
  const declined = declines === true;
  return {
    ...made,
    signer: signerOf(made.signer, values['signing-prefs'] ?? policySchemes(flags), later === true),
    ...(values['ocsp-response'] && !declined && { ocspResponse: values['ocsp-response'] }),
    ...(timestamps && { signedCertificateTimestamps: entriesOf(timestamps) }),
  };
}

function madeOf(kind: CredentialFlags['kind'], values: Values, key: string): Credential {
  if (kind === 'rpk') return rawPublicKey({ publicKey: publicKeyOf(key), key });
  const cert = readFileSync(values['cert-file'] ?? '', 'utf8');
  if (kind !== 'delegated') return credential({ cert, key });
  return delegatedCredential({ cert, delegated: values['delegated-credential'] ?? new Uint8Array(0), key });
}

/** DER SubjectPublicKeyInfo of a private key. */
function publicKeyOf(key: string): Uint8Array {
  return new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }));
}

/** SHA-1 is no scheme of castls' signers, so a preference for it leaves nothing. */
function signerOf(signer: Signer, prefs: readonly number[] | undefined, later: boolean): Signer {
  return {
    schemes: prefs === undefined ? signer.schemes : prefs.filter(scheme => signer.schemes.includes(scheme)),
    olderSchemes: signer.olderSchemes,
    sign: (scheme, message, signal) => answer(later, () => signer.sign(scheme, message, signal)),
  };
}

/** With -async every hook answers later. */
export function answer<T>(later: boolean, value: () => T | Promise<T>): T | Promise<T> {
  return later ? new Promise<void>(resolve => setImmediate(resolve)).then(value) : value();
}

/** The entries of a SignedCertificateTimestampList (RFC 6962 §3.3). */
function entriesOf(list: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let at = 2; at < list.length; ) {
    const length = (list[at] << 8) | list[at + 1];
    entries.push(list.slice(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return entries;
}

/** The other way round. */
export function listOf(entries: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.concat(entries.flatMap(entry => [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry]));
  return Buffer.concat([Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
}

export function certificatesIn(file: string): Uint8Array[] {
  return readCertificates(readFileSync(file, 'utf8'));
}

/**
 * castls' verifier with the anchor of -trust-cert. The name that is verified is the one in all the runner's certificates:
 * BoringSSL's shim looks at none. Without an anchor, and with -verify-fail, this verifier refuses everybody; the config
 * says whether that counts.
 */
export class ShimVerifier implements PeerVerifier {
  /** What the peer presented last. */
  presented: PresentedPeer | null = null;
  readonly #later: boolean;
  readonly #verifier: PeerVerifier | null;
  readonly #refusesStaple: boolean;
  readonly #hostName: string | undefined;

  constructor(flags: Flags) {
    this.#hostName = flags['host-name'];
    this.#refusesStaple = flags['fail-ocsp-callback'] === true;
    this.#later = flags.async === true;
    const trusted = flags['verify-fail'] ? undefined : flags['trust-cert'];
    const pin = flags['verify-fail'] ? undefined : flags['expect-peer-rpk-sha256'];
    if (pin !== undefined) this.#verifier = pinnedKeyVerifier({ keys: [pin] });
    else this.#verifier = !trusted ? null : peerVerifier({ ca: readFileSync(trusted, 'utf8') });
  }

  /** Some runs show certificates of another root than the one they name; all else counts for them, too. */
  async #judge(peer: PresentedPeer, signal?: AbortSignal): Promise<PeerIdentity> {
    try {
      return await (this.#verifier as PeerVerifier).verify(peer, signal);
    } catch (error) {
      if (!(error instanceof TlsError)) throw error;
      if (
        error.code === 'ERR_CERT_NAME_MISMATCH' &&
        this.#hostName !== undefined &&
        peer.serverName !== this.#hostName
      ) {
        return await this.#judge({ ...peer, serverName: this.#hostName }, signal);
      }
      if (error.code !== 'ERR_CERT_UNKNOWN_ISSUER') throw error;
      return dangerousUnverifiedPeer(parseCertificate(peer.certificates[0]).publicKey, peer.certificates, error);
    }
  }

  /** False if all it can do is refuse. */
  get judges(): boolean {
    return this.#verifier !== null;
  }

  verify(peer: PresentedPeer, signal?: AbortSignal): PeerIdentity | Promise<PeerIdentity> {
    this.presented = peer;
    return answer(this.#later, () => {
      if (this.#refusesStaple) throw new TlsError('ERR_BAD_CERTIFICATE_STATUS', 'the shim takes no OCSP response');
      const named = peer.role === 'server' ? { ...peer, serverName: CERTIFIED_NAME } : peer;
      if (this.#verifier !== null) return this.#judge(named, signal);
      throw new TlsError('ERR_CERT_UNKNOWN_ISSUER', 'the shim vouches for nobody');
    });
  }
}
