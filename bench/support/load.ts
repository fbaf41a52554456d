// What drives a server as fast as it goes: wrk for requests over kept connections, openssl s_time for new ones (programs of C, on the
// other core).

import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { coresToShareOut } from './cores.ts';

/** Connections that are kept. */
export const KEPT = 16;
/** Clients that begin connections, each one after the other. */
export const BEGUN = 4;

export interface LoadResult {
  /** Requests a second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** @returns the programs that lack */
export function missingPrograms(): string[] {
  return [['wrk', '-v'], ['openssl', 'version'], ...(coresToShareOut() ? [['taskset', '-V']] : [])].flatMap(
    ([program, argument]) => (spawnSync(program, [argument]).error ? [program] : []),
  );
}

/** Requests over kept connections, as fast as they are answered. */
export function wrk(port: number, path: string, seconds: number): Promise<LoadResult> {
  const args = ['-t1', `-c${KEPT}`, `-d${seconds}s`, '--latency', `https://127.0.0.1:${port}${path}`];
  return new Promise((resolve, reject) => {
    execFile('wrk', args, (error, stdout) => {
      if (error) return reject(error);
      const failed = /Socket errors:.*|Non-2xx.*/.exec(stdout);
      if (failed) return reject(new Error(`wrk: ${failed[0]}`));
      const number = (pattern: RegExp): RegExpExecArray => {
        const found = pattern.exec(stdout);
        if (found === null) throw new Error(`wrk prints no ${pattern}`);
        return found;
      };
      const milliseconds = (percentile: string): number => {
        const [, value, unit] = number(new RegExp(`${percentile}%\\s+([\\d.]+)(us|ms|s)`));
        return Number(value) * { us: 1e-3, ms: 1, s: 1e3 }[unit as 'us' | 'ms' | 's'];
      };
      const [, rate] = number(/Requests\/sec:\s+([\d.]+)/);
      resolve({ rate: Number(rate), p50: milliseconds('50'), p99: milliseconds('99') });
    });
  });
}

/** New connections, each for one short request, until `stop`. @param resumed after the first each resumes a session */
export function beginConnections(port: number, resumed: boolean, path: string): { stop(): Promise<void> } {
  const args = ['s_time', '-connect', `127.0.0.1:${port}`, '-www', path, resumed ? '-reuse' : '-new', '-time', '60'];
  const children: ChildProcess[] = Array.from({ length: BEGUN }, () => spawn('openssl', args, { stdio: 'ignore' }));
  const ended = children.map(child => new Promise(resolve => child.once('exit', resolve)));
  return {
    async stop() {
      for (const child of children) child.kill();
      await Promise.all(ended);
    },
  };
}
