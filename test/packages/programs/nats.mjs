import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { connect } from 'nats';

const { HOST, PORT, CA, BODY } = process.env;
const connection = await connect({ servers: `${HOST}:${PORT}`, tls: { caFile: CA }, reconnect: false });
const body = readFileSync(BODY);
const subscription = connection.subscribe('echo', {
  callback: (error, message) => {
    if (error) throw error;
    message.respond(message.data);
  },
});
const answer = await connection.request('echo', body, { timeout: 5000 });
assert.ok(Buffer.from(answer.data).equals(body));
subscription.unsubscribe();
await connection.drain();
console.log('done');
