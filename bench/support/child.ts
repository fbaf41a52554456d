// A process of the benchmark that answers one line on its input with one line on its output.

import { type ChildProcess, spawn } from 'node:child_process';

export interface LineChild {
  /** Of its process. */
  readonly pid: number;
  /** Its next line. */
  next(): Promise<string>;
  /** Sends `line` and gives the answer. */
  ask(line: string): Promise<string>;
  stop(): void;
}

/** Runs a script on this Node. @param flags of Node itself */
export function lineChild(script: string, args: readonly string[], flags: readonly string[] = []): LineChild {
  const child: ChildProcess = spawn(process.execPath, [...flags, script, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting: { resolve(line: string): void; reject(error: Error): void }[] = [];
  const lines: string[] = [];
  let text = '';
  child.stdout?.on('data', data => {
    text += data;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n')) {
      const line = text.slice(0, end).trim();
      text = text.slice(end + 1);
      const next = waiting.shift();
      if (next === undefined) lines.push(line);
      else next.resolve(line);
    }
  });
  child.once('exit', () => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`${script} ended`));
  });
  const next = (): Promise<string> => {
    const line = lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  };
  const ask = (line: string): Promise<string> => {
    const answer = next();
    child.stdin?.write(`${line}\n`);
    return answer;
  };
  return { pid: child.pid ?? 0, next, ask, stop: () => child.kill() };
}
