// How a TLS 1.2 client answers a CertificateRequest (RFC 5246 §7.4.4, §7.4.6, §7.4.8).

import { encodeCertificateVerify } from '../../wire/certificate.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { ClientSettings } from '../flow/roles.ts';
import type { CertificateRequestInfo, Credential } from '../flow/settings.ts';
import {
  authenticationsOf,
  certificateMessage12,
  chooseScheme12,
  emptyCertificate12,
  sign12,
} from './authentication12.ts';

/** A CertificateRequest as the client needs it. */
export interface CertificateRequest12Info extends CertificateRequestInfo {
  /** ClientCertificateType values. */
  readonly certificateTypes: readonly number[];
}

/** A credential that fits the request, and the scheme it will sign with. */
export interface ChosenCredential {
  readonly credential: Credential;
  readonly scheme: number;
}

/** Sends Certificate, empty if there is no credential or none that fits; null then. */
export function* sendClientCertificate(
  hs: Handshake<ClientSettings>,
  request: CertificateRequest12Info,
): Steps<ChosenCredential | null> {
  const { selectCredential } = hs.settings;
  const credential =
    selectCredential === null ? null : yield* hs.ask('client certificate', signal => selectCredential(request, signal));
  const scheme =
    credential === null
      ? undefined
      : chooseScheme12(credential, request.signatureSchemes, authenticationsOf(request.certificateTypes));
  if (credential === null || scheme === undefined || credential.certificateChain.length === 0) {
    // RFC 5246 §7.4.6: no suitable certificate is an empty list; the server decides whether to go on.
    hs.send(emptyCertificate12(hs.negotiated.localCertificateType));
    return null;
  }
  hs.send(certificateMessage12(credential));
  hs.negotiated.localCertificate = credential.certificateChain[0];
  return { credential, scheme };
}

/** Sends CertificateVerify over all handshake messages so far (RFC 5246 §7.4.8). */
export function* sendCertificateVerify(hs: Handshake, { credential, scheme }: ChosenCredential): Steps<void> {
  const signature = yield* sign12(hs, credential, scheme, hs.transcript.messages());
  hs.negotiated.clientSignatureScheme = scheme;
  hs.send(encodeCertificateVerify({ algorithm: scheme, signature }));
}
