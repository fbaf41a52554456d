// A castls server in a process of its own. Arguments: the bundle of castls/node, JSON {key, cert}. Prints its port; for
// each line on its input prints its connections and its resident bytes; ends when its input ends.

const [bundle, json] = process.argv.slice(2);
const tls = await import(bundle);
let open = 0;
const server = tls.createServer({ ...JSON.parse(json), minVersion: 'TLSv1.3' }, socket => {
  open++;
  socket.on('error', () => {});
  socket.on('close', () => open--);
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => console.log(server.address().port));

process.stdin.on('data', async () => {
  for (let i = 0; i < 5; i++) {
    await new Promise(resolve => setTimeout(resolve, 100));
    globalThis.gc();
  }
  console.log(`${open} ${process.memoryUsage().rss}`);
});
process.stdin.on('end', () => process.exit(0));
