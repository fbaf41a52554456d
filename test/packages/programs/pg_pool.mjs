import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import pg from 'pg';

const { HOST, PORT, CA, BODY } = process.env;
const pool = new pg.Pool({
  connectionString: `postgres://castls@${HOST}:${PORT}/postgres?sslmode=verify-full&sslrootcert=${CA}`,
});
const text = readFileSync(BODY, 'utf8');
const answers = await Promise.all(
  Array.from({ length: 8 }, (_, i) => pool.query('SELECT $1::int AS n, $2::text AS text', [i, text])),
);
answers.forEach(({ rows }, i) => assert.deepEqual(rows, [{ n: i, text }]));
await pool.end();
console.log('done');
