import assert from 'node:assert';
import { readFileSync } from 'node:fs';

const { HOST, PORT, BODY } = process.env;
const url = `https://${HOST}:${PORT}/fetch`;
const body = readFileSync(BODY, 'utf8');
const stored = await fetch(url, { method: 'PUT', body });
assert.ok(stored.ok);
const response = await fetch(url);
assert.equal(await response.text(), body);
console.log('done');
