// The server's side of 0-RTT (RFC 9846 §4.2.10, §4.5, §8): whether early data is taken, the keys it is read with, and its
// end. Each rule that refuses costs the client a round trip and nothing else.

import type { CipherSuite13 } from '../../crypto/record_protection.ts';
import { HandshakeType } from '../../registry/handshake_types.ts';
import { parseEmptyMessage } from '../../wire/session_messages.ts';
import type { EarlyDataPolicy, EarlyDataRefusal } from '../flow/early_data.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { ReceivedHello } from '../flow/received_hello.ts';
import { type ServerSettings, sessionTime } from '../flow/roles.ts';
import type { ClientHelloInfo } from '../flow/settings.ts';
import type { KeySchedule13, TrafficSecrets } from '../key_schedule/key_schedule13.ts';
import type { Session } from '../sessions/session.ts';
import { Exporter13 } from './application_keys13.ts';
import type { ChosenPsk } from './server_psk13.ts';

/** Bytes of records skipped where no early data is taken. BoringSSL skips 16,384 of data; here headers and tags count, too. */
const MAX_SKIPPED = 16384 * 2;
/** The age of a ticket is told modulo 2^32 milliseconds. */
const MODULUS = 0x1_0000_0000;

type Hs = Handshake<ServerSettings>;

/** What has to be true of a ClientHello for its early data to be taken. */
export interface EarlyDataQuestion {
  readonly received: ReceivedHello;
  readonly info: ClientHelloInfo;
  readonly suite: CipherSuite13;
  /** The PSK that was chosen and confirmed, and where it stands among those on offer. */
  readonly psk: ChosenPsk | null;
  readonly pskIndex: number | null;
}

/** Decides on the early data of a ClientHello, once the protocol is chosen; what is not taken will be skipped. */
export function* judgeEarlyData(hs: Hs, question: EarlyDataQuestion): Steps<boolean> {
  const { earlyData } = hs.negotiated;
  const { psk, pskIndex, received } = question;
  if (psk !== null && 'ticket' in psk.source && pskIndex === 0) {
    earlyData.ticketAgeSkew = arrivalExpected(psk.source, received) - sessionTime(hs.settings);
  }
  if (!received.earlyData) return false;
  const policy = hs.settings.earlyData;
  const refusal = yield* refusalOf(hs, policy, question);
  if (refusal === null && policy !== null) {
    earlyData.state = 'accepted';
    earlyData.left = promised(question.psk);
    return true;
  }
  earlyData.state = 'rejected';
  earlyData.refusal = refusal;
  return false;
}

/** Records of early data that nobody will read are skipped, up to what a client may have sent. @param psk on offer */
export function skipEarlyData({ carrier, settings }: Hs, psk: ChosenPsk | null): void {
  // A record of one byte is 22 bytes longer; what is sealed in small records counts twice here, and no more.
  const most = Math.max(settings.earlyData?.maxSize ?? 0, promised(psk));
  carrier.records?.skipEarlyData(MAX_SKIPPED + 2 * Math.min(most, 2 ** 24));
}

/** max_early_data_size of a ticket, which may be from before the config changed; 0 for anything else. */
function promised(psk: ChosenPsk | null): number {
  return psk !== null && 'ticket' in psk.source ? psk.source.maxEarlyData : 0;
}

function* refusalOf(
  hs: Hs,
  policy: EarlyDataPolicy | null,
  { received, info, suite, psk, pskIndex }: EarlyDataQuestion,
): Steps<EarlyDataRefusal | null> {
  if (policy === null) return 'disabled';
  if (psk?.kind !== 'resumption' || pskIndex !== 0 || !('ticket' in psk.source)) return 'not-resumed';
  const session = psk.source;
  if (session.maxEarlyData === 0 || session.maxEarlyData > policy.maxSize) return 'unsupported-by-session';
  if (hs.negotiated.helloRetried) return 'hello-retry-request';
  if (session.cipherSuite !== suite.id) return 'suite';
  if (session.alpn !== hs.negotiated.alpn) return 'alpn';
  const sentAt = arrivalExpected(session, received);
  const { freshness, register, accept } = policy;
  // RFC 9846 §8.3: within the window, and not from before the register began to remember (§8.2).
  if (Math.abs(sessionTime(hs.settings) - sentAt) > freshness) return 'ticket-age';
  if (register.since !== undefined && mayBeCopy(session, sentAt, register.since, freshness)) return 'ticket-age';
  if (accept !== null && !(yield* hs.ask('early data', signal => accept(info, signal)))) return 'refused';
  return (yield* claimed(hs, policy, psk.identity, sentAt)) ? null : 'replay';
}

/**
 * RFC 9846 §8.2: a register that began not long ago may lack a copy, which a client whose clock is ahead seems to send later
 * than it did. Not of tickets that were given since.
 */
function mayBeCopy({ issuedAt }: Session, sentAt: number, since: number, freshness: number): boolean {
  return issuedAt < since && sentAt < since + freshness;
}

/** True if no connection took early data with this ticket before. A register that fails is one that cannot tell. */
function* claimed(hs: Hs, policy: EarlyDataPolicy, ticket: Uint8Array, sentAt: number): Steps<boolean> {
  const { register, freshness } = policy;
  const id = hs.settings.provider.keyDerivation('sha256').hash.digest(ticket);
  const expires = sentAt + 2 * freshness + 1;
  try {
    return (yield* hs.ask('single-use register', signal => register.claim(id, expires, signal))) === true;
  } catch {
    return false;
  }
}

/** RFC 9846 §8.3: when this ClientHello was sent, by the age that its client tells. */
function arrivalExpected(session: Session, received: ReceivedHello): number {
  const told = received.psks?.identities[0]?.obfuscatedTicketAge ?? 0;
  const age = (((told - session.ageAdd) % MODULUS) + MODULUS) % MODULUS;
  return session.issuedAt + age;
}

/** The keys that early data is read with; the transcript ends with the ClientHello. */
export function readWithEarlyKeys(hs: Hs, suite: CipherSuite13, schedule: KeySchedule13): void {
  const { carrier, negotiated } = hs;
  const transcript = hs.transcript.digest();
  const secret = hs.owned.add(schedule.earlyTraffic(transcript));
  const exporter = hs.owned.add(schedule.earlyExporter(transcript));
  hs.logSecret('CLIENT_EARLY_TRAFFIC_SECRET', secret);
  hs.logSecret('EARLY_EXPORTER_SECRET', exporter);
  carrier.changeKeys('read', 'early', suite, secret);
  hs.owned.drop(secret);
  negotiated.earlyData.exporter = new Exporter13(suite, hs.owned.release(exporter));
  negotiated.earlyData.open = true;
}

/** From here on early data may be answered; reads on to EndOfEarlyData, behind which the handshake's keys are used. */
export function* readToEndOfEarlyData(hs: Hs, suite: CipherSuite13, traffic: TrafficSecrets): Steps<void> {
  const { earlyData } = hs.negotiated;
  earlyData.answerable = true;
  if (hs.carrier.traits.endOfEarlyData) {
    const message = yield* hs.read(HandshakeType.end_of_early_data);
    parseEmptyMessage(message.body, 'EndOfEarlyData');
    hs.accept(message);
  }
  earlyData.open = false;
  limitReads(hs);
  hs.carrier.changeKeys('read', 'handshake', suite, traffic.client);
}

/** A limit that was agreed on binds a client that has seen it (RFC 8449 §4): not early data. */
export function limitReads({ carrier, negotiated }: Hs): void {
  if (negotiated.readLimit === null || negotiated.earlyData.open) return;
  carrier.records?.limitRecords('read', negotiated.readLimit);
}
