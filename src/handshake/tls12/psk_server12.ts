// The PSK suites of TLS 1.2 at a server: from behind its ServerHello to the client's key exchange (RFC 4279, RFC 5489). A config
// that does not name them does not carry this.

import { copyOfBytes, equalVartime } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import * as o from '../../base/options.ts';
import type { KeyExchangeGroup } from '../../crypto/key_exchange.ts';
import type { CipherSuite12 } from '../../crypto/record_protection.ts';
import type { Awaitable, Secret } from '../../crypto/secret.ts';
import { HandshakeType } from '../../registry/handshake_types.ts';
import { encodePskServerKeyExchange, parsePskClientKeyExchange } from '../../wire/psk12.ts';
import { encodeServerHelloDone } from '../../wire/session_messages.ts';
import { byPsk, pskFingerprint } from '../authentication/fingerprints.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { PskExchanged12, PskServer12, ServerSettings } from '../flow/roles.ts';
import { completeWithClient, startKeyExchange } from './key_exchange12.ts';
import { checkPsk12, externalPsk12, type PreSharedKey12, pskKind, pskPremaster } from './psk12.ts';

type Hs = Handshake<ServerSettings>;

const NOTHING = new Uint8Array(0);

/** How a server knows its clients. */
export interface PskServer12Options {
  /**
   * The key for an identity; null for an unknown one, which the client is told (unknown_psk_identity): whoever wants to hide who
   * is known answers with a random key. Keys stay the caller's.
   */
  readonly find: (identity: Uint8Array, signal: AbortSignal) => Awaitable<Secret | null>;
  /** What the server says of itself, so that clients find the right key: 1-65,535 bytes, in the clear. Default: nothing. */
  readonly identityHint?: Uint8Array;
}

const table = () => ({
  find: o.required(o.callable<PskServer12Options['find']>()),
  identityHint: o.rule<Uint8Array>('a Uint8Array of 1-65,535 bytes', value => {
    return o.bytes.accepts(value) && (value as Uint8Array).length >= 1 && (value as Uint8Array).length <= 0xffff;
  }),
});

/** The PSK suites of TLS 1.2, for the option `psk12` of a server. @throws ERR_INVALID_ARGUMENT */
export function psk12Server(options: PskServer12Options): PskServer12 {
  const { find, identityHint } = o.readOptions('psk12Server', table(), options);
  const hint = identityHint === undefined ? NOTHING : copyOfBytes(identityHint);
  return {
    exchange: (hs, suite, group) => exchange(hs, suite, group, hint, find),
    *knows(hs, { pskIdentity, pskFingerprint: known }) {
      const psk = yield* ask(hs, find, pskIdentity.slice());
      return psk !== null && equalVartime(pskFingerprint(hs.settings.provider, externalPsk12(psk)), known);
    },
  };
}

function* exchange(
  hs: Hs,
  suite: CipherSuite12,
  group: KeyExchangeGroup | null,
  hint: Uint8Array,
  find: PskServer12Options['find'],
): Steps<PskExchanged12> {
  const { settings, owned } = hs;
  const ephemeral = group === null ? null : yield* startKeyExchange(hs, suite, group);
  // RFC 4279 §2: without a hint, and with a PSK alone, the message is left out.
  if (ephemeral !== null || hint.length > 0) {
    hs.send(encodePskServerKeyExchange(hint, ephemeral?.encodedParams ?? NOTHING));
  }
  hs.send(encodeServerHelloDone());
  const message = yield* hs.read(HandshakeType.client_key_exchange);
  const { identity, publicValue } = parsePskClientKeyExchange(message.body, pskKind(suite));
  hs.accept(message);
  const psk = yield* ask(hs, find, identity.slice());
  if (psk === null) throw new TlsError('ERR_UNKNOWN_PSK_IDENTITY', 'the client has an identity that is not known');
  const agreed =
    ephemeral === null || publicValue === null ? null : yield* completeWithClient(hs, ephemeral, publicValue);
  const premaster = owned.add(pskPremaster(settings.provider, psk.key, agreed));
  if (agreed !== null) owned.drop(agreed);
  return { premaster, authentication: byPsk(settings.provider, externalPsk12(psk), settings.now()) };
}

function* ask(hs: Hs, find: PskServer12Options['find'], identity: Uint8Array): Steps<PreSharedKey12 | null> {
  const key = yield* hs.ask('PSK', signal => find(identity.slice(), signal));
  return key === null || key === undefined ? null : checkPsk12({ identity, key });
}
