// Random changes of valid messages, with a fixed seed: every parser gives a message or a TlsError of the protocol.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TlsError } from '../../src/base/errors.ts';
import { RecordReader } from '../../src/record/record_reader.ts';
import * as certificate from '../../src/wire/certificate.ts';
import { encodeClientHello, parseClientHello } from '../../src/wire/client_hello.ts';
import * as authentication from '../../src/wire/extensions/authentication.ts';
import * as keyExchange from '../../src/wire/extensions/key_exchange.ts';
import * as names from '../../src/wire/extensions/names.ts';
import * as negotiation from '../../src/wire/extensions/negotiation.ts';
import * as psk from '../../src/wire/extensions/pre_shared_key.ts';
import * as keyExchange12 from '../../src/wire/key_exchange12.ts';
import { encodeServerHello, parseEncryptedExtensions, parseServerHello } from '../../src/wire/server_hello.ts';
import * as session from '../../src/wire/session_messages.ts';
import { seededRandom } from '../support/node_provider.ts';
import { bytes } from './malformed.ts';

const random = seededRandom(0x5eed);
function number(below: number): number {
  const four = new Uint8Array(4);
  random(four);
  return new DataView(four.buffer).getUint32(0) % below;
}

/** A few bytes changed, removed or put in. */
function mutate(original: Uint8Array): Uint8Array {
  const mutant = [...original];
  for (let n = 1 + number(4); n > 0; n--) {
    const at = number(mutant.length + 1);
    const kind = number(4);
    if (kind === 0) mutant.splice(at, number(8));
    else if (kind === 1) mutant.splice(at, 0, ...bytes(number(8), number(256)));
    else if (at < mutant.length) mutant[at] = kind === 2 ? number(256) : [0, 1, 0x7f, 0x80, 0xff][number(5)];
  }
  return Uint8Array.from(mutant);
}

const allowed = new Set(['ERR_DECODE_ERROR', 'ERR_ILLEGAL_PARAMETER']);
const hello = {
  legacyVersion: 0x0303,
  random: bytes(32),
  legacySessionId: bytes(32),
  cipherSuites: [0x1301, 0xc02b],
  legacyCompressionMethods: [0],
  extensions: [names.serverNameExtension('a.test'), keyExchange.supportedGroupsExtension([29, 23])],
};
const list = [bytes(20), bytes(9)];
const share = { group: 29, keyExchange: bytes(32) };
const offered = { identities: [{ identity: bytes(30), obfuscatedTicketAge: 7 }], binders: [bytes(32)] };
const entries = [{ data: bytes(40), extensions: [names.serverNameExtension('a')] }];
const ticket13 = { ticketLifetime: 1, ticketAgeAdd: 2, ticketNonce: bytes(2), ticket: bytes(30), extensions: [] };
const request12 = { certificateTypes: [1], signatureAlgorithms: [0x0403], certificateAuthorities: list };
const ecdhe = keyExchange12.encodeEcdheParams({ group: 29, publicValue: bytes(32) });
const dhe = keyExchange12.encodeDheParams({ prime: bytes(32), generator: bytes(1), publicValue: bytes(32) });
const body = (message: Uint8Array) => message.subarray(4);

const parsers: [(data: Uint8Array) => unknown, Uint8Array][] = [
  [parseClientHello, body(encodeClientHello(hello))],
  [parseServerHello, body(encodeServerHello({ ...hello, cipherSuite: 1, legacyCompressionMethod: 0 }))],
  [parseEncryptedExtensions, Uint8Array.of(0, 5, 0, 9, 0, 1, 7)],
  [certificate.parseCertificate13, body(certificate.encodeCertificate13({ requestContext: bytes(1), entries }))],
  [certificate.parseCertificate12, body(certificate.encodeCertificate12({ certificates: list }))],
  [certificate.parseCertificateRequest12, body(certificate.encodeCertificateRequest12(request12))],
  [certificate.parseCertificateStatus, body(certificate.encodeCertificateStatus({ ocspResponse: bytes(9) }))],
  [session.parseNewSessionTicket13, body(session.encodeNewSessionTicket13(ticket13))],
  [keyExchange12.parseServerKeyExchangeEcdhe, body(keyExchange12.encodeServerKeyExchange(ecdhe, 0x0403, bytes(9)))],
  [keyExchange12.parseServerKeyExchangeDhe, body(keyExchange12.encodeServerKeyExchange(dhe, 0x0403, bytes(9)))],
  [names.parseServerName, names.serverNameExtension('example.test').data],
  [names.parseAlpn, names.alpnExtension(list).data],
  [keyExchange.parseClientKeyShare, keyExchange.clientKeyShareExtension([share]).data],
  [negotiation.parseClientSupportedVersions, negotiation.clientSupportedVersionsExtension([0x0304, 0x0303]).data],
  [psk.parseOfferedPsks, psk.offeredPsksExtension(offered).data],
  [authentication.parseStatusRequest, authentication.statusRequestExtension().data],
  [authentication.parseOidFilters, authentication.oidFiltersExtension([{ oid: bytes(3), values: bytes(2) }]).data],
  [authentication.parseCertificateAuthorities, authentication.certificateAuthoritiesExtension(list).data],
  [authentication.parseCertificateTypes, Uint8Array.of(3, 2, 0, 7)],
  [authentication.parseCertificateType, Uint8Array.of(2)],
];

for (const [parse, valid] of parsers) {
  test(`${parse.name} survives 3,000 mutants`, () => {
    parse(valid);
    for (let i = 0; i < 3000; i++) {
      const mutant = mutate(valid);
      try {
        parse(mutant);
      } catch (error) {
        const fine = error instanceof TlsError && allowed.has(error.code);
        assert.ok(fine, `${Buffer.from(mutant).toString('hex')}: ${error}`);
      }
    }
  });
}

test('the record reader survives 5,000 mutants in random chunks', () => {
  const message = encodeClientHello(hello);
  const record = Uint8Array.of(22, 3, 1, message.length >> 8, message.length & 255, ...message);
  const stream = Uint8Array.of(...record, 20, 3, 3, 0, 1, 1, ...record, 21, 3, 3, 0, 2, 1, 0);
  for (let i = 0; i < 5000; i++) {
    const reader = new RecordReader({ maxCertificateMessage: 1000, maxHandshakeMessage: 1000 });
    if (number(2) === 1) reader.expectChangeCipherSpec('message');
    const mutant = mutate(stream);
    try {
      for (let at = 0, size = 1; at < mutant.length; at += size) {
        size = 1 + number(60);
        reader.push(mutant.subarray(at, at + size));
        while (reader.next() !== null);
        reader.retain();
      }
    } catch (error) {
      assert.instance(error, TlsError, `${Buffer.from(mutant).toString('hex')}: ${error}`);
    }
  }
});

test.run();
