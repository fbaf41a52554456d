// The TLS 1.3 key schedule (RFC 9846 §7.1): early secret, handshake secret, main secret and what is derived from them.
// Owns the secret of its present stage; every secret it returns is the caller's.

import { nothing } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import type { KeyDerivation } from '../../crypto/hash.ts';
import type { Secret } from '../../crypto/secret.ts';
import type { PskKind } from '../flow/roles.ts';

/** Traffic secrets of one epoch. */
export interface TrafficSecrets {
  readonly client: Secret;
  readonly server: Secret;
}

export class KeySchedule13 {
  readonly keyDerivation: KeyDerivation;
  readonly #hashLength: number;
  #stage: 'early' | 'handshake' | 'main' = 'early';
  #secret: Secret;

  /** Starts with the early secret. @param psk null without one; stays the caller's */
  constructor(keyDerivation: KeyDerivation, psk: Secret | null) {
    this.keyDerivation = keyDerivation;
    this.#hashLength = keyDerivation.hash.outputLength;
    this.#secret = keyDerivation.extract(null, psk);
  }

  /** The key that a PSK binder is made with (RFC 9846 §4.2.11.2). */
  binderKey(kind: PskKind): Secret {
    this.#require('early');
    const label = { resumption: 'res binder', external: 'ext binder', imported: 'imp binder' }[kind];
    return this.#derive(label, this.keyDerivation.hash.digest(nothing));
  }

  /** client_early_traffic_secret. @param transcript hash of the ClientHello */
  earlyTraffic(transcript: Uint8Array): Secret {
    this.#require('early');
    return this.#derive('c e traffic', transcript);
  }

  /** early_exporter_secret. */
  earlyExporter(transcript: Uint8Array): Secret {
    this.#require('early');
    return this.#derive('e exp master', transcript);
  }

  /** Moves to the handshake secret. @param sharedSecret null for psk_ke; stays the caller's */
  enterHandshake(sharedSecret: Secret | null): void {
    this.#require('early');
    this.#next('handshake', sharedSecret);
  }

  /** client and server _handshake_traffic_secret. @param transcript hash of ClientHello..ServerHello */
  handshakeTraffic(transcript: Uint8Array): TrafficSecrets {
    this.#require('handshake');
    return this.#pair('hs traffic', transcript);
  }

  /** Moves to the main secret. */
  enterMain(): void {
    this.#require('handshake');
    this.#next('main', null);
  }

  /** client and server _application_traffic_secret_0. @param transcript hash of ClientHello..server Finished */
  applicationTraffic(transcript: Uint8Array): TrafficSecrets {
    this.#require('main');
    return this.#pair('ap traffic', transcript);
  }

  /** exporter_secret. @param transcript hash of ClientHello..server Finished */
  exporter(transcript: Uint8Array): Secret {
    this.#require('main');
    return this.#derive('exp master', transcript);
  }

  /** resumption_secret. @param transcript hash of ClientHello..client Finished */
  resumption(transcript: Uint8Array): Secret {
    this.#require('main');
    return this.#derive('res master', transcript);
  }

  /** Wipes the secret of the present stage. Idempotent. */
  dispose(): void {
    this.#secret.dispose();
  }

  #pair(label: string, transcript: Uint8Array): TrafficSecrets {
    const client = this.#derive(`c ${label}`, transcript);
    try {
      return { client, server: this.#derive(`s ${label}`, transcript) };
    } catch (error) {
      client.dispose();
      throw error;
    }
  }

  /** Derive-Secret (RFC 9846 §7.1) over a transcript hash. */
  #derive(label: string, transcript: Uint8Array): Secret {
    return this.keyDerivation.expandLabel(this.#secret, label, transcript, this.#hashLength);
  }

  #next(stage: 'handshake' | 'main', input: Secret | null): void {
    const salt = this.#derive('derived', this.keyDerivation.hash.digest(nothing));
    try {
      const secret = this.keyDerivation.extract(salt, input);
      this.#secret.dispose();
      this.#secret = secret;
      this.#stage = stage;
    } finally {
      salt.dispose();
    }
  }

  #require(stage: 'early' | 'handshake' | 'main'): void {
    if (this.#stage !== stage) throw new TlsError('ERR_INVALID_STATE', `the key schedule is past its ${stage} stage`);
  }
}

/** finished_key and verify_data (RFC 9846 §4.4.4). @param base the sender's traffic secret, or a binder key */
export function verifyData(keyDerivation: KeyDerivation, base: Secret, transcript: Uint8Array): Uint8Array {
  const key = finishedKey(keyDerivation, base);
  try {
    return keyDerivation.hmac(key, transcript);
  } finally {
    key.dispose();
  }
}

/** True if `received` is the verify_data over `transcript`; compares in constant time. */
export function checkVerifyData(
  keyDerivation: KeyDerivation,
  base: Secret,
  transcript: Uint8Array,
  received: Uint8Array,
): boolean {
  const key = finishedKey(keyDerivation, base);
  try {
    return received.length === keyDerivation.hash.outputLength && keyDerivation.verifyHmac(key, transcript, received);
  } finally {
    key.dispose();
  }
}

function finishedKey(keyDerivation: KeyDerivation, base: Secret): Secret {
  return keyDerivation.expandLabel(base, 'finished', nothing, keyDerivation.hash.outputLength);
}

/** application_traffic_secret_N+1 (RFC 9846 §7.2). `secret` stays the caller's. */
export function nextTrafficSecret(keyDerivation: KeyDerivation, secret: Secret): Secret {
  return keyDerivation.expandLabel(secret, 'traffic upd', nothing, keyDerivation.hash.outputLength);
}

/** The PSK of a ticket (RFC 9846 §4.6.1). `resumptionSecret` stays the caller's. */
export function ticketPsk(keyDerivation: KeyDerivation, resumptionSecret: Secret, nonce: Uint8Array): Secret {
  return keyDerivation.expandLabel(resumptionSecret, 'resumption', nonce, keyDerivation.hash.outputLength);
}

/** TLS-Exporter (RFC 9846 §7.5). `exporterSecret` stays the caller's, the result is theirs too. */
export function export13(
  keyDerivation: KeyDerivation,
  exporterSecret: Secret,
  label: string,
  context: Uint8Array,
  length: number,
): Secret {
  const { hash } = keyDerivation;
  const perLabel = keyDerivation.expandLabel(exporterSecret, label, hash.digest(nothing), hash.outputLength);
  try {
    return keyDerivation.expandLabel(perLabel, 'exporter', hash.digest(context), length);
  } finally {
    perLabel.dispose();
  }
}
