// What connections without `ca` trust: what Node.js does, with NODE_EXTRA_CA_CERTS, or what setDefaultCACertificates named.

import { readFileSync } from 'node:fs';
import * as nodeTls from 'node:tls';
import { formatPem } from '../../../asn1/pem.ts';
import { equalVartime } from '../../../base/bytes.ts';
import type { Certificate } from '../../../x509/certificate.ts';
import { type TrustAnchor, trustAnchor } from '../../../x509/trust_anchor.ts';
import { type PemInput, readTrustList } from '../../credentials.ts';
import { warnOnce } from '../../warn_once.ts';

export interface Trust {
  readonly anchors: readonly TrustAnchor[];
  readonly intermediates: readonly Certificate[];
}

// Taken now: castls/register replaces the property.
const { getCACertificates } = nodeTls as unknown as { getCACertificates?: (type: string) => string[] };

let host: Trust | undefined;
let chosen: readonly Certificate[] | null = null;
let generation = 0;

/** Changes with each setHostTrust: contexts made before trust what was trusted then. */
export function hostTrustGeneration(): number {
  return generation;
}

/** Makes `certificates` what connections without `ca` trust from now on. @throws ERR_MALFORMED_PEM and its kin */
export function setHostTrust(certificates: readonly PemInput[]): void {
  const given = readTrustList(certificates, 'setDefaultCACertificates');
  chosen = given.filter((each, index) => !given.slice(0, index).some(({ der }) => equalVartime(der, each.der)));
  host = { anchors: chosen.map(each => trustAnchor(each)), intermediates: [] };
  generation++;
}

/** The certificates that setHostTrust named, PEM; null before. */
export function chosenHostTrust(): string[] | null {
  return chosen === null ? null : chosen.map(({ der }) => formatPem('CERTIFICATE', der));
}

/** node:tls.rootCertificates and NODE_EXTRA_CA_CERTS; newer Nodes say themselves what they trust. */
export function hostTrust(): Trust {
  if (host !== undefined) return host;
  const known = readTrustList(getCACertificates?.('default') ?? nodeTls.rootCertificates, 'the roots of Node.js');
  // Node leaves out a file that it cannot read entire.
  const more = extraCertificates().filter(each => !known.some(({ der }) => equalVartime(der, each.der)));
  return (host = { anchors: [...known, ...more].map(each => trustAnchor(each)), intermediates: [] });
}

function extraCertificates(): Certificate[] {
  const file = process.env['NODE_EXTRA_CA_CERTS'];
  if (!file) return [];
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    warnOnce(`NODE_EXTRA_CA_CERTS: ${file} cannot be read: ${(error as Error).message}`);
    return [];
  }
  return readTrustList(bytes, `NODE_EXTRA_CA_CERTS: ${file}`);
}
