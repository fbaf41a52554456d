// A server whose private key is elsewhere: in a KMS, an HSM, another process. castls asks a Signer, which answers later;
// it gets the message, never a digest, and an AbortSignal for the case that the connection dies first.
// Usage: node examples/kms_signer.mjs CERT KEY [PORT]     KEY stands for the KMS; it is a P-256 key.

import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'castls/node';

const [cert, key, port = '8443'] = process.argv.slice(2);
const kms = createPrivateKey(readFileSync(key));
const ECDSA_SECP256R1_SHA256 = 0x0403;

const signer = {
  schemes: [ECDSA_SECP256R1_SHA256],
  sign: (_scheme, message, _signal) =>
    new Promise((resolve, reject) => {
      // Where a KMS would be called.
      sign('sha256', message, kms, (error, signature) => (error ? reject(error) : resolve(signature)));
    }),
};

const server = createServer({ cert: readFileSync(cert), key: signer }, socket => socket.end('signed elsewhere\n'));
server.listen(Number(port), 'localhost', () => console.log(`listening on ${server.address().port}`));
