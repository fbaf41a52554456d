// The shim as a resident process, since starting Node for each of thousands of tests would take most of an hour: it
// listens on a port of 127.0.0.1, reads the arguments of one run from each connection (bytes, each argument ended by 0,
// an empty one ends the list, in hex so that a shell can send it) and answers with the exit code and both outputs.
// `resident.mjs ARGUMENT ...` runs the shim once, in this process.

import { createServer, type Socket } from 'node:net';
import { type Outcome, runShim, UNIMPLEMENTED } from './run.ts';

/** How often the shim said "unimplemented", by what it lacks. */
const missing = new Map<string, number>();

const args = process.argv.slice(2);
if (args.length > 0) {
  const outcome = await runShim(
    args.map(arg => Buffer.from(arg).toString('latin1')),
    new AbortController().signal,
  );
  process.stdout.write(outcome.stdout);
  process.stderr.write(outcome.stderr);
  process.exit(outcome.code);
}

const server = createServer({ allowHalfOpen: true }, socket => {
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (!text.endsWith('\n\n')) return;
    const gone = new AbortController();
    socket.on('close', () => gone.abort()).on('error', () => gone.abort());
    runShim(argumentsIn(text), gone.signal).then(outcome => {
      if (outcome.code === UNIMPLEMENTED) missing.set(outcome.stderr, (missing.get(outcome.stderr) ?? 0) + 1);
      reply(socket, outcome);
    });
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
// The launcher's parent ends it by closing its standard input.
process.stdin
  .on('end', () => {
    const rows = [...missing]
      .sort((a, b) => b[1] - a[1])
      .map(([what, times]) => `${String(times).padStart(6)} ${what}`);
    process.stdout.write(rows.join(''), () => process.exit(0));
  })
  .resume();

/** One argument a line, backslashes and line ends written as \\ and \n. */
function argumentsIn(text: string): string[] {
  return text
    .slice(0, -2)
    .split('\n')
    .map(line => line.slice(1).replace(/\\(.)/g, (_, next) => (next === 'n' ? '\n' : next)));
}

function reply(socket: Socket, { code, stdout, stderr }: Outcome): void {
  socket.end(`${code}\n${Buffer.from(stdout).toString('base64')}\n${stderr}`);
}
