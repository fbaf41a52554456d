// The PSK suites of TLS 1.2 at a client: from behind the ServerHello to the ClientKeyExchange (RFC 4279, RFC 5489). A config
// that does not name them does not carry this.

import { equalVartime } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import type { CipherSuite12 } from '../../crypto/record_protection.ts';
import type { Awaitable } from '../../crypto/secret.ts';
import { HandshakeType } from '../../registry/handshake_types.ts';
import { encodePskClientKeyExchange, type PskServerParams, parsePskServerKeyExchange } from '../../wire/psk12.ts';
import { parseEmptyMessage } from '../../wire/session_messages.ts';
import { byPsk, pskFingerprint } from '../authentication/fingerprints.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { ClientSettings, PskClient12, PskExchanged12 } from '../flow/roles.ts';
import { readAndAccept } from './client_flight12.ts';
import { agreeWithServer } from './key_exchange12.ts';
import { checkPsk12, externalPsk12, type PreSharedKey12, pskKind, pskPremaster } from './psk12.ts';

type Hs = Handshake<ClientSettings>;

/**
 * Chooses the key for a server; null if there is none for it (unknown_psk_identity).
 * @param identityHint what the server says of itself, not authenticated; null if it says nothing
 */
export type ChoosePsk12 = (identityHint: Uint8Array | null, signal: AbortSignal) => Awaitable<PreSharedKey12 | null>;

/**
 * The PSK suites of TLS 1.2, for the option `psk12` of a client.
 * @param psk the key, or a hook that chooses one. Keys stay the caller's
 */
export function psk12Client(psk: PreSharedKey12 | ChoosePsk12): PskClient12 {
  const choose: ChoosePsk12 = typeof psk === 'function' ? psk : () => psk;
  return {
    exchange: (hs, suite) => exchange(hs, suite, choose),
    *knows(hs, authentication) {
      const known = yield* ask(hs, choose, authentication.pskHint);
      if (known === null) return false;
      return equalVartime(pskFingerprint(hs.settings.provider, externalPsk12(known)), authentication.pskFingerprint);
    },
  };
}

function* exchange(hs: Hs, suite: CipherSuite12, choose: ChoosePsk12): Steps<PskExchanged12> {
  const { settings, owned } = hs;
  const kind = pskKind(suite);
  const params = yield* readServerParams(hs, suite);
  const pskHint = params?.identityHint ?? new Uint8Array(0);
  const psk = yield* ask(hs, choose, pskHint);
  if (psk === null) throw new TlsError('ERR_UNKNOWN_PSK_IDENTITY', 'there is no PSK for this server');
  const agreed = params === null ? null : yield* agreeWithServer(hs, params);
  const premaster = owned.add(pskPremaster(settings.provider, psk.key, agreed?.sharedSecret ?? null));
  if (agreed !== null) owned.drop(agreed.sharedSecret);
  hs.send(encodePskClientKeyExchange(psk.identity, kind, agreed?.share ?? null));
  const authentication = { ...byPsk(settings.provider, externalPsk12(psk), settings.now()), pskHint };
  return { premaster, authentication };
}

/** ServerKeyExchange, which a PSK alone does without, and ServerHelloDone: there is no certificate, and none is asked for. */
function* readServerParams(hs: Hs, suite: CipherSuite12): Steps<PskServerParams | null> {
  const { server_key_exchange, server_hello_done } = HandshakeType;
  const kind = pskKind(suite);
  let message = yield* readAndAccept(hs, server_key_exchange, ...(kind === 'psk' ? [server_hello_done] : []));
  let params: PskServerParams | null = null;
  if (message.type === server_key_exchange) {
    const parsed = parsePskServerKeyExchange(message.body, kind);
    params = { ...parsed, identityHint: parsed.identityHint.slice() };
    message = yield* readAndAccept(hs, server_hello_done);
  }
  parseEmptyMessage(message.body, 'ServerHelloDone');
  return params;
}

/** @param identityHint empty for none */
function* ask(hs: Hs, choose: ChoosePsk12, identityHint: Uint8Array): Steps<PreSharedKey12 | null> {
  const hint = identityHint.length === 0 ? null : identityHint.slice();
  const psk = yield* hs.ask('PSK', signal => choose(hint, signal));
  return psk === null || psk === undefined ? null : checkPsk12(psk);
}
