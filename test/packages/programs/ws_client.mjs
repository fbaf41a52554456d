import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import WebSocket from 'ws';

const { HOST, PORT, CA, BODY } = process.env;
const socket = new WebSocket(`wss://${HOST}:${PORT}`, { ca: readFileSync(CA) });
const body = readFileSync(BODY);
let count = 0;
socket.on('error', error => {
  console.error(error);
  process.exitCode = 1;
});
socket.on('open', () => {
  for (let i = 0; i < 5; i++) socket.send(body);
});
socket.on('message', data => {
  assert.ok(data.equals(body));
  if (++count === 5) socket.close(1000);
});
socket.on('close', code => console.log(code === 1000 ? 'done' : `closed: ${code}`));
