import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

const { HOST, PORT, CA, BODY } = process.env;
const definition = protoLoader.loadSync(new URL('echo.proto', import.meta.url).pathname);
const { Echo } = grpc.loadPackageDefinition(definition).echo;
const client = new Echo(`${HOST}:${PORT}`, grpc.credentials.createSsl(readFileSync(CA)));
const text = readFileSync(BODY, 'utf8');
await new Promise((resolve, reject) => {
  client.once({ text }, { deadline: Date.now() + 10_000 }, (error, answer) => {
    if (error) return reject(error);
    assert.equal(answer.text, text);
    resolve();
  });
});
await new Promise((resolve, reject) => {
  const call = client.stream();
  let count = 0;
  call.on('data', answer => {
    assert.equal(answer.text, text);
    if (++count === 5) call.end();
  });
  call.on('end', resolve);
  call.on('error', reject);
  for (let i = 0; i < 5; i++) call.write({ text });
});
client.close();
console.log('done');
