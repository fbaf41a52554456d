// A PostgreSQL of the test's own: a cluster in a temporary folder, TLS on, on a free port of 127.0.0.1.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixture, freePort, pause } from './node_tls.ts';

/** Folder of Debian's newest PostgreSQL; null if there is none. */
export function postgresFolder(): string | null {
  const base = '/usr/lib/postgresql';
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map(version => join(base, version, 'bin')).find(bin => existsSync(join(bin, 'initdb')));
  return found ?? null;
}

export interface Postgres {
  readonly port: number;
  stop(): Promise<void>;
}

export async function startPostgres(bin: string): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'castls-pg-'));
  const owner = ownerIds();
  if (owner !== null) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  const options = { ...owner, cwd: folder, stdio: 'ignore' } as const;
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'castls', '--auth=trust', '-N'], options);
  for (const [name, from] of [
    ['server.crt', 'server_p256.crt'],
    ['server.key', 'server_p256.key'],
    ['ca.crt', 'ca.crt'],
  ]) {
    const file = join(data, name);
    writeFileSync(file, fixture(from));
    chmodSync(file, 0o600);
    if (owner !== null) chownSync(file, owner.uid, owner.gid);
  }
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: folder,
    ssl: 'on',
    ssl_ca_file: 'ca.crt',
    fsync: 'off',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(join(bin, 'postgres'), ['-D', data, ...flags], {
    ...owner,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await ready(child);
  return {
    port,
    async stop() {
      const ended = new Promise(done => child.once('exit', done));
      child.kill('SIGINT');
      await Promise.race([ended, pause(5000)]);
      if (child.exitCode === null) child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root. */
function ownerIds(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    const late = setTimeout(() => reject(new Error(`PostgreSQL does not start: ${log}`)), 20_000);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (!log.includes('ready to accept connections')) return;
      clearTimeout(late);
      resolve();
    });
    child.once('exit', code => reject(new Error(`PostgreSQL ended with ${code}: ${log}`)));
  });
}
