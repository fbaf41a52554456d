import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';

const { HOST, PORT, CA, BODY } = process.env;
const redis = new Redis({
  host: HOST,
  port: Number(PORT),
  tls: { ca: readFileSync(CA) },
  retryStrategy: () => null,
});
redis.on('error', error => {
  console.error(error);
  process.exitCode = 1;
});
const text = readFileSync(BODY, 'utf8');
await redis.set('note', text);
assert.equal(await redis.get('note'), text);
await redis.del('n');
const answers = await Promise.all(Array.from({ length: 200 }, () => redis.incr('n')));
assert.equal(answers.at(-1), 200);
await redis.quit();
console.log('done');
