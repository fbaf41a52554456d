// Whom a context trusts: `ca`, or what the host does, with what addCACert brings later; and chains completed from there.

import { isDer, trimmedDer } from '../../../asn1/der.ts';
import { pemText, readPem } from '../../../asn1/pem.ts';
import { TlsError } from '../../../base/errors.ts';
import type { PeerVerifier } from '../../../crypto/peer_verifier.ts';
import type { CryptoProvider } from '../../../crypto/provider.ts';
import { rememberSignatures } from '../../../crypto/remembered_verifier.ts';
import type { Credential } from '../../../handshake/flow/settings.ts';
import { type Certificate, parseCertificate } from '../../../x509/certificate.ts';
import { type Crl, parseCrl } from '../../../x509/crl.ts';
import { revocation } from '../../../x509/revocation.ts';
import { createPeerVerifier } from '../../../x509/verify.ts';
import { listOf, type PemInput, readTrustList } from '../../credentials.ts';
import type { SecureContextOptions } from './context_options.ts';
import { hostTrust, type Trust, trustOf } from './host_trust.ts';
import { profile } from './profile.ts';

export class ContextTrust {
  readonly #provider: CryptoProvider;
  readonly #partial: boolean;
  /** Of `ca`; null where the host decides. */
  readonly #given: readonly Certificate[] | null;
  readonly #more: Certificate[];
  readonly #crls: readonly Crl[];
  #trust: Trust | null = null;

  /** @param more trusted beside `ca` or the host */
  constructor(provider: CryptoProvider, options: SecureContextOptions, more: readonly Certificate[]) {
    const { ca, crl, allowPartialTrustChain } = options;
    this.#provider = provider;
    this.#partial = allowPartialTrustChain === true;
    this.#given = ca === undefined || ca === null ? null : readTrustList(ca, 'ca');
    this.#more = [...more];
    this.#crls = listOf(crl).flatMap(readCrls);
  }

  get trust(): Trust {
    if (this.#trust !== null) return this.#trust;
    const host = this.#given === null ? hostTrust(this.#partial) : { anchors: [], intermediates: [] };
    const own = trustOf(this.#own, this.#partial);
    if (this.#own.length === 0) return (this.#trust = host);
    this.#trust = {
      anchors: [...host.anchors, ...own.anchors],
      intermediates: [...host.intermediates, ...own.intermediates],
    };
    return this.#trust;
  }

  /** Names for requests of client certificates: those of `ca` and what came to it. */
  get authorities(): readonly Uint8Array[] {
    return this.#own.filter(each => this.#partial || each.selfIssued).map(({ subject }) => subject.der);
  }

  get #own(): readonly Certificate[] {
    return [...(this.#given ?? []), ...this.#more];
  }

  add(certificates: PemInput): void {
    this.#more.push(...readTrustList(certificates, 'addCACert'));
    this.#trust = null;
  }

  /** Reads roots when the first peer is to be verified. */
  verifier(dangerousAnyServerName: boolean): PeerVerifier {
    let made: { readonly trust: Trust; readonly verifier: PeerVerifier } | null = null;
    return {
      verify: (peer, signal) => {
        const { trust } = this;
        if (made?.trust !== trust) made = { trust, verifier: this.#verifierFor(trust, dangerousAnyServerName) };
        const { keyUse, ...others } = peer;
        return made.verifier.verify(profile().anyKeyUse ? others : { ...others, keyUse }, signal);
      },
    };
  }

  #verifierFor(trust: Trust, dangerousAnyServerName: boolean): PeerVerifier {
    const provider = this.#provider;
    const crls = this.#crls;
    return createPeerVerifier({
      ...trust,
      verifiers: rememberSignatures(provider.signatureVerifiers),
      hashes: [provider.keyDerivation('sha1').hash, provider.keyDerivation('sha256').hash],
      // OpenSSL's CRL_CHECK_ALL, which node:tls turns on with the option.
      checks: [revocation(crls.length > 0 ? { mode: 'require', crls } : {})],
      dangerousAnyServerName,
    });
  }

  /** As OpenSSL: a certificate that comes alone is shown with its issuers, where `ca` has them, up to the root. */
  completed(credential: Credential): Credential {
    const { certificateChain, certificateType = 'X509' } = credential;
    if (certificateType !== 'X509' || certificateChain.length !== 1) return credential;
    const chain = [parseCertificate(certificateChain[0])];
    for (let last = chain[0]; !last.selfIssued; last = chain[chain.length - 1]) {
      const issuer = this.#own.find(each => each.subject.equals(last.issuer) && !chain.includes(each));
      if (issuer === undefined) break;
      chain.push(issuer);
    }
    return chain.length === 1 ? credential : { ...credential, certificateChain: chain.map(({ der }) => der) };
  }
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
