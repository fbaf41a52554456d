// Runs the list on a host of the file system kind (Node, Deno, Bun) and prints what comes out as one line of JSON.

import type { Fixtures, Host, Servers } from '../list/host.ts';
import { measure, runList } from '../list/index.ts';

export interface Setting {
  readonly servers: Servers;
  readonly fixtures: Fixtures;
  /** Only tests whose name contains it. */
  readonly only: string;
  readonly measure: boolean;
}

export async function report(
  setting: Setting,
  host: Pick<Host, 'name' | 'connect'>,
  started: number,
): Promise<Record<string, unknown>> {
  const { servers, fixtures, only } = setting;
  const whole: Host = { ...host, servers, fixtures };
  const coldStart = await firstHandshake(whole, started);
  const outcomes = await runList(whole, only);
  return { name: host.name, outcomes, coldStart, reached: setting.measure ? await measure(whole) : null };
}

/** Milliseconds from the start of the host's file to the end of a first handshake. */
async function firstHandshake({ connect, servers, fixtures }: Host, started: number): Promise<number | null> {
  try {
    const client = await connect({ port: servers.echo, ca: fixtures.ca, alpn: ['echo'] });
    await client.opened;
    const took = performance.now() - started;
    await client.close();
    return Math.round(took);
  } catch {
    return null; // the tests say why
  }
}
