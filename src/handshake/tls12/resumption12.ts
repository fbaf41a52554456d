// Sessions of TLS 1.2 at the server: found by ticket or by ID, and given out again (RFC 5077, RFC 5246 §7.4.1.2,
// RFC 7627 §5.3, RFC 6066 §3).

import { equalVartime } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import type { PeerIdentity } from '../../crypto/peer_verifier.ts';
import type { CipherSuite12 } from '../../crypto/record_protection.ts';
import type { Secret } from '../../crypto/secret.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import { ProtocolVersion } from '../../registry/protocol_versions.ts';
import { findExtension } from '../../wire/extensions.ts';
import { encodeNewSessionTicket12 } from '../../wire/session_messages.ts';
import { verifyPeer } from '../authentication/peer.ts';
import type { Steps } from '../flow/flow.ts';
import { type Handshake, wipeState } from '../flow/handshake.ts';
import { type ReceivedHello, sent } from '../flow/received_hello.ts';
import type { ServerSettings } from '../flow/roles.ts';
import { copyMaster } from '../key_schedule/key_schedule12.ts';
import {
  dangerousSerializeSession,
  isFresh,
  MAX_TICKET_LIFETIME,
  parseSession,
  type Session,
} from '../sessions/session.ts';

type Hs = Handshake<ServerSettings>;

/** A session that is resumed: its secret belongs to the handshake. */
export interface Resumed12 {
  readonly session: Session;
  readonly suite: CipherSuite12;
  readonly peer: PeerIdentity | null;
}

/**
 * The session the client names, if it may be resumed; null for a full handshake.
 * @throws ERR_MISSING_EXTENSION without extended_master_secret where the session has it (handshake_failure)
 * @throws ERR_ILLEGAL_PARAMETER for a client that names a session and not its suite
 */
export function* findSession12(hs: Hs, received: ReceivedHello): Steps<Resumed12 | null> {
  const session = yield* loadSession(hs, received);
  if (session === null) return null;
  hs.owned.add(session.secret);
  const suite = fits(hs, session, received) ? suiteOf(hs.settings, session, received) : undefined;
  const peer = suite === undefined ? undefined : yield* peerOfSession(hs, session);
  if (suite !== undefined && peer !== undefined) return { session, suite, peer };
  hs.owned.drop(session.secret);
  return null;
}

/** By ticket if the client sent one (RFC 5077 §3.4), else by ID. */
function* loadSession(hs: Hs, received: ReceivedHello): Steps<Session | null> {
  const { tickets, sessionIds, provider } = hs.settings;
  const ticket = findExtension(received.hello.extensions, ExtensionType.session_ticket);
  const { legacySessionId } = received.hello;
  let state: Uint8Array | null = null;
  if (tickets !== null && ticket !== undefined && ticket.length > 0) {
    state = yield* hs.ask('ticket', signal => tickets.open(ticket.slice(), signal), wipeState);
  } else if (sessionIds && legacySessionId.length > 0) {
    state = yield* hs.ask('session', signal => sessionIds.load(legacySessionId.slice(), signal), wipeState);
  }
  if (state === null) return null;
  try {
    return parseSession(state, provider);
  } catch {
    return null; // of another castls
  } finally {
    state.fill(0);
  }
}

/** All a session is bound to but its suite and the client's certificate. */
function fits({ settings }: Hs, session: Session, received: ReceivedHello): boolean {
  if (session.role !== 'server' || session.version !== ProtocolVersion['TLSv1.2']) return false;
  if (!isFresh(session, settings.now()) || !equalVartime(session.context, settings.sessionContext)) return false;
  // RFC 6066 §3: MUST NOT resume for another server_name.
  if (session.serverName !== received.serverName) return false;
  if (settings.clientAuth === 'require' && session.peerCertificates.length === 0) return false;
  const offered = sent(received, ExtensionType.extended_master_secret);
  // RFC 7627 §5.3: a session with it and a ClientHello without MUST end the handshake, ...
  if (session.extendedMasterSecret && !offered) {
    throw new TlsError('ERR_MISSING_EXTENSION', 'the session has extended_master_secret, the ClientHello has not');
  }
  // ... and one without it is not resumed by a ClientHello that has it. Where neither has it the abbreviated handshake
  // is what clients before RFC 7627 do; of what that rules out (§5.4) renegotiation is not done here anyway, and nothing
  // is exported.
  return session.extendedMasterSecret === offered;
}

function suiteOf(settings: ServerSettings, session: Session, { hello }: ReceivedHello): CipherSuite12 | undefined {
  // RFC 5246 §7.4.1.2: a client that names a session MUST list its suite.
  if (!hello.cipherSuites.includes(session.cipherSuite)) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', 'the client names a session and not its suite');
  }
  return settings.cipherSuites12.find(suite => suite.id === session.cipherSuite);
}

/** Who the client of a session is, verified anew: trust may have changed. Undefined: do not resume. */
function* peerOfSession(hs: Hs, session: Session): Steps<PeerIdentity | null | undefined> {
  if (session.peerCertificates.length === 0) return null;
  if (hs.settings.clientAuth === 'none' || hs.settings.verifier === null) return undefined;
  try {
    return yield* verifyPeer(hs, { role: 'client', certificates: session.peerCertificates });
  } catch {
    return undefined;
  }
}

/** How a fresh session is kept: in a ticket, under an ID of the ServerHello, or not at all. */
export type Keeping = { readonly kind: 'ticket' } | { readonly kind: 'id'; readonly id: Uint8Array } | null;

/** What this client and these settings allow. */
export function chooseKeeping(hs: Hs, received: ReceivedHello): Keeping {
  const { tickets, sessionIds, ticketCount } = hs.settings;
  if (tickets !== null && ticketCount > 0 && sent(received, ExtensionType.session_ticket)) return { kind: 'ticket' };
  return sessionIds ? { kind: 'id', id: hs.random(32) } : null;
}

/** When the session a ticket stands for began and how long it may live: a new ticket for an old session adds nothing. */
export type SessionAge = Pick<Session, 'issuedAt' | 'lifetime'>;

/** Sends NewSessionTicket, or stores the session under its ID. @param age of the session that was resumed, else null */
export function* keepSession12(
  hs: Hs,
  suite: CipherSuite12,
  master: Secret,
  keeping: Keeping,
  age: SessionAge | null,
): Steps<void> {
  const { settings, negotiated } = hs;
  const { tickets, sessionIds } = settings;
  if (keeping === null) return;
  const store = keeping.kind === 'ticket' ? tickets : sessionIds;
  const now = settings.now();
  const { issuedAt, lifetime } = age ?? {
    issuedAt: now,
    lifetime: Math.min(store?.lifetime ?? 0, MAX_TICKET_LIFETIME),
  };
  const session: Session = {
    role: 'server',
    version: ProtocolVersion['TLSv1.2'],
    cipherSuite: suite.id,
    secret: copyMaster(settings.provider, master),
    serverName: negotiated.serverName,
    alpn: negotiated.alpn,
    issuedAt,
    lifetime,
    ageAdd: 0,
    ticket: new Uint8Array(0),
    sessionId: keeping.kind === 'id' ? keeping.id : new Uint8Array(0),
    extendedMasterSecret: negotiated.extendedMasterSecret,
    peerCertificates: negotiated.peerCertificates,
    context: settings.sessionContext,
    peer: null,
  };
  const state = serialize(hs, session);
  try {
    if (keeping.kind === 'id') {
      if (sessionIds) yield* hs.ask('session', signal => sessionIds.store(keeping.id, state, signal));
      return;
    }
    const ticket = tickets === null ? null : yield* hs.ask('ticket', signal => tickets.seal(state, signal));
    // RFC 5077 §3.3: a ticket was promised; an empty one takes that back.
    const ticketLifetimeHint = Math.max(1, lifetime - Math.ceil((now - issuedAt) / 1000));
    hs.send(encodeNewSessionTicket12({ ticketLifetimeHint, ticket: ticket ?? new Uint8Array(0) }));
  } finally {
    state.fill(0);
  }
}

function serialize({ settings }: Hs, session: Session): Uint8Array {
  try {
    return dangerousSerializeSession(session, settings.provider);
  } finally {
    session.secret.dispose();
  }
}
