// nodemailer and smtp-server: each under castls/register with the other under node, both, and curl as another client.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanUp } from '../support/node_tls.ts';
import { run, withPeer } from '../support/peers.ts';
import { bodyFile, bodyHash, runsUnchanged, serves, testAuthority } from './harness.ts';

test.after.each(cleanUp);

const answer = `250 secure: true, file: ${bodyHash}`;

for (const [SECURE, how] of [
  ['yes', 'TLS from the beginning'],
  ['no', 'STARTTLS'],
] as const) {
  test(`nodemailer under castls/register and under node, to smtp-server under either: ${how}`, async () => {
    for (const stack of ['node', 'castls'] as const) {
      const { program, port } = await serves('smtp_server', stack, { SECURE });
      await runsUnchanged('nodemailer', port, { SECURE }, [answer]);
      const accepted = program.connections.filter(line => line.includes(' from 127.0.0.1:'));
      assert.is(accepted.length > 0, stack === 'castls', program.stderr);
    }
  });

  withPeer(`curl to smtp-server: ${how}`, ['curl'], () => {
    test(`curl to smtp-server under castls/register: ${how}`, async () => {
      const { program, port } = await serves('smtp_server', 'castls', { SECURE });
      const scheme = SECURE === 'yes' ? 'smtps' : 'smtp';
      const sender = run('curl', [
        ...['-sv', '--max-time', '15', '--ssl-reqd', '--cacert', testAuthority, '-u', 'someone:secret'],
        ...['--mail-from', 'one@example.test', '--mail-rcpt', 'two@example.test'],
        ...['-F', '=see the file;type=text/plain', '-F', `file=@${bodyFile};encoder=base64`],
        `${scheme}://localhost:${port}`,
      ]);
      assert.is(await sender.finished(), 0, sender.output);
      assert.ok(sender.output.includes(bodyHash), sender.output);
      assert.match(program.connections.join('\n'), / from 127\.0\.0\.1:\d+ TLSv1\.3 /);
    });
  });
}

test.run();
