// How the peer of a session was authenticated, and by what of ours: what decides whether a full handshake of today would
// end as the session says. Travels with the session through every resumption, so that none of them makes it younger.

import { copyOfBytes } from '../../base/bytes.ts';
import type { Reader } from '../../wire/reader.ts';
import type { Writer } from '../../wire/writer.ts';

/** RFC 9846 §4.6.1 bounds a ticket by seven days; here that is the bound of all that follows from one authentication, too. */
export const MAX_AUTHENTICATION_AGE = 604_800_000;

/** What the peer proved itself by: certificates, a key both sides knew from elsewhere, or nothing. */
export type Proof = 'certificate' | 'psk' | 'nobody';

export interface Authentication {
  readonly proof: Proof;
  /** When, milliseconds since the epoch. */
  readonly at: number;
  /** When the first certificate of the peer's chain ends, milliseconds since the epoch; Infinity without one. */
  readonly until: number;
  /** Identity and fingerprint of the external PSK; both empty without one. */
  readonly pskIdentity: Uint8Array;
  readonly pskFingerprint: Uint8Array;
  /** Client, TLS 1.2: the identity hint that the PSK was chosen by; empty without one. */
  readonly pskHint: Uint8Array;
  /**
   * Client: fingerprint of the credentials that answered a CertificateRequest; empty if none came. Server: fingerprint of
   * its leaf; empty with a PSK.
   */
  readonly own: Uint8Array;
  /** Server: fingerprint of the CertificateRequest it sent; empty if it sent none. */
  readonly request: Uint8Array;
}

const nothing = new Uint8Array(0);
const proofs: readonly Proof[] = ['certificate', 'psk', 'nobody'];
const NEVER = 0xffff_ffff;

/** An authentication by nothing, now, with what else is known of it. */
export function authenticated(at: number, facts: Partial<Authentication>): Authentication {
  return {
    proof: facts.proof ?? 'nobody',
    at,
    until: facts.until ?? Number.POSITIVE_INFINITY,
    pskIdentity: facts.pskIdentity ?? nothing,
    pskFingerprint: facts.pskFingerprint ?? nothing,
    pskHint: facts.pskHint ?? nothing,
    own: facts.own ?? nothing,
    request: facts.request ?? nothing,
  };
}

/** Milliseconds since the epoch at which nothing may follow from it any more. */
export function endOf({ at, until }: Authentication): number {
  return Math.min(at + MAX_AUTHENTICATION_AGE, until);
}

export function writeAuthentication(writer: Writer, authentication: Authentication): void {
  const { proof, at, until, pskIdentity, pskFingerprint, pskHint, own, request } = authentication;
  writer.u8(proofs.indexOf(proof));
  writeTime(writer, at);
  if (Number.isFinite(until)) writeTime(writer, Math.max(0, until));
  else writer.u32(NEVER).u32(NEVER);
  writer.vector(2, pskIdentity).vector(1, pskFingerprint).vector(2, pskHint).vector(1, own).vector(1, request);
}

/** @throws ERR_DECODE_ERROR */
export function readAuthentication(reader: Reader): Authentication {
  const proof = proofs[reader.u8()];
  if (proof === undefined) throw reader.error('another kind of authentication');
  const at = readTime(reader);
  const until = readTime(reader);
  return {
    proof,
    at,
    until: until === NEVER * 0x1_0000_0000 + NEVER ? Number.POSITIVE_INFINITY : until,
    pskIdentity: copyOfBytes(reader.vector(2)),
    pskFingerprint: copyOfBytes(reader.vector(1)),
    pskHint: copyOfBytes(reader.vector(2)),
    own: copyOfBytes(reader.vector(1)),
    request: copyOfBytes(reader.vector(1)),
  };
}

/** Milliseconds since the epoch, as 64 bits. */
export function writeTime(writer: Writer, time: number): void {
  writer.u32(Math.floor(time / 0x1_0000_0000)).u32(Math.floor(time) % 0x1_0000_0000);
}

export function readTime(reader: Reader): number {
  return reader.u32() * 0x1_0000_0000 + reader.u32();
}
