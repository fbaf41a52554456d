import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import amqp from 'amqplib';

const { HOST, PORT, CA, BODY } = process.env;
const connection = await amqp.connect(`amqps://guest:guest@${HOST}:${PORT}`, { ca: [readFileSync(CA)] });
const channel = await connection.createConfirmChannel();
const { queue } = await channel.assertQueue('', { exclusive: true });
const body = readFileSync(BODY);
const arrived = new Promise(resolve => channel.consume(queue, resolve));
channel.sendToQueue(queue, body);
await channel.waitForConfirms();
const message = await arrived;
assert.ok(message.content.equals(body));
channel.ack(message);
await channel.close();
await connection.close();
console.log('done');
