// Connection alone: no socket, no stream, no timer. Two ends in one process, their bytes carried by a loop.
// Usage: node examples/sans_io.mjs CA CERT KEY

import { readFileSync } from 'node:fs';
import { Connection, clientConfig, credential, peerVerifier, serverConfig } from 'castls';

const [ca, cert, key] = process.argv.slice(2).map(file => readFileSync(file));
const forClient = clientConfig({ verifier: peerVerifier({ ca }), alpn: ['example'] });
const forServer = serverConfig({ credentials: [credential({ cert, key })], alpn: ['example'] });

// A client sends its ClientHello when it is made. handshakeTimeout becomes connection.nextTimeout(): arm a timer for it.
const client = new Connection(forClient.settings({ serverName: 'localhost' }), forClient);
const server = new Connection(forServer.settings(), forServer);

/** Carries bytes until none are left, then handles what happened. */
function pump() {
  for (let moved = true; moved; ) {
    moved = carry(client, server) || carry(server, client);
    handle(client, 'client', event => {
      if (event.kind === 'established') client.write(new TextEncoder().encode('hello'));
      if (event.kind === 'data') client.close();
    });
    handle(server, 'server', event => {
      if (event.kind === 'data') server.write(event.data);
      if (event.kind === 'end') server.close();
    });
    moved ||= client.pendingOutput > 0 || server.pendingOutput > 0;
  }
}

function carry(from, to) {
  const records = from.takeOutput();
  for (const record of records) to.receive(record);
  return records.length > 0;
}

function handle(connection, name, onEvent) {
  for (let event = connection.nextEvent(); event !== null; event = connection.nextEvent()) {
    const more = event.kind === 'data' ? `: ${new TextDecoder().decode(event.data)}` : '';
    console.log(`${name} ${event.kind}${more}`);
    onEvent(event);
  }
}

pump();
const { protocolVersion, cipherSuite, alpn } = client.info;
console.log(protocolVersion, cipherSuite.name, alpn, client.state, server.state);
client.dispose();
server.dispose();
