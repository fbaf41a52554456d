// TLS 1.3: what BoringSSL's test runner found, each with a test of its own.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ClientTarget } from '../../src/connection/config.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { ExtensionType } from '../../src/registry/extension_types.ts';
import { HandshakeType } from '../../src/registry/handshake_types.ts';
import { hasExtension } from '../../src/wire/extensions.ts';
import { parseEncryptedExtensions } from '../../src/wire/server_hello.ts';
import { nodeProvider } from '../support/node_provider.ts';
import { makePair, pump } from '../support/pair.ts';
import { testVerifier } from '../support/pki.ts';
import { plainHandshake } from '../support/plain_pair.ts';

test('a server acknowledges server_name in a full handshake, and not when a session is resumed (RFC 6066 §3)', () => {
  const clientProvider = nodeProvider();
  const serverProvider = nodeProvider();
  const tickets = new TicketKeys({ provider: serverProvider });
  const verifier = testVerifier();
  const world = { clientProvider, serverProvider, client: { verifier }, server: { tickets } };
  const first = makePair(world);
  pump(first);
  const session = first.clientEvents.flatMap(event => (event.kind === 'session' ? [event.session] : []))[0];
  const acknowledged = (target: ClientTarget): boolean[] => {
    const answers: boolean[] = [];
    const toClient = (bytes: Uint8Array) => {
      if (bytes[0] === HandshakeType.encrypted_extensions) {
        const { extensions } = parseEncryptedExtensions(bytes.subarray(4));
        answers.push(hasExtension(extensions, ExtensionType.server_name));
      }
      return bytes;
    };
    const pair = plainHandshake({ ...world, target, toClient });
    assert.is(pair.client.error ?? pair.server.error, null);
    assert.is(pair.client.negotiated.resumed, target.session !== undefined);
    return answers;
  };
  assert.equal(acknowledged({ serverName: 'example.test' }), [true]);
  assert.equal(acknowledged({ serverName: 'example.test', session }), [false]);
});

test.run();
