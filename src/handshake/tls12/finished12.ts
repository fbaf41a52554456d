// The last steps of every TLS 1.2 handshake, full or resumed, of either role: keys from the master secret,
// ChangeCipherSpec, Finished (RFC 5246 §7.1, §7.4.9).

import { TlsError } from '../../base/errors.ts';
import type { CipherSuite12, RecordProtection } from '../../crypto/record_protection.ts';
import type { Secret } from '../../crypto/secret.ts';
import { HandshakeType } from '../../registry/handshake_types.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import { encodeFinished, parseFinished } from '../../wire/session_messages.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import {
  copyMaster,
  Exporter12,
  protections12,
  type Randoms,
  VERIFY_DATA_LENGTH_12,
  verifyData12,
} from '../key_schedule/key_schedule12.ts';

/** What a TLS 1.2 handshake agreed on before it changes keys. Secrets in it belong to the handshake. */
export interface Keys12 {
  readonly suite: CipherSuite12;
  readonly master: Secret;
  readonly randoms: Randoms;
  readonly client: RecordProtection;
  readonly server: RecordProtection;
}

/** Derives what both directions need. `master` is the handshake's already. */
export function makeKeys12(
  hs: Handshake,
  suite: CipherSuite12,
  master: Secret,
  randoms: Randoms,
  encryptThenMac: boolean,
): Keys12 {
  hs.logSecret('CLIENT_RANDOM', master);
  const { client, server } = protections12(suite, master, randoms, encryptThenMac);
  return { suite, master, randoms, client: hs.owned.add(client), server: hs.owned.add(server) };
}

/** ChangeCipherSpec and Finished of this side. */
export function sendFinished12(hs: Handshake, keys: Keys12): void {
  const { role } = hs.negotiated;
  hs.records.sendChangeCipherSpec();
  hs.records.changeProtection('write', hs.owned.release(keys[role]));
  const data = verifyData12(hs.settings.provider, keys.suite, keys.master, role, hs.transcript.digest());
  hs.negotiated.firstFinished ??= data;
  hs.send(encodeFinished(data));
}

/** The peer's ChangeCipherSpec came: what follows is under its keys. @throws ERR_KEY_CHANGE_INSIDE_MESSAGE */
export function changeReadKeys12(hs: Handshake, keys: Keys12): void {
  const peer = hs.negotiated.role === 'client' ? 'server' : 'client';
  hs.records.changeProtection('read', hs.owned.release(keys[peer]));
}

/** The Finished of the peer. @throws ERR_BAD_FINISHED, ERR_DECODE_ERROR */
export function* readFinished12(hs: Handshake, keys: Keys12): Steps<void> {
  const { provider } = hs.settings;
  const peer = hs.negotiated.role === 'client' ? 'server' : 'client';
  const message: HandshakeMessage = yield* hs.read(HandshakeType.finished);
  const received = parseFinished(message.body, VERIFY_DATA_LENGTH_12);
  const expected = verifyData12(provider, keys.suite, keys.master, peer, hs.transcript.digest());
  if (!provider.equalBytes(received, expected))
    throw new TlsError('ERR_BAD_FINISHED', `the ${peer}'s Finished is wrong`);
  hs.negotiated.firstFinished ??= expected;
  hs.accept(message);
}

/** Both Finished messages are good: what lives on goes to the connection. */
export function establish12(hs: Handshake, keys: Keys12): void {
  const master = copyMaster(hs.settings.provider, keys.master);
  hs.negotiated.exporter = new Exporter12(keys.suite, master, keys.randoms);
  hs.events.onEstablished();
}
