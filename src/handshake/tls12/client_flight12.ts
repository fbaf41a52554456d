// What a client of TLS 1.2 and older versions does alike behind the messages of a flight: tickets, sessions, HelloRequests that
// are passed over (RFC 5077 §3.3, RFC 5246 §7.4.1.1).

import type { CipherSuite12 } from '../../crypto/record_protection.ts';
import { HandshakeType } from '../../registry/handshake_types.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import { parseEmptyMessage, parseNewSessionTicket12 } from '../../wire/session_messages.ts';
import { changeCipherSpecMessage } from '../flow/carrier.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { ClientSettings } from '../flow/roles.ts';
import { copyMaster } from '../key_schedule/key_schedule12.ts';
import { copiedFacts, ticketLifetime } from '../sessions/session.ts';
import { changeReadKeys12, type Keys12 } from './finished12.ts';
import type { ServerTerms } from './server_hello12.ts';

type Hs = Handshake<ClientSettings>;

/** NewSessionTicket if one was promised, then ChangeCipherSpec. Null without a ticket. */
export function* readTicketAndChangeKeys(hs: Hs, terms: ServerTerms, keys: Keys12): Steps<ReceivedTicket | null> {
  let ticket: ReceivedTicket | null = null;
  if (terms.ticketPromised) {
    const message = yield* readAndAccept(hs, HandshakeType.new_session_ticket);
    const parsed = parseNewSessionTicket12(message.body);
    // RFC 5077 §3.3: an empty ticket takes the promise back.
    if (parsed.ticket.length > 0) ticket = { bytes: parsed.ticket.slice(), lifetime: parsed.ticketLifetimeHint };
  }
  yield* readIgnoringRequests(hs, changeCipherSpecMessage);
  changeReadKeys12(hs, keys);
  return ticket;
}

/** A NewSessionTicket. */
export interface ReceivedTicket {
  readonly bytes: Uint8Array;
  /** Seconds; 0 if the server does not say. */
  readonly lifetime: number;
}

/** RFC 5077 §5.6: what a client assumes of a ticket, or a session ID, whose lifetime it does not know. Seconds. */
const UNKNOWN_LIFETIME = 7200;

/** Gives the connection a session to resume, by ticket or by ID, if it may live at all. */
export function giveSession(
  hs: Hs,
  suite: CipherSuite12,
  keys: Keys12,
  terms: ServerTerms,
  { sessionId, ticket }: { sessionId: Uint8Array; ticket: ReceivedTicket | null },
): void {
  const { settings, negotiated, events } = hs;
  const { authentication } = negotiated;
  if (!settings.features.resumption || authentication === null || (ticket === null && sessionId.length === 0)) return;
  const now = settings.now();
  const lifetime = ticketLifetime(ticket?.lifetime || UNKNOWN_LIFETIME, authentication, now);
  if (lifetime <= 0) return;
  events.onSession({
    role: 'client',
    version: negotiated.version ?? 0,
    cipherSuite: suite.id,
    secret: copyMaster(settings.provider, keys.master),
    serverName: settings.serverName,
    alpn: negotiated.alpn,
    issuedAt: now,
    lifetime,
    ageAdd: 0,
    maxEarlyData: 0,
    ticket: ticket?.bytes ?? new Uint8Array(0),
    sessionId: ticket === null ? sessionId : new Uint8Array(0),
    extendedMasterSecret: terms.extendedMasterSecret,
    ...copiedFacts(negotiated.sessionFacts),
    authentication,
    context: settings.sessionContext,
    peer: negotiated.peer,
    verifiedBy: settings.verifier,
  });
}

/** RFC 5246 §7.4.1.1: a HelloRequest is ignored while a handshake is under way, and is in no transcript. */
export function* readIgnoringRequests(hs: Hs, ...types: number[]): Steps<HandshakeMessage> {
  for (;;) {
    const message = yield* hs.read(HandshakeType.hello_request, ...types);
    if (message.type !== HandshakeType.hello_request) return message;
    parseEmptyMessage(message.body, 'HelloRequest');
  }
}

/** The next message, which enters the transcript. */
export function* readAndAccept(hs: Hs, ...types: number[]): Steps<HandshakeMessage> {
  const message = yield* readIgnoringRequests(hs, ...types);
  hs.accept(message);
  return message;
}
