// What is sealed before it leaves the process: ticket keys, under a wrapping key that the application has, in a KMS for
// instance. Sessions are sealed under the ticket keys, so that a wrapper is asked a few times an hour and not a connection.

import { concat, equalVartime, toHex } from '../base/bytes.ts';
import { TlsError } from '../base/errors.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import type { Awaitable } from '../crypto/secret.ts';
import { TicketKeys } from '../handshake/sessions/ticket_keys.ts';

/** Seals keys for others who have the same wrapping key. */
export interface Wrapper {
  /** Names the wrapping key, 1-128 characters; stands in the clear beside what it wrapped. */
  readonly id: string;
  /**
   * Seals and authenticates.
   * @param plaintext up to 8 KiB; wiped after the call
   * @param context what it is for: `unwrap` gets the same, and fails with another
   */
  wrap(plaintext: Uint8Array, context: Uint8Array, signal: AbortSignal): Awaitable<Uint8Array>;
  /** Undoes it; the caller wipes the result. @throws whatever, if it is not authentic */
  unwrap(wrapped: Uint8Array, context: Uint8Array, signal: AbortSignal): Awaitable<Uint8Array>;
}

const KEY_LENGTH = 32;
const NAME_LENGTH = 16;

/** A wrapper with a key in this process; every process of the fleet has the same. */
export interface LocalWrapper extends Wrapper {
  /** Wipes the key. */
  dispose(): void;
}

/**
 * A wrapper with a key in this process: AES-256-GCM under a key of its own for each message, derived by HKDF. The id is
 * derived from the key, so that two keys are never taken for one.
 * @param key 32 random bytes - no password -, which stay the caller's to wipe
 * @throws ERR_BAD_LENGTH
 */
export function localWrapper(provider: CryptoProvider, key: Uint8Array): LocalWrapper {
  if (key.length !== KEY_LENGTH) throw new TlsError('ERR_BAD_LENGTH', 'a wrapping key is 32 random bytes');
  const secret = provider.importSecret(key);
  const derived = provider.keyDerivation('sha256').hmac(secret, new TextEncoder().encode('castls wrapping key'));
  secret.dispose();
  const name = derived.slice(0, NAME_LENGTH);
  const whole = concat([name, key]);
  const keys = new TicketKeys({ provider, keys: [whole] });
  whole.fill(0);
  return {
    id: `local:${toHex(name)}`,
    wrap(plaintext, context) {
      const content = concat([lengthOf(context), context, plaintext]);
      try {
        const sealed = keys.seal(content);
        if (sealed === null) throw new TlsError('ERR_BAD_LENGTH', 'more than a wrapper takes');
        return sealed;
      } finally {
        content.fill(0);
      }
    },
    unwrap(wrapped, context) {
      const content = keys.open(wrapped);
      if (content === null) throw new TlsError('ERR_DECRYPTION_FAILED', 'not wrapped under this key');
      const bound = concat([lengthOf(context), context]);
      if (!equalVartime(content.subarray(0, bound.length), bound)) {
        content.fill(0);
        throw new TlsError('ERR_DECRYPTION_FAILED', 'wrapped for something else');
      }
      const plaintext = content.slice(bound.length);
      content.fill(0);
      return plaintext;
    },
    dispose: () => keys.dispose(),
  };
}

function lengthOf({ length }: Uint8Array): Uint8Array {
  return Uint8Array.of(length >> 8, length & 0xff);
}
