// What node:tls exports beside connections: defaults, lists, and the functions that look at certificates and protocols.

import type { checkServerIdentity as ofTls, rootCertificates as rootsOfTls } from 'node:tls';
import { TlsError } from '../../../base/errors.ts';
import type { CryptoProvider } from '../../../crypto/provider.ts';
import { opensslName } from '../../../registry/cipher_suites.ts';
import type { PemInput } from '../../credentials.ts';
import { nodeTls } from '../stream/of_node.ts';
import { bytesOf, nodeArgumentError } from './argument_errors.ts';
import { chosenHostTrust, setHostTrust } from './host_trust.ts';
import { type AlpnInput, parseAlpn } from './names.ts';
import { whenRead } from './when_read.ts';

/** Renegotiations a client may ask for in a window: castls refuses all, so both only exist. */
export const CLIENT_RENEG_LIMIT = 3;
/** Seconds. */
export const CLIENT_RENEG_WINDOW = 600;

/** Default of `ecdhCurve`: what the provider has, in its order. */
export const DEFAULT_ECDH_CURVE = 'auto';
export const DEFAULT_MIN_VERSION = 'TLSv1.2';
export const DEFAULT_MAX_VERSION = 'TLSv1.3';

/** Default of `ciphers`, by OpenSSL's names: ECDHE with AEAD, and the suites of TLS 1.3 (RFC 9325 §4.2). */
export const DEFAULT_CIPHERS: string = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** What Node.js was built with, PEM. */
export const rootCertificates: typeof rootsOfTls = /* @__PURE__ */ whenRead(() => nodeTls().rootCertificates);

/**
 * The certificates of `ca: undefined`, PEM.
 * @param type what is used now ("default"), what Node.js brings ("bundled"), what the system has ("system"), or
 *   NODE_EXTRA_CA_CERTS ("extra"); Node.js before 22.15 knows "default" and "bundled"
 */
export function getCACertificates(type: 'default' | 'bundled' | 'system' | 'extra' = 'default'): string[] {
  if (typeof type !== 'string') throw invalidType('The "type" argument must be of type string');
  if (!['default', 'bundled', 'system', 'extra'].includes(type)) {
    throw invalidValue(
      `The argument 'type' must be one of: 'default', 'bundled', 'system', 'extra'. Received ${JSON.stringify(type)}`,
    );
  }
  const chosen = type === 'default' ? chosenHostTrust() : null;
  if (chosen !== null) return chosen;
  const { getCACertificates: ofNode } = nodeTls();
  if (ofNode !== undefined) return ofNode(type);
  if (type === 'system' || type === 'extra') {
    throw new TlsError(
      'ERR_UNSUPPORTED_OPTION',
      `this version of Node.js does not tell its certificates of the type ${type}`,
    );
  }
  return [...rootCertificates];
}

/** Makes `certificates` what connections without `ca` trust from now on. */
export function setDefaultCACertificates(certificates: readonly PemInput[]): void {
  if (!Array.isArray(certificates)) throw invalidType('The "certs" argument must be an instance of Array');
  certificates.forEach((each, index) => {
    if (typeof each === 'string' || ArrayBuffer.isView(each)) return;
    throw invalidType(`The "certs[${index}]" argument must be of type string or an instance of ArrayBufferView`);
  });
  setHostTrust(certificates);
}

/** node's own check of names: subjectAltName, and the common name where there is none. */
export const checkServerIdentity: typeof ofTls = function checkServerIdentity(hostname, cert) {
  return nodeTls().checkServerIdentity(hostname, cert);
};

/** Suites that connections can have, by OpenSSL's names in lower case, sorted. */
export function ciphersOf(provider: CryptoProvider): string[] {
  const names = [...provider.cipherSuites13, ...provider.cipherSuites12].map(({ name }) =>
    opensslName(name).toLowerCase(),
  );
  return [...new Set(names)].sort();
}

/** Writes the wire form of `protocols` to `out.ALPNProtocols` (RFC 7301 §3.1), as node's undocumented function does. */
export function convertALPNProtocols(protocols: AlpnInput, out: { ALPNProtocols?: Buffer }): void {
  if (Array.isArray(protocols)) {
    protocols.forEach((name, index) => {
      const { length } = typeof name === 'string' ? Buffer.from(name) : name;
      if (length <= 255) return;
      const what = `The byte length of the protocol at index ${index} exceeds the maximum length. It must be <= 255. Received ${length}`;
      throw Object.assign(new RangeError(what), { code: 'ERR_OUT_OF_RANGE' });
    });
    const names = parseAlpn(protocols);
    out.ALPNProtocols = Buffer.concat(
      names.map(name => Buffer.concat([Buffer.of(name.length), Buffer.from(name, 'latin1')])),
    );
  } else if (ArrayBuffer.isView(protocols)) {
    out.ALPNProtocols = Buffer.from(bytesOf(protocols));
  }
}

/** A pair of streams of node 0.11, gone since Node.js 24. @throws ERR_UNSUPPORTED_OPTION always */
export function createSecurePair(): never {
  throw new TlsError(
    'ERR_UNSUPPORTED_OPTION',
    'createSecurePair is gone from node:tls: use new TLSSocket(stream, options)',
  );
}

const invalidValue = (message: string): Error => nodeArgumentError('ERR_INVALID_ARG_VALUE', message);
const invalidType = (message: string): Error => nodeArgumentError('ERR_INVALID_ARG_TYPE', message);
