// Public methods called from inside hooks: they only enqueue, or are refused by a typed error; nothing runs twice.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TlsError } from '../../src/base/errors.ts';
import type { Connection } from '../../src/connection/connection.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { nodeProvider } from '../support/node_provider.ts';
import { dataOf, kinds, makePair, type Pair, type PairOptions, pump } from '../support/pair.ts';
import { credential, testVerifier } from '../support/pki.ts';

const calls: Record<string, (connection: Connection) => unknown> = {
  write: connection => connection.write(Uint8Array.of(1)),
  receive: connection => connection.receive(new Uint8Array(3)),
  takeOutput: connection => connection.takeOutput(),
  nextEvent: connection => connection.nextEvent(),
  close: connection => connection.close(),
  destroy: connection => connection.destroy(),
  endOfInput: connection => connection.endOfInput(),
  onTimeout: connection => connection.onTimeout(Number.MAX_SAFE_INTEGER),
  updateKeys: connection => connection.updateKeys(true),
  requestClientCertificate: connection => connection.requestClientCertificate(),
  exportKeyingMaterial: connection => connection.exportKeyingMaterial(8, 'EXPORTER-x'),
  channelBinding: connection => connection.channelBinding('tls-exporter'),
  info: connection => [connection.info.peer, connection.state, connection.error, connection.nextTimeout()],
};

/** Options whose hooks, all of one side, call `act`. */
function hooks(act: () => void): Record<string, PairOptions> {
  const verifier = testVerifier();
  const first = <T>(answer: () => T): T => {
    act();
    return answer();
  };
  const keys = new TicketKeys({ provider: nodeProvider() });
  const acting = { verify: (...peer: Parameters<typeof verifier.verify>) => first(() => verifier.verify(...peer)) };
  return {
    credentials: { server: { credentials: () => first(() => credential('server_p256')) } },
    selectAlpn: { client: { alpn: ['a'] }, server: { selectAlpn: () => first(() => 'a') } },
    verifier: {
      client: { credential: credential('client_p256') },
      server: { clientAuth: 'request', verifier: acting },
    },
    keyLog: { server: { keyLog: act } },
    tickets: { server: { tickets: { lifetime: 9, seal: () => first(() => null), open: ticket => keys.open(ticket) } } },
  };
}

for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
  for (const hook of Object.keys(hooks(() => {}))) {
    test(`${version}: every method from inside the ${hook} hook`, () => {
      for (const [name, call] of Object.entries(calls)) {
        let pair: Pair | undefined;
        let ran = 0;
        const options = hooks(() => {
          ran++;
          try {
            if (pair !== undefined) call(pair.server);
          } catch (error) {
            if (!(error instanceof TlsError) || error.code !== 'ERR_INVALID_STATE') throw error;
          }
        })[hook];
        pair = makePair({ ...options, client: { ...options.client, maxVersion: version } });
        pump(pair);
        assert.ok(ran > 0, `${hook} was called`);
        const { server, client } = pair;
        assert.is.not(server.error?.code, 'ERR_INTERNAL', `${name}: ${server.error?.cause}`);
        assert.is.not(server.error?.code, 'ERR_HOOK_FAILED', `${name}: ${server.error?.cause}`);
        // What `receive` brought is garbage between the peer's bytes.
        if (name !== 'receive' && server.state === 'established' && client.state === 'established') {
          client.write(Uint8Array.of(1, 2, 3));
          pump(pair);
          assert.equal(dataOf(pair.serverEvents), Uint8Array.of(1, 2, 3), name);
        }
        server.destroy();
        client.destroy();
        pump(pair);
        assert.is(kinds(pair.serverEvents).filter(kind => kind === 'closed').length, 1, name);
        for (const event of pair.clientEvents) if (event.kind === 'session') event.session.secret.dispose();
        assert.is(pair.serverProvider.ledger.alive.size, 0, name);
        assert.is(pair.clientProvider.ledger.alive.size, 0, name);
      }
    });
  }
}

test.run();
