// Opens castls connections that then rest. Arguments: the bundle of castls/node, JSON {ca, host, port}. For each number on
// its input it opens so many more and prints how many there are; "0" closes all.

const [bundle, json] = process.argv.slice(2);
const tls = await import(bundle);
const { ca, host, port } = JSON.parse(json);
const open = [];

const connect = () =>
  new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: '127.0.0.1', ca, servername: host });
    socket.on('error', reject);
    socket.once('secureConnect', () => resolve(open.push(socket)));
  });

for await (const line of process.stdin) {
  const wanted = Number(line);
  if (wanted === 0) for (const socket of open.splice(0)) socket.destroy();
  for (let left = wanted; left > 0; left -= 25) await Promise.all(Array.from({ length: Math.min(25, left) }, connect));
  console.log(open.length);
}
process.exit(0);
