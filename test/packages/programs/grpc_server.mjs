import { readFileSync } from 'node:fs';
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

const { CERT, KEY } = process.env;
const definition = protoLoader.loadSync(new URL('echo.proto', import.meta.url).pathname);
const { Echo } = grpc.loadPackageDefinition(definition).echo;
const server = new grpc.Server();
server.addService(Echo.service, {
  once: (call, callback) => callback(null, { text: call.request.text }),
  stream: call => {
    call.on('data', ({ text }) => call.write({ text }));
    call.on('end', () => call.end());
  },
});
const credentials = grpc.ServerCredentials.createSsl(null, [
  { cert_chain: readFileSync(CERT), private_key: readFileSync(KEY) },
]);
server.bindAsync('127.0.0.1:0', credentials, (error, port) => {
  if (error) throw error;
  console.log(`listening at ${port}`);
});
