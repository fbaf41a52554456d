// What the bundlers bundle: a handshake in memory with certificates made on the spot, so that every binary and both roles
// are in it and at work. Prints what was negotiated.

import { Connection, clientConfig, credential, peerVerifier, serverConfig } from 'castls';
import { formatPem, generatePrivateKey, issueSelfSigned, signerOf, writePrivateKey } from 'castls/x509';

const key = await generatePrivateKey({ type: 'ec', curve: 'P-256' });
const notBefore = Date.now() - 1000;
const certificate = await issueSelfSigned(
  {
    profile: 'server',
    subject: 'CN=localhost',
    altNames: ['localhost'],
    publicKey: key.publicKey,
    notBefore,
    notAfter: notBefore + 1e9,
  },
  { signer: signerOf(key) },
);
const cert = formatPem('CERTIFICATE', certificate.der);
const forServer = serverConfig({
  credentials: [credential({ cert, key: formatPem('PRIVATE KEY', writePrivateKey(key)) })],
});
const forClient = clientConfig({ verifier: peerVerifier({ ca: cert }) });
const client = new Connection(forClient.settings({ serverName: 'localhost' }), forClient);
const server = new Connection(forServer.settings(), forServer);
while (client.pendingOutput > 0 || server.pendingOutput > 0) {
  for (const bytes of client.takeOutput()) server.receive(bytes);
  for (const bytes of server.takeOutput()) client.receive(bytes);
}
console.log(client.state, client.info.protocolVersion, client.info.group?.name);
