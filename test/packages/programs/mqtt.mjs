import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import mqtt from 'mqtt';

const { HOST, PORT, CA, BODY } = process.env;
const client = await mqtt.connectAsync(`mqtts://${HOST}:${PORT}`, { ca: readFileSync(CA), reconnectPeriod: 0 }, false);
const body = readFileSync(BODY);
const arrived = new Promise(resolve => client.once('message', (topic, message) => resolve({ topic, message })));
await client.subscribeAsync('notes/#');
await client.publishAsync('notes/one', body, { qos: 1 });
const { topic, message } = await arrived;
assert.equal(topic, 'notes/one');
assert.ok(message.equals(body));
await client.endAsync();
console.log('done');
