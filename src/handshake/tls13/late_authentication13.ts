// A server that asks for a client's certificate after the handshake (RFC 9846 §4.6.2). It comes with the settings of a server.

import { TlsError } from '../../base/errors.ts';
import { HandshakeType } from '../../registry/handshake_types.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import { parseFinished } from '../../wire/session_messages.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { LateAuthentication, PendingRequest, ServerSettings } from '../flow/roles.ts';
import { certificateRequestMessage, readClientCertificate } from './server_authentication13.ts';

/** Length of the context of a CertificateRequest after the handshake: unpredictable (RFC 9846 §4.3.2). */
const CONTEXT_LENGTH = 16;

/** For `ServerSettings.lateAuthentication`. */
export const lateAuthentication13: LateAuthentication = {
  request: requestLateAuthentication,
  read: readLateAuthentication,
};

/** Asks a client that offered it for its certificate (RFC 9846 §4.6.2). @throws ERR_INVALID_STATE if it did not */
function requestLateAuthentication(hs: Handshake<ServerSettings>, required: boolean): PendingRequest {
  const { postHandshakeTranscript } = hs.negotiated;
  if (postHandshakeTranscript === null) {
    throw new TlsError('ERR_INVALID_STATE', 'the client did not offer authentication after the handshake');
  }
  const context = hs.random(CONTEXT_LENGTH);
  const message = certificateRequestMessage(hs, context);
  const transcript = postHandshakeTranscript.fork();
  transcript.add(hs.carrier.transcriptEntry(message));
  hs.carrier.send(message);
  return { context, transcript, required };
}

function* readLateAuthentication(
  hs: Handshake<ServerSettings>,
  message: HandshakeMessage,
  { context, transcript, required }: PendingRequest,
): Steps<void> {
  hs.owned.add(transcript);
  try {
    const accept = (accepted: HandshakeMessage) => transcript.add(hs.carrier.transcriptEntry(accepted.raw));
    yield* readClientCertificate(hs, message, transcript, context, required, accept);
    const finished = yield* hs.read(HandshakeType.finished);
    const keys = hs.negotiated.keys13;
    if (keys === null) return;
    const received = parseFinished(finished.body, keys.suite.keyDerivation.hash.outputLength);
    if (!keys.checkVerifyData('read', transcript.digest(), received)) {
      throw new TlsError('ERR_BAD_FINISHED', "the client's Finished after the handshake is wrong");
    }
    hs.events.onPostHandshakeAuth();
  } finally {
    hs.dispose();
  }
}
