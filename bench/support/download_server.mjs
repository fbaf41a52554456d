// A node:tls server in a process of its own that sends as many bytes as the first line it gets asks for.
// Arguments: JSON with {key, cert, ciphers, ecdhCurve}. Prints its port; ends when its standard input ends.

import { createServer } from 'node:tls';

const options = JSON.parse(process.argv[2]);
const chunk = Buffer.alloc(256 * 1024, 'castls benchmark ');

const server = createServer({ ...options, minVersion: 'TLSv1.3' }, socket => {
  socket.on('error', () => {});
  let asked = '';
  socket.on('data', data => {
    asked += data.toString();
    if (!asked.includes('\n')) return;
    let left = Number(asked);
    asked = '';
    const send = () => {
      while (left > 0) {
        const piece = chunk.subarray(0, Math.min(left, chunk.length));
        left -= piece.length;
        if (!socket.write(piece)) return void socket.once('drain', send);
      }
    };
    send();
  });
});
server.on('tlsClientError', () => {});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit(0)).resume();
