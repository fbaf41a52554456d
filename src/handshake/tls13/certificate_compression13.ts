// Certificate messages that are compressed (RFC 8879), both directions. What comes out of a decompressor is bounded before
// it runs: by the length the message tells, and that by what a Certificate message may have.

import { workUnits } from '../../base/cost.ts';
import { TlsError } from '../../base/errors.ts';
import { HandshakeType } from '../../registry/handshake_types.ts';
import { encodeCompressedCertificate, parseCompressedCertificate } from '../../wire/certificate_compression.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { CertificateCompression } from '../flow/settings.ts';

/** Types that a Certificate may come as, where this side offered to undo compression or did not. */
export function certificateTypes13(hs: Handshake): number[] {
  const { certificate, compressed_certificate } = HandshakeType;
  return hs.settings.certificateCompression.length > 0 ? [certificate, compressed_certificate] : [certificate];
}

/**
 * The Certificate message that came, or that a CompressedCertificate holds: read it, and enter the other into the
 * transcript.
 * @throws ERR_ILLEGAL_PARAMETER for an algorithm that was not offered; ERR_BAD_CERTIFICATE for what does not come out at
 * the length it should (RFC 8879 §4)
 */
export function* decompressed(hs: Handshake, message: HandshakeMessage): Steps<HandshakeMessage> {
  if (message.type === HandshakeType.certificate) return message;
  const { algorithm, uncompressedLength, compressed } = parseCompressedCertificate(message.body);
  const { certificateCompression, limits } = hs.settings;
  const method = certificateCompression.find(({ id }) => id === algorithm);
  if (method === undefined) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', `certificate compression ${algorithm} was not offered`);
  }
  if (uncompressedLength > limits.maxCertificateMessage) {
    throw new TlsError('ERR_BAD_CERTIFICATE', `a Certificate message of ${uncompressedLength} bytes, compressed`);
  }
  hs.work.charge((uncompressedLength * (workUnits.hashKiB + workUnits.messageKiB)) / 1024, 'a compressed certificate');
  let body: Uint8Array;
  try {
    body = yield* hs.flow.settle(signal => method.decompress(compressed.slice(), uncompressedLength, signal));
  } catch (cause) {
    throw new TlsError('ERR_BAD_CERTIFICATE', 'a certificate could not be decompressed', { cause });
  }
  if (!(body instanceof Uint8Array) || body.length !== uncompressedLength) {
    throw new TlsError('ERR_BAD_CERTIFICATE', 'a certificate of another length than it should have, compressed');
  }
  return { type: HandshakeType.certificate, raw: message.raw, body };
}

/** The message as it is sent: compressed by the first method that the peer can undo, if there is one and it answers. */
export function* compressed(
  hs: Handshake,
  message: Uint8Array,
  peerAlgorithms: readonly number[] | null,
): Steps<Uint8Array> {
  const method = hs.settings.certificateCompression.find(({ id }) => peerAlgorithms?.includes(id));
  if (method === undefined) return message;
  const body = message.subarray(4);
  const answer = yield* hs.ask('certificate compression', signal => compress(method, body, signal));
  if (answer === null) return message;
  if (!(answer instanceof Uint8Array)) throw new TlsError('ERR_HOOK_FAILED', 'compress gave what is no Uint8Array');
  // RFC 8879 §4: compressed_certificate_message has a byte and more.
  if (answer.length === 0) return message;
  return encodeCompressedCertificate({ algorithm: method.id, uncompressedLength: body.length, compressed: answer });
}

function compress(method: CertificateCompression, body: Uint8Array, signal: AbortSignal) {
  return method.compress === undefined ? null : method.compress(body.slice(), signal);
}
