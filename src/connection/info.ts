// What a connection tells of itself.

import { copyOfBytes } from '../base/bytes.ts';
import type { PeerIdentity } from '../crypto/peer_verifier.ts';
import type { EarlyDataRefusal, EarlyDataState } from '../handshake/flow/early_data.ts';
import type { Negotiated } from '../handshake/flow/negotiated.ts';
import { versionName } from '../registry/protocol_versions.ts';
import { signatureSchemeName } from '../registry/signature_schemes.ts';

/** A live view: what is not known yet is null. Byte strings are copies. */
export class ConnectionInfo {
  readonly #negotiated: Negotiated;

  constructor(negotiated: Negotiated) {
    this.#negotiated = negotiated;
  }

  /** What this side did so far because of its peer, in units of which 1000 are a full handshake with P-256. */
  get work(): number {
    return this.#negotiated.work.spent;
  }

  /** "TLSv1.3" or "TLSv1.2". */
  get protocolVersion(): string | null {
    const { version } = this.#negotiated;
    return version === null ? null : versionName(version);
  }

  /** IANA value and name; key length in bytes. */
  get cipherSuite(): { readonly id: number; readonly name: string; readonly keyLength: number } | null {
    return this.#negotiated.cipherSuite;
  }

  /** Key exchange group; null for RSA key exchange and 1.2 resumption. */
  get group(): { readonly id: number; readonly name: string } | null {
    return this.#negotiated.group;
  }

  /** IANA name of the scheme the server signed with; null if it did not. */
  get signatureScheme(): string | null {
    const scheme = this.#negotiated.serverSignatureScheme;
    return scheme === null ? null : signatureSchemeName(scheme);
  }

  /** IANA name of the scheme the client signed with; null if it did not. */
  get clientSignatureScheme(): string | null {
    const scheme = this.#negotiated.clientSignatureScheme;
    return scheme === null ? null : signatureSchemeName(scheme);
  }

  /** One byte a character; null without ALPN. */
  get alpn(): string | null {
    return this.#negotiated.alpn;
  }

  /** SNI of the client, or the name the client verifies. */
  get serverName(): string | null {
    return this.#negotiated.serverName;
  }

  get resumed(): boolean {
    return this.#negotiated.resumed;
  }

  /** A key both sides knew from elsewhere stands for the certificates. */
  get externalPsk(): boolean {
    return this.#negotiated.externalPsk;
  }

  /** What that key is called; null without one. */
  get externalPskIdentity(): Uint8Array | null {
    const { externalPsk, authentication } = this.#negotiated;
    return externalPsk ? (authentication?.pskIdentity.slice() ?? null) : null;
  }

  /** The server asked for a second ClientHello. */
  get helloRetried(): boolean {
    return this.#negotiated.helloRetried;
  }

  /**
   * "none" if no early data was on offer; "offered" until the server answers; "rejected" if it is lost: whatever of it
   * still has to be said has to be written again.
   */
  get earlyData(): EarlyDataState {
    return this.#negotiated.earlyData.state;
  }

  /** Server: why early data on offer was not taken; null if it was, or if there was none. */
  get earlyDataRefusal(): EarlyDataRefusal | null {
    return this.#negotiated.earlyData.refusal;
  }

  /**
   * Server, TLS 1.3: milliseconds by which the age that the client tells of its ticket differs from the true one, positive for a
   * clock that runs fast; null if the first ticket on offer was not resumed.
   */
  get ticketAgeSkew(): number | null {
    return this.#negotiated.earlyData.ticketAgeSkew;
  }

  get extendedMasterSecret(): boolean {
    return this.#negotiated.extendedMasterSecret;
  }

  get peer(): PeerIdentity | null {
    return this.#negotiated.peer;
  }

  /** As presented, DER, the end entity first; empty if nothing was, or a raw public key. */
  get peerCertificates(): readonly Uint8Array[] {
    const { peerCertificateType, peerCertificates } = this.#negotiated;
    return peerCertificateType === 'X509' ? peerCertificates.map(copyOfBytes) : [];
  }

  /** What the peer presented in the place of a certificate (RFC 7250): DER SubjectPublicKeyInfo. */
  get peerRawPublicKey(): Uint8Array | null {
    const { peerCertificateType, peerCertificates } = this.#negotiated;
    return peerCertificateType === 'RawPublicKey' ? (peerCertificates.map(copyOfBytes)[0] ?? null) : null;
  }

  /** The peer proved itself by a key that its certificate delegates to (RFC 9345), not by that of the certificate. */
  get delegatedCredential(): boolean {
    return this.#negotiated.delegatedUntil !== null;
  }

  /** DER OCSPResponse the server stapled. */
  get peerOcspResponse(): Uint8Array | null {
    return this.#negotiated.peerOcspResponse?.slice() ?? null;
  }

  /** Leaf this side presented, DER; null if nothing was, or a raw public key. */
  get localCertificate(): Uint8Array | null {
    const { localCertificateType, localCertificate } = this.#negotiated;
    return localCertificateType === 'X509' ? localCertificate && copyOfBytes(localCertificate) : null;
  }

  /** What this side presented in the place of a certificate (RFC 7250): DER SubjectPublicKeyInfo. */
  get localRawPublicKey(): Uint8Array | null {
    const { localCertificateType, localCertificate } = this.#negotiated;
    return localCertificateType === 'RawPublicKey' ? localCertificate && copyOfBytes(localCertificate) : null;
  }

  /** verify_data of the Finished message this side sent. */
  get localFinished(): Uint8Array | null {
    return this.#negotiated.localFinished;
  }

  /** verify_data of the Finished message of the peer. */
  get peerFinished(): Uint8Array | null {
    return this.#negotiated.peerFinished;
  }
}
