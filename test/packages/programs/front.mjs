import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { pipeline } from 'node:stream';
import { createServer } from 'node:tls';

const { CERT, KEY, BACKEND } = process.env;
const options = { cert: readFileSync(CERT), key: readFileSync(KEY), ecdhCurve: 'X25519MLKEM768' };
const server = createServer(options, client => {
  const backend = connect(Number(BACKEND), '127.0.0.1');
  pipeline(client, backend, client, () => {});
});
server.on('tlsClientError', error => console.error(error.code));
server.listen(0, '127.0.0.1', () => console.log(`listening at ${server.address().port}`));
