// Sessions of TLS 1.2 at the server: found by ticket or by ID, and given out again (RFC 5077, RFC 5246 §7.4.1.2,
// RFC 7627 §5.3, RFC 6066 §3).

import { TlsError } from '../../base/errors.ts';
import type { PeerIdentity } from '../../crypto/peer_verifier.ts';
import type { CipherSuite12 } from '../../crypto/record_protection.ts';
import type { Secret } from '../../crypto/secret.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import { findExtension } from '../../wire/extensions.ts';
import { encodeNewSessionTicket12 } from '../../wire/session_messages.ts';
import { clientOfSession } from '../authentication/resumption.ts';
import type { Steps } from '../flow/flow.ts';
import { type Handshake, wipeState } from '../flow/handshake.ts';
import { type ReceivedHello, sent } from '../flow/received_hello.ts';
import { type ServerSettings, sessionTime } from '../flow/roles.ts';
import { copyMaster } from '../key_schedule/key_schedule12.ts';
import { dangerousSerializeSession, parseSession, type Session, ticketLifetime } from '../sessions/session.ts';

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
 */
export function* findSession12(hs: Hs, received: ReceivedHello): Steps<Resumed12 | null> {
  const session = yield* loadSession(hs, received);
  if (session === null) return null;
  hs.owned.add(session.secret);
  const suite = fits(hs, session, received) ? suiteOf(hs.settings, session, received) : undefined;
  const peer = suite === undefined ? undefined : yield* clientOfSession(hs, session);
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

/** What TLS 1.2 and older versions bind a session to, the suite aside: the version itself, above all. */
function fits({ negotiated }: Hs, session: Session, received: ReceivedHello): boolean {
  if (session.version !== negotiated.version) return false;
  // RFC 6066 §3: MUST NOT resume for another server_name.
  if (session.serverName !== received.serverName) return false;
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
  // RFC 5246 §7.4.1.2 wants the suite listed; a client whose suites were narrowed since gets a full handshake.
  if (!hello.cipherSuites.includes(session.cipherSuite)) return undefined;
  return settings.cipherSuites12.find(suite => suite.id === session.cipherSuite);
}

/** How a fresh session is kept: in a ticket, under an ID of the ServerHello, or not at all. */
export type Keeping = { readonly kind: 'ticket' } | { readonly kind: 'id'; readonly id: Uint8Array } | null;

/** What this client and these settings allow. */
export function chooseKeeping(hs: Hs, received: ReceivedHello): Keeping {
  const { tickets, sessionIds, ticketCount, renewTickets } = hs.settings;
  const gives = tickets !== null && ticketCount > 0 && (renewTickets !== false || !hs.negotiated.resumed);
  if (gives && sent(received, ExtensionType.session_ticket)) return { kind: 'ticket' };
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
  const { authentication } = negotiated;
  const now = sessionTime(settings);
  const { issuedAt, lifetime } = age ?? {
    issuedAt: now,
    lifetime: authentication === null ? 0 : ticketLifetime(store?.lifetime ?? 0, authentication, now),
  };
  if (authentication === null || lifetime <= 0) {
    if (keeping.kind === 'ticket') sendTicket(hs, 0, new Uint8Array(0));
    return;
  }
  const session: Session = {
    role: 'server',
    version: negotiated.version ?? 0,
    cipherSuite: suite.id,
    secret: copyMaster(settings.provider, master),
    serverName: negotiated.serverName,
    alpn: negotiated.alpn,
    issuedAt,
    lifetime,
    ageAdd: 0,
    maxEarlyData: 0,
    ticket: new Uint8Array(0),
    sessionId: keeping.kind === 'id' ? keeping.id : new Uint8Array(0),
    extendedMasterSecret: negotiated.extendedMasterSecret,
    ...negotiated.sessionFacts,
    authentication,
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
    sendTicket(hs, Math.max(1, lifetime - Math.ceil((now - issuedAt) / 1000)), ticket ?? new Uint8Array(0));
  } finally {
    state.fill(0);
  }
}

/** RFC 5077 §3.3: a ticket was promised; an empty one takes that back. @param ticketLifetimeHint seconds */
function sendTicket(hs: Hs, ticketLifetimeHint: number, ticket: Uint8Array): void {
  hs.send(encodeNewSessionTicket12({ ticketLifetimeHint, ticket }));
}

function serialize({ settings }: Hs, session: Session): Uint8Array {
  try {
    return dangerousSerializeSession(session, settings.provider);
  } finally {
    session.secret.dispose();
  }
}
