// The TLS 1.2 key schedule: master secret, key block, verify_data, exporter (RFC 5246 §6.3, §7.4.9, §8.1; RFC 7627;
// RFC 5705). Every secret it returns is the caller's.

import { concat } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import type { CryptoProvider } from '../../crypto/provider.ts';
import type { CipherSuite12, RecordProtection } from '../../crypto/record_protection.ts';
import type { Secret } from '../../crypto/secret.ts';
import { Writer } from '../../wire/writer.ts';
import type { Exporter } from '../flow/exporter.ts';

const MASTER_SECRET_LENGTH = 48;

/** RFC 5246 §7.4.9; no suite of castls asks for more. */
export const VERIFY_DATA_LENGTH_12 = 12;

/** The two randoms, 32 bytes each. */
export interface Randoms {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
}

/**
 * The master secret; `premaster` stays the caller's.
 * @param sessionHash hash of ClientHello..ClientKeyExchange with extended_master_secret (RFC 7627 §4), else null
 */
export function masterSecret(
  suite: CipherSuite12,
  premaster: Secret,
  randoms: Randoms,
  sessionHash: Uint8Array | null,
): Secret {
  const { keyDerivation } = suite;
  if (sessionHash !== null) {
    return keyDerivation.prf12(premaster, 'extended master secret', sessionHash, MASTER_SECRET_LENGTH);
  }
  return keyDerivation.prf12(
    premaster,
    'master secret',
    concat([randoms.client, randoms.server]),
    MASTER_SECRET_LENGTH,
  );
}

/** A copy of the master secret, for a session or an exporter. */
export function copyMaster(provider: CryptoProvider, master: Secret): Secret {
  return provider.sliceSecret(master, 0, MASTER_SECRET_LENGTH);
}

/** Record protection of both directions, from the key block (RFC 5246 §6.3). */
export function protections12(
  suite: CipherSuite12,
  master: Secret,
  randoms: Randoms,
  encryptThenMac: boolean,
): { client: RecordProtection; server: RecordProtection } {
  const seed = concat([randoms.server, randoms.client]);
  const keyBlock = suite.keyDerivation.prf12(master, 'key expansion', seed, suite.keyBlockLength);
  try {
    const client = suite.protect(keyBlock, 'client', encryptThenMac);
    try {
      return { client, server: suite.protect(keyBlock, 'server', encryptThenMac) };
    } catch (error) {
      client.dispose();
      throw error;
    }
  } finally {
    keyBlock.dispose();
  }
}

/** verify_data of a Finished (RFC 5246 §7.4.9), which goes on the wire. @param transcript hash of all messages before it */
export function verifyData12(
  provider: CryptoProvider,
  suite: CipherSuite12,
  master: Secret,
  sender: 'client' | 'server',
  transcript: Uint8Array,
): Uint8Array {
  const secret = suite.keyDerivation.prf12(master, `${sender} finished`, transcript, VERIFY_DATA_LENGTH_12);
  try {
    return provider.dangerousReveal(secret);
  } finally {
    secret.dispose();
  }
}

/** RFC 5705 §4: labels that the protocol itself uses. */
const reservedLabels: ReadonlySet<string> = new Set([
  'client finished',
  'server finished',
  'master secret',
  'extended master secret',
  'key expansion',
]);

/** Keying material of a TLS 1.2 connection (RFC 5705). Owns the master secret it is given. */
export class Exporter12 implements Exporter {
  readonly #suite: CipherSuite12;
  readonly #master: Secret;
  readonly #randoms: Randoms;

  constructor(suite: CipherSuite12, master: Secret, randoms: Randoms) {
    this.#suite = suite;
    this.#master = master;
    this.#randoms = randoms;
  }

  /** @throws ERR_INVALID_ARGUMENT for a label of the protocol itself, or a context over 65,535 bytes */
  export(label: string, context: Uint8Array | null, length: number): Secret {
    if (reservedLabels.has(label)) throw new TlsError('ERR_INVALID_ARGUMENT', `the label "${label}" is reserved`);
    const seed = new Writer().bytes(this.#randoms.client).bytes(this.#randoms.server);
    // RFC 5705 §4: no context is not the same as an empty one.
    if (context !== null) seed.vector(2, context);
    return this.#suite.keyDerivation.prf12(this.#master, label, seed.finish(), length);
  }

  dispose(): void {
    this.#master.dispose();
  }
}
