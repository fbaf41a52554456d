import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { got } from 'got';

const { HOST, PORT, CA, BODY } = process.env;
const client = got.extend({
  prefixUrl: `https://${HOST}:${PORT}`,
  https: { certificateAuthority: readFileSync(CA) },
  retry: { limit: 0 },
});
const body = readFileSync(BODY, 'utf8');
const { statusCode } = await client.put('got', { body });
assert.ok([201, 204].includes(statusCode));
assert.equal(await client.get('got').text(), body);
assert.equal(await client.get('got', { http2: true }).text(), body);
console.log('done');
process.exit();
