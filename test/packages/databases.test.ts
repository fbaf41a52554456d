// Drivers of databases under castls/register, with Debian's servers: pg and mysql2 begin in the clear and upgrade.

import { test } from 'uvu';
import { cleanUp } from '../support/node_tls.ts';
import { withPeer, withReason } from '../support/peers.ts';
import { postgresFolder, startPostgres } from '../support/postgres.ts';
import { runsUnchanged } from './harness.ts';
import { mariadb, redis } from './servers.ts';

test.after.each(cleanUp);

const bin = postgresFolder();
withReason('pg with PostgreSQL', bin === null ? 'no PostgreSQL in /usr/lib/postgresql' : null, () => {
  test('pg, Client and Pool, with PostgreSQL: SSLRequest, then TLS', async () => {
    const postgres = await startPostgres(bin as string);
    try {
      await runsUnchanged('pg', postgres.port, {}, [/^TLSv1\.3$/]);
      await runsUnchanged('pg_pool', postgres.port);
    } finally {
      await postgres.stop();
    }
  });
});

withPeer('mysql2 with MariaDB', ['mariadbd', 'mariadb-install-db'], () => {
  test('mysql2 with MariaDB: the upgrade of its protocol', async () => {
    await runsUnchanged('mysql2', await mariadb(), {}, [/^TLSv1\.3$/]);
  });
});

withPeer('ioredis with Redis', ['redis-server'], () => {
  test('ioredis with Redis', async () => {
    await runsUnchanged('ioredis', await redis());
  });
});

test.run();
