// A session: what a handshake left behind for the next one, and all it is bound to. In memory it holds a Secret; in its
// serialised form, which a server seals into tickets and a client may keep, it holds the secret itself.

import { copyOfBytes, nothing } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import type { PeerIdentity, PeerVerifier } from '../../crypto/peer_verifier.ts';
import type { CryptoProvider } from '../../crypto/provider.ts';
import type { Secret } from '../../crypto/secret.ts';
import { CertificateType, type CertificateTypeName, certificateTypeNames } from '../../registry/certificate_types.ts';
import { Reader } from '../../wire/reader.ts';
import { Writer } from '../../wire/writer.ts';
import {
  type Authentication,
  endOf,
  readAuthentication,
  readTime,
  writeAuthentication,
  writeTime,
} from './authentication.ts';

/** First byte of the serialised form. Another one is another castls: the session is not resumed. */
const FORMAT = 5;

/** RFC 9846 §4.6.1: no ticket lives longer than seven days. Seconds. */
export const MAX_TICKET_LIFETIME = 604_800;

export interface Session {
  readonly role: 'client' | 'server';
  /** ProtocolVersion. */
  readonly version: number;
  /** Suite of the handshake; in 1.3 only its hash binds (RFC 9846 §4.2.11). */
  readonly cipherSuite: number;
  /** The PSK (1.3) or master secret (1.2). The session owns it. */
  readonly secret: Secret;
  /** Server name of the handshake; null without one. */
  readonly serverName: string | null;
  readonly alpn: string | null;
  /** When the ticket came or went, milliseconds since the epoch. */
  readonly issuedAt: number;
  /** Seconds. */
  readonly lifetime: number;
  /** 32 bits that obfuscate the age of the ticket (1.3). */
  readonly ageAdd: number;
  /** Bytes of early data that the ticket allows; 0 for none (1.3). */
  readonly maxEarlyData: number;
  /** What the client sends: the ticket. Empty at the server, and in 1.2 with a session ID alone. */
  readonly ticket: Uint8Array;
  /** Session ID (1.2). */
  readonly sessionId: Uint8Array;
  /** RFC 7627: 1.2 resumes only with the same answer. */
  readonly extendedMasterSecret: boolean;
  /** What this side presented, or would have (RFC 7250). Absent: X509. */
  readonly localCertificateType?: CertificateTypeName;
  /** What `peerCertificates` holds (RFC 7250). Absent: X509. */
  readonly peerCertificateType?: CertificateTypeName;
  /** What the peer presented, DER, the end entity first; empty if nothing. */
  readonly peerCertificates: readonly Uint8Array[];
  /** DER OCSPResponse that the server stapled to them; null without one. */
  readonly peerOcspResponse: Uint8Array | null;
  /** SerializedSCTs that came with them, beside those in them. */
  readonly peerTimestamps: readonly Uint8Array[];
  /** How, when and by what this peer was authenticated, in the full handshake that all began with. */
  readonly authentication: Authentication;
  /** Config context the session may be resumed under. */
  readonly context: Uint8Array;
  /** Who the peer was, while the session stays in this process; a session read back verifies anew. */
  readonly peer: PeerIdentity | null;
  /** Who says so: under another verifier the peer is verified anew. */
  readonly verifiedBy?: PeerVerifier | null;
}

/** What a peer presented, at whoever holds it. */
export type PresentedFacts = {
  -readonly [Name in 'peerCertificates' | 'peerOcspResponse' | 'peerTimestamps']: Session[Name];
};

/** The facts with copies of their bytes, for a session that a user gets: connections share theirs. */
export function copiedFacts<Facts extends PresentedFacts>(facts: Facts): Facts {
  const { peerCertificates, peerOcspResponse, peerTimestamps } = facts;
  return {
    ...facts,
    peerCertificates: peerCertificates.map(copyOfBytes),
    peerOcspResponse: peerOcspResponse && copyOfBytes(peerOcspResponse),
    peerTimestamps: peerTimestamps.map(copyOfBytes),
  };
}

/** Wipes the session's secret. Idempotent. */
export function disposeSession(session: Session): void {
  session.secret.dispose();
}

/** True while the ticket may be used, and while the authentication it stands for holds. @param now milliseconds since the epoch */
export function isFresh(session: Session, now: number): boolean {
  const age = now - session.issuedAt;
  const { authentication } = session;
  if (now < authentication.at || now >= endOf(authentication)) return false;
  return age >= 0 && age < Math.min(session.lifetime, MAX_TICKET_LIFETIME) * 1000;
}

/**
 * Seconds a ticket given now may live: neither longer than its store says, nor than what it stands for.
 * @returns 0 or less if it is better not given
 */
export function ticketLifetime(stored: number, authentication: Authentication, now: number): number {
  return Math.floor(Math.min(stored, MAX_TICKET_LIFETIME, (endOf(authentication) - now) / 1000));
}

/**
 * The serialised form. Holds the secret in the clear: whoever gets it seals or wipes it.
 * @param provider whose secret the session holds
 */
export function dangerousSerializeSession(session: Session, provider: CryptoProvider): Uint8Array {
  const secret = provider.dangerousReveal(session.secret);
  try {
    const writer = new Writer(512).u8(FORMAT);
    writer
      .u8(session.role === 'client' ? 1 : 2)
      .u16(session.version)
      .u16(session.cipherSuite)
      .vector(1, secret);
    optionalText(writer, session.serverName);
    optionalText(writer, session.alpn);
    writeTime(writer, session.issuedAt);
    writer.u32(session.lifetime).u32(session.ageAdd).u32(session.maxEarlyData);
    writer
      .vector(2, session.ticket)
      .vector(1, session.sessionId)
      .u8(session.extendedMasterSecret ? 1 : 0);
    for (const type of [session.localCertificateType, session.peerCertificateType]) {
      writer.u8(CertificateType[type ?? 'X509']);
    }
    writer.nested(3, () => {
      for (const certificate of session.peerCertificates) writer.vector(3, certificate);
    });
    writer.vector(3, session.peerOcspResponse ?? nothing).nested(3, () => {
      for (const timestamp of session.peerTimestamps) writer.vector(2, timestamp);
    });
    writeAuthentication(writer, session.authentication);
    return writer.vector(1, session.context).finish();
  } finally {
    secret.fill(0);
  }
}

/**
 * Reads what `dangerousSerializeSession` wrote. The result owns its secret and copies of everything else.
 * @throws ERR_INVALID_ARGUMENT for anything else, another format version included
 */
export function parseSession(bytes: Uint8Array, provider: CryptoProvider): Session {
  try {
    return readSession(bytes, provider);
  } catch (error) {
    if (error instanceof TlsError && error.code !== 'ERR_DECODE_ERROR') throw error;
    throw new TlsError('ERR_INVALID_ARGUMENT', 'not a serialised session', { cause: error });
  }
}

function readSession(bytes: Uint8Array, provider: CryptoProvider): Session {
  const reader = new Reader(bytes, 'session');
  if (reader.u8() !== FORMAT) throw reader.error('another format version');
  const role = reader.u8() === 1 ? 'client' : 'server';
  const version = reader.u16();
  const cipherSuite = reader.u16();
  const secret = reader.vector(1, 1);
  const serverName = readOptionalText(reader);
  const alpn = readOptionalText(reader);
  const issuedAt = readTime(reader);
  const lifetime = reader.u32();
  const ageAdd = reader.u32();
  const maxEarlyData = reader.u32();
  const ticket = copyOfBytes(reader.vector(2));
  const sessionId = copyOfBytes(reader.vector(1, 0, 32));
  const extendedMasterSecret = reader.u8() === 1;
  const [localCertificateType, peerCertificateType] = certificateTypeNames([reader.u8(), reader.u8()]);
  if (peerCertificateType === undefined) throw reader.error('another certificate type');
  const list = reader.nested(3);
  const peerCertificates: Uint8Array[] = [];
  while (list.remaining > 0) peerCertificates.push(copyOfBytes(list.vector(3, 1)));
  const staple = copyOfBytes(reader.vector(3));
  const timestamps = reader.nested(3);
  const peerTimestamps: Uint8Array[] = [];
  while (timestamps.remaining > 0) peerTimestamps.push(copyOfBytes(timestamps.vector(2, 1)));
  const authentication = readAuthentication(reader);
  const context = copyOfBytes(reader.vector(1));
  reader.end();
  return {
    role,
    version,
    cipherSuite,
    serverName,
    alpn,
    issuedAt,
    lifetime,
    ageAdd,
    maxEarlyData,
    ticket,
    sessionId,
    extendedMasterSecret,
    localCertificateType,
    peerCertificateType,
    peerCertificates,
    peerOcspResponse: staple.length === 0 ? null : staple,
    peerTimestamps,
    authentication,
    context,
    peer: null,
    secret: provider.importSecret(secret),
  };
}

/** Where in a serialised session stands what it says of the peer. @throws ERR_DECODE_ERROR */
export function peerFactsOf(bytes: Uint8Array): { readonly start: number; readonly end: number } {
  const reader = new Reader(bytes, 'session');
  if (reader.u8() !== FORMAT) throw reader.error('another format version');
  reader.bytes(1 + 2 + 2);
  reader.vector(1);
  readOptionalText(reader);
  readOptionalText(reader);
  reader.bytes(8 + 4 + 4 + 4);
  reader.vector(2);
  reader.vector(1);
  reader.bytes(1 + 2);
  const start = reader.offset;
  for (let i = 0; i < 3; i++) reader.vector(3);
  return { start, end: reader.offset };
}

function optionalText(writer: Writer, text: string | null): void {
  if (text === null) writer.u8(0).u16(0);
  else writer.u8(1).vector(2, new TextEncoder().encode(text));
}

function readOptionalText(reader: Reader): string | null {
  const there = reader.u8() === 1;
  const text = new TextDecoder().decode(reader.vector(2));
  return there ? text : null;
}
