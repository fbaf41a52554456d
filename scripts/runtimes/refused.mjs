// A client that is refused while it still sends: it reads the alert and the end, and no reset overtakes them.

import { spawn } from 'node:child_process';
import { connect } from 'node:net';

const DEADLINE_MS = 20_000;
/** A ClientHello of TLS 1.2 without a suite that anybody has. */
const hello = Buffer.from([1, 0, 0, 41, 3, 3, ...new Uint8Array(32), 0, 0, 2, 0xfe, 0xfe, 1, 0]);
const record = Buffer.concat([Buffer.from([22, 3, 1, 0, hello.length]), hello]);
const HANDSHAKE_FAILURE = '15030300020228';

/**
 * @param {string} path of the runtime @param {string[]} args to a program that serves and prints its port
 * @returns {Promise<import('./table.mjs').Outcome[]>}
 */
export async function refusedOutcomes(path, args) {
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const port = await new Promise((resolve, reject) => {
      let text = '';
      child.stdout.setEncoding('utf8').on('data', more => {
        text += more;
        if (/^\d+\n/.test(text)) resolve(Number.parseInt(text, 10));
      });
      child.on('error', reject);
      child.on('close', code => reject(new Error(`it ended with ${code}: ${text}`)));
      setTimeout(() => reject(new Error('it says no port')), DEADLINE_MS).unref();
    });
    const outcomes = [];
    for (const [name, pieces] of /** @type {const} */ ([
      ['a client that is refused and sends for two seconds more reads the alert', 40],
      ['a client that is refused and has sent all reads the alert', 1],
    ])) {
      const failure = await talkative(port, pieces).then(
        read => (read === HANDSHAKE_FAILURE ? null : `it reads ${read}`),
        error => `${error}`,
      );
      outcomes.push({ name, failure });
    }
    return outcomes;
  } finally {
    child.kill('SIGKILL');
  }
}

/** Says hello, then `pieces` of 64 KiB, one each 50 ms, and reads nothing before that is done. @param {number} port @param {number} pieces @returns {Promise<string>} hex */
async function talkative(port, pieces) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  /** @type {Buffer[]} */
  const read = [];
  const over = new Promise((resolve, reject) => {
    socket.on('data', chunk => read.push(chunk));
    socket.pause();
    socket.on('error', reject);
    socket.on('end', () => resolve(Buffer.concat(read).toString('hex')));
    setTimeout(() => reject(new Error('no end comes')), DEADLINE_MS).unref();
  });
  over.catch(() => {});
  try {
    socket.write(record);
    for (let i = 0; i < pieces; i++) {
      await new Promise(resolve => setTimeout(resolve, 50));
      socket.write(Buffer.alloc(64 * 1024, 0x17));
    }
    socket.resume();
    return await over;
  } finally {
    socket.destroy();
  }
}
