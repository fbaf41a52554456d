import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { Client } from 'basic-ftp';

const { HOST, PORT, CA, BODY, SECURE } = process.env;
const client = new Client(10_000);
try {
  await client.access({
    host: HOST,
    port: Number(PORT),
    secure: SECURE === 'yes' ? 'implicit' : true,
    secureOptions: { ca: readFileSync(CA) },
  });
  const body = readFileSync(BODY);
  await client.cd('store');
  await client.uploadFrom(Readable.from([body]), 'note.txt');
  console.log((await client.list()).map(({ name, size }) => `${name} ${size}`));
  const chunks = [];
  const into = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  await client.downloadTo(into, 'note.txt');
  assert.ok(Buffer.concat(chunks).equals(body));
  await client.remove('note.txt');
} finally {
  client.close();
}
console.log('done');
