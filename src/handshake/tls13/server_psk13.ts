// The server's choice among the PSKs a client offers (RFC 9846 §4.2.11): tickets of its own and keys from elsewhere.

import { equalVartime } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import type { HashName } from '../../crypto/hash.ts';
import type { PeerIdentity } from '../../crypto/peer_verifier.ts';
import type { CipherSuite13 } from '../../crypto/record_protection.ts';
import type { Secret } from '../../crypto/secret.ts';
import { ProtocolVersion } from '../../registry/protocol_versions.ts';
import { PskKeyExchangeMode } from '../../registry/psk_key_exchange_modes.ts';
import { clientOfSession } from '../authentication/resumption.ts';
import type { Steps } from '../flow/flow.ts';
import { type Handshake, wipeState } from '../flow/handshake.ts';
import type { ReceivedHello } from '../flow/received_hello.ts';
import type { PskKind, ServerSettings } from '../flow/roles.ts';
import type { ExternalPsk } from '../flow/settings.ts';
import { withoutBinders } from '../hello/psk13.ts';
import { checkVerifyData, KeySchedule13 } from '../key_schedule/key_schedule13.ts';
import { parseSession, type Session } from '../sessions/session.ts';

/** Identities that are looked at: a ClientHello may bring thousands, each worth a decryption or a look-up. */
const MAX_IDENTITIES = 8;

/** A PSK that this side takes, with the suite it goes with. Its binder is not checked yet. */
export interface ChosenPsk {
  readonly identity: Uint8Array;
  readonly kind: PskKind;
  /** Owned by the handshake if it came from a ticket, by the config if not. */
  readonly key: Secret;
  readonly suite: CipherSuite13;
  readonly source: Session | ExternalPsk;
  readonly peer: PeerIdentity | null;
}

type Hs = Handshake<ServerSettings>;

/**
 * The first PSK that a suite of both sides fits, and all that a session is bound to; null for a full handshake. The suite
 * follows from the PSK, not the other way round (RFC 9846 §4.2.11).
 * @param suites of both sides, the preferred first
 */
export function* choosePsk(hs: Hs, received: ReceivedHello, suites: readonly CipherSuite13[]): Steps<ChosenPsk | null> {
  const { psks, pskModes } = received;
  // psk_ke is not spoken: it has no forward secrecy.
  if (psks === null || !pskModes?.includes(PskKeyExchangeMode.psk_dhe_ke)) return null;
  for (const { identity } of psks.identities.slice(0, MAX_IDENTITIES)) {
    const chosen =
      (yield* fromTicket(hs, received, suites, identity)) ?? (yield* fromConfig(hs, suites, identity.slice()));
    if (chosen !== null) return chosen;
  }
  return null;
}

/**
 * Where the chosen PSK stands in the ClientHello that counts, which may be the second one; null if it has gone, there
 * or in the store of tickets that are used once.
 * @throws ERR_BAD_BINDER if its binder is wrong
 */
export function* confirmPsk(hs: Hs, received: ReceivedHello, chosen: ChosenPsk): Steps<number | null> {
  const identities = received.psks?.identities ?? [];
  const index = identities.findIndex(({ identity }) => equalVartime(identity, chosen.identity));
  if (index >= 0) requireBinder(hs, received, chosen, index);
  if (chosen.kind !== 'resumption') return index < 0 ? null : index;
  if (index >= 0 && (yield* spent(hs, chosen.identity))) return index;
  hs.owned.drop(chosen.key);
  return null;
}

function* spent(hs: Hs, ticket: Uint8Array): Steps<boolean> {
  const { tickets } = hs.settings;
  if (tickets?.spend === undefined) return true;
  return yield* hs.ask('ticket', signal => tickets.spend?.(ticket.slice(), signal) ?? true);
}

function* fromTicket(
  hs: Hs,
  received: ReceivedHello,
  suites: readonly CipherSuite13[],
  ticket: Uint8Array,
): Steps<ChosenPsk | null> {
  const { tickets, provider } = hs.settings;
  if (tickets === null) return null;
  const identity = ticket.slice();
  const state = yield* hs.ask('ticket', signal => tickets.open(identity.slice(), signal), wipeState);
  if (state === null) return null;
  let session: Session;
  try {
    session = parseSession(state, provider);
  } catch {
    return null; // of another castls
  } finally {
    state.fill(0);
  }
  hs.owned.add(session.secret);
  const suite = suiteFor(suites, hashOf(hs, session));
  const fits =
    suite !== undefined &&
    session.version === ProtocolVersion['TLSv1.3'] &&
    // RFC 9846 §4.6.1: a name that is not that of the session makes a full handshake.
    session.serverName === received.serverName;
  const peer = fits ? yield* clientOfSession(hs, session) : undefined;
  if (suite !== undefined && peer !== undefined) {
    return { identity, kind: 'resumption', key: session.secret, suite, source: session, peer };
  }
  hs.owned.drop(session.secret);
  return null;
}

/** RFC 9846 §4.2.11: of its suite only the hash binds a session. */
function hashOf({ settings }: Hs, session: Session): HashName | undefined {
  const suite = settings.provider.cipherSuites13.find(candidate => candidate.id === session.cipherSuite);
  return suite?.keyDerivation.hash.name;
}

function suiteFor(suites: readonly CipherSuite13[], hash: HashName | undefined): CipherSuite13 | undefined {
  return suites.find(suite => suite.keyDerivation.hash.name === hash);
}

function* fromConfig(hs: Hs, suites: readonly CipherSuite13[], identity: Uint8Array): Steps<ChosenPsk | null> {
  const { findExternalPsk, clientAuth } = hs.settings;
  // A client that has to show a certificate cannot do so with a PSK (RFC 9846 §4.3.2).
  if (findExternalPsk === null || clientAuth === 'require') return null;
  const psk = yield* hs.ask('PSK', signal => findExternalPsk(identity.slice(), signal));
  const suite = psk === null ? undefined : suiteFor(suites, psk.hash);
  if (psk === null || suite === undefined) return null;
  const kind = psk.imported ? 'imported' : 'external';
  return { identity, kind, key: psk.key, suite, source: { ...psk, identity }, peer: null };
}

/** RFC 9846 §4.2.11: the binder of the chosen PSK MUST be right, whatever the others are. */
function requireBinder(hs: Hs, received: ReceivedHello, psk: ChosenPsk, index: number): void {
  const { suite } = psk;
  const binders = received.psks?.binders ?? [];
  const covered = withoutBinders(received.raw, binders);
  const transcript = hs.transcript.chosen
    ? hs.transcript.digestWith(covered)
    : suite.keyDerivation.hash.digest(covered);
  const schedule = new KeySchedule13(suite.keyDerivation, psk.key);
  try {
    const key = schedule.binderKey(psk.kind);
    try {
      if (checkVerifyData(suite.keyDerivation, key, transcript, binders[index])) return;
    } finally {
      key.dispose();
    }
  } finally {
    schedule.dispose();
  }
  throw new TlsError('ERR_BAD_BINDER', 'the binder of the PSK is wrong');
}
