import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { Agent, fetch, request } from 'undici';

const { HOST, PORT, CA, BODY } = process.env;
const dispatcher = new Agent({ connect: { ca: readFileSync(CA) } });
const url = `https://${HOST}:${PORT}/undici`;
const body = readFileSync(BODY, 'utf8');
const { statusCode, body: stored } = await request(url, { dispatcher, method: 'PUT', body });
await stored.dump();
assert.ok([201, 204].includes(statusCode));
const response = await fetch(url, { dispatcher });
assert.equal(await response.text(), body);
const both = await Promise.all([1, 2, 3].map(() => request(url, { dispatcher }).then(({ body }) => body.text())));
assert.deepEqual(both, [body, body, body]);
await dispatcher.close();
console.log('done');
