// npm start: the explorer on loopback, by http and by castls' own HTTPS with a CA it makes; a bridge and a server for the
// live mode beside it. Usage: npm start [-- --port P --https-port P --allow HOST:PORT ...]

import { parseArgs } from 'node:util';
import { setUp } from './set_up.mjs';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8080' },
    'https-port': { type: 'string', default: '8443' },
    allow: { type: 'string', multiple: true, default: [] },
    'no-build': { type: 'boolean', default: false },
  },
});
if (!values['no-build']) setUp();
const { startExplorer } = await import('./explorer_server.mjs');
const started = await startExplorer({
  port: Number(values.port),
  httpsPort: Number(values['https-port']),
  allow: values.allow,
});
console.log(`
The castls explorer is at

  ${started.http}
  ${started.https}   by castls itself

A browser does not know the CA of the second one, which was made a moment ago. Say "Advanced" and go on to it, or trust
  ${started.caFile}
for as long as you like: its key never leaves this process, and is gone with it.

The live mode reaches these servers, and those named by --allow HOST:PORT:
${started.servers.map(({ name, host, port }) => `  ${name}: ${host}:${port}`).join('\n')}

Ctrl-C ends all of it.`);
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => {
    started.stop();
    process.exit(0);
  });
}
