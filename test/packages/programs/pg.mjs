import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import pg from 'pg';

const { HOST, PORT, CA, BODY } = process.env;
const client = new pg.Client({
  host: HOST,
  port: Number(PORT),
  user: 'castls',
  database: 'postgres',
  ssl: { ca: readFileSync(CA) },
});
await client.connect();
const text = readFileSync(BODY, 'utf8');
const { rows } = await client.query('SELECT $1::text AS text', [text]);
assert.equal(rows[0].text, text);
const { rows: stat } = await client.query('SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
console.log(stat[0].version);
await client.end();
console.log('done');
