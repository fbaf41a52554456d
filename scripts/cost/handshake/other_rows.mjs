// What stands beside usual handshakes: raw public keys, delegated credentials, compressed certificates, ticket_request,
// max_fragment_length, imported keys, and the PSK suites of TLS 1.2.

import { createPublicKey } from 'node:crypto';
import * as zlib from 'node:zlib';
import { ends, extension, fill, message, messagesOf, output, pair, plain, TLS12, u8, u16, vector } from '../peer.mjs';
import { hello } from './hello_rows.mjs';
import { CERTIFICATE, clientHello, id, psks } from './messages.mjs';
import { encryptedExtensions, waitingClient13 } from './states.mjs';

const COMPRESSED_CERTIFICATE = 25;
const DAY = 86_400_000;
const none = Buffer.alloc(0);

/** DER. */
const tlv = (tag, content) => {
  const length =
    content.length < 128 ? u8(content.length) : Buffer.concat([u8(0x83), vector(3, content).subarray(0, 3)]);
  return Buffer.concat([u8(tag), length, content]);
};
const rsaEncryption = Buffer.from('300d06092a864886f70d0101010500', 'hex');
/** A SubjectPublicKeyInfo with a modulus of so many bytes. */
const rsaKey = bytes => {
  const modulus = tlv(2, Buffer.concat([u8(0), Buffer.alloc(bytes, 0xff)]));
  const key = tlv(0x30, Buffer.concat([modulus, tlv(2, Buffer.from([1, 0, 1]))]));
  return tlv(0x30, Buffer.concat([rsaEncryption, tlv(3, Buffer.concat([u8(0), key]))]));
};

const certificate13 = (der, ...extensions) =>
  message(CERTIFICATE, u8(0), vector(3, vector(3, der), vector(2, ...extensions)));

/** RFC 8879 §4: the length after it, then the compressed form. */
const compressedBy = (algorithm, compress) => n => {
  const body = Buffer.concat([
    u8(0),
    vector(
      3,
      fill(n, () => Buffer.concat([vector(3, [0x30]), u16(0)])),
    ),
  ]);
  const length = vector(3, body).subarray(0, 3);
  return message(COMPRESSED_CERTIFICATE, u16(algorithm), length, vector(3, compress(body)));
};

const codecs = [
  ['zlib', 1, zlib.deflateSync, zlib.inflateSync],
  ['brotli', 2, zlib.brotliCompressSync, zlib.brotliDecompressSync],
  ['zstd', 3, zlib.zstdCompressSync, zlib.zstdDecompressSync],
].filter(([, , compress]) => compress !== undefined);

/** A client of PSK suites, and the server that knows it. */
const withPsk = cipherSuite => castls => {
  const key = castls.defaultProvider().importSecret(new Uint8Array(32).fill(7));
  const identity = new Uint8Array(8);
  const version = { ...TLS12, cipherSuites: [cipherSuite] };
  const client = { psk12: castls.psk12Client({ identity, key }), verifier: undefined };
  return { version, client, server: { credentials: [], psk12: castls.psk12Server({ find: () => key }) } };
};

const pskRow = (side, kind, name, suite, make) => ({
  side,
  version: '1.2',
  message: kind,
  name,
  state: castls => {
    const both = ends(castls, withPsk(suite)(castls));
    both.server.receive(output(both.client));
    const flight = output(both.server);
    if (side === 'client') {
      both.client.receive(plain(22, messagesOf(flight)[0]));
      return { target: both.client, wrap: content => plain(22, content) };
    }
    both.client.receive(flight);
    const [exchange] = messagesOf(output(both.client));
    return { target: both.server, wrap: content => plain(22, content.length > 0 ? content : exchange) };
  },
  make,
});

/** @param {object} castls @param {object} x509 their public APIs @param {object} tickets TicketKeys */
export async function otherRows(castls, x509, tickets) {
  const { delegated, leaf, authority } = await delegation(x509);
  const spki = createPublicKey(pair('server_p256').key).export({ type: 'spki', format: 'der' });
  const rawServer = extension(20, u8(2));
  const takesRaw = {
    peerCertificateTypes: ['RawPublicKey'],
    verifier: castls.pinnedKeyVerifier({ keys: [new Uint8Array(spki)] }),
  };
  const rawCredential = castls.rawPublicKey({ key: pair('server_p256').key, publicKey: new Uint8Array(spki) });
  const rawEnds = { client: takesRaw, server: { credentials: [rawCredential] } };
  const rawClient = waitingClient13([message(8, vector(2, rawServer))]);
  const keys = Array.from({ length: 64 }, (_, i) => ({
    identity: new Uint8Array(32).fill(i),
    key: castls.defaultProvider().importSecret(new Uint8Array(32).fill(i + 1)),
    hash: 'sha256',
  }));
  const delegates = {
    client: { delegatedCredentials: castls.delegatedCredentials(), verifier: castls.peerVerifier({ ca: authority }) },
  };
  return [
    hello(
      'max_fragment_length and ticket_request',
      () =>
        clientHello({ more: [extension(1, u8(1)), extension(58, u8(255), u8(255)), extension(45, vector(1, u8(1)))] }),
      { server: { tickets } },
    ),
    hello('many schemes of delegated keys', n =>
      clientHello({ more: [extension(34, vector(2, u16(0x0403), fill(Math.min(n, 60_000), id)))] }),
    ),
    hello(
      'many certificate types and compressions',
      () => {
        const types = fill(250, i => u8(i + 3));
        return clientHello({ more: [extension(20, vector(1, u8(2), types)), extension(27, vector(1, fill(250, id)))] });
      },
      { server: { credentials: [rawCredential] } },
    ),
    hello(
      'many PSKs among 64 imported keys',
      n => clientHello({ more: [extension(45, vector(1, u8(1)))], last: [psks(n)] }),
      { server: { findExternalPsk: castls.pskFinder(keys) } },
    ),
    {
      side: 'server',
      version: '1.3',
      message: 'Finished',
      name: 'of a client that asks for 255 tickets',
      options: { client: { ticketRequest: { newSessions: 255, resumptions: 255 } }, server: { tickets } },
      state: (_, options) => {
        const both = ends(castls, options);
        both.server.receive(output(both.client));
        both.client.receive(output(both.server));
        const bytes = output(both.client);
        return { target: both.server, wrap: () => bytes };
      },
      make: () => none,
    },
    ...codecs.map(([name, algorithm, compress, decompress]) => ({
      side: 'client',
      version: '1.3',
      message: 'CompressedCertificate',
      name: `by ${name}, entries of one byte`,
      certificate: true,
      options: {
        client: {
          certificateCompression: [
            {
              id: algorithm,
              decompress: (bytes, maxOutputLength) => new Uint8Array(decompress(bytes, { maxOutputLength })),
            },
          ],
        },
      },
      state: waitingClient13([encryptedExtensions]),
      make: compressedBy(algorithm, compress),
    })),
    {
      side: 'client',
      version: '1.3',
      message: 'Certificate',
      name: 'a raw public key, P-256',
      certificate: true,
      options: rawEnds,
      state: rawClient,
      make: () => certificate13(spki),
    },
    {
      side: 'client',
      version: '1.3',
      message: 'Certificate',
      name: 'a raw public key, RSA, long',
      certificate: true,
      options: rawEnds,
      state: rawClient,
      make: n => certificate13(rsaKey(n)),
    },
    {
      side: 'client',
      version: '1.3',
      message: 'Certificate',
      name: 'with a delegated credential',
      certificate: true,
      options: delegates,
      state: waitingClient13([encryptedExtensions]),
      make: () => certificate13(leaf, extension(34, delegated)),
    },
    {
      side: 'client',
      version: '1.3',
      message: 'Certificate',
      name: 'a long delegated credential',
      certificate: true,
      options: delegates,
      state: waitingClient13([encryptedExtensions]),
      make: n =>
        certificate13(
          leaf,
          extension(34, delegated.subarray(0, delegated.length - 72), Buffer.alloc(Math.min(n, 60_000))),
        ),
    },
    pskRow('server', 'ClientKeyExchange', 'ECDHE_PSK', 'TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256', () => none),
    pskRow('server', 'ClientKeyExchange', 'PSK, a long identity', 'TLS_PSK_WITH_AES_128_GCM_SHA256', n =>
      message(16, vector(2, Buffer.alloc(Math.min(n, 60_000)))),
    ),
    pskRow('client', 'ServerKeyExchange', 'PSK, a long hint', 'TLS_PSK_WITH_AES_128_GCM_SHA256', n =>
      message(12, vector(2, Buffer.alloc(Math.min(n, 60_000)))),
    ),
  ];
}

async function delegation(x509) {
  const now = Date.now();
  const dates = { notBefore: now - DAY, notAfter: now + 30 * DAY };
  const [authorityKey, ownKey, delegatedKey] = await Promise.all(
    [1, 2, 3].map(() => x509.generatePrivateKey({ type: 'ec', curve: 'P-256' })),
  );
  const authority = await x509.issueSelfSigned(
    { profile: 'ca', subject: 'CN=authority', ...dates },
    { key: authorityKey },
  );
  const subject = { subject: 'CN=example.test', altNames: ['example.test'], publicKey: ownKey.publicKey };
  const certificate = await x509.issueCertificate(
    { profile: 'server', ...subject, delegationUsage: true, ...dates },
    { certificate: authority, key: authorityKey },
  );
  const delegated = await x509.issueDelegatedCredential(
    { publicKey: delegatedKey.publicKey, notAfter: now + DAY },
    { certificate, signer: x509.signerOf(ownKey) },
  );
  return { delegated: Buffer.from(delegated), leaf: certificate.der, authority: authority.der };
}
