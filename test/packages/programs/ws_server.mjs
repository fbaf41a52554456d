import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { WebSocketServer } from 'ws';

const { CERT, KEY } = process.env;
const server = createServer({ cert: readFileSync(CERT), key: readFileSync(KEY) });
const sockets = new WebSocketServer({ server });
sockets.on('connection', socket => {
  socket.on('error', console.error);
  socket.on('message', data => socket.send(data));
});
server.listen(0, '127.0.0.1', () => console.log(`listening at ${server.address().port}`));
