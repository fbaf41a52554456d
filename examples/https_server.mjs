// HTTPS by Node's own HTTP server over the TLS sockets of castls; the page says what was negotiated.
// Usage: node examples/https_server.mjs CERT KEY [PORT]

import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'castls/node';

const [cert, key, port = '8443'] = process.argv.slice(2);

const http = createHttpServer((request, response) => {
  const { info } = request.socket;
  const { protocolVersion, cipherSuite, group } = info;
  response.end(`${protocolVersion}, ${cipherSuite.name}, ${group?.name ?? 'resumed'}\n`);
});

const server = createServer({ cert: readFileSync(cert), key: readFileSync(key), ALPNProtocols: ['http/1.1'] });
server.on('secureConnection', socket => http.emit('connection', socket));
server.on('tlsClientError', error => console.error(error.code));
server.listen(Number(port), 'localhost', () => console.log(`https://localhost:${server.address().port}/`));
