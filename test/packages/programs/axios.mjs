import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import axios from 'axios';

const { HOST, PORT, CA, BODY } = process.env;
const client = axios.create({
  baseURL: `https://${HOST}:${PORT}`,
  httpsAgent: new Agent({ ca: readFileSync(CA), keepAlive: true }),
});
const body = readFileSync(BODY, 'utf8');
await client.put('/axios', body);
for (let i = 0; i < 3; i++) assert.equal((await client.get('/axios', { responseType: 'text' })).data, body);
client.defaults.httpsAgent.destroy();
console.log('done');
