// Certificates in the shape of node:tls: the object of getPeerCertificate, made by Node itself.

import type { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, PeerCertificate } from 'node:tls';
import { nodeCrypto } from '../stream/of_node.ts';

/** The first of `chain` (DER) as getPeerCertificate shows it; `detailed` links each to its issuer, a root to itself. */
export function legacyCertificate(
  chain: readonly Uint8Array[],
  detailed: boolean,
): PeerCertificate | DetailedPeerCertificate | Record<string, never> {
  if (chain.length === 0) return {};
  const shown = chain.flatMap(readByNode);
  const objects = shown.map(each => each.toLegacyObject() as unknown as DetailedPeerCertificate);
  if (detailed) {
    for (let i = 0; i < objects.length; i++) {
      if (i + 1 < objects.length) objects[i].issuerCertificate = objects[i + 1];
      else if (shown[i].checkIssued(shown[i])) objects[i].issuerCertificate = objects[i];
    }
  }
  return objects[0] ?? {};
}

/** The first of `chain` (DER), each with its issuer as node's X509Certificate shows it. */
export function x509Certificate(chain: readonly Uint8Array[]): X509Certificate | undefined {
  const [leaf, ...issuers] = chain.flatMap(readByNode);
  let below = leaf;
  for (const issuerCertificate of issuers) {
    Object.defineProperty(below, 'issuerCertificate', { value: issuerCertificate, enumerable: true });
    below = issuerCertificate;
  }
  return leaf;
}

/** What Node cannot read - a peer may send anything behind its leaf - it does not show. */
/** @throws what node's class throws */
export function readX509(der: Uint8Array): X509Certificate {
  return new (nodeCrypto().X509Certificate)(der);
}

function readByNode(der: Uint8Array): X509Certificate[] {
  try {
    return [readX509(der)];
  } catch {
    return [];
  }
}
