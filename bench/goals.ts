// The goals of docs/performance.md, as data: what castls must reach against which peer, and what it aims for.

import type { Goal } from './suite.ts';

const node = 'node:crypto';
const noble = '@noble/ciphers';
const chacha = 'ChaCha20-Poly1305 record';
const aes128 = 'AES-128-GCM record';
const aes256 = 'AES-256-GCM record';

function goal(name: string, bytes: number, against: string, must: Goal['must'], aim?: number): Goal {
  return { name, bytes, against, must, aim };
}

// Of ML-KEM and ML-DSA the rows with another key each time count, not those named sameKey (suite.ts).
export const goals: readonly Goal[] = [
  goal(chacha, 16384, noble, 4, 5.5),
  goal(chacha, 16384, 'libsodium-wrappers', 1.8),
  goal(chacha, 16384, node, 0.42, 0.6),
  goal(aes128, 16384, noble, 7, 9.5),
  goal(aes128, 16384, 'WebCrypto', 0.8, 1.05),
  goal(aes128, 16384, node, { 20: 0.2, 24: 0.15, 26: 0.15 }),
  goal(aes256, 16384, noble, 5.5),
  goal(aes256, 16384, node, 0.11, 0.17),
  goal(chacha, 1024, node, 2.5, 3.3),
  goal(aes128, 1024, node, 0.9, 1.25),
  goal(chacha, 64, node, 6, 10),
  goal(aes128, 64, node, 2.2, 3),
  goal('SHA-256', 16384, node, 0.24, 0.28),
  goal('SHA-256', 16384, '@noble/hashes', 1.6),
  goal('SHA-512', 16384, node, 0.58, 0.7),
  goal('SHA-512', 16384, '@noble/hashes', 4.5),
  goal('X25519', 0, '@noble/curves', 10),
  goal('X25519', 0, node, 0, 0.6),
  goal('P-256 ECDH', 0, '@noble/curves', 10),
  goal('P-384 ECDH', 0, '@noble/curves', 7),
  goal('ECDSA P-256 sign', 0, '@noble/curves', 5),
  goal('ECDSA P-256 verify', 0, '@noble/curves', 9),
  goal('ECDSA P-384 sign', 0, '@noble/curves', 7),
  goal('ECDSA P-384 verify', 0, '@noble/curves', 7),
  goal('Ed25519 sign', 0, '@noble/curves', 7),
  goal('Ed25519 verify', 0, '@noble/curves', 7),
  goal('RSA-2048 sign', 0, 'node-forge', 10),
  goal('RSA-2048 verify', 0, 'node-forge', 8),
  goal('RSA-2048 sign', 0, node, 0, 0.17),
  goal('RSA-2048 verify', 0, node, 0, 0.45),
  goal('ML-KEM-768 encapsulation', 0, '@noble/post-quantum', 4.5, 8),
  goal('ML-KEM-768 decapsulation', 0, '@noble/post-quantum', 4.5, 8),
  goal('ML-KEM-768 encapsulation', 0, node, 0, 0.5),
  goal('ML-KEM-768 decapsulation', 0, node, 0, 0.5),
  goal('ML-DSA-65 verify', 0, '@noble/post-quantum', 3.5),
  goal('certificate parse', 0, 'pkijs', 4),
  goal('certificate parse', 0, '@peculiar/x509', 4),
  goal('chain of three verified', 0, 'pkijs', 5, 8),
  goal('chain of three verified', 0, '@peculiar/x509', 5, 8),
  goal('full TLS 1.3 handshake', 0, 'node:tls', 1.25, 1.5),
  goal('bulk download, TLS_CHACHA20_POLY1305_SHA256', 0, 'node:tls', 0.6, 0.75),
  goal('bulk download, TLS_AES_128_GCM_SHA256', 0, 'node:tls', 0.45, 0.6),
  goal('HTTPS server, kept connections', 1024, 'node:tls', 0.95, 1.1),
  goal('HTTPS server, kept connections', 2 ** 20, 'node:tls', 0.65, 0.8),
  goal('HTTPS server, new connections, full', 0, 'node:tls', 1.15, 1.4),
  goal('HTTPS server, new connections, resumed', 0, 'node:tls', 1.15, 1.4),
  goal('HTTPS client, https.get, MiB, TLS_CHACHA20_POLY1305_SHA256', 0, 'node:tls', 0.6, 0.75),
  goal('HTTPS client, https.get, MiB, TLS_AES_128_GCM_SHA256', 0, 'node:tls', 0.45, 0.6),
  goal('bulk download, TLS_CHACHA20_POLY1305_SHA256', 0, '@reclaimprotocol/tls', 3.5),
  goal('bulk download, TLS_AES_128_GCM_SHA256', 0, 'subtls', 1.4),
];

/** What must be reached on this major version of Node. */
export function mustOf(goal: Goal, runtime: string): number {
  if (typeof goal.must === 'number') return goal.must;
  const major = /^Node (\d+)/.exec(runtime)?.[1] ?? '';
  return goal.must[major] ?? Math.max(...Object.values(goal.must));
}
