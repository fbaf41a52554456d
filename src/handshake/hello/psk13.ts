// Pre-shared keys of TLS 1.3 at the client: which ones to offer, their obfuscated ages and binders (RFC 9846 §4.2.11).

import type { HashName, KeyDerivation } from '../../crypto/hash.ts';
import type { Secret } from '../../crypto/secret.ts';
import { ProtocolVersion } from '../../registry/protocol_versions.ts';
import { type ClientHello, encodeClientHello } from '../../wire/client_hello.ts';
import { bindersLength, offeredPsksExtension } from '../../wire/extensions/pre_shared_key.ts';
import { serverOfSession } from '../authentication/resumption.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { ClientSettings, PskKind, PskOffer } from '../flow/roles.ts';
import type { HandshakeSettings } from '../flow/settings.ts';
import { KeySchedule13, verifyData } from '../key_schedule/key_schedule13.ts';
import type { Session } from '../sessions/session.ts';

/** Ages are 32-bit numbers of milliseconds. */
const MODULUS = 0x1_0000_0000;

/** The PSKs a client may offer: the session it was given, if it still fits the settings, and the external ones. */
export function* makePskOffers(hs: Handshake<ClientSettings>): Steps<PskOffer[]> {
  const offers: PskOffer[] = [];
  const { session, externalPsks } = hs.settings;
  if (session !== null && mayResume(session, hs.settings)) {
    const peer = yield* serverOfSession(hs, session, 'signature');
    const hash = hashOfSuite(hs.settings, session.cipherSuite);
    if (peer !== undefined && hash !== undefined) {
      offers.push({
        kind: 'resumption',
        identity: session.ticket,
        key: session.secret,
        hash,
        session,
        peer,
        external: null,
      });
    }
  }
  for (const external of externalPsks) {
    const { identity, key, hash, imported } = external;
    if (!offersHash(hs.settings, hash)) continue;
    offers.push({ kind: imported ? 'imported' : 'external', identity, key, hash, session: null, peer: null, external });
  }
  return offers;
}

/** A ClientHello with the PSKs of `offers` and their binders, encoded. */
export function encodeHelloWithPsks(
  hs: Handshake<ClientSettings>,
  hello: ClientHello,
  offers: readonly PskOffer[],
): Uint8Array {
  if (offers.length === 0) return encodeClientHello(hello);
  const now = hs.settings.now();
  const identities = offers.map(({ identity, session }) => ({
    identity,
    obfuscatedTicketAge: session === null ? 0 : obfuscatedAge(session, now),
  }));
  const derivations = offers.map(offer => keyDerivationFor(hs.settings, offer.hash) as KeyDerivation);
  const blanks = derivations.map(({ hash }) => new Uint8Array(hash.outputLength));
  const blankPsks = offeredPsksExtension({ identities, binders: blanks });
  const blank = encodeClientHello({ ...hello, extensions: [...hello.extensions, blankPsks] });
  const truncated = blank.subarray(0, blank.length - bindersLength(blanks));
  const binders = offers.map((offer, i) => {
    const transcript = hs.transcript.chosen
      ? hs.transcript.digestWith(truncated)
      : derivations[i].hash.digest(truncated);
    return makeBinder(derivations[i], offer.key, offer.kind, transcript);
  });
  const psks = offeredPsksExtension({ identities, binders });
  return encodeClientHello({ ...hello, extensions: [...hello.extensions, psks] });
}

/** PskBinderEntry (RFC 9846 §4.2.11.2) over a transcript hash that ends before the binders. */
export function makeBinder(
  keyDerivation: KeyDerivation,
  psk: Secret,
  kind: PskKind,
  transcript: Uint8Array,
): Uint8Array {
  const schedule = new KeySchedule13(keyDerivation, psk);
  try {
    const key = schedule.binderKey(kind);
    try {
      return verifyData(keyDerivation, key, transcript);
    } finally {
      key.dispose();
    }
  } finally {
    schedule.dispose();
  }
}

/** Derivation over `hash`, from a 1.3 suite of the settings; undefined if none has that hash. */
export function keyDerivationFor(settings: HandshakeSettings, hash: HashName): KeyDerivation | undefined {
  return settings.cipherSuites13.find(suite => suite.keyDerivation.hash.name === hash)?.keyDerivation;
}

function offersHash(settings: HandshakeSettings, hash: HashName): boolean {
  return keyDerivationFor(settings, hash) !== undefined;
}

function hashOfSuite(settings: HandshakeSettings, id: number): HashName | undefined {
  // The suite itself may be out of use by now: only its hash binds (RFC 9846 §4.2.11).
  const suite = settings.provider.cipherSuites13.find(candidate => candidate.id === id);
  const hash = suite?.keyDerivation.hash.name;
  return hash !== undefined && offersHash(settings, hash) ? hash : undefined;
}

function mayResume(session: Session, settings: ClientSettings): boolean {
  return (
    session.version === ProtocolVersion['TLSv1.3'] &&
    session.ticket.length > 0 &&
    (session.alpn === null || settings.alpn.includes(session.alpn))
  );
}

/** RFC 9846 §4.2.11.1: milliseconds since the ticket came, plus ticket_age_add, modulo 2^32. */
function obfuscatedAge(session: Session, now: number): number {
  return (Math.floor(now - session.issuedAt) + session.ageAdd) % MODULUS;
}

/** The part of a received ClientHello that binders cover. @param raw the message with its header */
export function withoutBinders(raw: Uint8Array, binders: readonly Uint8Array[]): Uint8Array {
  return raw.subarray(0, raw.length - bindersLength(binders));
}
