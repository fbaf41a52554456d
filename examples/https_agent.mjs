// The https of Node over castls: an Agent whose connections castls makes.
// Usage: node examples/https_agent.mjs URL [CA]

import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { connect } from 'castls/node';

const [url, ca] = process.argv.slice(2);

class CastlsAgent extends Agent {
  createConnection(options, callback) {
    return connect(options, callback);
  }
}

const agent = new CastlsAgent({ ca: ca && readFileSync(ca) });
get(url, { agent }, response => {
  console.log(response.statusCode, response.socket.getProtocol(), response.socket.info.group.name);
  response.pipe(process.stdout);
}).on('error', error => {
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
});
