import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import mysql from 'mysql2/promise';

const { HOST, PORT, CA, BODY } = process.env;
const connection = await mysql.createConnection({
  host: HOST,
  port: Number(PORT),
  user: 'castls',
  password: 'secret',
  database: 'castls',
  ssl: { ca: readFileSync(CA) },
});
const text = readFileSync(BODY, 'utf8');
await connection.query('CREATE OR REPLACE TABLE notes (id INT PRIMARY KEY AUTO_INCREMENT, text LONGTEXT)');
await connection.execute('INSERT INTO notes (text) VALUES (?)', [text]);
const [rows] = await connection.execute('SELECT text FROM notes WHERE id = ?', [1]);
assert.equal(rows[0].text, text);
const [[version]] = await connection.query("SHOW STATUS LIKE 'Ssl_version'");
console.log(version.Value);
await connection.end();
console.log('done');
