import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { Client } from 'ldapts';

const { HOST, PORT, CA, BODY, SECURE } = process.env;
const tlsOptions = { ca: readFileSync(CA) };
const client = new Client(
  SECURE === 'yes' ? { url: `ldaps://${HOST}:${PORT}`, tlsOptions } : { url: `ldap://${HOST}:${PORT}` },
);
if (SECURE !== 'yes') await client.startTLS(tlsOptions);
await client.bind('cn=admin,dc=test', 'secret');
const description = readFileSync(BODY, 'utf8');
const name = `ou=notes${process.pid},dc=test`;
await client.add(name, { objectClass: 'organizationalUnit', description });
const { searchEntries } = await client.search('dc=test', { filter: `(ou=notes${process.pid})` });
assert.equal(searchEntries.length, 1);
assert.equal(searchEntries[0].description, description);
await client.del(name);
await client.unbind();
console.log('done');
