// What a client can do beside a handshake that stands on the server's certificate, as parts that a config names: each brings its
// code, so that a page carries none that it does not name. `clientConfig` of castls names them all.

import { serverOfSession } from '../handshake/authentication/resumption.ts';
import type { ClientFeatures } from '../handshake/flow/roles.ts';
import { earlyOffer } from '../handshake/hello/early_data_offer.ts';
import { encodeHelloWithPsks, makePskOffers } from '../handshake/hello/psk13.ts';
import { dangerousSerializeSession } from '../handshake/sessions/session.ts';
import { certificateTypes13, decompressed } from '../handshake/tls13/certificate_compression13.ts';
import { authenticateLate13, requested13 } from '../handshake/tls13/client_authentication13.ts';
import { noteAuthentication, selectedPsk, usePsk } from '../handshake/tls13/client_psk13.ts';
import {
  beginEarlyData,
  endEarlyData,
  readEarlyDataAnswer,
  retryEndsEarlyData,
} from '../handshake/tls13/early_data_client13.ts';
import { takeTicket13 } from '../handshake/tls13/tickets13.ts';
import { clientCredentials } from './client_credentials.ts';
import { allExporters } from './keying_material.ts';

/** Sessions are taken and resumed, and keys from elsewhere are used (`session` of a target, `externalPsk`). */
export const resumption: ClientFeatures = {
  resumption: {
    offers: makePskOffers,
    encode: encodeHelloWithPsks,
    selected: selectedPsk,
    use: usePsk,
    noteAuthentication,
    takeTicket: takeTicket13,
    serverOfSession,
    serializeSession: dangerousSerializeSession,
  },
};

/** Early data can be offered where a session allows it; has a use beside `resumption` alone. */
export const earlyData: ClientFeatures = {
  earlyData: {
    offer: earlyOffer,
    begin: beginEarlyData,
    retry: retryEndsEarlyData,
    readAnswer: readEarlyDataAnswer,
    end: endEarlyData,
  },
};

/** This client can show a certificate, in the handshake and after it (`credential`, `postHandshakeAuth`). */
export const clientCertificates: ClientFeatures = {
  clientCertificates: { credentials: clientCredentials, requested: requested13, authenticateLate: authenticateLate13 },
};

/** Certificates may come compressed (`certificateCompression`). */
export const compressedCertificates: ClientFeatures = {
  compressedCertificates: { types: certificateTypes13, decompressed },
};

/** Keying material and channel bindings for protocols above TLS. */
export const exporters: ClientFeatures = { exporters: allExporters };

/** All of them. */
export const clientFeatures: readonly ClientFeatures[] = [
  resumption,
  earlyData,
  clientCertificates,
  compressedCertificates,
  exporters,
];
