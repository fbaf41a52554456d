// NewSessionTicket of TLS 1.3: given by the server, taken by the client (RFC 9846 §4.6.1).

import { nothing } from '../../base/bytes.ts';
import type { CipherSuite13 } from '../../crypto/record_protection.ts';
import type { Secret } from '../../crypto/secret.ts';
import { ExtensionCarrier } from '../../registry/extension_legality.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import { ProtocolVersion } from '../../registry/protocol_versions.ts';
import { PskKeyExchangeMode } from '../../registry/psk_key_exchange_modes.ts';
import { parseTicketEarlyData, ticketEarlyDataExtension } from '../../wire/extensions/early_data.ts';
import { checkExtensions, findExtension } from '../../wire/extensions.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import { encodeNewSessionTicket13, parseNewSessionTicket13 } from '../../wire/session_messages.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { ReceivedHello } from '../flow/received_hello.ts';
import { type ClientSettings, type ServerSettings, sessionTime } from '../flow/roles.ts';
import { ticketPsk } from '../key_schedule/key_schedule13.ts';
import type { Authentication } from '../sessions/authentication.ts';
import { copiedFacts, dangerousSerializeSession, type Session, ticketLifetime } from '../sessions/session.ts';
import { greaseExtensions } from './server_grease13.ts';

/** Sends the tickets of a fresh connection to a client that can use them. */
export function* sendTickets13(
  hs: Handshake<ServerSettings>,
  suite: CipherSuite13,
  resumptionSecret: Secret,
  received: ReceivedHello,
): Steps<void> {
  const { settings, negotiated, carrier } = hs;
  const count = ticketCount13(hs, received);
  const { authentication } = negotiated;
  if (count === 0 || settings.tickets === null || authentication === null) return;
  const lifetime = ticketLifetime(settings.tickets.lifetime, authentication, sessionTime(settings));
  if (lifetime <= 0) return;
  const ages = hs.random(4 * MOST_TICKETS);
  for (let i = 0; i < count; i++) {
    const ageAdd = new DataView(ages.buffer).getUint32(4 * i);
    const numbers = { nonce: Uint8Array.of(i), ageAdd, lifetime };
    const message = yield* sealTicket(hs, suite, resumptionSecret, numbers, authentication);
    if (message === null) return;
    carrier.send(message);
  }
}

/** Tickets that a ticket_request may ask for: as many as a config may give. */
const MOST_TICKETS = 8;

/** How many tickets a client gets. */
export function ticketCount13({ settings, negotiated }: Handshake<ServerSettings>, received: ReceivedHello): number {
  const { ticketCount, tickets } = settings;
  const { ticketRequest } = received;
  // RFC 9846 §4.2.9: none for a client that does not speak psk_dhe_ke.
  if (tickets === null || !received.pskModes?.includes(PskKeyExchangeMode.psk_dhe_ke)) return 0;
  // One for one: a client that resumes used one up.
  const own = !negotiated.resumed ? ticketCount : settings.renewTickets === false ? 0 : Math.min(1, ticketCount);
  if (ticketRequest === null || own === 0) return own;
  // RFC 9149 §3: as many as asked for, and no more than a config could give.
  return Math.min(negotiated.resumed ? ticketRequest.resumptions : ticketRequest.newSessions, MOST_TICKETS);
}

function* sealTicket(
  hs: Handshake<ServerSettings>,
  suite: CipherSuite13,
  resumptionSecret: Secret,
  { nonce: ticketNonce, ageAdd, lifetime }: { nonce: Uint8Array; ageAdd: number; lifetime: number },
  authentication: Authentication,
): Steps<Uint8Array | null> {
  const { settings, negotiated } = hs;
  const tickets = settings.tickets as NonNullable<ServerSettings['tickets']>;
  const maxEarlyData = settings.earlyData?.maxSize ?? 0;
  const session: Session = {
    role: 'server',
    version: ProtocolVersion['TLSv1.3'],
    cipherSuite: suite.id,
    secret: ticketPsk(suite.keyDerivation, resumptionSecret, ticketNonce),
    serverName: negotiated.serverName,
    alpn: negotiated.alpn,
    issuedAt: sessionTime(settings),
    lifetime,
    ageAdd,
    maxEarlyData,
    ticket: nothing,
    sessionId: nothing,
    extendedMasterSecret: false,
    ...negotiated.sessionFacts,
    authentication,
    context: settings.sessionContext,
    peer: null,
  };
  let state: Uint8Array;
  try {
    state = dangerousSerializeSession(session, settings.provider);
  } finally {
    session.secret.dispose();
  }
  try {
    const ticket = yield* hs.ask('ticket', signal => tickets.seal(state, signal));
    if (ticket === null) return null;
    return encodeNewSessionTicket13({
      ticketLifetime: lifetime,
      ticketAgeAdd: ageAdd,
      ticketNonce,
      ticket,
      extensions: [...(maxEarlyData > 0 ? [ticketEarlyDataExtension(maxEarlyData)] : []), ...greaseExtensions(hs)],
    });
  } finally {
    state.fill(0);
  }
}

/** Takes a ticket: a session for `onSession`, or nothing if the client has no use for it. */
export function takeTicket13(hs: Handshake<ClientSettings>, message: HandshakeMessage): void {
  const { settings, negotiated } = hs;
  const parsed = parseNewSessionTicket13(message.body);
  checkExtensions(parsed.extensions, ExtensionCarrier.NST);
  const early = findExtension(parsed.extensions, ExtensionType.early_data);
  const { resumptionSecret, keys13, cipherSuite, authentication } = negotiated;
  if (resumptionSecret === null || keys13 === null || cipherSuite === null || authentication === null) return;
  const now = settings.now();
  // RFC 9846 §4.6.1: no ticket is kept for more than seven days, whatever the server says.
  const lifetime = ticketLifetime(parsed.ticketLifetime, authentication, now);
  // RFC 9846 §4.6.1: a lifetime of zero says to throw it away.
  if (lifetime <= 0 || negotiated.ticketsReceived >= settings.limits.maxTickets) return;
  negotiated.ticketsReceived++;
  hs.events.onSession({
    role: 'client',
    version: ProtocolVersion['TLSv1.3'],
    cipherSuite: cipherSuite.id,
    secret: ticketPsk(keys13.suite.keyDerivation, resumptionSecret, parsed.ticketNonce),
    serverName: settings.serverName,
    alpn: negotiated.alpn,
    issuedAt: now,
    lifetime,
    ageAdd: parsed.ticketAgeAdd,
    maxEarlyData: early === undefined ? 0 : parseTicketEarlyData(early),
    ticket: parsed.ticket.slice(),
    sessionId: new Uint8Array(0),
    extendedMasterSecret: false,
    ...copiedFacts(negotiated.sessionFacts),
    authentication,
    context: settings.sessionContext,
    peer: negotiated.peer,
    verifiedBy: settings.verifier,
  });
}
