// SSL 3.0 (RFC 6101; forbidden by RFC 7568): what it does otherwise than TLS 1.0. No extensions, hence no elliptic curves; keys
// and proofs by nested hashes; an alert where TLS has an empty Certificate.

import { concat } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import type { OlderCryptography } from '../../crypto/older_cryptography.ts';
import type { CipherSuite12 } from '../../crypto/record_protection.ts';
import { AlertDescription } from '../../registry/alerts.ts';
import { HandshakeType } from '../../registry/handshake_types.ts';
import { ProtocolVersion } from '../../registry/protocol_versions.ts';
import { encodeClientKeyExchangeSsl3 } from '../../wire/older_messages.ts';
import { encodeFinished, parseFinished } from '../../wire/session_messages.ts';
import { Writer } from '../../wire/writer.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { Keys12 } from '../tls12/finished12.ts';
import type { OlderProtocol } from './protocol.ts';

/** Handshake header and length of a ClientKeyExchange. */
const BEFORE_CIPHERTEXT = 4 + 2;
/** MD5 and SHA-1 (RFC 6101 §5.6.9). */
const FINISHED_LENGTH = 36;

// RFC 6101 §5.6.9: Sender.
const sender = {
  client: Uint8Array.of(0x43, 0x4c, 0x4e, 0x54),
  server: Uint8Array.of(0x53, 0x52, 0x56, 0x52),
};

/** @param suites of SSL 3.0 */
export function ssl3Protocol(cryptography: OlderCryptography, suites: readonly CipherSuite12[]): OlderProtocol {
  return {
    version: ProtocolVersion.SSLv3,
    suites,
    cryptography,
    extensions: false,
    keepsMessages: true,
    omitsCertificate: true,
    verifyDigests: ({ transcript }, master) => cryptography.ssl3Digest(master, transcript.messages()),
    // RFC 6101 §5.6.7.1: the ciphertext fills the message; TLS put its length before it.
    toRsaExchange: message => encodeClientKeyExchangeSsl3(message.subarray(BEFORE_CIPHERTEXT)),
    fromRsaExchange: message => ({ ...message, body: new Writer().vector(2, message.body).finish() }),
    // RFC 6101 §5.6.6: a client without a certificate sends a no_certificate warning.
    sendNoCertificate: hs => hs.records.sendWarning(AlertDescription.no_certificate_RESERVED),
    sendFinished(hs, keys) {
      const { role } = hs.negotiated;
      hs.records.sendChangeCipherSpec();
      hs.records.changeProtection('write', hs.owned.release(keys[role]));
      const data = verifyDataSsl3(hs, cryptography, keys, role);
      hs.negotiated.firstFinished ??= data;
      hs.send(encodeFinished(data));
    },
    readFinished: (hs, keys) => readFinishedSsl3(hs, cryptography, keys),
    // RFC 5705 defines no exporter before TLS 1.0.
    establish: hs => hs.events.onEstablished(),
  };
}

function verifyDataSsl3(
  { transcript }: Handshake,
  cryptography: OlderCryptography,
  { master }: Keys12,
  role: 'client' | 'server',
): Uint8Array {
  return cryptography.ssl3Digest(master, concat([transcript.messages(), sender[role]]));
}

function* readFinishedSsl3(hs: Handshake, cryptography: OlderCryptography, keys: Keys12): Steps<void> {
  const peer = hs.negotiated.role === 'client' ? 'server' : 'client';
  const message = yield* hs.read(HandshakeType.finished);
  const received = parseFinished(message.body, FINISHED_LENGTH);
  const expected = verifyDataSsl3(hs, cryptography, keys, peer);
  if (!hs.settings.provider.equalBytes(received, expected)) {
    throw new TlsError('ERR_BAD_FINISHED', `the ${peer}'s Finished is wrong`);
  }
  hs.negotiated.firstFinished ??= expected;
  hs.accept(message);
}
