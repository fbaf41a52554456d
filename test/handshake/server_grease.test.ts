// GREASE of a server (RFC 8701 §4.1): reserved values in CertificateRequest and NewSessionTicket, on request.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { HandshakeType } from '../../src/registry/handshake_types.ts';
import { parseCertificateRequest13 } from '../../src/wire/certificate.ts';
import { parseNewSessionTicket13 } from '../../src/wire/session_messages.ts';
import { nodeProvider } from '../support/node_provider.ts';
import { credential, testVerifier } from '../support/pki.ts';
import { plainHandshake } from '../support/plain_pair.ts';

const isReserved = (value: number) => (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);

/** What a server says in a handshake that goes through, with a certificate of the client's. */
function said(grease: boolean | undefined) {
  let schemes: readonly number[] = [];
  const own = credential('client_p256');
  const sent: Uint8Array[] = [];
  const tickets = new TicketKeys({ provider: nodeProvider() });
  const { client, server } = plainHandshake({
    client: {
      credential: ({ signatureSchemes }) => {
        schemes = signatureSchemes;
        return own;
      },
    },
    toClient: bytes => {
      sent.push(bytes);
      return bytes;
    },
    server: { grease, clientAuth: 'require', verifier: testVerifier(), tickets, ticketCount: 3 },
  });
  assert.equal([client.error, server.error], [null, null]);
  assert.is(server.negotiated.peer?.kind, 'verified-chain');
  const bodies = (type: number) => sent.filter(bytes => bytes[0] === type).map(bytes => bytes.subarray(4));
  const [request] = bodies(HandshakeType.certificate_request).map(body => parseCertificateRequest13(body));
  const given = bodies(HandshakeType.new_session_ticket).map(body => parseNewSessionTicket13(body));
  assert.is(given.length, 3);
  return { schemes, request, given };
}

test('a CertificateRequest has a reserved scheme and a reserved extension, which is empty; so has each ticket', () => {
  const { schemes, request, given } = said(true);
  assert.ok(isReserved(schemes[0]));
  assert.is(schemes.filter(isReserved).length, 1);
  for (const { extensions } of [request, ...given]) {
    const reserved = extensions.filter(({ type }) => isReserved(type));
    assert.equal(
      reserved.map(({ data }) => data.length),
      [0],
    );
  }
});

test('without the option there is none', () => {
  for (const grease of [false, undefined]) {
    const { schemes, request, given } = said(grease);
    assert.not(schemes.some(isReserved));
    assert.not([request, ...given].some(({ extensions }) => extensions.some(({ type }) => isReserved(type))));
  }
});

test.run();
