// What connections without `ca` trust: what Node.js does, by its flags, with NODE_EXTRA_CA_CERTS, or what setDefaultCACertificates named.

import { readFileSync } from 'node:fs';
import { formatPem } from '../../../asn1/pem.ts';
import { equalVartime } from '../../../base/bytes.ts';
import type { Certificate } from '../../../x509/certificate.ts';
import { type TrustAnchor, trustAnchor } from '../../../x509/trust_anchor.ts';
import { type PemInput, readTrustList } from '../../credentials.ts';
import { warnOnce } from '../../warn_once.ts';
import { nodeTls } from '../stream/of_node.ts';
import { opensslStore, usesOpensslStore } from './openssl_store.ts';

export interface Trust {
  readonly anchors: readonly TrustAnchor[];
  readonly intermediates: readonly Certificate[];
}

/** As with OpenSSL, only self-issued certificates are anchors, unless partial chains are allowed; others complete chains. */
export function trustOf(certificates: readonly Certificate[], partial: boolean): Trust {
  const isAnchor = (each: Certificate) => partial || each.selfIssued;
  return {
    anchors: certificates.filter(isAnchor).map(each => trustAnchor(each)),
    intermediates: certificates.filter(each => !isAnchor(each)),
  };
}

// As node, which reads it when the process starts.
const extraFile = process.env['NODE_EXTRA_CA_CERTS'];

let host: readonly Certificate[] | undefined;
/** Made of `host`, by whether partial chains are allowed. */
let made = new Map<boolean, Trust>();
let chosen: readonly Certificate[] | null = null;
let generation = 0;

/** Changes with each setHostTrust: contexts made before trust what was trusted then. */
export function hostTrustGeneration(): number {
  return generation;
}

/** Makes `certificates` what connections without `ca` trust from now on. @throws ERR_MALFORMED_PEM and its kin */
export function setHostTrust(certificates: readonly PemInput[]): void {
  chosen = withoutCopies(readTrustList(certificates, 'setDefaultCACertificates'));
  host = chosen;
  made = new Map();
  generation++;
}

/** The certificates that setHostTrust named, PEM; null before. */
export function chosenHostTrust(): string[] | null {
  return chosen === null ? null : chosen.map(({ der }) => formatPem('CERTIFICATE', der));
}

export function hostTrust(partial: boolean): Trust {
  host ??= certificatesOfHost();
  const trust = made.get(partial) ?? trustOf(host, partial);
  made.set(partial, trust);
  return trust;
}

/** Newer Nodes say themselves what they trust, but for OpenSSL's store; older ones have the list they were built with. */
function certificatesOfHost(): Certificate[] {
  const { getCACertificates } = nodeTls();
  const listed = getCACertificates?.('default') ?? (usesOpensslStore() ? [] : nodeTls().rootCertificates);
  const known = readTrustList(listed, 'the roots of Node.js');
  const store = usesOpensslStore() ? opensslStore() : [];
  // Node leaves out a file that it cannot read entire.
  return withoutCopies([...known, ...store, ...extraCertificates()]);
}

function withoutCopies(certificates: readonly Certificate[]): Certificate[] {
  const seen = new Map<string, Certificate[]>();
  return certificates.filter(each => {
    const key = `${each.der.length} ${each.der.subarray(-16).join()}`;
    const alike = seen.get(key) ?? [];
    if (alike.some(({ der }) => equalVartime(der, each.der))) return false;
    seen.set(key, [...alike, each]);
    return true;
  });
}

function extraCertificates(): Certificate[] {
  if (!extraFile) return [];
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(extraFile);
  } catch (error) {
    warnOnce(`NODE_EXTRA_CA_CERTS: ${extraFile} cannot be read: ${(error as Error).message}`);
    return [];
  }
  return readTrustList(bytes, `NODE_EXTRA_CA_CERTS: ${extraFile}`);
}
