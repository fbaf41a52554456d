// A Next.js app whose route handler, on the Node.js runtime, asks a TLS server over castls/node: built by "next build" (Turbopack,
// as new apps have it), started by "next start" and asked over HTTP.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { root } from '../set_up.mjs';
import { command } from './bundlers.mjs';

const HELLO = 'hello from the TLS server';

/** Files of the app. Turbopack's root: its packages are linked from elsewhere. */
const files = {
  'package.json': '{ "name": "app", "private": true, "type": "module" }\n',
  'next.config.mjs': 'export default { turbopack: { root: "/" } };\n',
  'app/layout.js': 'export default ({ children }) => <html lang="en"><body>{children}</body></html>;\n',
  'app/tls/route.js': `import { once } from 'node:events';
import { connect } from 'castls/node';
export const dynamic = 'force-dynamic';
export async function GET(request) {
  const port = Number(new URL(request.url).searchParams.get('port'));
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: process.env.TEST_CA });
  await once(socket, 'secureConnect');
  let text = socket.getProtocol() + ' ';
  for await (const bytes of socket) text += bytes;
  return new Response(text);
}\n`,
};

/** @param {import('./bundlers.mjs').Place} place @returns {Promise<string | null>} */
export async function next({ folder, modules }) {
  const app = join(folder, 'next');
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(app, file, '..'), { recursive: true });
    writeFileSync(join(app, file), text);
  }
  for (const name of ['next', 'react', 'react-dom']) {
    const link = join(folder, 'node_modules', name);
    if (!existsSync(link)) symlinkSync(join(modules, name), link, 'junction');
  }
  const cli = join(modules, 'next/dist/bin/next');
  const env = { NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production', TEST_CA: fixture('ca.crt') };
  return command(process.execPath, [cli, 'build'], app, env) ?? answers(cli, app, env);
}

/** @param {string} cli @param {string} app @param {Record<string, string>} env @returns {Promise<string | null>} */
async function answers(cli, app, env) {
  const server = createServer({ cert: fixture('server_p256.crt'), key: fixture('server_p256.key') }, socket =>
    socket.on('error', () => {}).end(HELLO),
  );
  await new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const child = spawn(process.execPath, [cli, 'start', '-p', '0', '-H', '127.0.0.1'], {
    cwd: app,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  try {
    /** @type {string} */
    const url = await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`next start is not ready after 30 s: ${log}`)), 30_000);
      const take = (/** @type {Buffer} */ text) => {
        log += text;
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(log)?.[0];
        if (found === undefined || !log.includes('Ready')) return;
        clearTimeout(late);
        resolve(found);
      };
      child.stdout.on('data', take);
      child.stderr.on('data', take);
      child.on('exit', code => reject(new Error(`next start ended with ${code}: ${log}`)));
    });
    const response = await fetch(`${url}/tls?port=${port}`, { signal: AbortSignal.timeout(20_000) });
    const text = await response.text();
    return text === `TLSv1.3 ${HELLO}` ? null : `the route answers ${response.status} ${text.slice(0, 500)}\n${log}`;
  } finally {
    child.kill();
    server.close();
  }
}

/** @param {string} name */
function fixture(name) {
  return readFileSync(join(root, 'test/fixtures', name), 'utf8');
}
