// npm run cost [-- WORD ...]: what a stranger's messages cost, in units of which 1000 are one full TLS 1.3 handshake of this process at a
// server with a P-256 key. Takes CPU for each message at n / 2, n and 2n bytes, checks the limits below, and with --write puts the
// table into docs/security.md. Words choose rows. Exit 1 if a limit is passed.

import { readFileSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { handshakeRows } from './cost/handshake_rows.mjs';
import { ends, output, pump } from './cost/peer.mjs';
import { x509Families } from './cost/x509_families.mjs';
import { root, setUp } from './set_up.mjs';

setUp();
const castls = await import('../build/dist/index.js');
const x509 = await import('../build/dist/x509.js');

/** Bytes at n, for messages of up to 100 KiB and for those whose lists end at 64 KiB. */
const N = 48 * 1024;
const N_OF_LISTS = 28 * 1024;
/** Most that a message may cost: a Certificate message in milliseconds for 100 KiB, all others in handshakes. */
const MAX_CERTIFICATE_MS = 100;
const MAX_HANDSHAKES = 30;
/** A stream may cost this side so much more than a castls client that makes it. */
const MAX_STREAM = 10;
/** CPU for a charged unit at 2n over that at n, and over that at n / 2, where work that is quadratic shows as 4. */
const MAX_GROWTH = 3;
/** CPU over what was charged, in units: work that nobody charges shows here. */
const MAX_PRICE = 3;
/** Below this, clocks and the garbage collector decide. Milliseconds. */
const NOISE = 1;

/** Milliseconds of CPU that `run` takes: the least of some runs, and the first. */
function cpu(prepare, runs) {
  const taken = [];
  for (let i = 0; i < runs; i++) {
    const run = prepare();
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    taken.push((user + system) / 1000);
  }
  return { least: Math.min(...taken), first: taken[0] };
}

/** One full handshake at a server; at a client. */
function handshakeCost(side) {
  const costs = [];
  for (let i = 0; i < 260; i++) {
    const { client, server } = ends(castls);
    const spent = { client: 0, server: 0 };
    const receive = (end, to, bytes) => {
      const before = process.cpuUsage();
      to.receive(bytes);
      const { user, system } = process.cpuUsage(before);
      spent[end] += user + system;
    };
    receive('server', server, output(client));
    receive('client', client, output(server));
    receive('server', server, output(client));
    if (i >= 200) costs.push(spent[side] / 1000);
    client.destroy();
    server.destroy();
  }
  return costs.sort((a, b) => a - b)[Math.floor(costs.length / 4)];
}

const words = process.argv.slice(2).filter(word => !word.startsWith('--'));
const chosen = label => words.length === 0 || words.some(word => label.includes(word));

const faults = [];
const lines = [];
const unit = handshakeCost('server') / 1000;

function check(label, good, what) {
  if (!good) faults.push(`${label}: ${what}`);
}

function measure(row) {
  const options = typeof row.options === 'function' ? row.options(castls) : (row.options ?? {});
  const first = row.certificate || row.sealed ? N : N_OF_LISTS;
  const sizes = [first / 2, first, 2 * first].map(n => {
    let bytes = 0;
    let charged = 0;
    const { least } = cpu(() => {
      const state = row.state(castls, options);
      const made = row.make(n, state);
      const input = row.sealed ? made : state.wrap(made);
      bytes = input.length;
      const { info } = state.target;
      const before = info.work;
      return () => {
        state.target.receive(input);
        state.target.takeOutput();
        while (state.target.nextEvent() !== null);
        charged = info.work - before;
        state.target.destroy();
      };
    }, 5);
    return { bytes, ms: least, charged };
  });
  return sizes;
}

function report(where, name, [half, one, two], { certificate = false, limited = true, data = false } = {}) {
  const label = `${where}, ${name}`;
  const grows = two.bytes > 1.5 * one.bytes;
  const largest = grows ? two : one;
  const units = largest.ms / unit;
  // Application data is charged to nobody: it is paid for by whoever seals it, and its growth is that of a byte.
  const perUnitAt = ({ ms, bytes, charged }) => Math.max(ms, NOISE / 4) / (data ? bytes : charged);
  const growth =
    grows && two.ms > NOISE ? Math.max(perUnitAt(two) / perUnitAt(one), perUnitAt(two) / perUnitAt(half)) : null;
  if (growth !== null)
    check(label, growth <= MAX_GROWTH, `a unit at twice the length takes ${growth.toFixed(1)} times the CPU`);
  if (!data && largest.ms > NOISE)
    check(
      label,
      units <= MAX_PRICE * largest.charged,
      `${largest.charged.toFixed(0)} of ${units.toFixed(0)} units are charged`,
    );
  if (certificate)
    check(
      label,
      (largest.ms * 102_400) / Math.max(largest.bytes, 102_400) <= MAX_CERTIFICATE_MS,
      `${largest.ms.toFixed(0)} ms`,
    );
  else if (limited) check(label, units <= MAX_HANDSHAKES * 1000, `${(units / 1000).toFixed(0)} handshakes`);
  const perByte = (units / largest.bytes).toPrecision(2);
  lines.push(
    `| ${where} | ${name} | ${largest.bytes.toLocaleString('en')} | ${Math.round(units).toLocaleString('en')} | ${data ? '-' : Math.round(largest.charged).toLocaleString('en')} | ${perByte} | ${growth === null ? '-' : growth.toFixed(1)} |`,
  );
  console.log(lines.at(-1));
}

console.log(`a handshake: ${(unit * 1000).toFixed(2)} ms at the server`);
const tickets = new castls.TicketKeys();
for (const row of await handshakeRows(castls, x509, tickets)) {
  const where = `${row.side} ${row.version}, ${row.message}`;
  const name = row.rsa ? `${row.name} (RSA)` : row.dangerous ? `${row.name} (by a dangerous name only)` : row.name;
  const limited = !row.rsa && !row.dangerous;
  if (!chosen(`${where}, ${name}`)) continue;
  report(where, name, measure(row), { certificate: row.certificate, limited, data: row.data });
}
for (const family of x509Families.filter(({ kind }) => kind === 'message')) {
  if (!chosen(`either, Certificate, ${family.name}`)) continue;
  const sizes = [];
  for (const n of [N / 2, N, 2 * N]) {
    const { bytes, run } = family.make(n, x509);
    const taken = [];
    let charged = 0;
    for (let i = 0; i < 3; i++) {
      charged = 0;
      const meter = { record: units => (charged += units) };
      const before = process.cpuUsage();
      await run(meter);
      const { user, system } = process.cpuUsage(before);
      taken.push((user + system) / 1000);
    }
    sizes.push({ bytes, ms: Math.min(...taken), charged });
  }
  report('either, Certificate', family.name.replace(/^message: /, ''), sizes, { certificate: true });
}
streams();

/** What a steady stream costs this side beside what it costs a castls client. */
function streams() {
  const rows = {
    'full handshakes, P-256': () => ({ theirs: handshakeCost('client'), ours: handshakeCost('server') }),
    'ClientHellos, no more': () =>
      perMessage(() => {
        const both = ends(castls);
        return [() => ends(castls).client.takeOutput(), () => both.server.receive(output(both.client))];
      }),
    'KeyUpdates and a byte each': () =>
      stream(client => {
        client.updateKeys();
        client.write(Uint8Array.of(1));
      }, 100),
    'records of one byte': () => stream(client => client.write(Uint8Array.of(1)), 2000),
    'full records': () => stream(client => client.write(new Uint8Array(16_384)), 300),
  };
  for (const [name, run] of Object.entries(rows)) {
    if (!chosen(`a stream, ${name}`)) continue;
    const { theirs, ours } = run();
    const ratio = ours / theirs;
    check(`stream of ${name}`, ratio <= MAX_STREAM, `${ratio.toFixed(1)} times the client's work`);
    lines.push(`| server 1.3, a stream | ${name} | - | ${ratio.toFixed(1)} times the client's work | - | - | - |`);
    console.log(lines.at(-1));
  }
}

function perMessage(make) {
  const theirs = cpu(() => make()[0], 20).least;
  const ours = cpu(() => make()[1], 20).least;
  return { theirs: Math.max(theirs, 0.001), ours };
}

function stream(move, count) {
  const both = ends(castls);
  pump(both);
  let theirs = 0;
  let ours = 0;
  for (let i = 0; i < count; i++) {
    const start = process.cpuUsage();
    move(both.client);
    const bytes = output(both.client);
    const sent = process.cpuUsage(start);
    const then = process.cpuUsage();
    both.server.receive(bytes);
    while (both.server.nextEvent() !== null);
    const read = process.cpuUsage(then);
    theirs += sent.user + sent.system;
    ours += read.user + read.system;
  }
  check('stream', both.server.error === null, `${both.server.error?.code}`);
  return { theirs, ours };
}

if (process.argv.includes('--write')) {
  const file = join(root, 'docs/security.md');
  const [before, rest] = readFileSync(file, 'utf8').split('<!-- cost table -->\n');
  const after = rest.slice(rest.indexOf('<!-- end of cost table -->'));
  const host = `Node.js ${process.version}, ${arch()}; a handshake takes ${(unit * 1000).toFixed(2)} ms of CPU here.\n\n`;
  const head =
    '| message | filled with | bytes | units | charged | units per byte | growth |\n|---|---|---|---|---|---|---|\n';
  writeFileSync(file, `${before}<!-- cost table -->\n${host}${head}${lines.join('\n')}\n${after}`);
}
for (const fault of faults) console.error(`FAIL ${fault}`);
console.log(`${lines.length} rows, ${faults.length} beyond their limits`);
process.exitCode = faults.length > 0 ? 1 : 0;
