// Who reads once for each "readable" gets everything, in the Node.js that runs this and in a newer one, whose `read()` gives a
// chunk and not all there is.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bundled } from '../support/bundled.ts';
import { newerNode } from '../support/newer_node.ts';

const folder = mkdtempSync(join(tmpdir(), 'castls-readable-'));
test.after(() => rmSync(folder, { recursive: true }));
const castls = pathToFileURL(await bundled('src/node.ts', folder)).href;
const program = join(folder, 'program.mjs');
writeFileSync(
  program,
  `
import { readFileSync } from 'node:fs';
import { connect, createServer } from '${castls}';
const read = name => readFileSync('${join(process.cwd(), 'test/fixtures')}/' + name);
const big = Buffer.alloc(2 * 1024 * 1024, 'Y');
const server = createServer({ key: read('server_p256.key'), cert: read('server_p256.crt') }, socket => {
  socket.end(big);
  socket.destroySoon();
});
server.listen(0, '127.0.0.1', () => {
  let length = 0;
  const socket = connect({ port: server.address().port, host: '127.0.0.1', ca: read('ca.crt'), servername: 'example.test' });
  socket.on('readable', () => {
    length += socket.read()?.length ?? 0;
  });
  socket.on('end', () => {
    console.log(length);
    server.close();
  });
});
`,
);

const newer = newerNode();
const hosts = new Set([process.execPath, ...('path' in newer ? [newer.path] : [])]);
if ('missing' in newer) {
  if (process.env['CASTLS_REQUIRE_PEERS']) throw new Error(newer.missing);
  console.log(`SKIP a newer Node.js: ${newer.missing}`);
}

for (const host of hosts) {
  test(`${host === process.execPath ? 'this Node.js' : 'a newer one'}: one read() for each "readable" is enough`, async () => {
    const said = await new Promise<string>((resolve, reject) => {
      execFile(host, [program], { timeout: 20_000 }, (error, stdout, stderr) =>
        error ? reject(new Error(`${error.message}\n${stderr}`)) : resolve(stdout),
      );
    });
    assert.is(said.trim(), String(2 * 1024 * 1024));
  });
}

test.run();
