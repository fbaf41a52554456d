// imapflow, ldapts and basic-ftp under castls/register, with Debian's servers: TLS from the beginning, and STARTTLS.

import { test } from 'uvu';
import { cleanUp } from '../support/node_tls.ts';
import { withPeer } from '../support/peers.ts';
import { runsUnchanged } from './harness.ts';
import { dovecot, slapd, vsftpd } from './servers.ts';

test.after.each(cleanUp);

withPeer('imapflow with Dovecot', ['dovecot'], () => {
  test('imapflow with Dovecot: IMAPS and STARTTLS', async () => {
    const { plain, tls } = await dovecot();
    await runsUnchanged('imapflow', tls, { SECURE: 'yes' }, ['true']);
    await runsUnchanged('imapflow', plain, { SECURE: 'no' }, ['true']);
  });
});

withPeer('ldapts with OpenLDAP', ['slapd', 'slapadd'], () => {
  test('ldapts with OpenLDAP: ldaps and STARTTLS', async () => {
    const { plain, tls } = await slapd();
    await runsUnchanged('ldapts', tls, { SECURE: 'yes' });
    await runsUnchanged('ldapts', plain, { SECURE: 'no' });
  });
});

withPeer('basic-ftp with vsftpd', ['vsftpd'], () => {
  for (const kind of ['explicit', 'implicit'] as const) {
    test(`basic-ftp with vsftpd: ${kind}, data connections resume the session`, async () => {
      const env = { SECURE: kind === 'implicit' ? 'yes' : 'no' };
      await runsUnchanged('basic_ftp', await vsftpd(kind), env, [/note\.txt 200000/]);
    });
  }
});

test.run();
