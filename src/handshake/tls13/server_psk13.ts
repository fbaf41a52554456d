// The server's choice among the PSKs a client offers (RFC 9846 §4.2.11): tickets of its own and keys from elsewhere.

import { equalVartime } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import type { PeerIdentity } from '../../crypto/peer_verifier.ts';
import type { CipherSuite13 } from '../../crypto/record_protection.ts';
import type { Secret } from '../../crypto/secret.ts';
import { ProtocolVersion } from '../../registry/protocol_versions.ts';
import { PskKeyExchangeMode } from '../../registry/psk_key_exchange_modes.ts';
import { verifyPeer } from '../authentication/peer.ts';
import type { Steps } from '../flow/flow.ts';
import { type Handshake, wipeState } from '../flow/handshake.ts';
import type { ReceivedHello } from '../flow/received_hello.ts';
import type { PskKind, ServerSettings } from '../flow/roles.ts';
import { withoutBinders } from '../hello/psk13.ts';
import { checkVerifyData, KeySchedule13 } from '../key_schedule/key_schedule13.ts';
import { isFresh, parseSession, type Session } from '../sessions/session.ts';

/** Identities that are looked at: a ClientHello may bring thousands, each worth a decryption or a look-up. */
const MAX_IDENTITIES = 8;

export interface ChosenPsk {
  /** Among the identities of the ClientHello. */
  readonly index: number;
  readonly kind: PskKind;
  /** Owned by the handshake if it came from a ticket, by the config if not. */
  readonly key: Secret;
  readonly session: Session | null;
  readonly peer: PeerIdentity | null;
}

type Hs = Handshake<ServerSettings>;

/**
 * The first PSK that fits the suite and all the session is bound to; null for a full handshake.
 * @throws ERR_BAD_BINDER if the one that was chosen has a wrong binder
 */
export function* choosePsk(hs: Hs, received: ReceivedHello, suite: CipherSuite13): Steps<ChosenPsk | null> {
  const { psks, pskModes } = received;
  // psk_ke is not spoken: it has no forward secrecy.
  if (psks === null || !pskModes?.includes(PskKeyExchangeMode.psk_dhe_ke)) return null;
  for (let index = 0; index < Math.min(psks.identities.length, MAX_IDENTITIES); index++) {
    const { identity } = psks.identities[index];
    const chosen =
      (yield* fromTicket(hs, received, suite, identity, index)) ?? (yield* fromConfig(hs, suite, identity, index));
    if (chosen === null) continue;
    requireBinder(hs, received, suite, chosen);
    return chosen;
  }
  return null;
}

function* fromTicket(
  hs: Hs,
  received: ReceivedHello,
  suite: CipherSuite13,
  ticket: Uint8Array,
  index: number,
): Steps<ChosenPsk | null> {
  const { tickets, provider } = hs.settings;
  if (tickets === null) return null;
  const state = yield* hs.ask('ticket', signal => tickets.open(ticket.slice(), signal), wipeState);
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
  const peer = fits(hs, session, received, suite) ? yield* peerOfSession(hs, session) : undefined;
  if (peer !== undefined) return { index, kind: 'resumption', key: session.secret, session, peer };
  hs.owned.drop(session.secret);
  return null;
}

/** All a session is bound to, the client's certificate aside. */
function fits({ settings }: Hs, session: Session, received: ReceivedHello, suite: CipherSuite13): boolean {
  const original = settings.provider.cipherSuites13.find(candidate => candidate.id === session.cipherSuite);
  return (
    session.role === 'server' &&
    session.version === ProtocolVersion['TLSv1.3'] &&
    original?.keyDerivation.hash.name === suite.keyDerivation.hash.name &&
    isFresh(session, settings.now()) &&
    session.serverName === received.serverName &&
    equalVartime(session.context, settings.sessionContext) &&
    (settings.clientAuth !== 'require' || session.peerCertificates.length > 0)
  );
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

function* fromConfig(hs: Hs, suite: CipherSuite13, identity: Uint8Array, index: number): Steps<ChosenPsk | null> {
  const { findExternalPsk, clientAuth } = hs.settings;
  // A client that has to show a certificate cannot do so with a PSK (RFC 9846 §4.3.2).
  if (findExternalPsk === null || clientAuth === 'require') return null;
  const psk = yield* hs.ask('PSK', signal => findExternalPsk(identity.slice(), signal));
  if (psk === null || psk.hash !== suite.keyDerivation.hash.name) return null;
  return { index, kind: psk.imported ? 'imported' : 'external', key: psk.key, session: null, peer: null };
}

/** RFC 9846 §4.2.11: the binder of the chosen PSK MUST be right, whatever the others are. */
function requireBinder(hs: Hs, received: ReceivedHello, suite: CipherSuite13, psk: ChosenPsk): void {
  const binders = received.psks?.binders ?? [];
  const covered = withoutBinders(received.raw, binders);
  const transcript = hs.transcript.chosen
    ? hs.transcript.digestWith(covered)
    : suite.keyDerivation.hash.digest(covered);
  const schedule = new KeySchedule13(suite.keyDerivation, psk.key);
  try {
    const key = schedule.binderKey(psk.kind);
    try {
      if (checkVerifyData(suite.keyDerivation, key, transcript, binders[psk.index])) return;
    } finally {
      key.dispose();
    }
  } finally {
    schedule.dispose();
  }
  throw new TlsError('ERR_BAD_BINDER', 'the binder of the PSK is wrong');
}
