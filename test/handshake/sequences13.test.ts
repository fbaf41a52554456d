// Message sequences no rule foresees: messages dropped, doubled, swapped, cut and changed, with a fixed seed. Every
// handshake ends, with a typed error or without one, and leaves no secret.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { credential, testVerifier } from '../support/pki.ts';
import { type Change, type PlainOptions, plainHandshake } from '../support/plain_pair.ts';

function generator(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 16) % below;
  };
}

/** Does something to one message in four. */
function mischief(pick: (below: number) => number): Change {
  let kept: Uint8Array | null = null;
  return bytes => {
    switch (pick(24)) {
      case 0:
        return [];
      case 1:
        return [bytes, bytes];
      case 2:
        kept = bytes;
        return [];
      case 3:
        return kept === null ? bytes : [bytes, kept];
      case 4: {
        const body = bytes.subarray(0, 4 + pick(bytes.length - 3)).slice();
        body.set([body[0], 0, (body.length - 4) >> 8, (body.length - 4) & 255]);
        return body;
      }
      case 5: {
        const changed = bytes.slice();
        if (changed.length > 4) changed[4 + pick(changed.length - 4)] ^= 1 << pick(8);
        return changed;
      }
      case 6: {
        const changed = bytes.slice();
        changed[0] = pick(256);
        return changed;
      }
      default:
        return bytes;
    }
  };
}

const shapes: PlainOptions[] = [
  {},
  { server: { groups: ['secp384r1'], sendCookie: true } },
  {
    client: { credential: credential('client_p256'), alpn: ['h2'] },
    server: { clientAuth: 'require', verifier: testVerifier(), alpn: ['h2'] },
  },
];

test('any sequence of messages ends typed, without a secret left', () => {
  const codes = new Set<string>();
  let complete = 0;
  for (let round = 0; round < 900; round++) {
    const pick = generator(round + 1);
    const { client, server, clientProvider, serverProvider } = plainHandshake({
      ...shapes[round % shapes.length],
      toServer: mischief(pick),
      toClient: mischief(pick),
    });
    if (client.established && server.established) complete++;
    for (const end of [client, server]) {
      if (end.error !== null) codes.add(end.error.code);
      end.flow.destroy();
      end.negotiated.dispose();
    }
    assert.is(clientProvider.ledger.alive.size, 0, `client, round ${round}`);
    assert.is(serverProvider.ledger.alive.size, 0, `server, round ${round}`);
  }
  assert.ok(complete > 20, `${complete} were complete`);
  assert.ok(codes.size > 8, [...codes].join());
  assert.not(codes.has('ERR_INTERNAL') || codes.has('ERR_INVALID_STATE') || codes.has('ERR_INVALID_ARGUMENT'));
});

test.run();
