// Which cores a process runs on. A client that keeps its core busy is in the way of threads that the server has beside its main one, as the
// helpers of V8's collector, for which the main thread waits.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The numbers in a list as Linux writes it: '0-2,5' is 0, 1, 2, 5. */
export function parseCores(list: string): number[] {
  return list.split(',').flatMap(range => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** The cores this process may run on; none where the system does not say (it is no Linux). */
export function allowedCores(): number[] {
  try {
    const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
    return list === undefined ? [] : parseCores(list);
  } catch {
    return [];
  }
}

/** Whether processes can have cores of their own. */
export const coresToShareOut = (): boolean => allowedCores().length > 1;

/** Keeps all threads of a process, and those it begins, to `cores` (taskset of util-linux). @throws where that fails */
export function keepTo(cores: readonly number[], pid: number): void {
  const { status, error, stderr } = spawnSync('taskset', ['-a', '-p', '-c', cores.join(','), String(pid)]);
  if (status !== 0) throw new Error(`taskset: ${error?.message ?? stderr}`);
}
