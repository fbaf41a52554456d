import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { ImapFlow } from 'imapflow';

const { HOST, PORT, CA, BODY, SECURE } = process.env;
const client = new ImapFlow({
  host: HOST,
  port: Number(PORT),
  secure: SECURE === 'yes',
  auth: { user: 'someone', pass: 'secret' },
  tls: { ca: readFileSync(CA) },
  logger: false,
});
await client.connect();
const text = readFileSync(BODY, 'utf8').replace(/.{60}/g, '$&\r\n');
await client.append('INBOX', `Subject: note\r\n\r\n${text}`);
const lock = await client.getMailboxLock('INBOX');
try {
  const message = await client.fetchOne('*', { source: true, envelope: true });
  assert.equal(message.envelope.subject, 'note');
  assert.ok(message.source.toString().endsWith(text));
} finally {
  lock.release();
}
console.log(client.secureConnection);
await client.logout();
console.log('done');
