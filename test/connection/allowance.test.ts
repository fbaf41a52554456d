// What a peer is paid back: as much as it may cause.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { workUnits } from '../../src/base/cost.ts';
import { Allowance } from '../../src/connection/allowance.ts';
import { clientConfig, peerVerifier } from '../../src/index.ts';
import { HandshakeType } from '../../src/registry/handshake_types.ts';
import { encodeHandshake } from '../../src/wire/handshake_message.ts';
import { ca } from '../support/node_tls.ts';

for (const [what, pays] of [
  ['16 KiB of data', (allowance: Allowance) => allowance.dataCame(16_384)],
  ['minute', (_: Allowance, clock: { now: number }) => void (clock.now += 60_000)],
] as const) {
  test(`a KeyUpdate for each ${what} costs nothing in the long run (RFC 9846 §4.6.3)`, () => {
    const clock = { now: 0 };
    const config = clientConfig({ verifier: peerVerifier({ ca }), now: () => clock.now });
    const allowance = new Allowance(config.settings({ serverName: 'localhost' }));
    const raw = encodeHandshake(HandshakeType.key_update, writer => void writer.u8(0));
    const message = { type: HandshakeType.key_update, raw, body: raw.subarray(4) };
    allowance.established();
    const { left } = allowance.work;
    for (let i = 0; i < 100; i++) {
      pays(allowance, clock);
      // As the reader, the connection and the flow charge it.
      allowance.work.charge(workUnits.record, 'records');
      allowance.message(message, true);
      allowance.work.charge(workUnits.keyUpdate, 'a KeyUpdate');
      allowance.keyUpdates.received(false);
    }
    pays(allowance, clock);
    allowance.message(message, true);
    assert.ok(allowance.work.left >= left - 40, `${left - allowance.work.left} units are gone`);
  });
}

test.run();
