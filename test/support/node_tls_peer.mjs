// node:tls of whichever Node runs this, as a peer: a line of JSON for each thing that happens.
// Usage: node_tls_peer.mjs server|client '{"options": {...}, "rounds": 1}'. A server sends everything back; a client
// sends a line in each of its rounds, resuming the session of the round before.

import tls from 'node:tls';

const [role, json] = process.argv.slice(2);
const { options, rounds = 1 } = JSON.parse(json);
const tell = what => process.stdout.write(`${JSON.stringify(what)}\n`);

const facts = socket => ({
  protocol: socket.getProtocol(),
  cipher: socket.getCipher().standardName,
  key: socket.getEphemeralKeyInfo()?.name ?? null,
  alpn: socket.alpnProtocol,
  authorized: socket.authorized,
  resumed: socket.isSessionReused(),
  peer: socket.getPeerCertificate()?.subject?.CN ?? null,
});

if (role === 'server') serve();
else await connect(rounds, undefined);

function serve() {
  const server = tls.createServer(options, socket => {
    tell({ connection: facts(socket) });
    socket.on('error', error => tell({ error: error.code ?? error.message }));
    socket.pipe(socket);
  });
  server.on('tlsClientError', error => tell({ error: error.code ?? error.message }));
  server.listen(0, '127.0.0.1', () => tell({ port: server.address().port }));
}

async function connect(left, session) {
  const socket = tls.connect({ ...options, host: '127.0.0.1', servername: 'example.test', session });
  let next = session;
  socket.on('session', bytes => (next = bytes));
  socket.on('error', error => {
    tell({ error: error.code ?? error.message });
    process.exit(1);
  });
  await new Promise(resolve => socket.once('secureConnect', resolve));
  socket.write('an echo of castls\n');
  const data = await new Promise(resolve => socket.once('data', resolve));
  tell({ connection: facts(socket), data: String(data) });
  socket.end();
  await new Promise(resolve => socket.once('close', resolve));
  if (left > 1) await connect(left - 1, next);
}
