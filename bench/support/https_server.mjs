// An HTTPS server in a process of its own. Arguments: castls | native | node, the folder of castls' bundles, JSON of its options. native is castls on
// castls/native. Answers
// GET /BYTES with so many bytes. Prints its port; for each line on its input prints what it has done and spent so far; ends
// when its input ends.

import * as nodeHttps from 'node:https';

const [kind, bundles, json] = process.argv.slice(2);
const https = kind === 'node' ? nodeHttps : await import(`${bundles}/https.js`);
const { nativeProvider } = kind === 'native' ? await import(`${bundles}/native.js`) : {};
const options = { ...JSON.parse(json), provider: nativeProvider?.() };
const seen = { connections: 0, resumed: 0, requests: 0 };
const bodies = new Map();

function bodyOf(length) {
  let body = bodies.get(length);
  if (body === undefined) bodies.set(length, (body = Buffer.alloc(length, 'castls benchmark ')));
  return body;
}

const server = https.createServer(options, (request, response) => {
  seen.requests++;
  const body = bodyOf(Number(request.url.slice(1)));
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': body.length });
  response.end(body);
});
server.on('secureConnection', socket => {
  seen.connections++;
  if (socket.isSessionReused()) seen.resumed++;
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => console.log(server.address().port));

process.stdin.on('data', () => {
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ ...seen, cpu: (user + system) / 1e6, at: performance.now() / 1e3 }));
});
process.stdin.on('end', () => process.exit(0));
